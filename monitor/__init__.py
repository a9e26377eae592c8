"""What Tocsin judges by: records, brand queries, language, sentiment, topics, stories and the playbook."""

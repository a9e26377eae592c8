"""A real Apache Kafka broker on this machine, for development and tests. Production brings its own."""

"""Kafka mode: Faust agents as thin shells around the pure steps, and what keeps them honest."""

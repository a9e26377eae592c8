"""Who is told, when and how: incidents, escalation, the outbox and its senders, one module per channel."""

"""Answers that come back by a channel: clicks, webhooks, text messages, keys pressed in a call, mails."""

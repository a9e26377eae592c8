"""The hostile posts of the public conformance suite."""

from routing.channels.conformance.hostile_posts import FAMILY, MARK, PAYLOADS

__all__ = ["FAMILY", "MARK", "PAYLOADS"]

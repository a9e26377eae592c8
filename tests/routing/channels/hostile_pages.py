"""The hostile pages of the public conformance suite."""

from routing.channels.conformance.sample_pages import hostile_mention, hostile_page

__all__ = ["hostile_mention", "hostile_page"]

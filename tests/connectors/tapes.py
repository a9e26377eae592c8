"""The recorded payloads in tests/tapes."""

from pathlib import Path

TAPES = Path(__file__).parents[1] / "tapes"


def tape(name: str) -> bytes:
    """The bytes of a recorded payload, for example ``rss/news_rss_fr.xml``."""
    return (TAPES / name).read_bytes()

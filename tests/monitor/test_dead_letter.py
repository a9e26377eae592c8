import base64
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from monitor.batches import BadItem, Rejected
from monitor.codec import decode, encode
from monitor.dead_letter import MAX_ORIGINAL_BYTES, dead_letter

NOW = datetime(2026, 3, 14, 9, tzinfo=UTC)


@given(st.text(max_size=3_000), st.text(max_size=30_000), st.binary(max_size=2_000))
def test_whatever_was_refused_is_kept_with_its_bytes(reason: str, detail: str, original: bytes) -> None:
    letter = dead_letter("read", BadItem(reason, detail, original), NOW, topic="t", partition=1, offset=2)
    assert decode(Rejected, encode(letter)) == letter
    assert base64.b64decode(letter.original_base64) == original
    assert dead_letter("read", BadItem("other", "", original), NOW).id == letter.id


def test_endless_bytes_are_cut() -> None:
    letter = dead_letter("read", BadItem("too_large", "", b"x" * (MAX_ORIGINAL_BYTES + 1)), NOW)
    assert len(base64.b64decode(letter.original_base64)) == MAX_ORIGINAL_BYTES

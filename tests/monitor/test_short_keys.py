import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.short_keys import KEY_SPACE, pack_keys, short_key, unpack_keys


@given(st.lists(st.integers(0, KEY_SPACE - 1)))
def test_packed_keys_come_back_in_order(keys: list[int]) -> None:
    assert unpack_keys(pack_keys(keys)) == tuple(keys)


@given(st.text(st.characters()), st.text(st.characters()))
def test_keys_tell_texts_apart(one: str, other: str) -> None:
    assert (short_key("k", one) == short_key("k", other)) == (one == other)
    assert 0 <= short_key("k", one) < KEY_SPACE


def test_keys_tell_kinds_apart_and_stay_what_they_were() -> None:
    assert short_key("mention", "a") != short_key("page", "a")
    assert short_key("mention", "replay:1") == 7181002568141852258


@pytest.mark.parametrize("text", ["!", "AAAA", "é"])
def test_damaged_keys_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        unpack_keys(text)

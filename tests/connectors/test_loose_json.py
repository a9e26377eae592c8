import pytest

from connectors.loose_json import LONGEST, as_dict, as_list, as_text


@pytest.mark.parametrize("value", [None, 5, True, "text", [1], {"a": 1}])
def test_a_value_of_another_type_counts_as_missing(value: object) -> None:
    assert as_dict(value) == (value if isinstance(value, dict) else {})
    assert as_list(value) == (value if isinstance(value, list) else [])
    assert as_text(value) == (value if isinstance(value, str) else "")


def test_a_text_is_cut() -> None:
    assert len(as_text("x" * (LONGEST + 1))) == LONGEST

import orjson
from hypothesis import given
from hypothesis import strategies as st

from routing.channels.budget import json_size, json_text_size, within

GROUPS = st.lists(st.lists(st.text(max_size=9), max_size=4), max_size=8)


@given(GROUPS, st.integers(0, 60))
def test_what_is_kept_fits_and_no_group_is_torn(groups: list[list[str]], budget: int) -> None:
    kept, complete = within(groups, budget, len)
    assert sum(map(len, kept)) <= budget
    assert complete == (kept == [part for group in groups for part in group])
    rest = list(kept)
    for group in groups:
        if rest[: len(group)] == group:
            rest = rest[len(group) :]
    assert rest == []


def test_the_first_give_way_last() -> None:
    assert within([["aaa"], ["bbbb"], ["cc"]], 5, len) == (["aaa", "cc"], False)


@given(st.text(), st.text())
def test_the_size_of_a_text_adds_up_and_is_its_size_inside_json(one: str, two: str) -> None:
    assert json_text_size(one + two) == json_text_size(one) + json_text_size(two)
    assert json_text_size(one) == len(orjson.dumps(one)) - 2


def test_elements_of_a_list_are_counted_with_their_commas() -> None:
    values = [{"a": 1}, {"b": "é"}]
    assert sum(map(json_size, values)) == len(orjson.dumps(values)) - 1

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from connectors.protocol import RejectedItem
from connectors.seen_versions import SeenRejects, SeenVersions
from monitor.records import Mention

NOW = datetime(2026, 3, 14, 10, 0, tzinfo=UTC)


def mention(native_id: str, text: str = "x") -> Mention:
    return Mention(id=f"t:{native_id}", source="t", kind="post", text=text, created_at=NOW, fetched_at=NOW)


def test_a_version_is_fresh_until_it_is_acknowledged() -> None:
    seen = SeenVersions()
    assert seen.fresh([mention("1"), mention("1")]) == (mention("1"),)
    assert seen.fresh([mention("1")]) == (mention("1"),)
    seen.add([mention("1")])
    assert seen.fresh([mention("1"), mention("1", "edited"), mention("2")]) == (
        mention("1", "edited"),
        mention("2"),
    )


def test_ids_are_found_by_their_beginning_each_once() -> None:
    seen = SeenVersions()
    seen.add([mention("a/1"), mention("b/1"), mention("a/2"), mention("a/1", "edited")])
    assert seen.ids_with_prefix("t:a/") == ("t:a/1", "t:a/2")


@given(st.lists(st.integers(0, 20), max_size=60), st.integers(1, 10))
def test_only_the_last_versions_are_remembered(numbers: list[int], most: int) -> None:
    seen = SeenVersions(most)
    for number in numbers:
        seen.add([mention(str(number))])
    last = list(dict.fromkeys(reversed(numbers)))[:most]
    assert {one.id for one in seen.fresh(mention(str(n)) for n in range(21))} == {
        f"t:{n}" for n in range(21) if n not in last
    }


def test_a_rejected_item_is_kept_aside_once() -> None:
    seen = SeenRejects(most=2)
    items = [RejectedItem("invalid", "", b"%d" % number) for number in range(3)]
    seen.add(items)
    assert seen.fresh(items) == (items[0],)

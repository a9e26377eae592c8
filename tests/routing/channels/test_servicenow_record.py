"""What a page becomes on the other side: always a valid record, whatever a post says."""

from typing import Any

import pytest

from routing.channels.doubles.servicenow import record_fault
from routing.channels.servicenow import note_of, without_code
from routing.message_compose import compose_message
from tests.routing.channels.hostile import MARK, PAYLOADS
from tests.routing.channels.hostile_pages import hostile_page
from tests.routing.channels.pages import NOW, make_page
from tests.routing.channels.servicenow_records import record, settings


def test_group_and_caller_are_given_but_not_in_the_plain_form() -> None:
    own: dict[str, Any] = {"assignment_group": "a" * 32, "caller": "b" * 32}
    assert (record(make_page(), **own)["assignment_group"], record(make_page(), **own)["caller_id"]) == (
        "a" * 32,
        "b" * 32,
    )
    assert {"assignment_group", "caller_id"}.isdisjoint(record(make_page(), plain=True, **own))
    assert {"assignment_group", "caller_id"}.isdisjoint(record(make_page()))


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_hostile_post_makes_a_valid_record_and_note(payload: str) -> None:
    page = hostile_page(payload)
    message = compose_message(page, NOW)
    for plain in (False, True):
        made, note = record(page, plain=plain), note_of(page, message, "Tocsin 0123", plain=plain)
        assert (record_fault(made), record_fault(note)) == ("", "")
        assert MARK in made["description"]
        assert MARK in note["work_notes"]
        assert "https://evil" not in made["description"] + note["work_notes"]
        assert note["work_notes"].endswith("\nTocsin 0123")


@pytest.mark.parametrize(
    "tag", ["[code]", "[/code]", "[CODE]", "[ code ]", "[/ Code]", "[code x=1]", "[code\u00a0]"]
)
def test_a_post_cannot_open_html_in_the_journal(tag: str) -> None:
    assert "[" not in without_code(f"{tag}<img src=x>")
    page = hostile_page(f"{tag}<img src=x onerror=alert(1)>")
    assert tag not in note_of(page, compose_message(page, NOW), "r", plain=False)["work_notes"]


def test_other_brackets_stay() -> None:
    assert without_code("[T-42] hxxps://a[.]example [codec]") == "[T-42] hxxps://a[.]example (codec)"


def test_long_names_make_a_valid_record() -> None:
    assert record_fault(record(make_page(brand_name="漢\n" * 500, incident_label="=" + "é" * 900))) == ""


@pytest.mark.parametrize("table", ["incident?x", "../x", "", "Incident"])
def test_a_table_is_a_name(table: str) -> None:
    with pytest.raises(ValueError, match="table"):
        settings("https://x.example", table=table)

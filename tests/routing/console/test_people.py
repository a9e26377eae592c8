"""Who was told, and the history, as lines to read."""

from datetime import timedelta

from routing.console.people import MAX_HISTORY, happened_of, told_of
from routing.console.reader import reader_of
from routing.desk import HistoryEntry
from tests.routing.console.test_board import message, track, view
from tests.routing.scenes import START

T = reader_of("en")


def test_each_person_with_what_became_of_the_message() -> None:
    sent, waits = message(), message(None, person_name="", reason="HTTP 503 <b>")
    done = message(None, state="cancelled", reason="acknowledged")
    (comms,) = told_of(view(1, track(), messages=(sent, waits, done, message(department="it"))), T)
    assert [one.person for one in comms.people] == ["Comms on-call", "comms-oncall", "Comms on-call"]
    assert [one.good for one in comms.people] == [True, False, False]
    assert comms.people[0].what.startswith("paged at 3:00")
    assert comms.people[1].reason == "HTTP 503 <b>"  # the template escapes
    assert comms.people[2].reason == ""


def test_history_names_people_and_shows_unknown_events_as_they_are() -> None:
    entries = (
        HistoryEntry(at=START, what="opened", detail="data-leak"),
        HistoryEntry(at=START, what="acknowledged", department="it", who="it-oncall", detail="link"),
        HistoryEntry(at=START, what="something_new", who="Somebody\u202e"),
    )
    one = view(1).model_copy(update={"history": entries})
    lines = happened_of(one, {"it-oncall": "IT on-call"}, T)
    assert [line.what for line in lines] == ["incident opened", "acknowledged", "something new"]
    assert [line.who for line in lines] == ["", "IT on-call", "Somebody"]
    assert lines[1].department == "IT"
    assert [line.detail for line in lines] == ["data-leak", "personal link", ""]


def test_a_long_history_shows_its_end() -> None:
    entries = tuple(
        HistoryEntry(at=START + timedelta(seconds=n), what="retry") for n in range(MAX_HISTORY + 9)
    )
    lines = happened_of(view(1).model_copy(update={"history": entries}), {}, T)
    assert len(lines) == MAX_HISTORY
    assert lines[-1].at == entries[-1].at

"""One department's part as sections to read."""

from datetime import timedelta

from routing.console.reader import reader_of
from routing.console.sheet import SECTIONS, sheet_of
from tests.routing.console.test_board import message, track, view
from tests.routing.scenes import START, settings

T = reader_of("en")
PERSON = settings().people[0]


def test_every_section_in_order() -> None:
    one = track()
    sheet = sheet_of(view(1, one, messages=(message(),)), one, PERSON, T, START)
    assert [section.key for section in sheet.sections] == list(SECTIONS)
    assert sheet.total_s == 3.0
    assert sheet.link is not None
    assert sheet.post == sheet.excerpt


def test_who_is_asked_is_never_told_that_there_is_nothing_to_do() -> None:
    """Not even when no message of theirs is about the newest finding, for example after a rise in severity."""
    one = track()
    old = message(queued_at=START - timedelta(hours=1), sent_at=START - timedelta(hours=1))
    sheet = sheet_of(view(1, one, messages=(old,)), one, PERSON, T, START)
    assert sheet.message.transition == "opened"
    assert sheet.message.lead[0].startswith("Acknowledge before")
    assert sheet.total_s is None


def test_who_is_only_informed_is_told_so() -> None:
    one = track(paged=False)
    sheet = sheet_of(view(1, one, messages=(message(transition="informed"),)), one, PERSON, T, START)
    assert "nothing for you to do" in sheet.message.lead[0]


def test_the_console_reads_the_same_for_nobody_in_particular() -> None:
    one = track()
    sheet = sheet_of(view(1, one), one, None, T, START)
    assert [section.key for section in sheet.sections] == list(SECTIONS)


def test_a_post_without_text_says_so() -> None:
    one = track()
    mention = one.reading.mention.model_copy(update={"text": "\u200b"})
    empty = one.model_copy(update={"reading": one.reading.model_copy(update={"mention": mention})})
    sheet = sheet_of(view(1, empty), empty, None, T, START)
    assert sheet.post == sheet.excerpt == "(post without text)"

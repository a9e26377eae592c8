"""A message that tells of other incidents too, in both languages."""

import pytest

from routing.channels.conformance.sample_pages import NOW, make_page, make_summary
from routing.message_compose import compose_message
from routing.message_text import full_text
from routing.page import ReaderLanguage


@pytest.mark.parametrize(
    ("language", "says", "also"),
    [("fr", "Tempête\u00a0: 7 incidents", "T-1, T-2, T-3"), ("en", "Storm: 7 incidents", "T-1, T-2, T-3")],
)
def test_the_first_line_says_how_many_and_the_second_which(
    language: ReaderLanguage, says: str, also: str
) -> None:
    message = compose_message(make_page(language=language, summary=make_summary()), NOW)
    assert says in message.lead[0]
    assert also in message.lead[1]
    keys = [section.key for section in message.sections]
    assert keys.index("statement") < keys.index("bundled") < keys.index("next_steps")
    assert "Véloria" in full_text(message)


def test_a_digest_shows_the_silences_in_force() -> None:
    page = make_page(language="en", transition="informed", summary=make_summary(kind="digest"))
    message = compose_message(page, NOW)
    assert message.lead[0].startswith("Digest: 7 incidents")
    section = message.section("silences")
    assert section is not None
    assert "S-0" in section.lines[0]


def test_a_storm_of_thousands_stays_short() -> None:
    summary = make_summary("@everyone " * 11, 60).model_copy(update={"more": 9_000})
    message = compose_message(make_page(language="en", summary=summary), NOW)
    assert "9,061 incidents" in message.lead[0]
    assert len("\n".join(message.lead[:2])) < 300
    section = message.section("bundled")
    assert section is not None
    assert len(section.lines) == 21


def test_an_ordinary_page_says_nothing_of_it() -> None:
    message = compose_message(make_page(), NOW)
    assert message.section("bundled") is None

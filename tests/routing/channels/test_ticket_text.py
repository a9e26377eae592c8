import pytest

from monitor.records import Localized
from routing.channels.ticket_text import cell, fitted_text, section_text, without_tags
from routing.message_compose import compose_message
from routing.message_text import full_text
from routing.untrusted import utf16_size
from tests.routing.channels.hostile import MARK, PAYLOADS
from tests.routing.channels.hostile_pages import hostile_page
from tests.routing.channels.pages import CLAUSE, NOW, make_page

LONG = make_page(
    clause=CLAUSE.model_copy(update={"holding_statement": Localized(fr="mot " * 1_500, en="word " * 1_200)})
)


def test_a_message_that_fits_is_whole() -> None:
    message = compose_message(make_page(), NOW)
    assert fitted_text(message, 15_000) == full_text(message).rstrip()


def test_a_message_that_does_not_fit_loses_its_last_sections_and_says_so() -> None:
    text = fitted_text(compose_message(LONG, NOW), 4_000)
    assert utf16_size(text) <= 4_000
    assert "CE QUI SE DIT" in text
    assert "AMPLEUR" in text
    assert "DÉCLARATION" not in text
    assert text.endswith("Texte abrégé\u00a0: la version complète est sur la page de l’incident.")
    assert make_page().link in text


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize("limit", [300, 4_000, 15_000])
def test_no_post_breaks_the_limit(payload: str, limit: int) -> None:
    text = fitted_text(compose_message(hostile_page(payload), NOW), limit)
    assert 0 < utf16_size(text) <= limit
    assert limit < 4_000 or MARK in text


def test_every_line_of_a_post_is_marked_as_such() -> None:
    said = compose_message(hostile_page("a\n\nTOCSIN : tout va bien"), NOW).section("said")
    assert said is not None
    assert section_text(said, " : ").split("\n")[:3] == ["> a", ">", "> TOCSIN : tout va bien"]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)"])
def test_a_field_is_no_formula(text: str) -> None:
    assert cell(text, 100) == f"'{text}"
    assert cell("a" + text, 100) == "a" + text
    assert len(cell(text * 100, 100)) <= 100


def test_no_tag_survives_and_nothing_grows() -> None:
    text = "a < b && <script>alert(1)</script>"
    assert without_tags(text) == "a ‹ b && ‹script›alert(1)‹/script›"
    assert utf16_size(without_tags(text)) == utf16_size(text)

from typing import Any

import pytest

from monitor.records import Localized
from routing.channels.doubles.jira_issue import document_errors, text_of
from routing.channels.jira_document import MAX_DOCUMENT, document, line_document, node_size, short_document
from routing.message_compose import compose_message
from routing.page import Page
from routing.untrusted import Inert
from tests.routing.channels.hostile import MARK, PAYLOADS
from tests.routing.channels.hostile_pages import hostile_page
from tests.routing.channels.pages import CLAUSE, NOW, make_page


def made(page: Page) -> dict[str, Any]:
    return document(compose_message(page, NOW), "Tocsin 0123")


def read(node: dict[str, Any]) -> str:
    return text_of({"description": node})


def test_the_order_is_what_a_woken_reader_needs() -> None:
    lines = read(made(make_page())).split("\n")
    assert lines[0] == "🔴 CRITIQUE · Affaires juridiques · Véloria · Fuite de données alléguée"
    assert lines[1].startswith("Accusez réception avant 03\u00a0h\u00a017")
    assert "Ouvrir et accuser réception" in lines[:5]
    assert lines[-1] == "Tocsin 0123"


def test_the_post_is_a_quotation() -> None:
    (quote,) = [node for node in made(make_page())["content"] if node["type"] == "blockquote"]
    assert text_of({"description": quote}).startswith("Mes données de compte Véloria")


def test_an_english_reader_gets_english() -> None:
    assert "Open and acknowledge" in read(made(make_page(language="en")))


@pytest.mark.parametrize(
    ("statement", "whole"),
    [("mot " * 1_500, True), ('"' * 6_000, False), ("\\" * 6_000, False), ("漢" * 6_000, False)],
)
def test_a_long_document_loses_whole_sections_and_says_so(statement: str, whole: bool) -> None:
    clause = CLAUSE.model_copy(update={"holding_statement": Localized(fr=statement, en=statement)})
    page = make_page(clause=clause, reading=make_page().reading.model_copy(update={"language": "en"}))
    node = made(page)
    assert document_errors(node) == []
    assert node_size(node) <= MAX_DOCUMENT + 100
    assert ("Texte abrégé" in read(node)) == (not whole)
    assert "Ce qui se dit" in read(node)
    assert read(node).endswith("Tocsin 0123")


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_hostile_post_is_plain_text_in_a_valid_document(payload: str) -> None:
    message = compose_message(hostile_page(payload), NOW)
    for node in (document(message), short_document(message)):
        assert document_errors(node) == []
        assert MARK in read(node)
        assert "https://evil" not in str(node)
        assert str(node).count("'href'") == 1


def test_one_line_is_a_document() -> None:
    node = line_document(Inert("Incident T-42"), "Tocsin 0123")
    assert document_errors(node) == []
    assert read(node) == "Incident T-42\nTocsin 0123"


def test_a_page_without_a_link_has_none() -> None:
    assert "'href'" not in str(made(make_page(link="", transition="informed")))

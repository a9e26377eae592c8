import html
from typing import Any

import orjson
import pytest
import regex

from routing.channels.conformance.sample_pages import largest_page
from routing.channels.doubles.slack import fault_of
from routing.channels.slack import message_body
from routing.channels.slack_blocks import BLOCKS_BUDGET, blocks, blocks_size, escape, fallback_text, fit
from routing.message_compose import compose_message
from routing.page import Page, ReaderLanguage
from tests.routing.channels.hostile import FAMILY, MARK, PAYLOADS
from tests.routing.channels.hostile_pages import hostile_page
from tests.routing.channels.pages import NOW, make_page, make_story


def body_of(page: Page, *, plain: bool = False) -> dict[str, Any]:
    body = message_body(compose_message(page, NOW), plain=plain)
    read = orjson.loads(orjson.dumps(body))
    assert isinstance(read, dict)
    return read


def strings(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for one in value.values() for text in strings(one)]
    return [text for one in value for text in strings(one)] if isinstance(value, list) else []


def test_the_order_is_what_a_woken_reader_needs() -> None:
    made = body_of(make_page())["blocks"]
    assert [block["type"] for block in made[:4]] == ["header", "section", "actions", "divider"]
    assert made[0]["text"]["text"].startswith("🔴 CRITIQUE · Affaires juridiques · Véloria")
    assert made[1]["text"]["text"].startswith("*Accusez réception avant 03\u00a0h\u00a017\u00a0HNE;")
    assert made[2]["elements"][0]["url"] == make_page().link
    titles = [block["text"]["text"] for block in made[4:] if block["type"] == "section"]
    assert [title for title in titles if title.startswith("*")] == [
        "*Ce qui se dit*",
        "*À faire maintenant*",
        "*Ampleur*",
        "*Déclaration prête à copier*",
        "*Mesures suivantes*",
        "*Autres personnes prévenues*",
        "*Pourquoi cette alerte*",
        "*De la publication à cette alerte*",
    ]


def test_a_page_is_short_enough_to_be_read_at_night() -> None:
    made = body_of(make_page())["blocks"]
    numbers = next(block for block in made if block.get("fields"))
    assert [field["text"].split("\n")[0] for field in numbers["fields"]] == [
        "Total",
        "Portée",
        "5 dernières minutes",
        "60 dernières minutes",
    ]
    measure = next(block for block in made if "Responsable" in str(block))
    assert "\n" not in measure["elements"][0]["text"]


def test_what_somebody_else_wrote_stands_in_quotation_marks_and_what_is_to_be_copied_does_not() -> None:
    made = body_of(make_page())["blocks"]
    said = made[5]["text"]["text"]
    assert (said[:2], said[-2:]) == ("«\u00a0", "\u00a0»")
    statement = next(block for block in made if "Nous avons pris connaissance" in str(block))
    assert statement["text"]["text"].startswith("Nous avons")


def test_who_is_only_informed_is_not_told_what_to_do() -> None:
    text = "\n".join(strings(body_of(make_page(transition="informed"))["blocks"]))
    assert "Ce que prévoit le plan" in text
    assert "À faire maintenant" not in text


def test_the_button_asks_and_does_not_threaten() -> None:
    asks, informs = (body_of(make_page(transition=kind))["blocks"][2] for kind in ("opened", "informed"))
    assert asks["elements"][0]["style"] == "primary"
    assert "style" not in informs["elements"][0]


def test_everything_of_an_ordinary_page_is_there() -> None:
    text = "\n".join(strings(body_of(make_page())["blocks"]))
    for wanted in (
        "hxxps://social[.]example/@cycliste/1141",
        "48 213 abonnés",
        "182 450 abonnés au total",
        "data-leak-claim",
        "9f2c9f2c9f2c",
        "Nous avons pris connaissance",
        "TI de garde",
        "recueilli +2,1 s",
    ):
        assert wanted in text.replace("\u00a0", " ")
    assert "abrégé" not in text


def test_without_a_link_there_is_no_button() -> None:
    assert all(b["type"] != "actions" for b in body_of(make_page(link="", transition="informed"))["blocks"])


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("payload", PAYLOADS)
def test_hostile_posts_are_inert_in_every_field(payload: str, language: ReaderLanguage) -> None:
    for plain in (False, True):
        body = body_of(hostile_page(payload, language), plain=plain)
        assert fault_of(body) == ""
        for text in strings(body):
            assert not regex.search(r"<[!@#]", text)
            if text.startswith("http"):
                continue
            rest = text.replace(f"<{escape(make_page().link)}|", "").removesuffix(">")
            assert not regex.search(r"[<>]|&(?!amp;|lt;|gt;)", rest)
        assert MARK in body["text"]


def test_the_post_reads_the_same_once_slack_has_decoded_it() -> None:
    said = "a < b && c > d &lt; <!channel>"
    quote = body_of(hostile_page(said))["blocks"][5]["text"]
    assert quote["type"] == "plain_text"
    assert (
        quote["text"]
        .removesuffix("\u00a0»")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
        .endswith(said)
    )


def test_the_ampersand_is_escaped_first() -> None:
    assert escape("<&lt;>") == "&lt;&amp;lt;&gt;"
    assert html.unescape(escape("<&lt;>")) == "<&lt;>"


@pytest.mark.parametrize("limit", range(20))
def test_no_cut_inside_an_entity_or_a_family(limit: int) -> None:
    cut = fit(f"&<{FAMILY}>", limit)
    assert len(cut.encode("utf-16-le")) // 2 <= limit
    assert cut.removesuffix("…") in ("", "&amp;", "&amp;&lt;", f"&amp;&lt;{FAMILY}", f"&amp;&lt;{FAMILY}&gt;")


@pytest.mark.parametrize("text", ["mot " * 20, "&" * 90, "漢" * 90, FAMILY * 12, "é\n\n" * 30])
def test_the_largest_page_fits_and_keeps_what_matters(text: str) -> None:
    body = body_of(largest_page(text))
    assert fault_of(body) == ""
    assert sum(blocks_size(block) for block in body["blocks"]) <= BLOCKS_BUDGET
    titles = [b["text"]["text"] for b in body["blocks"] if b["type"] == "section"]
    for title in ("*Ce qui se dit*", "*À faire maintenant*", "*Ampleur*", "*Déclaration prête à copier*"):
        assert title in titles
    assert "abrégé" in "\n".join(strings(body["blocks"]))


def test_ten_thousand_mentions_are_as_long_as_ten() -> None:
    few = blocks(compose_message(make_page(story=make_story(mentions=10)), NOW))
    many = blocks(compose_message(make_page(story=make_story(mentions=10_000)), NOW))
    assert len(few) == len(many)
    assert "10 000 mentions" in "\n".join(strings(many)).replace("\u00a0", " ")


def test_the_fallback_text_is_escaped_and_short() -> None:
    text = fallback_text(compose_message(hostile_page("<!channel> " * 3_000), NOW))
    assert "&lt;!channel&gt;" in text
    assert len(text) <= 3_900

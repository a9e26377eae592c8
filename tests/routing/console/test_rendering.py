"""Whatever somebody writes in a post, the pages keep their own structure."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from monitor.records import Author
from routing.console.board import board_of
from routing.console.people import happened_of, told_of
from routing.console.reader import reader_of
from routing.console.rendering import Frame, Renderer, update
from routing.console.sheet import sheet_of
from routing.desk import HistoryEntry, IncidentView
from tests.routing.console.test_board import message, track, view
from tests.routing.scenes import START

RENDERER = Renderer()
FRAME = Frame(reader_of("fr"), "2026-03-14T03:00:00.000Z")
PIECES = (
    "<script>", "</blockquote>", "<img src=x onerror=a()>", "\"'><svg onload=a()>", "{{ 7*7 }}", "{% raw %}",
    "\u202e", "\u0000", "]]>", "<!--", "&lt;", "</title>", "javascript:a()", "é", "👩\u200d👩\u200d👧", "\ud83d",
)  # fmt: skip
hostile = st.lists(st.sampled_from(PIECES) | st.text(max_size=20), max_size=8).map("".join)


def with_text(text: str) -> IncidentView:
    one = track()
    mention = one.reading.mention.model_copy(
        update={
            "text": text,
            "title": text,
            "url": f"https://a.example/{text}",
            "author": Author(handle=text, name=text),
        }
    )
    reading = one.reading.model_copy(update={"mention": mention, "matched": (text,)})
    shown = one.model_copy(update={"reading": reading})
    base = view(1, shown, messages=(message(None, reason=text, person_name=text),))
    story = base.story.model_copy(update={"title": text})
    entry = HistoryEntry(at=START, what="retry", who="x", detail="y").model_copy(
        update={"detail": text, "who": text}
    )
    return base.model_copy(update={"story": story, "history": (entry,)})


def pages_of(one: IncidentView) -> dict[str, str]:
    t = FRAME.t
    values: dict[str, Any] = {
        "view": one,
        "told": told_of(one, t),
        "sheets": [sheet_of(one, part, None, t, START) for part in one.tracks],
        "history": happened_of(one, {}, t),
    }
    return {
        "incident": RENDERER.text("incident.html", FRAME, **values),
        "board": RENDERER.text("board.html", FRAME, board=board_of([one], {"mentions": 1}), shown=100),
    }


def structure(html: str) -> list[str]:
    """Every element with the names of its attributes; the link to the post and its whole text may come and go."""
    tree = LexborHTMLParser(html)
    optional = {"a", "details", "summary", "blockquote", "p", "span"}
    return [f"{node.tag} {sorted(node.attributes)}" for node in tree.css("*") if node.tag not in optional]


@settings(deadline=None)
@given(hostile)
def test_no_text_changes_the_structure_of_a_page(text: str) -> None:
    safe, tried = pages_of(with_text("calme")), pages_of(with_text(text))
    for name, html in tried.items():
        assert structure(html) == structure(safe[name])
        tree = LexborHTMLParser(html)
        assert len(tree.css("script")) == 1
        for node in tree.css("*"):
            assert not any(attribute.startswith("on") for attribute in node.attributes)
            href = node.attributes.get("href") or "/"
            assert href.startswith(("/", "?", "#", "https://a.example/"))


@settings(deadline=None)
@given(hostile)
def test_an_update_is_one_line_of_data(text: str) -> None:
    sent = update({"incidents": text}, title=text, now_iso="x")
    assert sent.startswith(b"data: ")
    assert sent.endswith(b"\n\n")
    assert sent.count(b"\n") == 2
    assert b"\r" not in sent

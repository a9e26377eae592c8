from hypothesis import given
from hypothesis import strategies as st

from routing.channels.doubles.markdown import USUAL_MARKS, read_markdown
from routing.channels.markdown import escape_discord, escape_markdown, quoted_lines
from tests.routing.channels.hostile import PAYLOADS

MARKS = "\\`*_{}[]()#+-!|>~&:^$ab \n/."


@given(st.text(alphabet=MARKS))
def test_escaped_text_reads_as_it_was_written_wherever_markdown_is_known(text: str) -> None:
    assert read_markdown(escape_markdown(text), USUAL_MARKS) == (text, [])


@given(st.text(alphabet=f"{MARKS}<@"))
def test_on_discord_no_mention_is_live_either(text: str) -> None:
    assert read_markdown(escape_discord(text)) == (text, [])


def test_the_reader_finds_what_is_live() -> None:
    live = read_markdown("[a](https://a.example) <https://b.example> https://c.example <@1> @here \\@you")[1]
    assert sorted(live) == ["@1", "@here", "https://a.example", "https://b.example", "https://c.example"]


def test_hostile_posts_without_escaping_would_be_live() -> None:
    assert sum(bool(read_markdown(payload)[1]) for payload in PAYLOADS) > 20


def test_a_quote_is_marked_on_every_line() -> None:
    assert quoted_lines("a\n\nb") == "> a\n> \n> b"

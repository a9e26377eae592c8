import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.html_text import MAX_LINKS, html_to_text, links_in_html
from monitor.records import MAX_TEXT


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("", ""),
        ("plain", "plain"),
        ("a < b & c", "a < b & c"),
        ("<p>un</p><p>deux<br>trois</p>", "un\ndeux\ntrois"),
        (
            "<b>Véloria</b> immobilise 12&nbsp;000 vélos, l&#39;erreur",
            "Véloria immobilise 12 000 vélos, l'erreur",
        ),
        ("l&amp;#39;erreur &amp;amp; &amp;lt;b&amp;gt;", "l&#39;erreur &amp; &lt;b&gt;"),
        ("<p>vu</p><script>track()</script><style>p{}</style><!-- non -->", "vu"),
        ('<p>vu<span hidden>caché</span><i style="display: none">caché</i></p>', "vu"),
        ("<ul><li>un</li><li>deux</li></ul>après", "un\ndeux\naprès"),
        ("<table><tr><td>a</td><td>b</td></tr></table>", "a b"),
        ('<img class="emoji" alt="😡"><img src="x" alt="pixel">', "😡"),
        ("<p>jamais fermé <b>gras", "jamais fermé gras"),
        ("<p>a\n  b\tc</p>", "a b c"),
        (
            '<a href="https://x.example/"><span class="invisible">https://</span>x.example</a>',
            "https://x.example",
        ),
    ],
)
def test_html_as_a_reader_sees_it(html: str, text: str) -> None:
    assert html_to_text(html) == text


def test_depth_and_size_are_bounded() -> None:
    assert html_to_text("<div>" * 50_000 + "fond") == ""
    assert html_to_text("<p>a</p>" * 2_900 + "fin").endswith("a\nfin")
    assert len(html_to_text("<p>" + "é" * 1_000_000)) == MAX_TEXT


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=300))
def test_no_html_breaks_the_reader(html: str) -> None:
    assert "<script" not in html_to_text(html + "<script>alert(1)</script>")[len(html) :]


@given(st.text(alphabet="abcé &'", max_size=60))
def test_escaped_text_comes_back(text: str) -> None:
    escaped = text.replace("&", "&amp;").replace("'", "&#39;")
    assert html_to_text(f"<p>{escaped}</p>") == " ".join(text.split())


def test_links_are_absolute_web_addresses_each_once() -> None:
    html = '<a href="/eco">a</a><a href="https://b.example/">b</a><a href="/eco">c</a><a href="javascript:x()">d</a>'
    assert links_in_html(html, "https://a.example/x/") == ("https://a.example/eco", "https://b.example/")
    assert links_in_html('<a href="http://[">x</a><a href="rel">y</a>') == ()


def test_links_are_bounded() -> None:
    html = "".join(f'<a href="https://a.example/{n}">x</a>' for n in range(500))
    assert len(links_in_html(html)) == MAX_LINKS

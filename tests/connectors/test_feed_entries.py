"""The corpus of broken feeds: what is whole is recovered, nothing is fetched, nothing grows without bound."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.feed_entries import Feed, parse_feed
from tests.connectors.tapes import tape

URL = "https://journal.example.com/rss/eco.xml"


def parse(name: str, content_type: str = "") -> Feed:
    return parse_feed(tape(f"rss/{name}"), content_type=content_type, url=URL)


def test_a_french_news_feed() -> None:
    feed = parse("news_rss_fr.xml", "application/rss+xml")
    assert (feed.is_feed, feed.damaged, feed.ttl_s) == (True, False, 900.0)
    assert feed.title == "Journal Exemple – Économie"
    first = feed.entries[0]
    assert first.title == "Véloria : « nous présentons nos excuses », le SAV débordé"
    assert first.text == "Le fabricant reconnaît l’erreur E-07 sur 12 000 vélos.\nSuite réservée aux abonnés…"
    assert (first.author, first.language) == ("Rédaction Exemple", "fr-FR")
    assert first.date == datetime(2026, 3, 14, 9, 41, 7, tzinfo=UTC)
    assert first.media == ("https://img.example.com/v.jpg",)


def test_a_relative_link_starts_at_the_feed() -> None:
    assert parse("news_rss_fr.xml").entries[2].link == "https://journal.example.com/eco/breve-veloria"


def test_a_localised_date_is_understood() -> None:
    assert parse("news_rss_fr.xml").entries[3].date == datetime(2026, 3, 14, 8, 0, tzinfo=UTC)


def test_google_alerts_html_titles_and_wrapped_links() -> None:
    feed = parse("google_alerts_atom_fr.xml", "application/atom+xml")
    first = feed.entries[0]
    assert first.title == "Rappel produit : Véloria immobilise 12 000 vélos après l'erreur E-07"
    assert first.text.startswith("Le fabricant nantais Véloria a annoncé samedi le rappel de 12 000 vélos.")
    assert first.link == "https://journal.example.com/eco/rappel-veloria?id=42&ref=ga"
    assert first.author == ""
    assert len({entry.guid for entry in feed.entries}) == 2  # syndicated copies have different ids


def test_windows_1252_labelled_latin_1() -> None:
    entry = parse("news_fr_windows1252_labelled_latin1.xml").entries[0]
    assert entry.title == "L’œuvre de Véloria : 2 499 € le vélo…"
    assert entry.text == "« C’est cher » – un client"


def test_unescaped_ampersands_control_characters_and_bare_entities() -> None:
    feed = parse("malformed_unescaped_ampersand_fr.xml")
    assert feed.damaged
    assert feed.entries[0].title == "Véloria & Cie : le test"
    assert feed.entries[0].date == datetime(2026, 3, 14, 9, 41, 7, tzinfo=UTC)
    assert "une entité HTML nue" in feed.entries[0].text


def test_a_truncated_cdata_loses_only_its_own_item() -> None:
    feed = parse("fp_incomplete_cdata.xml")
    assert (feed.is_feed, feed.damaged, feed.entries) == (True, True, ())
    assert [item.reason for item in feed.rejected] == ["empty_item"]
    assert feed.rejected[0].original == b"{}"


def test_a_page_of_html_is_no_feed() -> None:
    assert not parse("html_login_page_200.txt", "text/html").is_feed


def test_an_empty_alert_is_a_feed() -> None:
    feed = parse("google_alerts_empty.xml", "application/atom+xml")
    assert (feed.is_feed, feed.entries) == (True, ())


@pytest.mark.parametrize(
    ("name", "text"),
    [("fp_c1_control_apostrophe.xml", "don’t"), ("fp_double_encoded_utf8.xml", "â\x80¦")],
)
def test_odd_characters_of_the_corpus(name: str, text: str) -> None:
    assert parse(name).entries[0].text in {text, "…"}


def test_a_guid_and_a_link_that_differ() -> None:
    feed = parse("fp_guid_link_conflict.xml")
    assert feed.rejected  # neither title nor text


def test_language_is_inherited_and_xhtml_titles_are_text() -> None:
    entry = parse("fp_xml_lang_inherit.xml").entries[0]
    assert (entry.title, entry.language) == ("Example test", "en")


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("fp_bogus_encoding.xml", ""),
        ("fp_bom_with_invalid_bytes.xml", ""),
        ("fp_greek_date_iso8859_7.xml", "text/xml"),
        ("fp_i18n_utf8_atom03.xml", "application/xml"),
        ("fp_koi8r_undeclared.xml", ""),
        ("fp_link_ampersands.xml", ""),
        ("fp_undeclared_namespace.xml", ""),
        ("fp_utf16le_bom.xml", ""),
    ],
)
def test_every_document_of_the_corpus_is_read_as_a_feed(name: str, content_type: str) -> None:
    assert parse(name, content_type).is_feed


def test_an_international_title() -> None:
    assert parse("fp_i18n_utf8_atom03.xml", "application/xml").title == "Iñtërnâtiônàlizætiøn"


def rss(items: str, head: str = "") -> bytes:
    return f'<?xml version="1.0"?>{head}<rss version="2.0"><channel>{items}</channel></rss>'.encode()


def test_entity_bombs_do_not_grow() -> None:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    head = f'<!DOCTYPE l [<!ENTITY l0 "lol">{entities}]>'
    feed = parse_feed(rss("<item><title>&l9; x</title></item>", head), content_type="", url=URL)
    assert sum(len(entry.title) for entry in feed.entries) < 1_000


def test_external_entities_are_not_read() -> None:
    head = '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    feed = parse_feed(rss("<item><title>&x;fin</title></item>", head), content_type="", url=URL)
    assert "root:" not in feed.entries[0].title
    assert feed.entries[0].title.endswith("fin")


def test_literal_text_of_atom_stays_literal() -> None:
    body = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><entry><title type="text">a &amp;lt;b&amp;gt; c</title>'
        '<content type="text">R&amp;amp;D</content></entry></feed>'
    )
    entry = parse_feed(body.encode(), content_type="", url=URL).entries[0]
    assert (entry.title, entry.text) == ("a &lt;b&gt; c", "R&amp;D")


def test_entities_in_an_rss_title_are_decoded() -> None:
    body = rss("<item><title>l&amp;#8217;erreur &amp;amp; <![CDATA[<b>Véloria</b>]]></title></item>")
    assert parse_feed(body, content_type="", url=URL).entries[0].title == "l’erreur & Véloria"


def test_the_number_of_entries_is_bounded() -> None:
    body = rss("<item><title>x</title></item>" * 1_500)
    assert len(parse_feed(body, content_type="", url=URL).entries) == 1_000


@given(st.binary(max_size=300))
def test_no_bytes_break_the_parser(body: bytes) -> None:
    parse_feed(body, content_type="", url=URL)
    parse_feed(b'<rss version="2.0"><channel><item><title>' + body, content_type="text/xml", url=URL)

from datetime import datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import parsedate_to_datetime

import pytest
from selectolax.lexbor import LexborHTMLParser

from routing.channels.email_message import build_mail, html_of, message_id, root_id
from routing.message_compose import compose_message
from routing.page import Page
from tests.routing.channels.hostile import MARK, PAYLOADS
from tests.routing.channels.hostile_pages import hostile_page
from tests.routing.channels.pages import NOW, make_page

SENDER = Address("Tocsin", addr_spec="tocsin@veloria.example")
TO = "legal-oncall@veloria.example"


def mail_of(page: Page, *, thread: str = "", plain: bool = False, now: datetime = NOW) -> EmailMessage:
    """The mail after a trip over the wire."""
    made = build_mail(
        page, compose_message(page, now), sender=SENDER, to=TO, now=now, thread=thread, plain=plain
    )
    read = BytesParser(policy=policy.default).parsebytes(made.as_bytes(policy=policy.SMTP))
    assert isinstance(read, EmailMessage)
    return read


def part(mail: EmailMessage, kind: str) -> str:
    body = mail.get_body((kind,))
    assert body is not None
    return str(body.get_content())


def test_text_comes_before_html_and_the_severity_before_everything() -> None:
    mail = mail_of(make_page())
    assert mail.get_content_type() == "multipart/alternative"
    assert [one.get_content_subtype() for one in mail.iter_parts()] == ["plain", "html"]
    assert mail["From"] == "Tocsin · CRITIQUE <tocsin@veloria.example>"
    assert mail["Subject"] == "[T-42] Véloria\u00a0: Fuite de données alléguée"
    assert part(mail, "plain").startswith("🔴 CRITIQUE · Affaires juridiques · Véloria")


def test_it_says_that_a_machine_sent_it() -> None:
    mail = mail_of(make_page())
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["X-Auto-Response-Suppress"] == "All"
    assert mail["List-Id"] == "<legal.tocsin.veloria.example>"
    assert mail["Importance"] == "high"
    assert parsedate_to_datetime(mail["Date"]) == NOW.replace(microsecond=0)
    assert "Precedence" not in mail


def test_the_message_id_stays_on_a_retry_and_changes_with_the_transition_and_the_recipient() -> None:
    page = make_page()
    same = make_page(possible_duplicate=True)
    later = make_page(id="another", sequence=4)
    ids = {message_id(one, "veloria.example", TO) for one in (page, same, later)}
    assert mail_of(page)["Message-ID"] == mail_of(same)["Message-ID"]
    assert len(ids) == 2
    assert message_id(page, "veloria.example", "other@veloria.example") not in ids


def test_mails_of_an_incident_thread_on_a_root_that_no_mail_bears() -> None:
    page = make_page()
    root = root_id(page, "veloria.example")
    first = mail_of(page)
    assert (first["In-Reply-To"], first["References"]) == (root, root)
    second = mail_of(make_page(id="another", sequence=4), thread=str(first["Message-ID"]))
    assert second["In-Reply-To"] == first["Message-ID"]
    assert second["References"] == f"{root} {first['Message-ID']}"
    assert second["Subject"] == first["Subject"]


@pytest.mark.parametrize("thread", ["1700000000.000100", "<a\r\nBcc: x@evil.example>", "<é@x>"])
def test_a_thread_that_is_no_message_id_is_left_out(thread: str) -> None:
    assert mail_of(make_page(), thread=thread)["References"] == root_id(make_page(), "veloria.example")


def test_a_plain_mail_is_text_alone() -> None:
    mail = mail_of(make_page(), plain=True)
    assert mail.get_content_type() == "text/plain"
    assert "https://tocsin.example/p/" in mail.get_content()


def test_the_only_link_is_the_readers_own_and_nothing_is_fetched() -> None:
    page = make_page()
    tree = LexborHTMLParser(html_of(compose_message(page, NOW)))
    assert [node.attributes["href"] for node in tree.css("[href]")] == [page.link]
    assert tree.css("img, script, iframe, link, object, form, [src], [srcset], [background]") == []


def test_without_a_link_there_is_no_button() -> None:
    page = make_page(link="", transition="informed")
    assert LexborHTMLParser(html_of(compose_message(page, NOW))).css("a") == []


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_hostile_post_stays_text(payload: str) -> None:
    page = hostile_page(payload)
    mail = mail_of(page)
    calm = mail_of(make_page())
    assert sorted(mail.keys()) == sorted(calm.keys())
    assert mail["To"] == TO
    tree = LexborHTMLParser(part(mail, "html"))
    calm_tree = LexborHTMLParser(part(calm, "html"))
    assert [node.attributes["href"] for node in tree.css("[href]")] == [page.link]
    assert {node.tag for node in tree.css("*")} - {"br"} == {node.tag for node in calm_tree.css("*")} - {"br"}
    quote = tree.css_first(".quote")
    assert quote is not None
    assert MARK in quote.text()
    assert "https://evil" not in part(mail, "plain")


def test_what_the_post_says_is_shown_character_for_character() -> None:
    page = hostile_page("a < b && c > d \"e\" 'f' <b>gras</b>")
    tree = LexborHTMLParser(html_of(compose_message(page, NOW)))
    quote = tree.css_first(".quote")
    assert quote is not None
    assert "a < b && c > d \"e\" 'f' <b>gras</b>" in quote.text()


def test_names_with_line_breaks_cannot_add_headers() -> None:
    page = make_page(brand_name="V\r\nBcc: x@evil.example", incident_label="T\n1", incident="a b\r\nc" * 30)
    mail = mail_of(page)
    assert "Bcc" not in mail
    assert mail["Subject"].startswith("[T 1] V Bcc: x@evil.example")

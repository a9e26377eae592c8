"""A page as a mail: text and HTML, threading headers, and ids that stay the same on every retry."""

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from monitor.records import digest
from routing.message import Message
from routing.message_text import full_text, short_text
from routing.page import Page
from routing.untrusted import Inert, one_line, truncate

_SUBJECT = 180
_PREHEADER = 160
_ACCENT = {"info": "#1f6feb", "warning": "#b45309", "critical": "#b91c1c"}


def build_mail(
    page: Page, message: Message, *, sender: Address, to: str, now: datetime, thread: str, plain: bool
) -> EmailMessage:
    """The mail for one recipient. ``thread`` is the Message-ID of the previous mail of the incident, if any."""
    mail = EmailMessage(policy=SMTP)
    severity = message.severity_name
    mail["From"] = Address(f"{sender.display_name or 'Tocsin'} · {severity}", addr_spec=sender.addr_spec)
    mail["To"] = to
    mail["Subject"] = truncate(one_line(message.subject), _SUBJECT)
    mail["Date"] = format_datetime(now)
    _add_ids(mail, page, sender.domain, to, thread)
    if page.answer.email:
        mail["Reply-To"] = page.answer.email
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail["List-Id"] = f"<{page.department}.tocsin.{sender.domain}>"
    mail["Content-Language"] = page.language
    if page.severity == "critical" and page.transition != "informed":
        mail["Importance"] = "high"
        mail["X-Priority"] = "1"
    mail.set_content(short_text(message) if plain else full_text(message), cte="quoted-printable")
    if not plain:
        mail.add_alternative(html_of(message), subtype="html", cte="quoted-printable")
        mail.set_boundary(f"=_{digest('boundary', page.id)}")
    return mail


def message_id(page: Page, domain: str, to: str) -> str:
    """Same on every retry, new on each transition, different for each recipient."""
    return f"<{_safe(page.incident)}.{page.cycle}.{page.sequence}.{digest(page.id, to)[:16]}@{domain}>"


def root_id(page: Page, domain: str) -> str:
    """The id that every mail of the incident answers to; no mail bears it."""
    return f"<{_safe(page.incident)}@{domain}>"


def html_of(message: Message) -> str:
    """The HTML part: no remote content, and no link but the reader's own."""
    template = _environment().get_template("page.html.j2")
    preheader = truncate(one_line(" ".join(message.lead)), _PREHEADER)
    return template.render(message=message, accent=_ACCENT[message.severity], preheader=preheader)


def _add_ids(mail: EmailMessage, page: Page, domain: str, to: str, thread: str) -> None:
    root = root_id(page, domain)
    mail["Message-ID"] = message_id(page, domain, to)
    previous = thread if _is_message_id(thread) else ""
    mail["In-Reply-To"] = previous or root
    mail["References"] = f"{root} {previous}".strip()


def _is_message_id(text: str) -> bool:
    return (
        text.startswith("<") and text.endswith(">") and text.isascii() and not any(c.isspace() for c in text)
    )


def _safe(identifier: str) -> str:
    fine = (
        identifier.isascii() and all(c.isalnum() or c in "-_" for c in identifier) and len(identifier) <= 64
    )
    return identifier if fine else digest(identifier)


def _paragraphs(text: Inert) -> list[list[str]]:
    return [block.split("\n") for block in text.split("\n\n")]


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("routing", "templates/email"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["paragraphs"] = _paragraphs
    return environment

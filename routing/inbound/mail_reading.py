"""One mail as it came in: from whom, to which token, whether a person wrote it, and what they wrote first. Pure."""

import email
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import default
from email.utils import getaddresses

from selectolax.lexbor import LexborHTMLParser

from monitor.records import digest
from routing.untrusted import Inert, Untrusted, inert_line

MAX_MAIL = 1_000_000  # bytes; what is longer is read up to here
_NOTE = 300
_HEADERS = ("To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To")
_SUBJECTS = (
    "automatic reply",
    "auto:",
    "out of office",
    "reponse automatique",
    "absence du bureau",
    "absent du",
)
_YES = re.compile(
    r"(ok|okay|ack|acked|acknowledged?|got it|on it|i'?m on it|roger|recu|bien recu|vu|je m'?en (occupe|charge)|"
    r"je m'y mets|je prends|pris en charge|d'accord|c'est bon)\b",
)
_QUOTE = re.compile(
    r"^(>|-{2,}\s*(original|message)|_{5,}|(on|le) .{3,200}(wrote|a ecrit)\s*:?$|(from|de)\s*: )"
)
_AUTOMATIC = ("auto_reply", "bulk", "junk", "list")


@dataclass(frozen=True, slots=True)
class Reply:
    """A mail that answers a page. ``automatic`` says why no person wrote it; empty: a person did."""

    id: str
    sender: str  # in lower case; empty when there is not exactly one
    token: str
    automatic: str
    first_line: Inert
    acknowledges: bool


def read_reply(raw: bytes, address: str, recipient: str = "") -> Reply:
    """The mail in ``raw``. ``address`` is the one that pages name; ``recipient`` whom the mail server took it for.

    Never raises: a mail that is broken has no token, or no text.
    """
    mail = email.message_from_bytes(raw[:MAX_MAIL], policy=default)
    values = [recipient, *(value for name in _HEADERS for value in _all(mail, name))]
    senders = [one.lower() for _, one in getaddresses(_all(mail, "From")) if one]
    line = _first_line(mail)
    return Reply(
        id=digest(_header(mail, "Message-ID")) if _header(mail, "Message-ID") else digest(raw.hex()),
        sender=senders[0] if len(senders) == 1 else "",
        token=_token(values, address),
        automatic=_automatic(mail),
        first_line=inert_line(Untrusted(line), _NOTE),
        acknowledges=_YES.match(_plain(line)) is not None,
    )


def _token(values: list[str], address: str) -> str:
    local, _, domain = address.partition("@")
    form = re.compile(
        rf"(?<![\w.+-]){re.escape(local)}\+ack\.([a-z2-7]{{20,40}})@{re.escape(domain)}(?![\w.-])",
        re.IGNORECASE,
    )
    found = {match[1].lower() for value in values for match in form.finditer(value[:10_000])}
    return found.pop() if len(found) == 1 else ""


def _automatic(mail: EmailMessage) -> str:
    """Why a mail was written by a program, so that no absence and no scanner acknowledges anything."""
    submitted = _header(mail, "Auto-Submitted").lower()
    if submitted and not submitted.startswith("no"):
        return "Auto-Submitted"
    for name in ("X-Autoreply", "X-Autorespond", "X-Autoresponder", "X-Auto-Reply-From", "List-Id"):
        if _header(mail, name):
            return name
    if _header(mail, "Precedence").lower() in _AUTOMATIC:
        return "Precedence"
    if mail.get_content_type() in ("multipart/report", "message/delivery-status"):
        return "report"
    if "Return-Path" in mail and _header(mail, "Return-Path") in ("", "<>"):
        return "bounce"
    return "Subject" if _plain(_header(mail, "Subject")).startswith(_SUBJECTS) else ""


def _first_line(mail: EmailMessage) -> str:
    """The first line that the person wrote; empty when the mail begins with what it answers."""
    for line in _text(mail).splitlines()[:200]:
        said = line.strip()
        if said:
            return "" if _QUOTE.match(_plain(said)) else said[:1_000]
    return ""


def _text(mail: EmailMessage) -> str:
    try:
        part = mail.get_body(preferencelist=("plain", "html"))
        content = part.get_content() if part is not None else ""
    except (LookupError, ValueError, AttributeError, TypeError, KeyError):
        return ""
    if not isinstance(content, str) or part is None:
        return ""
    if part.get_content_subtype() != "html":
        return content
    tree = LexborHTMLParser(content)
    for quoted in tree.css("blockquote, style, script, head"):
        quoted.decompose()
    return tree.body.text(separator="\n") if tree.body is not None else ""


def _plain(text: str) -> str:
    """Lower case without accents, typographic apostrophes as plain ones."""
    folded = unicodedata.normalize("NFD", text.strip().lower().replace("’", "'"))
    return "".join(one for one in folded if not unicodedata.combining(one))


def _header(mail: EmailMessage, name: str) -> str:
    return next(iter(_all(mail, name)), "").strip()


def _all(mail: EmailMessage, name: str) -> list[str]:
    return list(_values(mail, name))


def _values(mail: EmailMessage, name: str) -> Iterator[str]:
    """The values of a header; one that cannot be parsed counts as its raw text, or not at all."""
    try:
        yield from (str(value) for value in mail.get_all(name, []))
    except (ValueError, IndexError, LookupError, AttributeError, TypeError):
        yield from (str(value) for key, value in mail.raw_items() if key.lower() == name.lower())

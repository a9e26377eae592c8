"""Addresses of articles: out of their wrapping, and in the one form by which two of them are compared. Pure."""

import re
from urllib.parse import unquote, urlsplit, urlunsplit

from connectors.html_text import web_address

_GOOGLE = re.compile(r"(www\.)?google\.[a-z.]{2,6}")
# Parameters that tell who sent the reader, or which session it is, never which article.
_TRACKING = re.compile(
    r"utm_.*|at_.*|xtor|fbclid|gclid|dclid|msclkid|mc_cid|mc_eid|igshid|ref|rss|cmpid|ocid|ns_.*|"
    r"token|sid|session|session_?id|phpsessid|jsessionid|ts|_t|cb|nonce|timestamp",
    re.IGNORECASE,
)
_PORTS = {"http": 80, "https": 443}


def unwrap(link: str) -> str:
    """The address inside a Google redirect (``https://www.google.com/url?...&url=REAL``), decoded once."""
    try:
        parts = urlsplit(link)
        host = parts.hostname or ""
    except ValueError:
        return link
    if not (_GOOGLE.fullmatch(host) and parts.path == "/url"):
        return link
    for name in ("url=", "q="):
        for field in parts.query.split("&"):
            if field.startswith(name):
                return web_address(unquote(field.removeprefix(name), errors="replace")) or link
    return link


def canonical(link: str) -> str:
    """The same article's address however it was shared: no fragment, tracking, session or default port."""
    try:
        parts = urlsplit(link.strip())
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return link
    scheme = "https" if parts.scheme in _PORTS else parts.scheme
    place = host if port is None or port == _PORTS.get(parts.scheme) else f"{host}:{port}"
    fields = [one for one in parts.query.split("&") if one and not _TRACKING.fullmatch(one.partition("=")[0])]
    return urlunsplit((scheme, place, parts.path.rstrip("/") or "/", "&".join(fields), ""))


def host_of(link: str | None) -> str:
    """The host of an address without ``www.``, or an empty text."""
    try:
        return (urlsplit(link or "").hostname or "").removeprefix("www.")
    except ValueError:
        return ""

"""Who may see the console, and whether a change comes from our own page. Pure.

Personal links are not concerned: the signed token in their path is what opens them.
"""

import base64
import binascii
import hmac
import ipaddress
from collections.abc import Mapping
from typing import Literal
from urllib.parse import urlsplit

from pydantic import SecretStr

from monitor.errors import ConfigErrors, ConfigProblem
from monitor.secret import read_secret

PASSWORD = "TOCSIN_CONSOLE_PASSWORD"  # noqa: S105 - the name of the variable, not a password
MIN_PASSWORD = 12  # characters
_LOCAL_NAMES = {"localhost", "127.0.0.1", "::1"}

Entry = Literal["open", "this_machine_only", "wants_password", "wrong_password"]


def console_password(environ: Mapping[str, str]) -> SecretStr | None:
    """The password of the console, None when none is set. Raises ConfigErrors for one that is easily guessed."""
    if not environ.get(PASSWORD):
        return None
    password = read_secret(f"env:{PASSWORD}", environ)
    if len(password.get_secret_value()) < MIN_PASSWORD:
        mend = "use a long random one, or unset the variable to show the console on this machine only"
        raise ConfigErrors(
            [ConfigProblem("environment", 1, 1, PASSWORD, f"is shorter than {MIN_PASSWORD} characters", mend)]
        )
    return password


def entry(password: SecretStr | None, *, peer: str | None, host: str, authorization: str) -> Entry:
    """Whether a visitor may see the console.

    Without a password: only a browser on this machine that addresses it by a local name. The name matters, because
    a hostile site can point its own name at 127.0.0.1 and would otherwise read the pages (DNS rebinding).
    """
    if password is None:
        return "open" if _is_loopback(peer) and _host_name(host) in _LOCAL_NAMES else "this_machine_only"
    if not authorization:
        return "wants_password"
    given = _basic_password(authorization)
    right = password.get_secret_value().encode()
    return "open" if given is not None and hmac.compare_digest(given, right) else "wrong_password"


def from_own_page(headers: Mapping[str, str], *, own_origin: str) -> bool:
    """Whether a POST was made by our own page.

    Browsers say so in Sec-Fetch-Site. Where they do not (plain http, older ones) Origin decides; ``null`` is what
    our own pages send there, because they forbid referrers. Programs send neither and need the token anyway.
    """
    site = headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    origin = headers.get("Origin", "null")
    if origin == "null":
        return True
    return origin == own_origin or urlsplit(origin).netloc == headers.get("Host")


def origin_of(base_url: str) -> str:
    """The origin of an address, as browsers write it."""
    parts = urlsplit(base_url)
    return f"{parts.scheme}://{parts.netloc}"


def _is_loopback(peer: str | None) -> bool:
    try:
        address = ipaddress.ip_address((peer or "").partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)


def _host_name(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _basic_password(authorization: str) -> bytes | None:
    scheme, _, credentials = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        decoded = base64.b64decode(credentials.strip(), validate=True)
    except (binascii.Error, ValueError):
        return None
    _, colon, password = decoded.partition(b":")
    return password if colon else None

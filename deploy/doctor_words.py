"""What the doctor may show: one inert, bounded line, every secret of the configuration taken out."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from deploy.settings import TocsinSettings
from monitor.secret import read_secret
from routing.http_outcome import url_secrets
from routing.untrusted import agreed_line

LONGEST = 1_000  # characters of one text
_LEAST = 4  # shorter secrets would take words apart
_REFERENCES = ("env:", "file:")


class Scrub:
    """Makes a text safe to show. Its own repr tells nothing."""

    def __init__(self, secrets: Iterable[str]) -> None:
        # The longest first, so that a part does not break up the whole.
        self._secrets = sorted({one for one in secrets if len(one) >= _LEAST}, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        # The secrets go first: cutting could leave half of one standing. Cleaning may put one together again.
        return self._without(agreed_line(self._without(text), LONGEST))

    def __repr__(self) -> str:
        return f"Scrub({len(self._secrets)} secrets)"

    def _without(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "[secret]")
        return text


def secrets_of(settings: TocsinSettings, environ: Mapping[str, str] | None = None) -> Iterator[str]:
    """Every secret that the configuration refers to and that is there, with the telling parts of secret addresses."""
    for reference in sorted(set(_references(settings.model_dump(mode="json")))):
        try:
            secret = read_secret(reference, environ).get_secret_value()
        except ValueError:
            continue
        yield secret
        yield from _parts(secret)
    if settings.store is not None and not settings.store.startswith(_REFERENCES):
        yield from _password(settings.store)


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        if value.startswith(_REFERENCES):
            yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _references(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _references(one)


def _parts(secret: str) -> Iterator[str]:
    if "://" not in secret:
        return
    try:
        scheme = urlsplit(secret).scheme
    except ValueError:
        return
    yield from url_secrets(secret) if scheme in {"http", "https"} else _password(secret)


def _password(url: str) -> Iterator[str]:
    try:
        password = make_url(url).password
    except (ArgumentError, ValueError):
        return
    if password:
        yield str(password)

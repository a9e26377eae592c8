"""A vendor's API for channels that need more than one URL of it: look up, create, update.

Every request is checked, pinned, bounded and kept out of logs exactly as ``routing.http.PostingClient`` does it.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from pydantic import SecretStr

from routing.channels.target import authorities
from routing.http import Answer, Method, PostingClient, Resolver, resolve
from routing.http_outcome import describe
from routing.outcome import Ambiguous, Outcome, RetryLater

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True, repr=False)
class Credentials:
    """The ``Authorization`` header, and every spelling of the secret that must not be shown. Never printed."""

    header: str
    secrets: tuple[str, ...]


def keyed(scheme: str, key: SecretStr) -> Credentials:
    """``Authorization: <scheme> <key>``, for example ``Bearer`` or ``GenieKey``."""
    value = key.get_secret_value()
    return Credentials(f"{scheme} {value}", (value,))


def basic(user: str, password: SecretStr) -> Credentials:
    """HTTP Basic. The encoded pair is as much a secret as the password."""
    value = password.get_secret_value()
    pair = base64.b64encode(f"{user}:{value}".encode()).decode()
    return Credentials(f"Basic {pair}", (pair, value))


class VendorApi:
    """One API below one base URL. Raises ValueError for a base URL that PostingClient would refuse."""

    def __init__(
        self,
        base_url: str,
        credentials: Credentials,
        *,
        allow_private_addresses: bool = False,
        resolver: Resolver = resolve,
    ) -> None:
        self._credentials = credentials
        self._client = PostingClient(
            SecretStr(base_url.rstrip("/")),
            allow_private_addresses=allow_private_addresses,
            resolver=resolver,
            tls=authorities(),
        )

    async def get(self, path: str, *, deadline_s: float) -> Answer | Outcome:
        """Read ``path`` (already percent-encoded). Reading changes nothing, so its failure is never ambiguous."""
        return _unchanged(await self._call("GET", path, b"", JSON, deadline_s))

    async def search(self, path: str, body: Mapping[str, Any], *, deadline_s: float) -> Answer | Outcome:
        """Like ``get``, for an API that takes its queries by POST."""
        return _unchanged(await self._call("POST", path, orjson.dumps(body), JSON, deadline_s))

    async def post(
        self, path: str, body: bytes, *, deadline_s: float, content_type: str = JSON
    ) -> Answer | Outcome:
        """One attempt to create something."""
        return await self._call("POST", path, body, content_type, deadline_s)

    async def patch(self, path: str, body: bytes, *, deadline_s: float) -> Answer | Outcome:
        """One attempt to change something."""
        return await self._call("PATCH", path, body, JSON, deadline_s)

    def reason(self, answer: Answer) -> str:
        """What the API said, made harmless, without our secrets."""
        return describe(answer, self._credentials.secrets)

    async def aclose(self) -> None:
        await self._client.aclose()

    async def _call(
        self, method: Method, path: str, body: bytes, content_type: str, deadline_s: float
    ) -> Answer | Outcome:
        headers = {
            "authorization": self._credentials.header,
            "accept": JSON,
            "content-type": content_type,
        }
        return await self._client.request(method, body, headers, path=path, deadline_s=deadline_s)


def json_object(answer: Answer) -> dict[str, Any] | None:
    """The object that the body is; None for anything else: a login page, a body cut short, a list."""
    try:
        said = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return None
    return said if isinstance(said, dict) else None


def unread(answer: Answer) -> str:
    """The reason where an answer may repeat what we wrote, and with it a personal link: its status alone."""
    return f"HTTP {answer.status}, but no answer of the API's own"


def _unchanged(answer: Answer | Outcome) -> Answer | Outcome:
    return RetryLater(answer.reason, answer.after_s) if isinstance(answer, Ambiguous) else answer

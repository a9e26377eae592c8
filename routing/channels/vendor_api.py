"""A vendor's API for channels that need more than one URL of it: look up, create, update.

Every request is checked, pinned, bounded and kept out of logs exactly as ``routing.http.PostingClient`` does it.
"""

import base64
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import httpx
import orjson
from pydantic import SecretStr

from routing.channels.target import authorities
from routing.http import Answer, PostingClient, Resolver, resolve
from routing.http_outcome import describe
from routing.outcome import Ambiguous, Outcome, RetryLater

Method = Literal["GET", "POST", "PATCH"]
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
        self._base_url = base_url.rstrip("/")
        self._credentials = credentials
        self._private = allow_private_addresses
        self._resolver = resolver
        self._tls = authorities()
        # Refuses a bad base URL now and not at the first page.
        PostingClient(SecretStr(self._base_url), allow_private_addresses=self._private, tls=self._tls)

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
        """Nothing is kept open between requests."""

    async def _call(
        self, method: Method, path: str, body: bytes, content_type: str, deadline_s: float
    ) -> Answer | Outcome:
        client = _Call(
            method,
            SecretStr(f"{self._base_url}{path}"),
            allow_private_addresses=self._private,
            deadline_s=deadline_s,
            resolver=self._resolver,
            tls=self._tls,
        )
        headers = {"authorization": self._credentials.header, "accept": JSON}
        try:
            return await client.post(body, {**headers, "content-type": content_type})
        finally:
            await client.aclose()


class _Call(PostingClient):
    """A posting client whose one request has another method."""

    def __init__(
        self,
        method: Method,
        url: SecretStr,
        *,
        allow_private_addresses: bool,
        deadline_s: float,
        resolver: Resolver,
        tls: ssl.SSLContext,
    ) -> None:
        super().__init__(
            url,
            allow_private_addresses=allow_private_addresses,
            deadline_s=deadline_s,
            resolver=resolver,
            tls=tls,
        )
        self._method = method
        self._client.event_hooks = {"request": [self._with_method]}

    async def _with_method(self, request: httpx.Request) -> None:
        request.method = self._method


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

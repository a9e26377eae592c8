"""The HTTP client of every source: bounded, polite, and careful about where it connects.

Retries live here and nowhere else. Errors leave as ``monitor.errors``: RateLimited, Unavailable (the runner
waits), InvalidPayload (a body that is too large or damaged), RefuseToStart (a key that was refused). They name
host and path only: queries and headers may hold secrets.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from random import Random
from types import TracebackType
from typing import Self

import httpx
import orjson

from connectors.http_body import CutShort, read_body
from connectors.http_failure import Failure, bad_redirect, held_back, of_exception, of_status, where
from connectors.http_retry import RateBudget, full_jitter, read_budget
from connectors.pinned import PinnedTransport, Resolver, system_resolver
from monitor import metrics
from monitor.clock import Clock
from monitor.errors import InvalidPayload, TransientError

USER_AGENT = "Tocsin/0.1 (brand monitor)"
MAX_BYTES = 5_000_000
MAX_LINE = 1_000_000
MAX_REDIRECTS = 5
RETRY_BUDGET_S = 60.0  # longer waits are the runner's, so that health can say so meanwhile

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PERMANENT = frozenset({301, 308})
_FOR_ANY_HOST = frozenset({"accept", "accept-language", "if-none-match", "if-modified-since"})
_MAX_HOSTS = 1_000

for _name in ("httpx", "httpcore"):  # they log whole addresses, and a query may hold a token
    logging.getLogger(_name).setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer. ``url`` is where it came from; ``moved_to`` is set when every hop there was permanent."""

    status: int
    headers: httpx.Headers
    body: bytes
    url: str
    moved_to: str | None = None

    @property
    def content_type(self) -> str:
        """The media type in lower case, without parameters."""
        return str(self.headers.get("content-type", "")).partition(";")[0].strip().lower()


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    url: httpx.URL
    headers: Mapping[str, str]
    max_bytes: int
    accept: Collection[int]
    content: bytes | None = None


class SourceHttp:
    """One source's client. Times are seconds, sizes bytes of the decoded body. Close it with ``aclose``."""

    def __init__(
        self,
        source: str,
        *,
        clock: Clock,
        user_agent: str = USER_AGENT,
        timeout_s: float = 30.0,
        max_bytes: int = MAX_BYTES,
        allow_private_addresses: bool = False,
        attempts: int = 4,
        resolver: Resolver = system_resolver,
    ) -> None:
        self._source = source
        self._clock = clock
        self._timeout_s = timeout_s
        self._max_bytes = max_bytes
        self._attempts = attempts
        self._random = Random()  # noqa: S311 - jitter, not a secret
        self._not_before: dict[str, float] = {}  # host -> monotonic seconds
        self._client = httpx.AsyncClient(
            transport=PinnedTransport(allow_private=allow_private_addresses, resolver=resolver),
            headers={"User-Agent": user_agent, "Accept-Encoding": "gzip", "Accept": "*/*"},
            timeout=httpx.Timeout(timeout_s, connect=min(10.0, timeout_s)),
            follow_redirects=False,
            trust_env=False,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def get(
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        max_bytes: int | None = None,
        accept: Collection[int] = (),
    ) -> Answer:
        """The answer to a GET with a 2xx status, or with a status in ``accept`` (for example 304, 404, 410)."""
        request = _Request("GET", _address(url, params), headers or {}, max_bytes or self._max_bytes, accept)
        return await self._ask(request, self._attempts)

    async def post(
        self,
        url: str,
        *,
        json: object,
        headers: Mapping[str, str] | None = None,
        accept: Collection[int] = (),
    ) -> Answer:
        """The answer to one POST of JSON; never repeated, because it may have taken effect."""
        headers = {"Content-Type": "application/json", **(headers or {})}
        content = orjson.dumps(json)
        return await self._ask(
            _Request("POST", _address(url, None), headers, self._max_bytes, accept, content), 1
        )

    async def stream(
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        idle_s: float = 90.0,
    ) -> AsyncGenerator[bytes]:
        """The lines of an endless answer, without their ends. Returns when the server ends it.

        Raises Unavailable when it breaks or says nothing for ``idle_s`` seconds. Not retried: the caller knows
        from where to go on.
        """
        address = _address(url, params)
        sent = {**(headers or {}), "Accept-Encoding": "identity"}
        timeout = httpx.Timeout(self._timeout_s, read=idle_s)
        failure: Failure | None = None
        try:
            async with self._client.stream("GET", address, headers=sent, timeout=timeout) as response:
                if response.status_code == 200:
                    self._note_success(address, response)
                    async with aclosing(_lines(response.aiter_raw(), where(address))) as lines:
                        async for line in lines:
                            yield line
                else:
                    failure = self._of_status(response, address, sent)
        except (httpx.HTTPError, httpx.StreamError, TransientError) as error:
            failure = of_exception(error, where(address))
        if failure is not None:
            self._count(failure)
            raise failure.error from None

    async def _ask(self, request: _Request, attempts: int) -> Answer:
        started = self._clock.monotonic()
        for attempt in range(attempts):
            outcome = self._held(request) or await self._attempt(request)
            if isinstance(outcome, Answer):
                return outcome
            self._count(outcome)
            wait = max(outcome.after_s or 0.0, full_jitter(attempt, self._random))
            spent = self._clock.monotonic() - started
            if not outcome.retry or attempt + 1 == attempts or spent + wait > RETRY_BUDGET_S:
                raise outcome.error from None
            await self._clock.sleep(wait)
        raise AssertionError("at least one attempt is made")

    async def _attempt(self, request: _Request) -> Answer | Failure:
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self._follow(request)
        except InvalidPayload as error:
            return of_exception(InvalidPayload(error.reason, f"{where(request.url)}: {error}"), "")
        except CutShort:
            return of_exception(httpx.ReadError("cut"), where(request.url))
        except (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL, OSError, TransientError) as error:
            return of_exception(error, where(request.url))

    async def _follow(self, request: _Request) -> Answer | Failure:
        url, headers, permanent = request.url, dict(request.headers), True
        for hop in range(MAX_REDIRECTS + 1):
            async with self._client.stream(
                request.method, url, headers=headers, content=request.content
            ) as response:
                if response.status_code not in _REDIRECTS or request.method != "GET":
                    moved_to = str(url) if hop and permanent else None
                    return await self._whole(request, url, response, headers, moved_to)
                permanent = permanent and response.status_code in _PERMANENT
                target = _target(url, response.headers.get("location", ""))
            if target is None:
                return bad_redirect(where(url), "it redirects to something that is not a web address")
            if (target.scheme, target.host, target.port) != (url.scheme, url.host, url.port):
                headers = {name: value for name, value in headers.items() if name.lower() in _FOR_ANY_HOST}
            url = target
        return bad_redirect(where(request.url), f"it redirects more than {MAX_REDIRECTS} times")

    async def _whole(
        self,
        request: _Request,
        url: httpx.URL,
        response: httpx.Response,
        headers: Mapping[str, str],
        moved_to: str | None,
    ) -> Answer | Failure:
        if not (response.is_success or response.status_code in request.accept):
            return self._of_status(response, request.url, headers)
        encoding = response.headers.get("content-encoding", "")
        body = (
            b"" if response.status_code in {204, 304}
            else await read_body(response.aiter_raw(), encoding, request.max_bytes)
        )  # fmt: skip
        self._note_success(request.url, response)
        return Answer(response.status_code, response.headers, body, str(url), moved_to)

    def _of_status(self, response: httpx.Response, url: httpx.URL, headers: Mapping[str, str]) -> Failure:
        with_key = any(name.lower() == "authorization" for name in headers)
        failure = of_status(response, where(url), self._clock.now(), with_key=with_key)
        if failure.reason == "rate_limited" and failure.after_s:
            self._hold(url, failure.after_s)
        self._note_budget(url, response)
        return failure

    def _note_success(self, url: httpx.URL, response: httpx.Response) -> None:
        metrics.SOURCE_LAST_SUCCESS.labels(self._source).set(self._clock.now().timestamp())
        self._note_budget(url, response)

    def _note_budget(self, url: httpx.URL, response: httpx.Response) -> None:
        budget: RateBudget = read_budget(response.headers, self._clock.now())
        if budget.remaining is not None:
            metrics.SOURCE_BUDGET.labels(self._source).set(budget.remaining)
        if budget.spent and budget.reset_s is not None:
            self._hold(url, budget.reset_s)

    def _hold(self, url: httpx.URL, seconds: float) -> None:
        if len(self._not_before) >= _MAX_HOSTS:
            self._not_before.clear()
        self._not_before[url.host] = self._clock.monotonic() + seconds

    def _held(self, request: _Request) -> Failure | None:
        left = self._not_before.get(request.url.host, 0.0) - self._clock.monotonic()
        return held_back(where(request.url), left) if left > 0 else None

    def _count(self, failure: Failure) -> None:
        metrics.SOURCE_ERRORS.labels(self._source, failure.reason).inc()


def _address(url: str, params: Mapping[str, str] | None) -> httpx.URL:
    try:
        address = httpx.URL(url)
    except (httpx.InvalidURL, TypeError):
        raise of_exception(httpx.InvalidURL("bad"), "(not a web address)").error from None
    if address.scheme not in {"http", "https"} or not address.host:
        raise bad_redirect(where(address), "not an http or https address").error
    return address.copy_merge_params(dict(params)) if params else address


def _target(url: httpx.URL, location: str) -> httpx.URL | None:
    """Where a Location header leads, or None when Tocsin does not go there."""
    try:
        target = url.join(location)
    except (httpx.InvalidURL, ValueError):
        return None
    usable = location and target.scheme in {"http", "https"} and target.host and not target.userinfo
    return target if usable else None


async def _lines(chunks: AsyncIterator[bytes], place: str) -> AsyncGenerator[bytes]:
    rest = b""
    async for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            yield line.removesuffix(b"\r")
        if len(rest) > MAX_LINE:
            raise InvalidPayload("too_large", f"{place}: a line is longer than {MAX_LINE} bytes")
    if rest:
        yield rest

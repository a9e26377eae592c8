import gzip
import logging
import traceback

import pytest

from connectors.http import Answer, SourceHttp
from connectors.testing import (
    Call,
    Reply,
    SourceServer,
    bomb,
    broken,
    cut,
    drip,
    huge,
    login_page,
    redirect,
    reply,
    stream,
    too_many,
)
from monitor import metrics
from monitor.clock import ManualClock
from monitor.errors import InvalidPayload, RateLimited, RefuseToStart, TocsinError, Unavailable


def client(clock: ManualClock, *, timeout_s: float = 10.0, private: bool = True) -> SourceHttp:
    return SourceHttp("test", clock=clock, timeout_s=timeout_s, allow_private_addresses=private)


async def ask(clock: ManualClock, url: str) -> Answer:
    async with client(clock) as http:
        return await http.get(url)


async def failure(clock: ManualClock, url: str, headers: dict[str, str] | None = None) -> TocsinError:
    async with client(clock) as http:
        with pytest.raises(TocsinError) as caught:
            await http.get(url, headers=headers)
    return caught.value


async def test_an_answer_has_status_headers_body_and_address(
    server: SourceServer, clock: ManualClock
) -> None:
    server.on("/a", reply(b"{}", content_type="application/JSON; charset=utf-8", etag='W/"1"'))
    async with client(clock) as http:
        answer = await http.get(server.url("/a"), params={"q": "véloria"}, headers={"X-One": "1"})
    assert (answer.status, answer.body, answer.content_type) == (200, b"{}", "application/json")
    assert answer.headers["etag"] == 'W/"1"'
    assert answer.moved_to is None
    assert server.calls[0].query == {"q": "véloria"}
    assert server.calls[0].headers["x-one"] == "1"
    assert "Tocsin" in server.calls[0].headers["user-agent"]


@pytest.mark.parametrize(
    "first", [too_many("2"), too_many("junk"), too_many(), broken(500), broken(503), cut()]
)
async def test_a_passing_fault_is_asked_again(server: SourceServer, clock: ManualClock, first: Reply) -> None:
    server.on("/a", first, reply(b"good"))
    assert (await ask(clock, server.url("/a"))).body == b"good"
    assert len(server.calls) == 2


async def test_the_wait_that_the_source_asks_for_is_kept(server: SourceServer, clock: ManualClock) -> None:
    server.on("/a", too_many("Sat, 14 Mar 2026 10:00:30 GMT"), reply(b"good"))
    await ask(clock, server.url("/a"))
    assert clock.monotonic() >= 30


async def test_a_long_wait_is_left_to_the_runner(server: SourceServer, clock: ManualClock) -> None:
    server.on("/a", too_many("600"))
    error = await failure(clock, server.url("/a"))
    assert isinstance(error, RateLimited)
    assert error.after_s == 600
    assert clock.monotonic() == 0
    assert len(server.calls) == 1


async def test_a_spent_budget_holds_back_the_next_request(server: SourceServer, clock: ManualClock) -> None:
    server.on("/a", reply(b"1", x_ratelimit_remaining="0", x_ratelimit_reset="300"), reply(b"2"))
    async with client(clock) as http:
        await http.get(server.url("/a"))
        with pytest.raises(RateLimited) as caught:
            await http.get(server.url("/a"))
        assert caught.value.after_s == 300
        assert len(server.calls) == 1
        clock.advance(301)
        assert (await http.get(server.url("/a"))).body == b"2"
    assert metrics.SOURCE_BUDGET.labels("test")._value.get() == 0


async def test_asking_ends_after_four_attempts(server: SourceServer, clock: ManualClock) -> None:
    server.on("/a", broken(502))
    assert isinstance(await failure(clock, server.url("/a")), Unavailable)
    assert len(server.calls) == 4


@pytest.mark.parametrize("status", [400, 403, 404, 410])
async def test_other_refusals_are_not_repeated(server: SourceServer, clock: ManualClock, status: int) -> None:
    server.on("/a", broken(status))
    assert isinstance(await failure(clock, server.url("/a")), Unavailable)
    assert len(server.calls) == 1


async def test_a_status_that_the_caller_accepts_is_an_answer(
    server: SourceServer, clock: ManualClock
) -> None:
    server.on("/a", broken(410))
    async with client(clock) as http:
        assert (await http.get(server.url("/a"), accept={410})).status == 410


async def test_a_refused_key_refuses_to_start(server: SourceServer, clock: ManualClock) -> None:
    server.on("/a", reply("{}", status=401))
    error = await failure(clock, server.url("/a"), {"Authorization": "Bearer canary-secret"})
    assert isinstance(error, RefuseToStart)
    assert "canary" not in str(error)


async def test_a_bot_check_in_front_of_a_keyed_source_is_not_a_refused_key(
    server: SourceServer, clock: ManualClock
) -> None:
    server.on("/a", reply("<html>", status=403, content_type="text/html"))
    error = await failure(clock, server.url("/a"), {"Authorization": "Bearer canary-secret"})
    assert isinstance(error, Unavailable)


async def test_a_large_body_is_refused(server: SourceServer, clock: ManualClock) -> None:
    server.on("/a", huge())
    error = await failure(clock, server.url("/a"))
    assert isinstance(error, InvalidPayload)
    assert error.reason == "too_large"
    assert len(server.calls) == 1


async def test_a_compressed_body_is_measured_unpacked(server: SourceServer, clock: ManualClock) -> None:
    server.on("/a", bomb())
    error = await failure(clock, server.url("/a"))
    assert isinstance(error, InvalidPayload)
    assert error.reason == "too_large"


async def test_a_compressed_body_is_unpacked(server: SourceServer, clock: ManualClock) -> None:
    server.on("/a", Reply(200, gzip.compress(b"plain" * 1_000), {"content-encoding": "gzip"}))
    assert (await ask(clock, server.url("/a"))).body == b"plain" * 1_000


@pytest.mark.parametrize(("body", "encoding"), [(b"not gzip", "gzip"), (b"x", "br")])
async def test_a_body_that_cannot_be_unpacked(
    server: SourceServer, clock: ManualClock, body: bytes, encoding: str
) -> None:
    server.on("/a", Reply(200, body, {"content-encoding": encoding}))
    error = await failure(clock, server.url("/a"))
    assert isinstance(error, InvalidPayload)
    assert error.reason == "encoding"


async def test_a_slow_drip_ends_at_the_deadline(server: SourceServer, clock: ManualClock) -> None:
    server.on("/a", drip(), reply(b"good"))
    async with client(clock, timeout_s=0.2) as http:
        assert (await http.get(server.url("/a"))).body == b"good"


async def test_nobody_listens(clock: ManualClock) -> None:
    async with SourceServer() as gone:
        url = gone.url("/a")
    assert isinstance(await failure(clock, url), Unavailable)


@pytest.mark.parametrize(
    "url", ["ftp://example.com/a", "file:///etc/passwd", "http://", "http://[", "nonsense"]
)
async def test_only_web_addresses_are_asked(clock: ManualClock, url: str) -> None:
    assert isinstance(await failure(clock, url), Unavailable)


async def test_a_temporary_redirect_is_followed_and_not_remembered(
    server: SourceServer, clock: ManualClock
) -> None:
    server.on("/a", redirect("/b"))
    server.on("/b", reply(b"there"))
    answer = await ask(clock, server.url("/a"))
    assert (answer.body, answer.url, answer.moved_to) == (b"there", server.url("/b"), None)


async def test_a_permanent_redirect_is_told(server: SourceServer, clock: ManualClock) -> None:
    server.on("/a", redirect("/b", 301))
    server.on("/b", redirect("/c", 308))
    server.on("/c", reply(b"there"))
    assert (await ask(clock, server.url("/a"))).moved_to == server.url("/c")


async def test_redirects_without_end_are_given_up(server: SourceServer, clock: ManualClock) -> None:
    server.on("/a", redirect("/a"))
    assert isinstance(await failure(clock, server.url("/a")), Unavailable)
    assert len(server.calls) == 6


@pytest.mark.parametrize("location", ["", "ftp://example.com/", "http://user:pw@127.0.0.1/", "http://["])
async def test_redirects_that_are_not_followed(
    server: SourceServer, clock: ManualClock, location: str
) -> None:
    server.on("/a", redirect(location))
    assert isinstance(await failure(clock, server.url("/a")), Unavailable)


async def test_a_key_does_not_follow_a_redirect_to_another_host(
    server: SourceServer, clock: ManualClock
) -> None:
    server.on("/a", redirect(server.url("/b", host="localhost")))
    server.on("/b", reply(b"there"))
    async with client(clock) as http:
        await http.get(server.url("/a"), headers={"Authorization": "Bearer canary", "If-None-Match": '"1"'})
    assert server.calls[0].headers["authorization"] == "Bearer canary"
    assert "authorization" not in server.calls[1].headers
    assert server.calls[1].headers["if-none-match"] == '"1"'


async def test_cookies_are_not_kept(server: SourceServer, clock: ManualClock) -> None:
    server.on("/a", reply(b"1", set_cookie="track=1; Path=/"))
    async with client(clock) as http:
        await http.get(server.url("/a"))
        await http.get(server.url("/a"))
    assert "cookie" not in server.calls[1].headers


@pytest.mark.parametrize(
    "bad", [too_many("600"), broken(500), cut(), huge(), redirect("ftp://x/"), broken(404)]
)
async def test_no_secret_in_errors_logs_or_tracebacks(
    server: SourceServer, clock: ManualClock, bad: Reply, caplog: pytest.LogCaptureFixture
) -> None:
    server.on("/a", bad)
    with caplog.at_level(logging.INFO):
        error = await failure(clock, server.url("/a?token=canary1"), {"Authorization": "Bearer canary2"})
    shown = "".join(traceback.format_exception(error)) + repr(error) + caplog.text
    assert "127.0.0.1" in str(error)
    assert "canary" not in shown


async def test_a_post_is_sent_once(server: SourceServer, clock: ManualClock) -> None:
    server.on("/login", broken(503))
    async with client(clock) as http:
        with pytest.raises(Unavailable):
            await http.post(server.url("/login"), json={"identifier": "véloria"})
    assert [call.method for call in server.calls] == ["POST"]
    assert server.calls[0].body == '{"identifier":"véloria"}'.encode()


async def test_failures_are_counted_by_reason(server: SourceServer, clock: ManualClock) -> None:
    server.on("/a", broken(404))
    counter = metrics.SOURCE_ERRORS.labels("test", "client_error")._value
    before = counter.get()
    await failure(clock, server.url("/a"))
    assert counter.get() == before + 1


async def test_a_good_answer_notes_the_time(server: SourceServer, clock: ManualClock) -> None:
    server.on("/a", login_page())
    await ask(clock, server.url("/a"))
    assert metrics.SOURCE_LAST_SUCCESS.labels("test")._value.get() == clock.now().timestamp()


async def test_a_stream_gives_its_lines(server: SourceServer, clock: ManualClock) -> None:
    server.on("/s", stream("event: update", "data: é\r", "", "tail", then_close=True))
    async with client(clock) as http:
        lines = [line async for line in http.stream(server.url("/s"))]
    assert lines == [b"event: update", "data: é".encode(), b"", b"tail"]


async def test_a_stream_that_falls_silent_or_breaks_is_unavailable(
    server: SourceServer, clock: ManualClock
) -> None:
    server.on("/silent", stream("one"))
    server.on("/broken", Reply(200, b"one\n", {}, missing=10))
    async with client(clock) as http:
        for path in ("/silent", "/broken"):
            with pytest.raises(Unavailable):
                assert [line async for line in http.stream(server.url(path), idle_s=0.2)]


async def test_a_stream_that_is_refused(server: SourceServer, clock: ManualClock) -> None:
    server.on("/s", reply("{}", status=401))
    async with client(clock) as http:
        with pytest.raises(RefuseToStart):
            assert [1 async for _ in http.stream(server.url("/s"), headers={"Authorization": "Bearer x"})]


async def test_a_stream_line_without_end_is_refused(server: SourceServer, clock: ManualClock) -> None:
    server.on("/s", Reply(200, b"x" * 1_100_000, {}, hold_open=True))
    async with client(clock) as http:
        with pytest.raises(InvalidPayload):
            assert [1 async for _ in http.stream(server.url("/s"))]


async def test_replies_can_be_made_from_the_call(server: SourceServer, clock: ManualClock) -> None:
    def echo(call: Call) -> Reply:
        return reply(call.query["q"])

    server.on("/a", echo)
    assert (await ask(clock, server.url("/a?q=x"))).body == b"x"

"""Probes run side by side, each within its time; what they found adds up to one exit code; nothing unsafe is shown."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.cli.doctor import KINDS
from deploy.doctor import (
    PROBE_KINDS,
    Check,
    Probe,
    Said,
    State,
    down,
    examine,
    exit_code,
    good,
    line,
    summary,
    verdict,
    warning,
    wrong,
)
from deploy.doctor_words import LONGEST, Scrub
from monitor.clock import ManualClock
from monitor.errors import RefuseToStart, Unavailable

CLOCK = ManualClock(datetime(2026, 3, 14, 10, 0, tzinfo=UTC))


def probe(run: Callable[[], Awaitable[Said]], name: str = "one") -> Probe:
    return Probe("source", name, run)


def raising(error: BaseException) -> Probe:
    async def run() -> Said:
        raise error

    return probe(run)


def saying(said: Said) -> Probe:
    async def run() -> Said:
        return said

    return probe(run)


async def checked(*probes: Probe, secrets: tuple[str, ...] = (), timeout_s: float = 30) -> list[Check]:
    return await examine(probes, timeout_s, CLOCK, Scrub(secrets))


def check(state: State, fault: str = "") -> Check:
    return Check("source", "one", state, "what", "", fault, 0.0)  # type: ignore[arg-type]


def test_the_command_knows_every_kind() -> None:
    assert KINDS == PROBE_KINDS


@pytest.mark.parametrize(
    ("error", "fault", "what"),
    [
        (RefuseToStart("no token"), "configuration", "no token"),
        (Unavailable("their server answered 503"), "outside", "their server answered 503"),
        (KeyError("hunter2"), "outside", "failed: KeyError"),
    ],
)
async def test_what_a_probe_raises_becomes_a_line(error: Exception, fault: str, what: str) -> None:
    (found,) = await checked(raising(error))
    assert (found.state, found.fault, found.what) == ("down", fault, what)


async def test_a_probe_that_hangs_is_ended_and_holds_up_nobody() -> None:
    async def hang() -> Said:
        await asyncio.Event().wait()
        raise AssertionError("never set")

    stuck, fine = await checked(probe(hang), saying(good("answers")), timeout_s=0.05)
    assert (stuck.state, stuck.what) == ("down", "no answer within 0.05 s")
    assert fine.state == "ok"


async def test_probes_run_side_by_side() -> None:
    other_came = asyncio.Event()

    async def wait() -> Said:
        await other_came.wait()
        return good("met")

    async def come() -> Said:
        other_came.set()
        return good("came")

    assert [one.what for one in await checked(probe(wait), probe(come))] == ["met", "came"]


async def test_progress_is_told_once_per_probe() -> None:
    told: list[Check] = []
    checks = await examine([saying(good("a")), saying(good("b"))], 30, CLOCK, Scrub(()), told.append)
    assert sorted(one.what for one in told) == sorted(one.what for one in checks) == ["a", "b"]


async def test_secrets_are_taken_out_of_everything_said() -> None:
    (found,) = await checked(
        saying(Said("down", "token s3cr3t-token refused", "renew s3cr3t-token")), secrets=("s3cr3t-token",)
    )
    assert "s3cr3t" not in json.dumps(found.as_json()) + line(found)
    assert "[secret]" in found.what


@given(
    st.text(max_size=50), st.text(max_size=50), st.text(alphabet="abcdef0123456789-", min_size=8, max_size=40)
)
def test_no_secret_gets_through_whatever_stands_around_it(before: str, after: str, secret: str) -> None:
    shown = Scrub((secret, "x"))(f"{before}{secret}{after}")
    assert secret not in shown
    assert "\n" not in shown
    assert "\x1b" not in shown
    assert len(shown) <= LONGEST + len("[secret]")


def test_text_is_one_bounded_line_without_control_characters() -> None:
    shown = Scrub(())("bad\x1b[31m\r\nline\u202e" + "y" * 9_000)
    assert shown.startswith("bad[31m line")
    assert len(shown) == LONGEST


def test_the_repr_of_a_scrub_tells_no_secret() -> None:
    assert "hunter22" not in repr(Scrub(("hunter22",)))


@pytest.mark.parametrize(
    ("saids", "code", "said"),
    [
        ([good("")], 0, "All good"),
        ([], 0, "All good"),
        ([good(""), warning("", "")], 1, "see the warnings"),
        ([warning("", ""), down("", "")], 3, "outside"),
        ([down("", ""), wrong("")], 2, "It is us"),
    ],
)
async def test_what_it_adds_up_to(saids: list[Said], code: int, said: str) -> None:
    checks = await checked(*(saying(one) for one in saids))
    assert exit_code(checks) == code
    assert said in verdict(checks)
    total = summary(checks, 1.25)
    assert total["exit"] == code
    assert total["checks"] == len(checks) == total["ok"] + total["warning"] + total["down"]


@given(
    st.lists(st.sampled_from([("ok", ""), ("warning", ""), ("down", "outside"), ("down", "configuration")]))
)
def test_the_worst_decides_in_any_order(found: list[tuple[State, str]]) -> None:
    checks = [check(state, fault) for state, fault in found]
    assert exit_code(checks) == exit_code(checks[::-1])
    assert (exit_code(checks) == 0) == all(state == "ok" for state, _ in found)


def test_a_line_says_what_to_do_beneath() -> None:
    found = Check("channel", "legal-mail", "down", "refused", "see the port", "outside", 0.5)
    assert line(found) == "down     channel legal-mail: refused (0.50 s)\n         -> see the port"

"""``tocsin doctor``: probes that run side by side, each once and within its time, and what their answers add up to."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from deploy.doctor_words import Scrub
from monitor.clock import Clock
from monitor.errors import RefuseToStart, TocsinError

ProbeKind = Literal[
    "configuration", "secrets", "clock", "disk", "database", "kafka", "source", "channel", "links"
]
State = Literal["ok", "warning", "down"]
Fault = Literal["", "configuration", "outside"]

PROBE_KINDS: tuple[ProbeKind, ...] = get_args(ProbeKind)
EXIT_WARNINGS, EXIT_CONFIGURATION, EXIT_OUTSIDE = 1, 2, 3
AT_ONCE = 32  # probes that run side by side; a thousand feeds take turns


@dataclass(frozen=True, slots=True)
class Said:
    """What a probe found; ``do`` is what to do about it. ``fault`` tells our own mistake from the world's."""

    state: State
    what: str
    do: str = ""
    fault: Fault = ""


@dataclass(frozen=True, slots=True)
class Probe:
    """One thing to reach. ``run`` may raise; what it raises becomes a line that says so."""

    kind: ProbeKind
    name: str
    run: Callable[[], Awaitable[Said]]


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the report; ``seconds`` is how long the probe took. Every text is safe to show."""

    kind: ProbeKind
    name: str
    state: State
    what: str
    do: str
    fault: Fault
    seconds: float

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def good(what: str) -> Said:
    return Said("ok", what)


def warning(what: str, do: str) -> Said:
    return Said("warning", what, do)


def down(what: str, do: str) -> Said:
    """Something outside does not work."""
    return Said("down", what, do, "outside")


def wrong(what: str, do: str = "mend what it names, then tocsin check") -> Said:
    """The configuration is wrong, or a key or password in it is no longer accepted."""
    return Said("down", what, do, "configuration")


async def examine(
    probes: Iterable[Probe],
    timeout_s: float,
    clock: Clock,
    scrub: Scrub,
    done: Callable[[Check], None] = lambda _: None,
) -> list[Check]:
    """Every probe once, side by side, each at most ``timeout_s`` seconds; in the order of the probes.

    ``done`` is told of each check when it is there. Nothing that a probe raises gets out.
    """
    turns = asyncio.Semaphore(AT_ONCE)

    async def one(probe: Probe) -> Check:
        async with turns:
            started = clock.monotonic()
            said = await _bounded(probe, timeout_s)
            check = _check(probe, said, clock.monotonic() - started, scrub)
        done(check)
        return check

    return list(await asyncio.gather(*(one(probe) for probe in probes)))


async def _bounded(probe: Probe, timeout_s: float) -> Said:
    try:
        async with asyncio.timeout(timeout_s):
            return await probe.run()
    except TimeoutError:
        return down(
            f"no answer within {timeout_s:g} s",
            "see whether it is up and the network lets us through; a longer --timeout tells slow from gone",
        )
    except RefuseToStart as error:
        return wrong(str(error))
    except TocsinError as error:
        return down(str(error), "see whether it is up and the address is right")
    except Exception as error:  # noqa: BLE001 - one probe that fails in a new way must not hide the others
        return down(f"failed: {type(error).__name__}", "see whether it is up and the address is right")


def _check(probe: Probe, said: Said, seconds: float, scrub: Scrub) -> Check:
    return Check(
        probe.kind,
        scrub(probe.name),
        said.state,
        scrub(said.what),
        scrub(said.do),
        said.fault,
        round(max(0.0, seconds), 3),
    )


def exit_code(checks: Sequence[Check]) -> int:
    """0 all good, 1 warnings only, 2 the configuration is wrong, 3 something outside is down. 2 goes before 3:
    what is wrong here is mended first."""
    faults = {check.fault for check in checks}
    if "configuration" in faults:
        return EXIT_CONFIGURATION
    if "outside" in faults:
        return EXIT_OUTSIDE
    return EXIT_WARNINGS if any(check.state == "warning" for check in checks) else 0


def verdict(checks: Sequence[Check]) -> str:
    """The answer to "is it us?" in one sentence."""
    match exit_code(checks):
        case 0:
            return "All good: everything was reached."
        case 1:
            return "Everything was reached; see the warnings."
        case 2:
            return "It is us: the configuration is wrong."
        case _:
            return "Something outside is down or cannot be reached from here."


def summary(checks: Sequence[Check], seconds: float) -> dict[str, Any]:
    """The last object of the JSON report."""
    states = [check.state for check in checks]
    return {
        "kind": "summary",
        "checks": len(checks),
        **{state: states.count(state) for state in get_args(State)},
        "exit": exit_code(checks),
        "verdict": verdict(checks),
        "seconds": round(seconds, 3),
    }


def line(check: Check) -> str:
    """A check as a line for people; what to do stands on the next."""
    todo = f"\n{'':9}-> {check.do}" if check.do else ""
    return f"{check.state:8} {check.kind} {check.name}: {check.what} ({check.seconds:.2f} s){todo}"

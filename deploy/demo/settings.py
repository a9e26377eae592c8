"""The configuration of the demonstration: short waits, pages to a file, one replayed tape."""

from pathlib import Path
from typing import Any

from deploy.demo.words import DemoWords
from deploy.settings import TocsinSettings

EXAMPLE = Path(__file__).parent.parent / "example"
PEOPLE = ("comms-oncall", "comms-lead", "legal-oncall", "legal-lead", "it-oncall", "it-lead", "duty")
SLEEPER = "it-oncall"  # does not answer, so that the page escalates

BRAND: dict[str, Any] = {
    "id": "veloria",
    "name": "Véloria",
    "queries": ["veloria OR @veloria OR #veloria"],
    "own_handles": ["veloria@velo.example"],
    "press_hosts": ["journal.example.com"],
}


def demo_settings(
    folder: Path, tape: Path, words: DemoWords, *, speed: float, wait_s: int, port: int
) -> TocsinSettings:
    """A configuration whose files all stand in ``folder``. ``wait_s``: how long the sleeper is waited for.

    The others are given longer, so that a machine that halts for a moment makes nobody seem asleep.
    """
    waits = dict.fromkeys(PEOPLE, 3 * wait_s) | {SLEEPER: wait_s}
    departments = {
        name: {"chain": [_step(one, waits[one]) for one in (f"{name}-oncall", f"{name}-lead")], "repeat": 0}
        for name in ("comms", "legal", "it")
    }
    return TocsinSettings.model_validate(
        {
            "brands": [BRAND],
            "sources": [{"type": "replay", "path": tape, "speed": speed, "shift_to_now": True}],
            "playbook": EXAMPLE / "playbook.yaml",
            "data_dir": folder,
            "canary": {"on": False},  # what is shown and counted is the tape alone
            "http": {"port": port},
            "routing": {
                "people": [_person(name, words.people[name], folder) for name in PEOPLE],
                "departments": departments,
                "catch_all": ["duty"],
                "links": {"secret": f"file:{folder / 'link-secret'}", "base_url": f"http://127.0.0.1:{port}"},
            },
        }
    )


def _person(identity: str, name: str, folder: Path) -> dict[str, Any]:
    target = {"kind": "terminal", "name": f"{identity}-terminal", "path": str(folder / "pages.txt")}
    language = "en" if identity.startswith("it") else "fr"
    return {"id": identity, "name": name, "language": language, "targets": [target]}


def _step(person: str, wait_s: int) -> dict[str, Any]:
    return {"people": [person], "wait": wait_s}

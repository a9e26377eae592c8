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
    """A configuration whose files all stand in ``folder``. ``wait_s``: how long an answer is waited for."""
    departments = {
        name: {"chain": [_step(f"{name}-oncall", wait_s), _step(f"{name}-lead", wait_s)], "repeat": 0}
        for name in ("comms", "legal", "it")
    }
    return TocsinSettings.model_validate(
        {
            "brands": [BRAND],
            "sources": [{"type": "replay", "path": tape, "speed": speed, "shift_to_now": True}],
            "playbook": EXAMPLE / "playbook.yaml",
            "data_dir": folder,
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

"""The configuration of the demonstration: short waits, pages to a file, one replayed tape."""

from pathlib import Path
from typing import Any

from deploy.settings import TocsinSettings

EXAMPLE = Path(__file__).parent.parent / "example"


def demo_settings(folder: Path, tape: Path, *, speed: float, wait_s: int, port: int) -> TocsinSettings:
    """A configuration whose files all stand in ``folder``."""
    people = [
        _person(name, folder)
        for name in ("comms-oncall", "comms-lead", "legal-oncall", "it-oncall", "it-lead", "duty")
    ]
    departments = {
        "comms": {"chain": [_step("comms-oncall", wait_s), _step("comms-lead", wait_s)], "repeat": 0},
        "legal": {"chain": [_step("legal-oncall", wait_s)], "repeat": 0},
        "it": {"chain": [_step("it-oncall", wait_s), _step("it-lead", wait_s)], "repeat": 0},
    }
    return TocsinSettings.model_validate(
        {
            "brands": [{"id": "veloria", "name": "Véloria", "queries": ["veloria OR @veloria OR #veloria"]}],
            "sources": [{"type": "replay", "path": tape, "speed": speed, "shift_to_now": True}],
            "playbook": EXAMPLE / "playbook.yaml",
            "data_dir": folder,
            "http": {"port": port},
            "routing": {
                "people": people,
                "departments": departments,
                "catch_all": ["duty"],
                "links": {"secret": f"file:{folder / 'link-secret'}", "base_url": f"http://127.0.0.1:{port}"},
            },
        }
    )


def _person(name: str, folder: Path) -> dict[str, Any]:
    language = "en" if name.startswith("it") else "fr"
    target = {"kind": "terminal", "name": f"{name}-terminal", "path": str(folder / "pages.txt")}
    return {
        "id": name,
        "name": name.replace("-", " ").replace("oncall", "on-call"),
        "language": language,
        "targets": [target],
    }


def _step(person: str, wait_s: int) -> dict[str, Any]:
    return {"people": [person], "wait": wait_s}

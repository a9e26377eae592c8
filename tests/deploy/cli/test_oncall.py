"""``tocsin oncall``, and what ``tocsin check`` says of rotations."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from deploy.cli import main
from routing.ical_reading import read_events
from tests.routing.scenes import SECRET

EXAMPLE = Path(__file__).parents[3] / "deploy" / "example"
ROTATIONS = """\
routing:
  holidays:
    quebec: [2026-12-25]
  rotations:
    - id: week
      name: Communications
      time_zone: America/Montreal
      layers:
        - people: [comms-on-call, comms-lead]
          since: 2020-01-13
          handover: monday 09:00
"""
OFFICE = "          only: [weekdays 08:00-18:00]\n"
BASE = "2026-01-07 12:00 America/Montreal"


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The example, with a weekly rotation as the first step of comms."""
    monkeypatch.setenv("TOCSIN_LINK_SECRET", SECRET)
    (tmp_path / "playbook.yaml").write_text((EXAMPLE / "playbook.yaml").read_text("utf-8"), "utf-8")
    write(tmp_path / "tocsin.yaml", ROTATIONS)
    return tmp_path / "tocsin.yaml"


def write(config: Path, rotations: str) -> None:
    text = (EXAMPLE / "tocsin.yaml").read_text("utf-8").replace("routing:\n", rotations, 1)
    config.write_text(
        text.replace("{people: [comms-on-call], wait: 5m}", "{rotations: [week], wait: 5m}"), "utf-8"
    )


def run(*words: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(main, list(words))
    return result.exit_code, result.stdout, result.stderr


def oncall(config: Path, *words: str) -> str:
    code, said, trouble = run("oncall", "-c", str(config), *words)
    assert (code, trouble) == (0, "")
    return said


def refused(config: Path, *words: str) -> str:
    code, said, trouble = run("oncall", "-c", str(config), *words)
    assert (code, said) == (2, "")
    return trouble


def test_who_is_on_call_until_when_and_who_is_next(config: Path) -> None:
    said = oncall(config, "--at", BASE)
    assert said.splitlines()[:5] == [
        "Communications (America/Montreal)",
        "  now   Communications de garde, until Mon 2026-01-12 09:00",
        "  next  Communications lead, from Mon 2026-01-12 09:00",
        "comms",
        "  step 1  Communications de garde",
    ]
    assert "  step 4  Duty manager, Communications lead (catch-all)\n" in said
    assert (
        oncall(config, "--at", "2026-01-12T14:00Z").splitlines()[1].startswith("  now   Communications lead,")
    )


def test_json(config: Path) -> None:
    lines = [json.loads(line) for line in oncall(config, "--at", BASE, "--json").splitlines()]
    assert [line["kind"] for line in lines] == ["rotation", "department", "department", "department"]
    first = {"person": "comms-on-call", "name": "Communications de garde"}
    second = {"person": "comms-lead", "name": "Communications lead"}
    assert lines[0] == {
        "kind": "rotation",
        "rotation": "week",
        "name": "Communications",
        "time_zone": "America/Montreal",
        "at": "2026-01-07T17:00:00Z",
        "on_call": [first],
        "until": "2026-01-12T14:00:00Z",
        "next": {"at": "2026-01-12T14:00:00Z", "people": [second]},
        "relief": {"at": "2026-01-12T14:00:00Z", "people": [second]},
    }
    assert lines[1]["department"] == "comms"
    assert lines[1]["steps"][0] == {"step": 1, "people": [first], "nobody_in": [], "catch_all": False}


def test_nobody_is_said_plainly(config: Path) -> None:
    write(config, ROTATIONS + OFFICE)
    said = oncall(config, "--at", "2026-01-10T12:00Z")
    assert "  now   nobody, until Mon 2026-01-12 08:00\n" in said
    assert "  step 1  nobody: the next step comes at once (nobody in week)\n" in said


def test_whoever_comes_back_tomorrow_is_relieved_later(config: Path) -> None:
    write(config, ROTATIONS + OFFICE)
    assert oncall(config, "--at", BASE).splitlines()[1:4] == [
        "  now   Communications de garde, until Wed 2026-01-07 18:00",
        "  next  Communications de garde, from Thu 2026-01-08 08:00",
        "  then  Communications lead, from Mon 2026-01-12 09:00",
    ]


def test_without_rotations_the_departments_are_shown(config: Path) -> None:
    config.write_text((EXAMPLE / "tocsin.yaml").read_text("utf-8"), "utf-8")
    assert oncall(config).startswith("comms\n  step 1  Communications de garde\n")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--at", "tomorrow"), "is no time"),
        (("--at", "2026-01-07 12:00"), "has no zone"),
        (("--at", "2026-01-07 12:00 America/Quebec-City"), "is no time"),
        (("--at", "1850-01-01T00:00Z"), "too far away"),
        (("--rotation", "month"), "no rotation called month; the configuration has: week"),
        (("--ical", "a.ics", "--import", "b.ics"), "give one of them"),
        (("--import", "missing.ics"), "missing.ics: cannot be read: No such file"),
        (("--ical", "no/such/folder.ics"), "cannot be written: No such file"),
    ],
)
def test_wrong_input(config: Path, words: tuple[str, ...], message: str) -> None:
    assert message in refused(config, *words)


def test_a_calendar_is_written_and_stays_the_same(config: Path, tmp_path: Path) -> None:
    """From export to export and from day to day an event keeps its name."""
    first = oncall(config, "--at", BASE, "--ical", "-", "--days", "10")
    events = read_events(first.encode(), "out.ics")
    assert [(one.person, one.summary) for one in events] == [
        ("comms-on-call", "Communications de garde (Communications)"),
        ("comms-lead", "Communications lead (Communications)"),
    ]
    file = tmp_path / "out.ics"
    assert oncall(config, "--at", "2026-01-09T12:00Z", "--ical", str(file), "--days", "10") == ""
    later = file.read_bytes().decode()
    uids = [[line for line in text.splitlines() if line.startswith("UID:")] for text in (first, later)]
    assert len(set(uids[0])) == 2
    assert uids[0] == uids[1][:2]


def test_one_person_around_a_handover_that_comes_twice_is_one_event(config: Path) -> None:
    """Two turns of hers run at once until the last 01:30; both begin with the hours that count, at 01:45."""
    lonely = ROTATIONS.replace("comms-on-call, comms-lead", "comms-lead").replace(
        "monday 09:00", "sunday 01:30"
    )
    write(config, lonely + "          only: [sunday 01:45-05:00]\n")
    calendar = oncall(config, "--at", "2026-11-01T00:00Z", "--ical", "-", "--days", "1")
    (event,) = read_events(calendar.encode(), "out.ics")
    assert [f"{at:%H:%M}" for at in event.span("UTC")] == ["05:45", "10:00"]


def test_overrides_are_imported_and_then_known(config: Path, tmp_path: Path) -> None:
    """What is printed goes into the file as it is; whoever imports again gets nothing new."""
    event = "BEGIN:VEVENT\r\nSUMMARY:Duty manager\r\nDTSTART:{}T180000\r\nDURATION:PT12H\r\nEND:VEVENT\r\n"
    file = tmp_path / "away.ics"
    events = event.format("20260107") + event.format("20250107")
    file.write_text(f"BEGIN:VCALENDAR\r\n{events}END:VCALENDAR\r\n", "utf-8")
    words = ("oncall", "-c", str(config), "--import", str(file), "--at", BASE)
    code, said, told = run(*words)
    assert (code, told) == (0, f"{file}: 1 new overrides, 1 are over\n")
    assert said == (
        "# rotation week: put this under overrides:\n"
        "- person: duty-manager\n  start: 2026-01-07 18:00\n  end: 2026-01-08 06:00\n"
    )
    code, as_json, _ = run(*words, "--json")
    assert json.loads(as_json) == {
        "kind": "override",
        "rotation": "week",
        "start": "2026-01-07T23:00:00Z",
        "end": "2026-01-08T11:00:00Z",
        "person": "duty-manager",
    }
    lines = "".join(f"        {line}\n" for line in said.splitlines())
    write(config, f"{ROTATIONS}      overrides:\n{lines}")
    assert "  now   Duty manager, until" in oncall(config, "--at", "2026-01-08T00:00Z")
    assert run(*words)[1] == ""


def test_a_calendar_that_cannot_be_used_is_refused_with_its_line(config: Path, tmp_path: Path) -> None:
    file = tmp_path / "away.ics"
    file.write_text(
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:x\nDTSTART:20260107\nEND:VEVENT\nEND:VCALENDAR\n", "utf-8"
    )
    assert f"{file}:2:1: the title 'x' names nobody" in refused(config, "--import", str(file))


def test_check_is_quiet_about_a_rotation_that_covers_all_hours(config: Path) -> None:
    assert run("check", "-c", str(config)) == (0, f"{config}: good\n", "")


def test_check_tells_gaps_and_passes(config: Path) -> None:
    write(config, ROTATIONS + OFFICE)
    code, said, trouble = run("check", "-c", str(config))
    line = config.read_text("utf-8").split("- id: week")[0].count("\n") + 1
    assert (code, said) == (0, f"{config}: good\n")
    assert trouble.startswith(f"{config}:{line}:7: routing.rotations[0]: nobody is on call from ")
    code, said, _ = run("check", "-c", str(config), "--json")
    assert json.loads(said)["gaps"] == [trouble.rstrip("\n")]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("comms-on-call, comms-lead", "", "nobody is on call in the next 90 days"),
        ("comms-lead]", "comms-leader]", "nobody has the id comms-leader"),
        ("since: 2020-01-13", "since: 2099-01-05", "nobody is on call in the next 90 days"),
        ("id: week", "id: weekly", "there is no rotation called week"),
    ],
)
def test_check_refuses_with_the_place(config: Path, old: str, new: str, message: str) -> None:
    write(config, ROTATIONS.replace(old, new))
    code, said, trouble = run("check", "-c", str(config))
    assert (code, said) == (2, "")
    assert trouble.startswith(f"{config}:")
    assert message in trouble

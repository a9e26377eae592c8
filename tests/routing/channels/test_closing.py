from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from routing.channels.closing import (
    Alert,
    Answered,
    Closing,
    Ending,
    alert_key,
    alert_keys_of,
    ending_line,
    severity_sent,
    ticket_key,
    worst_of,
)
from routing.channels.testing import RecordingChannel
from routing.outcome import DeadTarget, Delivered, RetryLater
from routing.page import ReaderLanguage
from tests.routing.channels.pages import NOW

AT = NOW + timedelta(minutes=3)


def answered(
    by: str = "Juridique de garde",
    language: ReaderLanguage = "fr",
    alerts: tuple[Alert, ...] = (Alert("warning"), Alert("critical", 1)),
) -> Answered:
    return Answered("5b1d", "T-42", 1, "legal", alerts, by, AT, "", language, "America/Montreal")


@pytest.mark.parametrize(
    ("language", "ending", "line"),
    [
        (
            "fr",
            "acknowledged",
            "Incident T-42\u00a0: réception accusée par Juridique de garde à 03\u00a0h\u00a015\u00a0HNE.",
        ),
        (
            "fr",
            "resolved",
            "Incident T-42\u00a0: résolu par Juridique de garde à 03\u00a0h\u00a015\u00a0HNE.",
        ),
        (
            "en",
            "acknowledged",
            "Incident T-42: acknowledged by Juridique de garde at 3:15\u202fa.m.\u00a0EST.",
        ),
        ("en", "resolved", "Incident T-42: resolved by Juridique de garde at 3:15\u202fa.m.\u00a0EST."),
    ],
)
def test_one_sentence_says_who_and_when(language: ReaderLanguage, ending: Ending, line: str) -> None:
    assert ending_line(answered(language=language), ending) == line
    assert AT.astimezone(ZoneInfo("America/Montreal")).strftime("%H:%M") == "03:15"


def test_a_name_cannot_break_out_of_its_sentence() -> None:
    line = ending_line(answered(by="A\r\nB\u202e" + "x" * 900), "acknowledged")
    assert "\n" not in line
    assert "\u202e" not in line
    assert len(line) < 250


def test_each_alert_that_was_sent_has_its_key() -> None:
    alerts = (Alert("warning"), Alert("critical", 1), Alert("critical", 2))
    keys = alert_keys_of(answered(alerts=alerts))
    assert keys == tuple(alert_key("5b1d", 1, "legal", alert) for alert in alerts)
    assert len(set(keys)) == 3


def test_a_ticket_is_of_an_incident_and_cycle_alone() -> None:
    assert ticket_key("5b1d", 1) == ticket_key("5b1d", 1)
    assert len({ticket_key("5b1d", 1), ticket_key("5b1d", 2), ticket_key("5b1", 1)}) == 3


def test_what_is_for_information_is_never_urgent() -> None:
    assert severity_sent("critical", "informed") == "info"
    assert severity_sent("critical", "raised") == "critical"


def test_the_first_that_failed_speaks_for_all() -> None:
    later, dead = RetryLater("slow", 3.0), DeadTarget("gone")
    assert worst_of([Delivered("a"), later, dead]) is later
    assert worst_of([Delivered("a")]) == worst_of([]) == Delivered()


def test_a_channel_need_not_close_anything() -> None:
    assert not isinstance(RecordingChannel("a"), Closing)


@pytest.mark.parametrize("ending", ["acknowledged", "resolved"])
@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_end_of_an_exercise_says_so_first(language: ReaderLanguage, ending: Ending) -> None:
    plain = ending_line(answered(language=language), ending)
    drill = replace(answered(language=language), exercise=True)
    assert ending_line(drill, ending) == f"EXERCISE / EXERCICE · {plain}"

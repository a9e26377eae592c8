"""Configuration under which a note of legal could be read by others is refused, at its line and column.

Notes stand behind the personal links of people of legal alone. So those links must travel encrypted, and must not be
sent where a group reads along.
"""

import ipaddress
from collections.abc import Iterator
from urllib.parse import urlsplit

from deploy.places import problem_at
from deploy.settings import TocsinSettings
from monitor.errors import ConfigErrors, ConfigProblem
from monitor.playbook import Playbook
from monitor.yaml_tree import Path
from routing.legal_notes import legal_people

_ONE_READER = (
    "give one that a single person reads: email, twilio_sms, twilio_voice, slack to a user's id (U...)"
)
_SEEN = "the playbook has notes of legal, and {}"


def refuse_legal_leaks(settings: TocsinSettings, playbook: Playbook) -> None:
    """Raises ConfigErrors with every mistake that ``legal_leaks`` finds."""
    problems = list(legal_leaks(settings, playbook))
    if problems:
        raise ConfigErrors(problems)


def legal_leaks(settings: TocsinSettings, playbook: Playbook) -> Iterator[ConfigProblem]:
    """Every place of the configuration that would let others read a note of legal. None without such notes."""
    yield from _unknown_people(settings)
    if not any(clause.legal_note for clause in playbook.agreed):
        return
    for path, what, mend in (*_plain_links(settings), *_shared_targets(settings), *_rooms(settings)):
        yield problem_at(settings, path, _SEEN.format(what), mend)


Leak = tuple[Path, str, str]


def _unknown_people(settings: TocsinSettings) -> Iterator[ConfigProblem]:
    known = {person.id for person in settings.routing.people}
    for number, person in enumerate(settings.routing.evidence.legal_people):
        if person not in known:
            path: Path = ("routing", "evidence", "legal_people", number)
            yield problem_at(settings, path, f"nobody has the id {person}", "add it under people, or mend it")


def _plain_links(settings: TocsinSettings) -> Iterator[Leak]:
    parts = urlsplit(settings.routing.links.base_url)
    if parts.scheme == "http" and not _is_loopback(parts.hostname or ""):
        mend = "give an https:// address"
        yield ("routing", "links", "base_url"), "this address is not encrypted on its way", mend


def _shared_targets(settings: TocsinSettings) -> Iterator[Leak]:
    legal = legal_people(settings.routing)
    for i, person in enumerate(settings.routing.people):
        for j, target in enumerate(person.targets):
            if person.id in legal and not target.private:
                where = f"{target.name} ({target.kind})"
                what = f"{person.id} is of legal, whose personal link a group could read at {where}"
                yield ("routing", "people", i, "targets", j), what, _ONE_READER


def _rooms(settings: TocsinSettings) -> Iterator[Leak]:
    legal = settings.routing.departments["legal"]
    rooms = {room.id for room in settings.routing.rooms}
    base: Path = ("routing", "departments", "legal")
    mend = "name people or rotations, and let legal be informed in person"
    for place, policy in legal.written():
        for number, step in enumerate(policy.chain):
            for at, room in enumerate(step.rooms):
                yield (
                    (*base, *place, "chain", number, "rooms", at),
                    f"the room {room} is told of legal's pages",
                    mend,
                )
    for number, one in enumerate(legal.informed):
        if one in rooms:
            yield (*base, "informed", number), f"the room {one} is told of legal's pages", mend


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False

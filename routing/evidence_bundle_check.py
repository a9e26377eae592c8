"""Verifies a bundle from its files alone, and says what that proves. Pure."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography import x509

from routing.evidence_bundle import EVIDENCE, LEDGER, MANIFEST, OLDER, SEALS, SUMS
from routing.ledger_chain import Head, LedgerEntry, verify_chain
from routing.seal import Seal, verify_seals
from routing.timestamp import BadStamp, check_stamp


@dataclass(frozen=True, slots=True)
class BundleReport:
    """What was found. ``fault`` is the first thing that is wrong, empty when nothing is."""

    fault: str
    proved: tuple[str, ...] = ()
    not_proved: tuple[str, ...] = ()


class _Wrong(Exception):
    """The first fault, in words."""


def verify_bundle(files: Mapping[str, bytes], authority: Sequence[x509.Certificate] = ()) -> BundleReport:
    """Check sums, chain, seals, posts and stamps. Without ``authority`` the bundle's own certificate is taken."""
    proved: list[str] = []
    not_proved: list[str] = []
    try:
        _sums(files)
        proved.append("no file changed since the bundle was written")
        seals = _seals(files)
        entries, sealed = _chain(files, seals)
        proved.append(f"{entries} entries form one whole chain; {sealed} of them are sealed")
        if sealed < entries:
            not_proved.append(
                f"that nothing was changed in the last {entries - sealed} entries: no seal covers them"
            )
        _posts(files, proved, not_proved)
        _stamps(files, seals, authority, proved, not_proved)
    except _Wrong as wrong:
        return BundleReport(str(wrong), tuple(proved), tuple(not_proved))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        return BundleReport(f"a file of the bundle cannot be read: {type(error).__name__}", tuple(proved))
    not_proved.append("that posts were true, that pages were read, or that nothing was left unwritten")
    return BundleReport("", tuple(proved), tuple(not_proved))


def _sums(files: Mapping[str, bytes]) -> None:
    listed: dict[str, str] = {}
    for line in files[SUMS].decode().splitlines():
        found = re.fullmatch(r"([0-9a-f]{64})  (.+)", line)
        if found is None:
            raise _Wrong(f"{SUMS}: a line is not a sum and a name")
        listed[found[2]] = found[1]
    for name, wanted in listed.items():
        if name not in files:
            raise _Wrong(f"{name} is missing")
        if hashlib.sha256(files[name]).hexdigest() != wanted:
            raise _Wrong(f"{name} was changed: it does not have the sum in {SUMS}")
    extra = sorted(set(files) - set(listed) - {SUMS})
    if extra:
        raise _Wrong(f"{extra[0]} was added: {SUMS} does not name it")


def _lines(files: Mapping[str, bytes], name: str) -> list[bytes]:
    return files.get(name, b"").splitlines()


def _seals(files: Mapping[str, bytes]) -> list[Seal]:
    seals = []
    for line in _lines(files, SEALS):
        read = json.loads(line)
        at, number, root = datetime.fromisoformat(read["at"]), read["number"], read["root"]
        own = hashlib.sha256(line).hexdigest()
        stamp = files.get(f"stamps/{number}.tsr")
        seals.append(Seal(number, at, read["last_entry"], read["heads"], root, read["previous"], own, stamp))
    fault = verify_seals(seals)
    if fault:
        raise _Wrong(f"{SEALS}: seal {fault.number} is {fault.problem}")
    return seals


def _entry(line: bytes) -> LedgerEntry:
    read = json.loads(line)
    at = datetime.fromisoformat(read.pop("at"))
    own = hashlib.sha256(line).hexdigest() if read["position"] else ""
    return LedgerEntry(at=at, hash=own, **read)


def _chain(files: Mapping[str, bytes], seals: Sequence[Seal]) -> tuple[int, int]:
    """How many entries there are, and how many of them are sealed."""
    incident = str(json.loads(files[MANIFEST])["incident"])
    lines = [*_lines(files, OLDER), *_lines(files, LEDGER)]
    entries = [_entry(line) for line in lines]
    heads = _sealed_heads(files, incident, {seal.number: seal for seal in seals})
    fault = verify_chain(entries, heads, incident=incident)
    if fault:
        raise _Wrong(f"{LEDGER}: position {fault.position} is {fault.problem}")
    older = sum(not entry.position for entry in entries)
    return len(entries), (older if heads else 0) + max((head.position for head in heads), default=0)


def _sealed_heads(files: Mapping[str, bytes], incident: str, seals: Mapping[int, Seal]) -> list[Head]:
    heads: list[Head] = []
    for name, data in files.items():
        found = re.fullmatch(r"heads/(\d+)\.txt", name)
        if found is None:
            continue
        seal = seals.get(int(found[1]))
        if seal is None or hashlib.sha256(data).hexdigest() != seal.root:
            raise _Wrong(f"{name} does not have the root of its seal")
        rows = [line.split(" ") for line in data.decode().splitlines()]
        heads += [Head(incident, int(position), own) for name_, position, own in rows if name_ == incident]
    return heads


def _posts(files: Mapping[str, bytes], proved: list[str], not_proved: list[str]) -> None:
    entries = files.get(LEDGER, b"").decode()
    kept = erased = 0
    for line in _lines(files, EVIDENCE):
        about: dict[str, Any] = json.loads(line)
        for kind, ending in (("payload", "payload"), ("record", "record.json")):
            data, wanted = files.get(f"evidence/{about['id']}.{ending}"), about[f"{kind}_sha256"]
            if data is not None and hashlib.sha256(data).hexdigest() != wanted:
                raise _Wrong(
                    f"evidence/{about['id']}.{ending} does not have the hash that it was sealed with"
                )
            if (data is not None) != about[f"{kind}_kept"]:
                raise _Wrong(f"evidence/{about['id']}.{ending} is missing, or was erased and is there")
            if wanted and wanted not in entries:
                raise _Wrong(f"no entry of {LEDGER} names the {kind} of evidence {about['id']}")
        kept += about["record_kept"]
        erased += about["erased_at"] is not None
    if kept:
        proved.append(f"{kept} kept versions of posts are those that the chain names")
    if erased:
        not_proved.append(f"what {erased} erased versions of posts said: only their hashes are left")


def _stamps(
    files: Mapping[str, bytes],
    seals: Sequence[Seal],
    authority: Sequence[x509.Certificate],
    proved: list[str],
    not_proved: list[str],
) -> None:
    own = files.get("stamps/authority.pem")
    trusted = tuple(authority) or (tuple(x509.load_pem_x509_certificates(own)) if own else ())
    stamped = [seal for seal in seals if seal.stamp is not None]
    if not stamped:
        not_proved.append("when the entries were written: nobody outside stamped a seal")
        return
    if not trusted:
        not_proved.append("when the entries were written: no certificate to check the stamps with was given")
        return
    times = []
    lines = {seal.number: line for seal, line in zip(seals, _lines(files, SEALS), strict=True)}
    for seal in stamped:
        checked = check_stamp(seal.stamp or b"", lines[seal.number], trusted)
        if isinstance(checked, BadStamp):
            raise _Wrong(f"stamps/{seal.number}.tsr is no stamp of its seal: {checked.reason}")
        if files.get(f"seals/{seal.number}.json") != lines[seal.number]:
            raise _Wrong(f"seals/{seal.number}.json is not the line of seals.jsonl")
        times.append(checked.at)
    proved.append(f"{len(times)} seals were seen by the authority, the first at {min(times).isoformat()}")
    if not authority:
        not_proved.append("that the authority is who it says: its certificate came with the bundle")

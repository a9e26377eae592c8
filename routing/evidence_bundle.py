"""The files of an evidence bundle: what they are called, what is in them. Pure: the same state gives the same bytes."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from routing.evidence_bundle_words import README_EN, README_FR
from routing.ledger_chain import Head, LedgerEntry, canonical_entry, canonical_json, entry_hash
from routing.seal import Seal, canonical_seal, heads_text

VERSION = 1
SUMS = "SHA256SUMS"
MANIFEST = "MANIFEST.json"
LEDGER, OLDER, SEALS, EVIDENCE = "ledger.jsonl", "ledger-before.jsonl", "seals.jsonl", "evidence.jsonl"

_ABOUT = {
    LEDGER: "every decision about the incident; each line cites the SHA-256 of the line before",
    OLDER: "what was written before there were chains; the first line of ledger.jsonl cites the SHA-256 of this file",
    SEALS: "seals over the ends of all chains; each line cites the SHA-256 of the line before",
    EVIDENCE: "the posts that were kept: when they were received, their hashes, what was erased and why",
    "incident.json": "the incident, the clauses that fired and the hash of the agreement in force",
    "messages.json": "who was sent what, when, and what came of it",
    "legal_holds.json": "legal holds with their reasons",
    "README.en.txt": "how to verify this bundle, in English",
    "README.fr.txt": "comment vérifier ce dossier, en français",
}
_ABOUT_FOLDERS = {
    "evidence/": "a post as it was received (.payload) or as Tocsin read it (.record.json)",
    "heads/": "the ends of all chains that a seal covers; its SHA-256 is the seal's root",
    "seals/": "the line of a stamped seal alone; its SHA-256 is the seal's hash",
    "stamps/": "RFC 3161 timestamps of seals, and the authority's certificates",
}


@dataclass(frozen=True, slots=True)
class KeptPost:
    """One version of a post; ``payload`` and ``record`` are None where they were erased or never given."""

    id: str
    about: Mapping[str, Any]
    payload: bytes | None
    record: bytes | None


@dataclass(frozen=True, slots=True)
class BundleContent:
    """Everything that goes into a bundle. ``heads`` are those of the seals that cover the incident, by number."""

    incident: Mapping[str, Any]
    chain: tuple[LedgerEntry, ...]
    messages: tuple[Mapping[str, Any], ...]
    posts: tuple[KeptPost, ...]
    seals: tuple[Seal, ...]
    heads: Mapping[int, tuple[Head, ...]]
    authority: bytes | None = None
    legal_holds: tuple[Mapping[str, Any], ...] | None = None  # None: not for legal


def bundle_files(content: BundleContent) -> dict[str, bytes]:
    """Every file of the bundle by its name, with the manifest and the sums."""
    files = {
        "README.en.txt": README_EN.encode(),
        "README.fr.txt": README_FR.encode(),
        "incident.json": _pretty(content.incident),
        "messages.json": _pretty(content.messages),
        LEDGER: _lines(canonical_entry(one) for one in content.chain if one.position),
        EVIDENCE: _lines(canonical_json(one.about) for one in content.posts),
        SEALS: _lines(canonical_seal(seal) for seal in content.seals),
    }
    older = _lines(canonical_entry(one) for one in content.chain if not one.position)
    files |= {OLDER: older} if older else {}
    if content.legal_holds is not None:
        files["legal_holds.json"] = _pretty(content.legal_holds)
    for post in content.posts:
        files |= {f"evidence/{post.id}.payload": post.payload} if post.payload is not None else {}
        files |= {f"evidence/{post.id}.record.json": post.record} if post.record is not None else {}
    files |= {f"heads/{number}.txt": heads_text(heads) for number, heads in content.heads.items()}
    files |= _stamps(content)
    files[MANIFEST] = _pretty(_manifest(content, files))
    sums = "".join(f"{_sha256(data)}  {name}\n" for name, data in sorted(files.items()))
    return {**dict(sorted(files.items())), SUMS: sums.encode()}


def _stamps(content: BundleContent) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    for seal in content.seals:
        if seal.stamp is not None:
            files[f"stamps/{seal.number}.tsr"] = seal.stamp
            files[f"seals/{seal.number}.json"] = canonical_seal(seal)
    if files and content.authority is not None:
        files["stamps/authority.pem"] = content.authority
    return files


def _manifest(content: BundleContent, files: Mapping[str, bytes]) -> dict[str, Any]:
    last = content.chain[-1] if content.chain else None
    return {
        "bundle": VERSION,
        "incident": content.incident["id"],
        "label": content.incident["label"],
        "for_legal": content.legal_holds is not None,
        "chain": {
            "entries": len(content.chain),
            "hash": entry_hash(last) if last and last.position else "",
        },
        "seals_that_cover_it": sorted(content.heads),
        "files": [
            {"name": name, "bytes": len(data), "sha256": _sha256(data), "what": _about(name)}
            for name, data in sorted(files.items())
        ],
    }


def _about(name: str) -> str:
    folder = next((about for start, about in _ABOUT_FOLDERS.items() if name.startswith(start)), "")
    return _ABOUT.get(name, folder)


def _lines(lines: Any) -> bytes:
    return b"".join(line + b"\n" for line in lines)


def _pretty(content: Any) -> bytes:
    return (json.dumps(content, ensure_ascii=False, sort_keys=True, indent=2) + "\n").encode()


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()

"""Evidence is sealed as received, kept under a hold, and erased from every table when its time has come."""

from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from monitor.errors import RefuseToStart
from monitor.records import Finding, Trace, finding_id
from routing.database import Database
from routing.evidence import canonical, sealed
from routing.evidence_settings import RetentionRule
from routing.redaction import redact_finding
from routing.schema import closings, evidence, findings, history, inbound, incidents, messages, tracks
from tests.routing.scenes import START, MakeScene, Scene, finding

SECRET_WORDS = "Zorglub-mot-unique"
AUTHOR = "effaceable.example"


def marked(text: str = SECRET_WORDS, first: str = "bluesky:1", **fields: Any) -> Finding:
    """A finding of a clause that marks evidence, about a post with a payload."""
    one = finding(first=first, **fields)
    raw = f'{{"text":"{text}"}}'
    author = one.reading.mention.author.model_copy(update={"handle": AUTHOR, "name": f"{text}-name"})
    mention = one.reading.mention.model_copy(
        update={
            "text": text,
            "title": text,
            "author": author,
            "url": f"https://x.example/{text}",
            "raw": raw,
            "raw_sha256": sha256(raw.encode()).hexdigest(),
        }
    )
    reading = one.reading.model_copy(update={"mention": mention, "matched": (text,)})
    trace = Trace(
        condition="query fuite", saw=text, held=True, parts=(Trace(condition="n", saw="3", held=True),)
    )
    return one.model_copy(
        update={
            "reading": reading,
            "clause": one.clause.model_copy(update={"evidence": True}),
            "story": one.story.model_copy(update={"title": text, "first_url": f"https://x.example/{text}"}),
            "trace": trace,
        }
    )


def became(of: Finding, about: str, text: str) -> Finding:
    """What became of the post: edited, or deleted (then without words)."""
    event = "edited" if about == "edit" else "deleted"
    update = {"event": event, "text": text, "title": text, "raw": "", "raw_sha256": ""}
    mention = of.reading.mention.model_copy(update=update)
    reading = of.reading.model_copy(update={"mention": mention})
    identity = finding_id(of.story.id, of.clause.id, hash(about) % 1_000 + 100)
    return of.model_copy(update={"id": identity, "about": about, "reading": reading})


def rows(scene: Scene, table: Any, *where: Any) -> list[Any]:
    database: Database = scene.store._database
    with database.reading() as connection:
        return list(connection.execute(select(table).where(*where)).all())


def entries(scene: Scene, what: str) -> list[str]:
    return [row.detail for row in rows(scene, history, history.c.what == what)]


def everywhere(scene: Scene) -> str:
    """Every value of every table, as text."""
    tables = (findings, incidents, tracks, messages, closings, history, evidence)
    return "\n".join(repr(tuple(row)) for table in tables for row in rows(scene, table))


def files_in(folder: Path) -> bytes:
    """All bytes of the database's files."""
    return b"".join(file.read_bytes() for file in folder.iterdir())


async def test_a_marked_post_is_sealed_once_with_what_proves_it(scene: MakeScene) -> None:
    one, found = scene(), marked()
    await one.router.accept([found])
    await one.router.accept([found])
    (row,) = rows(one, evidence)
    assert sha256(row.payload).hexdigest() == row.payload_sha256 == found.reading.mention.raw_sha256
    assert bytes(row.payload).decode() == found.reading.mention.raw
    assert sha256(row.record).hexdigest() == row.record_sha256
    assert bytes(row.record) == canonical(found.reading.mention)
    (entry,) = entries(one, "evidence_sealed")
    assert row.record_sha256 in entry
    assert row.payload_sha256 in entry
    assert found.reading.mention.raw not in "".join(row.finding_json for row in rows(one, findings))


async def test_other_clauses_keep_nothing(scene: MakeScene) -> None:
    one = scene()
    await one.router.accept([finding()])
    assert not rows(one, evidence)


async def test_edits_and_deletions_are_new_rows(scene: MakeScene) -> None:
    one, found = scene(), marked()
    await one.router.accept([found])
    await one.router.accept([became(found, "edit", "autre texte")])
    await one.router.accept([became(found, "deletion", "")])
    kept = rows(one, evidence)
    assert sorted(row.event for row in kept) == ["deleted", "edited", "new"]
    assert len({row.record_sha256 for row in kept}) == 3


def test_the_same_version_is_the_same_bytes() -> None:
    mention = marked().reading.mention
    assert sealed(mention, "i") == sealed(mention, "i")
    assert sealed(mention, "i").id != sealed(mention, "j").id


async def test_a_deleted_post_is_erased_everywhere_within_its_time(scene: MakeScene) -> None:
    one, found = scene(), marked()
    await one.router.accept([found])
    await one.router.accept([became(found, "deletion", "")])
    one.clock.advance(23 * 3_600)
    one.store.keeping.sweep(one.settings)
    assert SECRET_WORDS in everywhere(one)
    one.clock.advance(2 * 3_600)
    assert one.store.keeping.sweep(one.settings) == 2
    left = everywhere(one)
    assert SECRET_WORDS not in left
    assert AUTHOR not in left
    assert found.reading.mention.raw_sha256 in left
    assert all(row.erased_why == "deleted_at_source" for row in rows(one, evidence))
    assert len(entries(one, "evidence_erased")) == 2
    assert one.store.keeping.sweep(one.settings) == 0


async def test_nothing_is_left_in_the_files_of_sqlite(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOCSIN_LINK_SECRET", "a-secret-of-at-least-thirty-two-characters")
    one = Scene(f"sqlite:///{tmp_path}/r.db")
    await one.router.accept([marked()])
    assert SECRET_WORDS.encode() in files_in(tmp_path)
    one.store.keeping.erase(mention="", author=AUTHOR, who="Legal", reason="art. 17")
    assert SECRET_WORDS.encode() not in files_in(tmp_path)
    one.store.close()


async def test_the_age_of_a_post_counts_once_its_incident_is_closed(scene: MakeScene) -> None:
    one = scene()
    await one.router.accept([marked()])
    one.clock.advance(366 * 86_400)
    assert one.store.keeping.sweep(one.settings) == 0
    (incident,) = rows(one, incidents)
    await one.router.resolve(incident.id, incident.cycle, "comms-oncall", "console")
    assert one.store.keeping.sweep(one.settings) == 1
    assert SECRET_WORDS not in everywhere(one)
    assert (await one.router.incident(incident.id)) is not None


async def test_a_hold_stops_every_erasure_until_it_is_released(scene: MakeScene) -> None:
    one, found = scene(), marked()
    await one.router.accept([found])
    await one.router.accept([became(found, "deletion", "")])
    (incident,) = rows(one, incidents)
    one.store.keeping.hold(incident.id, "Legal on-call", "claim 12")
    one.clock.advance(1_000 * 86_400)
    assert one.store.keeping.sweep(one.settings) == 0
    refused = one.store.keeping.erase(
        mention=found.reading.mention.id, author="", who="Legal", reason="art. 17"
    )
    assert [(one.incident, one.reason) for one in refused.refused] == [("T-1", "claim 12")]
    assert not refused.erased
    assert SECRET_WORDS in everywhere(one)
    assert one.store.keeping.evidence(incident.id).holds[0].reason == "claim 12"
    assert one.store.keeping.release(incident.id, "Legal on-call", "settled") == 1
    assert one.store.keeping.sweep(one.settings) > 0
    assert SECRET_WORDS not in everywhere(one)
    assert len(entries(one, "hold_placed")) == len(entries(one, "hold_released")) == 1


async def test_a_request_erases_all_of_an_author_and_of_nobody_else(scene: MakeScene) -> None:
    one = scene()
    await one.router.accept([marked(), finding(first="bluesky:2")])
    proof = one.store.keeping.erase(mention="", author=f"@{AUTHOR.upper()}", who="Legal", reason="art. 17")
    assert (proof.posts, len(proof.erased), proof.refused) == (1, 1, ())
    told = repr(proof.as_json())
    assert SECRET_WORDS not in told
    assert AUTHOR not in told
    left = everywhere(one)
    assert SECRET_WORDS not in left
    assert AUTHOR not in left
    assert "Véloria, quelle honte" in left
    again = one.store.keeping.erase(mention="", author=AUTHOR, who="Legal", reason="art. 17")
    assert again.posts == 0


async def test_an_incident_closed_long_ago_keeps_figures_and_history(scene: MakeScene) -> None:
    one = scene()
    await one.router.accept([finding()])
    await one.settle()
    (incident,) = rows(one, incidents)
    await one.router.resolve(incident.id, incident.cycle, "comms-oncall", "console")
    before = len(rows(one, history))
    one.clock.advance(401 * 86_400)
    assert one.store.keeping.sweep(one.settings) == 1
    assert not rows(one, messages)
    assert not rows(one, closings)
    assert "quelle honte" not in everywhere(one)
    assert len(rows(one, history)) > before
    view = await one.router.incident(incident.id)
    assert view is not None
    assert view.story.reach == 1_200
    assert one.store.keeping.sweep(one.settings) == 0


async def test_the_router_sweeps_by_itself_and_seldom(scene: MakeScene) -> None:
    one, found = scene(), marked()
    await one.router.accept([found])
    await one.router.accept([became(found, "deletion", "")])
    await one.settle()
    await one.after(25 * 3_600)
    assert SECRET_WORDS not in everywhere(one)


async def test_old_deliveries_are_forgotten(scene: MakeScene) -> None:
    one = scene()
    with one.store._database.transaction() as connection:
        connection.execute(inbound.insert().values(source="slack", delivery="1", at=0, answer=""))
    one.store.keeping.sweep(one.settings)
    assert not rows(one, inbound)


async def test_a_hold_needs_a_reason(scene: MakeScene) -> None:
    one = scene()
    await one.router.accept([marked()])
    with pytest.raises(RefuseToStart, match="--reason"):
        one.store.keeping.hold(rows(one, incidents)[0].id, "Legal", "  ")


def test_a_redacted_finding_keeps_ids_figures_and_verdict() -> None:
    found = marked()
    left = redact_finding(found, {found.reading.mention.id})
    text = left.model_dump_json()
    assert SECRET_WORDS not in text
    assert AUTHOR not in text
    assert (left.id, left.clause, left.story.reach) == (found.id, found.clause, found.story.reach)
    assert left.reading.mention.raw_sha256 == found.reading.mention.raw_sha256
    assert [part.saw for part in left.trace.parts] == ["3"]
    assert left.trace.held
    assert Finding.model_validate_json(text) == left


def test_to_keep_deleted_posts_needs_a_legal_basis() -> None:
    with pytest.raises(ValueError, match="legal_basis"):
        RetentionRule(deleted_within=None)
    assert RetentionRule(deleted_within=None, legal_basis="retention order").keep == timedelta(days=365)


async def test_a_documented_legal_basis_keeps_deleted_posts(scene: MakeScene) -> None:
    one, found = scene(), marked()
    rule = RetentionRule(deleted_within=None, legal_basis="order 7")
    kept = one.settings.evidence.model_copy(update={"retention": {"bluesky": rule}})
    one.settings = one.settings.model_copy(update={"evidence": kept})
    one.router = one.another_router()
    await one.router.accept([found, became(found, "deletion", "")])
    one.clock.advance(30 * 3_600)
    assert one.store.keeping.sweep(one.settings) == 0
    assert one.clock.now() > START
    with one.store._database.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(evidence)) == 2


async def test_a_deleted_post_of_any_clause_goes(scene: MakeScene) -> None:
    one, found = scene(), finding()
    await one.router.accept([found])
    await one.router.accept([became(found, "deletion", "")])
    one.clock.advance(25 * 3_600)
    assert one.store.keeping.sweep(one.settings) == 1
    assert "quelle honte" not in everywhere(one)
    assert len(entries(one, "copies_erased")) == 1


async def test_a_repost_goes_with_what_it_repeats(scene: MakeScene) -> None:
    one, found = scene(), marked()
    mention = found.reading.mention
    thread = mention.thread.model_copy(update={"repost_of": mention.id})
    repost = mention.model_copy(update={"id": "bluesky:9", "kind": "repost", "thread": thread})
    again = found.model_copy(
        update={
            "id": finding_id(found.story.id, found.clause.id, 1),
            "clause": found.clause.model_copy(update={"evidence": False}),
            "reading": found.reading.model_copy(update={"mention": repost}),
        }
    )
    await one.router.accept([found, again])
    one.store.keeping.erase(mention=mention.id, author="", who="Legal", reason="art. 17")
    assert SECRET_WORDS not in everywhere(one)


async def test_a_hold_covers_what_was_merged_into_its_incident(scene: MakeScene) -> None:
    one = scene()
    await one.router.accept([marked(), marked("autres mots", first="bluesky:2")])
    first, second = sorted(rows(one, incidents), key=lambda row: row.number)
    with one.store._database.transaction() as connection:
        update = incidents.update().where(incidents.c.id == second.id)
        connection.execute(update.values(merged_into=first.id))
    one.store.keeping.hold(first.id, "Legal", "claim")
    proof = one.store.keeping.erase(mention="", author=AUTHOR, who="Legal", reason="art. 17")
    assert [refused.incident for refused in proof.refused] == ["T-1", "T-2"]
    assert SECRET_WORDS in everywhere(one)

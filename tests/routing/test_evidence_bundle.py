"""A bundle out of either database verifies, with its posts, also those of which only hashes are left."""

import json

from sqlalchemy import update

from monitor.records import Finding
from routing.database import Database
from routing.evidence_bundle_check import verify_bundle
from routing.evidence_bundle_store import export_bundle
from routing.schema import evidence, micros
from tests.routing.scenes import START, MakeScene, finding


def kept(first: str) -> Finding:
    """A finding whose clause keeps the post."""
    one = finding(first=first)
    return one.model_copy(update={"clause": one.clause.model_copy(update={"evidence": True})})


async def test_an_incident_with_its_posts_is_proved(scene: MakeScene, store_url: str) -> None:
    one = scene()
    await one.router.accept([kept("bluesky:1"), kept("bluesky:2")])
    await one.settle()
    await one.router.acknowledge((await one.router.incidents())[0].id, 0, "comms", "comms-lead", "console")
    database = Database.open(store_url)
    files = export_bundle(database, one.clock, "T-1", "Legal lead", None, for_legal=False)
    report = verify_bundle(files)
    assert report.fault == ""
    assert any("1 kept versions of posts are those that the chain names" in line for line in report.proved)
    assert any("nobody outside stamped" in line for line in report.not_proved)
    (message,) = json.loads(files["messages.json"])
    assert (message["state"], message["target"]) == ("sent", "comms-oncall-1")
    with database.transaction() as connection:
        erased = {"payload": None, "record": None, "erased_at": micros(START), "erased_why": "retention"}
        connection.execute(update(evidence).values(**erased))
    again = export_bundle(database, one.clock, "T-1", "Legal lead", None, for_legal=False)
    database.close()
    assert not [name for name in again if name.startswith("evidence/")]
    report = verify_bundle(again)
    assert report.fault == ""
    assert any("only their hashes are left" in line for line in report.not_proved)


async def test_a_post_that_was_exchanged_is_found(scene: MakeScene, store_url: str) -> None:
    one = scene()
    await one.router.accept([kept("bluesky:1")])
    database = Database.open(store_url)
    with database.transaction() as connection:
        connection.execute(update(evidence).values(record=b"{}"))
    files = export_bundle(database, one.clock, "T-1", "", None, for_legal=False)
    assert "does not have the hash that it was sealed with" in verify_bundle(files).fault
    with database.transaction() as connection:
        other = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
        connection.execute(update(evidence).values(record_sha256=other))
    files = export_bundle(database, one.clock, "T-1", "", None, for_legal=False)
    database.close()
    assert "no entry of ledger.jsonl names the record" in verify_bundle(files).fault

"""Bundles: what is in them, that ordinary commands verify them, and that every change of them is found."""

import asyncio
import json
import re
import subprocess
import tarfile
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import insert, update

from deploy.cli import main
from deploy.settings import load_settings
from deploy.wiring import build_routing
from monitor.clock import SystemClock
from monitor.records import Localized
from routing.database import Database
from routing.evidence_bundle_check import verify_bundle
from routing.evidence_bundle_files import read_bundle
from routing.schema import history, legal_holds, seals
from routing.timestamp import read_authority
from tests.routing.authority import LocalAuthority, make_authority, served
from tests.routing.scenes import SECRET, finding

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "deploy" / "example"
NOTE = "Ne rien promettre avant l’avis du conseil."


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> LocalAuthority:
    return make_authority(tmp_path_factory.mktemp("authority") / "one")


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, local: LocalAuthority) -> Path:
    """The example with one incident that was sealed, and stamped by an authority on this machine."""
    monkeypatch.setenv("TOCSIN_LINK_SECRET", SECRET)
    (tmp_path / "playbook.yaml").write_text((EXAMPLE / "playbook.yaml").read_text("utf-8"), "utf-8")
    path = tmp_path / "tocsin.yaml"
    with served(lambda query: (200, local.answer(query))) as url:
        stamping = f"{{url: '{url}', certificate: '{local.root}', allow_private_addresses: true}}"
        text = (EXAMPLE / "tocsin.yaml").read_text("utf-8")
        path.write_text(
            text.replace("routing:\n", f"routing:\n  evidence: {{timestamp: {stamping}}}\n", 1), "utf-8"
        )
        asyncio.run(_one_sealed_incident(path))
    return path


async def _one_sealed_incident(path: Path) -> None:
    routing = build_routing(load_settings(path), SystemClock())
    one = finding()
    note = Localized(fr=NOTE, en="Promise nothing before counsel was heard.")
    clause = one.clause.model_copy(update={"legal_note": note, "evidence": True})
    await routing.router.accept([one.model_copy(update={"clause": clause})])
    await routing.sealer.step()
    await routing.aclose()


def run(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["evidence", *words])
    return result.exit_code, result.output


def export(config: Path, to: Path, *options: str) -> Path:
    code, said = run("export", "T-1", "--to", str(to), "-c", str(config), *options)
    assert code == 0, said
    return to


def test_the_documented_commands_verify_a_bundle(config: Path, tmp_path: Path) -> None:
    archive = export(config, tmp_path / "one.tar.gz")
    with tarfile.open(archive) as tar:
        tar.extractall(tmp_path / "unpacked", filter="data")
    folder = tmp_path / "unpacked" / "T-1"
    page = (ROOT / "docs" / "evidence.md").read_text("utf-8")
    commands = "".join(re.findall(r"```sh\n(.*?)```", page, re.DOTALL))
    done = subprocess.run(
        ["sh", "-eu", "-c", commands], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "ledger.jsonl: OK" in done.stdout
    assert "the chain is whole and ends in" in done.stdout
    assert re.search(r'^\{"at":.*"root":', done.stdout, re.MULTILINE)
    assert "Time stamp:" in done.stdout
    assert "Verification: OK" in done.stdout + done.stderr
    ledger = (folder / "ledger.jsonl").read_text("utf-8")
    (folder / "ledger.jsonl").write_text(ledger.replace('"what":"opened"', '"what":"muted"'), "utf-8")
    broken = subprocess.run(["sh", "-eu", "-c", commands], cwd=folder, capture_output=True, check=False)
    assert broken.returncode != 0


def test_a_bundle_is_verified_and_says_what_it_proves(
    config: Path, tmp_path: Path, local: LocalAuthority
) -> None:
    folder = export(config, tmp_path / "bundle")
    code, said = run("verify", str(folder), "--certificate", str(local.root))
    assert code == 0, said
    assert "form one whole chain" in said
    assert "were seen by the authority" in said
    assert "not proved: that posts were true" in said
    code, said = run("verify", str(export(config, tmp_path / "b.tar.gz")), "--json")
    assert code == 0
    assert json.loads(said)["ok"] is True
    other = make_authority(tmp_path / "other")
    code, said = run("verify", str(folder), "--certificate", str(other.root))
    assert code == 1
    assert "is no stamp of its seal" in said


def test_the_same_state_gives_the_same_bytes_and_the_export_is_an_entry(config: Path, tmp_path: Path) -> None:
    folder = read_bundle(export(config, tmp_path / "one", "--person", "legal-on-call"))
    last = json.loads(folder["ledger.jsonl"].splitlines()[-1])
    assert last["what"] == "evidence_exported"
    assert last["who"]
    manifest = json.loads(folder["MANIFEST.json"])
    assert {one["name"] for one in manifest["files"]} == set(folder) - {"MANIFEST.json", "SHA256SUMS"}
    from routing.evidence_bundle import bundle_files
    from routing.evidence_bundle_store import read_content

    database = Database.open(load_settings(config).store_url)
    with database.reading() as connection:
        authority = folder["stamps/authority.pem"]
        again = [
            bundle_files(read_content(connection, last["incident"], authority, for_legal=False)) for _ in "12"
        ]
    database.close()
    assert again[0] == again[1] == folder


def test_what_is_for_legal_alone_is_in_no_other_bundle(config: Path, tmp_path: Path) -> None:
    database = Database.open(load_settings(config).store_url)
    with database.transaction() as connection:
        (row,) = connection.execute(history.select().limit(1)).all()
        values = {"author": "Legal lead", "reason": "litige en vue", "placed_at": 0, "released_by": ""}
        connection.execute(insert(legal_holds).values(incident=row.incident, **values))
    database.close()
    everything = b"".join(read_bundle(export(config, tmp_path / "all")).values())
    for hidden in (NOTE, "litige en vue", SECRET, "http://127.0.0.1:8080/p/"):
        assert hidden.encode() not in everything
    legal = b"".join(read_bundle(export(config, tmp_path / "legal", "--for-legal")).values())
    assert NOTE.encode() in legal
    assert b"litige en vue" in legal


def test_every_change_of_a_bundle_is_found(config: Path, tmp_path: Path, local: LocalAuthority) -> None:
    files = read_bundle(export(config, tmp_path / "one"))
    trusted = read_authority(local.root)
    assert verify_bundle(files, trusted).fault == ""
    for name, data in files.items():
        assert verify_bundle({**files, name: data + b"x"}, trusted).fault, name
        assert verify_bundle({key: value for key, value in files.items() if key != name}, trusted).fault, name
    assert verify_bundle({**files, "extra.txt": b""}, trusted).fault


def test_a_bundle_that_was_summed_anew_is_still_not_whole(config: Path, tmp_path: Path) -> None:
    files = read_bundle(export(config, tmp_path / "one"))
    lines = files["ledger.jsonl"].splitlines(keepends=True)
    changes = {
        "ledger.jsonl": lines[0].replace(b'"opened"', b'"muted!"') + b"".join(lines[1:]),
        "seals.jsonl": files["seals.jsonl"].replace(b'"heads":1', b'"heads":2'),
        next(name for name in files if name.startswith("heads/")): b"- 1 " + b"0" * 64 + b"\n",
    }
    for name, data in changes.items():
        assert data != files[name]
        assert verify_bundle(_summed({**files, name: data})).fault.startswith(name.partition(".")[0])
    cut = _summed({**files, "ledger.jsonl": b"".join(lines[:-1])})
    assert "cut_off" in verify_bundle(cut).fault


def _summed(files: dict[str, bytes]) -> dict[str, bytes]:
    from hashlib import sha256

    named = {name: data for name, data in files.items() if name != "SHA256SUMS"}
    sums = "".join(f"{sha256(data).hexdigest()}  {name}\n" for name, data in sorted(named.items()))
    return {**named, "SHA256SUMS": sums.encode()}


def test_the_store_is_verified_and_tampering_is_named(config: Path) -> None:
    assert run("verify", "--all", "-c", str(config))[0] == 0
    assert run("verify", "T-1", "-c", str(config))[0] == 0
    database = Database.open(load_settings(config).store_url)
    with database.transaction() as connection:
        connection.execute(update(history).where(history.c.position == 1).values(who="somebody else"))
        connection.execute(update(seals).values(heads=9))
    database.close()
    code, said = run("verify", "--all", "--json", "-c", str(config))
    assert code == 1
    found = {(one["where"], one["problem"]) for one in json.loads(said.splitlines()[0])["faults"]}
    assert {("T-1", "changed"), ("seal 1", "changed"), ("seal 1", "bad_stamp")} <= found
    assert run("verify", "T-1", "-c", str(config))[0] == 1


def test_wrong_input_is_exit_code_2(config: Path, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").write_text("there already", "ascii")
    for words in (
        ("verify",),
        ("verify", "T-1", "--all"),
        ("verify", "T-99"),
        ("verify", str(tmp_path / "full")),
        ("verify", str(tmp_path / "full" / "file")),
        ("export", "T-99", "--to", str(tmp_path / "new")),
        ("export", "T-1", "--to", str(tmp_path / "full")),
        ("export", "T-1", "--to", str(tmp_path / "new"), "--person", "nobody-known"),
    ):
        code, said = run(*words, "-c", str(config))
        assert code == 2, (words, said)

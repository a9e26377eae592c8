"""Promise: a note of legal is read on the personal page of somebody of legal, and nowhere else."""

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from deploy.cli import main
from deploy.embedded import build_embedded
from deploy.services.ports import free_port
from deploy.settings import load_settings
from monitor.clock import SystemClock
from monitor.errors import ConfigErrors
from routing.channels.doubles.http import HttpDouble
from routing.channels.doubles.slack import SlackDouble
from tests.routing.scenes import SECRET

CANARY = "kanarie-7f3a9c"
PLAYBOOK = f"""
version: "1"
brands: all
clauses:
  - id: leak
    title: {{fr: "Fuite", en: "Leak"}}
    owner: it
    severity: critical
    evidence: true
    page: [comms, legal, it]
    when: {{query: "veloria"}}
    ladder: [{{measure: observe, what: {{fr: "Suivre.", en: "Follow."}}, owner: comms}}]
    legal_note: {{fr: "{CANARY}\\nne rien admettre", en: "{CANARY}\\nadmit nothing"}}
    review_by: 2099-01-01
    examples:
      fires: [{{text: "Véloria"}}]
      silent: [{{text: "autre chose"}}]
"""
CONFIG = """
brands: [{{id: veloria, name: Véloria, queries: [veloria]}}]
sources: [{{type: replay, path: tape.jsonl, speed: 0, shift_to_now: true}}]
playbook: playbook.yaml
http: {{port: {port}}}
routing:
  links: {{secret: "env:TOCSIN_LINK_SECRET", base_url: "{base}"}}
  people:
    - id: comms
      name: Comms
      targets: [{{kind: slack_webhook, name: comms, url: "env:COMMS_HOOK", allow_private_addresses: true}}]
    - id: legal
      name: Legal
      targets:
        - kind: slack
          name: legal
          channel: {channel}
          token: "env:SLACK_TOKEN"
          api_url: "{api}"
          allow_private_addresses: true
    - id: it
      name: IT
      targets:
        - kind: webhook
          name: it
          url: "env:IT_HOOK"
          secret: "env:IT_SECRET"
          allow_private_addresses: true
  departments:
    comms: {{chain: [{{people: [comms], wait: 1h}}]}}
    legal: {{chain: [{{people: [legal], wait: 1h}}]}}
    it: {{chain: [{{people: [it], wait: 1h}}]}}
  catch_all: [comms]
"""
POST = '{"id": "bluesky:1", "source": "bluesky", "text": "Véloria : fuite", "author": "ana.example"}'


def write(folder: Path, *, api: str, base: str, channel: str, port: int) -> Path:
    """The configuration, its playbook with the canary, and a tape of one post."""
    path = folder / "tocsin.yaml"
    path.write_text(CONFIG.format(api=api, base=base, channel=channel, port=port), encoding="utf-8")
    (folder / "playbook.yaml").write_text(PLAYBOOK, encoding="utf-8")
    (folder / "tape.jsonl").write_text(POST + "\n", encoding="utf-8")
    return path


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOCSIN_LINK_SECRET", SECRET)
    monkeypatch.setenv("SLACK_TOKEN", "xoxb-test")
    monkeypatch.setenv("IT_SECRET", "whsec_" + "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB")
    monkeypatch.setenv("COMMS_HOOK", "http://127.0.0.1:9/hook")
    monkeypatch.setenv("IT_HOOK", "http://127.0.0.1:9/hook")


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not holds():  # noqa: ASYNC110 - what is waited for happens in other parts
            await asyncio.sleep(0.05)


@asynccontextmanager
async def running(config: Path) -> AsyncIterator[None]:
    """Embedded mode, from the tape to the channels."""
    embedded = build_embedded(load_settings(config), SystemClock())
    stop = asyncio.Event()
    task = asyncio.create_task(embedded.run(stop))
    try:
        yield
    finally:
        stop.set()
        await task
        await embedded.aclose()


def links_in(*doubles: HttpDouble) -> set[str]:
    sent = "\n".join(request.body.decode() for double in doubles for request in double.received)
    return set(re.findall(r"http://127\.0\.0\.1:\d+/p/[A-Za-z0-9_.-]+", sent))


def cli(*words: str) -> str:
    """What a command prints."""
    result = CliRunner().invoke(main, list(words))
    assert result.exit_code == 0, result.output
    return result.output


async def test_nobody_else_reads_the_note(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with SlackDouble() as comms, SlackDouble() as legal, HttpDouble() as it:
        monkeypatch.setenv("COMMS_HOOK", comms.hook_url)
        monkeypatch.setenv("IT_HOOK", f"{it.url}/hook")
        port = free_port()
        base = f"http://127.0.0.1:{port}"
        config = write(tmp_path, api=legal.api_url, base=base, channel="D0123456789", port=port)
        async with running(config), httpx.AsyncClient(base_url=base) as browser:
            await until(lambda: bool(comms.received and legal.received and it.received))
            listed = await browser.get("/api/incidents")
            incident = listed.json()[0]["id"]
            shown = [listed.text]
            for path in (
                "/",
                "/?lang=en",
                f"/incidents/{incident}",
                f"/api/incidents/{incident}",
                "/metrics",
            ):
                answer = await browser.get(path)
                assert answer.status_code == 200, path
                shown.append(answer.text)
            shown += [(await browser.get(link)).text for link in links_in(comms, it)]
            of_legal = [(await browser.get(link)).text for link in links_in(legal)]
        sent = [request.body.decode() for double in (comms, legal, it) for request in double.received]
    playbook = ("playbook", "show", str(tmp_path / "playbook.yaml"))
    shown += [cli(*playbook), cli(*playbook, "--json")]
    shown += [
        cli(*words, "-c", str(config))
        for words in (
            ("check",),
            ("evidence", "show", "T-1", "--json"),
            ("incidents", "T-1"),
            ("incidents", "T-1", "--json"),
        )
    ]
    assert len(shown) >= 14
    assert CANARY not in "\n".join([*shown, *sent, caplog.text])
    assert all("T-1" in said for said in shown[-2:])
    assert of_legal
    assert {page.count(CANARY) for page in of_legal} == {1}
    assert "note from legal" in "\n".join(request.body.decode() for request in legal.received)
    assert "note from legal" not in "\n".join(r.body.decode() for one in (comms, it) for r in one.received)


@pytest.mark.parametrize(
    ("base", "channel", "field"),
    [
        ("http://tocsin.example.com", "D0123456789", "routing.links.base_url"),
        ("https://tocsin.example.com", "C0123456789", "routing.people[1].targets[0]"),
        ("https://tocsin.example.com", "Union", "routing.people[1].targets[0]"),
    ],
)
def test_configuration_that_would_leak_it_is_refused(
    tmp_path: Path, base: str, channel: str, field: str
) -> None:
    config = write(tmp_path, api="https://slack.example", base=base, channel=channel, port=0)
    result = CliRunner().invoke(main, ["check", "-c", str(config)])
    assert result.exit_code == 2
    assert re.search(rf"tocsin\.yaml:\d+:\d+: {re.escape(field)}: .*notes of legal", result.output)
    with pytest.raises(ConfigErrors, match="notes of legal"):
        build_embedded(load_settings(config), SystemClock())


def test_a_room_in_the_chain_of_legal_is_refused(tmp_path: Path) -> None:
    config = write(
        tmp_path, api="https://slack.example", base="https://t.example", channel="U0123456789", port=0
    )
    text = config.read_text(encoding="utf-8")
    assert CliRunner().invoke(main, ["check", "-c", str(config)]).exit_code == 0
    rooms = "  rooms: [{id: room, name: Room, targets: [{kind: terminal, name: room}]}]\n"
    text = text.replace("{people: [legal], wait: 1h}", "{people: [legal], rooms: [room], wait: 1h}") + rooms
    config.write_text(text, encoding="utf-8")
    result = CliRunner().invoke(main, ["check", "-c", str(config)])
    assert result.exit_code == 2
    assert "the room room is told of legal's pages" in result.output


def test_without_notes_anything_goes(tmp_path: Path) -> None:
    config = write(tmp_path, api="https://slack.example", base="http://t.example", channel="C1", port=0)
    plain = re.sub(r"    legal_note: .*\n", "", PLAYBOOK)
    (tmp_path / "playbook.yaml").write_text(plain, encoding="utf-8")
    assert CliRunner().invoke(main, ["check", "-c", str(config)]).exit_code == 0

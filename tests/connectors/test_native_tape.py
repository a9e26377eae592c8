"""Recorded payloads of every source, judged by the source's own parser: whole, alone, and through a replay."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.conformance import CHECKS, Check, Conformance, add_unknown_fields, collect
from connectors.native_tape import PARSERS, NativeRead, NativeReader, is_native
from connectors.protocol import Batch, Connector
from connectors.replay import ReplayConnector, ReplaySettings
from monitor.clock import ManualClock
from monitor.errors import InvalidPayload
from monitor.records import Mention
from tests.connectors.bluesky_frames import A, frame, id_of, post, recorded
from tests.connectors.feed_looks import item, rss
from tests.connectors.mastodon_double import FIRST_ID, ids, status
from tests.connectors.tapes import tape

AT = datetime(2026, 3, 14, 10, 10, tzinfo=UTC)
WEBHOOK = {"mentions": [{"id": "42", "text": "Véloria: l'erreur E-07 encore", "author": "ana"}]}
LINES: dict[str, dict[str, Any]] = {
    "bluesky": {"source": "bluesky", "payload": orjson.loads(post("a"))},
    "feeds": {
        "source": "feeds",
        "payload": rss(item("1", "Véloria rappelle")).decode(),
        "url": "https://j.example/f",
    },
    "mastodon": {"source": "mastodon", "payload": status(1)},
    "webhook": {"source": "webhook", "payload": WEBHOOK, "name": "forum"},
}


def read(*items: object, at: datetime = AT) -> NativeRead:
    """What these lines hold together."""
    reader, whole = NativeReader(), NativeRead()
    for one in items:
        found = reader.read(one, at)
        whole.mentions += found.mentions
        whole.rejected += found.rejected
        whole.ignored += found.ignored
    return whole


def events(mentions: list[Mention]) -> list[tuple[str, str]]:
    return [(one.id, one.event) for one in mentions]


def bluesky(payload: bytes) -> dict[str, Any]:
    return {"source": "bluesky", "payload": orjson.loads(payload)}


def mastodon(event: str, data: Any) -> dict[str, Any]:
    return {
        "source": "mastodon",
        "payload": {"stream": ["hashtag", "veloria"], "event": event, "payload": data},
    }


def test_every_parser_has_a_line_here() -> None:
    assert set(LINES) == set(PARSERS)


@pytest.mark.parametrize("source", LINES)
def test_a_payload_gives_what_its_connector_would(source: str) -> None:
    (mention,) = read(LINES[source]).mentions
    assert mention.source == ("forum" if source == "webhook" else source)
    assert mention.fetched_at == AT
    assert "Véloria" in mention.full_text


@pytest.mark.parametrize("source", LINES)
def test_a_payload_may_be_text_as_it_came(source: str) -> None:
    payload = LINES[source]["payload"]
    text = payload if isinstance(payload, str) else json.dumps(payload, ensure_ascii=False)
    as_text = mastodon("update", text) if source == "mastodon" else {**LINES[source], "payload": text}
    assert events(read(as_text).mentions) == events(read(LINES[source]).mentions)


@pytest.mark.parametrize("source", LINES)
def test_a_repeat_is_dropped(source: str) -> None:
    assert len(read(LINES[source], LINES[source]).mentions) == 1


def test_recorded_frames_of_bluesky() -> None:
    found = read(*map(bluesky, recorded()), at=AT + timedelta(days=1))
    assert [one.event for one in found.mentions] == ["new"] * 4 + ["edited", "deleted", "deleted"]
    assert (
        len({one.id for one in found.mentions if one.event == "deleted"}) == 2
    )  # its own, then its account's
    assert found.ignored == ["collection", "identity"]


def test_a_deleted_account_takes_its_posts_along() -> None:
    gone = frame("account", 9, A, account={"active": False, "did": A, "status": "deleted"})
    found = read(bluesky(post("a")), bluesky(post("b")), bluesky(gone))
    assert events(found.mentions)[2:] == [(id_of("a"), "deleted"), (id_of("b"), "deleted")]


def test_events_of_a_mastodon_stream() -> None:
    edit = status(1, content="<p>Véloria, corrigé</p>", edited_at="2026-03-14T10:05:00.000Z")
    lines = [mastodon("update", orjson.dumps(status(1)).decode()), mastodon("status.update", edit)]
    gone, unknown = mastodon("delete", str(FIRST_ID + 1)), mastodon("delete", "999")
    found = read(*lines, gone, unknown, mastodon("filters_changed", "undefined"))
    (one,) = ids(1)
    assert events(found.mentions) == [(one, "new"), (one, "edited"), (one, "deleted")]
    assert found.ignored == ["unknown_deletion", "other_event"]


def test_a_page_of_statuses_keeps_what_is_good_of_it() -> None:
    page = [status(1), status(2, content=5), status(3, visibility="private")]
    found = read({"source": "mastodon", "payload": page})
    assert events(found.mentions) == [(ids(1)[0], "new")]
    assert found.ignored == ["visibility"]
    assert [(one.detail, one.original) for one in found.rejected] == [
        ("mastodon payload: 1: content: text is expected", orjson.dumps(page[1]))
    ]
    search = orjson.loads(tape("mastodon/search_v2_statuses_fr.json"))
    assert len(read({"source": "mastodon", "payload": search}).mentions) == 2


@pytest.mark.parametrize(
    ("server", "handle"), [("", "dev@velo.example"), ("social.example", "dev@social.example")]
)
def test_a_local_author_is_of_the_server_that_was_asked_or_of_the_author_s_own(
    server: str, handle: str
) -> None:
    local = status(1, account={**status(1)["account"], "acct": "dev"})
    for line in ({"source": "mastodon", "payload": local}, mastodon("update", orjson.dumps(local).decode())):
        (mention,) = read({**line, "server": server}).mentions
        assert mention.author.handle == handle


def test_a_feed_that_is_fetched_again_gives_only_what_is_new_or_edited() -> None:
    def fetched(*items: str, url: str = "https://j.example/f") -> dict[str, Any]:
        return {"source": "feeds", "payload": rss(*items).decode(), "url": url}

    first = fetched(item("1", "Véloria A"), item("2", "Véloria B"))
    again = fetched(item("1", "Véloria A, corrigé"), item("2", "Véloria B"), item("3", "Véloria C"))
    other = fetched(item("1", "Véloria A"), url="https://other.example/f")
    found = read(first, again, other)
    assert [(one.title, one.event) for one in found.mentions] == [
        ("Véloria A", "new"), ("Véloria B", "new"), ("Véloria A, corrigé", "edited"), ("Véloria C", "new"),
        ("Véloria A", "new"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ({"source": "telegraph", "payload": {}}, "source: Input should be"),
        ({"payload": {}}, "source: Field required"),
        ({**LINES["feeds"], "url": 5}, "url: Input should be"),
        (bluesky(post("../x")), "bluesky payload: commit.rkey: a record key is expected"),
        ({"source": "bluesky", "payload": "{junk"}, "bluesky payload: the frame is not JSON"),
        ({"source": "mastodon", "payload": status(1, account={})}, "mastodon payload: account.acct: "),
        ({"source": "mastodon", "payload": {"event": "update"}}, "mastodon payload: event, payload: "),
        (mastodon("update", "{junk"), "mastodon payload: the data of update is not JSON"),
        ({"source": "mastodon", "payload": "hello"}, "mastodon payload: a status"),
        ({"source": "feeds", "payload": {}}, "feeds payload: an RSS or Atom document as text"),
        (
            {"source": "feeds", "payload": "<html><title>Log in</title></html>"},
            "feeds payload: this is no RSS",
        ),
        (
            {"source": "webhook", "payload": {"mentions": [{"text": 5}]}},
            "webhook payload: mentions.0: text: ",
        ),
        ({"source": "webhook", "payload": "{}"}, "webhook payload: mentions: a list of 1 to 200"),
    ],
)
def test_a_fault_names_its_source_and_field(line: dict[str, Any], told: str) -> None:
    with pytest.raises(InvalidPayload) as raised:
        read(line)
    assert str(raised.value).startswith(told)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)


@given(st.sampled_from(sorted(PARSERS)), JSON)
def test_no_payload_breaks_the_reader(source: str, payload: Any) -> None:
    try:
        found = read({"source": source, "payload": payload})
    except InvalidPayload:
        return
    assert not found.mentions


def test_what_is_a_native_line() -> None:
    assert is_native(LINES["feeds"])
    assert not is_native({"text": "a post", "payload": 5})
    assert not is_native([1])


# ------------------------------------------------------------------------------------- through a replay


def write(path: Path, *lines: Any) -> Path:
    path.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in lines), encoding="utf-8")
    return path


def at(line: dict[str, Any], seconds: float) -> dict[str, Any]:
    return {**line, "at": (AT + timedelta(seconds=seconds)).isoformat()}


async def play(path: Path, since: str | None = None, **settings: Any) -> list[Batch]:
    clock = ManualClock(AT + timedelta(days=400))
    connector = ReplayConnector(ReplaySettings.model_validate({"path": path, **settings}), clock)
    return await collect(connector, since)


@asynccontextmanager
async def open_tape(payload: bytes) -> AsyncIterator[Connector]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "t.jsonl"
        path.write_bytes(payload)
        settings = ReplaySettings(path=path, speed=1, shift_to_now=True)
        yield ReplayConnector(settings, ManualClock(AT + timedelta(days=400)))


def grow_lines(payload: bytes) -> bytes:
    return b"\n".join(add_unknown_fields(line) for line in payload.splitlines())


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
async def test_conformance(check: Check) -> None:
    lines = [orjson.dumps(at(line, 10 * number)) for number, line in enumerate(LINES.values())]
    bad = orjson.dumps(at(bluesky(post("../x")), 25))
    good = b"\n".join(lines)
    await check(Conformance(open_tape, good, len(lines), b"\n".join([*lines, bad]), grow_lines))


def all_of(batches: list[Batch]) -> list[Mention]:
    return [one for batch in batches for one in batch.mentions]


async def test_payloads_and_plain_mentions_play_on_one_tape_in_order(tmp_path: Path) -> None:
    plain = {"id": "p", "text": "Véloria", "created_at": (AT + timedelta(seconds=15)).isoformat()}
    lines = [at(line, 10 * number) for number, line in enumerate(LINES.values())]
    played = all_of(await play(write(tmp_path / "t.jsonl", *lines, plain), speed=1))
    assert [one.source for one in played] == ["bluesky", "feeds", "replay", "mastodon", "forum"]
    assert played[3].fetched_at == AT + timedelta(seconds=20)


async def test_payloads_move_to_now(tmp_path: Path) -> None:
    path = write(tmp_path / "t.jsonl", at(LINES["bluesky"], 0), at(LINES["mastodon"], 600))
    _, second = all_of(await play(path, speed=60, shift_to_now=True))
    assert second.created_at == second.fetched_at == AT + timedelta(days=400, seconds=10)
    assert not second.late


async def test_a_bad_payload_names_its_line_and_its_neighbours_pass(tmp_path: Path) -> None:
    wrong = bluesky(post("../x"))
    broken = {"source": "feeds", "payload": rss("<item></item>", item("1", "Véloria")).decode()}
    path = write(tmp_path / "t.jsonl", at(LINES["bluesky"], 0), at(wrong, 1), at(broken, 2))
    batches = await play(path, speed=0)
    assert len(all_of(batches)) == 2
    assert [item.detail for batch in batches for item in batch.rejected] == [
        "t.jsonl:2: bluesky payload: commit.rkey: a record key is expected",
        "t.jsonl:3: the item has neither title nor text",
    ]


async def test_a_restart_remembers_what_edits_deletions_and_repeats_refer_to(tmp_path: Path) -> None:
    page = LINES["feeds"]["payload"]
    edited = {**LINES["feeds"], "payload": page.replace("rappelle", "a rappelé")}
    gone = mastodon("delete", str(FIRST_ID + 1))
    tellers = [LINES["mastodon"], LINES["feeds"], LINES["bluesky"]]
    lines = [at(one, number) for number, one in enumerate([*tellers, LINES["bluesky"], edited, gone])]
    path = write(tmp_path / "t.jsonl", *lines)
    whole = await play(path, speed=1)
    resumed = await play(path, whole[2].cursor, speed=1)
    assert events(all_of(resumed)) == events(all_of(whole))[3:]
    assert [one.event for one in all_of(resumed)] == ["edited", "deleted"]


async def test_a_large_document_comes_in_batches_whose_cursor_is_with_the_last(tmp_path: Path) -> None:
    items = (item(str(number), f"Véloria {number}") for number in range(450))
    path = write(tmp_path / "t.jsonl", at({"source": "feeds", "payload": rss(*items).decode()}, 0))
    batches = await play(path, speed=0)
    assert [len(batch.mentions) for batch in batches] == [200, 200, 50]
    assert [batch.cursor is None for batch in batches] == [True, True, False]

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.bluesky_parse import AccountGone, Ignored, Seen, Wanted, parse_frame, post_url
from connectors.bluesky_post import POST, REPOST, post_media, post_text, post_thread, without_addresses
from monitor.errors import InvalidPayload
from monitor.records import MAX_TEXT, Mention, Thread
from tests.connectors.bluesky_frames import NOW, T0, A, B, commit, frame, id_of, post, recorded, uri
from tests.connectors.tapes import tape

WANTED = Wanted()


def seen(raw: bytes, wanted: Wanted = WANTED) -> Mention:
    parsed = parse_frame(raw, NOW, wanted)
    assert isinstance(parsed, Seen)
    return parsed.mention


def text_of(text: str, *facets: dict[str, Any]) -> str:
    return without_addresses(text, list(facets))


def link(start: int, end: int, to: str) -> dict[str, Any]:
    feature = {"$type": "app.bsky.richtext.facet#link", "uri": to}
    return {"index": {"byteStart": start, "byteEnd": end}, "features": [feature]}


def test_a_post_with_card_tag_and_shortened_link() -> None:
    mention = seen(recorded()[0])
    assert mention.id == id_of("3mh2kq7example1")
    assert mention.kind == "post"
    assert mention.event == "new"
    assert mention.url == f"https://bsky.app/profile/{A}/post/3mh2kq7example1"
    assert mention.text == (
        "Mon vélo Véloria 🚲 affiche « E-07 » depuis 3 semaines… merci @veloria.example.com #Veloria\n"
        "Erreur E-07 – assistance Véloria\nQue faire si l'écran reste bloqué ?"
    )
    assert mention.links == (
        "https://support.example.com/e-07?utm_source=bsky&id=42",
        "https://support.example.com/e-07",
    )
    assert mention.language_hint == "fr"
    assert mention.created_at == datetime(2026, 3, 14, 9, 41, 7, 412_000, tzinfo=UTC)


def test_the_author_is_only_an_identifier_and_nothing_is_guessed() -> None:
    author = seen(recorded()[0]).author
    assert author.id == author.handle == A
    assert author.followers is None
    assert author.verified is None


def test_a_reply_without_languages() -> None:
    mention = seen(recorded()[1])
    parent = id_of("3mh2kq7example1")
    assert mention.kind == "reply"
    assert mention.language_hint is None
    assert mention.thread == Thread(in_reply_to=parent, conversation=parent)


def test_trap_5_a_false_date_loses_against_the_stream_s_when_it_is_later() -> None:
    assert seen(recorded()[2]).created_at == datetime(2019, 1, 1, tzinfo=UTC)
    told = datetime(2026, 3, 14, 9, 50, tzinfo=UTC)
    assert seen(post("a", createdAt="2031-01-01T00:00:00Z")).created_at == told
    assert seen(post("a", createdAt="yesterday")).created_at == told
    assert seen(post("a", createdAt="0001-01-01T00:00:00+14:00")).created_at == told
    assert seen(post("a", createdAt=17)).created_at == told
    assert seen(post("a")).created_at == told


def test_trap_5_a_date_without_zone_counts_as_utc() -> None:
    expected = datetime(2026, 3, 14, 9, 41, 7, tzinfo=UTC)
    assert seen(post("a", createdAt="2026-03-14T09:41:07")).created_at == expected
    assert seen(post("a", createdAt="2026-03-14T05:41:07.0000000-04:00")).created_at == expected


def test_trap_5_microseconds_and_an_offset() -> None:
    record = orjson.loads(tape("bluesky/post_record_microseconds.json"))["value"]
    assert seen(commit("a", record=record)).created_at == datetime(
        2024, 2, 22, 19, 58, 13, 903_293, tzinfo=UTC
    )


def test_no_time_is_after_the_fetch() -> None:
    assert seen(post("a", at_s=3_600)).created_at == NOW


def test_a_quote_with_several_languages_and_hidden_tags() -> None:
    mention = seen(recorded()[2])
    assert mention.kind == "quote"
    assert mention.thread.quote_of == id_of("3mh2kq7example1")
    assert mention.language_hint is None
    assert mention.text == "lol\n#veloria #ebike"


def test_a_quote_with_media_holds_the_quoted_post_one_level_deeper() -> None:
    record = orjson.loads(tape("bluesky/thread_view_record_with_media.json"))["thread"]["post"]["record"]
    assert post_thread(record).quote_of == id_of("3kahesw26il2z")
    (picture,) = post_media(record, A)
    assert picture.url.startswith(f"https://cdn.bsky.app/img/feed_fullsize/plain/{A}/bafkrei")


def test_a_quoted_list_or_feed_is_no_quoted_post() -> None:
    embed = {"$type": "app.bsky.embed.record", "record": {"uri": f"at://{B}/app.bsky.graph.list/abc"}}
    mention = seen(post("a", embed=embed))
    assert (mention.kind, mention.thread.quote_of) == ("post", None)


def test_a_reply_that_quotes_is_a_reply() -> None:
    embed = {"$type": "app.bsky.embed.record", "record": {"uri": uri("q", B)}}
    reply = {"root": {"uri": uri("root")}, "parent": {"uri": uri("parent")}}
    mention = seen(post("a", embed=embed, reply=reply))
    assert mention.kind == "reply"
    assert mention.thread == Thread(
        in_reply_to=id_of("parent"), conversation=id_of("root"), quote_of=id_of("q", B)
    )


@pytest.mark.parametrize(
    "embed",
    [
        {"external": {"uri": "https://news.example/a", "title": "Véloria rappelle", "description": ""}},
        {"external": {"uri": "https://news.example/a", "title": "Rappel", "description": "chez Véloria"}},
        {"images": [{"alt": "un vélo"}, {"alt": "logo Véloria"}]},
        {"video": {}, "alt": "vidéo d'une Véloria"},
        {
            "$type": "app.bsky.embed.recordWithMedia",
            "media": {"images": [{"alt": "logo Véloria"}]},
            "record": {"record": {"uri": uri("q")}},
        },
    ],
)
def test_a_brand_only_in_the_card_or_a_picture_is_found(embed: dict[str, Any]) -> None:
    assert "Véloria" in seen(post("a", text="regardez ça", embed=embed)).text


def test_facets_count_bytes() -> None:
    text = "🚲é news.example/arti… fin"
    start = len("🚲é ".encode())
    end = start + len("news.example/arti…".encode())
    assert text_of(text, link(start, end, "https://news.example/article")) == "🚲é  fin"


def test_words_that_carry_a_link_stay() -> None:
    assert text_of("lisez cet article", link(6, 17, "https://news.example/a")) == "lisez cet article"


@pytest.mark.parametrize(
    "facet",
    [
        link(3, 99, "https://a.example/b"),
        link(-2, 4, "https://a.example/b"),
        link(5, 5, "https://a.example/b"),
        link(9, 2, "https://a.example/b"),
        link(1, 4, "https://a.example/b"),
        {
            "index": {"byteStart": "0", "byteEnd": 3},
            "features": [{"$type": "#link", "uri": "https://a.example"}],
        },
        {"index": None, "features": [None, 3]},
    ],
)
def test_trap_5_facets_out_of_range_or_across_a_character_are_ignored(facet: dict[str, Any]) -> None:
    assert text_of("éa.example/b", facet) == "éa.example/b"


def test_trap_5_overlapping_facets_are_ignored() -> None:
    first, second = link(0, 11, "https://a.example/b"), link(5, 13, "https://ample/b c")
    assert text_of("a.example/b c", first, second) == "c"


def test_an_update_is_an_edit_with_the_same_id() -> None:
    created, updated = seen(recorded()[0]), seen(recorded()[5])
    assert updated.id == created.id
    assert updated.event == "edited"
    assert updated.edited_at == datetime(2026, 3, 14, 9, 44, 27, 512_044, tzinfo=UTC)
    assert "4 semaines" in updated.text
    assert updated.version_id != created.version_id


def test_a_deletion_is_rebuilt_from_its_key() -> None:
    mention = seen(recorded()[6])
    assert mention.id == id_of("3mh2ktaexample2", B)
    assert (mention.event, mention.text) == ("deleted", "")
    assert mention.author.id == B


@pytest.mark.parametrize(("number", "reason"), [(3, "collection"), (4, "collection"), (7, "identity")])
def test_what_is_no_post_is_ignored_with_its_time(number: int, reason: str) -> None:
    parsed = parse_frame(recorded()[number], NOW, WANTED)
    assert isinstance(parsed, Ignored)
    assert parsed.reason == reason
    assert parsed.time_us is not None


@pytest.mark.parametrize("status", ["deleted", "deactivated", "suspended", "takendown"])
def test_an_account_that_is_gone(status: str) -> None:
    raw = frame("account", did=B, account={"active": False, "did": B, "status": status})
    assert parse_frame(raw, NOW, WANTED) == AccountGone(B, T0)


def test_an_account_that_is_back() -> None:
    parsed = parse_frame(frame("account", account={"active": True, "did": A}), NOW, WANTED)
    assert parsed == Ignored("account_active", T0)


def test_reposts_come_only_when_asked_for() -> None:
    mention = seen(recorded()[4], Wanted(frozenset({POST, REPOST})))
    assert mention.kind == "repost"
    assert mention.text == ""
    assert mention.thread.repost_of == id_of("3mh2kq7example1")
    assert mention.id == f"bluesky:at://{B}/{REPOST}/3mh2kucexample4"
    assert mention.url == f"https://bsky.app/profile/{A}/post/3mh2kq7example1"


@pytest.mark.parametrize(
    ("langs", "kept"),
    [(["fr-CA"], True), (["en"], False), (["en", "fr"], True), ([], True), (None, True), ([7], True)],
)
def test_the_language_filter_keeps_what_declares_nothing(langs: Any, kept: bool) -> None:
    parsed = parse_frame(post("a", langs=langs), NOW, Wanted(languages=frozenset({"fr"})))
    assert isinstance(parsed, Seen) is kept


def test_unknown_kinds_and_operations_are_told_apart_from_faults() -> None:
    assert parse_frame(frame("sync"), NOW, WANTED) == Ignored("unknown_kind", T0)
    assert parse_frame(b'{"hello": 1}', NOW, WANTED) == Ignored("unknown_kind", None)
    assert parse_frame(commit("a", operation="merge"), NOW, WANTED) == Ignored("unknown_operation", T0)
    v2 = tape("bluesky/jetstream_v2_frames.txt").splitlines()
    assert {type(parse_frame(one, NOW, WANTED)) for one in v2} == {Ignored}


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"\xff\xfe not json", "not_json"),
        (b"[1]", "invalid"),
        (b"[" * 100_000, "not_json"),
        (commit("a", record=None), "invalid"),
        (commit("a", record={"text": 5}), "invalid"),
        (commit("a/b", record={"text": "x"}), "invalid"),
        (commit("a", did="camille", record={"text": "x"}), "invalid"),
        (b'{"kind":"commit","time_us":true,"commit":{}}', "invalid"),
        (b'{"kind":"account","time_us":-5,"account":{"active":false}}', "invalid"),
    ],
)
def test_a_frame_against_the_contract_is_refused(raw: bytes, reason: str) -> None:
    with pytest.raises(InvalidPayload) as caught:
        parse_frame(raw, NOW, WANTED)
    assert caught.value.reason == reason


def test_a_broken_surrogate_hides_no_post() -> None:
    raw = post("a", text="Véloria X").replace(b"X", b"\\ud83d")
    assert seen(raw).text.startswith("Véloria ")


def test_a_huge_text_is_cut() -> None:
    assert len(post_text({"text": "é" * 900_000})) == MAX_TEXT


def test_only_posts_have_a_page() -> None:
    assert post_url(uri("x")) == f"https://bsky.app/profile/{A}/post/x"
    assert post_url(f"at://{A}/{REPOST}/x") is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
FIELDS = ("text", "createdAt", "langs", "facets", "embed", "reply", "tags")


@given(st.dictionaries(st.sampled_from(FIELDS), JSON))
def test_no_record_breaks_the_parser(record: dict[str, Any]) -> None:
    raw = {"did": A, "time_us": T0, "kind": "commit"}
    change = {"operation": "create", "collection": POST, "rkey": "a", "record": record}
    try:
        parsed = parse_frame({**raw, "commit": change}, NOW, WANTED)
    except InvalidPayload:
        assert not isinstance(record.get("text"), str)
    else:
        assert isinstance(parsed, Seen)
        assert parsed.mention.created_at <= NOW


@given(
    st.text(max_size=60),
    st.lists(
        st.tuples(st.integers(-5, 80), st.integers(-5, 80), st.sampled_from(["https://a.example/b", "x"]))
    ),
)
def test_no_facets_break_the_text(text: str, ranges: list[tuple[int, int, str]]) -> None:
    assert len(text_of(text, *(link(*one) for one in ranges))) <= len(text)


@given(st.integers(0, 3_599), st.integers(-100_000, 100_000))
def test_created_at_is_the_earliest_of_the_three_times(told_s: int, said_s: int) -> None:
    said = datetime.fromtimestamp(T0 / 1e6, UTC) + timedelta(seconds=said_s)
    told = datetime.fromtimestamp(T0 / 1e6, UTC) + timedelta(seconds=told_s)
    assert seen(post("a", at_s=told_s, createdAt=said.isoformat())).created_at == min(said, told, NOW)

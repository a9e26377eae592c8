from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.mastodon_content import status_links, status_text
from connectors.mastodon_pages import (
    read_page,
)
from connectors.mastodon_status import Home, NotPublic, Status, read_status
from monitor.errors import InvalidPayload
from monitor.records import Mention
from tests.connectors.mastodon_double import FIRST_ID, status
from tests.connectors.tapes import tape

NOW = datetime(2026, 8, 2, 10, 0, tzinfo=UTC)
HOME = Home("social.example")


def recorded(name: str) -> Any:
    return orjson.loads(tape(f"mastodon/{name}"))


def read(item: object, home: Home = HOME) -> Mention:
    parsed = read_status(item, home, NOW)
    assert isinstance(parsed, Status)
    return parsed.mention


def test_a_status_of_another_server() -> None:
    mention = read(recorded("timeline_tag_fr.json")[2])
    assert mention.id == "mastodon:https://velo.example/users/camille_ex/statuses/116230000000000090"
    assert mention.url == "https://velo.example/@camille_ex/116230000000000090"
    assert mention.kind == "post"
    assert mention.event == "new"
    assert mention.text == (
        'Trois semaines sans réponse du SAV @veloria… L\'écran de mon vélo affiche "E-07" & plus rien.\n'
        "Quelqu'un a une solution ?\n#Veloria https://support.example.com/e-07?utm_source=masto"
    )
    assert mention.links == ("https://support.example.com/e-07?utm_source=masto",)
    assert mention.author.handle == "camille_ex@velo.example"
    assert mention.author.followers == 4213
    assert mention.created_at == datetime(2026, 3, 14, 9, 41, 7, tzinfo=UTC)
    assert (mention.engagement.likes, mention.engagement.reposts, mention.engagement.replies) == (9, 11, 4)


def test_a_local_author_gets_the_host_of_the_server() -> None:
    mention = read(recorded("timeline_tag_fr.json")[1])
    assert mention.author.handle == "dev_ex@social.example"
    assert mention.author.name == ""


def test_a_status_that_was_edited_before_it_was_seen() -> None:
    mention = read(recorded("timeline_tag_fr.json")[1])
    assert mention.event == "edited"
    assert mention.edited_at == datetime(2026, 3, 14, 9, 50, 12, tzinfo=UTC)
    assert mention.language_hint is None
    assert mention.text.startswith("avis vélo\nTrès content de mon Véloria après 2 000 km 🚲")


@pytest.mark.parametrize(
    ("acct", "count", "followers"),
    [("a@far.example", 0, None), ("a@far.example", 7, 7), ("a", 0, 0), ("a", None, None), ("a", -1, None)],
)
def test_no_followers_of_a_remote_author_is_unknown(acct: str, count: Any, followers: int | None) -> None:
    account = {**status(1)["account"], "acct": acct, "followers_count": count}
    assert read(status(1, account=account)).author.followers == followers


def test_trap_2_the_copied_address_of_a_quote_is_left_out() -> None:
    mention = read({**recorded("status_quote.json"), "visibility": "public"})
    assert mention.text == "yoooooooo"
    assert mention.links == ()
    assert mention.kind == "quote"
    quoted = "https://social.example/ap/users/117020565966271181/statuses/117020582917124092"
    assert mention.thread.quote_of == f"mastodon:{quoted}"


def test_trap_2_words_cannot_hide_behind_the_mark_of_a_quote() -> None:
    item = status(1, content='<p class="quote-inline">RE: Véloria prend feu</p><p>vu ?</p>')
    assert read(item).text == "RE: Véloria prend feu\nvu ?"


def test_trap_4_a_boost_has_the_original_s_words_and_the_booster_s_reach() -> None:
    mention = read(recorded("timeline_tag_fr.json")[0])
    original = read(recorded("timeline_tag_fr.json")[2])
    assert mention.kind == "repost"
    assert mention.thread.repost_of == original.id
    assert (
        mention.id == "mastodon:https://social.example/users/relais_ex/statuses/116230000000000103/activity"
    )
    assert mention.text == original.text
    assert mention.url == original.url
    assert (mention.author.handle, mention.author.followers, mention.author.bot) == (
        "relais_ex@social.example", 900, True,
    )  # fmt: skip
    assert mention.engagement.likes is None
    assert mention.created_at == datetime(2026, 3, 14, 9, 45, 30, tzinfo=UTC)


def test_trap_5_a_status_of_a_newer_server() -> None:
    item = {**recorded("timeline_tag.json")[0], "tagged_collections": [{"id": 1}], "next_version": {"x": []}}
    assert read(item).text == "#hoot (hashtag toot)"


@pytest.mark.parametrize("visibility", ["unlisted", "private", "direct", "limited", "", None, 7])
def test_what_is_not_public_is_ignored(visibility: Any) -> None:
    assert isinstance(read_status(status(1, visibility=visibility), HOME, NOW), NotPublic)
    boost = status(2, reblog=status(1, visibility=visibility))
    assert isinstance(read_status(boost, HOME, NOW), NotPublic)


def test_cut_addresses_are_taken_whole_from_the_link() -> None:
    html = (
        '<a href="https://veloria.example/a?b=1&amp;c=2"><span class="invisible">Véloria </span>'
        '<span class="ellipsis">veloria.example/a</span></a>'
    )
    assert status_text({"content": html}) == "https://veloria.example/a?b=1&c=2"
    assert status_links({"content": html}, "") == ("https://veloria.example/a?b=1&c=2",)


@pytest.mark.parametrize(
    "around",
    [
        {"spoiler_text": "Véloria"},
        {"poll": {"options": [{"title": "oui"}, {"title": "Véloria"}]}},
        {"card": {"title": "Rappel chez Véloria", "url": "https://news.example/a"}},
        {"card": {"title": "Rappel", "description": "chez Véloria"}},
        {"media_attachments": [{"url": "https://cdn.example/1.png", "description": "logo Véloria"}]},
    ],
)
def test_a_brand_around_the_text_is_found(around: dict[str, Any]) -> None:
    mention = read(status(1, content="<p>vu ?</p>", **around))
    assert "Véloria" in mention.text
    assert "vu ?" in mention.text


def test_pictures_and_the_card_s_link() -> None:
    pictures = [
        {"url": None, "remote_url": "https://cdn.example/1.png", "description": None},
        {"url": "x"},
        5,
    ]
    mention = read(status(1, media_attachments=pictures, card={"url": "https://news.example/a"}))
    assert [one.url for one in mention.media] == ["https://cdn.example/1.png"]
    assert mention.links == ("https://news.example/a",)


def test_a_reply_knows_its_parent_only_by_the_server_s_own_id() -> None:
    parent = read(status(1))
    reply = status(2, in_reply_to_id=str(FIRST_ID + 1))
    assert read(reply).kind == "reply"
    assert read(reply).thread.in_reply_to is None
    home = Home("social.example", {str(FIRST_ID + 1): parent})
    assert read(reply, home).thread.in_reply_to == parent.id


def test_no_status_is_newer_than_its_fetch() -> None:
    assert read(status(1, created_at="2031-01-01T00:00:00.000Z")).created_at == NOW


@pytest.mark.parametrize(
    "wrong",
    [
        5, None, [], {}, status(1, uri=None), status(1, uri="a b"), status(1, uri="x" * 1_000), status(1, id=5),
        status(1, content=None), status(1, account=None), status(1, account={"acct": ""}),
        status(1, created_at="hier"), status(1, reblog={"visibility": "public"}),
    ],
)  # fmt: skip
def test_a_status_against_the_contract_is_refused(wrong: object) -> None:
    item = {"visibility": "public", **wrong} if isinstance(wrong, dict) else wrong
    with pytest.raises(InvalidPayload):
        read_status(item, HOME, NOW)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
FIELDS = tuple(status(1))


@given(st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=4))
def test_no_status_breaks_the_parser(fields: dict[str, Any]) -> None:
    page = read_page(orjson.dumps([{**status(1), **fields}, status(2)]), HOME, NOW)
    assert [one.local_id for one in page.statuses][-1] == str(FIRST_ID + 2)
    assert len(page.statuses) + len(page.rejected) + page.not_public == 2


@given(st.text(alphabet="<>/ap\"'= hrefclass.invisiblequot-RE:&;#", max_size=120))
def test_no_html_breaks_the_parser(content: str) -> None:
    assert isinstance(status_text({"content": content}), str)
    assert all(link.startswith("http") for link in status_links({"content": content}, ""))

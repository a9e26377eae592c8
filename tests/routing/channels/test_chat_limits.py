"""Whatever is in a page, the messages of the chats keep to their services' limits, in both forms."""

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.records import Localized
from routing.channels import discord_embed, mattermost, ntfy, teams_card
from routing.channels.conformance.sample_pages import CLAUSE, NOW, hostile_page
from routing.channels.doubles.discord import message_fault
from routing.channels.doubles.teams import card_fault
from routing.message import Message
from routing.message_compose import compose_message
from routing.page import ReaderLanguage
from routing.untrusted import utf8_size

LINES = st.text(alphabet=st.sampled_from("aé漢\\*_`<&\"'\n> |@#[](👨"), max_size=400)


def message(post: str, agreed: str, language: ReaderLanguage) -> Message:
    text = Localized(fr=agreed * 20, en=agreed * 20)
    clause = CLAUSE.model_copy(update={"title": text, "holding_statement": text})
    page = hostile_page(post * 30, language).model_copy(update={"clause": clause})
    return compose_message(page, NOW)


@settings(max_examples=25, deadline=None)
@given(LINES, LINES, st.sampled_from(["fr", "en"]), st.booleans())
def test_every_message_fits(post: str, agreed: str, language: ReaderLanguage, plain: bool) -> None:
    made = message(post, agreed, language)
    assert message_fault(orjson.dumps(discord_embed.body_of(made, plain=plain))) == ""
    card = teams_card.envelope(made, plain=plain)
    assert len(orjson.dumps(card)) <= teams_card.MAX_BODY
    assert card_fault(card["attachments"][0]["content"]) == ""
    assert 0 < len(mattermost.body_of(made, plain=plain)["text"]) <= mattermost.MAX_TEXT
    note = ntfy.notification(made, plain=plain, button=True)
    assert 0 < utf8_size(note["message"]) <= ntfy.MAX_MESSAGE
    assert 0 < utf8_size(note["title"]) <= ntfy.MAX_TITLE

from typing import Any

import pytest

from routing.channels.conformance import CHECKS, Check, over_http
from routing.channels.doubles.http import Received, Reply
from routing.channels.doubles.teams import HOOK_PATH, TeamsDouble
from routing.channels.teams import TeamsChannel, TeamsTarget, build
from routing.outcome import Ambiguous, DeadTarget, Delivered, Outcome, RejectedPayload, RetryLater
from tests.routing.channels.pages import make_page
from tests.routing.channels.targets import clock


def channel(url: str) -> TeamsChannel:
    target = TeamsTarget(kind="teams", name="legal-teams", url="env:URL", allow_private_addresses=True)
    return build(target, clock=clock(), environ={"URL": url})


@pytest.mark.parametrize("check", CHECKS)
async def test_conformance(check: Check) -> None:
    await check(
        over_http(
            TeamsDouble,
            lambda double: channel(double.hook_url),
            secrets=("canary-signature", HOOK_PATH),
        )
    )


async def outcome_of(reply: Reply) -> Outcome:
    async with TeamsDouble() as double:
        double.script(reply)
        teams = channel(double.hook_url)
        outcome = await teams.send(make_page())
        await teams.aclose()
    return outcome


async def card_of(**changes: Any) -> dict[str, Any]:
    async with TeamsDouble() as double:
        teams = channel(double.hook_url)
        assert await teams.send(make_page(**changes)) == Delivered()
        await teams.aclose()
    assert double.failed_runs == []
    return double.cards[0]


async def test_the_card_asks_first_and_explains_below() -> None:
    card = await card_of()
    head, button, *rest = card["body"]
    assert head["style"] == "attention"
    assert head["items"][0]["inlines"][0]["text"].startswith("🔴 CRITIQUE · Affaires juridiques · Véloria")
    assert button["actions"] == [
        {"type": "Action.OpenUrl", "title": "Ouvrir et accuser réception", "url": make_page().link}
    ]
    titles = [one["inlines"][0]["text"] for one in rest if one.get("separator")]
    assert titles == [
        "Ce qui se dit",
        "À faire maintenant",
        "Ampleur",
        "Déclaration prête à copier",
        "Mesures suivantes",
        "Autres personnes prévenues",
        "Pourquoi cette alerte",
        "De la publication à cette alerte",
    ]
    assert card["lang"] == "fr"


async def test_what_somebody_else_wrote_stands_in_quotation_marks() -> None:
    quote = (await card_of())["body"][3]["items"]
    assert quote[0]["inlines"][0]["text"].startswith("«\u00a0Mes données")
    assert quote[-1]["inlines"][0]["text"].endswith("\u00a0»")


async def test_without_a_link_there_is_no_button() -> None:
    card = await card_of(link="", transition="informed")
    assert all(element["type"] != "ActionSet" for element in card["body"])


async def test_the_queue_says_yes_to_what_is_never_posted() -> None:
    async with TeamsDouble() as double:
        answers = [
            double.answer(request("{}")),
            double.answer(request('{"attachments": [{"content": "%s"}]}' % ("x" * 24_453))),
        ]
    assert [answer.status for answer in answers] == [202, 202]
    assert double.failed_runs == ["'attachments' is of type 'Null'", "29384 of 28672 bytes"]
    assert double.shown == []


def request(body: str) -> Received:
    return Received("POST", HOOK_PATH, {}, body.encode())


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (Reply(202), Delivered),
        (Reply(200), Delivered),
        (Reply(200, b"Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP 403"),
         Ambiguous),
        (Reply(400, b'{"error":{"code":"TriggerInputSchemaMismatch"}}'), RejectedPayload),
        (Reply(400, b'{"error":{"code":"WorkflowTriggerIsNotEnabled"}}'), DeadTarget),
        (Reply(401, b'{"error":{"code":"DirectApiInvalidAuthorizationScheme"}}'), DeadTarget),
        (Reply(404, b'{"error":{"code":"WorkflowNotFound"}}'), DeadTarget),
        (Reply(413), RejectedPayload),
        (Reply(429, headers={"Retry-After": "17"}), RetryLater),
        (Reply(502, b'{"error":{"code":"NoResponse"}}'), Ambiguous),
    ],
)  # fmt: skip
async def test_each_answer_has_its_outcome(reply: Reply, expected: type) -> None:
    assert isinstance(await outcome_of(reply), expected)


@pytest.mark.parametrize(
    "host", ["contoso.webhook.office.com", "outlook.office.com", "outlook.office365.com"]
)
def test_a_retired_connector_is_refused_with_the_mend(host: str) -> None:
    with pytest.raises(ValueError, match="create a workflow") as caught:
        channel(f"https://{host}/webhookb2/canary")
    assert "canary" not in str(caught.value)

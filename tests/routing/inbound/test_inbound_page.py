"""The page about answering names what there is."""

import re
from pathlib import Path

import pytest

from monitor.errors import ConfigErrors
from monitor.yaml_document import load_document
from routing.inbound.hooks import Hooks, read_keys
from routing.inbound_settings import InboundSettings
from tests.routing.inbound.front import ENVIRON, with_inbound
from tests.routing.scenes import MakeScene, settings

PAGE = Path(__file__).parents[3] / "docs" / "inbound.md"


def test_the_settings_on_the_page_are_settings() -> None:
    blocks = re.findall(r"```yaml\n(routing:.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    documents = [load_document("inbound.md", text).data["routing"] for text in blocks]
    (inbound,) = (one["inbound"] for one in documents if "inbound" in one)
    made = InboundSettings.model_validate(inbound)
    assert None not in (made.slack, made.pagerduty, made.twilio, made.email)


async def test_the_page_names_every_route(scene: MakeScene) -> None:
    one = scene()
    hooks = Hooks(one.store, with_inbound(one.settings), one.signer, one.clock, ENVIRON)
    page = PAGE.read_text(encoding="utf-8")
    assert all(path in page for path in hooks._routes if "{" not in path)
    assert Hooks(one.store, one.settings, one.signer, one.clock, {})._routes == {}


def test_every_missing_secret_is_named_with_its_field() -> None:
    with pytest.raises(ConfigErrors) as caught:
        read_keys(with_inbound(settings()), {"SLACK": "x", "OLD": "x"})
    assert {one.field for one in caught.value.problems} == {
        "routing.inbound.pagerduty.secret",
        "routing.inbound.twilio.auth_token",
    }


@pytest.mark.parametrize(
    "wrong",
    [
        {"public_url": "http://tocsin.example"},
        {"public_url": "tocsin.example"},
        {"public_url": "https://user@tocsin.example"},
        {"public_url": "https://tocsin.example/?x"},
        {"twilio": {"auth_token": "env:X"}},
        {"slack": {"signing_secret": "in clear"}},
        {"email": {"address": "a+b@example.com"}},
    ],
)
def test_settings_that_cannot_work_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        InboundSettings.model_validate(wrong)


def test_an_id_that_two_people_claim_is_refused() -> None:
    raw = settings().model_dump(mode="json", exclude_defaults=True)
    for person in raw["people"][:2]:
        person["identities"] = {"slack": "U0SAME"}
    with pytest.raises(ValueError, match="comms-oncall has the same slack id"):
        type(settings()).model_validate(raw)

"""A router whose services answer: one incident that somebody was paged about, and the routes under ``/hooks``."""

from types import TracebackType
from typing import Any, Self

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from monitor.records import Finding
from routing.channels.doubles.callers import SignedCall
from routing.desk import IncidentView
from routing.inbound.hooks import Hooks
from routing.page import Page
from routing.router import Router
from routing.settings import RoutingSettings
from tests.routing.scenes import Scene, finding

PUBLIC = "https://tocsin.example"
PHONE = "+15145550100"
ENVIRON = {"SLACK": "slack-secret", "OLD": "older-secret", "PD": "pd-secret", "TWILIO": "twilio-token"}
INBOUND = {
    "public_url": PUBLIC,
    "slack": {"signing_secret": "env:SLACK", "previous_secret": "env:OLD"},
    "pagerduty": {"secret": "env:PD", "previous_secret": "env:OLD"},
    "twilio": {"auth_token": "env:TWILIO", "previous_token": "env:OLD"},
    "email": {"address": "tocsin@example.com"},
}
IDENTITIES = {
    "slack": "U0COMMS",
    "pagerduty": "PCOMMS1",
    "phone": PHONE,
    "email": "comms@example.com",
}


class Front:
    """The routes on a free port. ``send`` posts a call as it is."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        scene.settings = with_inbound(scene.settings)
        self.router = Router(scene.store, scene.settings, scene.channels, scene.clock, scene.signer)
        self.hooks = Hooks(scene.store, scene.settings, scene.signer, scene.clock, ENVIRON)
        app = web.Application()
        self.hooks.add_to(app)
        self.client: TestClient[Any, Any] = TestClient(TestServer(app))

    async def __aenter__(self) -> Self:
        await self.client.start_server()
        await self.page()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.client.close()

    async def page(self, one: Finding | None = None) -> None:
        await self.router.accept([one or finding()])
        await self.scene.settle(self.router)

    def newest(self) -> Page:
        """What the person on call for comms was sent last."""
        return self.scene.channels["comms-oncall-1"].pages[-1]

    async def send(self, path: str, call: SignedCall, **changed: str) -> tuple[int, str]:
        answer = await self.client.post(path, data=call.body, headers={**call.headers, **changed})
        return answer.status, await answer.text()

    def now(self) -> float:
        return self.scene.clock.now().timestamp()

    async def view(self) -> IncidentView:
        return (await self.router.incidents())[0]

    async def acknowledged_by(self) -> str:
        return (await self.view()).tracks[0].acknowledged_by

    async def happened(self, what: str) -> list[tuple[str, str]]:
        """Who, and the detail, of the entries of one kind."""
        return [(one.who, one.detail) for one in (await self.view()).history if one.what == what]


def with_inbound(settings: RoutingSettings) -> RoutingSettings:
    """The settings with every way to answer, and one person whom all services know."""
    raw = settings.model_dump(mode="json", exclude_defaults=True)
    for person in raw["people"]:
        if person["id"] == "comms-oncall":
            person["identities"] = IDENTITIES
    return RoutingSettings.model_validate({**raw, "inbound": INBOUND})

"""Every way in that is configured, as routes under ``/hooks``; secrets are read once, when it is put together."""

from collections.abc import Mapping

from aiohttp import web
from pydantic import SecretStr

from monitor.clock import Clock
from monitor.errors import ConfigErrors, ConfigProblem
from monitor.secret import SecretRef, read_secret
from routing.inbound.gate import Gate, Handler, Keys, keys_of
from routing.inbound.pagerduty import PagerDutyWebhook
from routing.inbound.receipts import Receipts
from routing.inbound.slack import SlackClicks
from routing.inbound.sms import TextMessages
from routing.inbound.twilio import SignedForms
from routing.inbound.voice import KeysPressed
from routing.links import LinkSigner
from routing.settings import RoutingSettings
from routing.store import Store

Environ = Mapping[str, str] | None


class Hooks:
    """The routes. A service that is not configured has none. Raises ConfigErrors for a missing secret."""

    def __init__(
        self,
        store: Store,
        settings: RoutingSettings,
        signer: LinkSigner,
        clock: Clock,
        environ: Environ = None,
    ) -> None:
        keys = read_keys(settings, environ)
        gate = Gate(store, clock)
        self._routes: dict[str, Handler] = {}
        self._slack: SlackClicks | None = None
        if "slack" in keys:
            self._slack = SlackClicks(gate, settings, signer, keys["slack"])
            self._routes["/hooks/slack"] = self._slack.receive
        if "pagerduty" in keys:
            self._routes["/hooks/pagerduty"] = PagerDutyWebhook(gate, settings, keys["pagerduty"]).receive
        if "twilio" in keys:
            forms = SignedForms(gate, keys["twilio"], settings.inbound.public_url)
            self._routes["/hooks/twilio/sms"] = TextMessages(gate, forms, settings, signer).receive
            self._routes["/hooks/twilio/status/{token}"] = Receipts(gate, forms, settings, signer).receive
            self._routes["/hooks/twilio/voice/{token}"] = KeysPressed(gate, forms, settings, signer).receive

    def add_to(self, app: web.Application) -> None:
        """Put the routes into an application."""
        for path, handler in self._routes.items():
            app.router.add_post(path, handler)
        app.on_shutdown.append(self._end)

    async def _end(self, _: web.Application) -> None:
        if self._slack is not None:
            await self._slack.aclose()


def read_keys(settings: RoutingSettings, environ: Environ = None) -> dict[str, Keys]:
    """The secrets of each configured service, the new one first. Raises ConfigErrors that name every missing one."""
    inbound = settings.inbound
    wanted: dict[str, tuple[tuple[str, SecretRef | None], ...]] = {}
    if one := inbound.slack:
        wanted["slack"] = (("signing_secret", one.signing_secret), ("previous_secret", one.previous_secret))
    if two := inbound.pagerduty:
        wanted["pagerduty"] = (("secret", two.secret), ("previous_secret", two.previous_secret))
    if three := inbound.twilio:
        wanted["twilio"] = (("auth_token", three.auth_token), ("previous_token", three.previous_token))
    problems: list[ConfigProblem] = []
    keys: dict[str, Keys] = {}
    for service, fields in wanted.items():
        secrets: list[SecretStr | None] = []
        for field, reference in fields:
            try:
                secrets.append(read_secret(reference, environ) if reference else None)
            except ValueError as error:
                path = f"routing.inbound.{service}.{field}"
                problems.append(ConfigProblem("tocsin.yaml", 1, 1, path, str(error), ""))
        keys[service] = keys_of(*secrets)
    if problems:
        raise ConfigErrors(problems)
    return keys

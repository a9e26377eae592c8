"""ServiceNow targets and the records that pages become, for tests."""

from typing import Any

from routing.channels.doubles.servicenow import USER
from routing.channels.servicenow import ServiceNowTarget, record_of
from routing.message_compose import compose_message
from routing.page import Page
from tests.routing.channels.pages import NOW


def settings(url: str, **changes: Any) -> ServiceNowTarget:
    values: dict[str, Any] = {
        "kind": "servicenow",
        "name": "it-servicenow",
        "api_url": url,
        "user": USER,
        "secret": "env:SECRET",
        "allow_private_addresses": True,
    }
    return ServiceNowTarget(**{**values, **changes})


def record(page: Page, *, plain: bool = False, **changes: Any) -> dict[str, str]:
    target = settings("https://x.example", **changes)
    return record_of(page, compose_message(page, NOW), target, plain=plain)

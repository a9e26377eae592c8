"""Tickets, alert systems and telephones as the router drives them: what is lost, refused or raised on the way."""

from routing.channel import Channel
from routing.channels.doubles.http import Reply
from routing.channels.doubles.jira_issue import EMAIL, PROJECT, JiraIssueDouble
from routing.channels.doubles.jira_issue import TOKEN as JIRA_TOKEN
from routing.channels.doubles.pagerduty import ROUTING_KEY, PagerDutyDouble
from routing.channels.doubles.servicenow import PASSWORD, USER, ServiceNowDouble
from routing.channels.doubles.twilio import ACCOUNT, FROM, TO, TwilioDouble
from routing.channels.doubles.twilio import TOKEN as TWILIO_TOKEN
from routing.channels.jira_issue import JiraIssueTarget
from routing.channels.pagerduty import PagerDutyTarget
from routing.channels.servicenow import ServiceNowTarget
from routing.channels.table import build_channel
from routing.channels.target import Target
from routing.channels.twilio_sms import TwilioSmsTarget
from routing.router import Router
from tests.routing.scenes import MakeScene, Scene, finding

FIRST = "comms-oncall-1"  # the first target of the person who is paged
ENVIRON = {"JIRA": JIRA_TOKEN, "NOW": PASSWORD, "PD": ROUTING_KEY, "TWILIO": TWILIO_TOKEN}


def jira(url: str) -> Target:
    return JiraIssueTarget(
        kind="jira_issue",
        name=FIRST,
        api_url=url,
        project=PROJECT,
        email=EMAIL,
        token="env:JIRA",
        allow_private_addresses=True,
    )


def servicenow(url: str) -> Target:
    return ServiceNowTarget(
        kind="servicenow", name=FIRST, api_url=url, user=USER, secret="env:NOW", allow_private_addresses=True
    )


def pagerduty(url: str) -> Target:
    return PagerDutyTarget(
        kind="pagerduty", name=FIRST, routing_key="env:PD", api_url=url, allow_private_addresses=True
    )


def sms(url: str) -> Target:
    return TwilioSmsTarget(
        kind="twilio_sms",
        name=FIRST,
        account=ACCOUNT,
        token="env:TWILIO",
        to=TO,
        sender=FROM,
        api_url=url,
        allow_private_addresses=True,
    )


def router_with(scene: Scene, target: Target) -> Router:
    channel = build_channel(target, clock=scene.clock, environ=ENVIRON)
    channels: dict[str, Channel] = {**scene.channels, FIRST: channel}
    return Router(scene.store, scene.settings, channels, scene.clock, scene.signer)


async def run(scene: Scene, router: Router, seconds: float) -> None:
    scene.clock.advance(seconds)
    await scene.settle(router)


async def test_a_ticket_whose_answer_was_lost_stays_one_ticket_and_the_page_counts_as_sent(
    scene: MakeScene,
) -> None:
    one = scene()
    async with JiraIssueDouble(clock=one.clock, drops=1) as double:
        router = router_with(one, jira(double.url))
        await router.accept([finding()])
        await run(one, router, 0)
        await run(one, router, 10)
    (issue,) = double.issues
    assert issue.comments == []
    (view,) = await router.incidents()
    assert [message.state for message in view.messages] == ["sent"]
    assert one.paged() == {}


async def test_a_graver_finding_is_a_comment_on_the_same_ticket(scene: MakeScene) -> None:
    one = scene()
    async with JiraIssueDouble(clock=one.clock) as double:
        router = router_with(one, jira(double.url))
        await router.accept([finding(severity="warning")])
        await run(one, router, 0)
        await router.accept([finding(clause="graver", severity="critical")])
        await run(one, router, 1)
    (issue,) = double.issues
    assert len(issue.comments) == 1


async def test_an_instance_that_hibernates_sends_the_page_to_the_next_target(scene: MakeScene) -> None:
    one = scene()
    async with ServiceNowDouble(asleep=True) as double:
        router = router_with(one, servicenow(double.url))
        await router.accept([finding()])
        await run(one, router, 0)
    assert one.paged() == {"comms-oncall-2": 1}


async def test_a_person_who_has_opted_out_is_paged_by_the_next_target_at_once(scene: MakeScene) -> None:
    one = scene()
    async with TwilioDouble(opted_out=[TO]) as double:
        router = router_with(one, sms(double.url))
        await router.accept([finding()])
        await run(one, router, 0)
    assert one.paged() == {"comms-oncall-2": 1}
    assert double.messages == []


async def test_a_graver_finding_is_an_alert_of_its_own_and_a_cut_connection_is_not(scene: MakeScene) -> None:
    one = scene()
    async with PagerDutyDouble(clock=one.clock) as double:
        router = router_with(one, pagerduty(double.url))
        double.script(Reply(fault="reset"))
        await router.accept([finding(severity="warning")])
        await run(one, router, 0)
        await run(one, router, 5)
        await router.accept([finding(clause="graver", severity="critical")])
        await run(one, router, 1)
    alerts = [alert for kept in double.alerts.values() for alert in kept]
    assert [(alert.severity, alert.notified) for alert in alerts] == [("warning", 1), ("critical", 1)]
    assert len(double.received) == 3

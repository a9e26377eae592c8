from functools import partial
from typing import Any

import pytest

from monitor.clock import ManualClock
from routing.channels.closing import Closing, ticket_key
from routing.channels.conformance import CHECKS, Check, Expected, Trouble, over_http
from routing.channels.doubles.http import Reply
from routing.channels.doubles.jira_issue import EMAIL, PROJECT, TOKEN, JiraIssueDouble, issue_errors, text_of
from routing.channels.jira_issue import JiraIssueChannel, JiraIssueTarget, build, issue_of
from routing.message_compose import compose_message
from routing.outcome import Ambiguous, DeadTarget, Delivered, Outcome, RejectedPayload, RetryLater
from routing.page import Page
from tests.routing.channels.answers import make_answered
from tests.routing.channels.hostile import PAYLOADS
from tests.routing.channels.hostile_pages import hostile_page
from tests.routing.channels.pages import NOW, make_page
from tests.routing.channels.targets import clock

NOTHING_FOUND = Reply(200, b'{"issues":[]}')


def settings(url: str, **changes: Any) -> JiraIssueTarget:
    values: dict[str, Any] = {
        "kind": "jira_issue",
        "name": "legal-jira",
        "api_url": url,
        "project": PROJECT,
        "email": EMAIL,
        "token": "env:TOKEN",
        "allow_private_addresses": True,
    }
    return JiraIssueTarget(**{**values, **changes})


def channel(
    url: str, *, token: str = TOKEN, time: ManualClock | None = None, **changes: Any
) -> JiraIssueChannel:
    return build(settings(url, **changes), clock=time or clock(), environ={"TOKEN": token})


async def outcome_of(*replies: Reply, thread: str = "") -> Outcome:
    async with JiraIssueDouble() as double:
        double.script(*replies)
        jira = channel(double.url)
        outcome = await jira.send(make_page(), thread=thread)
        await jira.aclose()
    return outcome


def fields_of(page: Page, *, plain: bool = False, **changes: Any) -> dict[str, Any]:
    body = issue_of(page, compose_message(page, NOW), settings("https://x.example", **changes), plain=plain)
    fields = body["fields"]
    assert isinstance(fields, dict)
    return fields


answered = partial(make_answered, thread="CRISIS-1", language="fr")


# Every trouble meets the look-up that comes first, and what only reads has surely changed nothing.
LOOKED_UP_FIRST: dict[Trouble, Expected] = {
    "refused": (DeadTarget,),
    **dict.fromkeys(("broken", "cut", "cut_inside", "garbage", "flood", "silent", "drip"), (RetryLater,)),
}


@pytest.mark.parametrize("check", CHECKS)
async def test_conformance(check: Check) -> None:
    await check(
        over_http(
            JiraIssueDouble, lambda double: channel(double.url), secrets=(TOKEN,), expected=LOOKED_UP_FIRST
        )
    )


async def test_the_first_page_makes_the_issue_and_later_ones_are_comments() -> None:
    async with JiraIssueDouble() as double:
        jira = channel(double.url)
        first = await jira.send(make_page())
        later = await jira.send(make_page(id="another", transition="raised"), thread="CRISIS-1")
        await jira.aclose()
    assert first == later == Delivered("CRISIS-1", "CRISIS-1")
    (issue,) = double.issues
    assert issue.fields["summary"] == "[T-42] Véloria\u00a0: Fuite de données alléguée 🔴"
    assert ticket_key(make_page().incident, 1) in issue.fields["labels"]
    (comment,) = issue.comments
    assert "niveau de gravité est plus élevé" in text_of(comment)
    assert comment["properties"] == [{"key": "sd.public.comment", "value": {"internal": True}}]


async def test_somebody_elses_target_in_the_same_project_comments_on_the_same_issue() -> None:
    async with JiraIssueDouble() as double:
        jira, other = channel(double.url), channel(double.url, name="it-jira")
        await jira.send(make_page())
        outcome = await other.send(make_page(id="for-it", department="it"))
        new_cycle = await other.send(make_page(id="again", cycle=2))
    assert outcome == Delivered("CRISIS-1", "CRISIS-1")
    assert new_cycle == Delivered("CRISIS-2", "CRISIS-2")
    assert [len(issue.comments) for issue in double.issues] == [1, 0]


async def test_an_issue_whose_answer_was_lost_is_found_once_the_search_knows_of_it() -> None:
    time = clock()
    async with JiraIssueDouble(clock=time, drops=1) as double:
        jira = channel(double.url, time=time)
        lost = await jira.send(make_page())
        assert isinstance(lost, Ambiguous)
        time.advance(lost.after_s)
        again = await jira.send(make_page(possible_duplicate=True))
        await jira.aclose()
    assert again == Delivered("CRISIS-1", "CRISIS-1")
    assert [issue.comments for issue in double.issues] == [[]]


async def test_a_search_that_lags_lets_a_second_issue_pass_so_it_does_not_claim_to_drop_repeats() -> None:
    time = clock()
    async with JiraIssueDouble(clock=time, drops=1) as double:
        jira = channel(double.url, time=time)
        await jira.send(make_page())
        again = await jira.send(make_page(possible_duplicate=True))
        await jira.aclose()
    assert isinstance(again, Delivered)
    assert len(double.issues) == 2
    assert not jira.deduplicates
    assert "Doublon possible" in text_of(double.issues[1].fields)


async def test_a_comment_whose_answer_was_lost_is_not_written_twice() -> None:
    async with JiraIssueDouble() as double:
        jira = channel(double.url)
        await jira.send(make_page())
        double.drops = 1
        lost = await jira.send(make_page(id="another"), thread="CRISIS-1")
        again = await jira.send(make_page(id="another", possible_duplicate=True), thread="CRISIS-1")
        fresh = await jira.send(make_page(id="third", possible_duplicate=True), thread="CRISIS-1")
        await jira.aclose()
    assert isinstance(lost, Ambiguous)
    assert again == fresh == Delivered("CRISIS-1", "CRISIS-1")
    assert len(double.issues[0].comments) == 2


async def test_when_comments_cannot_be_read_a_repeat_is_better_than_silence() -> None:
    done = Reply(201, b'{"id":"1"}')
    async with JiraIssueDouble() as double:
        double.script(Reply(500), done)
        jira = channel(double.url)
        outcome = await jira.send(make_page(possible_duplicate=True), thread="CRISIS-1")
        await jira.aclose()
    assert outcome == Delivered("CRISIS-1", "CRISIS-1")


async def test_when_the_issue_is_gone_the_plain_form_makes_another() -> None:
    async with JiraIssueDouble() as double:
        jira = channel(double.url)
        refused = await jira.send(make_page(), thread="CRISIS-99")
        plain = await jira.send(make_page(), thread="CRISIS-99", plain=True)
        await jira.aclose()
    assert isinstance(refused, RejectedPayload)
    assert plain == Delivered("CRISIS-1", "CRISIS-1")


async def test_an_answer_that_repeats_our_text_is_no_reason_to_show_the_link() -> None:
    echo = Reply(201, b'"%s' % make_page().link.encode())
    outcome = await outcome_of(echo, thread="CRISIS-1")
    assert isinstance(outcome, Ambiguous)
    assert "tocsin.example" not in outcome.reason


async def test_a_thread_cannot_lead_elsewhere() -> None:
    async with JiraIssueDouble() as double:
        jira = channel(double.url)
        await jira.send(make_page(), thread="../../x?y#z")
        await jira.aclose()
    assert double.received[0].path == "/rest/api/3/issue/..%2F..%2Fx%3Fy%23z/comment"


@pytest.mark.parametrize("ending", ["acknowledged", "resolved"])
async def test_how_it_went_on_is_one_comment_however_often_it_is_told(ending: str) -> None:
    async with JiraIssueDouble() as double:
        jira = channel(double.url)
        await jira.send(make_page())
        for thread in ("CRISIS-1", ""):
            told = await getattr(jira, ending)(answered(thread=thread))
            assert told == Delivered("CRISIS-1", "CRISIS-1")
        await jira.aclose()
    (comment,) = double.issues[0].comments
    assert text_of(comment).startswith("Incident T-42\u00a0: ")
    assert "Juridique de garde" in text_of(comment)
    assert isinstance(jira, Closing)


async def test_an_ending_without_an_issue_has_nothing_to_tell() -> None:
    async with JiraIssueDouble() as double:
        jira = channel(double.url)
        assert await jira.resolved(answered(thread="")) == Delivered()
        double.script(Reply(401))
        assert isinstance(await jira.resolved(answered(thread="")), DeadTarget)
        await jira.aclose()
    assert double.issues == []


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (Reply(400, b'{"errorMessages":["The value does not exist for the field \'project\'."]}'), DeadTarget),
        (Reply(401), DeadTarget),
        (Reply(403), DeadTarget),
        (Reply(404), DeadTarget),
        (Reply(302, headers={"location": "http://169.254.169.254/"}), RejectedPayload),
        (Reply(429, headers={"retry-after": "30"}), RetryLater),
        (Reply(500), RetryLater),
        (Reply(503), RetryLater),
        (Reply(200, b"<html>sign in</html>"), RetryLater),
        (Reply(200, b'{"issues":7}'), RetryLater),
        (Reply(200, b"x" * 10_000_000), RetryLater),
        (Reply(fault="reset"), RetryLater),
    ],
)  # fmt: skip
async def test_a_search_that_fails_has_changed_nothing(reply: Reply, expected: type) -> None:
    assert isinstance(await outcome_of(reply), expected)


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (Reply(400, b'{"errors":{"summary":"too long"}}'), RejectedPayload),
        (Reply(400, b'{"errors":{"priority":"invalid"}}'), RejectedPayload),
        (Reply(400, b'{"errors":{"project":"valid project is required"}}'), DeadTarget),
        (Reply(400, b'{"errors":{"issuetype":"Specify a valid issue type"}}'), DeadTarget),
        (Reply(400, b"<html>"), RejectedPayload),
        (Reply(401), DeadTarget),
        (Reply(403), DeadTarget),
        (Reply(404), DeadTarget),
        (Reply(413), RejectedPayload),
        (Reply(429, headers={"retry-after": "30"}), RetryLater),
        (Reply(500), Ambiguous),
        (Reply(502), Ambiguous),
        (Reply(503), RetryLater),
        (Reply(200, b'{"key":"CRISIS-1"}'), Ambiguous),
        (Reply(201, b"<html>"), Ambiguous),
        (Reply(201, b'{"key":"../x"}'), Ambiguous),
        (Reply(201, b'{"key":"CRISIS-1"}', fault="reset_inside_body"), Ambiguous),
        (Reply(fault="reset"), Ambiguous),
    ],
)
async def test_each_answer_to_a_new_issue_has_its_outcome(reply: Reply, expected: type) -> None:
    outcome = await outcome_of(NOTHING_FOUND, reply)
    assert isinstance(outcome, expected)
    assert not isinstance(outcome, Ambiguous) or outcome.after_s == 10.0


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (Reply(400), RejectedPayload),
        (Reply(404), RejectedPayload),
        (Reply(403), DeadTarget),
        (Reply(429), RetryLater),
        (Reply(500), Ambiguous),
        (Reply(201, b"<html>"), Ambiguous),
        (Reply(fault="reset"), Ambiguous),
    ],
)
async def test_each_answer_to_a_comment_has_its_outcome(reply: Reply, expected: type) -> None:
    assert isinstance(await outcome_of(reply, thread="CRISIS-1"), expected)


@pytest.mark.parametrize(
    ("headers", "seconds", "scope"),
    [
        ({"Retry-After": "9", "RateLimit-Reason": "jira-burst-based"}, 9.0, "token"),
        ({"X-RateLimit-Reset": "2026-11-25T08:13Z", "RateLimit-Reason": "jira-quota-based"}, 48.6, "account"),
        ({"X-RateLimit-Reset": "2026-11-25T08:13:00"}, 48.6, "token"),
        ({"X-RateLimit-Reset": "soon", "RateLimit-Reason": "jira-per-issue-on-write"}, 1.0, "target"),
        ({}, 1.0, "token"),
    ],
)
async def test_each_of_the_three_limits_says_what_to_pause(
    headers: dict[str, str], seconds: float, scope: str
) -> None:
    outcome = await outcome_of(NOTHING_FOUND, Reply(429, headers=headers))
    assert isinstance(outcome, RetryLater)
    assert outcome.after_s == pytest.approx(seconds)
    assert outcome.scope == scope


def test_a_priority_is_set_where_the_project_has_names_for_it_and_never_in_the_plain_form() -> None:
    names = {"critical": "High"}
    assert fields_of(make_page(), priorities=names)["priority"] == {"name": "High"}
    assert "priority" not in fields_of(make_page(), priorities=names, plain=True)
    assert "priority" not in fields_of(make_page(transition="informed"), priorities=names)
    assert "priority" not in fields_of(make_page())


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_hostile_post_makes_a_valid_issue(payload: str) -> None:
    for plain in (False, True):
        assert issue_errors(fields_of(hostile_page(payload), plain=plain)) == {}


def test_long_names_make_a_valid_issue() -> None:
    page = make_page(brand_name="漢\n" * 500, incident_label="=" + "é" * 900, id="a b " * 200)
    assert issue_errors(fields_of(page)) == {}


@pytest.mark.parametrize("project", ["crisis", 'X" OR project = "Y', "", "A B"])
def test_a_project_is_a_key_and_no_query(project: str) -> None:
    with pytest.raises(ValueError, match="project"):
        settings("https://x.example", project=project)


async def test_without_an_address_the_token_is_an_oauth_token() -> None:
    async with JiraIssueDouble() as double:
        jira = channel(double.url, email="", token="canary-token")
        outcome = await jira.send(make_page())
        await jira.aclose()
    assert isinstance(outcome, DeadTarget)
    assert double.received[0].headers["authorization"] == "Bearer canary-token"
    assert "canary" not in repr((outcome, jira))

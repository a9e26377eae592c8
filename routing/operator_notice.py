"""A page to people of last resort about Tocsin itself, made without the router: the router may be what is broken."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from monitor.records import (
    AgreedClause,
    Author,
    LadderStep,
    Localized,
    Mention,
    PlaybookRef,
    Probabilities,
    Reading,
    Sentiment,
    Story,
    Trace,
    digest,
    story_id,
)
from routing.audit_checks import Check, Problem
from routing.page import Page, ReaderLanguage, Receipt, Transition
from routing.settings import PersonSettings

MOST_NAMED = 5  # subjects of one check

WORDS: Mapping[Check, Localized] = {
    "timer_overdue": Localized(en="An escalation is overdue", fr="Une escalade est en retard"),
    "lease_expired": Localized(
        en="A message has been on its way for too long",
        fr="Un message est en cours d’envoi depuis trop longtemps",
    ),
    "pending_overdue": Localized(
        en="A message is due and was not sent", fr="Un message aurait dû partir et n’a pas été envoyé"
    ),
    "result_missing": Localized(
        en="Nobody knows what became of a message", fr="On ne sait pas ce qu’un message est devenu"
    ),
    "possibly_lost": Localized(
        en="A message may not have arrived", fr="Un message n’est peut-être pas arrivé"
    ),
    "chain_stopped": Localized(
        en="An escalation stopped before its last step",
        fr="Une escalade s’est arrêtée avant sa dernière étape",
    ),
    "nobody_told": Localized(
        en="An incident is open and nobody was told", fr="Un incident est ouvert et personne n’a été prévenu"
    ),
    "closing_stuck": Localized(
        en="Somebody was not told of an answer", fr="Quelqu’un n’a pas été informé d’une réponse"
    ),
    "no_channel": Localized(
        en="Somebody is on call and none of their channels works",
        fr="Une personne est de garde et aucun de ses canaux ne fonctionne",
    ),
    "router_silent": Localized(
        en="The router gives no sign of life", fr="Le routeur ne donne plus signe de vie"
    ),
    "canary_late": Localized(
        en="Test posts no longer come through to the page",
        fr="Les messages témoins n’arrivent plus jusqu’à l’envoi de l’alerte",
    ),
    "history_broken": Localized(
        en="The history of an incident was changed", fr="L’historique d’un incident a été modifié"
    ),
    "database_away": Localized(
        en="The router’s database does not answer", fr="La base de données du routeur ne répond pas"
    ),
}
_CLAUSE = AgreedClause(
    id="tocsin-auditor",
    title=Localized(
        en="Tocsin itself is not well: people may not be paged",
        fr="Tocsin lui-même va mal\u00a0: des alertes risquent de ne pas partir",
    ),
    owner="it",
    severity="critical",
    page=("it",),
    ladder=(
        LadderStep(
            measure="observe",
            what=Localized(
                en="Read the open incidents in the console and call the people on call by telephone."
                " Then look at the router and its database; the operations page says how.",
                fr="Lisez les incidents ouverts dans la console et téléphonez aux personnes de garde."
                " Voyez ensuite le routeur et sa base de données\u00a0; la page d’exploitation explique comment.",
            ),
            owner="it",
            within_minutes=5,
        ),
    ),
)
_BRAND = "tocsin"


def notice_page(problems: Sequence[Problem], person: PersonSettings, now: datetime) -> Page:
    """The page that tells ``person`` of these problems at ``now`` (aware UTC). It asks for no answer."""
    text = "\n".join(_lines(problems, person.language))
    identity = digest("notice", *sorted({one.check for one in problems}), now.strftime("%Y-%m-%dT%H"))
    return own_page(text, _CLAUSE, person, identity, now)


def own_page(
    text: str,
    clause: AgreedClause,
    person: PersonSettings,
    identity: str,
    now: datetime,
    transition: Transition = "opened",
) -> Page:
    """A page to ``person`` that Tocsin writes about itself; ``identity`` is the same on every copy."""
    reading = _reading(text, identity, person.language, now)
    return Page(
        id=digest("notice", identity, person.id),
        incident=identity,
        incident_label="TOCSIN",
        cycle=0,
        sequence=0,
        transition=transition,
        department=clause.owner,
        severity=clause.severity,
        brand=_BRAND,
        brand_name="Tocsin",
        person=person.id,
        person_name=person.name,
        language=person.language,
        time_zone=person.time_zone,
        clause=clause,
        playbook=PlaybookRef(version="-", sha256="0" * 64),
        story=_story(reading.mention, now),
        reading=reading,
        trace=Trace(condition="auditor", held=True),
        step=0,
        steps=0,
        receipt=Receipt(
            created_at=now, fetched_at=now, read_at=now, found_at=now, queued_at=now, sent_at=now
        ),
    )


def _lines(problems: Sequence[Problem], language: ReaderLanguage) -> Iterator[str]:
    by_check: dict[Check, list[Problem]] = {}
    for one in problems:
        by_check.setdefault(one.check, []).append(one)
    for check, found in by_check.items():
        named = ", ".join(one.subject for one in found[:MOST_NAMED])
        rest = f" +{len(found) - MOST_NAMED}" if len(found) > MOST_NAMED else ""
        yield f"{WORDS[check].of(language)} ({named}{rest})"


def _reading(text: str, identity: str, language: ReaderLanguage, now: datetime) -> Reading:
    mention = Mention(
        id=f"auditor:{identity}",
        source="auditor",
        kind="post",
        author=Author(handle="tocsin-auditor", name="Tocsin"),
        text=text,
        created_at=now,
        fetched_at=now,
    )
    return Reading(
        id=digest("reading", mention.id),
        brand=_BRAND,
        mention=mention,
        matched=(),
        language=language,
        sentiment=Sentiment(
            label="neutral",
            compound=0.0,
            probabilities=Probabilities(negative=0.0, neutral=1.0, positive=0.0),
            abstain=False,
            scorer="auditor",
        ),
        read_at=now,
    )


def _story(mention: Mention, now: datetime) -> Story:
    return Story(
        id=story_id(_BRAND, mention.id),
        brand=_BRAND,
        title="Tocsin",
        first_mention=mention.id,
        first_seen=now,
        last_seen=now,
        mentions=1,
        authors=1,
        reach=0,
    )

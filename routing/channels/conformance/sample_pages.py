"""Pages to test a channel with: a realistic one, one that is nothing but hostile text, one as large as they get."""

from datetime import UTC, datetime, timedelta
from typing import Any, Literal

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
    TopicHit,
    Trace,
)
from routing.page import OtherPaged, Page, ReaderLanguage, Receipt
from routing.page_summary import MAX_BUNDLED, BundledIncident, ShownSilence, Summary

POSTED = datetime(2026, 11, 25, 8, 12, 5, tzinfo=UTC)
NOW = POSTED + timedelta(seconds=6.4)

TEXT_FR = (
    "Mes données de compte Véloria circulent sur un forum : nom, adresse, historique de trajets. "
    "Personne ne répond au service à la clientèle. Quelqu’un d’autre est touché ?"
)

CLAUSE = AgreedClause(
    id="data-leak-claim",
    title=Localized(fr="Fuite de données alléguée", en="Alleged data leak"),
    owner="legal",
    severity="critical",
    page=("legal", "it", "comms"),
    ladder=(
        LadderStep(
            measure="observe",
            what=Localized(
                fr="Conserver la publication comme preuve et vérifier l’allégation avec les TI.",
                en="Keep the post as evidence and check the claim with IT.",
            ),
            owner="legal",
            within_minutes=15,
        ),
        LadderStep(
            measure="reply",
            what=Localized(
                fr="Publier la déclaration prête à copier, sans confirmer ni nier la fuite.",
                en="Publish the holding statement, neither confirming nor denying the leak.",
            ),
            owner="comms",
            within_minutes=30,
            approval="legal",
        ),
        LadderStep(
            measure="formal_notice",
            what=Localized(
                fr="Mettre en demeure l’hébergeur du forum de retirer les données.",
                en="Give the forum’s host formal notice to remove the data.",
            ),
            owner="legal",
            within_minutes=1440,
        ),
    ),
    holding_statement=Localized(
        fr="Nous avons pris connaissance de publications évoquant des données de nos clients. "
        "Nous vérifions ces informations en priorité et vous tiendrons au courant ici même.",
        en="We are aware of posts about our customers’ data. We are checking them as a matter of "
        "priority and will keep you informed here.",
    ),
)


def make_mention(**changes: Any) -> Mention:
    values: dict[str, Any] = {
        "id": "mastodon:1141",
        "source": "mastodon",
        "kind": "post",
        "url": "https://social.example/@cycliste/1141",
        "author": Author(handle="@cycliste@social.example", name="Cycliste du canal", followers=48_213),
        "text": TEXT_FR,
        "created_at": POSTED,
        "fetched_at": POSTED + timedelta(seconds=2.1),
    }
    return Mention(**{**values, **changes})


def make_reading(mention: Mention | None = None, **changes: Any) -> Reading:
    values: dict[str, Any] = {
        "id": "reading-1",
        "brand": "veloria",
        "mention": mention or make_mention(),
        "matched": ("Véloria",),
        "language": "fr",
        "sentiment": Sentiment(
            label="negative",
            compound=-0.62,
            probabilities=Probabilities(negative=0.8, neutral=0.15, positive=0.05),
            abstain=False,
            scorer="bilingual-1",
        ),
        "topics": (TopicHit(topic="data_breach", why=("données", "circulent sur un forum")),),
        "read_at": POSTED + timedelta(seconds=2.5),
    }
    return Reading(**{**values, **changes})


def make_story(**changes: Any) -> Story:
    values: dict[str, Any] = {
        "id": "story-1",
        "brand": "veloria",
        "title": "Mes données de compte Véloria circulent sur un forum",
        "first_mention": "mastodon:1141",
        "first_seen": POSTED,
        "last_seen": POSTED,
        "mentions": 37,
        "authors": 31,
        "reach": 182_450,
        "authors_of_unknown_reach": 4,
        "mentions_last_5_min": 21,
        "mentions_last_60_min": 37,
        "negative_share": 0.86,
        "sources": ("mastodon", "bluesky"),
    }
    return Story(**{**values, **changes})


TRACE = Trace(
    condition="all of",
    held=True,
    parts=(
        Trace(condition="topic is data_breach", saw="data_breach (données)", held=True),
        Trace(
            condition="any of",
            held=True,
            parts=(
                Trace(condition="reach at least 50000", saw="182450", held=True),
                Trace(condition="author kind is press", saw="public", held=False),
            ),
        ),
    ),
)


def make_page(**changes: Any) -> Page:
    """A page to Legal about an alleged data leak: critical, first step of three, French unless changed."""
    values: dict[str, Any] = {
        "id": "0f3c9a7be2d14c55",
        "incident": "5b1d0c9e8f7a4e21",
        "incident_label": "T-42",
        "cycle": 1,
        "sequence": 3,
        "transition": "opened",
        "department": "legal",
        "severity": "critical",
        "brand": "veloria",
        "brand_name": "Véloria",
        "person": "legal-oncall",
        "person_name": "Juridique de garde",
        "language": "fr",
        "time_zone": "America/Montreal",
        "clause": CLAUSE,
        "playbook": PlaybookRef(version="2026-11", sha256="9f2c" * 16),
        "story": make_story(),
        "reading": make_reading(),
        "trace": TRACE,
        "step": 0,
        "steps": 3,
        "escalates_at": POSTED + timedelta(minutes=5, seconds=6),
        "others": (
            OtherPaged(department="it", person="TI de garde", at=NOW, acknowledged=True),
            OtherPaged(department="comms", person="Communications de garde"),
        ),
        "link": "https://tocsin.example/p/eyJ0IjoiVC00MiJ9.c2lnbmF0dXJl",
        "receipt": Receipt(
            created_at=POSTED,
            fetched_at=POSTED + timedelta(seconds=2.1),
            read_at=POSTED + timedelta(seconds=2.5),
            found_at=POSTED + timedelta(seconds=2.6),
            queued_at=POSTED + timedelta(seconds=2.7),
        ),
    }
    return Page(**{**values, **changes})


def hostile_mention(payload: str) -> Mention:
    """A post that is nothing but the payload, in every field that its author fills."""
    short = payload[:900]
    return make_mention(
        text=payload[:40_000],
        title=short,
        url=payload[:3_000],
        author=Author(handle=short, name=short, followers=12),
    )


def hostile_page(payload: str, language: ReaderLanguage = "fr") -> Page:
    """A page as the router would make it of such a post."""
    short = payload[:900]
    part = Trace(condition="x", saw=short, held=True)
    return make_page(
        language=language,
        reading=make_reading(
            hostile_mention(payload),
            matched=(short,) * 3,
            topics=(TopicHit(topic="data_breach", why=(short, short)),),
        ),
        story=make_story(title=short, first_mention="mastodon:1", first_url=payload[:3_000]),
        trace=Trace(condition=short, saw=short, held=True, parts=(part,)),
    )


def largest_page(text: str, language: ReaderLanguage = "fr") -> Page:
    """As large as the records allow: 10,000 mentions, forty others, agreed texts without end made of ``text``."""
    endless = Localized(fr=text * 400, en=text * 400)
    ladder = tuple(step.model_copy(update={"what": endless}) for step in CLAUSE.ladder) * 10
    clause = CLAUSE.model_copy(update={"title": endless, "holding_statement": endless, "ladder": ladder})
    return make_page(
        missing=("comms", "legal", "it"),
        one_is_enough=True,
        language=language,
        clause=clause,
        brand_name=text * 9,
        person_name=text * 9,
        story=make_story(mentions=10_000, authors=9_000, reach=2**62, mentions_last_5_min=10_000),
        others=tuple(OtherPaged(department="it", person=text * 9) for _ in range(40)),
        possible_duplicate=True,
        summary=make_summary(text, MAX_BUNDLED),
        legal_note_waits=True,
    )


def make_summary(
    text: str = "Véloria", number: int = 3, kind: Literal["storm", "digest"] = "storm"
) -> Summary:
    """Other incidents of a message, ``number`` of them named and as many more counted."""
    title = Localized(fr=f"Fuite de données alléguée {text}", en=f"Alleged data leak {text}")
    bundled = tuple(
        BundledIncident(
            label=f"T-{place}",
            severity="critical" if place < number else "warning",
            department="legal",
            title=title,
            brand_name=text * 9,
        )
        for place in range(1, number + 1)
    )
    silences = tuple(
        ShownSilence(label=f"S-{place}", author=text * 9, reason=text * 9, until=NOW) for place in range(10)
    )
    return Summary(kind=kind, bundled=bundled, more=number, critical=number - 1, silences=silences)

"""What the demonstration says in the terminal, in English and in French."""

from collections.abc import Mapping
from dataclasses import dataclass

from deploy.demo.fates import NotPaged
from routing.page import ReaderLanguage


@dataclass(frozen=True, slots=True)
class DemoWords:
    """One language. A phrase that one of them lacks does not type-check."""

    language: ReaderLanguage
    welcome: str
    page_at: str
    posts: str
    not_yet: str
    grew: str
    one_person: str
    several_people: str
    grows: str
    page: str
    because: str
    says: str
    after: str
    informed: str
    informed_whom: str
    answers: str
    answered: str
    escalated: str
    slept: str
    aside: str
    set_aside: str
    came_in: str
    led_to: str
    led_to_value: str
    paged: str
    paged_value: str
    fast: str
    fast_value: str
    quiet: str
    proof: str
    people: Mapping[str, str]
    reasons: Mapping[NotPaged, str]


ENGLISH = DemoWords(
    language="en",
    welcome="Twenty minutes in the life of Véloria, an invented maker of e-bikes, told in {seconds} seconds.\n"
    "Posts come in from Bluesky, Mastodon, news feeds and a signed webhook. Nearly all of them are harmless.\n"
    "Whoever is called answers after a moment, except IT on-call, who sleeps.",
    page_at="Live page: {url}",
    posts="posts",
    not_yet="not yet",
    grew="growing",
    one_person="one person so far: nobody is called",
    several_people="{n} people so far: nobody is called",
    grows="the story has {authors}: {reach}",
    page="PAGE",
    because="because",
    says="it says {words}",
    after="{seconds} s after the post was seen",
    informed="informed",
    informed_whom="{people} · {label} · {title}",
    answers="answered",
    answered="{person} · {label}: nobody else is called ({department})",
    escalated="ESCALATION",
    slept="{person} did not answer within {seconds} s",
    aside="set aside",
    set_aside="a broken payload, the rest goes on: {detail}",
    came_in="Came in",
    led_to="Led to",
    led_to_value="{stories} stories, {findings} findings, {incidents} incidents",
    paged="Paged",
    paged_value="{pages} pages, {escalated} of them an escalation; {informed} messages that wake nobody",
    fast="How fast",
    fast_value="from a post being seen to its page being sent: p50 {p50} s, p99 {p99} s",
    quiet="Paged nobody",
    proof="Every page cites its clause of playbook {version} (SHA-256 {sha256}…).\n"
    "Your own brands: copy {example}, then run: tocsin run -c tocsin.yaml",
    people={
        "comms-oncall": "Comms on-call",
        "comms-lead": "Comms lead",
        "legal-oncall": "Legal on-call",
        "legal-lead": "Legal lead",
        "it-oncall": "IT on-call",
        "it-lead": "IT lead",
        "duty": "Duty officer",
    },
    reasons={
        "of_no_brand": "brand not named",
        "nothing_agreed": "brand named, no clause of the playbook met",
        "too_small": "a clause would be met, if more people were concerned",
        "informed_only": "somebody informed, nobody called",
        "already_called": "part of an incident whose people were called already",
        "not_judged": "deletions or repeats",
    },
)

FRENCH = DemoWords(
    language="fr",
    welcome="Vingt minutes dans la vie de Véloria, marque fictive de vélos électriques, en {seconds} secondes.\n"
    "Les publications arrivent de Bluesky, de Mastodon, de fils de presse et d’un webhook signé. "
    "Presque toutes sont anodines.\n"
    "Chaque personne appelée répond après un moment, sauf TI (garde), qui dort.",
    page_at="Page en direct : {url}",
    posts="publications",
    not_yet="pas encore",
    grew="grandit",
    one_person="une seule personne en parle : personne n’est appelé",
    several_people="{n} personnes en parlent : personne n’est appelé",
    grows="l’histoire compte {authors} : {reach}",
    page="ALERTE",
    because="parce que",
    says="on y lit {words}",
    after="{seconds} s après avoir vu la publication",
    informed="informés",
    informed_whom="{people} · {label} · {title}",
    answers="réponse",
    answered="{person} · {label} : personne d’autre n’est appelé ({department})",
    escalated="ESCALADE",
    slept="{person} n’a pas répondu en {seconds} s",
    aside="écarté",
    set_aside="un message mal formé, le reste continue : {detail}",
    came_in="Reçu",
    led_to="Résultat",
    led_to_value="{stories} histoires, {findings} constats, {incidents} incidents",
    paged="Alertes",
    paged_value="{pages} alertes, dont {escalated} par escalade; {informed} messages qui ne réveillent personne",
    fast="Rapidité",
    fast_value="de la publication vue à l’alerte envoyée : p50 {p50} s, p99 {p99} s",
    quiet="Sans alerte",
    proof="Chaque alerte cite sa clause du plan {version} (SHA-256 {sha256}…).\n"
    "Pour vos propres marques : copiez {example}, puis lancez tocsin run -c tocsin.yaml",
    people={
        "comms-oncall": "Communications (garde)",
        "comms-lead": "Communications (responsable)",
        "legal-oncall": "Affaires juridiques (garde)",
        "legal-lead": "Affaires juridiques (responsable)",
        "it-oncall": "TI (garde)",
        "it-lead": "TI (responsable)",
        "duty": "Permanence",
    },
    reasons={
        "of_no_brand": "marque non nommée",
        "nothing_agreed": "marque nommée, aucune clause du plan remplie",
        "too_small": "une clause serait remplie, si plus de gens étaient touchés",
        "informed_only": "simple message d’information, personne appelé",
        "already_called": "incident déjà pris en charge",
        "not_judged": "suppressions ou répétitions",
    },
)


def words_in(language: ReaderLanguage) -> DemoWords:
    """The words of a language."""
    return FRENCH if language == "fr" else ENGLISH

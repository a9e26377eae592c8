"""What is said in the demonstration: everyday chatter, and an incident that grows in it. Deterministic, invented."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

SourceName = Literal["bluesky", "feeds", "mastodon", "webhook"]
Language = Literal["fr", "en"]

SECONDS = 1_200  # the tape's own length
CHATTER: dict[SourceName, int] = {"bluesky": 1_150, "mastodon": 620, "webhook": 240, "feeds": 220}
VIDEO = "https://video.example/v/frein-cote"


@dataclass(frozen=True, slots=True)
class Post:
    """One thing said. ``at``: seconds after the start. ``name`` is unique; ``of`` is the name of another post."""

    name: str
    at: float
    source: SourceName
    language: Language
    text: str
    followers: int = 0
    link: str = ""
    title: str = ""
    kind: Literal["post", "boost", "quote", "edit", "delete"] = "post"
    of: str = ""
    author: str = ""


def posts() -> list[Post]:
    """Everything, in order of time; the same on every run."""
    dice = random.Random(20_260_314)  # noqa: S311 - a story, not a secret
    return sorted([*_chatter(dice), *_incident(dice), *_others()], key=lambda post: (post.at, post.name))


# ------------------------------------------------------------------------------------ everyday chatter

_PLACES = (
    "Rimouski", "Québec", "Trois-Rivières", "Halifax", "Ottawa", "Sherbrooke", "Gatineau", "Moncton", "Toronto",
    "Saguenay", "Laval", "Kingston", "Longueuil", "Lévis", "Montréal",
)  # fmt: skip
_EVERYDAY: tuple[tuple[Language, str], ...] = (
    ("fr", "Belle journée au parc à {place}, les enfants ont adoré 🌞"),
    ("fr", "Quelqu’un a une recette de pouding chômeur qui ne rate jamais?"),
    ("fr", "Le métro est encore arrêté, bon matin quand même"),
    ("fr", "Il neige à {place}, déjà. On sort les bottes."),
    ("fr", "Mon chat a mangé mon lunch. Le coupable dort."),
    ("fr", "On part en camping près de {place} en fin de semaine"),
    ("fr", "Le café du coin a rouvert, le cortado est à {n} $"),
    ("fr", "Les pommes sont bonnes cette année, {n} livres pour la compote"),
    ("fr", "Réunion de {n} minutes qui aurait pu être un courriel"),
    ("fr", "Vélo jusqu’à {place} ce matin, {n} km contre le vent"),
    ("fr", "Qui écoute le match ce soir? On reçoit à {place}"),
    ("fr", "Panne de courant à {place}, on joue aux cartes à la chandelle"),
    ("fr", "Je cherche un bon mécanicien de vélo du côté de {place}"),
    ("fr", "Chapitre {n} terminé. Ce roman est une merveille."),
    ("en", "Coffee first, then everything else ☕"),
    ("en", "The game tonight was something else, {n} minutes of overtime"),
    ("en", "New keyboard day! It clicks like rain."),
    ("en", "Reading on the balcony in {place}, no plans at all"),
    ("en", "Anyone else tired of meetings? That was number {n} this week"),
    ("en", "That sunset over the river in {place}, wow"),
    ("en", "Trying to fix my bike chain, wish me luck"),
    ("en", "The bakery in {place} sells out by nine. Worth it."),
    ("en", "My phone battery died on page {n} of the boarding queue"),
    ("en", "Scam call number {n} today. Blocked, blocked, blocked."),
    ("en", "Rode {n} km along the canal, legs are jelly"),
    ("en", "Does anyone in {place} lend a tent for the long weekend?"),
    ("en", "Fire alarm at work again, {n} minutes in the parking lot"),
    ("en", "The dog next door learned to open the gate"),
)
_ABOUT_BRAND: tuple[tuple[Language, str], ...] = (
    ("fr", "Tour du lac avec mon Véloria, {n} km, ça roule tout seul"),
    ("fr", "Mon Véloria est au garage pour sa mise au point du printemps"),
    ("fr", "Le nouveau catalogue de Véloria est sorti, le vert forêt me fait de l’œil"),
    ("fr", "Quelqu’un a essayé le porte-bagages #Veloria pour deux sacoches?"),
    ("fr", "Vu trois Véloria attachés devant la bibliothèque de {place}"),
    ("fr", "On hésite entre un Véloria et un vélo-cargo pour {place}"),
    ("fr", "L’autonomie d’un Véloria en hiver, c’est combien? J’ai {n} km à faire"),
    ("fr", "Première sortie de l’année avec le Véloria, il faisait {n} degrés"),
    ("fr", "Quelle pression mettez-vous dans les pneus de votre Véloria?"),
    ("en", "Saw three Veloria bikes on the bridge in {place} this morning"),
    ("en", "Thinking about a Veloria for the commute, {n} km each way"),
    ("en", "Veloria has a shop on the corner in {place} now"),
    ("en", "Which lock do you use on your Veloria?"),
    ("en", "My Veloria just passed {n}00 km, time for new tires"),
    ("en", "Does the #Veloria child seat fit the older frame?"),
    ("en", "Riding the Veloria to {place} on Saturday if the rain holds off"),
)
# What looks like trouble to a list of words, and is none.
_TRAPS: tuple[tuple[Language, str], ...] = (
    ("fr", "Panne de métro ce matin, une chance que j’ai mon Véloria!"),
    ("fr", "Soirée autour du feu, la batterie de mon Véloria est pleine pour demain, le bonheur!"),
    ("fr", "Je pensais que le rabais Véloria par courriel était une arnaque, mais non, tout est beau!"),
    ("fr", "Mon Véloria me tue… de rire : mon chien dort dans le panier"),
    ("fr", "Véloria me demande encore mes renseignements personnels pour un simple essai routier, bof."),
    ("en", "Are e-bike insurance plans a scam? Asking for my Veloria."),
    ("en", "My old car broke down again, the Veloria never does."),
    ("en", "Is it dangerous to leave a Veloria battery on the charger all night?"),
    ("en", "Sick bike, this Veloria. Killer brakes!"),
    ("en", "My Veloria battery drains fast in winter, annoying."),
)


def _chatter(dice: random.Random) -> Iterator[Post]:
    for source, count in CHATTER.items():
        for number in range(count):
            language, text = dice.choice(_ABOUT_BRAND if number % 38 == 7 else _EVERYDAY)
            text = text.format(place=dice.choice(_PLACES), n=dice.randrange(3, 90))
            at = round(dice.uniform(0, SECONDS), 3)
            yield Post(f"c{source[0]}{number}", at, source, language, text, dice.randrange(5, 900))
    sources = ("bluesky", "mastodon", "webhook")
    for number, (language, text) in enumerate(_TRAPS):
        name, at = f"trap{number}", 60 + number * 110.0
        yield Post(name, at, _source(sources[number % 3]), language, text, dice.randrange(5, 900))


# ------------------------------------------------------------------------------------ the incident

_SPREAD: tuple[tuple[Language, str], ...] = (
    ("fr", "Regardez ça avant de remonter sur votre Véloria. Le frein avant lâche, c’est dangereux."),
    ("fr", "Honte à Véloria. Des freins qui lâchent en pleine côte et personne ne répond."),
    ("fr", "Mon ado roule en Véloria tous les jours. Cette vidéo me fait peur, c’est inacceptable."),
    ("fr", "Même chose ici : les freins de mon Véloria ont lâché la semaine passée. Dangereux."),
    ("fr", "Véloria, c’est grave. Des gens se blessent et vous ne dites rien."),
    ("fr", "Trois courriels à Véloria pour mes freins défectueux, aucune réponse. Je suis en colère."),
    ("fr", "Très déçu de Véloria. On ne joue pas avec les freins."),
    ("en", "Watch this before you ride your Veloria again. Brakes failing on a hill. Awful."),
    ("en", "Ashamed I recommended Veloria to my sister. Terrible brakes, terrible support."),
    ("en", "The front brake on my Veloria failed too. This is dangerous and nobody answers."),
    ("en", "Veloria, people are getting hurt. This silence is disgraceful."),
    ("en", "I am scared to ride my Veloria to work now. Unsafe brakes, awful service."),
    ("en", "Horrible video. My Veloria stays in the shed until somebody explains these brakes."),
    ("en", "So angry at Veloria. Faulty brakes on a bike that costs this much? Unacceptable."),
)
SPREAD_POSTS = 84


def _incident(dice: random.Random) -> Iterator[Post]:
    yield Post(
        "first", 90, "bluesky", "fr",
        "Les freins de mon Véloria ont lâché en pleine côte ce matin. J’ai fini dans le fossé, c’est dangereux.",
        link=VIDEO,
    )  # fmt: skip
    yield Post(
        "second", 132, "mastodon", "en",
        "My Veloria front brake failed on a hill too, really dangerous. Same sound as in this video.",
        240, VIDEO,
    )  # fmt: skip
    yield Post(
        "third", 176, "webhook", "fr",
        "Le frein avant de mon Véloria a lâché hier soir. C’est dangereux, j’ai mal au poignet. Même vidéo ici :",
        35, VIDEO,
    )  # fmt: skip
    for number in range(SPREAD_POSTS):  # faster and faster, in both languages
        language, text = _SPREAD[dice.randrange(len(_SPREAD))]
        at = round(205 + 930 * (number / SPREAD_POSTS) ** 0.6, 3)
        source = _source(("bluesky", "mastodon", "mastodon", "webhook", "bluesky")[number % 5])
        followers = (
            dice.randrange(18_000, 30_000) if number % 5 == 2 and number > 10 else dice.randrange(80, 2_500)
        )
        yield from _told(number, Post(f"s{number}", at, source, language, text, followers, VIDEO))
    yield Post(
        "brand", 1_040, "mastodon", "fr",
        "Nous avons vu la vidéo. Si un frein de votre Véloria vous inquiète, ne roulez pas et écrivez-nous.",
        18_000, author="veloria",
    )  # fmt: skip
    yield Post(
        "news", 930, "feeds", "fr",
        "Une vidéo montre des freins de vélos Véloria qui lâchent. Plusieurs chutes, des blessés légers. "
        "L’entreprise n’a pas répondu à nos questions.",
        link=VIDEO, title="Freins de vélos Véloria : des chutes et des questions sans réponse",
    )  # fmt: skip


def _told(number: int, post: Post) -> Iterator[Post]:
    """A post of the spread as the network tells it: some quote the first one, some are boosted, edited, deleted."""
    if post.source == "bluesky" and number % 3 == 0:
        yield Post(post.name, post.at, post.source, post.language, post.text, kind="quote", of="first")
        return
    yield post
    if post.source == "mastodon" and number % 4 == 1:
        yield Post(
            f"b{number}", post.at + 20, "mastodon", post.language, post.text, 900, kind="boost", of=post.name
        )
    if number == 12:
        edited = (
            f"{post.text} (Ajout : je vais bien.)"
            if post.language == "fr"
            else f"{post.text} (Edit: I am fine.)"
        )
        yield Post(f"e{number}", post.at + 70, post.source, post.language, edited, kind="edit", of=post.name)
    if number == 20:
        yield Post(f"d{number}", post.at + 90, post.source, post.language, "", kind="delete", of=post.name)


def _others() -> Iterator[Post]:
    """What comes along with an incident: swindlers, a threat, a praise, and an outage too small to call anybody."""
    yield Post(
        "phish", 430, "mastodon", "fr",
        "Attention : un faux texto au nom de Véloria demande un paiement pour « remplacer vos freins ». "
        "C’est une arnaque, ne cliquez pas.",
        5_200, author="securite",
    )  # fmt: skip
    yield Post(
        "phish2", 520, "bluesky", "en",
        "Got a text message pretending to be Veloria, it wants my card to book a brake repair. It’s a scam.",
    )  # fmt: skip
    yield Post(
        "praise", 300, "mastodon", "fr",
        "J’adore mon Véloria, bravo à toute l’équipe, quel plaisir de rouler!", 31_000,
    )  # fmt: skip
    yield Post(
        "threat", 1_010, "mastodon", "fr",
        "Action collective contre Véloria pour les freins : qui veut en être?", 900,
    )  # fmt: skip
    for number, at in enumerate((250, 340, 610)):
        text = "L’application Véloria est en panne chez moi, impossible de se connecter depuis tantôt"
        yield Post(f"out{number}", at, "webhook", "fr", text, 40 + number)


def _source(name: str) -> SourceName:
    return next(one for one in CHATTER if one == name)

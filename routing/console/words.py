"""What the pages say, in French and English; a test proves that both are whole."""

from typing import Literal

PageLanguage = Literal["fr", "en"]

WORDS: dict[PageLanguage, dict[str, str]] = {
    "fr": {
        "incidents": "Incidents", "none": "Aucun incident. Les publications sont suivies.", "said": "Ce qui est dit",
        "why": "Pourquoi cette alerte", "do": "Ce qui a été convenu", "statement": "Déclaration d’attente",
        "acknowledge": "Je m’en occupe", "resolve": "Clore l’incident", "who": "Qui a été prévenu",
        "reach": "Portée", "mentions": "Publications", "authors": "Auteurs", "history": "Historique",
        "done": "C’est noté.", "already": "C’était déjà noté, par", "old_cycle": "Ce lien date d’un épisode antérieur.",
        "not_found": "Cet incident n’existe pas.", "bad_link": "Ce lien n’est pas valable ou il a expiré.",
        "open": "ouvert", "acknowledged": "pris en charge", "resolved": "clos", "info": "information",
        "warning": "avertissement", "critical": "critique", "comms": "communications", "legal": "juridique",
        "it": "informatique", "next": "Étape suivante", "counters": "Depuis le démarrage",
        "of_no_brand": "sans la marque",
        "readings": "lectures", "stories": "histoires", "findings": "constats", "rejected": "mises de côté",
        "author": "par", "followers": "abonnés", "unknown": "nombre inconnu",
    },
    "en": {
        "incidents": "Incidents", "none": "No incident. Posts are being followed.", "said": "What is said",
        "why": "Why this page", "do": "What was agreed", "statement": "Holding statement",
        "acknowledge": "I am on it", "resolve": "Close the incident", "who": "Who was told",
        "reach": "Reach", "mentions": "Posts", "authors": "Authors", "history": "History",
        "done": "Noted.", "already": "It was noted already, by", "old_cycle": "This link is of an earlier episode.",
        "not_found": "There is no such incident.", "bad_link": "This link is not valid or has expired.",
        "open": "open", "acknowledged": "acknowledged", "resolved": "closed", "info": "info",
        "warning": "warning", "critical": "critical", "comms": "communications", "legal": "legal",
        "it": "IT", "next": "Next step", "counters": "Since start", "of_no_brand": "of no brand",
        "readings": "readings", "stories": "stories", "findings": "findings", "rejected": "set aside",
        "author": "by", "followers": "followers", "unknown": "number unknown",
    },
}  # fmt: skip


def language_of(wanted: str | None, accept: str) -> PageLanguage:
    """French when asked for, or when the browser prefers it; else English."""
    if wanted in {"fr", "en"}:
        return "fr" if wanted == "fr" else "en"
    return "fr" if accept.strip().lower().startswith("fr") else "en"

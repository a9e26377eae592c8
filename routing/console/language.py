"""Which language a page speaks: what the reader asked for, the recipient's, or what the browser prefers. Pure."""

from routing.page import ReaderLanguage


def chosen(wanted: str | None) -> ReaderLanguage | None:
    """The language of the page's own switch (``?lang=``), None when it was not used."""
    if wanted == "fr":
        return "fr"
    return "en" if wanted == "en" else None


def preferred(accept_language: str) -> ReaderLanguage:
    """French or English, whichever an Accept-Language header likes better; English when it names neither."""
    best: ReaderLanguage = "en"
    best_weight = 0.0
    for item in accept_language[:500].split(","):
        tag, _, parameters = item.strip().lower().partition(";")
        language = tag.split("-")[0].strip()
        weight = _weight(parameters)
        if language in {"fr", "en"} and weight > best_weight:
            best, best_weight = ("fr" if language == "fr" else "en"), weight
    return best


def _weight(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if not name:
        return 1.0
    try:
        weight = float(value) if name.strip() == "q" else 0.0
    except ValueError:
        return 0.0
    return weight if 0.0 <= weight <= 1.0 else 0.0

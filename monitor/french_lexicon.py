"""Loads the French word list and makes the forms of its words: plurals, feminines, conjugations.

Forms are made folded (no accents, lower case), because posts leave accents out. A form that no French speaker
would write does no harm: nobody writes it.
"""

from collections.abc import Iterator
from pathlib import Path

from monitor.text import fold, tokenize

_LEXICONS = Path(__file__).parent / "lexicons"

_FIRST_GROUP = (
    "e es ons eons ez ent er ee ees ant eant ait eait ais aient eaient ions iez "
    "era eras erai erons erez eront erait erais eraient a erent"
).split()
_SECOND_GROUP = (
    "ir is it issons issez issent i ie ies issant issait issais issaient ira irai iront irait isse".split()
)
_FEMININE = (
    ("eux", "euse"), ("aux", "ausse"), ("if", "ive"), ("el", "elle"), ("eil", "eille"), ("en", "enne"), ("on", "onne"),
    ("er", "ere"), ("et", "ete"), ("eur", "euse"), ("c", "que"), ("e", "e"),
)  # fmt: skip


class Lexicon:
    """Valences of words and phrases. ``verbs`` are the forms that a following *pas* negates."""

    def __init__(self, words: dict[str, float], phrases: dict[str, float], verbs: frozenset[str]) -> None:
        self.words, self.phrases, self.verbs = words, phrases, verbs


def load_french(path: Path = _LEXICONS / "french_valence.txt") -> Lexicon:
    """The French list with all its forms. Raises ValueError that names the line that is wrong."""
    words: dict[str, float] = {}
    phrases: dict[str, float] = {}
    verbs: set[str] = set()
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        valence, kind, entries = _parse(line, f"{path.name}:{number}")
        for entry in entries.split(";") if kind == "phrase" else entries.split():
            if kind == "phrase" or len(tokenize(entry.partition("/")[0])) > 1:
                phrases.setdefault(" ".join(entry.split()), valence)
                continue
            for form in _forms(kind, entry):
                words.setdefault(form, valence)
                if kind in {"verb", "verb2"}:
                    verbs.add(form)
    return Lexicon(words, phrases, frozenset(verbs))


def load_signs(path: Path = _LEXICONS / "emoji_valence.txt") -> tuple[dict[str, float], dict[str, float]]:
    """Valences of emoji (folded, as the tokenizer gives them) and of emoticons (as they are typed)."""
    emoji: dict[str, float] = {}
    emoticons: dict[str, float] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        valence, *signs = line.split() or ["#"]
        for sign in signs if not valence.startswith("#") else ():
            if any(token.kind == "emoji" for token in tokenize(sign)):
                emoji.setdefault(fold(sign), float(valence))
            else:
                emoticons.setdefault(sign, float(valence))
    return emoji, emoticons


def _parse(line: str, where: str) -> tuple[float, str, str]:
    valence, _, rest = line.partition(" ")
    kind, _, entries = rest.partition(" ")
    if kind not in {"adj", "noun", "verb", "verb2", "inv", "phrase"} or not entries.strip():
        raise ValueError(f"{where}: a line is valence, kind, words")
    if not -4 <= float(valence) <= 4:
        raise ValueError(f"{where}: a valence lies between -4 and 4")
    return float(valence), kind, entries


def _forms(kind: str, entry: str) -> Iterator[str]:
    word, _, feminine = fold(entry).partition("/")
    if kind == "inv":
        yield word
    elif kind == "verb":
        yield from (word.removesuffix("er") + ending for ending in _FIRST_GROUP)
    elif kind == "verb2":
        yield from (word.removesuffix("ir") + ending for ending in _SECOND_GROUP)
    else:
        yield from _singular_and_plural(word)
        if kind == "adj":
            yield from _singular_and_plural(feminine or _feminine(word))


def _singular_and_plural(word: str) -> tuple[str, str]:
    if word.endswith(("s", "x", "z")):
        return word, word
    if word.endswith("al"):
        return word, word.removesuffix("al") + "aux"
    return word, word + ("x" if word.endswith(("eau", "eu")) else "s")


def _feminine(word: str) -> str:
    for ending, feminine in _FEMININE:
        if word.endswith(ending):
            return word.removesuffix(ending) + feminine
    return word + "e"

"""A French tone scorer from a word list of our own: Quebec usage, negation, intensity, emphasis, emoji.

How it works, in the spirit of rule-based scorers for English: every word or phrase of the list gives its valence;
words before it strengthen or weaken it; negation turns it round and weakens it; after *mais* words count for more
and before it for less; capitals and exclamation marks strengthen. The sum becomes a compound score in -1..1.
"""

import math
import re
from collections.abc import Sequence
from functools import cached_property

from monitor.french_lexicon import Lexicon, load_french, load_signs
from monitor.masking import mask
from monitor.phrases import PhraseTable
from monitor.records import Language, Sentiment
from monitor.sentiment_scale import MAX_SCORED, abstention, judged
from monitor.text import Token, tokenize

_NEGATED = -0.7  # what negation makes of a valence: "pas bon" is less bad than "mauvais"
_ALPHA = 15.0  # the compound is s / sqrt(s*s + alpha): a sum of 4 gives 0.72
_CAPITALS = 0.7
_EXCLAMATION = 0.3
_BEFORE_BUT, _AFTER_BUT = 0.6, 1.4

_STRONGER = {
    "tres": 0.3, "vraiment": 0.3, "tellement": 0.35, "trop": 0.25, "super": 0.3, "hyper": 0.35, "ultra": 0.35,
    "extremement": 0.4, "totalement": 0.3, "completement": 0.3, "absolument": 0.35, "si": 0.2, "plus": 0.15,
    "full": 0.35, "ben": 0.2, "bien": 0.2, "carrement": 0.3, "grave": 0.3, "fucking": 0.4,
    "crissement": 0.4, "incroyablement": 0.35, "particulierement": 0.25, "tant": 0.2, "encore": 0.15,
    "grand": 0.2, "grande": 0.2, "gros": 0.25, "grosse": 0.25, "enormement": 0.35, "profondement": 0.3, "tout": 0.15,
}  # fmt: skip
_WEAKER = {
    "peu": 0.35,
    "presque": 0.3,
    "legerement": 0.4,
    "plutot": 0.2,
    "assez": 0.15,
    "moins": 0.8,
    "quasi": 0.3,
}
_NE = frozenset({"ne", "n"})
_BEFORE = frozenset("pas jamais aucun aucune aucunement sans ni guere plus rien nullement".split())
_AFTER = frozenset("pas jamais plus guere pantoute point".split())
_BUT = frozenset("mais cependant pourtant toutefois".split())
_EMOTICON_EDGES = r"(?<![^\s]){}(?![^\s.,!?])"


class FrenchLexiconScorer:
    """Scores French; abstains when no word, emoji or emoticon of the text carries any tone."""

    name = "french-lexicon-1"

    def __init__(self, lexicon: Lexicon | None = None) -> None:
        self._lexicon = lexicon or load_french()
        self._phrases = PhraseTable(self._lexicon.phrases.items())
        self._emoji, self._emoticons = load_signs()

    def score(self, text: str, language: Language, masked: Sequence[str]) -> Sentiment:
        """The tone of ``text``. ``language`` is not looked at: the caller says which scorer to ask."""
        compound = self.compound(mask(text[:MAX_SCORED], masked))
        return abstention(self.name) if compound is None else judged(compound, self.name)

    def compound(self, text: str) -> float | None:
        """The tone in -1..1 of a text without brand names, None when nothing in it carries tone."""
        tokens = [token for token in tokenize(text) if token.width == 1 and token.kind != "host"]
        words = [token.word for token in tokens]
        valences = self._valences(text, tokens, words) + self._emoticon_valences(text)
        if not valences:
            return None
        total = sum(valences)
        total += math.copysign(min(4, text.count("!")) * _EXCLAMATION, total) if total else 0.0
        return max(-1.0, min(1.0, total / math.sqrt(total * total + _ALPHA)))

    def _valences(self, text: str, tokens: list[Token], words: list[str]) -> list[float]:
        shouting = _shouts(text)
        by_phrase = self._phrase_valences(tokens)
        but = max((at for at, word in enumerate(words) if word in _BUT), default=None)
        valences = []
        for at, token in enumerate(tokens):
            valence, free = by_phrase.get(at, (self._of_word(token), True))
            if not valence:
                continue
            if free:
                valence = self._in_context(valence, at, words)
            if not shouting and _is_loud(text[token.start : token.end]):
                valence += math.copysign(_CAPITALS, valence)
            if but is not None:
                valence *= _BEFORE_BUT if at < but else _AFTER_BUT
            valences.append(valence)
        return valences

    def _of_word(self, token: Token) -> float:
        if token.kind == "emoji":
            return self._emoji.get(token.word, 0.0)
        return self._lexicon.words.get(token.word, 0.0)

    def _phrase_valences(self, tokens: list[Token]) -> dict[int, tuple[float, bool]]:
        """By index of token: the valence of the phrase that starts there, 0 for its other words."""
        index: dict[int, int] = {}
        for at, token in enumerate(tokens):
            index.setdefault(token.position, at)
        valences: dict[int, tuple[float, bool]] = {}
        hits = sorted(self._phrases.find(tokens), key=lambda hit: (hit.first, -hit.after))
        taken = -1
        for hit in hits:
            if hit.first < taken:
                continue  # the longest phrase that starts first is meant
            taken = hit.after
            for position in range(hit.first, hit.after):
                valences[index[position]] = (hit.value if position == hit.first else 0.0, False)
        return valences

    def _in_context(self, valence: float, at: int, words: list[str]) -> float:
        strength = 0.0
        for distance, word in enumerate(reversed(words[max(0, at - 2) : at]), 1):
            strength += (_STRONGER.get(word, 0.0) - _WEAKER.get(word, 0.0)) / distance
        valence *= max(0.2, 1 + strength)
        return valence * _NEGATED if self._is_negated(at, words) else valence

    def _is_negated(self, at: int, words: list[str]) -> bool:
        before, after = words[max(0, at - 4) : at], words[at + 1 : at + 3]
        for distance, word in enumerate(reversed(before), 1):
            # "plus" alone says "more"; after "ne" it says "no longer". A verb in between must not be far.
            if word in _BEFORE and (word != "plus" or _NE & set(before[: len(before) - distance])):
                return distance <= (4 if word in {"sans", "ni", "aucun", "aucune"} else 3)
        if _NE & set(before[-2:]):
            return bool(_AFTER & set(after))
        verb = words[at] in self._lexicon.verbs
        return bool(after) and ((verb and after[0] in {"pas", "jamais"}) or after[0] == "pantoute")

    def _emoticon_valences(self, text: str) -> list[float]:
        return [self._emoticons[found[0]] for found in self._emoticon_pattern.finditer(text)]

    @cached_property
    def _emoticon_pattern(self) -> re.Pattern[str]:
        longest_first = sorted(self._emoticons, key=len, reverse=True)
        return re.compile(_EMOTICON_EDGES.format("(?:" + "|".join(map(re.escape, longest_first)) + ")"))


def _is_loud(word: str) -> bool:
    return len(word) > 2 and word.isupper()


def _shouts(text: str) -> bool:
    """True when most of the text is in capitals, so that capitals stress nothing."""
    upper = sum(1 for letter in text if letter.isupper())
    return upper * 2 > sum(1 for letter in text if letter.isalpha())

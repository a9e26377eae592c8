"""Takes brand names out of a text before its tone is judged, so that "Best Buy" is not praise."""

from collections.abc import Sequence
from functools import lru_cache

from monitor.phrases import PhraseTable
from monitor.text import tokenize

_SIGNS = str.maketrans("*#@＃＠", "     ")  # a name is masked in every guise, so its own signs do not matter
STAND_IN = "item"  # a word without tone in any of our lists


def mask(text: str, names: Sequence[str]) -> str:
    """``text`` with every place of the names, in any spelling, hashtag or handle, replaced by one toneless word."""
    if not names:
        return text
    parts: list[str] = []
    done = 0
    for hit in _table(tuple(names)).find(tokenize(text)):
        if hit.start >= done:
            parts += (text[done : hit.start], STAND_IN)
            done = hit.end
    parts.append(text[done:])
    return "".join(parts)


@lru_cache(maxsize=1_024)
def _table(names: tuple[str, ...]) -> PhraseTable[None]:
    plain = [name.translate(_SIGNS) for name in names]
    # A name without any word, such as "!", can be nowhere in a text.
    return PhraseTable(
        (name, None) for name in plain if any(token.kind != "host" for token in tokenize(name))
    )

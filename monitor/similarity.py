"""Near-copies of a text, found without comparing it to every other: MinHash signatures in an LSH index.

What people change when they pass a text on (handles, links, "via @x", "RT @x:", the # of hashtags, emoji, case,
accents) is stripped first. Texts of fewer than ``LEAST_WORDS`` words have no signature: "lol" copies nobody.
"""

import re
import struct
from collections.abc import Hashable
from functools import lru_cache
from typing import Generic, TypeVar

import rensa

from monitor.text import fold

LEAST_WORDS = 5
SHORT_WORDS = 10  # below this a text must be all but equal: "X is great" and "X is awful" share most words
SHORT_LIKENESS = 0.8
LIKENESS = 0.5  # the share of common three-word runs from which on a text is a near-copy
MAX_CHARACTERS = 4_000
MAX_WORDS = 300
SHINGLE = 3

# Three rows a band: a pair that shares half of its runs is found in 94 % of cases, 0.6 in 99 %.
BANDS = 21
ROWS = 3
_HASHES = BANDS * ROWS
_SEED = 42
MAX_IN_BUCKET = 32  # a bucket that is fuller holds a phrase too common to tell stories apart

SIGNATURE_VERSION = f"rensa-{rensa.RMinHash.ALGORITHM_VERSION}-{_HASHES}-{_SEED}-{SHINGLE}"

_NUMBERS = struct.Struct(f"<{_HASHES}I")
_BANDS = struct.Struct(f"{4 * ROWS}s" * BANDS)
_NOISE = re.compile(
    r"(?:https?://|www\.)\S+ | ^\s*rt\s+@[\w@.\-]+:? | \b(?:via|by|par)\s+@[\w@.\-]+ | @[\w@.\-]+",
    re.VERBOSE,
)
# One sign of a script that puts no spaces between words, or a word.
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W_\u3040-\u30ff\u3400-\u9fff]+")

Key = TypeVar("Key", bound=Hashable)


class Signature:
    """The MinHash of a text: 63 numbers of 32 bits, and whether the text is short."""

    __slots__ = ("bands", "data", "numbers", "short")

    def __init__(self, data: bytes, short: bool) -> None:
        if len(data) != _NUMBERS.size:
            raise ValueError(f"a signature has {_NUMBERS.size} bytes, not {len(data)}")
        self.data = data
        self.short = short
        self.numbers = _NUMBERS.unpack(data)
        # Near-copies have at least one band in common.
        self.bands = _BANDS.unpack(data)

    def likeness(self, other: "Signature") -> float:
        """An estimate of the share of common three-word runs, 0 to 1; its error is about 0.06."""
        return sum(map(int.__eq__, self.numbers, other.numbers)) / _HASHES

    def is_near(self, other: "Signature") -> bool:
        """True when one text is a near-copy of the other."""
        return self.likeness(other) >= likeness_needed(self, other)


def likeness_needed(one: Signature, other: Signature) -> float:
    """From which likeness on two texts are near-copies: short texts must be all but equal."""
    return SHORT_LIKENESS if one.short or other.short else LIKENESS


def words_that_count(text: str) -> list[str]:
    """The folded words of ``text`` without what is changed when it is passed on; at most ``MAX_WORDS``."""
    folded = fold(text[:MAX_CHARACTERS])
    if "@" in folded or "/" in folded or "www." in folded:
        folded = _NOISE.sub(" ", folded)
    words: list[str] = _WORD.findall(folded)
    return words[:MAX_WORDS]


@lru_cache(maxsize=2_048)
def signature_of(text: str) -> Signature | None:
    """The signature of a text, None when it says too little to be recognised. Copies come in floods: remembered."""
    words = words_that_count(text)
    if len(words) < LEAST_WORDS:
        return None
    minhash = rensa.RMinHash(_HASHES, _SEED)
    minhash.update([" ".join(words[at : at + SHINGLE]) for at in range(len(words) - SHINGLE + 1)])
    return Signature(_NUMBERS.pack(*minhash.digest()), len(words) < SHORT_WORDS)


class NearCopies(Generic[Key]):
    """An index from signatures to keys. A key may have several signatures."""

    def __init__(self) -> None:
        self._buckets: tuple[dict[bytes, list[tuple[Signature, Key]]], ...] = tuple({} for _ in range(BANDS))

    def add(self, signature: Signature, key: Key) -> None:
        entry = (signature, key)
        for buckets, band in zip(self._buckets, signature.bands, strict=True):
            bucket = buckets.get(band)
            if bucket is None:
                buckets[band] = [entry]
            elif len(bucket) < MAX_IN_BUCKET:
                bucket.append(entry)

    def remove(self, signature: Signature, key: Key) -> None:
        """Forget a signature that was added for ``key``."""
        for buckets, band in zip(self._buckets, signature.bands, strict=True):
            bucket = buckets.get(band, [])
            left = [one for one in bucket if one[1] != key or one[0].data != signature.data]
            if left:
                buckets[band] = left
            elif bucket:
                del buckets[band]

    def near(self, signature: Signature) -> dict[Key, float]:
        """The keys of near-copies, each with its greatest likeness."""
        candidates: dict[int, tuple[Signature, Key]] = {}
        for buckets, band in zip(self._buckets, signature.bands, strict=True):
            if band in buckets:
                for one in buckets[band]:
                    candidates[id(one)] = one
        likeness: dict[Key, float] = {}
        for other, key in candidates.values():
            like = signature.likeness(other)
            if like >= likeness_needed(signature, other):
                likeness[key] = max(like, likeness.get(key, 0.0))
        return likeness

    def __len__(self) -> int:
        """Filled buckets: how much memory the index takes."""
        return sum(map(len, self._buckets))

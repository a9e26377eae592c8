"""How a post is seen by everything that compares words: folded, and cut into words that know where they stood.

*Folding* makes spellings equal that people take for the same: case, accents, ``œ`` and ``oe``, full-width and
mathematical letters, typographic apostrophes, invisible characters, skin tones. It works letter by letter, so
the folded text contains each folded word: the pre-filter of the matcher relies on that.

*Words* are runs of letters and digits. A hyphen parts words like a space; French elision parts the article
(``l'usine`` is ``l`` and ``usine``, but ``aujourd'hui`` is one word); the English possessive ``'s`` is dropped;
each emoji, ideograph and kana is a word. Positions count words: neighbours in a phrase differ by one.
"""

import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Literal, NamedTuple

import regex

Kind = Literal["word", "hashtag", "handle", "host", "emoji"]

_INVISIBLE = (
    r"\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff"
    r"\ufe00-\ufe0f\U000e0000-\U000e0fff"
)
_DROPPED = regex.compile(
    rf"[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\U0001f3fb-\U0001f3ff{_INVISIBLE}]+"
)
_SAME_LETTER = {
    "œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ı": "i",
    "\u2019": "'", "\u2018": "'", "\u02bc": "'", "\u2032": "'", "\uff07": "'",
}  # fmt: skip
_SPELLED_OTHERWISE = regex.compile(f"[{''.join(_SAME_LETTER)}]")
_CACHED_LENGTH = 32  # longer words are rare: caching them would let hostile posts fill the memory

ELISIONS = frozenset(
    ["c", "d", "j", "l", "m", "n", "s", "t", "qu", "jusqu", "lorsqu", "puisqu", "quoiqu", "quelqu", "presqu"]
)
APOSTROPHES = "'\u2019\u2018\u02bc\u2032\uff07"

# An ideograph, kana or other sign of a script that puts no spaces between words.
_SIGN = r"[\p{Han}\p{Hiragana}\p{Katakana}\u30fc\u3005]"
_LETTER = rf"[[\p{{L}}\p{{N}}]--[{_SIGN}{APOSTROPHES}]]"
_RUN = rf"{_LETTER}[[\p{{L}}\p{{N}}\p{{M}}{_INVISIBLE}]--[{_SIGN}{APOSTROPHES}]]*+"
_PICTURE = r"[\p{Extended_Pictographic}--[©®™‼⁉〰〽]]"
_JOINED = rf"[\ufe0f\U0001f3fb-\U0001f3ff]|\u200d{_PICTURE}|[\U000e0020-\U000e007f]"
_TAGGED = rf"[\w{_INVISIBLE}]"

_PIECE = regex.compile(
    rf"""(?V1)
      (?P<link>(?i:https?://|www\.)[^\s<>"«»“”]+)
    | (?<![\p{{L}}\p{{N}}_])[@\uff20](?P<handle>(?:[\w\-]++(?:\.[\w\-]++)+|\w+)(?:@[\w\-]++(?:\.[\w\-]++)+)?)
    | (?<![\p{{L}}\p{{N}}_&/])[\#\uff03](?P<hashtag>(?={_TAGGED}*\p{{L}}){_TAGGED}+)
    | (?P<word>{_RUN}(?:[{APOSTROPHES}]{_RUN})*)
    | (?P<sign>{_SIGN}\p{{M}}*)
    | (?P<emoji>[\U0001f1e6-\U0001f1ff]{{2}}|{_PICTURE}(?:{_JOINED})*)
    """,
    regex.VERBOSE,
)
_UPPER = rf"(?:\p{{Lu}}[\p{{M}}{_INVISIBLE}]*+)"
_OTHER = rf"(?:[\p{{L}}--[\p{{Lu}}{_SIGN}]][\p{{M}}{_INVISIBLE}]*+)"
_CAMEL = regex.compile(
    rf"(?V1){_UPPER}+(?!{_OTHER})|{_UPPER}?{_OTHER}+|\p{{N}}[\p{{N}}{_INVISIBLE}]*|{_SIGN}\p{{M}}*"
)
_WORDS_OF_LABEL = regex.compile(rf"(?V1)(?P<word>{_RUN})|(?P<sign>{_SIGN}\p{{M}}*)")
_APOSTROPHE = regex.compile(f"[{APOSTROPHES}]")


class Token(NamedTuple):
    """A word of a post. ``start`` and ``end`` are code points of the original text; ``position`` counts words.

    A hashtag of several words stands over them: ``width`` tells how many positions it covers.
    """

    word: str
    start: int
    end: int
    position: int
    width: int = 1
    kind: Kind = "word"


def fold(text: str) -> str:
    """``text`` as it is compared. Folding parts one by one and joining them gives the same as folding all."""
    if text.isascii():
        return text.lower()
    text = _DROPPED.sub("", unicodedata.normalize("NFKD", text))
    if text.isascii():
        return text.lower()
    text = _DROPPED.sub("", unicodedata.normalize("NFKD", text.casefold()))
    folded: str = _SPELLED_OTHERWISE.sub(lambda found: _SAME_LETTER[found[0]], text)
    return folded


_fold_short = lru_cache(maxsize=65_536)(fold)


def fold_word(word: str) -> str:
    """``fold`` of one word, remembered when the word is short."""
    return _fold_short(word) if len(word) <= _CACHED_LENGTH else fold(word)


@lru_cache(maxsize=8)  # one post is looked at by several stages in a row
def tokenize(text: str) -> tuple[Token, ...]:
    """The words of ``text`` in order; positions start at 0."""
    tokens: list[Token] = []
    position = 0
    for found in _PIECE.finditer(text):
        kind = found.lastgroup
        start = found.start()
        if kind == "hashtag":
            new = list(_hashtag_tokens(found[kind], start, position))
        elif kind == "handle":
            new = _handle_tokens(found[kind], start, position)
        elif kind == "link":
            new = list(_link_tokens(found[kind], start, position + 1))
            position += 1  # a link parts what stands before it from what stands after it
        elif kind == "emoji":
            new = [Token(fold_word(found[0]), start, found.end(), position, 1, "emoji")]
        else:
            new = list(_word_tokens(found[0], start, position))
        tokens += new
        position = max((one.position + one.width for one in new), default=position)
        position += kind == "link"
    return tuple(tokens)


def link_host(url: str) -> str:
    """The host that a link leads to, in lower case; empty where there is none."""
    start, end = _host_span(url)
    return url[start:end].casefold()


def is_host_of(host: str, domain: str) -> bool:
    """True when ``host`` is ``domain`` or one of its subdomains."""
    return bool(domain) and (host == domain or host.endswith("." + domain))


def _word_tokens(raw: str, start: int, position: int) -> Iterator[Token]:
    cuts = [found.start() for found in _APOSTROPHE.finditer(raw)]
    end = len(raw)
    if cuts and fold_word(raw[cuts[-1] + 1 :]) == "s":
        end = cuts.pop()
    begin = 0
    for cut in cuts:
        if fold_word(raw[begin:cut]) not in ELISIONS:
            break
        yield Token(fold_word(raw[begin:cut]), start + begin, start + cut, position)
        position += 1
        begin = cut + 1
    yield Token(fold_word(raw[begin:end]), start + begin, start + end, position)


def _hashtag_tokens(tag: str, start: int, position: int) -> Iterator[Token]:
    first, inside = position, start + 1  # the words of a hashtag stand after its sign
    for part in _CAMEL.finditer(tag):
        yield Token(fold_word(part[0]), inside + part.start(), inside + part.end(), position)
        position += 1
    end = inside + len(tag)
    yield Token(fold_word(tag), start, end, first, max(1, position - first), "hashtag")


def _handle_tokens(handle: str, start: int, position: int) -> list[Token]:
    forms = {fold_word(handle), fold_word(short_handle(handle))}
    end = start + 1 + len(handle)
    return [Token(form, start, end, position, 1, "handle") for form in sorted(forms)]


def short_handle(handle: str) -> str:
    """A handle without its server: ``veloria`` of ``veloria@social.example`` and ``veloria.bsky.example``."""
    return handle.partition("@")[0].partition(".")[0]


def _link_tokens(url: str, start: int, position: int) -> Iterator[Token]:
    begin, end = _host_span(url)
    labels = url[begin:end].split(".")
    for number, label in enumerate(labels):
        if number < len(labels) - 1 and not (number == 0 and label.casefold() == "www"):
            for word in _WORDS_OF_LABEL.finditer(label):
                at = start + begin + word.start()
                yield Token(fold_word(word[0]), at, at + len(word[0]), position, 1, "host")
                position += 1
        position += 1  # the labels of a host are no phrase
        begin += len(label) + 1


def _host_span(url: str) -> tuple[int, int]:
    scheme = url.find("://")
    start = 0 if scheme < 0 else scheme + 3
    ends = [at for at in (url.find(sign, start) for sign in "/?#\\") if at >= 0]
    end = min(ends, default=len(url))
    start = url.rfind("@", start, end) + 1 or start
    port = url.find(":", start, end)
    return start, end if port < 0 else port


def links_in(text: str) -> tuple[str, ...]:
    """The links written in a text, as they stand."""
    return tuple(found["link"] for found in _PIECE.finditer(text) if found["link"])

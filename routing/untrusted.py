"""Text from outside, made harmless before a person sees it.

``Untrusted`` holds a hostile string and refuses to be printed. ``inert``, ``inert_line`` and ``defang`` are the
only ways out; they give ``Inert``: no controls, no direction overrides, nothing invisible, no live address.
``Inert`` is still plain text, not markup: each channel escapes it with its own encoder, after which it is cut
again under the channel's own unit with ``truncate``.
"""

import unicodedata
from collections.abc import Callable
from typing import NewType

import idna
import regex

Inert = NewType("Inert", str)
Size = Callable[[str], int]

ELLIPSIS = "…"
_RAW_LIMIT = 40_000

# A joiner is kept only inside an emoji, a variation selector only after something that can be an emoji.
_INVISIBLE = regex.compile(
    r"(?!(?<=\p{Extended_Pictographic}[\uFE0F\U0001F3FB-\U0001F3FF]?)\u200D(?=\p{Extended_Pictographic}))"
    r"(?!(?<=\p{Emoji})[\uFE0E\uFE0F])"
    r"[[\p{Cc}--[\n]]\p{Cs}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}\uFFF9-\uFFFC]",
    regex.V1,
)
_LINE_BREAK = regex.compile(r"\r\n|[\r\v\f\x85\u2028\u2029]")
_STACKED_MARKS = regex.compile(r"(\p{M}{4})\p{M}+")  # towers of accents would hide the lines around them
_WIDE_GAP = regex.compile(r"[^\S\n]{3,}|[\t\u2800]+")
_SPACES = regex.compile(r"[\s--[\u00A0\u202F]]+", regex.V1)
_BLANK_LINES = regex.compile(r"\n[^\S\n]*(?:\n[^\S\n]*)+")
_GRAPHEME = regex.compile(r"\X")
_ADDRESS = regex.compile(r"(?i)(?<![a-z])(https?)://([^\s/?#]*)")
_OTHER_SCHEME = regex.compile(r"(?<!hxxps?)://")
_SCHEME = regex.compile(r"(?i)^([a-z][a-z0-9+.-]*):")
_HOST_DOT = regex.compile(r"(?<=[\w-])[.\uFF0E\uFF61](?=[^\W\d_]{2,})|(?<=[\w-])\u3002(?=[A-Za-z]{2,})")


class Untrusted:
    """A string that somebody outside wrote. It cannot be formatted or joined by accident."""

    __slots__ = ("_raw",)

    def __init__(self, raw: str) -> None:
        self._raw = raw

    def __str__(self) -> str:
        raise TypeError("text from outside has to go through inert(), inert_line() or defang() first")

    def __format__(self, spec: str) -> str:
        return str(self)

    def __repr__(self) -> str:
        return f"Untrusted({len(self._raw)} characters)"

    def clean(self) -> str:
        """The text without deceptive characters; addresses in it are still live."""
        return clean(self._raw)


def clean(text: str) -> str:
    """Valid, composed, visible text. Lines are kept; broken Unicode becomes U+FFFD."""
    text = text[:_RAW_LIMIT].encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    text = _LINE_BREAK.sub("\n", text)
    text = _WIDE_GAP.sub(" ", text)
    text = unicodedata.normalize("NFC", _INVISIBLE.sub("", text))
    text = _STACKED_MARKS.sub(r"\1", text)
    return unicodedata.normalize("NFC", _BLANK_LINES.sub("\n\n", _WIDE_GAP.sub(" ", text))).strip()


def one_line(text: str) -> str:
    """The text with every run of white space as one space; no-break spaces of numbers and French stay."""
    return str(_SPACES.sub(" ", text)).strip()


def inert(text: Untrusted, limit: int) -> Inert:
    """At most ``limit`` characters of the text, lines kept, its addresses defanged."""
    return truncate(_defang_addresses(text.clean()), limit)


def inert_line(text: Untrusted, limit: int) -> Inert:
    """Like ``inert``, on one line."""
    return truncate(one_line(_defang_addresses(text.clean())), limit)


def agreed(text: str, limit: int) -> Inert:
    """Text of the playbook or the configuration: cleaned and bounded, its addresses left as they are."""
    return truncate(clean(text), limit)


def agreed_line(text: str, limit: int) -> Inert:
    """Like ``agreed``, on one line."""
    return truncate(one_line(clean(text)), limit)


def defang(url: Untrusted, limit: int = 300) -> Inert:
    """A hostile address as text that nothing turns into a link: ``hxxps://host[.]tld/…``, host in punycode."""
    text = one_line(url.clean())
    if not _ADDRESS.match(text):
        text = _SCHEME.sub(r"\1[:]", text)
    return truncate(_defang_addresses(text), limit)


def _defang_addresses(text: str) -> str:
    text = _OTHER_SCHEME.sub("[:]//", _ADDRESS.sub(_defanged_origin, text))
    return str(_HOST_DOT.sub("[.]", text))


def _defanged_origin(match: "regex.Match[str]") -> str:
    scheme, authority = str(match.group(1)).lower(), str(match.group(2))
    user, at, place = authority.rpartition("@")
    host, colon, port = place.partition(":")
    shown = f"{user}{at}{_ascii_host(host)}{colon}{port}"
    return f"{scheme.replace('http', 'hxxp')}://{shown.replace('.', '[.]')}"


def _ascii_host(host: str) -> str:
    if host.isascii():
        return host
    try:
        return str(idna.encode(host, uts46=True), "ascii")
    except idna.IDNAError:
        return host


def utf8_size(text: str) -> int:
    """Bytes of the text in UTF-8."""
    return len(text.encode("utf-8", "surrogatepass"))


def utf16_size(text: str) -> int:
    """UTF-16 code units of the text: what JavaScript, Java and Slack call its length."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def truncate(text: str, limit: int, size: Size = len) -> Inert:
    """The longest beginning of whole graphemes whose ``size``, ellipsis included, is at most ``limit``.

    ``size`` must add up (``size(a + b) == size(a) + size(b)``): characters, UTF-16 units, bytes, or the length
    after escaping. Text that fits is returned unchanged.
    """
    if size(text) <= limit:
        return Inert(text)
    room = limit - size(ELLIPSIS)
    if room < 0:
        return Inert("")
    end = 0
    for grapheme in _GRAPHEME.finditer(text):
        room -= size(grapheme.group())
        if room < 0:
            break
        end = grapheme.end()
    return Inert(text[:end].rstrip() + ELLIPSIS)

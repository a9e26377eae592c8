"""Text of a short message: which alphabet it travels in, how many parts it is cut into, and what fits.

A message is sent in the 7-bit GSM alphabet as long as every character is in it: 160 places, or 153 in each of
several parts. One character outside makes all of it UCS-2: 70 units, or 67 in each of several parts.
"""

from collections.abc import Iterator, Sequence

from routing.untrusted import truncate, utf16_size

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("\f^{}\\[~]|€")  # two places each
# Typography that the GSM alphabet can say otherwise. Letters are never changed: a reader gets every accent.
_PLAIN = str.maketrans(
    {
        "\u00a0": " ",
        "\u202f": " ",
        "’": "'",
        "‘": "'",
        "“": '"',
        "”": '"',
        "«": '"',
        "»": '"',
        "–": "-",
        "—": "-",
        "·": "-",
        "…": "...",
    }
)


def is_gsm(text: str) -> bool:
    """Whether every character is in the GSM alphabet."""
    return all(one in _BASIC or one in _EXTENDED for one in text)


def economical(text: str) -> str:
    """The text with plain typography, if that brings all of it into the GSM alphabet and takes no more parts."""
    plain = text.translate(_PLAIN)
    return plain if is_gsm(plain) and segments(plain) <= segments(text) else text


def segments(text: str) -> int:
    """How many parts the text is sent in. No character is cut in two."""
    if is_gsm(text):
        sizes, alone, together = [1 + (one in _EXTENDED) for one in text], 160, 153
    else:
        sizes, alone, together = [utf16_size(one) for one in text], 70, 67
    return 1 if sum(sizes) <= alone else sum(1 for _ in _parts(sizes, together))


def _parts(sizes: Sequence[int], room: int) -> Iterator[int]:
    used = 0
    for size in sizes:
        if used + size > room:
            yield used
            used = 0
        used += size
    yield used


def fitted_sms(lines: Sequence[str], ending: str, most: int) -> str:
    """The lines and the ending in at most ``most`` parts. The last lines go first, then the end of the first.

    The ending is kept whole: it has to leave a part for the rest (``segments(ending) < most``).
    """
    for count in range(len(lines), 0, -1):
        text = economical("\n".join([*lines[:count], ending]))
        if segments(text) <= most:
            return text
    shortest, longest = 0, utf16_size(lines[0])
    while shortest < longest:  # the longest beginning that fits: more text never takes fewer parts
        middle = (shortest + longest + 1) // 2
        fits = segments(_beginning(lines[0], middle, ending)) <= most
        shortest, longest = (middle, longest) if fits else (shortest, middle - 1)
    return _beginning(lines[0], shortest, ending)


def _beginning(line: str, length: int, ending: str) -> str:
    return economical(f"{truncate(line, length, utf16_size)}\n{ending}".strip())

"""Reading a body that may be hostile: the size is bounded before and after decompression."""

import zlib
from collections.abc import AsyncIterator

from monitor.errors import InvalidPayload

_GZIP = {"gzip", "x-gzip"}
_WBITS_GZIP = 16 + zlib.MAX_WBITS


class CutShort(Exception):
    """The compressed body ended before its end mark: the connection was cut."""


async def read_body(chunks: AsyncIterator[bytes], encoding: str, limit: int) -> bytes:
    """The decoded body. Raises InvalidPayload ("too_large", "encoding") or CutShort.

    ``limit`` is in bytes of the decoded body; no more than that is ever held, however well it was compressed.
    """
    decode = Decoder(encoding)
    body = bytearray()
    async for chunk in chunks:
        body += decode.feed(chunk, limit + 1 - len(body))
        if len(body) > limit:
            raise InvalidPayload("too_large", f"the body is larger than {limit} bytes")
    decode.finish()
    return bytes(body)


class Decoder:
    """Undoes a content encoding, with a bound on what one call may give."""

    def __init__(self, encoding: str) -> None:
        name = encoding.strip().lower()
        if name in _GZIP:
            self._zlib: zlib._Decompress | None = zlib.decompressobj(_WBITS_GZIP)
        elif name == "deflate":
            self._zlib = zlib.decompressobj()
        elif name in {"", "identity"}:
            self._zlib = None
        else:
            raise InvalidPayload("encoding", "the body has a content encoding that was not asked for")

    def feed(self, chunk: bytes, most: int) -> bytes:
        """At most ``most`` (at least 1) decoded bytes of ``chunk``; more than fits is an error of the caller's."""
        if self._zlib is None:
            return chunk
        try:
            return self._zlib.decompress(chunk, max(1, most))
        except zlib.error:
            raise InvalidPayload("encoding", "the compressed body is damaged") from None

    def finish(self) -> None:
        """Raises CutShort when a compressed body has no end."""
        if self._zlib is not None and not self._zlib.eof:
            raise CutShort

"""Asks a timestamping authority over HTTP, with the same checked client that posts pages."""

from pathlib import Path

from pydantic import SecretStr

from monitor.errors import RefuseToStart
from routing.http import Answer, PostingClient
from routing.timestamp import BadStamp, check_stamp, read_authority, request_stamp
from routing.timestamp_settings import TimestampSettings

_HEADERS = {"content-type": "application/timestamp-query", "accept": "application/timestamp-reply"}


class Authority:
    """One configured authority. Raises RefuseToStart for a URL or certificate that cannot be used."""

    def __init__(self, settings: TimestampSettings, folder: Path) -> None:
        self.certificates = read_authority(folder / settings.certificate)
        try:
            self._client = PostingClient(
                SecretStr(settings.url), allow_private_addresses=settings.allow_private_addresses
            )
        except ValueError as error:
            raise RefuseToStart(f"routing.evidence.timestamp.url: {error}") from None

    async def stamp(self, data: bytes) -> bytes | BadStamp:
        """A checked stamp over ``data`` as the authority gave it, or why there is none. Never raises."""
        request = request_stamp(data)
        answer = await self._client.post(request.as_bytes(), _HEADERS)
        if not isinstance(answer, Answer):
            return BadStamp(f"the authority gave no answer: {type(answer).__name__}")
        if answer.status != 200 or not answer.complete:
            return BadStamp(f"the authority answered HTTP {answer.status}")
        checked = check_stamp(answer.body, data, self.certificates, request)
        return checked if isinstance(checked, BadStamp) else answer.body

    async def aclose(self) -> None:
        await self._client.aclose()

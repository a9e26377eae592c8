"""Pings a watchman outside: as long as it hears from us all is well, and when it hears nothing it calls people."""

from pydantic import SecretStr

from monitor.secret import SecretRef, read_secret
from routing.channels.target import Environ, authorities
from routing.http import Answer, PostingClient


class DeadMan:
    """One address of a dead-man service, which is a secret: whoever knows it can keep the service quiet.

    It is asked by the rules of every channel: https, checked public addresses, no redirects, bounded in time.
    """

    def __init__(self, url: SecretStr, *, allow_private_addresses: bool = False) -> None:
        """Raises ValueError for a URL that must not be talked to, without repeating it."""
        self._client = PostingClient(url, allow_private_addresses=allow_private_addresses, tls=authorities())

    @classmethod
    def of(cls, reference: SecretRef, *, allow_private_addresses: bool, environ: Environ = None) -> "DeadMan":
        """The service whose address ``reference`` names. Raises ValueError that says the mend."""
        return cls(read_secret(reference, environ), allow_private_addresses=allow_private_addresses)

    async def ping(self) -> str:
        """Say that all is well. Why that failed, safe to log; empty: it was heard. Never raises."""
        answer = await self._client.request("GET", b"", {})
        if not isinstance(answer, Answer):
            return f"{self._client.host}: {getattr(answer, 'reason', 'no answer')}"
        return "" if 200 <= answer.status < 300 else f"{self._client.host}: HTTP {answer.status}"

    async def aclose(self) -> None:
        await self._client.aclose()

"""What Twilio's calls to us share: forms signed together with the address that was called."""

import base64
import hmac
from collections.abc import Mapping, Sequence
from urllib.parse import parse_qsl
from xml.etree import ElementTree as ET

from aiohttp import web

from routing.channels.sms_text import economical
from routing.inbound.answering import Source
from routing.inbound.gate import Gate, Keys

Form = Mapping[str, str]


class SignedForms:
    """Reads what Twilio posts. ``public_url`` is the one that Twilio calls: behind a proxy the request cannot tell."""

    def __init__(self, gate: Gate, keys: Keys, public_url: str) -> None:
        self._gate = gate
        self._keys = keys
        self._public_url = public_url

    async def read(self, request: web.Request, source: Source) -> Form | web.Response:
        """The fields of a signed form, else the answer to give."""
        url, given = f"{self._public_url}{request.path_qs}", request.headers.get("X-Twilio-Signature", "")
        body = await self._gate.body(
            request, source, lambda raw, _: is_genuine(self._keys, url, pairs_of(raw), given)
        )
        return body if isinstance(body, web.Response) else dict(pairs_of(body) or ())


def pairs_of(body: bytes) -> Sequence[tuple[str, str]] | None:
    """A form's names and values; None for what is no form."""
    try:
        return parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=200)
    except ValueError:
        return None


def is_genuine(keys: Keys, url: str, pairs: Sequence[tuple[str, str]] | None, given: str) -> bool:
    """Twilio's scheme: the address and every field in order of its name, keyed with the account's token."""
    base = (url + "".join(f"{name}{value}" for name, value in sorted(set(pairs or ())))).encode()
    wanted = [base64.b64encode(hmac.new(key, base, "sha1").digest()) for key in keys]
    same = [hmac.compare_digest(one, given.encode("utf-8", "replace")) for one in wanted]
    return any(same) and pairs is not None


def xml(script: str) -> web.Response:
    """Instructions for Twilio."""
    return web.Response(text=script, content_type="text/xml")


def text_back(text: str) -> str:
    """The instructions that send a text message back; empty text sends none."""
    response = ET.Element("Response")
    if text:
        ET.SubElement(response, "Message").text = economical(text)
    return ET.tostring(response, encoding="unicode")

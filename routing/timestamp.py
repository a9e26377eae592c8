"""RFC 3161 timestamps: what is asked of an authority, and whether an answer is worth anything. Pure."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from rfc3161_client import (
    HashAlgorithm,
    TimeStampRequest,
    TimestampRequestBuilder,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from monitor.errors import RefuseToStart


@dataclass(frozen=True, slots=True)
class Stamped:
    """A good stamp: the authority had seen the data at this time."""

    at: datetime


@dataclass(frozen=True, slots=True)
class BadStamp:
    """Why an answer is no stamp of the data, in a few words without any text of the answer."""

    reason: str


def read_authority(path: Path) -> tuple[x509.Certificate, ...]:
    """The certificates in a PEM file that stamps are checked against. Raises RefuseToStart."""
    try:
        return tuple(x509.load_pem_x509_certificates(path.read_bytes()))
    except OSError as error:
        raise RefuseToStart(f"the certificate {path} cannot be read: {type(error).__name__}") from None
    except ValueError:
        raise RefuseToStart(
            f"{path} holds no certificate in PEM form: it must hold the authority's root, then others"
        ) from None


def request_stamp(data: bytes) -> TimeStampRequest:
    """A request for a stamp over the SHA-256 of ``data``, with a nonce, and the signer's certificate asked for."""
    return TimestampRequestBuilder().data(data).hash_algorithm(HashAlgorithm.SHA256).build()


def check_stamp(
    answer: bytes,
    data: bytes,
    authority: Sequence[x509.Certificate],
    request: TimeStampRequest | None = None,
) -> Stamped | BadStamp:
    """Whether ``answer`` stamps ``data`` and leads to the authority. ``request``: it must be the answer to it."""
    try:
        response = decode_timestamp_response(answer)
    except ValueError:
        return BadStamp("it is no RFC 3161 answer")
    builder = VerifierBuilder() if request is None else VerifierBuilder.from_request(request)
    for certificate in authority:
        builder = builder.add_root_certificate(certificate)
    try:
        builder.build().verify(response, hashlib.sha256(data).digest())
        return Stamped(response.tst_info.gen_time)
    except VerificationError as error:
        return BadStamp(str(error)[:200])
    except ValueError:
        return BadStamp("the authority refused, or its answer is not whole")

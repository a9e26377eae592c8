"""Secrets come from the environment or from files, never from the configuration itself."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr

SecretRef = Annotated[
    str,
    Field(
        pattern=r"^(env:[A-Za-z_][A-Za-z0-9_]*|file:.+)$",
        description='Where the secret is: "env:NAME" or "file:/run/secrets/name".',
    ),
]


def read_secret(reference: str, environ: Mapping[str, str] | None = None) -> SecretStr:
    """The secret that ``reference`` names. Raises ValueError that says how to provide it."""
    kind, _, where = reference.partition(":")
    if kind == "env":
        value = (os.environ if environ is None else environ).get(where, "")
        if not value:
            raise ValueError(f"the environment variable {where} is not set: export it with the secret")
        return SecretStr(value)
    if kind == "file":
        try:
            value = Path(where).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ValueError(f"the secret file {where} cannot be read: {type(error).__name__}") from None
        if not value:
            raise ValueError(f"the secret file {where} is empty")
        return SecretStr(value)
    raise ValueError('a secret is given as "env:NAME" or "file:/path", not in clear')

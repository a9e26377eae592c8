"""The one JSON codec of all records."""

from typing import TypeVar

from pydantic import BaseModel, ValidationError

from monitor.errors import UndecodableRecord

Model = TypeVar("Model", bound=BaseModel)


def encode(record: BaseModel) -> bytes:
    """A record as UTF-8 JSON; unknown (None) fields are left out and come back as None."""
    return record.model_dump_json(exclude_none=True).encode()


def decode(model: type[Model], data: bytes) -> Model:
    """The record in ``data``. Raises UndecodableRecord that names each wrong field."""
    try:
        return model.model_validate_json(data)
    except ValidationError as error:
        raise UndecodableRecord("invalid", describe(error)) from None


def describe(error: ValidationError) -> str:
    """The wrong fields and what is wrong with each, without repeating hostile input."""
    problems = error.errors(include_url=False, include_input=False)
    lines = [f"{'.'.join(str(part) for part in p['loc']) or 'record'}: {p['msg']}" for p in problems[:20]]
    more = len(problems) - 20
    return "; ".join([*lines, f"and {more} more"] if more > 0 else lines)[:2_000]

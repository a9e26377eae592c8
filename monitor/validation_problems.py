"""What pydantic found wrong, as mistakes at places of the user's own file.

Pydantic's locations hold parts that are in no file (the tags of unions, ``[key]``); its messages do not say
how to mend anything. Both are put right here, for any model.
"""

import copy
import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from monitor.durations import parse_duration
from monitor.model_shape import Shape
from monitor.yaml_tree import Path

_WANTED = {
    "date_type": ("this must be a date", "write it as 2027-06-30"),
    "date_parsing": ("this must be a date", "write it as 2027-06-30"),
    "date_from_datetime_parsing": ("this must be a date", "write it as 2027-06-30"),
    "string_type": ("this must be text", "put it in quotes"),
    "tuple_type": ("this must be a list", "write [first, second], or one - item per line"),
    "list_type": ("this must be a list", "write [first, second], or one - item per line"),
    "model_type": ("this must be a mapping of keys to values", "write key: value lines, indented"),
    "model_attributes_type": ("this must be a mapping of keys to values", "write key: value lines, indented"),
    "dict_type": ("this must be a mapping of keys to values", "write key: value lines, indented"),
    "int_type": ("this must be a whole number", "write a number such as 5, without quotes"),
    "int_parsing": ("this must be a whole number", "write a number such as 5, without quotes"),
    "int_from_float": ("this must be a whole number", "drop the decimals"),
    "float_type": ("this must be a number", "write a number such as 0.5, without quotes"),
    "float_parsing": ("this must be a number", "write a number such as 0.5, without quotes"),
    "bool_type": ("this must be true or false", "write true or false, without quotes"),
    "bool_parsing": ("this must be true or false", "write true or false, without quotes"),
    "time_delta_type": ("this must be a length of time", "write 90s, 5m, 2h or 1d"),
    "time_delta_parsing": ("this must be a length of time", "write 90s, 5m, 2h or 1d"),
}


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing wrong at ``path``, a path that leads through the user's data."""

    path: Path
    kind: Literal["value", "unknown_key", "missing_key"]
    message: str
    mend: str


def mistakes_of(error: ValidationError, data: Any, model: type[BaseModel]) -> Iterator[Mistake]:
    """Every mistake of ``data``, in pydantic's order; two of them can be the same."""
    schema = Shape.of(model)
    for details in error.errors(include_url=False, include_input=False):
        if not _only_follows(details, data):
            yield _mistake(details, data, schema)


def with_durations(data: Any, error: ValidationError) -> Any:
    """A copy of ``data`` in which ``5m`` stands as a timedelta wherever the model wanted a length of time."""
    changed = copy.deepcopy(data)
    for details in error.errors(include_url=False, include_input=False):
        if details["type"] != "time_delta_parsing":
            continue
        path = path_in(data, details["loc"])
        holder: Any = changed
        for part in path[:-1]:
            holder = holder[part]
        duration = _duration(holder[path[-1]])
        if duration is not None:
            holder[path[-1]] = duration
    return changed


def path_in(data: Any, loc: tuple[int | str, ...]) -> Path:
    """The parts of a pydantic location that lead through ``data``; tags of unions fall out."""
    path: list[int | str] = []
    for part in loc:
        if isinstance(data, list):
            found = isinstance(part, int) and part < len(data)
        else:
            found = isinstance(data, Mapping) and part in data
        if found:
            path.append(part)
            data = data[part]
    return tuple(path)


def _mistake(details: ErrorDetails, data: Any, schema: Shape) -> Mistake:
    kind, loc = details["type"], details["loc"]
    path = path_in(data, loc)
    if kind == "missing":
        field = str(loc[-1])
        hint = _list_of(schema.at(loc[:-1]).choices(field))
        return Mistake((*path, field), "missing_key", "this is missing", f"add {field}: {hint}".rstrip(": "))
    if kind == "extra_forbidden":
        fields = schema.at(loc[:-1]).fields()
        return Mistake(
            path,
            "unknown_key",
            "there is no such key here",
            _did_you_mean(str(loc[-1]), fields) or _known_keys(fields),
        )
    if kind in {"literal_error", "enum"}:
        return _wrong_choice(details, data, path)
    if kind in {"union_tag_invalid", "union_tag_not_found"}:
        return _wrong_tag(details, data, path)
    if kind in {"too_short", "too_long", "string_too_short", "string_too_long"}:
        return _wrong_size(details, data, path)
    if kind in _WANTED:
        return Mistake(path, "value", *_WANTED[kind])
    message = details["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ")
    if message.startswith("Input should "):
        message = f"this should {message.removeprefix('Input should ')}"
    hint = schema.at(loc).description() if kind == "string_pattern_mismatch" else ""
    if hint:
        return Mistake(path, "value", "this is not in the form that is wanted", hint)
    return Mistake(path, "value", message, "")


def _only_follows(details: ErrorDetails, data: Any) -> bool:
    """Whether a list is called too short only because items in it were wrong: those are told anyway."""
    if details["type"] != "too_short":
        return False
    value = _value_at(data, path_in(data, details["loc"]))
    return isinstance(value, list) and len(value) >= details["ctx"]["min_length"]


def _wrong_size(details: ErrorDetails, data: Any, path: Path) -> Mistake:
    context = details.get("ctx", {})
    what = "characters" if isinstance(_value_at(data, path), str) else "items"
    if "min_length" in context:
        least = context["min_length"]
        message = "this must not be empty" if least == 1 else f"this must have at least {least} {what}"
    else:
        message = f"this must have at most {context['max_length']:,} {what}"
    return Mistake(path, "value", message, "")


def _wrong_choice(details: ErrorDetails, data: Any, path: Path) -> Mistake:
    expected = str(details.get("ctx", {}).get("expected", ""))
    choices = [choice.strip().strip("'") for choice in expected.replace(" or ", ", ").split(",")]
    message = f"this must be one of: {', '.join(choices)}"
    return Mistake(path, "value", message, _did_you_mean(str(_value_at(data, path)), choices))


def _wrong_tag(details: ErrorDetails, data: Any, path: Path) -> Mistake:
    context = details.get("ctx", {})
    key = str(context.get("discriminator", "")).strip("'")
    choices = [choice.strip().strip("'") for choice in str(context.get("expected_tags", "")).split(",")]
    if details["type"] == "union_tag_not_found":
        return Mistake((*path, key), "missing_key", "this is missing", f"add {key}: and what it is")
    mend = _did_you_mean(str(context.get("tag", "")), choices)
    return Mistake((*path, key), "value", f"this must be one of: {', '.join(choices)}", mend)


def _did_you_mean(word: str, known: list[str]) -> str:
    close = difflib.get_close_matches(word.lower(), known, n=1, cutoff=0.6)
    return f"did you mean {close[0]!r}?" if close else ""


def _known_keys(fields: list[str]) -> str:
    return f"known keys: {', '.join(fields[:30])}" if fields else ""


def _list_of(choices: list[str]) -> str:
    return f"one of {', '.join(choices)}" if choices else ""


def _value_at(data: Any, path: Path) -> object:
    for part in path:
        data = data[part]
    return data


def _duration(value: object) -> timedelta | None:
    try:
        return parse_duration(value) if isinstance(value, str) else None
    except ValueError:
        return None

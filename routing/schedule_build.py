"""From the ``rotations:`` of the configuration to schedules that can be asked, and what is wrong with them. Pure."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from pydantic import ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from routing.schedule import Layer, Override, Schedule
from routing.schedule_rules import first_handover, parse_every, parse_handover, parse_window
from routing.schedule_settings import (
    Holidays,
    LayerSettings,
    OverrideSettings,
    RotationSettings,
    SwapSettings,
    ending,
    starting,
)

LONG_AGO = date(
    2000, 1, 3
)  # a Monday: where turns are counted from when there is only one person to take them

Place = tuple[str | int, ...]
Mistake = tuple[Place, str]


def build_schedule(rotation: RotationSettings, holidays: Holidays) -> Schedule:
    """The schedule of a rotation without mistakes."""
    layers = tuple(_layer(rotation, layer, holidays) for layer in rotation.layers)
    overrides = tuple(
        Override(
            one.person,
            starting(one.start, rotation.time_zone),
            ending(one.end, rotation.time_zone),
            one.replaces,
        )
        for one in rotation.overrides
    )
    return Schedule(rotation.id, layers, overrides)


def rotation_mistakes(
    rotation: RotationSettings, holidays: Holidays, people: Collection[str]
) -> Iterator[Mistake]:
    """What is wrong with a rotation that is in good form: where in it, and what to do."""
    for number, layer in enumerate(rotation.layers):
        for place, message in _layer_mistakes(layer, holidays, people):
            yield ("layers", number, *place), message
    for one, other in _twice([layer.name for layer in rotation.layers]):
        message = f"layer {one + 1} has the same name; give each layer its own name"
        yield ("layers", other), message
    for number, override in enumerate(rotation.overrides):
        for place, message in _override_mistakes(override, rotation.time_zone, people):
            yield ("overrides", number, *place), message
    for number, swap in enumerate(rotation.swaps):
        for place, message in _swap_mistakes(swap, rotation):
            yield ("swaps", number, *place), message


def refusal(mistakes: Iterable[Mistake]) -> ValidationError:
    """An error for a validator to raise, with each mistake at its own place of the file."""
    problems = (
        InitErrorDetails(
            type=PydanticCustomError("rotation", "{message}", {"message": message}), loc=place, input=None
        )
        for place, message in mistakes
    )
    return ValidationError.from_exception_data("rotations", list(problems))


def _layer(rotation: RotationSettings, layer: LayerSettings, holidays: Holidays) -> Layer:
    every = parse_every(layer.every)
    built = Layer(
        name=layer.name,
        zone=ZoneInfo(layer.time_zone or rotation.time_zone),
        people=layer.people,
        first_turn=first_handover(layer.since or LONG_AGO, every, parse_handover(layer.handover)),
        length=every.length,
        windows=tuple(parse_window(text) for text in layer.only),
        off_on=_dates(layer.off_on, holidays),
        only_on=_dates(layer.only_on, holidays) if layer.only_on else None,
    )
    swapped: dict[int, str] = {}
    for swap in rotation.swaps:
        if layer.people and swap.layer in {None, layer.name}:
            one, other = (built.turn_at(moment) for moment in swap.turns)
            first, second = (swapped.get(turn) or built.person(turn) for turn in (one, other))
            swapped |= {one: second, other: first}
    return replace(built, swapped=swapped)


def _dates(names: Collection[str], holidays: Holidays) -> frozenset[date]:
    return frozenset(day for name in names for day in holidays[name])


def _layer_mistakes(layer: LayerSettings, holidays: Holidays, people: Collection[str]) -> Iterator[Mistake]:
    for number, person in enumerate(layer.people):
        if person not in people:
            yield ("people", number), _unknown(person)
    for field, names in (("off_on", layer.off_on), ("only_on", layer.only_on)):
        for number, name in enumerate(names):
            if name not in holidays:
                yield (field, number), f"there is no list of holidays called {name}; add it under holidays"
    if layer.since is None and len(layer.people) > 1:
        yield (), "since is missing; write the day from which the first person's first turn counts"
    if parse_handover(layer.handover).weekday is not None and parse_every(layer.every).unit != "week":
        yield ("handover",), "only turns of weeks change on a day of the week; write the time alone"


def _override_mistakes(override: OverrideSettings, zone: str, people: Collection[str]) -> Iterator[Mistake]:
    for field, person in (("person", override.person), ("replaces", override.replaces)):
        if person is not None and person not in people:
            yield (field,), _unknown(person)
    if starting(override.start, zone) >= ending(override.end, zone):
        yield ("end",), "this is not after start; write the later time here"


def _swap_mistakes(swap: SwapSettings, rotation: RotationSettings) -> Iterator[Mistake]:
    named = [one for one in rotation.layers if swap.layer in {None, one.name}]
    if not named:
        yield (
            ("layer",),
            f"the rotation has no layer called {swap.layer}; write the name of one of its layers",
        )
        return
    if len(named) > 1:
        yield (), "the rotation has several layers; add layer: and the name of the one that is meant"
        return
    layer = named[0]
    every = parse_every(layer.every)
    first = first_handover(layer.since or LONG_AGO, every, parse_handover(layer.handover))
    turns = [(moment - first) // every.length for moment in swap.turns]
    for number, turn in enumerate(turns):
        if turn < 0:
            yield (
                ("turns", number),
                f"the layer's first turn starts only on {_shown(first)}; write a later time",
            )
    if turns[0] == turns[1]:
        yield ("turns", 1), "both times lie in the same turn; write a time within the other one"


def _shown(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"


def _unknown(person: str) -> str:
    return f"nobody has the id {person}; add them under people or mend the name"


def _twice(names: list[str]) -> Iterator[tuple[int, int]]:
    for number, name in enumerate(names):
        if name in names[:number]:
            yield names.index(name), number

"""Configuration files: strict YAML, and every mistake at its place."""

import hashlib
import json
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, field_validator

from monitor.errors import ConfigErrors, ConfigProblem
from monitor.settings import Name, Settings
from monitor.yaml_document import MAX_BYTES, Document, load_document, validate


class Mail(Settings):
    kind: Literal["mail"]
    to: str


class Chat(Settings):
    kind: Literal["chat"]
    channel: str
    colour: Literal["red", "green"] = "red"


class Plan(Settings):
    name: Name
    severity: Literal["info", "warning", "critical"]
    wait: Annotated[timedelta, Field(le=timedelta(days=1))] = timedelta(minutes=5)
    targets: tuple[Annotated[Mail | Chat, Field(discriminator="kind")], ...] = ()
    share: float = 0.0
    by_day: Annotated[dict[str, int], Field(default_factory=dict)]

    @field_validator("share")
    @classmethod
    def _at_most_one(cls, value: float) -> float:
        if value > 1:
            raise ValueError("a share is at most 1")
        return value


def load(text: str | bytes) -> Document:
    return load_document("plan.yaml", text)


def problems(text: str | bytes) -> list[str]:
    with pytest.raises(ConfigErrors) as raised:
        validate(load(text), Plan)
    return [str(problem) for problem in raised.value.problems]


def problems_of(text: str) -> tuple[ConfigProblem, ...]:
    try:
        validate(load(text), Plan)
    except ConfigErrors as error:
        return error.problems
    return ()


def test_values_are_plain_python_and_yaml_1_2() -> None:
    text = (
        "a: yes\nb: true\nc: 0x1f\nd: 012\ne: 1.5\nf: 2026-01-31\ng: ~\n"
        "h: '5'\ni: [1, x]\nj: |\n  two\n  lines\nk:\nl: {}\nm: 0o17\nn: 12:30\n"
    )
    data = load(text).data
    assert data == {
        "a": "yes",
        "b": True,
        "c": 31,
        "d": 12,
        "e": 1.5,
        "f": "2026-01-31",
        "g": None,
        "h": "5",
        "i": [1, "x"],
        "j": "two\nlines\n",
        "k": None,
        "l": {},
        "m": 15,
        "n": "12:30",
    }


def test_each_value_and_key_has_its_place() -> None:
    document = load("first: 1\nsecond:\n  - é: [10, 20]\n")
    assert document.position(("second", 0, "é", 1)) == (3, 13)
    assert document.key_position(("second", 0, "é")) == (3, 5)
    assert document.position(("second", 0, "gone", "deeper")) == (3, 5)
    assert document.position(()) == (1, 1)


def test_the_hash_is_of_the_bytes(tmp_path: Path) -> None:
    raw = "\ufeffname: a\r\n".encode()
    (tmp_path / "a.yaml").write_bytes(raw)
    document = load_document(tmp_path / "a.yaml")
    assert document.sha256 == hashlib.sha256(raw).hexdigest()
    assert document.data == {"name": "a"}


def test_all_mistakes_at_once_each_at_its_place() -> None:
    text = (
        "name: Big Name\n"
        "severty: critical\n"
        "wait: soon\n"
        "targets:\n"
        "  - kind: mail\n"
        "  - kind: chat\n"
        "    channel: 5\n"
        "    colour: redd\n"
        "  - kind: chatt\n"
        "  - to: x\n"
        "share: 2\n"
        "by_day: {monday: many}\n"
    )
    assert problems(text) == [
        "plan.yaml:1:1: severity: this is missing (add severity: one of critical, info, warning)",
        "plan.yaml:1:7: name: this is not in the form that is wanted (Lower-case letters, digits, - and _.)",
        "plan.yaml:2:1: severty: there is no such key here (did you mean 'severity'?)",
        "plan.yaml:3:7: wait: this must be a length of time (write 90s, 5m, 2h or 1d)",
        "plan.yaml:5:5: targets[0].to: this is missing (add to)",
        "plan.yaml:7:14: targets[1].channel: this must be text (put it in quotes)",
        "plan.yaml:8:13: targets[1].colour: this must be one of: red, green (did you mean 'red'?)",
        "plan.yaml:9:11: targets[2].kind: this must be one of: mail, chat (did you mean 'chat'?)",
        "plan.yaml:10:5: targets[3].kind: this is missing (add kind: and what it is)",
        "plan.yaml:11:8: share: a share is at most 1",
        "plan.yaml:12:18: by_day.monday: this must be a whole number (write a number such as 5, without quotes)",
    ]


def test_an_unknown_key_far_from_any_other_gets_the_known_ones() -> None:
    text = "name: a\nseverity: info\ntargets: [{kind: mail, to: x, zzz: 1}]\n"
    assert problems(text) == [
        "plan.yaml:3:31: targets[0].zzz: there is no such key here (known keys: kind, to)"
    ]


def test_lengths_of_time_are_written_as_people_do() -> None:
    assert validate(load("name: a\nseverity: info\nwait: 90s\n"), Plan).wait == timedelta(seconds=90)
    assert validate(load("name: a\nseverity: info\nwait: PT2H\n"), Plan).wait == timedelta(hours=2)
    assert problems("name: a\nseverity: info\nwait: 2d\n") == [
        "plan.yaml:3:7: wait: this should be less than or equal to 1 day"
    ]


def test_sizes_are_told_in_words_and_a_list_with_wrong_items_is_not_called_empty() -> None:
    class Crew(Settings):
        names: tuple[Annotated[str, Field(min_length=1, max_length=4)], ...] = Field(min_length=2)

    with pytest.raises(ConfigErrors) as raised:
        validate(load('names: ["", abcdefg]\n'), Crew)
    assert [str(problem) for problem in raised.value.problems] == [
        "plan.yaml:1:9: names[0]: this must not be empty",
        "plan.yaml:1:13: names[1]: this must have at most 4 characters",
    ]
    with pytest.raises(ConfigErrors, match="names: this must have at least 2 items"):
        validate(load("names: [a]\n"), Crew)


def test_the_caller_s_data_is_left_as_written() -> None:
    document = load("name: a\nseverity: info\nwait: 90s\n")
    validate(document, Plan)
    assert document.data["wait"] == "90s"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "a: 1\nb: 2\na: 3\n",
            "plan.yaml:3:1: a: the key 'a' is written twice (first on line 1) (keep one of them)",
        ),
        ("a: &x 1\n", "plan.yaml:1:4: a: the anchor &x is not allowed (remove it)"),
        ("a: *x\n", "plan.yaml:1:4: a: the alias *x is not allowed (write the value out)"),
        (
            "a: !!python/name:os.system x\n",
            "plan.yaml:1:4: a: the tag tag:yaml.org,2002:python/name:os.system",
        ),
        ("? [a]\n: 1\n", "plan.yaml:1:3: a key must be one word of plain text (write it as key: value)"),
        ("a: [1\nb: 2\n", "plan.yaml:2:2: this is no YAML: while parsing a flow sequence expected"),
        ("a:\n\t- b\n", "plan.yaml:2:1: this is no YAML: while scanning for the next token found character"),
        ("a: \x01\n", "plan.yaml:1:4: a character that YAML does not allow"),
        ("a: 1\n---\nb: 2\n", "plan.yaml:2:1: a second document begins here (keep one document per file)"),
        ("[" * 60, "plan.yaml:1:42: nested deeper than 40 levels (flatten it)"),
        (b"a: 1\nb: \xe9\n", "plan.yaml:2:4: the file is not UTF-8 text (save it as UTF-8)"),
        ("a: " + "x" * MAX_BYTES, "plan.yaml:1:1: the file is larger than 1,000,000 bytes"),
    ],
)
def test_what_is_not_plain_yaml_is_refused_with_its_place(text: str | bytes, expected: str) -> None:
    with pytest.raises(ConfigErrors) as raised:
        load(text)
    assert str(raised.value).startswith(expected)


def test_every_refused_thing_of_a_file_is_told_at_once() -> None:
    with pytest.raises(ConfigErrors) as raised:
        load("a: &x 1\nb: !t 2\na: *x\n")
    assert [problem.line for problem in raised.value.problems] == [1, 2, 3, 3]


@pytest.mark.parametrize(
    ("text", "message"),
    [("", "the file is empty"), ("# nothing\n", "the file is empty"), ("- a\n", "must be a mapping")],
)
def test_a_file_that_is_no_mapping(text: str, message: str) -> None:
    (problem,) = problems(text)
    assert message in problem


def test_a_missing_file_and_a_directory(tmp_path: Path) -> None:
    with pytest.raises(ConfigErrors, match="there is no such file"):
        load_document(tmp_path / "gone.yaml")
    with pytest.raises(ConfigErrors, match="this is a directory"):
        load_document(tmp_path)


@given(st.one_of(st.text(max_size=80), st.text(alphabet="ab:-[]{},&*!|>'\"#?% \n\t0", max_size=80)))
def test_any_text_is_read_or_refused_with_a_place(text: str) -> None:
    found = problems_of(text)
    assert all(problem.line >= 1 and problem.column >= 1 for problem in found)
    assert all(problem.message for problem in found)


@given(
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.sampled_from(["x", "severity", "2h"])),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3),
            st.dictionaries(
                st.sampled_from(["name", "severity", "targets", "kind", "mail", "wait", "x"]),
                inner,
                max_size=4,
            ),
        ),
        max_leaves=8,
    )
)
def test_any_tree_is_a_model_or_gives_problems_inside_the_file(data: object) -> None:
    text = json.dumps(data)
    assert all(problem.line == 1 and problem.column <= len(text) + 1 for problem in problems_of(text))

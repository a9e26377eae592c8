"""Configuration files: strict YAML in, a checked model out, every mistake with file, line, column and mend."""

import hashlib
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from monitor.errors import ConfigErrors, ConfigProblem
from monitor.validation_problems import Mistake, mistakes_of, with_durations
from monitor.yaml_tree import Path, Place, Tree, build_tree, show_path

MAX_BYTES = 1_000_000

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Document:
    """A file as plain Python values (dict, list, str, int, float, bool, None) and the place of each."""

    file: str
    data: Any
    sha256: str  # of the file's bytes
    tree: Tree

    def position(self, path: Path) -> Place:
        """Line and column (1-based) of the value at ``path``, or of the nearest part above that exists."""
        while path and path not in self.tree.values:
            path = path[:-1]
        return self.tree.values.get(path, (1, 1))

    def key_position(self, path: Path) -> Place:
        """Line and column of the key at ``path`` itself; of its value where it is no key."""
        return self.tree.keys.get(path) or self.position(path)

    def problem(self, path: Path, message: str, mend: str = "", *, at_key: bool = False) -> ConfigProblem:
        """A problem of the value at ``path``, ready for ConfigErrors."""
        line, column = self.key_position(path) if at_key else self.position(path)
        return ConfigProblem(self.file, line, column, show_path(path), message, mend)


def load_document(path: FilePath | str, text: str | bytes | None = None) -> Document:
    """Read a YAML file, or ``text`` in its place. Raises ConfigErrors with all mistakes of its form."""
    file = str(path)
    raw = _read(FilePath(path)) if text is None else text
    raw = raw.encode("utf-8", "surrogatepass") if isinstance(raw, str) else raw
    if len(raw) > MAX_BYTES:
        raise _refused(file, f"the file is larger than {MAX_BYTES:,} bytes", "split it or cut it down")
    tree = build_tree(_decode(file, raw), file)
    if tree.problems:
        raise ConfigErrors(tree.problems)
    return Document(file, tree.data, hashlib.sha256(raw).hexdigest(), tree)


def validate(document: Document, model: type[Model]) -> Model:
    """The document as a ``model``. Raises ConfigErrors with every mistake at its place."""
    checked, problems = check(document, model)
    if checked is None:
        raise ConfigErrors(problems)
    return checked


def check(document: Document, model: type[Model]) -> tuple[Model | None, tuple[ConfigProblem, ...]]:
    """Like ``validate``, but the problems are returned, for callers who have more of their own to add."""
    data = document.data
    if not isinstance(data, dict):
        message = "the file is empty" if data is None else "the file must be a mapping of keys to values"
        return None, (document.problem((), message, "start with a line such as key: value"),)
    try:
        try:
            return model.model_validate(data), ()
        except ValidationError as error:
            return model.model_validate(with_durations(data, error)), ()
    except ValidationError as error:
        problems = {_place(document, mistake) for mistake in mistakes_of(error, data, model)}
        return None, tuple(sorted(problems))


def _place(document: Document, mistake: Mistake) -> ConfigProblem:
    line, column = document.position(mistake.path)
    if mistake.kind == "unknown_key":
        line, column = document.key_position(mistake.path)
    elif mistake.kind == "missing_key":
        line, column = document.position(mistake.path[:-1])
    return ConfigProblem(document.file, line, column, show_path(mistake.path), mistake.message, mistake.mend)


def _read(path: FilePath) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise _refused(str(path), "there is no such file", "check the path") from None
    except IsADirectoryError:
        raise _refused(str(path), "this is a directory", "name the file inside it") from None
    except OSError as error:
        raise _refused(str(path), f"the file cannot be read: {error.strerror}", "check its rights") from None


def _decode(file: str, raw: bytes) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        line = before.count(b"\n") + 1
        column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8", "replace")) + 1
        problem = ConfigProblem(file, line, column, "", "the file is not UTF-8 text", "save it as UTF-8")
        raise ConfigErrors([problem]) from None


def _refused(file: str, message: str, mend: str) -> ConfigErrors:
    return ConfigErrors([ConfigProblem(file, 1, 1, "", message, mend)])

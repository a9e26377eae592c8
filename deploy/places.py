"""Mistakes that only show after the configuration was read (a missing secret, say), put at their line and column."""

from collections.abc import Iterable

from deploy.settings import TocsinSettings
from monitor.errors import ConfigProblem
from monitor.yaml_document import load_document
from monitor.yaml_tree import Path, show_path


def problem_at(settings: TocsinSettings, path: Path, message: str, mend: str = "") -> ConfigProblem:
    """The mistake at ``path`` in the file that the settings came from; without a file, of the settings as such."""
    if settings.file is None:
        return ConfigProblem("the configuration", 1, 1, show_path(path), message, mend)
    return load_document(settings.file).problem(path, message, mend)


def placed(settings: TocsinSettings, problems: Iterable[ConfigProblem]) -> list[ConfigProblem]:
    """Problems that name their field with dots (``routing.links.secret``) at its place."""
    return [
        problem_at(settings, tuple(problem.field.split(".")), problem.message, problem.mend)
        for problem in problems
    ]

"""Every file, command and make target that the documents name exists."""

import re
from pathlib import Path

import pytest

from deploy.cli import COMMANDS

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])
PACKAGES = "monitor|connectors|routing|deploy|tests|docs|benchmarks"
PATH = re.compile(rf"(?<![\w/.:-])(?:{PACKAGES})/[\w./-]*[\w/]")
LINK = re.compile(r"\]\((?!https?://|#|mailto:)([^)#]+)")
COMMAND = re.compile(r"(?:^|`|bin/|\()tocsin ([a-z][a-z-]*)\b", re.MULTILINE)
TARGET = re.compile(r"`make ([a-z-]+)\b|^make ([a-z-]+)\b", re.MULTILINE)


def name(document: Path) -> str:
    return str(document.relative_to(ROOT))


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_named_files_exist(document: Path) -> None:
    named = set(PATH.findall(document.read_text("utf-8")))
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_links_lead_somewhere(document: Path) -> None:
    linked = set(LINK.findall(document.read_text("utf-8")))
    assert [path for path in sorted(linked) if not (document.parent / path).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_named_commands_exist(document: Path) -> None:
    assert set(COMMAND.findall(document.read_text("utf-8"))) <= set(COMMANDS)


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_named_make_targets_exist(document: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = {first or second for first, second in TARGET.findall(document.read_text("utf-8"))}
    assert named <= targets


def test_the_readme_names_every_page() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    pages = {name(page) for page in (ROOT / "docs").glob("*.md")}
    assert {page for page in pages if page not in readme} == set()

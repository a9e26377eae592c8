"""docs/operations.md: every metric, every alert, every variable; what it tells to type works."""

import re
import subprocess
from pathlib import Path

from deploy.cli import COMMANDS
from tests.deploy.monitoring import OPERATIONS, ROOT, alerts, declared_metrics, panels

PAGE = OPERATIONS.read_text("utf-8")


def series_names() -> set[str]:
    """The names as Prometheus shows them: counters end in _total."""
    return {name + ("_total" if one._type == "counter" else "") for name, one in declared_metrics().items()}


def test_the_table_of_metrics_is_whole_and_right() -> None:
    rows = re.findall(r"^\| `(tocsin_\w+)` \| ([^|]*)\| [^|]+ \| ([^|]*)\|$", PAGE, re.MULTILINE)
    assert {name for name, _, _ in rows} == series_names()
    assert len(rows) == len(series_names())
    labels = {name: tuple(one._labelnames) for name, one in declared_metrics().items()}
    for name, said, unit in rows:
        assert tuple(re.findall(r"\w+", said)) == labels[name.removesuffix("_total")], name
        assert unit.strip() or name == "tocsin_build_info"


def test_every_alert_has_its_runbook_and_no_runbook_is_left_over() -> None:
    runbooks = PAGE.partition("## Runbooks")[2]
    sections = dict(re.findall(r"^### (\w+)\n\n(.*?)(?=^### |\Z)", runbooks, re.MULTILINE | re.DOTALL))
    assert set(sections) == {rule["alert"] for rule in alerts()}
    for rule in alerts():
        text = sections[rule["alert"]]
        assert text.startswith(f"{rule['labels']['severity'].capitalize()}. "), rule["alert"]
        assert "**Look**" in text, rule["alert"]
        assert "**Do**" in text, rule["alert"]


def test_the_alerts_and_panels_that_runbooks_name_exist() -> None:
    titles = {panel["title"] for _, panel in panels()}
    named = set(re.findall(r'"([A-Z][A-Za-z \',:-]+)"', PAGE.partition("## Runbooks")[2]))
    assert named - titles == {"Targets"}  # a page of Prometheus's own


def test_the_commands_it_names_exist() -> None:
    named = set(re.findall(r"`tocsin ([a-z]+)", PAGE))
    assert named
    assert named <= set(COMMANDS)


def test_the_files_it_names_exist() -> None:
    named = set(re.findall(r"\b(?:deploy|docs)/[\w./-]+\w", PAGE))
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_the_secrets_are_made_as_it_says(tmp_path: Path) -> None:
    script = next(block for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL) if "mkdir" in block)
    subprocess.run(
        ["sh", "-eu"],
        input=script,
        text=True,
        cwd=tmp_path,
        env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
        check=True,
    )
    folder = tmp_path / ".tocsin-secrets"
    assert folder.stat().st_mode & 0o777 == 0o700
    files = {path.name: path for path in folder.iterdir()}
    assert set(files) == {"link-secret", "store-url", "postgres-password", "grafana-password"}
    assert {path.stat().st_mode & 0o777 for path in files.values()} == {0o444}
    password = files["postgres-password"].read_text().strip()
    assert files["store-url"].read_text() == f"postgresql+psycopg://tocsin:{password}@postgres/tocsin"
    assert len(files["link-secret"].read_text().strip()) == 64

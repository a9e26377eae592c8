"""``tocsin playbook``: the agreement as code. Check its form, run its examples, show it to people."""

import json
from pathlib import Path

import click
from rich.table import Table
from rich.text import Text

from deploy.cli.options import config_option, json_option
from deploy.cli.trace_view import plain_console, shown, trace_lines
from monitor.clock import SystemClock
from monitor.errors import RefuseToStart
from monitor.playbook import Playbook, load_playbook
from monitor.playbook_examples import ExampleResult, run_examples
from monitor.query_errors import QueryError
from monitor.read import build_stages
from monitor.records import AgreedClause

playbook_file = click.argument("file", type=click.Path(path_type=Path))


@click.group("playbook")
def command() -> None:
    """The agreement of comms, legal and IT as code: check it, run its examples, show it."""


@command.command("check")
@playbook_file
@click.option("-c", "--config", type=click.Path(path_type=Path), help="Check its brands against this file.")
@json_option
def check(file: Path, config: Path | None, as_json: bool) -> None:
    """Find every mistake of FILE at once, each with file:line:column and a mend (exit code 2)."""
    playbook = load_playbook(file, known_brands=_brand_ids(config))
    examples = sum(len(clause.examples.fires) + len(clause.examples.silent) for clause in playbook.clauses)
    overdue = [clause.id for clause in playbook.overdue(SystemClock().now().date())]
    if as_json:
        click.echo(
            json.dumps(
                {
                    "file": str(file),
                    "version": playbook.ref.version,
                    "sha256": playbook.ref.sha256,
                    "brands": playbook.brands,
                    "clauses": len(playbook.clauses),
                    "examples": examples,
                    "overdue": overdue,
                },
                ensure_ascii=False,
            )
        )
        return
    click.echo(f"{file}: good, {len(playbook.clauses)} clauses, {examples} examples, {_reference(playbook)}")
    for clause in overdue:
        click.echo(
            f"{file}: the review of {clause} is overdue: look at it again and move review_by", err=True
        )


@command.command("test")
@playbook_file
@config_option
@json_option
@click.pass_context
def test(context: click.Context, file: Path, config: Path, as_json: bool) -> None:
    """Run every example of FILE through the real judgement. Exit code 1 when one does not do as agreed."""
    from deploy.settings import load_settings

    settings = load_settings(config)
    playbook = load_playbook(file, known_brands=[brand.id for brand in settings.brands])
    try:
        stages = build_stages(settings.brands)
    except QueryError as error:
        raise RefuseToStart(f"{config}: {error}") from None
    results = list(run_examples(playbook, stages))
    failed = sum(not result.passed for result in results)
    if as_json:
        for result in results:
            click.echo(json.dumps(_result_json(result), ensure_ascii=False))
        click.echo(json.dumps({"kind": "summary", "examples": len(results), "failed": failed}))
    else:
        _print_results(results)
        _print_failures(results)
        click.echo(f"{len(results)} examples, {failed} not as agreed")
    context.exit(1 if failed else 0)


@command.command("show")
@playbook_file
@click.option("--language", type=click.Choice(["fr", "en"]), default="en", show_default=True)
@click.option("--clause", "only", metavar="ID", help="Show this clause alone.")
@click.option(
    "--legal-notes", is_flag=True, help="With --json: the notes of legal too. Not for shared screens."
)
@json_option
def show(file: Path, language: str, only: str | None, legal_notes: bool, as_json: bool) -> None:
    """Show the clauses of FILE as people act on them: who is told, the measures in order, the words to say."""
    playbook = load_playbook(file)
    clauses = [clause for clause in playbook.agreed if only in {None, clause.id}]
    if not clauses:
        known = ", ".join(clause.id for clause in playbook.agreed)
        raise click.BadParameter(f"there is no clause {only!r}; clauses: {known}", param_hint="--clause")
    if as_json:
        for clause in clauses:
            hidden = None if legal_notes else {"legal_note"}
            click.echo(json.dumps(clause.model_dump(mode="json", exclude=hidden), ensure_ascii=False))
        return
    click.echo(f"{file}: {_reference(playbook)}")
    for clause in clauses:
        _print_clause(clause, "fr" if language == "fr" else "en")


def _brand_ids(config: Path | None) -> list[str] | None:
    if config is None:
        return None
    from deploy.settings import load_settings

    return [brand.id for brand in load_settings(config).brands]


def _reference(playbook: Playbook) -> str:
    return f"version {playbook.ref.version}, sha256 {playbook.ref.sha256[:12]}"


def _result_json(result: ExampleResult) -> dict[str, object]:
    return {
        "kind": "example",
        "clause": result.clause,
        "expected": result.expected,
        "number": result.number,
        "got": result.got,
        "passed": result.passed,
        "text": result.example.text,
        "others": list(result.others),
        "trace": None if result.passed or result.trace is None else result.trace.model_dump(mode="json"),
    }


def _print_results(results: list[ExampleResult]) -> None:
    """A table on a terminal; one line per example, parted by tabs, when piped."""
    console = plain_console()
    rows = [
        (result.clause, str(result.number), result.expected, result.got, shown(result.example.text, 70))
        for result in results
    ]
    if not console.is_terminal:
        for row, result in zip(rows, results, strict=True):
            click.echo("\t".join(("ok" if result.passed else "FAILED", *row)))
        return
    table = Table("", "clause", "no.", "expected", "got", "example")
    for row, result in zip(rows, results, strict=True):
        mark = Text("✓", "green") if result.passed else Text("✗", "bold red")
        table.add_row(mark, *row[:-1], Text(row[-1], no_wrap=True, overflow="ellipsis"))
    console.print(table, soft_wrap=False)


def _print_failures(results: list[ExampleResult]) -> None:
    console = plain_console()
    for result in results:
        if result.passed:
            continue
        console.print()
        place = f"{result.clause}, {result.expected} {result.number}"
        console.print(f"{place}: {shown(result.example.text, 300)}", style="bold")
        if result.trace is None:
            mend = " (name a brand of the playbook in it)" if result.got == "no brand" else ""
            console.print(f"  no clause was asked: {result.got}{mend}")
            continue
        for line in trace_lines(result.trace, 1):
            console.print(line)


def _print_clause(clause: AgreedClause, language: str) -> None:
    french = language == "fr"
    console = plain_console()
    console.print()
    console.print(Text(clause.title.fr if french else clause.title.en, "bold"))
    told = f"{clause.id}: {clause.severity}, owner {clause.owner}, pages {', '.join(clause.page) or 'nobody'}"
    console.print(told + (f", informs {', '.join(clause.inform)}" if clause.inform else ""), style="dim")
    for number, step in enumerate(clause.ladder, start=1):
        limit = f" within {step.within_minutes} min" if step.within_minutes else ""
        approval = f", approved by {step.approval}" if step.approval else ""
        what = step.what.fr if french else step.what.en
        console.print(f"  {number}. {step.measure} ({step.owner}{limit}{approval}): {what}")
    if clause.holding_statement:
        statement = clause.holding_statement.fr if french else clause.holding_statement.en
        console.print(f"  {'« ' if french else '“'}{statement}{' »' if french else '”'}", style="italic")

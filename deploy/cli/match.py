"""``tocsin match``: which posts a brand query matches, and why."""

import json
from typing import Any, BinaryIO

import click

from deploy.cli.input_lines import InputLine, lines_of, read_input
from monitor.clock import SystemClock
from monitor.errors import RefuseToStart
from monitor.match import explain_query, query_matches
from monitor.query import Query, QueryError, parse_query
from monitor.records import Trace

EPILOG = """\b
Input lines are plain text, or JSON objects with at least "text"; "lang", "author" (handle), "url", "source",
"id", "created_at" and "followers" are optional. docs/queries.md describes the query language.

\b
A bad line is named on stderr and the rest is read all the same.
Exit codes: 0 every line was read (whether any matches or not), 2 the query or a line is wrong.

\b
Examples:
  tocsin match 'véloria NEAR/5 (rappel OR recall)' posts.txt
  echo "L'usine Véloria" | tocsin match veloria --explain
"""


@click.command(name="match", epilog=EPILOG)
@click.argument("query")
@click.argument("source", type=click.File("rb"), default="-")
@click.option("--explain", is_flag=True, help="After each line, why it matches, part by part.")
@click.option("--count", is_flag=True, help="Print only how many lines match.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per matching line.")
@click.pass_context
def command(
    context: click.Context, query: str, source: BinaryIO, explain: bool, count: bool, as_json: bool
) -> None:
    """Print the lines of SOURCE (a file, or - for standard input) that QUERY matches, unchanged."""
    try:
        parsed = parse_query(query)
    except QueryError as error:
        raise RefuseToStart(str(error)) from None
    matching = 0
    bad = False
    for line in read_input(lines_of(source), SystemClock().now()):
        if not isinstance(line, InputLine):
            bad = True
            click.echo(line, err=True)
            continue
        words = query_matches(parsed, line.mention)
        matching += words is not None
        if words is not None and not count:
            _print(line, words, parsed, explain, as_json)
    if count:
        click.echo(json.dumps({"matching": matching}) if as_json else matching)
    if bad:
        context.exit(2)


def _print(line: InputLine, words: tuple[str, ...], query: Query, explain: bool, as_json: bool) -> None:
    if not as_json:
        click.echo(line.raw)
        if explain:
            click.echo("\n".join(trace_lines(explain_query(query, line.mention))))
        return
    item: dict[str, Any] = {"line": line.number, "id": line.mention.id, "matched": words}
    if explain:
        item["why"] = explain_query(query, line.mention).model_dump(mode="json")
    click.echo(json.dumps(item, ensure_ascii=False))


def trace_lines(trace: Trace, depth: int = 1) -> list[str]:
    """A trace as indented lines, one for each part."""
    saw = f": {json.dumps(trace.saw, ensure_ascii=False)}" if trace.saw else ""
    own = f"{'  ' * depth}{'yes' if trace.held else 'no '} {trace.condition}{saw}"
    return [own, *(line for part in trace.parts for line in trace_lines(part, depth + 1))]

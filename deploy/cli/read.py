"""``tocsin read``: what Tocsin makes of posts, one JSON object per line."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import click

from deploy.cli.input_lines import BadLine, InputLine, lines_of, mention_of_text, read_input
from monitor.clock import SystemClock
from monitor.errors import RefuseToStart
from monitor.query_errors import QueryError
from monitor.read import ReadStages, build_stages, masks_of
from monitor.records import MAX_TEXT, Mention
from monitor.settings import BrandSettings

EPILOG = """\b
Input lines are plain text, or JSON objects with at least "text"; "lang", "author" (handle), "url", "source",
"id", "created_at" and "followers" are optional. Blank lines are passed over.

\b
A bad line is named on stderr and the rest is read all the same.
Exit codes: 0 every line was read, 2 a line, query or configuration is wrong.

\b
Examples:
  tocsin read --text "Véloria a pris feu" --brand-query véloria
  tocsin read -c tocsin.yaml posts.jsonl > readings.jsonl
"""


@click.command(name="read", epilog=EPILOG)
@click.argument("source", type=click.File("rb"), default="-")
@click.option("--text", help="Read this text instead of SOURCE.")
@click.option(
    "-c",
    "--config",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Brands from this tocsin.yaml.",
)
@click.option(
    "--brand-query",
    "queries",
    multiple=True,
    metavar="QUERY",
    help="A brand by its query; the first is called query-1.",
)
@click.option("--json", "as_json", is_flag=True, help="JSON lines; this is the only form, and the default.")
@click.pass_context
def command(
    context: click.Context,
    source: BinaryIO,
    text: str | None,
    config: Path | None,
    queries: tuple[str, ...],
    as_json: bool,
) -> None:
    """Read posts from SOURCE (a file, or - for standard input) and print one reading per line, in order."""
    stages = _stages(config, queries)
    now = SystemClock().now()
    if text is not None:
        if len(text) > MAX_TEXT:
            raise click.BadParameter(f"longer than {MAX_TEXT} characters", param_hint="--text")
        _print(reading_of(mention_of_text(text, now), stages))
        return
    bad = False
    for line in read_input(lines_of(source), now):
        bad = bad or isinstance(line, BadLine)
        if isinstance(line, InputLine):
            _print(reading_of(line.mention, stages))
        else:
            click.echo(line, err=True)
    if bad:
        context.exit(2)


def reading_of(mention: Mention, stages: ReadStages) -> dict[str, Any]:
    """What ``tocsin read`` prints of one mention, whether it names a brand or not."""
    matches = stages.matcher.match(mention)
    text = mention.full_text
    language = stages.languages.detect(text, mention.language_hint)
    sentiment = stages.scorer.score(text, language, masks_of(matches, stages))
    return {
        "id": mention.id,
        "language": language,
        "brands": [match.brand for match in matches],
        "sentiment": sentiment.model_dump(
            include={"label", "compound", "probabilities", "abstain", "scorer"}
        ),
        "topics": [hit.model_dump(mode="json") for hit in stages.topics.tag(text, language)],
        "author_kind": stages.authors.kind(mention),
    }


def _stages(config: Path | None, queries: tuple[str, ...]) -> ReadStages:
    try:
        return build_stages([*_configured(config), *_queried(queries)])
    except QueryError as error:
        raise RefuseToStart(str(error)) from None


def _configured(config: Path | None) -> tuple[BrandSettings, ...]:
    if config is None:
        return ()
    from deploy.settings import load_settings

    return load_settings(config).brands


def _queried(queries: tuple[str, ...]) -> Iterator[BrandSettings]:
    for number, query in enumerate(queries, 1):
        if not 0 < len(query) <= 10_000:
            raise click.BadParameter("1 to 10,000 characters are expected", param_hint="--brand-query")
        # The name is empty on purpose: a query is no name, so nothing is masked.
        yield BrandSettings(id=f"query-{number}", name="", queries=(query,))


def _print(reading: dict[str, Any]) -> None:
    click.echo(json.dumps(reading, ensure_ascii=False))

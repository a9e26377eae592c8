"""``tocsin explain``: which clauses one mention fires or not, and why, step by step."""

import json
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import click
from rich.console import Console
from rich.text import Text

from connectors.simple_mention import read_mention
from deploy.cli.options import config_option, json_option
from deploy.cli.trace_view import plain_console, shown, trace_lines
from deploy.explanation import BrandView, Explanation, explain_mention
from monitor.clock import SystemClock
from monitor.errors import InvalidPayload, RefuseToStart
from monitor.playbook import load_playbook
from monitor.playbook_examples import StorySize
from monitor.query_errors import QueryError
from monitor.read import build_stages
from monitor.records import Mention

MAX_BYTES = 1_000_000

EPILOG = """\b
MENTION is a file with one JSON object that has at least "text"; "title", "lang", "author" (handle), "followers",
"url", "source", "kind", "id" and "created_at" are optional. Anything else is taken as the text of a post.

\b
The story is taken to be this one mention unless the --story options make it larger.

\b
Examples:
  tocsin explain -c tocsin.yaml mention.json
  tocsin explain -c tocsin.yaml --text "Veloria app is down" --story-mentions 12 --reach 60000
"""


@click.command("explain", epilog=EPILOG)
@click.argument("mention", type=click.File("rb"), required=False)
@click.option("--text", help="Explain a post with this text instead of MENTION.")
@config_option
@click.option("--story-mentions", type=click.IntRange(1), default=1, help="Posts of the story.")
@click.option("--story-authors", type=click.IntRange(1), help="Its authors.  [default: as many as posts]")
@click.option("--reach", type=click.IntRange(0), help="Its reach.  [default: the author's followers]")
@click.option("--negative-share", type=click.FloatRange(0, 1), help="Share of negative posts in it.")
@click.option("--short", is_flag=True, help="Show the conditions of the clauses that fire only.")
@json_option
def command(
    *,
    mention: BinaryIO | None,
    text: str | None,
    config: Path,
    story_mentions: int,
    story_authors: int | None,
    reach: int | None,
    negative_share: float | None,
    short: bool,
    as_json: bool,
) -> None:
    """Show what is made of one mention, and which clauses of the playbook it fires (- reads standard input)."""
    from deploy.settings import load_settings

    if (mention is None) == (text is None):
        raise click.UsageError("give either MENTION (a file, or - for standard input) or --text")
    settings = load_settings(config)
    brands = [brand.id for brand in settings.brands]
    playbook = load_playbook(settings.playbook, known_brands=brands)
    try:
        stages = build_stages(settings.brands)
    except QueryError as error:
        raise RefuseToStart(f"{config}: {error}") from None
    size = StorySize(story_mentions, story_authors, reach, negative_share=negative_share)
    now = SystemClock().now()
    raw = mention.read(MAX_BYTES + 1) if mention is not None else (text or "").encode()
    post = mention_in(raw, now, as_text=text is not None)
    explanation = explain_mention(post, stages, playbook, size, now)
    if as_json:
        click.echo(json.dumps(explanation.as_json(), ensure_ascii=False))
    else:
        _print(explanation, brands, short)


def mention_in(raw: bytes, now: datetime, *, as_text: bool = False) -> Mention:
    """The one mention in ``raw``: JSON when it begins with ``{``, unless ``as_text``; else the text of a post.

    ``now`` (aware UTC) is when it is fetched. Raises RefuseToStart that says what is wrong with it.
    """
    if len(raw) > MAX_BYTES:
        raise RefuseToStart(f"the mention is larger than {MAX_BYTES:,} bytes: explain one mention at a time")
    try:
        text = raw.decode("utf-8-sig").strip()
    except UnicodeDecodeError as error:
        raise RefuseToStart(f"the mention is not UTF-8 at byte {error.start}: convert it") from None
    if not text:
        raise RefuseToStart("the mention is empty: give a text, or a JSON object with text in it")
    try:
        item = json.loads(text) if text.startswith("{") and not as_text else {"text": text}
        return read_mention(item, source="explain", fetched_at=now)
    except InvalidPayload as error:
        raise RefuseToStart(f"the mention is not in the form that is wanted: {error}") from None
    except (ValueError, RecursionError) as error:
        raise RefuseToStart(
            f"the mention is no JSON object: {error} (for many at once: tocsin read)"
        ) from None


def _print(explanation: Explanation, brands: list[str], short: bool) -> None:
    console = plain_console()
    console.print(shown(explanation.mention.full_text, 300), style="bold")
    if explanation.failed:
        console.print(f"could not be read: {shown(explanation.failed)}", style="red")
    elif not explanation.brands:
        console.print(f"names none of the brands: {shown(', '.join(brands), 300)}")
    for view in explanation.brands:
        _print_reading(console, view)
        _print_clauses(console, view, short)


def _print_reading(console: Console, view: BrandView) -> None:
    reading, story = view.reading, view.story
    tone = reading.sentiment
    topics = "; ".join(f"{hit.topic} ({', '.join(hit.why)})" for hit in reading.topics)
    unknown = reading.mention.author.followers is None and not story.reach
    facts = {
        "brand": f"{reading.brand} (by {', '.join(reading.matched) or 'no word of its own'})",
        "language": reading.language,
        "sentiment": f"{tone.label} ({tone.compound:+.2f}, {tone.scorer}{', unsure' if tone.abstain else ''})",
        "topics": topics or "none",
        "author": reading.author_kind,
        "story": f"mentions {story.mentions}, authors {story.authors}, "
        f"reach {'unknown' if unknown else story.reach}",
    }
    for name, value in facts.items():
        console.print(Text(f"  {name:<10}", "dim"), Text(shown(value, 300)), sep="")


def _print_clauses(console: Console, view: BrandView, short: bool) -> None:
    if not view.verdicts:
        console.print("  the playbook does not cover this brand", style="yellow")
        return
    for verdict in view.verdicts:
        fires = verdict.trace.held
        told = f"pages {', '.join(verdict.clause.page)}" if verdict.clause.page else "pages nobody"
        if verdict.clause.inform:
            told += f", informs {', '.join(verdict.clause.inform)}"
        heading = Text(f"  {'✓ fires ' if fires else '✗ silent'} ", "bold green" if fires else "dim")
        heading.append(f"{verdict.clause.id}", "bold" if fires else "")
        heading.append(f"  {verdict.clause.severity}, {told}", "dim")
        console.print(heading)
        if fires or not short:
            for line in trace_lines(verdict.trace, 3):
                console.print(line)
    firing = ", ".join(verdict.clause.id for verdict in view.firing)
    console.print(f"  fires: {firing or 'no clause'}", style="bold")

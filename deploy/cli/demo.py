"""``tocsin demo``: the main job, shown."""

import asyncio
import json
import logging
import os
import shutil
import sys
from collections.abc import Mapping
from typing import Any

import click

from deploy.cli.options import json_option
from routing.page import ReaderLanguage


@click.command("demo")
@click.option("--fast", is_flag=True, help="About 20 seconds instead of about 80.")
@click.option("--no-browser", is_flag=True, help="Do not open the live page.")
@click.option("--lang", type=click.Choice(["fr", "en"]), help="Of the story in the terminal; default: yours.")
@json_option
def command(fast: bool, no_browser: bool, lang: ReaderLanguage | None, as_json: bool) -> None:
    """Replay an incident of the invented brand Véloria among everyday chatter, and page the three departments.

    Posts come as Bluesky, Mastodon, news feeds and a signed webhook send them. Comms and legal answer; the first
    person of IT does not, so that page escalates. The story is told on stderr as it happens; stdout holds the
    summary, or with --json one object per page and the summary.
    """
    from deploy.demo.narrator import Narrator
    from deploy.demo.show import show
    from deploy.demo.words import words_in

    logging.getLogger().setLevel(logging.WARNING)
    live = sys.stderr.isatty()
    words = words_in(lang or language_of(os.environ))

    def tell(text: str) -> None:
        if live or not as_json:
            click.echo(text, nl=False, err=True)

    def say(page: dict[str, Any]) -> None:
        if as_json:
            click.echo(json.dumps(page, ensure_ascii=False))

    columns = shutil.get_terminal_size((120, 40)).columns
    narrator = Narrator(words, tell, live=live, columns=columns)
    summary = asyncio.run(show(say, narrator, words, fast=fast, browser=not no_browser))
    click.echo(json.dumps(summary, ensure_ascii=False) if as_json else narrator.summary(summary))


def language_of(environ: Mapping[str, str]) -> ReaderLanguage:
    """The language that the terminal is set to; English when it is neither."""
    chosen = next((environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environ.get(name)), "")
    return "fr" if chosen.lower().startswith("fr") else "en"

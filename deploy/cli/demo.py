"""``tocsin demo``: the main job, shown."""

import asyncio
import json
import logging
from typing import Any

import click

from deploy.cli.options import json_option


@click.command("demo")
@click.option("--fast", is_flag=True, help="About 25 seconds instead of about 90.")
@click.option("--no-browser", is_flag=True, help="Do not open the live page.")
@json_option
def command(fast: bool, no_browser: bool, as_json: bool) -> None:
    """Replay an incident of the invented brand Véloria among everyday chatter, and page the three departments.

    Comms and legal answer; the first person of IT does not, so that page escalates.
    """
    from deploy.demo.show import show

    logging.getLogger().setLevel(logging.WARNING)

    def say(page: dict[str, Any]) -> None:
        if as_json:
            click.echo(json.dumps(page, ensure_ascii=False))
            return
        click.echo(
            f"{page['incident']:<5} {page['severity']:<8} {page['department']:<6} {page['transition']:<9} "
            f"{page['person']:<13} {page['title']['en']}  ({page['seconds_from_seen']:.2f} s after it was seen)"
        )

    if not as_json:
        click.echo(
            "Replaying a morning of the invented brand Véloria: 2,200 harmless posts, and one that is not."
        )
    summary = asyncio.run(show(say, fast=fast, browser=not no_browser))
    if as_json:
        click.echo(json.dumps(summary, ensure_ascii=False))
        return
    for name, value in summary.items():
        if name != "kind":
            click.echo(f"  {name.replace('_', ' '):<14} {value}")

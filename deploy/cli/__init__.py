"""The ``tocsin`` command. Each command is one module, loaded only when it is called, so that help is quick."""

import importlib
import sys
from typing import Any

import click

from monitor.errors import RefuseToStart, StopError, TransientError

COMMANDS: dict[str, str] = {
    "demo": "Show the main job on a recorded incident of an invented brand.",
    "run": "Run everything in one process, on live sources.",
    "topics": "Kafka mode: declare the topics.",
    "connect": "Kafka mode: follow sources and publish what they say.",
    "worker": "Kafka mode: run the agents that read mentions and watch readings.",
    "route": "Kafka mode: page people, escalate, serve the console.",
    "check": "Check configuration, playbook, channels and chains: all errors at once.",
    "read": "Judge texts: language, sentiment, topics, brands.",
    "match": "Print the input lines that a brand query matches.",
    "explain": "Show which clauses fire for one mention, and why.",
    "doctor": "Reach every source, channel, broker and database once and say what is wrong.",
    "playbook": "The agreement as code: check, test and show it.",
    "incidents": "List incidents, or show one.",
    "ack": "Acknowledge an incident for a department.",
    "resolve": "Resolve an incident.",
    "merge": "Merge one incident into another.",
    "split": "Give one story of an incident an incident of its own.",
    "severity": "Set the severity of an incident: a rise pages, a fall is silent.",
    "auditor": "Look for what stands still in the router, and tell people without it.",
    "drill": "Page a department for an exercise, by the real way, and report what came of it.",
    "evidence": "What can be proved: export and verify bundles, legal holds, erasure.",
    "mail-reply": "Take one reply to a page by mail, as a mail server pipes it.",
    "silence": "Silence one story for a while, list silences, or end one.",
    "oncall": "Show who is on call; calendars out and in.",
}

EXIT_BAD_INPUT = 2
EXIT_OUTSIDE_DOWN = 3
EXIT_STOPPED = 70


class LazyGroup(click.Group):
    """A group whose commands live in ``deploy.cli.<name>`` as an object named ``command``."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(f"deploy.cli.{cmd_name.replace('-', '_')}").command
        assert isinstance(command, click.Command)  # noqa: S101
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command and turn our errors into one plain message and the promised exit code."""
        try:
            return super().invoke(ctx)
        except RefuseToStart as error:
            click.echo(str(error), err=True)
            raise SystemExit(EXIT_BAD_INPUT) from None
        except TransientError as error:
            click.echo(str(error), err=True)
            raise SystemExit(EXIT_OUTSIDE_DOWN) from None
        except StopError as error:
            click.echo(str(error), err=True)
            raise SystemExit(EXIT_STOPPED) from None


@click.command(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="tocsin", prog_name="tocsin")
def main() -> None:
    """Tocsin watches public posts about your brands and pages comms, legal or IT as the agreed plan says.

    Exit codes: 0 good, 1 found something, 2 wrong input or configuration, 3 something outside is down,
    70 stopped so that nothing is lost: start it again.
    """


if __name__ == "__main__":
    sys.exit(main())

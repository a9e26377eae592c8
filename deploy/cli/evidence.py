"""``tocsin evidence``: what can be proved about an incident, and how long it is kept."""

import importlib

import click

# Command -> the module and the object in it, and its line in --help.
COMMANDS: dict[str, tuple[str, str, str]] = {
    "export": (
        "deploy.cli.evidence_export",
        "export",
        "Write a bundle of one incident that anybody can verify.",
    ),
    "verify": (
        "deploy.cli.evidence_verify",
        "verify",
        "Check a bundle, one incident or the whole store.",
    ),
    "show": (
        "deploy.cli.evidence_keep",
        "show",
        "What is kept of one incident, until when, and its legal holds.",
    ),
    "hold": ("deploy.cli.evidence_keep", "hold", "Place a legal hold: nothing of the incident is erased."),
    "release": ("deploy.cli.evidence_keep", "release", "Release the legal holds of an incident."),
    "erase": ("deploy.cli.evidence_keep", "erase", "Erase a post, or all of an author's, with a proof."),
}


class EvidenceGroup(click.Group):
    """A group whose commands are in modules of their own."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, name, _ = COMMANDS[cmd_name]
        found = getattr(importlib.import_module(module), name)
        assert isinstance(found, click.Command)  # noqa: S101
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, about) for name, (_, _, about) in COMMANDS.items()])


@click.command("evidence", cls=EvidenceGroup)
def command() -> None:
    """Evidence of incidents: bundles that verify without Tocsin, checks of the hash chains, legal holds."""

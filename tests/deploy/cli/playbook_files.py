"""A small configuration and playbook on disk, for tests of the commands."""

from pathlib import Path

from tests.monitor.playbook_text import SMALL

CONFIG = """\
brands:
  - {id: veloria, name: Véloria, queries: [veloria]}
  - {id: bakery, name: Levain, queries: [levain]}
playbook: playbook.yaml
routing:
  links: {secret: "env:TOCSIN_LINK_SECRET"}
  people:
    - {id: on-call, name: On-call, targets: [{kind: terminal, name: screen}]}
  departments:
    comms: {chain: [{people: [on-call]}]}
    legal: {chain: [{people: [on-call]}]}
    it: {chain: [{people: [on-call]}]}
  catch_all: [on-call]
"""


def write_files(folder: Path, playbook: str = SMALL) -> tuple[str, str]:
    """Write both files; the paths of the configuration and of the playbook, as command line arguments."""
    (folder / "tocsin.yaml").write_text(CONFIG, encoding="utf-8")
    (folder / "playbook.yaml").write_text(playbook, encoding="utf-8")
    return str(folder / "tocsin.yaml"), str(folder / "playbook.yaml")

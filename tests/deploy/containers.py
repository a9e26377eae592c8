"""deploy/compose.yaml and the Dockerfile as tests read them, without a Docker engine."""

import json
import re
from dataclasses import dataclass
from typing import Any

from tests.deploy.monitoring import ROOT, read_yaml

COMPOSE = ROOT / "deploy" / "compose.yaml"
_VARIABLE = re.compile(r"\$\{(\w+)(?::[-?]([^}]*))?\}")


def services() -> dict[str, dict[str, Any]]:
    """Every service of the Compose file, with what it takes from the common part."""
    found: dict[str, dict[str, Any]] = read_yaml(COMPOSE)["services"]
    return found


def with_defaults(text: str) -> str:
    """A value of the Compose file when no variable is set."""
    return _VARIABLE.sub(lambda found: found[2] or "", text)


def variables() -> set[str]:
    """Every variable that the Compose file reads."""
    return {name for name, _ in _VARIABLE.findall(COMPOSE.read_text("utf-8"))}


@dataclass(frozen=True, slots=True)
class Mount:
    """A volume of a service: a path beside the Compose file, or the name of a volume."""

    source: str
    target: str
    read_only: bool


def mounts(service: dict[str, Any]) -> list[Mount]:
    """The volumes of a service when no variable is set."""
    split = [with_defaults(line).split(":") for line in service.get("volumes", [])]
    return [Mount(parts[0], parts[1], parts[2:] == ["ro"]) for parts in split]


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction of a Dockerfile: ``RUN``, ``COPY`` and the like, and the rest on one line."""

    name: str
    rest: str

    def listed(self) -> list[str]:
        """The rest as the list that it must be, so that no shell is started."""
        listed: list[str] = json.loads(self.rest.removeprefix("CMD "))
        return listed


def instructions() -> list[Instruction]:
    """The Dockerfile's instructions in order, without comments."""
    lines = (ROOT / "Dockerfile").read_text("utf-8").splitlines()
    joined = re.sub(r"\\\n\s*", "", "\n".join(line for line in lines if line and not line.startswith("#")))
    return [Instruction(*line.split(maxsplit=1)) for line in joined.splitlines()]


def last(name: str) -> Instruction:
    """The last instruction of that name: the one that counts. Options before a CMD are left out."""
    found = next(one for one in reversed(instructions()) if one.name == name)
    return Instruction(found.name, re.sub(r"^(--\S+\s+)+", "", found.rest))

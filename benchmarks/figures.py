"""One figure: what was measured, against what, on which machine."""

import math
import os
import platform
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Figure:
    """``anchor`` is what the value is to be held against, measured or agreed as ``anchor_source`` says."""

    figure: str
    value: float
    unit: str
    anchor: float | None
    anchor_source: str
    detail: dict[str, float]

    def as_json(self, machine: str) -> dict[str, object]:
        """The object that ``make bench`` prints."""
        return {**asdict(self), "machine": machine}


def this_machine() -> str:
    """Processor, cores, memory and Python, in words."""
    cores = len(os.sched_getaffinity(0))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{_processor()}, {cores} cores, {memory:.0f} GiB, Python {platform.python_version()}"


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def percentile(values: list[float], share: float) -> float:
    """The smallest value that at least ``share`` (0 to 1) of the values do not exceed."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]

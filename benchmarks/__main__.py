"""``python -m benchmarks``: run the benchmarks, one JSON object per figure on stdout."""

import json
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import click

from benchmarks import escalations, page_latency, read_rate
from benchmarks.figures import Figure, this_machine
from benchmarks.progress import say
from deploy.kafka.broker import Broker
from deploy.services.ports import free_port

FIGURES: dict[str, Callable[[Broker], Figure]] = {
    "read_vs_aiokafka_ratio": read_rate.run,
    "escalations_6000_s": lambda _broker: escalations.run(),
    "escalations_6000_s_sqlite": lambda _broker: escalations.run_sqlite(),
    **{f"page_p99_ms_at_{rate}": partial(page_latency.run, rate) for rate in page_latency.SECONDS},
}


@click.command()
@click.option("--only", type=click.Choice(list(FIGURES)), help="Measure this one alone.")
def main(only: str | None) -> None:
    """Measure Tocsin on this machine, with a real Kafka broker and PostgreSQL. Takes about ten minutes."""
    machine = this_machine()
    say(machine)
    with tempfile.TemporaryDirectory() as folder, Broker(Path(folder), free_port()) as broker:
        for measure in [FIGURES[only]] if only else FIGURES.values():
            click.echo(json.dumps(measure(broker).as_json(machine)))


if __name__ == "__main__":
    main()

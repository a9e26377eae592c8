"""`python -m deploy.kafka`: a broker for development, until Ctrl-C."""

import signal
import sys
from pathlib import Path

import click

from deploy.kafka.broker import Broker
from deploy.services.errors import ServiceFailed, ServiceMissing

_OUTSIDE_IS_DOWN = 3


@click.command()
@click.option(
    "--port", default=9092, show_default=True, type=click.IntRange(1024, 65535), help="Port on 127.0.0.1."
)
@click.option(
    "--data",
    default=Path(".services/kafka"),
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder that keeps topics and offsets from run to run.",
)
def main(port: int, data: Path) -> None:
    """Run a one-node Apache Kafka broker on this machine, for development."""
    broker = Broker(data, port)
    # From here on both signals only end the wait below: the broker is always stopped in good order.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        click.echo("Starting Kafka ...", err=True)
        broker.start()
        click.echo(broker.bootstrap)
        click.echo(f"Kafka is ready; its data is in {broker.data_dir}. Ctrl-C stops it.", err=True)
        broker.wait_for_end()
        raise ServiceFailed(f"The Kafka broker ended by itself; see {broker.log}.")
    except KeyboardInterrupt:
        click.echo("Stopping Kafka ...", err=True)
    except (ServiceMissing, ServiceFailed) as problem:
        click.echo(str(problem), err=True)
        sys.exit(_OUTSIDE_IS_DOWN)
    finally:
        broker.stop()


if __name__ == "__main__":
    main()

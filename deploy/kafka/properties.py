"""The settings of a one-node Kafka broker for development and tests."""

from pathlib import Path

NODE_ID = 1
CLUSTER_ID = "dG9jc2luLWRldi1rYWZrYQ"
"""A fixed cluster id (22 characters of URL-safe base64, as Kafka wants it): every broker here is its own cluster."""

_FIXED = {
    "process.roles": "broker,controller",
    "node.id": str(NODE_ID),
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "CLIENTS",
    "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,CLIENTS:PLAINTEXT",
    # Topics are declared by `tocsin topics`: a topic that appears by itself has the wrong partition count.
    "auto.create.topics.enable": "false",
    # One node: nothing can have a second copy.
    "default.replication.factor": "1",
    "min.insync.replicas": "1",
    "offsets.topic.replication.factor": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    # Few internal partitions: they are created at first use, and each costs files and start time.
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.num.partitions": "4",
    "share.coordinator.state.topic.num.partitions": "4",
    # A lone consumer gets its partitions at once, and a test may ask for a short session.
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "1000",
    # After a crash, the controller takes the broker back when its former self's session has run out.
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "500",
    # The defaults are sized for a server; the log cleaner's alone would take a quarter of our heap.
    "log.cleaner.dedupe.buffer.size": str(16 * 1024 * 1024),
    "num.network.threads": "2",
    "num.io.threads": "4",
    "background.threads": "2",
}


def server_properties(*, port: int, controller_port: int, log_dir: Path, listen_on: str = "127.0.0.1") -> str:
    """Return the text of `server.properties`.

    Clients are always told to come back to 127.0.0.1:`port`. `listen_on` is another address only inside a
    container, whose port is then published on the loopback address alone.
    """
    settings = _FIXED | {
        "listeners": f"CLIENTS://{listen_on}:{port},CONTROLLER://127.0.0.1:{controller_port}",
        "advertised.listeners": f"CLIENTS://127.0.0.1:{port}",
        "controller.quorum.voters": f"{NODE_ID}@127.0.0.1:{controller_port}",
        "log.dirs": str(log_dir),
    }
    return "".join(f"{name}={value}\n" for name, value in settings.items())

"""The settings of the one-node broker."""

from pathlib import Path

from deploy.kafka.properties import server_properties


def _settings(text: str) -> dict[str, str]:
    lines = [line.split("=", 1) for line in text.splitlines()]
    assert len(lines) == len({name for name, _ in lines}), "a name twice"
    return {name: value for name, value in lines}  # noqa: C416  (each line is a list of two)


def test_every_address_is_on_loopback() -> None:
    settings = _settings(server_properties(port=19092, controller_port=19093, log_dir=Path("/data/log")))
    assert settings["listeners"] == "CLIENTS://127.0.0.1:19092,CONTROLLER://127.0.0.1:19093"
    assert settings["advertised.listeners"] == "CLIENTS://127.0.0.1:19092"
    assert settings["controller.quorum.voters"] == "1@127.0.0.1:19093"
    assert settings["log.dirs"] == "/data/log"


def test_topics_never_appear_by_themselves_and_have_one_copy() -> None:
    settings = _settings(server_properties(port=1, controller_port=2, log_dir=Path("/data")))
    assert settings["auto.create.topics.enable"] == "false"
    replication = {name: value for name, value in settings.items() if name.endswith("replication.factor")}
    assert len(replication) == 4
    assert set(replication.values()) == {"1"}


def test_in_a_container_clients_still_come_back_to_loopback() -> None:
    text = server_properties(port=1, controller_port=2, log_dir=Path("/data"), listen_on="0.0.0.0")  # noqa: S104
    settings = _settings(text)
    assert settings["listeners"].startswith("CLIENTS://0.0.0.0:1,")
    assert settings["advertised.listeners"] == "CLIENTS://127.0.0.1:1"

"""The services of deploy/compose.yaml, with their commands and their example, on a real broker and database.

No Docker engine: the processes run side by side here, so names of containers become loopback addresses.
"""

import asyncio
import json
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from deploy.demo.tape import write_tape
from deploy.services.ports import free_port
from tests.deploy.containers import last, mounts, services
from tests.deploy.monitoring import ROOT

if TYPE_CHECKING:
    from asyncio.subprocess import Process

    from deploy.kafka.broker import Broker

SERVICES = services()
EXAMPLE = ROOT / "deploy" / "example" / "compose" / "tocsin.yaml"
LONG_RUNNING = ("route", "worker", "connect")
TRIES = 240


def replaced(text: str, changes: Mapping[str, str]) -> str:
    """The text with each of the changes, all of which must apply."""
    for old, new in changes.items():
        assert old in text, old
        text = text.replace(old, new)
    return text


def write_configuration(
    folder: Path, ports: Mapping[str, int], bootstrap: str, prefix: str, store: str
) -> Path:
    """The example as its containers would see it, if they were this machine."""
    (folder / "link-secret").write_text("b" * 64, "utf-8")
    (folder / "store-url").write_text(store, "utf-8")
    write_tape(folder / "tape.jsonl")
    playbook = next(mount for mount in mounts(SERVICES["route"]) if mount.target.endswith("playbook.yaml"))
    (folder / "playbook.yaml").write_bytes((ROOT / "deploy" / playbook.source).read_bytes())
    changes = {
        "type: bluesky": "{type: replay, path: tape.jsonl, speed: 20, shift_to_now: true} #",
        "/run/secrets": str(folder),
        "/var/lib/tocsin": str(folder / "data"),
        "bootstrap: kafka:9092": f"bootstrap: {bootstrap}\n  prefix: {prefix}",
        "0.0.0.0": "127.0.0.1",  # noqa: S104
        "port: 8080": f"port: {ports['route']}",
        "port: 8081": f"port: {ports['worker']}",
        "port: 8082": f"port: {ports['connect']}",
    }
    text = replaced(EXAMPLE.read_text("utf-8"), changes)
    (folder / "tocsin.yaml").write_text(text, "utf-8")
    return folder / "tocsin.yaml"


async def start(service: str, config: Path) -> "Process":
    """The service's process, as its container's would be; what it says goes to a file beside its configuration."""
    command = [str(config) if part.startswith("/etc/") else part for part in SERVICES[service]["command"]]
    with (config.parent / f"{service}.log").open("ab") as log:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "deploy", *command, cwd=ROOT, env={**os.environ}, stdout=log, stderr=log
        )


async def is_healthy(service: str, port: int) -> bool:
    """Ask the image's health check, at the address that the service sets."""
    set_address = SERVICES[service]["environment"]["TOCSIN_HEALTH_URL"]
    address = re.sub(r":\d+/", f":{port}/", set_address)
    check = await asyncio.create_subprocess_exec(
        sys.executable,
        *last("HEALTHCHECK").listed()[1:],
        env={"TOCSIN_HEALTH_URL": address},
        stderr=asyncio.subprocess.DEVNULL,
    )
    return await check.wait() == 0


async def wait_until_healthy(ports: Mapping[str, int], processes: Mapping[str, "Process"]) -> None:
    left = set(ports)
    for _ in range(TRIES):
        assert all(process.returncode is None for process in processes.values())
        left = {name for name in left if not await is_healthy(name, ports[name])}
        if not left:
            return
        await asyncio.sleep(0.25)
    raise AssertionError(f"not healthy: {left}")


async def wait_for_pages(config: Path) -> set[str]:
    """The departments that were paged, asked as a person would; all three in the end."""
    paged: set[str] = set()
    for _ in range(TRIES):
        asking = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "deploy", "incidents", "--json", "-c", str(config)),
            cwd=ROOT,
            stdout=asyncio.subprocess.PIPE,
        )
        said, _ = await asking.communicate()
        incidents = [json.loads(line) for line in said.decode().splitlines()]
        paged = {
            message["department"]
            for incident in incidents
            for message in incident["messages"]
            if message["state"] == "sent" and message["transition"] == "opened"
        }
        if len(paged) == 3:
            break
    return paged


@pytest.mark.process
async def test_the_services_come_up_page_and_stop(
    tmp_path: Path, kafka_broker: "Broker", postgres_url: str, unique_prefix: str
) -> None:
    ports = {name: free_port() for name in LONG_RUNNING}
    config = write_configuration(tmp_path, ports, kafka_broker.bootstrap, unique_prefix, postgres_url)
    assert await (await start("topics", config)).wait() == 0
    processes = {name: await start(name, config) for name in LONG_RUNNING}
    try:
        await wait_until_healthy(ports, processes)
        assert await wait_for_pages(config) == {"comms", "legal", "it"}
    finally:
        for process in processes.values():
            if process.returncode is None:
                process.terminate()
        codes = {name: await process.wait() for name, process in processes.items()}
    assert codes == dict.fromkeys(LONG_RUNNING, 0)

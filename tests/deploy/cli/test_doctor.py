"""``tocsin doctor`` as it is called: lines, JSON, exit codes, and no secret in anything it prints."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from deploy.cli import main
from deploy.cli.doctor import command, probes_of
from deploy.services.ports import free_port
from tests.deploy.doctor_files import FEED, settings_of, write_config
from tests.routing.scenes import SECRET

PLANTED = ("planted-path-secret", "planted-smtp-pw", "planted-store-pw", "planted-token-1", SECRET)


class _Outside(BaseHTTPRequestHandler):
    """A feed at /rss; everything else repeats whatever token it was shown, as a hostile server would."""

    def do_GET(self) -> None:
        body = FEED if self.path == "/rss" else f"refused {self.headers.get('Authorization')}"
        self.send_response(200 if self.path == "/rss" else 401)
        self.send_header("Content-Type", "application/rss+xml" if self.path == "/rss" else "application/json")
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


@pytest.fixture
def outside() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Outside)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def doctor(config: Path, *more: str) -> Result:
    return CliRunner().invoke(command, ["-c", str(config), "--timeout", "20", *more])


def feed(url: str) -> str:
    return f"[{{type: feeds, name: news, allow_private_addresses: true, urls: ['{url}']}}]"


def test_all_good_is_0(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, outside: str) -> None:
    result = doctor(write_config(tmp_path, monkeypatch, sources=feed(f"{outside}/rss"), base_url=outside))
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[-1] == "All good: everything was reached."
    assert "to go" in result.stderr
    assert "to go" not in result.stdout


def test_json_is_one_object_per_check_and_a_summary(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, outside: str
) -> None:
    config = write_config(tmp_path, monkeypatch, sources=feed(f"{outside}/rss"), base_url=outside)
    *checks, total = map(json.loads, doctor(config, "--json").stdout.splitlines())
    assert {check["state"] for check in checks} == {"ok"}
    assert all(set(check) == {"kind", "name", "state", "what", "do", "fault", "seconds"} for check in checks)
    assert (total["kind"], total["checks"], total["exit"]) == ("summary", len(checks), 0)


def test_warnings_alone_are_1(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base_url = f"http://127.0.0.1:{free_port()}"
    assert doctor(write_config(tmp_path, monkeypatch, base_url=base_url)).exit_code == 1


def test_a_wrong_configuration_is_2(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, outside: str) -> None:
    config = write_config(tmp_path, monkeypatch, base_url=outside)
    monkeypatch.delenv("TOCSIN_LINK_SECRET")
    result = doctor(config)
    assert result.exit_code == 2
    assert "It is us" in result.stdout
    assert "TOCSIN_LINK_SECRET" in result.stdout


def test_something_outside_that_is_down_is_3(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, outside: str
) -> None:
    sources = feed(f"http://127.0.0.1:{free_port()}/rss")
    result = doctor(write_config(tmp_path, monkeypatch, sources=sources, base_url=outside))
    assert result.exit_code == 3
    assert "Something outside is down" in result.stdout


def test_only_some_kinds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = doctor(write_config(tmp_path, monkeypatch), "--json", "--only", "disk", "--only", "clock")
    assert {json.loads(one)["kind"] for one in result.stdout.splitlines()} == {"clock", "disk", "summary"}
    assert doctor(write_config(tmp_path, monkeypatch), "--only", "weather").exit_code == 2


def test_kafka_is_tried_when_the_file_has_it_or_when_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without = settings_of(tmp_path, monkeypatch)
    assert "kafka" not in {probe.kind for probe in probes_of(without, set(), 5)}
    assert {probe.kind for probe in probes_of(without, {"kafka"}, 5)} == {"kafka"}
    having = settings_of(tmp_path, monkeypatch, more="kafka: {bootstrap: '127.0.0.1:9092'}")
    assert "kafka" in {probe.kind for probe in probes_of(having, set(), 5)}
    assert {probe.kind for probe in probes_of(having, {"disk"}, 5)} == {"disk"}


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_no_secret_is_printed_whatever_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, outside: str, form: tuple[str, ...]
) -> None:
    port = free_port()
    monkeypatch.setenv("HOOK", f"https://127.0.0.1:{port}/planted-path-secret")
    monkeypatch.setenv("SMTP", "planted-smtp-pw")
    monkeypatch.setenv("MASTODON", "planted-token-1")
    monkeypatch.setenv("STORE", f"postgresql+psycopg://t:planted-store-pw@127.0.0.1:{port}/planted-token-1")
    config = write_config(
        tmp_path,
        monkeypatch,
        sources=f"[{{type: mastodon, server: '{outside}', token: 'env:MASTODON', hashtags: [veloria],"
        " allow_private_addresses: true}]",
        target="{kind: slack_webhook, name: comms-hook, url: 'env:HOOK', allow_private_addresses: true}\n"
        "        - {kind: email, name: comms-mail, to: a@example.com, sender: b@example.com, host: 127.0.0.1,"
        f" port: {port}, username: u, password: 'env:SMTP'}}",
        store="env:STORE",
    )
    result = doctor(config, *form)
    assert result.exit_code == 2, result.output  # the token was refused
    for name in ("store", "mastodon", "comms-hook", "comms-mail"):
        assert name in result.stdout
    assert [secret for secret in PLANTED if secret in result.output + result.stderr] == []


def test_a_configuration_that_cannot_be_read_is_refused_with_every_mistake(tmp_path: Path) -> None:
    file = tmp_path / "tocsin.yaml"
    file.write_text("brands: 7\n", "utf-8")
    result = CliRunner().invoke(main, ["doctor", "-c", str(file)])
    assert result.exit_code == 2
    assert "tocsin.yaml:1:9: brands" in result.stderr

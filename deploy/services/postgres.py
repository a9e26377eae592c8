"""A throw-away PostgreSQL cluster on a loopback port, for tests."""

import os
import re
import shutil
import signal
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from deploy.services import ports
from deploy.services.accounts import unprivileged_account
from deploy.services.child import Account, Child
from deploy.services.errors import ServiceFailed, ServiceMissing

TO_INSTALL = (
    "The PostgreSQL server programs are not installed (on Debian or Ubuntu: `apt-get install postgresql`)."
)
_DEBIAN_HOME = Path("/usr/lib/postgresql")
_USER = "tocsin"
_LIMIT_S = 120
_TRIES_AFTER_A_CRASH = 50
_STILL_IN_USE = "is still in use"
_DATABASE_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_SETTINGS = {
    "listen_addresses": ports.LOOPBACK,
    "unix_socket_directories": "",
    "shared_buffers": "32MB",
    # A test survives the crash of the server, not that of the machine: what the system was given need not reach
    # the disk. `synchronous_commit` stays on, so that a killed server still has all that it said it had.
    "fsync": "off",
    "full_page_writes": "off",
    "log_min_messages": "warning",
}


@dataclass(frozen=True, slots=True)
class Programs:
    """Where the server's programs are."""

    initdb: str
    postgres: str


def find_programs(debian_home: Path = _DEBIAN_HOME) -> Programs | None:
    """Return the newest server under `debian_home`, else the one on PATH, else None."""
    versions = [folder for folder in debian_home.glob("*") if folder.name.isdigit()]
    for version in sorted(versions, key=lambda folder: int(folder.name), reverse=True):
        initdb, postgres = version / "bin/initdb", version / "bin/postgres"
        if os.access(initdb, os.X_OK) and os.access(postgres, os.X_OK):
            return Programs(str(initdb), str(postgres))
    found = shutil.which("initdb"), shutil.which("postgres")
    return Programs(found[0], found[1]) if found[0] and found[1] else None


class Postgres:
    """A cluster of its own in a temporary folder; as root it runs as an account without rights.

    Anybody on this machine may connect while it runs (no password), so it is for invented data only. Start it from
    a thread that lives as long as the server should (see `Child`).
    """

    def __init__(self, port: int | None = None) -> None:
        self.port = port or ports.free_port()
        self._folder: Path | None = None
        self._child: Child | None = None

    @property
    def url(self) -> str:
        """The SQLAlchemy address of the database `postgres`."""
        return self.url_of("postgres")

    def url_of(self, database: str) -> str:
        """The SQLAlchemy address (driver psycopg) of `database`."""
        return f"postgresql+psycopg://{_USER}@{ports.LOOPBACK}:{self.port}/{database}"

    @property
    def running(self) -> bool:
        """Whether the server's process is there."""
        return self._child is not None and self._child.running

    @property
    def pid(self) -> int:
        """The process id of the running server; raises ServiceFailed when none runs."""
        return self._running_child().pid

    def start(self) -> None:
        """Make the cluster at the first start, run the server, and return when it answers a query.

        Raises ServiceMissing when it is not installed, ServiceFailed when it does not start.
        """
        if self.running:
            return
        programs = find_programs()
        if programs is None:
            raise ServiceMissing(TO_INSTALL)
        account = unprivileged_account()
        if self._folder is None:
            self._folder = _new_cluster(programs, account)
        for remaining in reversed(range(_TRIES_AFTER_A_CRASH)):
            self._child = self._run(programs, account, self._folder)
            try:
                self._child.wait_until(self._answers)
                return
            except ServiceFailed as failure:
                # The sessions of a killed server end by themselves a moment later.
                if _STILL_IN_USE not in str(failure) or not remaining:
                    raise

    def stop(self) -> None:
        """Stop the server in good order, closing its connections. The data stays until `remove`."""
        if self._child is not None:
            self._child.stop()
        self._child = None

    def kill(self) -> None:
        """End the server at once, as a crash would. The data stays until `remove`."""
        self._running_child().kill()
        self._child = None

    def restart(self) -> None:
        """Stop the server where it runs, then start it on the same port and data."""
        self.stop()
        self.start()

    def remove(self) -> None:
        """Stop the server and delete its data."""
        self.stop()
        if self._folder is not None:
            shutil.rmtree(self._folder)
        self._folder = None

    def create_database(self, name: str) -> str:
        """Create an empty database and return its address. Raises ValueError for a name that needs quotes."""
        self._execute(f'CREATE DATABASE "{_checked(name)}"')
        return self.url_of(name)

    def drop_database(self, name: str) -> None:
        """Delete a database and close the connections to it."""
        self._execute(f'DROP DATABASE IF EXISTS "{_checked(name)}" WITH (FORCE)')

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.remove()

    def _running_child(self) -> Child:
        if self._child is None or not self._child.running:
            raise ServiceFailed(f"No PostgreSQL of ours runs on port {self.port}.")
        return self._child

    def _run(self, programs: Programs, account: Account | None, folder: Path) -> Child:
        settings = [f"--{name}={value}" for name, value in _SETTINGS.items()]
        log = folder / "server.log"
        log.write_bytes(b"")  # only the last start explains the last failure
        return Child(
            "PostgreSQL",
            [programs.postgres, "-D", str(folder / "data"), "-p", str(self.port), *settings],
            log,
            account=account,
            stop_signal=signal.SIGINT,  # "fast": do not wait for clients to leave
            death_signal=signal.SIGQUIT,
        )

    def _answers(self) -> bool:
        import psycopg

        try:
            self._execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def _execute(self, statement: str) -> None:
        import psycopg

        where = f"host={ports.LOOPBACK} port={self.port} user={_USER} dbname=postgres connect_timeout=5"
        with psycopg.connect(where, autocommit=True) as connection:
            connection.execute(statement.encode())


def _checked(name: str) -> str:
    if not _DATABASE_NAME.fullmatch(name):
        raise ValueError(f"not a plain database name: {name!r} (a-z, 0-9 and _, 63 at most, a letter first)")
    return name


def _new_cluster(programs: Programs, account: Account | None) -> Path:
    # Not below pytest's own folder, which only its owner may enter.
    folder = Path(tempfile.mkdtemp(prefix="tocsin-postgres-"))
    if account:
        os.chown(folder, account.uid, account.gid)
    options = ["--no-sync", "--encoding=UTF8", "--locale=C", "--auth=trust", f"--username={_USER}"]
    done = subprocess.run(
        [programs.initdb, "-D", str(folder / "data"), *options],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_LIMIT_S,
        check=False,
        cwd=folder,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
    )
    if done.returncode != 0:
        shutil.rmtree(folder)
        raise ServiceFailed(
            f"initdb could not make a PostgreSQL cluster:\n{(done.stdout + done.stderr)[-4000:].strip()}"
        )
    return folder

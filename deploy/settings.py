"""The configuration file of Tocsin, ``tocsin.yaml``: one typed, frozen model, all mistakes reported at once."""

import re
from pathlib import Path
from typing import Annotated

from pydantic import Field, PrivateAttr, field_validator, model_validator

from connectors.replay import ReplaySettings
from connectors.table import SourceSettings
from deploy.auditor_settings import AuditorSettings
from deploy.canary_settings import CanarySettings
from monitor.errors import ConfigErrors, ConfigProblem
from monitor.records import ShortText
from monitor.settings import BrandSettings, Settings
from monitor.yaml_document import load_document, validate
from routing.settings import RoutingSettings

Port = Annotated[int, Field(ge=0, le=65_535)]


class ListenSettings(Settings):
    """Where a process answers HTTP. Loopback unless told otherwise; port 0 takes a free one."""

    host: str = "127.0.0.1"
    port: Port


class KafkaSettings(Settings):
    """The broker of Kafka mode."""

    bootstrap: ShortText = "127.0.0.1:9092"
    prefix: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,100}$")] = "tocsin"
    partitions: Annotated[int, Field(ge=1, le=1_000)] = 8
    replication_factor: Annotated[int, Field(ge=1, le=9)] = 1
    worker: ListenSettings = ListenSettings(port=8081)
    connect: ListenSettings = ListenSettings(port=8082)
    dead_letter_cap: Annotated[int, Field(ge=1)] = 1_000  # rejected records in ten minutes that stop a worker

    @field_validator("bootstrap")
    @classmethod
    def _servers(cls, value: str) -> str:
        servers = [server.strip() for server in value.split(",")]
        for server in servers:
            if re.fullmatch(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):[0-9]{1,5}", server) is None:
                raise ValueError(
                    "a server is given as host:port, several with a comma between, without kafka://"
                )
        return ",".join(servers)


class TocsinSettings(Settings):
    """Everything that ``tocsin run``, ``connect``, ``worker`` and ``route`` need."""

    brands: tuple[BrandSettings, ...] = Field(min_length=1, max_length=10_000)
    sources: tuple[SourceSettings, ...] = ()
    playbook: Path
    routing: RoutingSettings
    data_dir: Path = Path(".tocsin")  # cursors and soft state of embedded mode
    store: str | None = None  # database URL of the router; None: SQLite in data_dir
    kafka: KafkaSettings = KafkaSettings()
    http: ListenSettings = ListenSettings(port=8080)
    auditor: AuditorSettings = AuditorSettings()
    canary: CanarySettings = CanarySettings()

    _file: Path | None = PrivateAttr(default=None)

    @property
    def file(self) -> Path | None:
        """The file that these settings were read from."""
        return self._file

    @field_validator("store")
    @classmethod
    def _known_database(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(
            ("sqlite:///", "postgresql+psycopg://", "env:", "file:")
        ):
            raise ValueError(
                "the store is given as sqlite:///file.db, postgresql+psycopg://user@host/name, env:NAME or file:/path"
            )
        return value

    @model_validator(mode="after")
    def _names_differ(self) -> "TocsinSettings":
        for what, names in (
            ("brands have the same id", [brand.id for brand in self.brands]),
            ("sources have the same name", [source.name for source in self.sources]),
        ):
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise ValueError(f"two {what}: {', '.join(twice)}; give each its own")
        return self

    @property
    def store_url(self) -> str:
        """The router's database URL; SQLite in ``data_dir`` unless told otherwise. May hold a password."""
        from monitor.secret import read_secret

        if self.store is None:
            return f"sqlite:///{self.data_dir / 'router.db'}"
        if self.store.startswith(("env:", "file:")):
            return read_secret(self.store).get_secret_value()
        return self.store


def load_settings(path: Path) -> TocsinSettings:
    """The configuration in ``path``; relative paths in it start from its folder. Raises ConfigErrors."""
    document = load_document(path)
    settings = validate(document, TocsinSettings)
    folder = path.resolve().parent
    located = settings.model_copy(
        update={
            "sources": tuple(_from_folder(folder, source) for source in settings.sources),
            "playbook": folder / settings.playbook,
            "data_dir": folder / settings.data_dir,
            "store": _beside(folder, settings.store),
        }
    )
    located._file = path  # noqa: SLF001 - its own model; a field would be a key of the file
    return located


def _from_folder(folder: Path, source: SourceSettings) -> SourceSettings:
    if isinstance(source, ReplaySettings):
        return source.model_copy(update={"path": folder / source.path})
    return source


def _beside(folder: Path, store: str | None) -> str | None:
    if store is None or not store.startswith("sqlite:///"):
        return store
    return f"sqlite:///{folder / store.removeprefix('sqlite:///')}"


def problem(path: Path, field: str, message: str, mend: str = "") -> ConfigErrors:
    """One mistake of a file as a whole."""
    return ConfigErrors([ConfigProblem(str(path), 1, 1, field, message, mend)])

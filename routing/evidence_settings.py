"""How long what was kept of posts stays: the ``routing.evidence:`` part of the configuration."""

from datetime import timedelta
from typing import Annotated, Self

from pydantic import Field, model_validator

from monitor.durations import Duration
from monitor.records import ShortText
from monitor.settings import Name, Settings
from routing.timestamp_settings import TimestampSettings

Kept = Annotated[Duration, Field(ge=timedelta(hours=1), le=timedelta(days=3_650))]


class RetentionRule(Settings):
    """The rule of one source: ``keep`` from when a post was first received, once its incident is closed.

    ``deleted_within``: from when its deletion was learned, whatever the incident does. None keeps it as long as any
    other post, which only a legal basis permits.
    """

    keep: Kept = timedelta(days=365)
    deleted_within: Kept | None = timedelta(hours=24)
    legal_basis: ShortText = ""

    @model_validator(mode="after")
    def _says_why(self) -> Self:
        if self.deleted_within is None and not self.legal_basis.strip():
            raise ValueError("deleted_within: none needs legal_basis, which says why deleted posts are kept")
        return self


class EvidenceSettings(Settings):
    """Retention by the source that mentions name; ``closed_incidents``: what else is kept of a closed incident."""

    retention: dict[str, RetentionRule] = Field(default={}, max_length=200)
    default: RetentionRule = RetentionRule()
    closed_incidents: Kept = timedelta(days=400)
    deliveries: Kept = timedelta(days=14)  # ids of signed calls, beyond which a copy is refused for its age
    timestamp: TimestampSettings | None = None  # who stamps the seals of the history; None: nobody
    legal_people: tuple[Name, ...] = ()  # who may see notes of legal; empty: whom legal's chains name

    def rule_of(self, source: str) -> RetentionRule:
        """The rule of a source."""
        return self.retention.get(source, self.default)

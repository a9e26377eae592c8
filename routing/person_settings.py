"""A person who is paged: the language, the targets by severity, the quiet hours and the digest."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from monitor.records import Severity, ShortText
from monitor.settings import Name, Settings
from routing.channels.table import TargetSettings
from routing.digest import DigestSettings
from routing.identities import Identities
from routing.page import Transition
from routing.quiet import QuietSettings, never_free
from routing.schedule_build import Mistake, refusal
from routing.time_zone import TimeZone


class PersonSettings(Settings):
    """Somebody who is paged: a role or a person of your directory."""

    id: Name
    name: ShortText
    language: Literal["fr", "en"] = "en"
    time_zone: TimeZone = "UTC"
    targets: tuple[TargetSettings, ...] = Field(min_length=1)  # in order of preference
    by_severity: dict[Severity, Annotated[tuple[Name, ...], Field(min_length=1)]] = Field(default={})
    identities: Identities = Identities()  # how other services know this person
    quiet: Annotated[tuple[QuietSettings, ...], Field(max_length=20)] = ()  # critical pages pass
    digest: DigestSettings = "off"  # for what is only for information

    @model_validator(mode="after")
    def _preferences_are_sound(self) -> "PersonSettings":
        known = {target.name for target in self.targets}
        mistakes: list[Mistake] = []
        for severity, names in self.by_severity.items():
            for place, name in enumerate(names):
                if name not in known:
                    message = (
                        f"{self.id} has no target called {name}; name one of: {', '.join(sorted(known))}"
                    )
                    mistakes.append((("by_severity", severity, place), message))
                elif name in names[:place]:
                    mistakes.append((("by_severity", severity, place), f"{name} is named twice; leave one"))
        if never_free(self.quiet):
            message = "leaves no minute of the week: nothing but critical pages would ever arrive; leave some"
            mistakes.append((("quiet",), message))
        if mistakes:
            raise refusal(mistakes)
        return self

    def targets_for(self, severity: Severity, transition: Transition) -> tuple[TargetSettings, ...]:
        """The targets of a message, the first to try first. What only informs goes where ``info`` goes.

        A critical page tries every other target of the person too, after those that are named for it.
        """
        wanted: Severity = "info" if transition == "informed" else severity
        names = self.by_severity.get(wanted)
        if names is None:
            return self.targets
        by_name = {target.name: target for target in self.targets}
        named = tuple(by_name[name] for name in names)
        rest = tuple(target for target in self.targets if target.name not in names)
        return named + rest if wanted == "critical" else named

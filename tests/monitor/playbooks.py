"""Small agreements for tests: clauses that hold when a plain function of the situation says so."""

from collections.abc import Callable

from monitor.records import AgreedClause, LadderStep, Localized, PlaybookRef, Severity, Trace
from monitor.settings import BrandSettings
from monitor.situation import Situation, Verdict
from tests.monitor.a_reading import BRAND

VELORIA = BrandSettings(id=BRAND, name="Véloria", queries=("veloria",))
Rule = tuple[AgreedClause, Callable[[Situation], bool]]


def a_clause(identity: str, severity: Severity = "warning") -> AgreedClause:
    return AgreedClause(
        id=identity,
        title=Localized(fr="Sécurité", en="Safety"),
        owner="legal",
        severity=severity,
        page=("legal",),
        ladder=(LadderStep(measure="observe", what=Localized(fr="Observer", en="Observe"), owner="legal"),),
    )


def always(clause: AgreedClause) -> Rule:
    return clause, lambda _: True


class FixedJudge:
    """An agreement of fixed rules that also counts what it was asked."""

    def __init__(self, *rules: Rule) -> None:
        self.rules = rules
        self.asked: list[Situation] = []

    @property
    def ref(self) -> PlaybookRef:
        return PlaybookRef(version="1", sha256="a" * 64)

    def judge(self, situation: Situation) -> tuple[Verdict, ...]:
        self.asked.append(situation)
        return tuple(
            Verdict(clause, Trace(condition="rule", saw=str(situation.story.mentions), held=rule(situation)))
            for clause, rule in self.rules
        )

"""The playbook: the agreement of comms, legal and IT on what is done when. Loaded from YAML, then pure."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

from monitor.condition_holds import Check, compile_condition
from monitor.conditions import evaluate
from monitor.errors import ConfigErrors
from monitor.playbook_checks import playbook_problems
from monitor.playbook_model import ClauseSettings, PlaybookSettings
from monitor.query_document import Document
from monitor.records import AgreedClause, PlaybookRef, Trace
from monitor.situation import Situation, Verdict
from monitor.yaml_document import check, load_document

SILENT = Trace(condition="the clause's condition", held=False)


@dataclass(frozen=True)
class Playbook:
    """A checked playbook. ``brands`` are the brand ids that it covers, None for all."""

    ref: PlaybookRef
    brands: tuple[str, ...] | None
    clauses: tuple[ClauseSettings, ...]

    @cached_property
    def agreed(self) -> tuple[AgreedClause, ...]:
        """The clauses as people act on them, in the order of the file."""
        return tuple(clause.agreed() for clause in self.clauses)

    def covers(self, brand: str) -> bool:
        """Whether the playbook speaks of this brand."""
        return self.brands is None or brand in self.brands

    def judge(self, situation: Situation) -> tuple[Verdict, ...]:
        """What every clause says of a situation, firing or not; nothing for a brand that it does not cover.

        A clause that fires has its whole trace. One that stays silent has a bare one: ``explain`` shows why.
        """
        if not self.covers(situation.reading.brand):
            return ()
        document = Document(situation.reading.mention)
        return tuple(
            Verdict(agreed, evaluate(clause.when, situation) if holds(situation, document) else SILENT)
            for clause, agreed, holds in zip(self.clauses, self.agreed, self._checks, strict=True)
        )

    def explain(self, situation: Situation) -> tuple[Verdict, ...]:
        """Like ``judge``, with the whole trace of every clause, silent ones too: for people, much slower."""
        if not self.covers(situation.reading.brand):
            return ()
        return tuple(
            Verdict(agreed, evaluate(clause.when, situation))
            for clause, agreed in zip(self.clauses, self.agreed, strict=True)
        )

    @cached_property
    def _checks(self) -> tuple[Check, ...]:
        return tuple(compile_condition(clause.when) for clause in self.clauses)

    def overdue(self, today: date) -> tuple[ClauseSettings, ...]:
        """The clauses whose review date has passed: still in force, but due for another look."""
        return tuple(clause for clause in self.clauses if clause.review_by < today)


def load_playbook(
    path: Path, text: str | bytes | None = None, *, known_brands: Collection[str] | None = None
) -> Playbook:
    """The playbook in a file (or in ``text``). Raises ConfigErrors with everything that is wrong with it.

    Give ``known_brands``, the brand ids of the configuration, to have the playbook's brands checked too.
    """
    document = load_document(path, text)
    written, problems = check(document, PlaybookSettings)
    problems = (*problems, *playbook_problems(document, known_brands))
    if written is None or problems:
        raise ConfigErrors(problems)
    ref = PlaybookRef(version=written.version, sha256=document.sha256)
    return Playbook(ref, written.brands, written.clauses)

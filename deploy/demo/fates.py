"""What became of every post: whom it paged, or why it paged nobody. Notes are taken where the playbook judges."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from monitor.records import Department, PlaybookRef, Reading, Story
from monitor.situation import Situation, Verdict
from monitor.watch import Judge

NotPaged = Literal[
    "of_no_brand", "nothing_agreed", "too_small", "informed_only", "already_called", "not_judged"
]
REASONS: tuple[NotPaged, ...] = (
    "of_no_brand", "nothing_agreed", "too_small", "informed_only", "already_called", "not_judged",
)  # fmt: skip

_MANY = 10_000_000  # people: the same post, were everybody to talk of it


@dataclass(frozen=True, slots=True)
class Judged:
    """A reading with what the agreement said of it. ``would_page``: only if many more people were concerned."""

    reading: Reading
    story: Story
    pages: frozenset[Department]
    informs: frozenset[Department]
    would_page: bool


class NotingJudge:
    """A playbook that keeps what it said."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self.notes: list[Judged] = []

    @property
    def ref(self) -> PlaybookRef:
        return self._judge.ref

    def judge(self, situation: Situation) -> tuple[Verdict, ...]:
        """What the playbook says, noted."""
        verdicts = self._judge.judge(situation)
        self.notes.append(_judged(situation, verdicts, self._judge))
        return verdicts


def not_paged(
    mentions: int, of_no_brand: int, readings: int, notes: Sequence[Judged], triggers: frozenset[str]
) -> dict[NotPaged, int]:
    """How many posts paged nobody, by reason. Together with the ``triggers`` (ids of readings that did) all posts.

    ``readings`` that were not judged are deletions and repeats.
    """
    counts: Counter[NotPaged] = Counter()
    called: set[str] = set()  # stories whose people were called
    for note in notes:
        if note.reading.id in triggers:
            called.add(note.story.id)
        else:
            counts[reason_of(note, is_called=note.story.id in called)] += 1
    counts["of_no_brand"] = of_no_brand
    counts["not_judged"] = readings - len(notes) + (mentions - of_no_brand - readings)
    return {reason: counts[reason] for reason in REASONS}


def reason_of(note: Judged, *, is_called: bool) -> NotPaged:
    """Why a post paged nobody. ``is_called``: the people of its story were called before."""
    if is_called or note.pages:
        return "already_called"
    if note.informs:
        return "informed_only"
    return "too_small" if note.would_page else "nothing_agreed"


def _judged(situation: Situation, verdicts: Sequence[Verdict], judge: Judge) -> Judged:
    pages, informs = _called(verdicts)
    would_page = bool(pages) or bool(_called(judge.judge(_grown(situation)))[0])
    return Judged(situation.reading, situation.story, pages, informs, would_page)


def _called(verdicts: Iterable[Verdict]) -> tuple[frozenset[Department], frozenset[Department]]:
    held = [verdict.clause for verdict in verdicts if verdict.trace.held]
    pages = frozenset(department for clause in held for department in clause.page)
    return pages, frozenset(department for clause in held for department in clause.inform) - pages


def _grown(situation: Situation) -> Situation:
    """The same post in a story that everybody tells, whatever their tone."""
    sizes = dict.fromkeys(
        ("mentions", "authors", "reach", "mentions_last_5_min", "mentions_last_60_min"), _MANY
    )
    story = situation.story.model_copy(update={**sizes, "negative_share": 0.0})
    return replace(situation, story=story)

"""What a post is about: eleven topics that departments care for, found by words and phrases in both languages."""

from collections.abc import Iterator
from pathlib import Path

from monitor.phrases import PhraseTable
from monitor.records import MAX_SHORT, Language, TopicHit
from monitor.text import tokenize

TOPICS: tuple[str, ...] = (
    "legal_threat",
    "data_breach",
    "outage",
    "safety",
    "discrimination",
    "impersonation",
    "employee_conduct",
    "confidential_leak",
    "boycott",
    "product_complaint",
    "praise",
)

MAX_WHY = 10  # words shown for one topic of one post
_LISTS = ("fr", "en", "any")


def load_topics(path: Path) -> Iterator[tuple[str, str, str]]:
    """(topic, list, phrase) for each entry of the file. Raises ValueError that names the line that is wrong."""
    topic = ""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith("["):
            topic = line.strip("[] ")
            if topic not in TOPICS:
                raise ValueError(f"{path.name}:{number}: {topic} is not one of the topics")
            continue
        language, _, phrases = line.partition(":")
        if language not in _LISTS or not topic:
            raise ValueError(f"{path.name}:{number}: a line begins with one of fr:, en:, any:")
        for phrase in filter(None, map(str.strip, phrases.split(";"))):
            yield topic, language, phrase


class WordListTagger:
    """The TopicTagger of the house. English lists are not asked about French texts, nor the other way round."""

    def __init__(self, path: Path = Path(__file__).parent / "lexicons" / "topics.txt") -> None:
        entries = list(load_topics(path))
        self._tables = {
            language: PhraseTable((phrase, topic) for topic, asked, phrase in entries if asked in wanted)
            for language, wanted in (
                ("fr", {"fr", "any"}),
                ("en", {"en", "any"}),
                ("both", {"fr", "en", "any"}),
            )
        }

    def tag(self, text: str, language: Language) -> tuple[TopicHit, ...]:
        """The topics in the order of TOPICS, each with the post's own words that show it."""
        table = self._tables[language if language in {"fr", "en"} else "both"]
        why: dict[str, dict[str, None]] = {}
        tokens = [token for token in tokenize(text) if token.kind not in {"host", "handle"}]
        for hit in table.find(tokens):
            words = why.setdefault(hit.value, {})
            if len(words) < MAX_WHY:
                words.setdefault(text[hit.start : hit.end][:MAX_SHORT])
        return tuple(TopicHit(topic=topic, why=tuple(why[topic])) for topic in TOPICS if topic in why)

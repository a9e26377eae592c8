"""The query language against a slow evaluator that is right by sight, and its errors."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.match import query_matches
from monitor.query import MAX_LENGTH, QueryError, parse_query
from monitor.text import fold
from tests.monitor.posts import post

VOCABULARY = ("velo", "veloria", "velorias", "feu", "rappel", "ecole", "oeuvre", "and", "x")
SPELLINGS = {"e": "eéèÉＥ", "o": "oôO", "f": "fF", "a": "aàÂ", "v": "vV", "'": "'’"}


@dataclass(frozen=True)
class Wanted:
    """A query as the test means it: its text, and whether a list of words satisfies it."""

    text: str
    kind: str
    value: tuple[object, ...]

    def places(self, words: list[str]) -> list[tuple[int, int]]:
        """Every (first, after) of a term, phrase, NEAR or OR of these, by trying them all."""
        if self.kind == "phrase":
            length = len(self.value)
            spans = [(at, at + length) for at in range(len(words) - length + 1)]
            return [(a, b) for a, b in spans if words[a:b] == list(self.value)]
        if self.kind == "prefix":
            return [(at, at + 1) for at, word in enumerate(words) if word.startswith(str(self.value[0]))]
        if self.kind == "or":
            return [place for part in self.parts for place in part.places(words)]
        assert self.kind == "near"
        left, right, distance, ordered = self.value
        assert isinstance(left, Wanted)
        assert isinstance(right, Wanted)
        assert isinstance(distance, int)
        pairs = [(a, b) for a in left.places(words) for b in right.places(words)]
        forward = [(a[0], b[1]) for a, b in pairs if 0 <= b[0] - a[1] <= distance]
        back = [] if ordered else [(b[0], a[1]) for a, b in pairs if 0 <= a[0] - b[1] <= distance]
        return forward + back

    @property
    def parts(self) -> list["Wanted"]:
        return [part for part in self.value if isinstance(part, Wanted)]

    def holds(self, words: list[str]) -> bool:
        if self.kind == "not":
            return not self.parts[0].holds(words)
        if self.kind == "and":
            return all(part.holds(words) for part in self.parts)
        if self.kind == "or":
            return any(part.holds(words) for part in self.parts)
        return bool(self.places(words))


word = st.sampled_from(VOCABULARY)
single = word.map(lambda one: Wanted(one, "phrase", (one,)))
phrase = st.lists(word, min_size=1, max_size=3).map(
    lambda some: Wanted('"' + " ".join(some) + '"', "phrase", tuple(some))
)
prefix = st.sampled_from(("ve", "vel", "veloria", "rap")).map(lambda one: Wanted(one + "*", "prefix", (one,)))
term = st.one_of(single, phrase, prefix)


def joined(kind: str, operator: str, parts: list[Wanted]) -> Wanted:
    return Wanted("(" + f" {operator} ".join(part.text for part in parts) + ")", kind, tuple(parts))


@st.composite
def nears(draw: st.DrawFn) -> Wanted:
    side = st.one_of(term, st.lists(term, min_size=2, max_size=2).map(lambda some: joined("or", "OR", some)))
    left, right = draw(side), draw(side)
    distance, ordered = draw(st.integers(0, 4)), draw(st.booleans())
    text = f"({left.text} NEAR/{distance}{'f' if ordered else ''} {right.text})"
    return Wanted(text, "near", (left, right, distance, ordered))


def compound(inner: st.SearchStrategy[Wanted]) -> st.SearchStrategy[Wanted]:
    some = st.lists(inner, min_size=2, max_size=3)
    return st.one_of(
        some.map(lambda parts: joined("and", "AND", parts)),
        some.map(lambda parts: joined("and", "", parts)),
        some.map(lambda parts: joined("or", "OR", parts)),
        inner.map(lambda part: Wanted(f"NOT {part.text}", "not", (part,))),
    )


queries = st.recursive(st.one_of(term, nears()), compound, max_leaves=8)


@st.composite
def spelled(draw: st.DrawFn) -> tuple[list[str], str]:
    """A list of words, and a text that says them in one of the many spellings."""
    words = draw(st.lists(word, max_size=8))
    text, said = "", []
    for one in words:
        if draw(st.integers(0, 5)) == 0 and one != "x":
            text += "l" + draw(st.sampled_from("'’"))
            said.append("l")
        text += "".join(draw(st.sampled_from(SPELLINGS.get(letter, letter))) for letter in one)
        text += draw(st.sampled_from((" ", "-", ", ", "\n", "'s ", " … ", "\u200b ")))
        said.append(one)
    return said, text


def refusal(text: str) -> QueryError | None:
    try:
        parse_query(text)
    except QueryError as error:
        return error
    return None


@given(queries, spelled())
def test_it_agrees_with_the_slow_evaluator(wanted: Wanted, said: tuple[list[str], str]) -> None:
    words, text = said
    refused = refusal(wanted.text)
    if wanted.holds([]):
        assert refused is not None
        assert "only excludes" in refused.problem
    else:
        found = query_matches(parse_query(wanted.text), post(text))
        assert (found is not None) == wanted.holds(words)


@given(queries.filter(lambda wanted: not wanted.holds([])), spelled())
def test_a_matching_post_holds_a_literal(wanted: Wanted, said: tuple[list[str], str]) -> None:
    query = parse_query(wanted.text)
    if query_matches(query, post(said[1])) is not None:
        assert query.literals is not None
        assert any(literal in fold(said[1]) for literal in query.literals)


@given(st.text(alphabet='ab*:#@"()/ANDORTEL é\n-', max_size=30))
def test_any_text_is_read_or_refused_with_a_place_inside_it(text: str) -> None:
    refused = refusal(text)
    if refused is not None:
        lines = text.split("\n")
        assert 1 <= refused.line <= len(lines)
        assert 1 <= refused.column <= len(lines[refused.line - 1]) + 1
        assert str(refused).startswith(f"query:{refused.line}:{refused.column}: ")


@pytest.mark.parametrize(
    ("text", "place", "problem", "says"),
    [
        ("", (1, 1), "empty", "at least one word"),
        ("  \n", (1, 1), "empty", ""),
        ("(veloria", (1, 1), "never closed", "close it"),
        ("veloria)", (1, 8), "closes nothing", "remove it"),
        ("véloria\nAND", (2, 4), "ends too early", "a word"),
        ("OR veloria", (1, 1), '"OR" cannot stand here', "double quotes"),
        ("a OR OR b", (1, 6), '"OR" cannot stand here', "a word"),
        ("a ()", (1, 4), "cannot stand here", "a word"),
        ('a "b', (1, 3), "never closed", "second quotation mark"),
        ("é \nx*y", (2, 2), "only at the end", "rappel*"),
        ("v*", (1, 2), "at least 2", "rappel*"),
        ("*", (1, 1), "at least 2", "rappel*"),
        ('"véloria *"', (1, 10), "at least 2", ""),
        ("a & b", (1, 3), "no letter, digit or emoji", "remove it"),
        ('a ""', (1, 4), "phrase is empty", ""),
        ("-veloria", (1, 1), "does not exclude", "NOT"),
        ("foo:bar", (1, 1), "no field", "double quotes"),
        ("author:", (1, 8), "no value", "author:veloria"),
        ("lang:de", (1, 6), "no language", "one of fr, en"),
        ("site:veloria", (1, 6), "no host", "site:example.com"),
        ("source:a*b", (1, 9), "only at the end", ""),
        ("raw:Vel*", (1, 8), "no wildcard", ""),
        ("hashtag:1", (1, 9), "no name", ""),
        ("https://veloria.example/x", (1, 1), "a link is no word", "links:"),
        ("a NEAR b", (1, 3), "does not say how near", "NEAR/5"),
        ("a NEAR/x b", (1, 3), "does not say how near", "NEAR/x"),
        ("a NEAR/500 b", (1, 3), "does not say how near", "0 to 100"),
        ("a NEAR/5 (b c)", (1, 3), "stands between words", "OR"),
        ("NOT a", (1, 1), "only excludes", "veloria NOT tarte"),
        ("a OR NOT b", (1, 1), "only excludes", ""),
        ("NOT " * 60 + "a", (1, 1), "nested more than 40", "split"),
    ],
)
def test_errors_say_where_what_and_the_mend(
    text: str, place: tuple[int, int], problem: str, says: str
) -> None:
    with pytest.raises(QueryError) as caught:
        parse_query(text)
    error = caught.value
    assert problem in error.problem
    assert says in str(error)
    if "nested" not in problem:
        assert (error.line, error.column) == place


def test_size_is_bounded_and_the_name_is_told() -> None:
    with pytest.raises(QueryError, match=r"^brand:1:10001: the query has 10002 characters"):
        parse_query("a" * (MAX_LENGTH + 2), name="brand")


def test_a_query_as_long_as_allowed_with_many_terms_is_read() -> None:
    query = parse_query(" OR ".join(f"w{number}" for number in range(1_000)))
    assert query_matches(query, post("rien que w999")) == ("w999",)


def test_thousands_of_brackets_are_no_trouble() -> None:
    assert query_matches(parse_query("(" * 4_000 + "a" + ")" * 4_000), post("a")) == ("a",)

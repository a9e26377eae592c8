"""Words, phrases and fields of a query."""

import pytest

from monitor.query import parse_query
from monitor.query_nodes import Atom, Field, Node, Term


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("Véloria", Term((Atom("veloria"),))),
        ("L'Oréal", Term((Atom("l"), Atom("oreal")))),
        ("vélo-rappel*", Term((Atom("velo"), Atom("rappel", prefix=True)))),
        ("“rappel de”", Term((Atom("rappel"), Atom("de")))),
        ("«feu»", Term((Atom("feu"),))),
        ("#VeloriaRecall", Term((Atom("veloriarecall", only="hashtag"),))),
        ("at:@veloria", Term((Atom("veloria", only="handle"),))),
        ("@veloria@social.example", Term((Atom("veloria@social.example", only="handle"),))),
        ("hashtag:vel*", Term((Atom("vel", prefix=True, only="hashtag"),))),
        ('raw:"Le Vélo"', Term((Atom("le", exact="Le"), Atom("velo", exact="Vélo")))),
        ("author:@Veloria*", Field("author", "veloria", prefix=True)),
        ("source:Mastodon", Field("source", "mastodon")),
        ("site:https://www.example.com/a", Field("site", "example.com")),
        ("lang:fr", Field("lang", "fr")),
    ],
)
def test_reading(text: str, node: Node) -> None:
    assert parse_query(text).root == node


@pytest.mark.parametrize(
    "text", ['"a b"', "#recall", "@veloria", "rappel*", "raw:Apple", "lang:fr", 'raw:"Le Vélo"']
)
def test_a_node_describes_itself_as_it_is_written(text: str) -> None:
    assert str(parse_query(text).root) == text

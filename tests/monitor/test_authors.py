"""Who wrote a mention."""

from typing import Any

import pytest

from monitor.authors import AuthorDirectory
from monitor.records import Author
from monitor.settings import BrandSettings
from tests.monitor.posts import post

DIRECTORY = AuthorDirectory(
    [
        BrandSettings(
            id="veloria",
            name="Véloria",
            queries=("veloria",),
            own_handles=("@Veloria@social.example", "veloria"),
            press_handles=("@daily",),
            press_hosts=("news.example",),
            regulator_handles=("regulator",),
            regulator_hosts=("https://www.regulator.example/",),
        )
    ]
)


@pytest.mark.parametrize(
    ("handle", "kind"),
    [
        ("@veloria@social.example", "brand"),
        ("VELORIA", "brand"),
        ("veloria@evil.example", "public"),
        ("véloria", "public"),
        ("veloria.bsky.example", "public"),
        ("@Daily", "press"),
        ("regulator", "regulator"),
        ("", "public"),
    ],
)
def test_handles_are_compared_whole(handle: str, kind: str) -> None:
    assert DIRECTORY.kind(post("x", author=Author(handle=handle))) == kind


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"url": "https://www.news.example/a", "kind": "article"}, "press"),
        ({"url": "https://notnews.example/a"}, "public"),
        ({"url": "https://notices.regulator.example/1"}, "regulator"),
        ({"url": "https://news.example@evil.example/1"}, "public"),
        ({"author": Author(handle="x", url="https://news.example/x")}, "press"),
        ({"kind": "article", "source": "feeds"}, "press"),
        ({"kind": "post", "source": "feeds"}, "public"),
        ({"kind": "article", "source": "webhook"}, "public"),
        ({"author": Author(handle="x", bot=True)}, "bot"),
        ({"author": Author(handle="daily", bot=True)}, "press"),
    ],
)
def test_hosts_sources_and_bots(fields: dict[str, Any], kind: str) -> None:
    assert DIRECTORY.kind(post("x", **fields)) == kind


def test_without_settings_everybody_is_the_public() -> None:
    assert AuthorDirectory([]).kind(post("x")) == "public"

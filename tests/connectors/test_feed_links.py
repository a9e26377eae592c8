import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.feed_links import canonical, host_of, unwrap

GOOGLE = "https://www.google.com/url?rct=j&sa=t&url="


@pytest.mark.parametrize(
    ("link", "inner"),
    [
        (f"{GOOGLE}https://a.example/x%3Fid%3D42%26ref%3Dga&ct=ga&cd=E", "https://a.example/x?id=42&ref=ga"),
        (f"{GOOGLE}https://a.example/50%2525&ct=ga", "https://a.example/50%25"),
        (f"{GOOGLE}https://a.example/a+b&ct=ga", "https://a.example/a+b"),
        (f"{GOOGLE}javascript:alert(1)&ct=ga", f"{GOOGLE}javascript:alert(1)&ct=ga"),
        ("https://www.google.ca/url?q=https://a.example/", "https://a.example/"),
        (
            "https://evil.example/url?url=https://a.example/",
            "https://evil.example/url?url=https://a.example/",
        ),
        ("https://www.google.com/alerts?url=x", "https://www.google.com/alerts?url=x"),
        ("http://[", "http://["),
    ],
)
def test_google_links_are_unwrapped_and_decoded_once(link: str, inner: str) -> None:
    assert unwrap(link) == inner


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://a.example/x?xtor=RSS-1", "https://a.example/x?xtor=RSS-2"),
        ("http://A.example:80/x/", "https://a.example/x"),
        ("https://a.example/x?utm_source=rss&p=12#top", "https://a.example/x?p=12"),
        ("https://a.example/x?token=1", "https://a.example/x?token=2"),
        ("https://a.example", "https://a.example/"),
    ],
)
def test_the_same_article_has_one_canonical_address(one: str, other: str) -> None:
    assert canonical(one) == canonical(other)


def test_different_articles_stay_different() -> None:
    assert canonical("https://a.example/?p=12") != canonical("https://a.example/?p=13")
    assert canonical("https://a.example:8443/") != canonical("https://a.example/")


@given(st.text(max_size=80))
def test_canonical_is_stable(link: str) -> None:
    assert canonical(canonical(f"https://a.example/{link}")) == canonical(f"https://a.example/{link}")
    canonical(link)
    unwrap(link)


def test_the_host_of_an_article() -> None:
    assert host_of("https://www.journal.example.com/eco") == "journal.example.com"
    assert host_of(None) == host_of("http://[") == ""

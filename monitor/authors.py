"""What kind of author wrote a mention: the brand itself, press, a regulator, a bot or the public.

Handles are compared whole and letter by letter (only case is ignored): an account whose name merely looks like
the brand's, on another server or with an accent more, is not the brand.
"""

from collections.abc import Iterable, Sequence

from monitor.records import AuthorKind, Mention
from monitor.settings import BrandSettings
from monitor.text import is_host_of, link_host

# Sources whose articles come from publications that somebody chose to follow.
_FEED_SOURCES = ("feed", "rss", "press")


class AuthorDirectory:
    """An AuthorJudge that knows the accounts and sites of all brands' settings."""

    def __init__(self, brands: Sequence[BrandSettings]) -> None:
        self._own = _handles(handle for brand in brands for handle in brand.own_handles)
        self._press = _handles(handle for brand in brands for handle in brand.press_handles)
        self._regulators = _handles(handle for brand in brands for handle in brand.regulator_handles)
        self._press_hosts = _hosts(host for brand in brands for host in brand.press_hosts)
        self._regulator_hosts = _hosts(host for brand in brands for host in brand.regulator_hosts)

    def kind(self, mention: Mention) -> AuthorKind:
        """The kind of the author; what weighs most for people comes first."""
        handle = _plain_handle(mention.author.handle)
        hosts = [link_host(url) for url in (mention.url, mention.author.url) if url]
        if handle in self._own:
            return "brand"
        if handle in self._regulators or _any_of(hosts, self._regulator_hosts):
            return "regulator"
        if handle in self._press or _any_of(hosts, self._press_hosts) or _is_followed_article(mention):
            return "press"
        return "bot" if mention.author.bot else "public"


def _is_followed_article(mention: Mention) -> bool:
    return mention.kind == "article" and mention.source.startswith(_FEED_SOURCES)


def _any_of(hosts: Iterable[str], domains: frozenset[str]) -> bool:
    return any(is_host_of(host, domain) for host in hosts for domain in domains)


def _handles(handles: Iterable[str]) -> frozenset[str]:
    return frozenset(filter(None, map(_plain_handle, handles)))


def _plain_handle(handle: str) -> str:
    return handle.strip().removeprefix("@").casefold()


def _hosts(hosts: Iterable[str]) -> frozenset[str]:
    return frozenset(filter(None, (link_host(host.strip()).removeprefix("www.") for host in hosts)))

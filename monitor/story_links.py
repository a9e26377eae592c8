"""What a mention points to: other mentions of its thread, and pages outside. Links are compared, never followed."""

from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit

import regex

from monitor.records import Mention

MAX_LINKS = 10  # of one mention; more is a list of links, not a story

_TRACKING = regex.compile(
    r"utm_.*|mc_[ce]id|[a-z]*clid|dclid|igshid?|igsh|_hs(enc|mi)|mkt_tok|yclid|ref(_?src|_?url|errer)?|"
    r"source|src|s|si|spm|cmpid|cmp|campaign_?id|at_medium|at_campaign|xtor|feature|share|shared|amp|"
    r"vero_.*|oly_.*|wt_?mc|trk|trkCampaign|guccounter|guce_.*|__twitter_impression"
)
# Home pages (also one per language), profiles, tags and searches: many stories point there.
_NO_STORY = regex.compile(
    r"/*(?:[a-z]{2}(?:[-_][a-z]{2})?)?/*|/index\.\w{1,5}|/@[^/]+|/(?:tags?|hashtags?|explore|search|profile|user|u)(?:/.*)?",
    regex.I,
)
_IN_TEXT = regex.compile(r"https?://[^\s<>\"'«»“”()\[\]]+", regex.I)


def thread_links(mention: Mention) -> tuple[str, ...]:
    """Ids of other mentions that this one follows, the closest tie first."""
    thread = mention.thread
    found = (thread.repost_of, thread.quote_of, thread.conversation, thread.in_reply_to)
    return tuple(dict.fromkeys(one for one in found if one and one != mention.id))


def outbound_links(mention: Mention) -> tuple[str, ...]:
    """The pages that a mention shares, canonical, in order; an article shares its own page."""
    raw = list(mention.links[:MAX_LINKS])
    if not raw and "://" in mention.text:
        raw = [
            one.rstrip(".,;:!?") for one in _IN_TEXT.findall(mention.text[:4_000]) if not one.endswith("…")
        ]
    if mention.kind == "article" and mention.url:
        raw.insert(0, mention.url)
    return tuple(dict.fromkeys(filter(None, map(canonical_link, raw[:MAX_LINKS]))))


def canonical_link(url: str) -> str | None:
    """One spelling for every way to link to a page; None where the link tells no story (home pages, profiles...).

    Scheme, ``www.``, ``m.``, default port, fragment, tracking parameters and a last slash are dropped.
    """
    try:
        parts = urlsplit(url.strip())
        host = _host(parts)
    except ValueError:
        return None
    if parts.scheme.lower() not in {"http", "https"} or "." not in host:
        return None
    kept = sorted(pair for pair in _parameters(parts.query) if not _TRACKING.fullmatch(pair[0].lower()))
    if not kept and _NO_STORY.fullmatch(parts.path):
        return None
    query = f"?{urlencode(kept)}" if kept else ""
    return f"{host}{parts.path.rstrip('/')}{query}"


def host_of(url: str) -> str:
    """The host of a web address without ``www.``; empty where there is none."""
    try:
        return _host(urlsplit(url))
    except ValueError:
        return ""


def _host(parts: SplitResult) -> str:
    host = (parts.hostname or "").lower().rstrip(".").removeprefix("www.").removeprefix("m.")
    port = parts.port
    return host if port in {None, 80, 443} else f"{host}:{port}"


def _parameters(query: str) -> list[tuple[str, str]]:
    if not query:
        return []
    try:
        return parse_qsl(query, keep_blank_values=True, max_num_fields=50)
    except ValueError:
        return [("", query)]

"""Hypothesis strategies for every record: any value that a record allows, hostile text included."""

from datetime import UTC, datetime, timedelta
from typing import get_args

from hypothesis import strategies as st

from monitor import records as r
from monitor.batches import FindingBatch, MentionBatch, ReadingBatch, Rejected
from monitor.situation import Situation

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

# NUL and lone surrogates are mended on the way in, so they are left to the tests of mending.
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=80)
words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=20)
names = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,10}", fullmatch=True)
counts = st.integers(0, 2**63 - 1)
shares = st.floats(0.0, 1.0)
urls = st.builds("https://site{}.example/{}".format, st.integers(1, 9), st.integers(0, 10**6))
times = st.integers(0, 4_000_000_000_000).map(
    lambda ms: datetime(1970, 1, 2, tzinfo=UTC) + timedelta(milliseconds=ms)
)
recent_times = st.integers(-86_400, 86_400).map(lambda seconds: START + timedelta(seconds=seconds))
hashes = st.integers(0, 2**256 - 1).map("{:064x}".format)
mention_ids = st.builds("{}:{}".format, names, st.integers(0, 10**9))
departments = st.sampled_from(r.DEPARTMENTS)
languages: st.SearchStrategy[r.Language] = st.sampled_from(get_args(r.Language))
author_kinds: st.SearchStrategy[r.AuthorKind] = st.sampled_from(get_args(r.AuthorKind))

authors = st.builds(
    r.Author,
    handle=texts,
    name=texts,
    id=st.none() | words,
    url=st.none() | urls,
    followers=st.none() | counts,
    account_created=st.none() | times,
    verified=st.none() | st.booleans(),
    bot=st.none() | st.booleans(),
)
engagements = st.builds(
    r.Engagement,
    likes=st.none() | st.integers(-(2**63), 2**63 - 1),
    reposts=st.none() | counts,
    replies=st.none() | counts,
    quotes=st.none() | counts,
    views=st.none() | counts,
)
threads = st.builds(
    r.Thread,
    in_reply_to=st.none() | mention_ids,
    repost_of=st.none() | mention_ids,
    quote_of=st.none() | mention_ids,
    conversation=st.none() | mention_ids,
)
medias = st.builds(r.Media, url=urls, alt=texts)
mentions = st.builds(
    r.Mention,
    id=mention_ids,
    source=names,
    kind=st.sampled_from(get_args(r.MentionKind)),
    event=st.sampled_from(get_args(r.MentionEvent)),
    url=st.none() | urls,
    author=authors,
    title=texts,
    text=texts,
    links=st.lists(urls, max_size=3).map(tuple),
    media=st.lists(medias, max_size=2).map(tuple),
    language_hint=st.none() | st.sampled_from(["fr", "en", "fr-CA"]),
    created_at=times,
    edited_at=st.none() | times,
    fetched_at=times,
    engagement=engagements,
    thread=threads,
    raw_sha256=st.just("") | hashes,
    late=st.booleans(),
)
sentiments = st.builds(
    r.Sentiment,
    label=st.sampled_from(get_args(r.SentimentLabel)),
    compound=st.floats(-1.0, 1.0),
    probabilities=st.builds(r.Probabilities, negative=shares, neutral=shares, positive=shares),
    abstain=st.booleans(),
    scorer=names,
)
topic_hits = st.builds(r.TopicHit, topic=names, why=st.lists(texts, max_size=2).map(tuple))
readings = st.builds(
    r.Reading,
    id=words,
    brand=names,
    mention=mentions,
    matched=st.lists(texts, max_size=2).map(tuple),
    language=languages,
    sentiment=sentiments,
    topics=st.lists(topic_hits, max_size=2).map(tuple),
    author_kind=author_kinds,
    read_at=times,
)
stories = st.builds(
    r.Story,
    id=words,
    brand=names,
    title=texts,
    first_mention=mention_ids,
    first_url=st.none() | urls,
    first_seen=times,
    last_seen=times,
    mentions=counts,
    authors=counts,
    reach=counts,
    authors_of_unknown_reach=counts,
    mentions_last_5_min=counts,
    mentions_last_60_min=counts,
    negative_share=shares,
    sources=st.lists(names, max_size=2).map(tuple),
    languages=st.lists(languages, max_size=2).map(tuple),
    author_kinds=st.lists(author_kinds, max_size=2).map(tuple),
)
localized = st.builds(r.Localized, fr=texts, en=texts)
ladder_steps = st.builds(
    r.LadderStep,
    measure=st.sampled_from(r.MEASURES),
    what=localized,
    owner=departments,
    within_minutes=st.none() | st.integers(1, 525_600),
    approval=st.none() | departments,
)
clauses = st.builds(
    r.AgreedClause,
    id=names,
    title=localized,
    owner=departments,
    severity=st.sampled_from(r.SEVERITIES),
    page=st.lists(departments, max_size=3, unique=True).map(tuple),
    inform=st.lists(departments, max_size=3, unique=True).map(tuple),
    ladder=st.lists(ladder_steps, min_size=1, max_size=2).map(tuple),
    holding_statement=st.none() | localized,
)
playbook_refs = st.builds(r.PlaybookRef, version=texts, sha256=hashes)
traces = st.recursive(
    st.builds(r.Trace, condition=texts, saw=texts, held=st.booleans()),
    lambda inner: st.builds(
        r.Trace, condition=texts, saw=texts, held=st.booleans(), parts=st.lists(inner, max_size=2).map(tuple)
    ),
    max_leaves=4,
)
findings = st.builds(
    r.Finding,
    id=words,
    brand=names,
    brand_name=texts,
    clause=clauses,
    playbook=playbook_refs,
    story=stories,
    reading=readings,
    trace=traces,
    level=st.integers(0, 9),
    found_at=times,
)
situations = st.builds(Situation, reading=readings, story=stories, now=times)

mention_batches = st.builds(MentionBatch, source=names, mentions=st.lists(mentions, max_size=3).map(tuple))
reading_batches = st.builds(ReadingBatch, brand=names, readings=st.lists(readings, max_size=2).map(tuple))
finding_batches = st.builds(FindingBatch, story=words, findings=st.lists(findings, max_size=2).map(tuple))
rejected = st.builds(
    Rejected,
    id=words,
    stage=names,
    reason=names,
    detail=texts,
    topic=names,
    partition=st.integers(-1, 1_000),
    offset=st.integers(-1, 2**40),
    rejected_at=times,
    original_base64=st.just("") | st.binary(max_size=20).map(bytes.hex),
)

"""Hypothesis strategies for conditions as they are written."""

from typing import get_args

from hypothesis import strategies as st

from monitor.condition_model import MAX_DEPTH, Condition
from monitor.condition_values import NUMBERS
from monitor.records import AuthorKind, Language, MentionKind
from monitor.topics import TOPICS

leaves = st.one_of(
    st.lists(st.sampled_from(TOPICS), min_size=1, max_size=2).map(lambda v: {"topic": v}),
    st.sampled_from(["negative", "neutral", "positive"]).map(lambda v: {"sentiment": v}),
    st.tuples(st.sampled_from(["negative", "positive"]), st.floats(0, 1)).map(
        lambda pair: {"sentiment": {"is": pair[0], "min_confidence": pair[1]}}
    ),
    st.tuples(st.sampled_from(sorted({*NUMBERS} - {"negative_share"})), st.integers(1, 100_000)).map(
        lambda pair: {pair[0]: pair[1]}
    ),
    st.floats(0, 1).map(lambda v: {"negative_share": v}),
    st.sampled_from(get_args(AuthorKind)).map(lambda v: {"author_kind": v}),
    st.sampled_from(get_args(Language)).map(lambda v: {"language": [v]}),
    st.sampled_from(get_args(MentionKind)).map(lambda v: {"kind": v}),
    st.sampled_from(["mastodon", "feeds"]).map(lambda v: {"source": v}),
    st.sampled_from(["veloria", "rappel OR recall", "lang:fr"]).map(lambda v: {"query": v}),
)
written_conditions = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"all": parts}),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"any": parts}),
        inner.map(lambda part: {"not": part}),
    ),
    max_leaves=6,
).filter(lambda written: Condition.model_validate({"not": {"not": written}}).depth <= MAX_DEPTH)

"""Names of one test's own."""

import re

import pytest


@pytest.mark.parametrize("anything", ["é/ü:*", "x" * 300])
def test_a_prefix_is_a_legal_topic_name(unique_prefix: str, anything: str) -> None:
    assert anything
    assert re.fullmatch(r"[A-Za-z0-9._-]{9,80}", unique_prefix)
    assert unique_prefix.startswith("test-a-prefix-is-a-legal-topic-name")

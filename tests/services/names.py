"""Names that belong to one test alone, on servers that tests share."""

import re
import uuid

import pytest


@pytest.fixture
def unique_prefix(request: pytest.FixtureRequest) -> str:
    """A prefix for topics, consumer groups and Faust apps: the test's name, made safe and unlike any other."""
    readable = re.sub(r"[^A-Za-z0-9]+", "-", request.node.name).strip("-")[:60]
    return f"{readable}-{uuid.uuid4().hex[:8]}"

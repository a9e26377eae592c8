"""What happens to a test whose service is not on this machine."""

import contextlib
from collections.abc import Iterator

import pytest

from deploy.services.errors import ServiceMissing


@contextlib.contextmanager
def skip_when_missing() -> Iterator[None]:
    """Skip the test when the service cannot be run here. Under CI=true, `no_skips` makes that a failure."""
    try:
        yield
    except ServiceMissing as missing:
        pytest.skip(str(missing))

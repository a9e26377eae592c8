"""A finding that the router cannot take is set aside alone."""

from collections.abc import Sequence

import pytest

from deploy.accepting import accept_each
from monitor.codec import decode
from monitor.errors import StopError, Unavailable
from monitor.records import Finding
from tests.routing.scenes import finding


class Router:
    """Takes findings by id, but for those it chokes on."""

    def __init__(self, *choke: str, error: Exception | None = None) -> None:
        self.taken: list[str] = []
        self.choke = choke
        self.error = error or ValueError("cannot")

    async def accept(self, findings: Sequence[Finding]) -> None:
        if any(one.id in self.choke for one in findings):
            raise self.error
        self.taken.extend(one.id for one in findings)


def some() -> list[Finding]:
    return [finding().model_copy(update={"id": f"f{number}"}) for number in range(4)]


async def test_findings_are_taken_together() -> None:
    router = Router()
    assert await accept_each(router.accept, some()) == []
    assert router.taken == ["f0", "f1", "f2", "f3"]


async def test_one_that_cannot_be_taken_comes_back_with_its_bytes() -> None:
    router = Router("f2")
    (bad,) = await accept_each(router.accept, some())
    assert router.taken == ["f0", "f1", "f3"]
    assert (bad.reason, bad.detail) == ("route_failed", "ValueError: cannot")
    assert decode(Finding, bad.original).id == "f2"


@pytest.mark.parametrize("error", [Unavailable("the database is away"), StopError("unsafe")])
async def test_what_is_not_the_findings_fault_is_let_out(error: Exception) -> None:
    with pytest.raises(type(error)):
        await accept_each(Router("f2", error=error).accept, some())

"""What every channel must keep, as checks that its author runs against a double of the other side.

::

    @pytest.mark.parametrize("check", CHECKS)
    async def test_conformance(check: Check) -> None:
        await check(over_http(MyDouble, lambda double: my_channel(double.url, "canary"), secrets=("canary",)))

The double is an ``HttpDouble`` that answers as the service does, limits included, and has ``shown`` and ``live``
(see ``Double``). A channel that does not speak HTTP makes its own ``Conformance``.
"""

from routing.channels.conformance.case import (
    EXPECTED,
    Conformance,
    Double,
    Expected,
    Trouble,
    over_http,
)
from routing.channels.conformance.checks import CHECKS, Check, expect, expect_delivered

__all__ = [
    "CHECKS",
    "EXPECTED",
    "Check",
    "Conformance",
    "Double",
    "Expected",
    "Trouble",
    "expect",
    "expect_delivered",
    "over_http",
]

"""A source's name must never lead Tocsin to an address inside the network that it runs in."""

import pytest

from connectors.http import SourceHttp
from connectors.pinned import RefusedAddress, checked_addresses
from connectors.testing import SourceServer, redirect, reply
from monitor.clock import ManualClock
from monitor.errors import Unavailable

PUBLIC = "93.184.215.14"


class Answers:
    """A resolver that gives these answers in turn, the last one again and again."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked = 0

    async def __call__(self, host: str, port: int) -> list[str]:
        self.asked += 1
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "::ffff:127.0.0.1",
        "2130706433",
        "0x7f.1",
        "169.254.169.254",
        "10.1.2.3",
        "100.64.0.1",
        "255.255.255.255",
    ],
)
async def test_private_addresses_in_any_writing_are_refused(host: str) -> None:
    with pytest.raises(RefusedAddress):
        await checked_addresses(host, 80)


async def test_a_public_address_passes() -> None:
    assert await checked_addresses(PUBLIC, 443) == (PUBLIC,)


async def test_one_private_address_among_public_ones_refuses_the_name() -> None:
    with pytest.raises(RefusedAddress):
        await checked_addresses("feeds.example.com", 443, resolver=Answers([PUBLIC, "10.0.0.1"]))


@pytest.mark.parametrize(
    "address", ["169.254.169.254", "fe80::1%eth0", "::ffff:169.254.169.254", "224.0.0.1", "junk"]
)
async def test_link_local_is_refused_even_inside_ones_own_network(address: str) -> None:
    with pytest.raises(RefusedAddress):
        await checked_addresses("inside.example", 80, allow_private=True, resolver=Answers([address]))


async def test_a_name_without_address_is_unavailable() -> None:
    with pytest.raises(Unavailable, match="no address"):
        await checked_addresses("nowhere.example", 80, resolver=Answers([]))


async def test_a_name_that_turns_private_is_refused_at_the_next_connection(clock: ManualClock) -> None:
    names = Answers([PUBLIC], ["127.0.0.1"])
    assert await checked_addresses("rebind.example.com", 80, resolver=names) == (PUBLIC,)
    async with SourceServer() as server, SourceHttp("test", clock=clock, resolver=names) as http:
        server.on("/a", reply(b"secret"))
        with pytest.raises(RefusedAddress):
            await http.get(server.url("/a", host="rebind.example.com"))
    assert server.calls == []


async def test_the_checked_address_is_the_one_connected_to(server: SourceServer, clock: ManualClock) -> None:
    names = Answers(["127.0.0.1"], ["169.254.169.254"])
    server.on("/a", reply(b"here"))
    async with SourceHttp("test", clock=clock, resolver=names, allow_private_addresses=True) as http:
        await http.get(server.url("/a", host="name.example.com"))
    assert names.asked == 1
    assert server.calls[0].headers["host"] == f"name.example.com:{server.port}"


async def test_the_next_address_is_tried_when_one_does_not_answer(
    server: SourceServer, clock: ManualClock
) -> None:
    names = Answers(["127.0.0.2", "127.0.0.1"])
    server.on("/a", reply(b"here"))
    async with SourceHttp("test", clock=clock, resolver=names, allow_private_addresses=True) as http:
        assert (await http.get(server.url("/a", host="name.example.com"))).body == b"here"


@pytest.mark.parametrize(
    "target", ["http://127.0.0.1/", "http://169.254.169.254/latest/meta-data/", "http://[::1]/"]
)
async def test_a_redirect_to_a_private_address_is_refused(clock: ManualClock, target: str) -> None:
    class FirstHopOnly:
        async def __call__(self, host: str, port: int) -> list[str]:
            return ["127.0.0.1"] if host == "public.example.com" else [host]

    async with SourceServer() as server:
        server.on("/a", redirect(target.replace("127.0.0.1", "169.254.1.1")))
        async with SourceHttp(
            "test", clock=clock, resolver=FirstHopOnly(), allow_private_addresses=True
        ) as http:
            with pytest.raises(Unavailable):
                await http.get(server.url("/a", host="public.example.com"))
    assert len(server.calls) >= 1
    assert {call.path for call in server.calls} == {"/a"}


async def test_a_refused_address_is_not_asked_again(clock: ManualClock) -> None:
    names = Answers(["10.0.0.1"])
    async with SourceHttp("test", clock=clock, resolver=names) as http:
        with pytest.raises(RefusedAddress, match="allow_private_addresses"):
            await http.get("https://feeds.example.com/a")
    assert names.asked == 1

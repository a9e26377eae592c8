"""The ping of the dead-man service: what counts as heard, and that its address stays a secret."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr

from routing.dead_man import DeadMan


@asynccontextmanager
async def service(status: int, asked: list[str]) -> AsyncIterator[str]:
    async def answer(request: web.Request) -> web.Response:
        asked.append(f"{request.method} {request.path}")
        return web.Response(status=status, headers={"Location": "/elsewhere"})

    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", answer)
    async with TestServer(app) as server:
        yield str(server.make_url("/ping/secret-name"))


async def ping(url: str) -> str:
    dead_man = DeadMan(SecretStr(url), allow_private_addresses=True)
    try:
        return await dead_man.ping()
    finally:
        await dead_man.aclose()


async def test_it_asks_by_get_and_is_heard() -> None:
    asked: list[str] = []
    async with service(200, asked) as url:
        assert await ping(url) == ""
    assert asked == ["GET /ping/secret-name"]


@pytest.mark.parametrize("status", [302, 404, 500])
async def test_another_answer_is_not_heard_and_not_followed(status: int) -> None:
    asked: list[str] = []
    async with service(status, asked) as url:
        why = await ping(url)
    assert why == f"127.0.0.1: HTTP {status}"
    assert len(asked) == 1


async def test_nobody_there_is_a_reason_without_the_address() -> None:
    async with service(200, []) as url:
        pass
    why = await ping(url)
    assert why
    assert "secret-name" not in why


def test_an_address_that_must_not_be_talked_to_is_refused_without_repeating_it() -> None:
    with pytest.raises(ValueError, match="https") as refused:
        DeadMan(SecretStr("http://127.0.0.1/secret-name"))
    assert "secret-name" not in str(refused.value)

"""The payload of a post goes with the finding, and never into what watching remembers."""

from pathlib import Path

from connectors.raw_payload import raw_fields
from tests.deploy.test_pipeline import Router, mention, running

PAYLOAD = b'{"only_in_the_payload": "zq9"}'


async def test_what_watching_remembers_holds_no_payload(tmp_path: Path) -> None:
    router = Router()
    async with running(tmp_path, router) as pipeline:
        post = mention(1).model_copy(update=dict(raw_fields(PAYLOAD)))
        await pipeline.publish("replay", (post,))
    assert router.ids
    stored = b"".join(file.read_bytes() for file in sorted(tmp_path.glob("state.db*")))  # noqa: ASYNC240
    assert b"V\xc3\xa9loria" in stored
    assert b"only_in_the_payload" not in stored

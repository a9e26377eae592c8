"""The receipt of a drill: what it shows and what its exit code says."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from deploy.drill_receipt import EXITS, PageLine, Receipt, Verdict, as_json, as_text, receipt_of, verdict_of
from deploy.drill_run import MOVES_WITHIN, is_over
from tests.routing.scenes import SECRET, START, Scene, finding

PAGE = PageLine("legal-oncall", "legal-mail", "email", 0, "sent", 1.5, 1, "")
RECEIPT = Receipt("T-7", "legal", "data-leak", "critical", "open", (PAGE,), "", None)
WAITING = replace(RECEIPT, pages=(replace(PAGE, state="pending", seconds=None, attempts=0),))
FAILED = replace(RECEIPT, pages=(replace(PAGE, state="failed", seconds=None, reason="gone"),))
ANSWERED = replace(RECEIPT, acknowledged_by="Legal", acknowledged_after_s=42.0)


@pytest.mark.parametrize(
    ("receipt", "verdict", "code"),
    [
        (ANSWERED, "acknowledged", 0),
        (RECEIPT, "nobody_acknowledged", 1),
        (FAILED, "page_failed", 1),
        (replace(ANSWERED, pages=(*ANSWERED.pages, *FAILED.pages)), "page_failed", 1),
        (WAITING, "nothing_moves", 3),
        (None, "nothing_moves", 3),
    ],
)
def test_the_verdict_and_its_exit_code(receipt: Receipt | None, verdict: Verdict, code: int) -> None:
    assert verdict_of(receipt) == verdict
    assert EXITS[verdict] == code


def test_it_ends_with_an_answer_or_in_time() -> None:
    wait, soon = MOVES_WITHIN * 10, MOVES_WITHIN / 2
    assert is_over(ANSWERED, soon, wait)
    assert not is_over(replace(ANSWERED, pages=WAITING.pages), soon, wait)
    assert not is_over(RECEIPT, MOVES_WITHIN * 2, wait)
    assert is_over(RECEIPT, wait, wait)
    assert is_over(replace(RECEIPT, state="resolved"), soon, wait)
    for nothing_moves in (None, WAITING):
        assert not is_over(nothing_moves, soon, wait)
        assert is_over(nothing_moves, MOVES_WITHIN, wait)


def test_people_and_scripts_read_the_same() -> None:
    said = as_text(FAILED, "page_failed")
    assert said.startswith("EXERCISE / EXERCICE T-7: legal, critical")
    assert "email legal-mail  failed  not sent (gone)" in said
    assert "acknowledged by Legal after 42.0 s" in as_text(ANSWERED, "acknowledged")
    data = json.loads(json.dumps(as_json(ANSWERED, "acknowledged")))
    assert (data["kind"], data["verdict"], data["acknowledged_after_s"]) == ("drill", "acknowledged", 42.0)
    assert as_json(None, "nothing_moves") == {"kind": "drill", "verdict": "nothing_moves"}


async def test_a_receipt_of_the_router(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOCSIN_LINK_SECRET", SECRET)
    one = Scene(f"sqlite:///{tmp_path}/r.db")
    drill = finding(page=("legal",), severity="critical").model_copy(update={"kind": "drill"})
    await one.router.accept([drill])
    await one.settle()
    (view,) = await one.router.incidents()
    receipt = receipt_of(view, "legal", START)
    assert view.kind == "drill"
    assert [(page.person, page.state, page.seconds) for page in receipt.pages] == [
        ("legal-oncall", "sent", 0.0)
    ]
    one.clock.advance(30)
    await one.router.acknowledge(view.id, view.cycle, "legal", "legal-oncall", "link")
    (view,) = await one.router.incidents()
    assert verdict_of(receipt_of(view, "legal", START)) == "acknowledged"
    assert receipt_of(view, "legal", START).acknowledged_after_s == 30.0
    assert all(page.kind == "drill" for channel in one.channels.values() for page in channel.pages)
    one.store.close()

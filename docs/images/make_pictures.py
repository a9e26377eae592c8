"""Makes the pictures of messages for the documentation: ``python docs/images/make_pictures.py``.

Needs Chromium. The mail is the real HTML part. Slack is drawn from the real blocks by a small imitation of its
layout, so its fonts and margins are not Slack's.
"""

import sys
import tempfile
from collections.abc import Iterable
from html import escape, unescape
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from deploy.services.chromium import FLAGS, chromium_path  # noqa: E402
from routing.channels.email_message import html_of  # noqa: E402
from routing.channels.slack_blocks import blocks  # noqa: E402
from routing.message_compose import compose_message  # noqa: E402
from routing.page import OtherPaged, Page  # noqa: E402
from tests.routing.channels.pages import NOW, make_page  # noqa: E402

HERE = Path(__file__).resolve().parent

SLACK_STYLE = """
body { margin: 0; background: #fff; color: #1d1c1d; font: 15px/1.46 Lato, "Helvetica Neue", Arial, sans-serif; }
.message { padding: 16px 20px; display: grid; grid-template-columns: 36px 1fr; gap: 8px; max-width: 720px; }
.face { width: 36px; height: 36px; border-radius: 6px; background: #7f1d1d; color: #fff; text-align: center;
  line-height: 36px; font-weight: 900; }
.who b { font-weight: 900; } .who span { color: #616061; font-size: 12px; }
.app { background: #eee; font-size: 10px; padding: 1px 3px; border-radius: 2px; font-weight: 700; }
.header { font-size: 18px; font-weight: 900; margin: 6px 0; }
.section { margin: 8px 0; white-space: pre-wrap; }
.context { margin: 6px 0; white-space: pre-wrap; color: #616061; font-size: 13px; }
.divider { border-top: 1px solid #ddd; margin: 12px 0; }
.fields { display: grid; grid-template-columns: 1fr 1fr; gap: 8px 16px; margin-top: 8px; white-space: pre-wrap; }
.disc { display: inline-block; width: 14px; height: 14px; border-radius: 7px; background: #d3202f; }
.button { display: inline-block; font-weight: 700; border-radius: 4px; padding: 5px 12px; color: #fff; margin: 4px 0; }
.primary { background: #007a5a; } .plain { background: #616061; }
"""


def shown(text: dict[str, Any]) -> str:
    """One text object as Slack shows it: entities decoded, bold in our own headings only."""
    decoded = escape(unescape(text["text"]))
    if text["type"] == "plain_text":
        return decoded
    return "".join(f"<b>{part}</b>" if place % 2 else part for place, part in enumerate(decoded.split("*")))


def drawn(block: dict[str, Any]) -> str:
    """One block as HTML."""
    match block["type"]:
        case "divider":
            inside = ""
        case "context":
            inside = "".join(shown(one) for one in block["elements"])
        case "actions":
            button = block["elements"][0]
            inside = f'<div class="button {button.get("style", "plain")}">{shown(button["text"])}</div>'
        case _:
            fields = "".join(f"<div>{shown(one)}</div>" for one in block.get("fields", ()))
            inside = shown(block["text"]) + (f'<div class="fields">{fields}</div>' if fields else "")
    return f'<div class="{block["type"]}">{inside}</div>'


def slack_html(page: Page) -> str:
    """A page as a message in a Slack channel."""
    message = compose_message(page, NOW)
    body = "".join(drawn(block) for block in blocks(message))
    body = body.replace(message.mark, '<span class="disc"></span>')  # without need of an emoji font
    who = '<div class="who"><b>Tocsin</b> <span class="app">APP</span> <span>3:12 AM</span></div>'
    return (
        f"<!doctype html><meta charset=utf-8><style>{SLACK_STYLE}</style>"
        f'<div class="message"><div class="face">T</div><div>{who}{body}</div></div>'
    )


def english_page() -> Page:
    """The page of the tests for a reader of English."""
    others = (
        OtherPaged(department="it", person="IT on-call", at=NOW, acknowledged=True),
        OtherPaged(department="comms", person="Communications on-call"),
    )
    return make_page(language="en", person_name="Legal on-call", others=others)


def photograph(pictures: Iterable[tuple[Path, str, int, int]]) -> None:
    """Write the beginning of each HTML text as a picture, so many pixels wide and high."""
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=list(FLAGS))
        for path, html, width, height in pictures:
            source = Path(folder) / f"{path.stem}.html"
            source.write_text(html, encoding="utf-8")
            page = browser.new_page(viewport={"width": width, "height": height})
            page.goto(source.as_uri())
            page.screenshot(path=path)
            page.close()
        browser.close()


def main() -> None:
    """Write the pictures beside this file."""
    mail = html_of(compose_message(make_page(), NOW))
    photograph(
        (
            (HERE / "page-email-fr.png", mail, 420, 1_240),
            (HERE / "page-slack-en.png", slack_html(english_page()), 720, 1_260),
        )
    )


if __name__ == "__main__":
    main()

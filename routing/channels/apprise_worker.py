"""The process in which apprise runs: one line of JSON in, one line out. Started by the channel, by its path.

Apprise is synchronous and has threads, sleeps and a log of its own; none of that is let into the router.
"""

import importlib
import json
import logging
import os
import sys


def main() -> None:
    """The first line is ``{"url": …}``, every further one ``{"title": …, "body": …}``; ends with its input."""
    logging.disable(logging.CRITICAL)
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    sys.stdout = sys.stderr  # whatever a plugin prints is no answer
    apprise = importlib.import_module("apprise")
    asset = apprise.AppriseAsset(async_mode=False, http_redirects=False, secure_logging=True)
    service = apprise.Apprise(asset=asset)
    known = bool(service.add(json.loads(sys.stdin.readline())["url"]))
    print(json.dumps({"known": known}), file=answers, flush=True)
    for line in sys.stdin:
        note = json.loads(line)
        try:
            sent = bool(
                service.notify(
                    title=note["title"],
                    body=note["body"],
                    # Any other format lets what is written in a post come alive as markup.
                    body_format=apprise.NotifyFormat.TEXT,
                    interpret_escapes=False,
                )
            )
        except Exception:  # noqa: BLE001 - a plugin may raise anything
            sent = False
        print(json.dumps({"sent": sent}), file=answers, flush=True)


if __name__ == "__main__":
    main()

"""Find Chromium, and the flags that keep it headless, quiet and on this machine."""

import os
import shutil

from deploy.services.errors import ServiceMissing

TO_INSTALL = (
    "Chromium is not installed (on Debian: `apt-get install chromium`; elsewhere set TOCSIN_CHROMIUM to the path of "
    "a Chromium or Chrome)."
)
_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")

FLAGS = (
    "--no-sandbox",  # its sandbox refuses to start as root, and it opens nothing but our own pages
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Every other name or address fails to resolve, web sockets included.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost, EXCLUDE [::1]",
)


def find_chromium() -> str | None:
    """Return the path of Chromium: `TOCSIN_CHROMIUM`, else the first of the usual names on PATH."""
    own = os.environ.get("TOCSIN_CHROMIUM")
    if own:
        return shutil.which(own)
    return next((path for name in _NAMES if (path := shutil.which(name))), None)


def chromium_path() -> str:
    """Return the path of Chromium. Raises ServiceMissing, whose message says what to install."""
    found = find_chromium()
    if found is None:
        raise ServiceMissing(TO_INSTALL)
    return found

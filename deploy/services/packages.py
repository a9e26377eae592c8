"""Install Debian packages without starting the servers in them. Standard library only."""

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from deploy.services.errors import ServiceFailed

_POLICY = Path("/usr/sbin/policy-rc.d")
_NO_SERVERS = (
    "#!/bin/sh\n# While Tocsin installs packages for its tests: do not start their servers.\nexit 101\n"
)
_ASK_LIMIT_S = 20
_INSTALL_LIMIT_S = 1800
# apt waits for another apt instead of failing, and a broken mirror is asked again.
_APT_OPTIONS = ("-o", "DPkg::Lock::Timeout=600", "-o", "Acquire::Retries=3")


def become_root() -> list[str] | None:
    """Return what to put before a command to run it as root (nothing when we are), None when we may not."""
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if sudo is None:
        return None
    try:
        asked = subprocess.run([sudo, "-n", "true"], capture_output=True, timeout=_ASK_LIMIT_S, check=False)
    except subprocess.TimeoutExpired:
        return None
    return [sudo, "-n"] if asked.returncode == 0 else None


def may_install() -> bool:
    """Tell whether this is Debian or Ubuntu and we may install packages without being asked for a password."""
    return shutil.which("apt-get") is not None and become_root() is not None


def install(packages: Sequence[str]) -> None:
    """Install Debian packages; of `first|second` the first that this release of the system has.

    Raises ServiceFailed, after apt's own words, when that does not work.
    """
    root = become_root()
    if root is None:
        raise ServiceFailed(
            "Packages can be installed by root only, or by an account with passwordless sudo."
        )
    apt = [*root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", *_APT_OPTIONS, "-y", "-q"]
    with _servers_kept_down(root):
        _run([*apt, "update"])
        _run([*apt, "install", "--no-install-recommends", *map(_of_this_release, packages)])


def _of_this_release(names: str) -> str:
    choices = names.split("|")
    return next((name for name in choices if _is_known(name)), choices[0])


def _is_known(name: str) -> bool:
    asked = subprocess.run(
        ["apt-cache", "show", name], capture_output=True, timeout=_ASK_LIMIT_S, check=False
    )
    return asked.returncode == 0


@contextlib.contextmanager
def _servers_kept_down(root: list[str]) -> Iterator[None]:
    if _POLICY.exists():  # the machine has its own rule (containers have this very one)
        yield
        return
    _run([*root, "sh", "-c", 'printf %s "$1" > "$2" && chmod 755 "$2"', "sh", _NO_SERVERS, str(_POLICY)])
    try:
        yield
    finally:
        _run([*root, "rm", "-f", str(_POLICY)])


def _run(command: list[str]) -> None:
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr,
            stderr=sys.stderr,
            timeout=_INSTALL_LIMIT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ServiceFailed(
            f"`{' '.join(command)}` did not end within {_INSTALL_LIMIT_S // 60} minutes."
        ) from None
    if done.returncode != 0:
        raise ServiceFailed(
            f"`{' '.join(command)}` failed with exit status {done.returncode}; its words are above."
        )

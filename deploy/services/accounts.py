"""The account to run a server as, for servers that refuse to run as root."""

import os
import pwd

from deploy.services.child import Account
from deploy.services.errors import ServiceMissing

_CANDIDATES = ("postgres", "nobody")


def unprivileged_account() -> Account | None:
    """Return the account to change to, or None when we are not root and may stay who we are."""
    if os.geteuid() != 0:
        return None
    for name in _CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid)
    raise ServiceMissing(
        f"PostgreSQL refuses to run as root: make one of the accounts {', '.join(_CANDIDATES)}."
    )

"""The secrets of an account: from the environment or from a file that it names, never from the configuration."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from pmtrack.errors import TrackerError

MAX_BYTES = 100_000


def variable(account: str, what: str) -> str:
    """The environment variable of an account's secret, `PMTRACK_ACME_TOKEN`."""
    return f"PMTRACK_{re.sub(r'[^A-Z0-9]+', '_', account.upper())}_{what}"


def secret(account: str, what: str, environment: Mapping[str, str] = os.environ) -> str:
    """One secret, without the line end that an editor leaves.

    Raises:
        TrackerError: there is none, there are two, or it cannot be read. The sentence names the variable only.
    """
    name = variable(account, what)
    file = f"{name}_FILE"
    here, there = environment.get(name, "").strip(), environment.get(file, "").strip()
    if here and there:
        raise TrackerError(f"{name} and {file} are both set: leave one of them out", permanent=True)
    value = _read(file, Path(there)) if there else here
    if not value:
        raise TrackerError(f"there is no {name} in the environment: set it, or {file} to a file", permanent=True)
    return value


def token(account: str, what: str = "TOKEN", environment: Mapping[str, str] = os.environ) -> str:
    """A secret that travels in a header: one word of printable ASCII.

    Raises:
        TrackerError: as `secret`; or it is no such word.
    """
    value = secret(account, what, environment)
    if not value.isascii() or not value.isprintable() or " " in value:
        name = variable(account, what)
        raise TrackerError(f"{name} holds spaces or signs that no token has: set it anew", permanent=True)
    return value


def _read(name: str, path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES).decode().strip()
    except OSError as error:
        why = error.strerror
    except UnicodeDecodeError:
        why = "not UTF-8"
    raise TrackerError(f"the file that {name} names cannot be read ({why}): make it readable", permanent=True)

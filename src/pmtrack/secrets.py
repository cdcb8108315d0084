"""The secrets of an account: from the environment or from a file that it names, never from the configuration."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import quote

MAX_BYTES = 100_000
HIDDEN = "***"
"""Stands where a secret stood."""

Fails = Callable[[str], Exception]
"""A sentence -> the caller's own error. The sentence names the variable, never what it holds."""


def variable(account: str, what: str = "TOKEN") -> str:
    """The environment variable of an account's secret, `PMTRACK_ACME_TOKEN`."""
    return f"PMTRACK_{re.sub(r'[^A-Z0-9]+', '_', account.upper())}_{what}"


def has(account: str, what: str = "TOKEN", environment: Mapping[str, str] = os.environ) -> bool:
    """Whether the environment holds the secret, or names a file for it."""
    name = variable(account, what)
    return any(environment.get(one, "").strip() for one in (name, f"{name}_FILE"))


def secret(account: str, what: str, environment: Mapping[str, str] = os.environ, *, fails: Fails) -> str:
    """One secret, without the line end that an editor leaves.

    Raises:
        fails: there is none, there are two, or it cannot be read or is empty.
    """
    name = variable(account, what)
    file = f"{name}_FILE"
    here, there = environment.get(name, "").strip(), environment.get(file, "").strip()
    if here and there:
        raise fails(f"{name} and {file} are both set: leave one of them out")
    value = _read(file, Path(there), fails) if there else here
    if there and not value:
        raise fails(f"the file that {file} names is empty: put the secret into it")
    if not value:
        raise fails(f"there is no {name} in the environment: set it, or {file} to a file")
    return value


def token(account: str, what: str = "TOKEN", environment: Mapping[str, str] = os.environ, *, fails: Fails) -> str:
    """A secret that travels in a header: one word of printable ASCII.

    Raises:
        fails: as `secret`; or it is no such word.
    """
    value = secret(account, what, environment, fails=fails)
    if not value.isascii() or not value.isprintable() or " " in value:
        raise fails(f"{variable(account, what)} holds spaces or signs that no token has: set it anew")
    return value


def hidden(text: str, *values: str) -> str:
    """What somebody else says, without these secrets: a server may say back what it was asked with."""
    for value in filter(None, values):
        for form in dict.fromkeys((value, quote(value, safe=""), json.dumps(value)[1:-1])):
            text = text.replace(form, HIDDEN)
    return text


def shown(value: object) -> str:
    """What somebody wrote in the wrong place, as far as a sentence may repeat it: it may be a secret."""
    text = repr(value)
    if re.search(r"://|@|[^\s'\",]{20}", text):
        return f"{len(str(value))} characters that may be a secret"
    return f"{text:.60}"


def _read(name: str, path: Path, fails: Fails) -> str:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES).decode().strip()
    except OSError as error:
        why = error.strerror
    except UnicodeDecodeError:
        why = "not UTF-8"
    raise fails(f"the file that {name} names cannot be read ({why}): make it readable")

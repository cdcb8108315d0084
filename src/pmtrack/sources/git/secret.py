"""The token of a remote: from the environment or from a file that it names, handed to git as a header."""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlsplit

from pmtrack.errors import SourceError

HIDDEN = "***"
MAX_BYTES = 100_000

USERS: Mapping[str | None, str] = {
    "github": "x-access-token",
    "gitlab": "oauth2",
    "bitbucket": "x-token-auth",
    None: "x-access-token",
}
"""The host's kind -> the name that goes with a token, where nobody says another."""


@dataclass(frozen=True, slots=True)
class Secret:
    """What git needs for the remote.

    Attributes:
        settings: of git, that carry it. words: what must not be told, in every form that it takes.
    """

    settings: Mapping[str, str] = field(default_factory=dict, repr=False)
    words: tuple[str, ...] = field(default=(), repr=False)

    def hidden(self, text: str) -> str:
        for word in self.words:
            text = text.replace(word, HIDDEN)
        return text


def variable(account: str) -> str:
    """The environment variable of an account's token, `PMTRACK_ACME_TOKEN`."""
    return f"PMTRACK_{re.sub(r'[^A-Z0-9]+', '_', account.upper())}_TOKEN"


def token(account: str, *, needed: bool, environment: Mapping[str, str] = os.environ) -> str:
    """The token of an account, "" for none.

    Raises:
        SourceError: there is none though it is needed, there are two, or it is no token. It names the variable only.
    """
    name = variable(account)
    here, file = environment.get(name, "").strip(), environment.get(f"{name}_FILE", "").strip()
    if here and file:
        raise SourceError(f"{name} and {name}_FILE are both set: leave one of them out")
    value = _read(name, Path(file)) if file else here
    if needed and not value:
        raise SourceError(f"there is no {name} in the environment: set it, or {name}_FILE to a file")
    if not value.isascii() or not value.isprintable() or " " in value:
        raise SourceError(f"{name} holds spaces or signs that no token has: set it anew")
    return value


def secret(remote: str, user: str, value: str) -> Secret:
    """The header that goes with every request to the remote's host; nothing where there is no token.

    Git ties it to the host of the address, and drops it where it is redirected to another.
    """
    parts = urlsplit(remote)
    if not value or parts.scheme not in ("http", "https"):
        return Secret()
    basic = base64.b64encode(f"{user}:{value}".encode()).decode()
    scope = f"{parts.scheme}://{parts.netloc}/"
    words = (value, quote(value, safe=""), basic)
    return Secret({f"http.{scope}.extraHeader": f"Authorization: Basic {basic}"}, tuple(dict.fromkeys(words)))


def _read(name: str, path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES).decode().strip()
    except OSError as error:
        why = error.strerror
    except UnicodeDecodeError:
        why = "not UTF-8"
    raise SourceError(f"the file that {name}_FILE names cannot be read ({why}): make it readable")

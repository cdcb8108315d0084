"""The token of a remote, handed to git as a header."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

HIDDEN = "***"

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

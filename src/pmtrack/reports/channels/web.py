"""What the address of a webhook is, and what its answer means. The address is a secret: nothing here ever says it."""

from __future__ import annotations

from collections.abc import Mapping

import requests
from urllib3.exceptions import NewConnectionError

from pmtrack.reports.channels.base import NotSent, Unsure
from pmtrack.secrets import secret, variable

WHAT = "URL"
CONNECT_SECONDS = 5.0

NOT_DONE = frozenset({429, 503})
"""Answers by which a server says that it did nothing, and asks to come again."""


def address(name: str, environment: Mapping[str, str]) -> str:
    """The address that PMTRACK_NAME_URL, or the file that PMTRACK_NAME_URL_FILE names, holds.

    Raises:
        NotSent: there is none. The sentence names the variable only.
    """
    found = secret(name, WHAT, environment, fails=NotSent)
    if any(sign.isspace() or not sign.isprintable() for sign in found):
        raise NotSent(f"{variable(name, WHAT)} holds spaces, which no address has: set it anew")
    return found


def judge(to: str, status: int) -> None:
    """Take an answer for what it means.

    Raises:
        NotSent, Unsure: as `channels.send`.
    """
    if 200 <= status < 300:
        return
    if status >= 500 and status not in NOT_DONE:
        raise Unsure(f"{to} answered {status}: look there whether the message arrived")
    raise NotSent(f"{to} refused the message ({status}){ADVICE.get(status, '')}")


ADVICE: Mapping[int, str] = {
    400: ": it does not understand it, see that the address belongs to this kind of channel",
    401: ": make a new address there",
    403: ": make a new address there",
    404: ": its address is not known there any more, make a new one",
    410: ": its address was taken back, make a new one",
    429: ": too many messages, it is tried again later",
}


def failed(to: str, error: requests.RequestException) -> NotSent | Unsure:
    """What a request that got no answer means."""
    inner = getattr(error.args[0], "reason", None) if error.args else None
    never_began = (requests.exceptions.ConnectTimeout, requests.exceptions.SSLError, requests.exceptions.InvalidURL)
    if isinstance(error, (*never_began, ValueError)) or isinstance(inner, NewConnectionError):
        return NotSent(f"{to} cannot be reached ({type(error).__name__}): see the address in its variable")
    return Unsure(f"{to} did not answer ({type(error).__name__}): look there whether the message arrived")

"""Where messages go: one module for each kind of channel, loaded when something is sent by it."""

from __future__ import annotations

import re
from importlib import import_module

from pmtrack.reports.channels.base import MailServer, Means, Message, NotSent, Unsure
from pmtrack.secrets import shown

__all__ = ["REPEATABLE", "MailServer", "Means", "Message", "NotSent", "Unsure", "ready", "scheme_of", "send"]

_NAME = r"[A-Za-z0-9][\w.-]*"
_ADDRESS = r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?"

SCHEMES = {
    "file": ("pmtrack.reports.channels.local", r"\S.*"),
    "stdout": ("pmtrack.reports.channels.local", ""),
    "mailto": ("pmtrack.reports.channels.mail", _ADDRESS),
    "slack": ("pmtrack.reports.channels.chat", _NAME),
    "teams": ("pmtrack.reports.channels.chat", _NAME),
    "discord": ("pmtrack.reports.channels.chat", _NAME),
    "webhook": ("pmtrack.reports.channels.chat", _NAME),
    "apprise": ("pmtrack.reports.channels.others", _NAME),
    "issue": ("pmtrack.reports.channels.local", rf"{_NAME}/\S+"),
}
"""What a recipient begins with -> the module that sends there, and the form of the rest."""

REPEATABLE = frozenset({"file", "mailto", "issue"})
"""Channels by which a message that is sent twice is still one: mail has its Message-ID, the others are overwritten."""

EXAMPLES = (
    "file:digest.md, mailto:ana@acme.example, slack:NAME, teams:NAME, discord:NAME, apprise:NAME or issue:TRACKER/KEY"
)


def send(to: str, message: Message, means: Means) -> None:
    """Send a message to one recipient.

    Raises:
        NotSent: it certainly was not. Unsure: it may have been.
    """
    scheme, _, rest = to.partition(":")
    import_module(SCHEMES[scheme][0]).send(scheme, rest, message, means)


def ready(scheme: str, rest: str, means: Means) -> None:
    """Look whether what is needed to send there is at hand; nothing is sent.

    Raises:
        NotSent: what is missing.
    """
    check = getattr(import_module(SCHEMES[scheme][0]), "ready", None)
    if check:
        check(scheme, rest, means)


def scheme_of(to: str) -> str:
    """The channel that a recipient names.

    Raises:
        ValueError: a sentence, where this version has no such channel.
    """
    scheme, colon, rest = to.partition(":")
    if not colon or scheme not in SCHEMES or not re.fullmatch(SCHEMES[scheme][1], rest):
        raise ValueError(f"{shown(to) if '://' in to else repr(to)} is no recipient: write {EXAMPLES}")
    return scheme

"""What every channel is given, and how it fails."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from pmtrack.errors import PmtrackError
from pmtrack.reports.digest_letter import Letter


class NotSent(PmtrackError):
    """It was certainly not sent: it is tried again."""


class Unsure(PmtrackError):
    """Nobody can say whether it arrived."""


@dataclass(frozen=True, slots=True)
class MailServer:
    """Who takes our mail.

    Attributes:
        security: "tls", "starttls" or "none". user: None to send without a name; the password is in the environment.
        sender: the address in From. unsubscribe: an address of the web or `mailto:`, for List-Unsubscribe.
        authority: a file with the certificates to trust, None for the system's.
    """

    host: str
    port: int
    sender: str
    security: str = "starttls"
    user: str | None = None
    unsubscribe: str | None = None
    authority: Path | None = None


def _no_comment(tracker: str, key: str, _text: str) -> None:
    raise NotSent(f"nothing here can comment on {key} of {tracker}")


@dataclass(frozen=True, slots=True)
class Means:
    """What the channels send with.

    Attributes:
        base: what the paths of files are relative to.
        comment: edits our comment on an issue in place: name of a tracker, key, Markdown.
        origin: what tells our messages from another installation's.
        patience: seconds to wait for an answer.
    """

    base: Path
    mail: MailServer | None = None
    comment: Callable[[str, str, str], None] = _no_comment
    origin: str = ""
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)
    patience: float = 10.0


@dataclass(frozen=True, slots=True)
class Message:
    """A letter on its way.

    Attributes:
        period: what it is for, "2026-W47" or "2026-11-21"; with its recipient it is one message, however often tried.
    """

    letter: Letter
    period: str
    at: datetime

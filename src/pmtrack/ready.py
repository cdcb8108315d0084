"""When a document is ready, so that its items become issues: always, by its front matter, or once it is left alone."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from pmtrack.model import Document
from pmtrack.spans import interval, shown
from pmtrack.text import normal, one_line

HOW = 'write "always", a key of the front matter with its values such as "status: final", or a time such as "quiet 24h"'

_ACCENTS = re.compile(r"[\u0300-\u036f]")
_QUIET = re.compile(r"quiet\s+(\S.*)", re.IGNORECASE)
_SAME = {"yes": "true", "on": "true", "no": "false", "off": "false"}
"""What YAML 1.1 reads as true and false, https://yaml.org/type/bool.html: `published: yes` comes as a truth."""


@dataclass(frozen=True, slots=True)
class Ready:
    """The rule of a source; without anything a document is always ready.

    Attributes:
        key, values: of the front matter, as a person writes them: one of the values makes a document ready.
        quiet: for how long its words have to be as they are.
    """

    key: str = ""
    values: tuple[str, ...] = ()
    quiet: timedelta = timedelta()

    def __str__(self) -> str:
        if self.key:
            return f"{self.key}: {', '.join(self.values)}"
        return f"quiet {shown(self.quiet)}" if self.quiet else "always"

    @property
    def until(self) -> str:
        """What has to become so of a document that is not ready, behind the word "until"."""
        if self.key:
            return f"it says {' or '.join(f'“{self.key}: {value}”' for value in self.values)}"
        return f"nobody has changed it for {shown(self.quiet)}"

    def said(self, matter: Mapping[str, str]) -> str | None:
        """What a front matter says under the key, None where it has no such key."""
        return next((text for key, text in matter.items() if _folded(key) == _folded(self.key)), None)


ALWAYS = Ready()


@dataclass(frozen=True, slots=True)
class Wait:
    """That a document is not ready yet.

    Attributes:
        why, until: for people; neither changes because time passes.
    """

    why: str
    until: str


def ready(value: object) -> Ready:
    """The rule as a configuration says it.

    Raises:
        ValueError: it is none.
    """
    if isinstance(value, Ready):
        return value
    words = value.strip() if isinstance(value, str) else ""
    if words.casefold() == "always":
        return ALWAYS
    if found := _QUIET.fullmatch(words):
        return Ready(quiet=interval(found[1]))
    key, _, rest = words.partition(":")
    values = tuple(one.strip() for one in rest.split(",") if _folded(one))
    if not values or _folded(key) in ("", "quiet"):
        raise ValueError(HOW)
    return Ready(key.strip(), values)


def wait(rule: Ready, document: Document, now: datetime) -> Wait | None:
    """What a document waits for before its items become issues; None where it is ready."""
    if rule.key:
        return _unsaid(rule, document)
    return _unquiet(rule, document, now) if rule.quiet else None


def _unsaid(rule: Ready, document: Document) -> Wait | None:
    said = rule.said(document.matter or {}) or ""
    if _folded(said) in {_folded(value) for value in rule.values}:
        return None
    what = f"is “{one_line(said, limit=40)}”" if said.strip() else "is not stated"
    return Wait(f"{rule.key} {what}", rule.until)


def _unquiet(rule: Ready, document: Document, now: datetime) -> Wait | None:
    at = document.changed_at + rule.quiet
    if now >= at:
        return None
    # A full minute, and never one in which it is not ready yet.
    minute = at if at == at.replace(second=0, microsecond=0) else at + timedelta(minutes=1)
    return Wait(f"its words changed {_minute(document.changed_at)}", f"{_minute(minute)}, if nobody changes it before")


def _minute(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


@lru_cache(maxsize=1024)
def _folded(text: str) -> str:
    """The form in which keys and values are the same: no case, accents, punctuation or emoji."""
    words = normal(_ACCENTS.sub("", unicodedata.normalize("NFD", text.casefold())))
    return _SAME.get(words, words)

"""Hearing webhooks: whose word one is, whether it is new, and which issues of ours are to be read again for it.

Nothing else of a delivery is believed, and one about issues that no item is linked to leaves no trace.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from importlib import import_module
from typing import TYPE_CHECKING, cast

from pmtrack.errors import ConfigError
from pmtrack.secrets import has, secret
from pmtrack.store.reader import ALL
from pmtrack.text import one_line
from pmtrack.trackers.hooks import HOOKS, Hint, Hooks, Senseless, payload, signed

if TYPE_CHECKING:
    from pmtrack.config import Config
    from pmtrack.store.database import Store, Writer

SECRET = "WEBHOOK_SECRET"  # noqa: S105 - the end of a variable's name
"""`PMTRACK_<TRACKER>_WEBHOOK_SECRET`, or that of the tracker's credential."""

LONGEST_ID = 200
"""Characters of a delivery's id; those of the vendors are UUIDs."""


class Outcome(StrEnum):
    """What became of a delivery."""

    ACCEPTED = "accepted"  # issues of ours are to be read again
    REPEATED = "repeated"  # it was heard before
    IGNORED = "ignored"  # it is about nothing of ours
    SENSELESS = "senseless"  # it is signed, and cannot be read
    UNSIGNED = "unsigned"  # it is not known who sent it
    TOO_LARGE = "too_large"  # nobody read it to its end
    CUT = "cut"  # its end did not come, or took too long


@dataclass(frozen=True, slots=True)
class Key:
    """With what the webhooks of a tracker are signed."""

    tracker: str
    secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Keys:
    """Attributes:
    by_kind: kind of tracker -> the keys of those that have one. problems: one sentence for each kind without.
    """

    by_kind: Mapping[str, Sequence[Key]]
    problems: Sequence[str] = ()

    def whose(self, kind: str, body: bytes, headers: Mapping[str, str]) -> list[str]:
        """The trackers with whose key it is signed; every key is tried, whether an earlier one fits or not."""
        known = self.by_kind.get(kind)
        if not known:  # then what understands such webhooks need not even be loaded
            return []
        signature = headers.get(understood(kind).SIGNATURE, "")
        return [key.tracker for key in known if signed(body, signature, key.secret)]


def keys(config: Config, environment: Mapping[str, str] = os.environ) -> Keys:
    """The secrets of the trackers, as they are in the environment now."""
    found: dict[str, list[Key]] = {kind: [] for kind in HOOKS}
    problems: dict[str, str] = {}
    for tracker, settings in config.trackers.items():
        if settings.kind in HOOKS:
            try:
                found[settings.kind].append(_key(tracker, getattr(settings, "credential", None), environment))
            except ConfigError as error:
                problems.setdefault(settings.kind, f"webhooks of {settings.kind} are refused: {error}")
    return Keys(found, [problem for kind, problem in problems.items() if not found[kind]])


def understood(kind: str) -> Hooks:
    """What the webhooks of a kind of tracker look like."""
    return cast("Hooks", import_module(HOOKS[kind]))


def _key(tracker: str, credential: str | None, environment: Mapping[str, str]) -> Key:
    """Raises:
    ConfigError: there is no secret, or it cannot be read. The sentence names the variable only.
    """
    shared = credential and not has(tracker, SECRET, environment) and has(credential, SECRET, environment)
    name = credential if credential and shared else tracker
    return Key(tracker, secret(name, SECRET, environment, fails=lambda sentence: ConfigError([sentence])).encode())


@dataclass(frozen=True, slots=True)
class Ear:
    """Takes deliveries in. May be told by several threads at once.

    Args:
        store: opens the store, or has it open; nobody asks for it on account of a delivery that is not signed.
        now: the clock, UTC.
    """

    store: Callable[[], Store]
    keys: Keys
    now: Callable[[], datetime]

    def hear(self, kind: str, headers: Mapping[str, str], body: bytes) -> Outcome:
        """Take one delivery in: all of what follows from it is in the store when this returns.

        Args:
            kind: of the tracker that it is said to come from, one of `HOOKS`. headers: by names in lower case.
            body: the bytes as they came.

        Raises:
            StoreError: it cannot be remembered; the sender may try again.
        """
        mine = self.keys.whose(kind, body, headers)
        if not mine:
            return Outcome.UNSIGNED
        hooks = understood(kind)
        try:
            hints = hooks.read(headers, payload(headers, body))
        except Senseless:
            return Outcome.SENSELESS
        store = self.store()
        linked = {tracker: found for tracker in mine if (found := _linked(store, tracker, hints))}
        if not linked:
            return Outcome.IGNORED
        return self._note(store, f"{kind} {one_line(headers.get(hooks.DELIVERY, ''), LONGEST_ID)}", hints, linked)

    def _note(
        self, store: Store, delivery: str, hints: Sequence[Hint], linked: Mapping[str, Mapping[str, str]]
    ) -> Outcome:
        """One transaction, so that a delivery is remembered where its hints are, and only there."""
        with store.writing() as writer:
            if not delivery.endswith(" ") and writer.heard(delivery, self.now()):
                return Outcome.REPEATED
            for tracker, issues in linked.items():
                _hint(writer, tracker, hints, issues.keys())
        return Outcome.ACCEPTED


def _linked(store: Store, tracker: str, hints: Sequence[Hint]) -> Mapping[str, str]:
    """The issues of ours that are meant, with their items."""
    named = [hint.issue for hint in hints if hint.issue]
    if len(named) == len(hints):
        return store.linked(tracker, named) if named else {}
    return {issue: ident for issue, ident in store.linked(tracker).items() if any(hint.means(issue) for hint in hints)}


def _hint(writer: Writer, tracker: str, hints: Sequence[Hint], linked: Set[str]) -> None:
    named = {hint.issue for hint in hints if hint.issue} & linked
    if len(named) < len(linked):  # a label has another name now: no list of changes tells of its issues
        writer.hint(tracker, [ALL], urgent=False)
    writer.hint(tracker, sorted(named))

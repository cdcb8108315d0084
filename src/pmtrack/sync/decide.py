"""What a person's decision makes of an item (pure): a table of the words that can be said."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from pmtrack.errors import PmtrackError
from pmtrack.model import ADOPT, BLOCKS, CREATE, TRACK, Acceptance, Document, Known

ACKNOWLEDGE = "acknowledge"


def decided_block(document: Document, words: str) -> Document:
    """The document after somebody said `keep` or `replace` of its report block as it stands."""
    assert document.block is not None  # noqa: S101 - by `reports.find_block`
    return replace(document, block=replace(document.block, state=BLOCKS[words]))


def decided(known: Known, words: str, reason: str) -> Known:
    """The item after somebody said `create`, `adopt KEY`, `track`, `accept`, `dismiss` or `acknowledge`.

    Raises:
        PmtrackError: the words are none of these, or lack something.
    """
    verb, _, argument = words.strip().partition(" ")
    if verb not in DECISIONS:
        known_words = ", ".join([*DECISIONS][:-1])
        raise PmtrackError(f"{words!r} is no decision: write {known_words} or {[*DECISIONS][-1]}")
    return DECISIONS[verb](known, argument.strip(), reason.strip())


def _create(known: Known, _argument: str, _reason: str) -> Known:
    return replace(known, acceptance=Acceptance.ACCEPTED, decision=CREATE)


def _adopt(known: Known, key: str, _reason: str) -> Known:
    if not key:
        raise PmtrackError("adopt needs the issue: write adopt KEY")
    return replace(known, acceptance=Acceptance.ACCEPTED, decision=f"{ADOPT} {key}")


def _track(known: Known, _argument: str, _reason: str) -> Known:
    return replace(known, acceptance=Acceptance.ACCEPTED, decision=TRACK)


def _accept(known: Known, _argument: str, _reason: str) -> Known:
    return replace(known, acceptance=Acceptance.ACCEPTED)


def _dismiss(known: Known, _argument: str, reason: str) -> Known:
    if not reason:
        raise PmtrackError("dismiss needs a reason, for whoever asks later why this was not done")
    return replace(known, acceptance=Acceptance.DISMISSED)


def _acknowledge(known: Known, _argument: str, _reason: str) -> Known:
    return known


DECISIONS: Mapping[str, Callable[[Known, str, str], Known]] = {
    CREATE: _create,
    ADOPT: _adopt,
    TRACK: _track,
    "accept": _accept,
    "dismiss": _dismiss,
    ACKNOWLEDGE: _acknowledge,
}

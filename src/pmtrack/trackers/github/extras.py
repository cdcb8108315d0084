"""What a team wants on every new issue besides its fields: labels, milestone, type, a parent. Never looked at again.

GitHub drops in silence what the account may not set, and does not know every name. Neither keeps an issue from being
made: its answer is looked at, and what did not stick is said once a run and kept in the body.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pmtrack.errors import TrackerError
from pmtrack.model import Draft
from pmtrack.trackers.github import region, shape
from pmtrack.trackers.github.answers import Answer
from pmtrack.trackers.github.desk import Desk, Json
from pmtrack.trackers.github.family import Family
from pmtrack.trackers.github.refs import Place
from pmtrack.trackers.limits import Kind
from pmtrack.trackers.settings import GitHubSettings


@dataclass(frozen=True, slots=True)
class Extra:
    """Attributes:
    line: what it is called in a body; word: in a sentence; listed: where a list of them is meant.
    shown: the part of it in an issue that is as it was sent.
    """

    line: str
    word: str
    listed: str
    shown: str


EXTRAS: Mapping[str, Extra] = {
    "milestone": Extra("Milestone", "milestone", "open milestone", "number"),
    "type": Extra("Type", "issue type", "issue type", "name"),
}
"""By the name in the configuration, which is also that of GitHub's JSON."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What one new issue is to have.

    Attributes:
        sent: for `POST .../issues`. parent: number of the issue that it goes under.
    """

    sent: Mapping[str, Any]
    parent: int | None


@dataclass(slots=True)
class Extras:
    """Attributes:
    say: told what did not stick. harmless: makes foreign words harmless.
    """

    desk: Desk
    family: Family
    settings: GitHubSettings
    say: Callable[[str], None]
    harmless: Callable[[str], str]
    _lost: set[str] = field(default_factory=set)

    def wish(self, draft: Draft) -> Wish:
        """Raises:
        UnknownOutcome: the parent may be there or not. TrackerError: something could not be read, or made.
        """
        home = self.desk.home
        found = {
            name: self._found(name, find) for name, find in (("milestone", home.milestone), ("type", home.type_named))
        }
        sent = {name: value for name, value in found.items() if value is not None}
        return Wish(sent, self.family.parent_of(draft))

    def _found(self, name: str, find: Callable[[str], Any]) -> Any:
        wanted = getattr(self.settings, name)
        if not wanted or name in self._lost:
            return None
        found = find(wanted)
        if found is None:
            where = f"there is no {EXTRAS[name].listed} {wanted!r} in {self.desk.home.name}"
            self._lose(name, f"{where}: make it, or name another; new issues say it in their text")
        return found

    def _lose(self, name: str, sentence: str) -> None:
        """It does not stick in this run: said once, and no longer tried."""
        if name not in self._lost:
            self.say(sentence)
        self._lost.add(name)

    # ------------------------------------------------------------ the request

    def post(self, sent: Json, wish: Wish) -> Answer:
        """The one request that makes the issue; and another where GitHub refused the first because of an extra."""
        answer = self._post(sent, wish)
        words = answer.message if answer.status == 422 else ""
        blamed = [name for name in wish.sent if name not in self._lost and re.search(rf"\b{name}\b", words)]
        for name in blamed:
            wanted = f"the {EXTRAS[name].word} {getattr(self.settings, name)!r}"
            self._lose(name, f"GitHub does not take {wanted} ({words}): name another; new issues say it in their text")
        return self._post(sent, wish) if blamed else answer

    def _post(self, sent: Json, wish: Wish) -> Answer:
        more = {name: value for name, value in wish.sent.items() if name not in self._lost}
        text = region.with_kept(sent["body"], self._lines(wish.parent))
        path = f"{self.desk.home.path}/issues"
        return self.desk.home.client.write(Kind.CREATE, "POST", path, {**sent, **more, "body": text})

    def _lines(self, parent: int | None, *, joined: bool = True) -> dict[str, str]:
        """What is known to have no other place than the body."""
        lines = {
            EXTRAS[name].line: self.harmless(getattr(self.settings, name)) for name in EXTRAS if name in self._lost
        }
        if parent and not (joined and self.family.takes(parent)):
            own = self.settings.parents  # else it is a foreign issue, which is not to be told of each of ours
            lines["Part of"] = f"#{parent}" if own else self.harmless(f"#{parent}")
        return lines

    # ------------------------------------------------------------ the answer

    def check(self, raw: Json, wish: Wish, labels: Sequence[str], owners: Sequence[str]) -> Json:
        """The new issue, after what did not stick was said and written into its body.

        Args:
            labels, owners: that it is to carry.
        """
        for name, value in wish.sent.items():
            shown = raw.get(name)
            found = shown.get(EXTRAS[name].shown) if isinstance(shown, Mapping) else None
            if str(found).casefold() != str(value).casefold():
                self._dropped(name, f"the {EXTRAS[name].word} {getattr(self.settings, name)!r}", raw)
        kept = self._missing("labels", labels, shape.labels(raw), raw)
        kept |= self._missing("assignees", owners, [str(one.get("login")) for one in raw.get("assignees") or ()], raw)
        joined = wish.parent is None or self.family.join(raw, wish.parent)
        return self._keep(raw, {**self._lines(wish.parent, joined=joined), **kept})

    def _missing(self, name: str, wanted: Sequence[str], there: Sequence[str], raw: Json) -> dict[str, str]:
        known = {word.casefold() for word in there}
        words = ", ".join(word for word in wanted if word.casefold() not in known)
        if not words:
            return {}
        self._dropped(name, f"the {name} {words}", raw)
        return {name.capitalize(): self.harmless(words)}

    def _dropped(self, name: str, what: str, raw: Json) -> None:
        where = f"give the account the role Triage or Write in {self.desk.home.name}"
        self._lose(name, f"#{raw['number']}: GitHub did not take {what}: {where}; its text says it")

    def _keep(self, raw: Json, lines: Mapping[str, str]) -> Json:
        """The issue with these lines in its body. A failure is none of the issue's: it is there, and all was said."""
        text = region.with_kept(shape.body(raw), lines)
        if text == shape.body(raw):
            return raw
        place = Place(self.desk.home.id, raw["number"])
        try:
            answer = self.desk.home.client.write(Kind.WRITE, "PATCH", place.path, {"body": text})
            return self.desk.home.good(answer, key=f"#{place.number}").issue()
        except TrackerError:
            return raw

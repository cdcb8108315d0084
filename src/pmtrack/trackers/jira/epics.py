"""One epic for each postmortem, found again by what it carries, and made once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pmtrack.errors import TrackerError, UnknownOutcome
from pmtrack.model import Draft
from pmtrack.text import one_line
from pmtrack.trackers.jira import jql, screen, shape
from pmtrack.trackers.jira.answers import Broken
from pmtrack.trackers.jira.desk import Desk, Json
from pmtrack.trackers.jira.news import News
from pmtrack.trackers.jira.screen import Screen
from pmtrack.trackers.limits import Kind

Probe = Callable[[str], Iterable[Json]]
"""high mark -> the issues behind it, by direct reads."""

LABEL = "pmtrack-epic"


@dataclass(slots=True)
class Epics:
    """The epics of one project. `settle`: seconds that a create of unknown outcome may take."""

    desk: Desk
    news: News
    probe: Probe
    settle: float
    _known: dict[str, str] | None = None
    _unsure: dict[str, float] = field(default_factory=dict)

    def parent(self, draft: Draft, on: Screen) -> Json:
        """The field that puts an issue under the epic of its postmortem, empty where the screen has none for that.

        Raises:
            TrackerError: there is no epic, and none could be made. The issue certainly does not exist.
        """
        link = on.custom(screen.EPIC_LINK)
        if "parent" not in on and link is None:
            return {}
        key = self._key(draft)
        return {"parent": {"key": key}} if "parent" in on else {str(link): key}

    def _key(self, draft: Draft) -> str:
        name = _name(draft)
        if self._known is None:
            self._known = self._found()
        if name not in self._known:
            self._known[name] = self._make(draft, name)
        return self._known[name]

    def _found(self) -> dict[str, str]:
        """Those that search knows, and those that are newer than what it knows."""
        kind = self.desk.home.settings.epic_type
        listed = self.news.everything(jql.of_type(self.desk.home.key, kind)).values()
        numbers = f"{self.desk.home.key}-{self.desk.high}" if self.desk.high else ""
        both = [*listed, *self.probe(numbers)]
        return {name: str(raw["key"]) for raw in reversed(both) if (name := self._of(raw))}

    def _of(self, raw: Mapping[str, Any]) -> str:
        """What an epic of ours is the epic of, "" for whatever else it is."""
        if not self.desk.is_ours(shape.account(raw["fields"].get("creator"))):
            return ""
        told = shape.property_of(raw).get("epic")
        return told if isinstance(told, str) else _of_label(shape.labels(raw))

    def _make(self, draft: Draft, name: str) -> str:
        """Raises:
        TrackerError: it was refused, or may exist: then it is looked for, once it must have shown itself.
        """
        if self.desk.home.clock() < self._unsure.get(name, 0.0) + self.settle:
            self._known = None  # it may show itself at any moment
            raise self._wait()
        home = self.desk.home
        try:
            answer = home.client.write(Kind.CREATE, "POST", home.path("issue"), self._sent(draft, name))
            made = home.good(answer, permission="Create issues").thing("id", "key")
        except (UnknownOutcome, Broken):
            self._unsure[name], self._known = self.desk.home.clock(), None
            raise self._wait() from None
        self.desk.met(str(made["key"]))
        if not home.cloud:
            self._mark(str(made["id"]), name)
        return str(made["key"])

    def _wait(self) -> TrackerError:
        return TrackerError("the postmortem's epic may be there or not: the next run looks, and goes on from there")

    def _mark(self, ident: str, name: str) -> None:
        """On Data Center, after the create. The label finds the epic, too, so that a failure is none."""
        home = self.desk.home
        path = home.path(f"issue/{ident}/properties/{shape.PROPERTY}")
        try:
            home.good(home.client.write(Kind.WRITE, "PUT", path, self._property(name), issue=ident))
        except TrackerError as error:
            home.client.gate.say(f"an epic did not get its marker, and is found by its label: {error}")

    def _property(self, name: str) -> Json:
        return {"v": shape.VERSION, "epic": name}

    def _sent(self, draft: Draft, name: str) -> Json:
        home = self.desk.home
        on, kind = home.creating(home.settings.epic_type), home.type_id(home.settings.epic_type)
        title = one_line(draft.postmortem or draft.marker.path, shape.TITLE_LIMIT) or "Postmortem"
        fields: Json = {"project": {"id": home.id}, "issuetype": {"id": kind}, "summary": title}
        called = on.custom(screen.EPIC_NAME)
        fields |= {called: title} if called else {}
        fields |= {"labels": shape.tags([home.settings.label, LABEL, name])} if "labels" in on else {}
        told = {"key": shape.PROPERTY, "value": self._property(name)}
        return {"fields": fields, "properties": [told]} if home.cloud else {"fields": fields}


def _name(draft: Draft) -> str:
    """Of a postmortem: source and path, as a label may carry them."""
    place = f"{draft.source}\0{draft.marker.path}".encode(errors="surrogateescape")
    return f"{LABEL}-{hashlib.sha256(place).hexdigest()[:16]}"


def _of_label(labels: Iterable[str]) -> str:
    return next((label for label in labels if label.startswith(f"{LABEL}-")), "")

"""Everything that a new issue needs, and what is done once it is there."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Template

from pmtrack.errors import TrackerError
from pmtrack.model import Draft, Fields, Issue, Status
from pmtrack.text import neutral_markdown, one_line
from pmtrack.trackers import body
from pmtrack.trackers.base import Missing
from pmtrack.trackers.jira import edits, region, shape, values
from pmtrack.trackers.jira.batch import Made
from pmtrack.trackers.jira.desk import Desk, Json
from pmtrack.trackers.jira.edits import Sheet
from pmtrack.trackers.jira.epics import Epics
from pmtrack.trackers.jira.screen import Screen
from pmtrack.trackers.jira.walk import Walker, half_done
from pmtrack.trackers.jira.ways import Fill
from pmtrack.trackers.limits import Kind

LONGEST = 32_000
"""Characters of a description; Jira takes 32,767, and nodes count as their JSON."""
CLIPS = (20_000, 5_000, 1_000)
"""Characters of the item's words, the first that fits."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """What one create sends, and what the issue is to say then; `told`: the value of our entity property."""

    draft: Draft
    fields: Fields
    sent: Json
    told: Json


@dataclass(slots=True)
class Maker:
    """Args:
    epics: None where they are switched off. template: the team's own of a body.
    """

    desk: Desk
    walker: Walker
    epics: Epics | None
    template: Template | None = None
    _said: set[str] = field(default_factory=set)

    def say(self, sentence: str) -> None:
        self.desk.home.client.gate.say(sentence)

    def say_once(self, sentence: str) -> None:
        if sentence not in self._said:
            self._said.add(sentence)
            self.say(sentence)

    # ------------------------------------------------------------ before

    def prepared(self, draft: Draft, fields: Fields) -> Prepared:
        """Everything that one create sends.

        Args:
            fields: in Jira's terms, with an owner who can be assigned.

        Raises:
            TrackerError: the issue cannot be made so. Nothing was sent.
        """
        home = self.desk.home
        on = home.creating(home.settings.issue_type)
        sheet = self._sheet(on)
        instead = "stands in the description" if "description" in on else "is left out"
        for what in edits.missing(fields, sheet):
            self.say_once(f"{what} is on no screen for new issues in {home.key}: it {instead}")
        extras = self._extras(draft, on)
        labels = (home.settings.label, *(body.redacted(label, home.settings.redact) for label in draft.labels))
        for text in self._texts(draft):
            sent = edits.creation(fields, sheet, text, draft.marker, extras=extras, labels=labels)
            if _length(sent["fields"].get("description")) <= LONGEST:
                break
        told = shape.property_value(draft.marker, edits.placed(fields, sheet).unset)
        return Prepared(draft, fields, sent, told)

    def _sheet(self, on: Screen) -> Sheet:
        home = self.desk.home
        return Sheet(on, self.desk.names, home.nodes, home.cloud)

    def _texts(self, draft: Draft) -> Iterable[str]:
        """The text of the description: as much of it as there is place for."""
        settings = self.desk.home.settings
        full = settings.body == "full"
        clipped = [replace(draft, words=draft.words[:limit]) for limit in CLIPS]
        for one in clipped:
            yield body.markdown(one, full=full, neutral=self.harmless, template=self.template)
        yield body.markdown(draft, full=False, neutral=self.harmless)

    def harmless(self, text: str) -> str:
        return neutral_markdown(body.redacted(text, self.desk.home.settings.redact))

    def _extras(self, draft: Draft, on: Screen) -> Json:
        home = self.desk.home
        fields: Json = {"project": {"id": home.id}, "issuetype": {"id": home.type_id(home.settings.issue_type)}}
        fields |= self._components(draft, on) | self._configured(draft, on)
        return fields | self._parent(draft, on)

    def _components(self, draft: Draft, on: Screen) -> Json:
        known = {str(option.get("name")).casefold(): option for option in on.options("components")}
        found = [known[name.casefold()] for name in draft.components if name.casefold() in known]
        for name in draft.components:
            if name.casefold() not in known:
                self.say_once(f"there is no component {name!r} for new issues in {self.desk.home.key}: it is left out")
        return {"components": [{"id": str(option["id"])} for option in found]} if found else {}

    def _configured(self, draft: Draft, on: Screen) -> Json:
        """The fields that the configuration fills."""
        fields: Json = {}
        for name in self.desk.home.settings.fields:
            ident = on.named(name)
            if ident is None:
                self.say_once(f"the field {name!r} is on no screen for new issues in {self.desk.home.key}: left out")
                continue
            told = self._value(name, on.fields[ident], draft)
            fields |= {ident: told} if told is not None else {}
        return fields

    def _value(self, name: str, told: Mapping[str, Any], draft: Draft) -> Any:
        home = self.desk.home
        words = {key: body.redacted(word, home.settings.redact) for key, word in values.known(draft).items()}
        given = values.filled(home.settings.fields[name], words)
        try:
            return values.value(told, given, nodes=home.nodes, cloud=home.cloud)
        except ValueError as error:
            sentence = f"trackers.{home.name}.fields: {name!r} cannot be filled: {error}"
            raise TrackerError(sentence, permanent=True) from None

    def _parent(self, draft: Draft, on: Screen) -> Json:
        if self.epics is None:
            return {}
        found = self.epics.parent(draft, on)
        if not found:
            self.say_once(f"issues in {self.desk.home.key} have no place for an epic: they stand alone")
        return found

    def unfilled(self) -> list[str]:
        """What people call the required fields for which nothing is configured."""
        home = self.desk.home
        on = home.creating(home.settings.issue_type)
        filled = {ident for name in home.settings.fields if (ident := on.named(name))} | {"description", "priority"}
        filled |= {"labels"} if home.settings.label else set()
        filled |= {"parent"} if self.epics else set()
        return on.unfilled(filled)

    def fill(self, draft: Draft, raw: Mapping[str, Any]) -> Fill:
        """What the screens of transitions get: the configured fields, and the owner who is there already."""
        configured = {name.casefold(): name for name in self.desk.home.settings.fields}

        def found(ident: str, told: Mapping[str, Any]) -> Any:
            there = shape.account(raw["fields"].get("assignee")) if ident == "assignee" else ""
            if there:
                return values.person(there, self.desk.home.cloud)
            name = configured.get(ident.casefold()) or configured.get(str(told.get("name")).casefold())
            return self._value(name, told, draft) if name else None

        return found

    # ------------------------------------------------------------ after

    def finish(self, made: Made, one: Prepared, *, look: bool) -> Issue:
        """What a create cannot say is said now: the issue is there already, so that nothing here is its failure.

        Args:
            look: ask for the issue, and not only take it to say what was sent.

        Raises:
            UnknownOutcome: it is there, and does not say all that it should; or its marker is nowhere.
        """
        self.desk.met(made.key)
        self._mark(made, one)
        self.link_quietly(made.id, made.key, one.draft)
        if one.fields.status not in (None, Status.OPEN):
            self._to_status(made, one)
        raw = self._seen(made) if look else None
        if raw is None:
            ref = self.desk.ref(made.id, made.key)
            return Issue(ref, one.fields, one.draft.marker, ours=True)
        self.desk.home.me = shape.account(raw["fields"].get("creator")) or self.desk.home.me
        return self.desk.issue(raw)

    def _seen(self, made: Made) -> Json | None:
        try:
            raw = self.desk.read(made.id)
        except TrackerError:
            return None  # we know what we sent
        return None if isinstance(raw, Missing) else raw

    def _mark(self, made: Made, one: Prepared) -> None:
        """On Data Center, where a create takes no property. The description carries the marker, too."""
        if self.desk.home.cloud:
            return
        try:
            self.put_property(made.id, one.told, made.key)
        except TrackerError as error:
            if region.marker(one.sent["fields"].get("description")) != one.draft.marker:
                raise half_done(error) from None
            self.say(f"{made.key} carries its marker in its description only: {error}")

    def put_property(self, ident: str, value: Json, key: str) -> None:
        """Raises:
        TrackerError: it was refused. UnknownOutcome: it may be done.
        """
        home = self.desk.home
        path = home.path(f"issue/{ident}/properties/{shape.PROPERTY}")
        answer = home.client.write(Kind.WRITE, "PUT", path, value, issue=ident)
        home.good(answer, key=key, permission="Edit issues")

    def global_id(self, draft: Draft) -> str:
        """What the link beside an issue is known by: sent twice it is still one."""
        return f"pmtrack={draft.marker.ident}"

    def link(self, ident: str, key: str, draft: Draft) -> None:
        """A link to the postmortem beside the issue, or another address for it.

        Raises:
            TrackerError: it was refused. UnknownOutcome: it may be done.
        """
        if urlsplit(draft.link).scheme not in ("http", "https"):
            return
        home = self.desk.home
        title = one_line(body.redacted(draft.postmortem, home.settings.redact)) or draft.marker.path
        what = {"url": draft.link, "title": title if home.settings.body == "full" else draft.marker.path}
        sent = {"globalId": self.global_id(draft), "relationship": "postmortem", "object": what}
        answer = home.client.write(Kind.CREATE, "POST", home.path(f"issue/{ident}/remotelink"), sent, issue=ident)
        home.good(answer, key=key, permission="Link issues")

    def link_quietly(self, ident: str, key: str, draft: Draft) -> None:
        """The same beside something that is done; where it fails, that is said and nothing else."""
        try:
            self.link(ident, key, draft)
        except TrackerError as error:
            self.say(f"{key} did not get its link to the postmortem: {error}")

    def _to_status(self, made: Made, one: Prepared) -> None:
        """Raises:
        UnknownOutcome: it is open still.
        """
        try:
            raw = self.desk.present(self.desk.ref(made.id, made.key))
            self.walker.go(raw, one.fields.status or Status.OPEN, self.fill(one.draft, raw))
        except TrackerError as error:
            raise half_done(error) from None


def _length(description: region.Description) -> int:
    return len(description if isinstance(description, str) else json.dumps(description, ensure_ascii=False))

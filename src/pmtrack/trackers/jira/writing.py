"""Turn an issue into one that says what is wanted, and make sure that it does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from pmtrack.errors import TrackerError, UnknownOutcome
from pmtrack.model import Draft, Fields, Marker
from pmtrack.trackers.base import Missing
from pmtrack.trackers.jira import edits, region, shape
from pmtrack.trackers.jira.desk import Desk, Json
from pmtrack.trackers.jira.edits import Edit, Sheet
from pmtrack.trackers.jira.making import Maker
from pmtrack.trackers.jira.screen import Screen
from pmtrack.trackers.jira.walk import Walker, half_done
from pmtrack.trackers.limits import Kind

Follow = Callable[[Json, Edit], Edit]
"""(issue, what is written to it) -> the same, with the link to the postmortem led to where the item stands now."""


@dataclass(frozen=True, slots=True)
class Writer:
    """Everything but creating: one edit of all fields, and then the way to another status."""

    desk: Desk
    maker: Maker
    walker: Walker

    def write(
        self, raw: Json, wanted: Fields, draft: Draft, marker: Marker | None, *, follow: Follow | None = None
    ) -> Json:
        """Turn an issue into one that says `wanted`, and answer what it says then.

        Args:
            follow: brings its link to where the item stands now, None where the link is not ours.

        Raises:
            TrackerError: as the Protocol says of `update`.
        """
        names, home = self.desk.names, self.desk.home
        now = shape.fields(raw, names)
        on_way = wanted.status is not None and wanted.status is not now.status
        if replace(wanted, status=now.status) == now and marker is None:
            edit = Edit()
        else:
            screen = home.editing(raw)
            edit = edits.edit(raw, wanted, Sheet(screen, names, home.nodes, home.cloud), marker)
            self._check_screen(raw, edit, screen)
        if not edit and not on_way:
            return raw
        led = follow(raw, edit) if follow else edit
        begun = self._send(raw, led)
        if led is not edit:
            self.maker.link_quietly(str(raw["id"]), str(raw["key"]), draft)
        try:
            if on_way and wanted.status:
                self.walker.go(raw, wanted.status, self.maker.fill(draft, raw))
        except TrackerError as error:
            raise half_done(error) if begun else error from None
        return self._checked(raw, wanted, [name for name in Fields.__slots__ if _differ(now, wanted, name)])

    def _check_screen(self, raw: Json, edit: Edit, screen: Screen) -> None:
        """Raises:
        TrackerError: a field is not on the screen, or we may not edit at all. Nothing was sent.
        """
        lacking = [name for name in edit.fields if name not in screen]
        if lacking and not screen.fields:
            sentence = f"{raw['key']} cannot be edited: give the account the permission Edit issues, or reopen it"
            raise TrackerError(sentence)
        if lacking:
            sentence = f"{raw['key']}: {', '.join(lacking)} cannot be edited: put it on the project's edit screen"
            raise TrackerError(sentence, permanent=True)

    def _send(self, raw: Json, edit: Edit) -> bool:
        """Whether there was something to send.

        Where the property takes a request of its own, it comes first when it notes that a priority means none, and else
        last: who sees the issue in between sees a priority that was there before, or is to be.
        """
        steps: list[Callable[[], None]] = []
        at_once = self.desk.home.cloud and bool(edit.fields)
        if edit.fields:
            steps.append(lambda: self._put(raw, edit, at_once=at_once))
        if edit.property is not None and not at_once:
            told = edit.property
            first = 0 if told.get("unset") else len(steps)
            steps.insert(first, lambda: self.maker.put_property(str(raw["id"]), told, str(raw["key"])))
        for done, step in enumerate(steps):
            try:
                step()
            except TrackerError as error:
                raise half_done(error) if done else error from None
        return bool(steps)

    def _put(self, raw: Json, edit: Edit, *, at_once: bool) -> None:
        """The fields, and the property with them where one request takes both.

        Raises:
            TrackerError: they were refused. UnknownOutcome: it may be done.
        """
        home, ident = self.desk.home, str(raw["id"])
        sent: Json = {"fields": edit.fields}
        if at_once and edit.property is not None:
            sent["properties"] = [{"key": shape.PROPERTY, "value": edit.property}]
        path, quiet = home.path(f"issue/{ident}"), home.quietly()
        answer = home.client.write(Kind.WRITE, "PUT", path, sent, issue=ident, params=quiet)
        if answer.status == 400:
            home.forget()  # a field or an option is not what it was
        home.good(answer, key=str(raw["key"]), permission="Edit issues")

    def _checked(self, raw: Json, wanted: Fields, changed: Sequence[str]) -> Json:
        """The issue as it is after a write. What we did not change may be a person's by now.

        Raises:
            UnknownOutcome: it cannot be seen, or does not say what it was told to.
        """
        key = raw["key"]
        try:
            after = self.desk.read(str(raw["id"]))
        except TrackerError as error:
            raise half_done(error) from None
        if isinstance(after, Missing):
            raise UnknownOutcome(f"{key} vanished while it was written to: the next run looks again")
        try:
            now = shape.fields(after, self.desk.names)
        except (region.Unreadable, *shape.ODD):
            raise UnknownOutcome(f"{key} was changed while it was written to: the next run looks again") from None
        left = [name for name in changed if _differ(now, wanted, name)]
        if left:
            told = ", ".join(left)
            raise UnknownOutcome(f"Jira did not take {told} of {key} as it was told: look at its workflow and rules")
        return after


def _differ(one: Fields, other: Fields, name: str) -> bool:
    return not shape.same(getattr(one, name), getattr(other, name))

"""GitHub Issues, behind the same Protocol as every tracker. What is read, sent and meant is in the modules beside."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from jinja2 import Template

from pmtrack.errors import TrackerError, UnknownOutcome
from pmtrack.model import Draft, FieldChange, Fields, Issue, IssueRef, Marker, Who
from pmtrack.trackers import body
from pmtrack.trackers.base import Listing, Missing, tidy
from pmtrack.trackers.github import edits, neutral, refs, region, shape
from pmtrack.trackers.github.answers import Answer, Broken
from pmtrack.trackers.github.client import Client
from pmtrack.trackers.github.desk import Desk, Json
from pmtrack.trackers.github.home import Home
from pmtrack.trackers.github.names import Names
from pmtrack.trackers.github.news import News
from pmtrack.trackers.github.refs import Place
from pmtrack.trackers.github.talk import Talk
from pmtrack.trackers.github.writing import Writer, half_done
from pmtrack.trackers.limits import Gate, Kind
from pmtrack.trackers.settings import GitHubSettings

LOOKED_AT = 500
"""Numbers after a high mark; as many issues as an account can make in an hour."""

NOT_THERE = 2
"""Numbers in a row that are none; one alone may be a discussion."""


class GitHubTracker:
    """Args:
    client: sends the requests. gate: the same that `client` waits at; its `say` is told what a person should know.
    settle_seconds: how long a create whose answer was lost may still take effect. template: the team's own of a body.
    """

    kind = "github"

    def __init__(
        self,
        name: str,
        settings: GitHubSettings,
        client: Client,
        gate: Gate,
        settle_seconds: float = 15,
        template: Template | None = None,
    ) -> None:
        self.name = name
        self.settle = timedelta(seconds=settle_seconds)
        self.client = client
        self._settings = settings
        self._template = template
        self.gate = gate
        self._host = refs.host(settings.base_url)
        names = Names.of(settings)
        self._home = Home(client, settings.repository, settings.repository, names, gate.clock)
        self._desk = Desk(name, self._home, settings.base_url, frozenset(settings.accounts))
        self._news, self._writer, self._talk = News(self._desk), Writer(self._desk), Talk(self._desk)

    # ------------------------------------------------------------ reading

    def whoami(self) -> str:
        """Who we are, where issues can be made; else why not."""
        login = self._desk.me()
        problem = self._home.problem(allow_public=self._settings.allow_public) or self.client.lacks()
        if problem:
            raise TrackerError(problem, permanent=True)
        return login

    def listing(self, cursor: str) -> Listing:
        return self._news.since(cursor)

    def fetch(self, refs: Sequence[str]) -> Mapping[str, Issue | Missing]:
        self._know_home()
        return {ref: self._desk.fetch(self._number(ref) or ref) for ref in refs}

    def since(self, mark: str) -> Sequence[Issue]:
        self._know_home()
        start = refs.place(mark, self._home.id) or Place(self._home.id, 0)
        found: list[Issue] = []
        absent = 0
        for number in range(start.number + 1, start.number + 1 + LOOKED_AT):
            answer = self.client.read(Place(start.repository, number).path)
            absent = absent + 1 if answer.status == 404 else 0
            if absent == NOT_THERE:
                self._home.look()  # else nothing is there because we may not see it
                break
            if answer.status not in (404, 410):
                found += self._seen(self._home.good(answer), Place(start.repository, number))
        return found

    def _seen(self, answer: Answer, place: Place) -> Iterable[Issue]:
        """The issue that a direct read shows, where it is one."""
        raw = answer.issue()
        self._desk.high = max(self._desk.high, place.number if place.repository == self._home.id else 0)
        try:
            return [] if "pull_request" in raw else [self._desk.issue(raw, place)]
        except region.Unreadable:
            return []

    def high_mark(self) -> str:
        return str(Place(self._home.id, self._desk.high)) if self._desk.high else ""

    def who(self, ref: IssueRef, names: Sequence[str]) -> Mapping[str, Who]:
        if not names:
            return {}
        self._know_home()
        return {name: who for name, who in self._talk.who(ref).items() if name in names}

    # ------------------------------------------------------------ writing

    def create(self, draft: Draft) -> Issue:
        problem = self._home.problem(allow_public=self._settings.allow_public)
        if problem:
            raise TrackerError(problem, permanent=True, retry_after=0.0)  # it would be the same for every other item
        fields, barred = self._assignable(self.normalise(draft.fields))
        answer = self._home.good(self._post(self._with_notes(draft, barred), fields))
        try:  # it is there by now: whatever fails from here on, the next run looks for it
            return self._finished(answer.issue(), fields, draft.marker)
        except (Broken, region.Unreadable):
            raise UnknownOutcome("GitHub's answer to a create was cut: the next run looks for the issue") from None
        except TrackerError as error:
            raise half_done(error) from None

    def _post(self, draft: Draft, fields: Fields) -> Answer:
        names, native = self._home.names, self._home.native()
        full = self._settings.body == "full"
        text = body.markdown(draft, full=full, neutral=self._harmless, template=self._template)
        sent = edits.creation(fields, text, draft.marker, names, native) | self._extras()
        self._home.have_labels(sent.get("labels", ()))
        return self.client.write(Kind.CREATE, "POST", f"{self._home.path}/issues", sent)

    def _extras(self) -> Json:
        """What the team wants on every new issue, and we never look at again."""
        settings = self._settings
        kind: Json = {"type": settings.type} if settings.type else {}
        return kind | ({"milestone": self._home.milestone(settings.milestone)} if settings.milestone else {})

    def _finished(self, raw: Json, fields: Fields, marker: Marker) -> Issue:
        """What a create cannot say, or GitHub dropped in silence, is said now: the issue is there already."""
        self._desk.met(raw)
        made = self._desk.issue(raw)
        if made.marker != marker:
            raise Broken  # it shows another issue than the one that we asked for
        if not shape.same(made.fields.owners, fields.owners):
            self.gate.say(f"{made.ref.key}: GitHub did not assign {', '.join(fields.owners)}")
        self._put_under_parent(raw, made.ref.key)
        left = replace(fields, title=made.fields.title, owners=made.fields.owners)
        return self._desk.issue(self._writer.write(raw, left, begun=True)) if left != made.fields else made

    def _put_under_parent(self, raw: Json, key: str) -> None:
        """By the issue's id, not its number. Where that fails the issue is there all the same, so it is only said."""
        parent = self._settings.parent
        if parent is None:
            return
        path = f"{Place(self._home.id, parent).path}/sub_issues"
        try:
            self._home.good(self.client.write(Kind.CREATE, "POST", path, {"sub_issue_id": raw["id"]}), key=f"#{parent}")
        except TrackerError as error:
            self.gate.say(f"{key} did not become a sub-issue of #{parent}: {error}")

    def update(self, ref: IssueRef, changes: Sequence[FieldChange], draft: Draft) -> Issue:
        self._know_home()
        self.gate.ready(Kind.WRITE)  # so that no wait stands between the look and the write
        place, raw = self._desk.present(ref)
        try:
            now = self._desk.issue(raw, place)
        except region.Unreadable as error:
            raise TrackerError(str(error)) from None
        wanted = self._writer.wanted(ref, now.fields, changes)
        barred: list[str] = []
        if not shape.same(wanted.owners, now.fields.owners):
            wanted, barred = self._assignable(wanted, now.fields.owners)
        retitled = now.marker is not None and any(change.name == "title" for change in changes)
        after = self._writer.write(raw, wanted, draft.marker if retitled else None)
        if barred:
            self._tell(ref, barred)
        return self._desk.issue(after, place)

    def _tell(self, ref: IssueRef, barred: Sequence[str]) -> None:
        """Say in the issue who was meant and cannot be assigned; the fields are written by then."""
        try:
            self._talk.comment(ref, "owner", self._harmless(self._barred(barred)))
        except TrackerError as error:
            raise half_done(error) from None

    def comment(self, ref: IssueRef, purpose: str, text: str) -> None:
        self._know_home()
        self._talk.comment(ref, purpose, self._harmless(text))

    def _assignable(self, fields: Fields, assigned: Sequence[str] = ()) -> tuple[Fields, list[str]]:
        """The same with only those who can be assigned, and who cannot; who is assigned already stays."""
        known = {login.casefold() for login in assigned}
        barred = self._home.unassignable(login for login in fields.owners if login.casefold() not in known)
        if barred:
            self.gate.say(self._barred(barred))
        return replace(fields, owners=tuple(login for login in fields.owners if login not in barred)), barred

    def _barred(self, logins: Sequence[str]) -> str:
        return f"{', '.join(logins)} cannot be assigned in {self._home.name}: add them there, or mend people.toml"

    def _with_notes(self, draft: Draft, barred: Sequence[str]) -> Draft:
        return replace(draft, notes=(*draft.notes, self._barred(barred))) if barred else draft

    # ------------------------------------------------------------ terms

    def normalise(self, fields: Fields) -> Fields:
        tidied = tidy(fields)
        known = {priority.casefold(): priority for priority in self._home.names.priorities}
        return replace(
            tidied,
            title=neutral.title(body.redacted(tidied.title, self._settings.redact), self._host),
            owners=shape.logins(tidied.owners),
            priority=known.get((tidied.priority or "").casefold()),
        )

    def understands(self, ticket: str) -> str | None:
        number = refs.number(ticket, (self._settings.repository, self._home.name), self._host)
        return None if number is None else str(Place(self._home.id, number)) if self._home.id else str(number)

    def _number(self, ref: str) -> str | None:
        """What a person calls an issue, as one of our ids."""
        number = refs.number(ref, (self._settings.repository, self._home.name), self._host)
        return None if number is None else str(Place(self._home.id, number))

    def _harmless(self, text: str) -> str:
        return neutral.neutral(body.redacted(text, self._settings.redact), self._host)

    def _know_home(self) -> None:
        if not self._home.id:
            self._home.find()

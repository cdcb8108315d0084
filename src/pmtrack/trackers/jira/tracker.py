"""Jira Cloud and Data Center, behind the same Protocol as every tracker. What is read, sent and meant is beside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial

from jinja2 import Template

from pmtrack.errors import TrackerError, UnknownOutcome
from pmtrack.model import Draft, FieldChange, Fields, Issue, IssueRef, Who
from pmtrack.text import one_line
from pmtrack.trackers import body
from pmtrack.trackers.base import Listing, Missing, Sending, changed, tidy, untold
from pmtrack.trackers.jira import batch, refs, region, shape
from pmtrack.trackers.jira.answers import Answer, Broken
from pmtrack.trackers.jira.batch import Made
from pmtrack.trackers.jira.client import Client
from pmtrack.trackers.jira.desk import Desk, Json
from pmtrack.trackers.jira.epics import Epics
from pmtrack.trackers.jira.home import Home
from pmtrack.trackers.jira.leading import Leader
from pmtrack.trackers.jira.making import Maker, Prepared
from pmtrack.trackers.jira.names import Names
from pmtrack.trackers.jira.news import News
from pmtrack.trackers.jira.people import People
from pmtrack.trackers.jira.talk import Talk
from pmtrack.trackers.jira.walk import Walker, half_done
from pmtrack.trackers.jira.writing import Writer
from pmtrack.trackers.limits import Kind
from pmtrack.trackers.settings import JiraSettings

LOOKED_AT = 500
"""Keys after a high mark."""

NOT_THERE = 5
"""Keys in a row that are none: a create that failed late takes a number all the same."""

UNTITLED = "Untitled"


class JiraTracker:
    """Args:
    client: sends the requests; its gate's `say` is told what a person should know. template: the team's own of a body.
    """

    kind = "jira"
    at_once = batch.MOST

    def __init__(self, name: str, settings: JiraSettings, client: Client, template: Template | None = None) -> None:
        self.name = name
        self.settle = timedelta(seconds=settings.limits.settle_seconds)
        self.client = client
        self.gate = client.gate
        self._settings = settings
        self._home = Home(name, client, settings, self.gate.clock)
        self._desk = Desk(name, self._home, Names.of(settings))
        self._news, self._talk = News(self._desk), Talk(self._desk)
        self._people, walker = People(self._home), Walker(self._desk)
        epics = Epics(self._desk, self._news, self._behind, self.settle.total_seconds()) if settings.epics else None
        self._maker = Maker(self._desk, walker, epics, template)
        self._writer = Writer(self._desk, self._maker, walker)
        self._leader = Leader(self._desk, self._maker)

    # ------------------------------------------------------------ reading

    def whoami(self) -> str:
        """Who we are, where issues can be made; else why not."""
        self._home.forget()
        self._home.find()
        problem = self._home.problem() or self._unfilled()
        if problem:
            raise TrackerError(problem, permanent=True)
        return self._home.me

    def _unfilled(self) -> str | None:
        lacking = ", ".join(self._maker.unfilled())
        if not lacking:
            return None
        kind, project = self._settings.issue_type, self._home.key
        return f"a new {kind} in {project} needs {lacking}: fill it by fields = {{...}} at trackers.{self.name}"

    def listing(self, cursor: str) -> Listing:
        return self._news.since(cursor)

    def fetch(self, refs: Sequence[str]) -> Mapping[str, Issue | Missing]:
        self._home.know()
        return self._desk.fetch(refs)

    def since(self, mark: str) -> Sequence[Issue]:
        self._home.know()
        return [issue for raw in self._behind(mark) for issue in self._understood(raw)]

    def _behind(self, mark: str) -> Iterator[Json]:
        """The issues of the next keys, one by one; one that was moved since is found under its old key."""
        absent = 0
        start = refs.number(mark)
        for number in range(start + 1, start + 1 + LOOKED_AT):
            raw = self._desk.read(f"{self._home.key}-{number}")
            absent = absent + 1 if isinstance(raw, Missing) else 0
            if absent == NOT_THERE:
                return
            if not isinstance(raw, Missing):
                yield raw

    def _understood(self, raw: Json) -> list[Issue]:
        try:
            return [self._desk.issue(raw)]
        except region.Unreadable:
            return []

    def high_mark(self) -> str:
        return f"{self._home.key}-{self._desk.high}" if self._desk.high else ""

    def who(self, ref: IssueRef, names: Sequence[str]) -> Mapping[str, Who]:
        if not names:
            return {}
        self._home.know()
        return {name: who for name, who in self._talk.who(ref).items() if name in names}

    # ------------------------------------------------------------ creating

    def create(self, draft: Draft, sending: Sending = untold) -> Issue:
        one = self._prepared(draft)
        answer = self.client.write(Kind.CREATE, "POST", self._home.path("issue"), one.sent, sending=sending)
        try:
            made = self._good(answer).thing("id", "key")
        except Broken:
            raise _cut() from None
        return self._finished(Made(str(made["id"]), str(made["key"])), one, look=True)

    def create_many(self, drafts: Sequence[Draft], sending: Sending = untold) -> Sequence[Issue | TrackerError]:
        ready = [self._tried(draft) for draft in drafts]
        wanted = [one for one in ready if isinstance(one, Prepared)]
        made = iter(self._made(wanted, sending) if wanted else ())
        return [self._settled(one, next(made)) if isinstance(one, Prepared) else one for one in ready]

    def _tried(self, draft: Draft) -> Prepared | TrackerError:
        try:
            return self._prepared(draft)
        except TrackerError as error:
            if error.retry_after is not None:
                raise
            return error

    def _made(self, wanted: Sequence[Prepared], sending: Sending) -> Sequence[Made | Answer]:
        sent = {"issueUpdates": [one.sent for one in wanted]}
        answer = self.client.write(Kind.CREATE, "POST", self._home.path("issue/bulk"), sent, sending=sending)
        try:
            return batch.outcomes(answer if answer.status == 400 else self._good(answer), len(wanted))
        except Broken:
            if answer.status < 300:
                raise _cut() from None
            self._good(answer)
            raise

    def _settled(self, one: Prepared, made: Made | Answer) -> Issue | TrackerError:
        try:
            if isinstance(made, Made):
                return self._finished(made, one, look=False)
            self._good(made)
        except TrackerError as error:
            return error
        return TrackerError("Jira refused an issue without a reason: the next run tries again")

    def _prepared(self, draft: Draft) -> Prepared:
        self._home.know()
        problem = self._home.problem()
        if problem:
            raise TrackerError(problem, permanent=True, retry_after=0.0)  # it would be the same for every other item
        fields, barred = self._assignable(self.normalise(draft.fields))
        noted = replace(draft, notes=(*draft.notes, self._barred(barred))) if barred else draft
        return self._maker.prepared(noted, fields)

    def _good(self, answer: Answer) -> Answer:
        """Raises:
        TrackerError: a create was refused.
        """
        if answer.status == 400:
            self._home.forget()  # a field, an option, the type or a person is not what it was
            self._people.forget()
        return self._home.good(answer, key="the issue", permission="Create issues")

    def _finished(self, made: Made, one: Prepared, *, look: bool) -> Issue:
        """It is there by now: whatever fails from here on, the next run looks for it."""
        self._news.written.append(made.id)
        try:
            return self._maker.finish(made, one, look=look)
        except region.Unreadable as error:
            raise UnknownOutcome(str(error)) from None
        except TrackerError as error:
            raise half_done(error) from None

    # ------------------------------------------------------------ changing

    def update(self, ref: IssueRef, changes: Sequence[FieldChange], draft: Draft) -> Issue:
        self._home.know()
        self.gate.ready(Kind.WRITE)  # so that no wait stands between the look and the write
        self.client.pace.ready(ref.id)
        raw = self._desk.present(ref)
        try:
            now = self._desk.issue(raw)
        except region.Unreadable as error:
            raise TrackerError(str(error)) from None
        wanted = changed(ref, now.fields, changes, shape.same)
        barred: Sequence[str] = ()
        if not shape.same(wanted.owners, now.fields.owners):
            wanted, barred = self._assignable(wanted)
        retitled = now.marker is not None and any(change.name == "title" for change in changes)
        follow = partial(self._leader.follow, draft=draft) if now.ours else None
        after = self._writer.write(raw, wanted, draft, draft.marker if retitled else None, follow=follow)
        if after is not raw:
            self._news.written.append(ref.id)
        if barred:
            self._tell(ref, barred)
        return self._desk.issue(after)

    def _tell(self, ref: IssueRef, barred: Sequence[str]) -> None:
        """Say in the issue who was meant and cannot be assigned; the fields are written by then."""
        try:
            self.comment(ref, "owner", self._barred(barred))
        except TrackerError as error:
            raise half_done(error) from None

    def leads(self, drafts: Mapping[str, Draft]) -> Mapping[str, str]:
        self._home.know()
        return self._leader.leads(drafts)

    def lead(self, ref: IssueRef, draft: Draft) -> None:
        self._home.know()
        self._leader.lead(ref, draft)
        self._news.written.append(ref.id)

    def comment(self, ref: IssueRef, purpose: str, text: str) -> None:
        self._home.know()
        self._talk.comment(ref, purpose, self._maker.harmless(text))

    def _assignable(self, fields: Fields) -> tuple[Fields, Sequence[str]]:
        """The same with an owner only where they can be assigned, and who cannot."""
        barred = [name for name in fields.owners if not self._people.can_be_assigned(name)]
        if barred:
            self._maker.say_once(self._barred(barred))
        return replace(fields, owners=tuple(name for name in fields.owners if name not in barred)), barred

    def _barred(self, names: Sequence[str]) -> str:
        what = f"{', '.join(names)} cannot be assigned in {self._home.key}"
        return f"{what} (has the owner left?): mend people.toml, or add them there"

    # ------------------------------------------------------------ terms

    def normalise(self, fields: Fields) -> Fields:
        tidied = tidy(fields)
        known = {priority.casefold(): priority for priority in self._settings.priorities}
        title = one_line(body.redacted(tidied.title, self._settings.redact), shape.TITLE_LIMIT)
        is_seen = any(char.isprintable() and not char.isspace() for char in title)
        return replace(
            tidied,
            title=title if is_seen else UNTITLED,
            owners=shape.accounts(self._people.meant(word) for word in tidied.owners),
            priority=known.get((tidied.priority or "").casefold()),
        )

    def understands(self, ticket: str) -> str | None:
        return refs.ours(ticket, self._home.keys, self._settings.url)


def _cut() -> UnknownOutcome:
    return UnknownOutcome("Jira's answer to a create was cut: the next run looks for what there is")

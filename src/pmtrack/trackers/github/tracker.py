"""GitHub Issues, behind the same Protocol as every tracker. What is read, sent and meant is in the modules beside."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial

from jinja2 import Template

from pmtrack.errors import TrackerError, UnknownOutcome
from pmtrack.model import Draft, FieldChange, Fields, Issue, IssueRef, Who
from pmtrack.trackers import body
from pmtrack.trackers.base import Listing, Missing, Sending, changed, tidy, untold
from pmtrack.trackers.github import edits, neutral, refs, region, shape
from pmtrack.trackers.github.answers import Answer, Broken
from pmtrack.trackers.github.client import Client
from pmtrack.trackers.github.desk import Desk, Json
from pmtrack.trackers.github.extras import Extras, Wish
from pmtrack.trackers.github.family import Family
from pmtrack.trackers.github.home import Home
from pmtrack.trackers.github.links import Links
from pmtrack.trackers.github.names import Names
from pmtrack.trackers.github.news import News
from pmtrack.trackers.github.probe import Probe
from pmtrack.trackers.github.refs import Place
from pmtrack.trackers.github.talk import Talk
from pmtrack.trackers.github.writing import Writer, half_done
from pmtrack.trackers.limits import Gate, Kind
from pmtrack.trackers.settings import GitHubSettings


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
        *,
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
        self._family = Family(self._desk, self._news, gate, settings, self._harmless, self._host, settle_seconds)
        self._extras = Extras(self._desk, self._family, settings, gate.say, self._harmless)
        self._links = Links(self._desk, self._news, self._harmless)

    # ------------------------------------------------------------ reading

    def whoami(self) -> str:
        """Who we are, where issues can be made; else why not."""
        login = self._desk.me()
        problem = self._home.problem(allow_public=self._settings.allow_public) or self.client.lacks()
        if problem:
            raise TrackerError(problem, permanent=True)
        return login

    def is_exposed(self) -> bool:
        return self._home.is_public() and not self._settings.allow_public

    def listing(self, cursor: str) -> Listing:
        return self._news.since(cursor)

    def fetch(self, refs: Sequence[str]) -> Mapping[str, Issue | Missing]:
        self._know_home()
        return {ref: self._desk.fetch(self._number(ref) or ref) for ref in refs}

    def since(self, mark: str) -> Sequence[Issue]:
        self._know_home()
        start = refs.place(mark, self._home.id) or Place(self._home.id, 0)
        self._family.unsettled = True  # that is why we are asked
        return [issue for place, raw in Probe(self._desk).after(start) for issue in self._seen(raw, place)]

    def _seen(self, raw: Json, place: Place) -> Iterable[Issue]:
        """The issue that a direct read shows, where it is one that may be an item's."""
        self._desk.high = max(self._desk.high, place.number if place.repository == self._home.id else 0)
        try:
            return [] if "pull_request" in raw or self._desk.is_parent(raw) else [self._desk.issue(raw, place)]
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

    def create(self, draft: Draft, sending: Sending = untold) -> Issue:
        with self.client.announcing(sending):
            return self._create(draft)

    def _create(self, draft: Draft) -> Issue:
        problem = self._home.problem(allow_public=self._settings.allow_public)
        if problem:
            raise TrackerError(problem, permanent=True, retry_after=0.0)  # it would be the same for every other item
        fields, barred = self._assignable(self.normalise(draft.fields))
        wish = self._extras.wish(draft)
        answer = self._home.good(self._post(self._with_notes(draft, barred), fields, wish))
        try:  # it is there by now: whatever fails from here on, the next run looks for it
            return self._finished(answer.issue(), fields, draft, wish)
        except (Broken, region.Unreadable):
            raise UnknownOutcome("GitHub's answer to a create was cut: the next run looks for the issue") from None
        except TrackerError as error:
            raise half_done(error) from None

    def _post(self, draft: Draft, fields: Fields, wish: Wish) -> Answer:
        names, native = self._home.names, self._home.native()
        full = self._settings.body == "full"
        text = body.markdown(draft, full=full, neutral=self._harmless, template=self._template)
        sent = edits.creation(fields, text, draft.marker, names, native, further=self._further(draft))
        self._home.have_labels(sent.get("labels", ()))
        return self._extras.post(sent, wish)

    def _finished(self, raw: Json, fields: Fields, draft: Draft, wish: Wish) -> Issue:
        """What a create cannot say, or GitHub dropped in silence, is said now: the issue is there already."""
        self._desk.met(raw)
        made, names = self._desk.issue(raw), self._home.names
        if made.marker != draft.marker:
            raise Broken  # it shows another issue than the one that we asked for
        labels = [name for name in (names.label, *self._further(draft)) if name]
        raw = self._extras.check(raw, wish, labels, fields.owners)
        left = replace(fields, title=made.fields.title, owners=made.fields.owners)
        return self._desk.issue(raw if left == made.fields else self._writer.write(raw, left, begun=True))

    def _further(self, draft: Draft) -> Sequence[str]:
        return self._home.names.further(body.redacted(label, self._settings.redact) for label in draft.labels)

    def update(self, ref: IssueRef, changes: Sequence[FieldChange], draft: Draft) -> Issue:
        self._know_home()
        self.gate.ready(Kind.WRITE)  # so that no wait stands between the look and the write
        place, raw = self._desk.present(ref)
        try:
            now = self._desk.issue(raw, place)
        except region.Unreadable as error:
            raise TrackerError(str(error)) from None
        wanted = changed(ref, now.fields, changes, shape.same)
        barred: list[str] = []
        if not shape.same(wanted.owners, now.fields.owners):
            wanted, barred = self._assignable(wanted, now.fields.owners)
        retitled = now.marker is not None and any(change.name == "title" for change in changes)
        led = partial(self._links.led, draft=draft, only_moved=True) if now.ours else str
        after = self._writer.write(raw, wanted, draft.marker if retitled else None, led=led)
        if barred:
            self._tell(ref, barred)
        return self._desk.issue(after, place)

    def _tell(self, ref: IssueRef, barred: Sequence[str]) -> None:
        """Say in the issue who was meant and cannot be assigned; the fields are written by then."""
        try:
            self._talk.comment(ref, "owner", self._harmless(self._barred(barred)))
        except TrackerError as error:
            raise half_done(error) from None

    def leads(self, drafts: Mapping[str, Draft]) -> Mapping[str, str]:
        self._know_home()
        return self._links.leads(drafts)

    def lead(self, ref: IssueRef, draft: Draft) -> None:
        self._know_home()
        self._links.lead(ref, draft)

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

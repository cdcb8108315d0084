"""One issue at a time: where it is, what it says in our values, and whose it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pmtrack.errors import TrackerError
from pmtrack.model import Issue, IssueRef
from pmtrack.trackers.base import Missing
from pmtrack.trackers.github import paging, refs, region, shape
from pmtrack.trackers.github.answers import Answer, Broken
from pmtrack.trackers.github.home import Home
from pmtrack.trackers.github.refs import Place

Json = dict[str, Any]
Key = tuple[str, str]
"""Source and path of a postmortem."""


@dataclass(slots=True)
class Desk:
    """Attributes:
    tracker: its name. accounts: logins that count as ours besides the present one. high: the highest number seen.
    parents: numbers of the issues that stand for a whole postmortem. listed: the highest number in a list of all
        issues, None where none was read.
    """

    tracker: str
    home: Home
    base_url: str
    accounts: frozenset[str]
    high: int = 0
    parents: dict[Key, int] = field(default_factory=dict)
    listed: int | None = None
    _me: str | None = field(default=None)

    # ------------------------------------------------------------ who we are

    def me(self) -> str:
        """Our login.

        Raises:
            TrackerError: the token is not accepted, or tells no name.
        """
        if self._me is None:
            self._me = self.home.client.login() or next(iter(sorted(self.accounts)), None)
        if self._me is None:
            variable = self.home.client.account.variable
            sentence = f"the token in {variable} does not tell whose it is: name its account in accounts = [...]"
            raise TrackerError(sentence, permanent=True)
        return self._me

    def is_ours(self, login: str) -> bool:
        known = {account.casefold() for account in self.accounts}
        return login.casefold() in known or login.casefold() == self.me().casefold()

    def met(self, raw: Mapping[str, Any]) -> None:
        """An issue that we have just made: who wrote it is who we are, and its number the highest."""
        self._me = shape.author(raw) or self._me
        number = raw.get("number")
        self.high = max(self.high, number if isinstance(number, int) else 0)

    def is_parent(self, raw: Mapping[str, Any]) -> bool:
        """Whether an issue stands for a whole postmortem, and so for no item; of several the oldest is noted."""
        key = region.parent(shape.body(raw))
        if key is None or "pull_request" in raw or not self.is_ours(shape.author(raw)):
            return False
        try:
            number = int(raw["number"]) if self._is_here(raw) else None
        except shape.ODD:
            raise Broken from None
        if number:
            self.parents[key] = min(number, self.parents.get(key, number))
        return True

    def _is_here(self, raw: Mapping[str, Any]) -> bool:
        return shape.repository(raw).casefold() in (self.home.name.casefold(), self.home.configured.casefold())

    # ------------------------------------------------------------ values

    def issue(self, raw: Mapping[str, Any], place: Place | None = None) -> Issue:
        """An issue in our values; `place` is what we know it by, else where it is.

        Raises:
            region.Unreadable: a person wrote no date where one should be.
            TrackerError: it is no issue.
        """
        try:
            at = place or Place(self.home.id, int(raw["number"]))
            fields, marker = shape.fields(raw, self.home.names), region.marker(shape.body(raw))
            ref = IssueRef(self.tracker, str(at), self._key(raw), str(raw["html_url"]))
            return Issue(ref, fields, marker, bool(marker) and self.is_ours(shape.author(raw)), shape.updated_at(raw))
        except region.Unreadable as error:
            raise region.Unreadable(f"{self._key(raw)}: {error}") from None
        except shape.ODD:
            raise Broken from None

    def _key(self, raw: Mapping[str, Any]) -> str:
        return f"{'' if self._is_here(raw) else shape.repository(raw)}#{raw['number']}"

    # ------------------------------------------------------------ reading

    def read(self, place: Place) -> Json | Missing:
        """The issue at a place; PyGithub follows one that was transferred.

        Raises:
            TrackerError: it cannot be asked for.
        """
        answer = self.home.client.read(place.path)
        if answer.status == 404:
            return self._missing(place)
        if answer.status == 410 and "disabled" not in answer.message.lower():
            return Missing.GONE
        raw = self.home.good(answer, key=f"#{place.number}").issue()
        if place.repository == self.home.id:
            self.high = max(self.high, place.number)
        return raw

    def _missing(self, place: Place) -> Missing:
        """404 is also what GitHub says of everything that we may not see: only what never was is gone."""
        if place.repository != self.home.id or 0 < place.number <= self.high or not self.high:
            return Missing.UNKNOWN
        self.home.look()
        return Missing.GONE

    def fetch(self, ref: str) -> Issue | Missing:
        """Raises:
        TrackerError: it cannot be asked for.
        """
        place = refs.place(ref, self.home.id)
        if place is None:
            return Missing.GONE
        raw = self.read(place)
        if isinstance(raw, Missing):
            return raw
        try:
            return Missing.UNKNOWN if "pull_request" in raw or self.is_parent(raw) else self.issue(raw, place)
        except region.Unreadable:
            return Missing.UNKNOWN

    def present(self, ref: IssueRef) -> tuple[Place, Json]:
        """The place that we know an issue by, and the issue.

        Raises:
            TrackerError: it is not there.
        """
        place = refs.place(ref.id, self.home.id)
        raw = self.read(place) if place else Missing.GONE
        if place is None or raw is Missing.GONE:
            raise TrackerError(f"{ref.key} was deleted: remove the item, or let it have a new issue", permanent=True)
        if isinstance(raw, Missing):
            raise TrackerError(f"{ref.key} cannot be read now: check that the token may see it, or remove the item")
        if "pull_request" in raw:
            raise TrackerError(f"{ref.key} is a pull request: name an issue, or none", permanent=True)
        return place, raw

    def where(self, raw: Mapping[str, Any]) -> Place:
        """Where an issue is by now: in another repository, perhaps, whose id only the repository tells."""
        if self._is_here(raw):
            return Place(self.home.id, int(raw["number"]))
        found = self.home.good(self.home.client.read(f"/repos/{shape.repository(raw)}")).issue()
        return Place(int(found["id"]), int(raw["number"]))

    def part(self, ref: IssueRef, part: str) -> tuple[Place, Answer]:
        """A list that belongs to an issue; of a transferred one it is found only at the new place.

        Raises:
            TrackerError: it cannot be asked for.
        """
        place = refs.place(ref.id, self.home.id)
        query = {"per_page": paging.PAGE}
        answer = self.home.client.read(f"{place.path}/{part}", query) if place else None
        if place and answer and answer.status not in (404, 410):
            return place, self.home.good(answer, key=ref.key)
        place = self.where(self.present(ref)[1])
        return place, self.home.good(self.home.client.read(f"{place.path}/{part}", query), key=ref.key)

    def page(self, address: str, params: Mapping[str, Any] | None) -> Answer:
        """One more page of a list.

        Raises:
            TrackerError: it cannot be asked for.
        """
        return self.home.good(self.home.client.read(address, params))

"""The repository where issues live: what is so about it, and what new issues need there. Asked once a run."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from pmtrack.errors import TrackerError, UnknownOutcome
from pmtrack.trackers.github import answers
from pmtrack.trackers.github.answers import Answer, Broken
from pmtrack.trackers.github.client import Client
from pmtrack.trackers.github.names import Names, Native
from pmtrack.trackers.limits import Kind

FRESH = 300.0
"""Seconds for which an answer about the repository counts."""

PAGE = {"per_page": 100}


@dataclass(slots=True)
class Known:
    """What one request told of names in the repository, in lower case; and what was learnt since.

    Attributes:
        names: -> whether there is such a one. whole: a name that is not among them does not exist; None where that is
            to be tried with the first such name.
    """

    names: dict[str, bool]
    whole: bool | None


@dataclass(slots=True)
class Home:
    """Attributes:
    configured: what the configuration calls it; name: what it is called by now. id: 0 until it is known.
    """

    client: Client
    configured: str
    name: str
    names: Names
    clock: Callable[[], float]
    id: int = 0
    _seen: dict[str, Any] = field(default_factory=dict)
    _seen_at: float = 0.0
    _known: dict[str, Known] = field(default_factory=dict)
    _milestones: dict[str, int] | None = None
    _types: dict[str, str] | None = None
    _native: Native | None = None

    @property
    def path(self) -> str:
        """In the API: by its id, which no renaming changes, else by the name that was configured."""
        return f"/repositories/{self.id}" if self.id else f"/repos/{self.configured}"

    def take(self, ident: int, name: str) -> None:
        """This is the repository, and what it is called."""
        self.id, self.name = ident, name

    def find(self) -> None:
        """Learn its id from its name; the name may be an old one.

        Raises:
            TrackerError: it cannot be read.
        """
        self.id, self._seen = 0, {}
        self.about()

    def about(self) -> dict[str, Any]:
        """What GitHub says of the repository.

        Raises:
            TrackerError: it cannot be read.
        """
        if not self._seen or self.clock() - self._seen_at > FRESH:
            answer = self.good(self.client.read(self.path))
            seen = answer.issue()
            self.take(seen["id"], str(seen.get("full_name") or self.configured))
            self._seen = seen
            self._seen_at = self.clock()
        return self._seen

    def look(self) -> None:
        """Make sure that we may look at it now.

        Raises:
            TrackerError: we may not.
        """
        self._seen = {}
        self.about()

    def is_public(self) -> bool:
        """Raises:
        TrackerError: it cannot be read.
        """
        return not self.about().get("private", True)

    def problem(self, *, allow_public: bool) -> str | None:
        """Why no issue can be made in it, in one sentence; None where one can."""
        about, name = self.about(), self.name
        rights = {} if self.client.account.is_installation else about.get("permissions") or {}
        checks = (
            (about.get("archived"), "{} is archived: unarchive it, or name another repository"),
            (not about.get("has_issues", True), "issues are switched off in {}: switch them on in its settings"),
            (
                self.is_public() and not allow_public,
                "{} is public, and everybody would read its issues: set allow_public = true if that is right",
            ),
            (
                rights and not any(rights.get(right) for right in ("triage", "push", "maintain", "admin")),
                "the account may only read {}: give it the role Triage or Write there",
            ),
        )
        return next((sentence.format(name) for found, sentence in checks if found), None)

    def good(self, answer: Answer, *, key: str = "") -> Answer:
        """The answer, where it is a success.

        Raises:
            TrackerError: it is none.
        """
        if answer.status < 300:
            return answer
        raise answers.refusal(answer, self.name, self.client.account.variable, key)

    # ------------------------------------------------------------ what new issues need

    def unassignable(self, logins: Iterable[str]) -> list[str]:
        """Those who cannot be assigned in it."""
        return [login for login in logins if not self._has("assignees", "login", login)]

    def have_labels(self, labels: Iterable[str]) -> None:
        """Make the labels that do not exist; those that do stay as people have them.

        Raises:
            TrackerError: one could not be made. No issue was touched.
        """
        for label in labels:
            if not self._has("labels", "name", label):
                self._make_label(label)
                self._known["labels"].names[label.casefold()] = True

    def _has(self, part: str, word: str, name: str) -> bool:
        """Whether a list of the repository has this name. Asked of the list once, and singly what its page leaves open.

        Args:
            part: of the path; word: what an entry of the list calls its name.
        """
        if part not in self._known:
            self._known[part] = self._first_page(part, word)
        known, key = self._known[part], name.casefold()
        if key not in known.names:
            known.names[key] = not known.whole and self._is_there(f"{part}/{quote(name, safe='')}")
            known.whole = not known.names[key] if known.whole is None else known.whole
        return known.names[key]

    def _first_page(self, part: str, word: str) -> Known:
        """A page that came short must not cost an owner; a label that it did not show costs a refusal, and no more."""
        answer = self.good(self.client.read(f"{self.path}/{part}", PAGE))
        names = {str(entry.get(word)).casefold(): True for entry in answer.entries()}
        unsure = None if part == "assignees" else True
        return Known(names, False if 'rel="next"' in answer.headers.get("link", "") else unsure)

    def _is_there(self, rest: str) -> bool:
        answer = self.client.read(f"{self.path}/{rest}")
        if answer.status != 404:
            self.good(answer)
        return answer.status != 404

    def _make_label(self, label: str) -> None:
        sent = {"name": label, "color": self.names.colour(label)}
        try:
            answer = self.client.write(Kind.CREATE, "POST", f"{self.path}/labels", sent)
        except UnknownOutcome as error:
            sentence = f"the label {label!r} may be there or not: the next run looks, and goes on from there"
            raise TrackerError(sentence, retry_after=error.retry_after) from None
        if answer.status == 404:
            sentence = (
                f"the label {label!r} cannot be made in {self.name}: make it by hand, or give the account the role"
            )
            raise TrackerError(f"{sentence} Write", permanent=True)
        if answer.status != 422:  # then somebody made it at this moment
            self.good(answer)

    def milestone(self, title: str) -> int | None:
        """The number of an open milestone, None where there is none of that title among the first hundred.

        Raises:
            TrackerError: they cannot be read.
        """
        if self._milestones is None:
            answer = self.good(self.client.read(f"{self.path}/milestones", PAGE))
            self._milestones = {str(entry.get("title")): int(entry["number"]) for entry in answer.entries()}
        return self._milestones.get(title)

    def type_named(self, name: str) -> str | None:
        """An issue type as GitHub writes it, None where there is none; the name itself where they cannot be listed."""
        if self._types is None:
            answer = self.client.read(f"{self.path}/issue-types")
            listed = answer.entries() if answer.status == 200 else [{"name": name}]
            names = [str(entry.get("name")) for entry in listed if entry.get("is_enabled") is not False]
            self._types = {known.casefold(): known for known in names}
        return self._types.get(name.casefold())

    def native(self) -> Native:
        """The fields of the organisation that we use; none for a person's repository or where they are off."""
        if self._native is None:
            wanted = self.names.due_fields or self.names.priority_fields
            answer = self.client.read(f"/orgs/{self.name.split('/')[0]}/issue-fields") if wanted else None
            known = answer is not None and answer.status == 200
            try:
                self._native = self.names.native(answer.entries()) if answer and known else Native()
            except (Broken, KeyError, TypeError):
                self._native = Native()
        return self._native

    def without(self, native: Native) -> None:
        """GitHub dropped a value in silence: use these fields only, from now on."""
        self._native = native

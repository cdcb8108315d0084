"""What people do in the web page: with no token and no limit, and without asking the program."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from . import changes, pulls
from .hub import Hub
from .model import Comment, Deleted, Issue, Moved, Repo, Vanished
from .render import Show


def typed(text: str) -> str:
    """What a browser sends of a text: its lines end in CRLF, and so does the body from then on."""
    return text.replace("\r\n", "\n").replace("\n", "\r\n")


@dataclass(frozen=True, slots=True)
class Person:
    """A person in front of one repository. The repository is kept by number, so that a rename changes nothing here."""

    hub: Hub
    login: str
    repo_id: int

    @classmethod
    def at(cls, hub: Hub, login: str, full_name: str) -> Person:
        hub.add_user(login)
        return cls(hub, login, hub.repo(full_name).id)

    @property
    def repo(self) -> Repo:
        return self.hub.repos[self.repo_id]

    @property
    def doer(self) -> changes.Doer:
        return changes.Doer(self.login)

    def look(self, number: int) -> Issue:
        found = self.repo.latest(number)
        assert isinstance(found, Issue), f"there is no issue {number} in {self.repo.full_name}"
        return found

    @contextmanager
    def _acting(self) -> Iterator[None]:
        with self.hub.lock:
            self.hub.settle()
            yield

    def _set(self, number: int, **attributes: Any) -> Issue:
        with self._acting():
            return changes.change(self.hub, self.repo, self.look(number), self.doer, **attributes)

    # ------------------------------------------------------------ an issue

    def open(self, title: str, body: str | None = None, *labels: str) -> int:
        with self._acting():
            ids = tuple(self._label(name) for name in labels)
            words = {"title": title, "body": None if body is None else typed(body), "labels": ids}
            return changes.open_issue(self.hub, self.repo, self.doer, **words).number

    def pull_request(self, title: str) -> int:
        """It takes a number and appears in the list of issues."""
        with self._acting():
            return changes.open_issue(self.hub, self.repo, self.doer, title=title, pull_request=True).number

    def merge(self, number: int, *, delete: bool = True) -> None:
        """ "Squash and merge", and perhaps the button that deletes the branch."""
        with self._acting():
            issue, pull = self.look(number), self.repo.pulls[number]
            here = pulls.branches(self.repo)
            commit = here.squash(pull.base, pull.head, f"{issue.title} (#{number})")
            pulls.merged(self.hub, self.repo, issue, self.doer, commit)
            if delete:
                here.delete(pull.head)

    def edit(self, number: int, **title_or_body: str) -> None:
        self._set(number, **{name: typed(text) for name, text in title_or_body.items()})

    def close(self, number: int, reason: str = "completed") -> None:
        with self._acting():
            self._state(number, "closed", reason)

    def close_as_duplicate(self, number: int, of: int) -> None:
        """The interface shows the reason, an event without the other number, and nothing else."""
        with self._acting():
            self._state(number, "closed", "duplicate")
            self.look(of)
            changes.note_event(self.hub, self.repo, self.look(number), self.doer, "marked_as_duplicate")

    def reopen(self, number: int) -> None:
        with self._acting():
            self._state(number, "open", None)

    def _state(self, number: int, state: str, reason: str | None) -> None:
        wanted = changes.state_change(self.hub, self.look(number), self.doer, state, reason)
        self._set(number, **wanted)

    def comment(self, number: int, text: str) -> Comment:
        with self._acting():
            return changes.add_comment(self.hub, self.repo, self.look(number), self.doer, typed(text))

    def label(self, number: int, *names: str) -> None:
        with self._acting():
            ids = (*self.look(number).labels, *(self._label(name) for name in names))
            self._set(number, labels=tuple(dict.fromkeys(ids)))

    def unlabel(self, number: int, *names: str) -> None:
        with self._acting():
            off = {self._label(name) for name in names}
            self._set(number, labels=tuple(one for one in self.look(number).labels if one not in off))

    def _label(self, name: str) -> int:
        return (self.repo.label_named(name) or changes.add_label(self.hub, self.repo, name)).id

    def rename_label(self, old: str, new: str) -> None:
        """On every issue at once, and no issue counts as changed."""
        label = self.repo.label_named(old)
        assert label is not None
        self.repo.labels[label.id] = replace(label, name=new)

    def delete_label(self, name: str) -> None:
        del self.repo.labels[self._label(name)]

    def assign(self, number: int, *logins: str) -> None:
        """These and nobody else; none for nobody."""
        self._set(number, assignees=logins)

    def set_field(self, number: int, name: str, value: Any) -> None:
        """A value of an issue field; None clears it."""
        field = next(one for one in self.hub.fields[self.repo.owner.lower()] if one.name == name)
        values = {one: kept for one, kept in self.look(number).values.items() if one != field.id}
        self._set(number, values=values if value is None else {**values, field.id: value})

    def set_type(self, number: int, kind: str | None) -> None:
        self._set(number, kind=kind)

    def lock(self, number: int) -> None:
        self._set(number, locked=True)

    def copy(self, number: int) -> int:
        """Everything in the body goes along, a marker of a program too."""
        seen = self.look(number)
        with self._acting():
            copied = {"title": seen.title, "body": typed(seen.body or ""), "labels": seen.labels}
            return changes.open_issue(self.hub, self.repo, self.doer, **copied).number

    def delete(self, number: int) -> None:
        self._end(number, Deleted(), "deleted")

    def convert_to_discussion(self, number: int) -> None:
        self._end(number, Vanished(), "deleted")

    def _end(self, number: int, what: Deleted | Vanished, action: str) -> None:
        with self._acting():
            issue = self.look(number)
            self.repo.put(number, what, self.hub.now())
            changes.tell(self.hub, self.repo, self.doer, "issues", action, issue)

    def transfer(self, number: int, to: str) -> int:
        """To another repository: a new number and a new *id*, labels only where that repository has them.

        That the id changes was measured (GoogleCloudPlatform/repo-automation-playground#85), and GitHub's own example
        of the webhook shows it.
        """
        with self._acting():
            home, issue = self.hub.repo(to), self.look(number)
            new = home.next_number()
            names = [self.repo.labels[one].name for one in issue.labels]
            labels = tuple(label.id for name in names if (label := home.label_named(name)))
            there = replace(issue, id=self.hub.new_id(), number=new, labels=labels, milestone=None, parent=None)
            there = replace(there, updated_at=self.hub.now())
            home.put(new, there, self.hub.now())
            self.repo.put(number, Moved(home.id, new), self.hub.now())
            self._tell_of_move(issue, home, there)
            return new

    def _tell_of_move(self, issue: Issue, home: Repo, there: Issue) -> None:
        """Both ends tell of it, each with the other one, as in GitHub's own examples."""
        show = Show(self.hub, self.hub.api)
        new = {"new_issue": show.issue(home, there), "new_repository": show.repo(home)}
        old = {"old_issue": show.issue(self.repo, issue), "old_repository": show.repo(self.repo)}
        changes.tell(self.hub, self.repo, self.doer, "issues", "transferred", issue, changes=new)
        changes.tell(self.hub, home, self.doer, "issues", "opened", there, changes=old)

    # ------------------------------------------------------------ the repository

    def rename(self, name: str, owner: str | None = None) -> None:
        """The old name leads here until another repository takes it. A new owner is a transferred repository."""
        with self._acting():
            repo = self.repo
            repo.name, repo.owner = name, owner or repo.owner
            self.hub.add_user(repo.owner, "Organization")
            self.hub.names[repo.full_name.lower()] = repo.id
            changes.tell(self.hub, repo, self.doer, "repository", "transferred" if owner else "renamed")

    def make_private(self, *, private: bool = True) -> None:
        with self._acting():
            self.repo.private = private
            changes.tell(self.hub, self.repo, self.doer, "repository", "privatized" if private else "publicized")

    def make_public(self) -> None:
        self.make_private(private=False)

    def archive(self, *, archived: bool = True) -> None:
        with self._acting():
            self.repo.archived = archived
            changes.tell(self.hub, self.repo, self.doer, "repository", "archived" if archived else "unarchived")

    def switch_issues(self, *, on: bool) -> None:
        self.repo.issues_on = on

    def give_role(self, login: str, role: str | None) -> None:
        """A role in the repository; None takes it away: the person has left and cannot be assigned any more."""
        self.hub.add_user(login)
        self.repo.roles.pop(login.lower(), None)
        if role is not None:
            self.repo.roles[login.lower()] = role

    def delete_repository(self) -> None:
        """404 for everybody from now on."""
        with self._acting():
            del self.hub.repos[self.repo_id]
            self.hub.names = {name: ident for name, ident in self.hub.names.items() if ident != self.repo_id}

"""What people do in the web page: with no token and no limit, and without asking the program."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from . import changes
from .hub import Hub
from .model import Comment, Issue, Project


@dataclass(frozen=True, slots=True)
class Person:
    """A person in front of one project, which is kept by number, so that a new key changes nothing here."""

    hub: Hub
    account: str
    project_id: int

    @classmethod
    def at(cls, hub: Hub, name: str, key: str) -> Person:
        return cls(hub, hub.account(name), hub.project(key).id)

    @property
    def project(self) -> Project:
        return self.hub.projects[self.project_id]

    @contextmanager
    def _acting(self) -> Iterator[None]:
        with self.hub.lock:
            self.hub.settle()
            yield

    def look(self, key: str) -> Issue:
        return self.hub.issue(key)

    def _set(self, key: str, **values: Any) -> Issue:
        with self._acting():
            return changes.change(self.hub, self.look(key), self.account, values)

    # ------------------------------------------------------------ an issue

    def open(self, summary: str, description: Any = None, kind: str = "Task", **values: Any) -> str:
        """The key. Other values as in `edit`."""
        with self._acting():
            known = next(one.id for one in self.hub.types.values() if one.name == kind)
            words = {"summary": summary, "description": description, "issuetype": known, **self._meant(values)}
            return self.hub.key(changes.create(self.hub, self.project, self.account, words, {}))

    def edit(self, key: str, **values: Any) -> None:
        """Fields by their ids: summary, description, duedate, labels, priority="High" (its name), custom fields."""
        self._set(key, **self._meant(values))

    def _meant(self, values: dict[str, Any]) -> dict[str, Any]:
        named = {"priority": self.hub.priorities, "resolution": self.hub.resolutions}
        return {name: self._one(name, value, named.get(name)) for name, value in values.items()}

    def _one(self, name: str, value: Any, table: Any) -> Any:
        if value is None:
            return None
        if name in ("assignee", "reporter"):
            return self.hub.account(value)
        if name == "components":
            return tuple(one.id for one in self.project.components.values() if one.name in value)
        if name == "parent":
            return self.look(value).id
        if name == "labels":
            return tuple(value)
        return value if table is None else table.ensure(value)

    def assign(self, key: str, name: str | None) -> None:
        self._set(key, assignee=None if name is None else self.hub.account(name))

    def label(self, key: str, *labels: str) -> None:
        have = self.look(key).values.get("labels", ())
        self._set(key, labels=tuple(dict.fromkeys((*have, *labels))))

    def unlabel(self, key: str, *labels: str) -> None:
        have = self.look(key).values.get("labels", ())
        self._set(key, labels=tuple(one for one in have if one not in labels))

    def transition(self, key: str, to: str, resolution: str | None = None) -> None:
        """On the shortest way that the workflow allows, with a resolution where one of its screens has it."""
        with self._acting():
            for way in self._way(key, to):
                given = {"resolution": self.hub.resolutions.ensure(resolution or "Done")}
                values = given if "resolution" in way.screen else {}
                changes.transit(self.hub, self.look(key), self.account, way, values)

    def _way(self, key: str, to: str) -> list[Any]:
        issue = self.look(key)
        workflow = self.hub.projects[issue.project].workflow
        ways: list[list[Any]] = [[]]
        seen = {self.hub.statuses[issue.values["status"]]}
        here = next(iter(seen))
        while ways and here != to:
            way = ways.pop(0)
            for step in workflow.out_of(way[-1].to if way else here):
                if step.to == to:
                    return [*way, step]
                if step.to not in seen:
                    seen.add(step.to)
                    ways.append([*way, step])
        assert here == to, f"no way leads from {here} to {to}"
        return []

    def comment(self, key: str, text: Any) -> Comment:
        with self._acting():
            return changes.add_comment(self.hub, self.look(key), self.account, text)

    def move(self, key: str, to: str) -> str:
        """To another project: the new key. The old one leads there, and the id stays."""
        with self._acting():
            issue = self.look(key)
            return self.hub.key(changes.move(self.hub, issue, self.account, self.hub.project(to)))

    def change_type(self, key: str, kind: str) -> None:
        self._set(key, issuetype=next(one.id for one in self.hub.types.values() if one.name == kind))

    def copy(self, key: str) -> str:
        """A clone: fields and labels go along, and so do links; entity properties of apps do too."""
        with self._acting():
            old = self.look(key)
            values = {name: value for name, value in old.values.items() if name not in ("status", "resolution")}
            values["summary"] = f"CLONE - {values['summary']}"
            made = changes.create(self.hub, self.project, self.account, values, old.properties)
            return self.hub.key(changes.quietly(self.hub, made, links=old.links))

    def delete(self, key: str) -> None:
        with self._acting():
            changes.delete(self.hub, self.look(key))

    def restrict(self, key: str, *names: str) -> None:
        """A security level: only these people see it from now on; everybody again without a name."""
        with self._acting():
            readers = frozenset(map(self.hub.account, names)) if names else None
            changes.change(self.hub, self.look(key), self.account, {}, readers=readers)

    def remove_property(self, key: str, name: str) -> None:
        with self._acting():
            issue = self.look(key)
            kept = {one: value for one, value in issue.properties.items() if one != name}
            changes.quietly(self.hub, issue, properties=kept)

    # ------------------------------------------------------------ people and the project

    def deactivate(self, name: str, *, active: bool = False) -> None:
        """The account can no longer be assigned, and its tokens no longer work."""
        self.hub.users[self.hub.account(name)].active = active

    def rename_user(self, name: str, display_name: str) -> None:
        self.hub.users[self.hub.account(name)].display_name = display_name

    def rename_project(self, key: str) -> None:
        """A new key for the project, and so for all its issues; the old ones lead here."""
        with self._acting():
            project = self.project
            project.old_keys.append(project.key)
            project.key = key

    def archive(self, *, archived: bool = True) -> None:
        self.project.archived = archived

    def require(self, field: str, *, required: bool = True) -> None:
        """A field that every new issue must have from now on."""
        (self.project.required.add if required else self.project.required.discard)(field)
        self.project.create.add(field)

    def take_off_screen(self, *fields: str) -> None:
        self.project.create.difference_update(fields)
        self.project.edit.difference_update(fields)

    def rename_priority(self, old: str, new: str) -> None:
        """On every issue at once, and no issue counts as changed."""
        self.hub.priorities.rename(old, new)
        for project in self.hub.projects.values():
            project.priorities[:] = [new if one == old else one for one in project.priorities]

    def delete_project(self) -> None:
        with self._acting():
            for issue in self.hub.issues(self.project.key):
                changes.delete(self.hub, issue)
            del self.hub.projects[self.project_id]

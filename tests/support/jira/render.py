"""What the answers look like. Cloud knows people by their account id; Data Center by name and key."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .model import Change, Comment, Issue, IssueType, Link, Project, User
from .text import as_adf, as_wiki, stamp
from .workflow import CATEGORIES, Transition

if TYPE_CHECKING:
    from .hub import Hub

LONG = ("description", "environment")
HISTORIES = 100
"""How many entries of the history come with an issue; the newest ones."""


@dataclass(frozen=True, slots=True)
class Show:
    """For one caller: in its time zone, and in the form of its version of the interface."""

    hub: Hub
    api: str
    account: str = ""
    adf: bool = True

    @property
    def zone(self) -> str:
        return self.hub.users[self.account].zone if self.account else "UTC"

    def at(self, path: str) -> str:
        return f"{self.api}/rest/api/{3 if self.adf else 2}/{path}"

    def text(self, body: Any) -> Any:
        return as_adf(body) if self.adf else as_wiki(body)

    # ------------------------------------------------------------ people and things

    def user(self, account: str | None) -> dict[str, Any] | None:
        if account is None:
            return None
        user = self.hub.users[account]
        told: dict[str, Any] = {"displayName": user.display_name, "active": user.active, "timeZone": user.zone}
        if self.hub.cloud:
            told |= {"self": self.at(f"user?accountId={account}"), "accountId": account, "accountType": "atlassian"}
            return told if user.hidden_mail else {**told, "emailAddress": user.email}
        own = {"self": self.at(f"user?username={user.name}"), "name": user.name, "key": account}
        return {**own, **told, "emailAddress": user.email}

    def status(self, ident: int) -> dict[str, Any]:
        key = self.hub.categories[ident]
        number, name, color = CATEGORIES[key]
        category = {"self": self.at(f"statuscategory/{number}"), "id": number, "key": key, "name": name}
        told = {"self": self.at(f"status/{ident}"), "id": str(ident), "name": self.hub.statuses[ident]}
        return {**told, "description": "", "statusCategory": {**category, "colorName": color}}

    def priority(self, ident: int) -> dict[str, Any]:
        name = self.hub.priorities.get(ident, "")
        return {"self": self.at(f"priority/{ident}"), "id": str(ident), "name": name}

    def resolution(self, ident: int) -> dict[str, Any]:
        name = self.hub.resolutions[ident]
        return {"self": self.at(f"resolution/{ident}"), "id": str(ident), "name": name, "description": ""}

    def issue_type(self, kind: IssueType) -> dict[str, Any]:
        told = {"self": self.at(f"issuetype/{kind.id}"), "id": str(kind.id), "name": kind.name, "description": ""}
        level = {"hierarchyLevel": kind.level} if self.hub.cloud else {}
        return {**told, "subtask": kind.level < 0, **level}

    def component(self, project: Project, ident: int) -> dict[str, Any]:
        return {"self": self.at(f"component/{ident}"), "id": str(ident), "name": project.components[ident].name}

    def project(self, project: Project) -> dict[str, Any]:
        told = {"self": self.at(f"project/{project.id}"), "id": str(project.id), "key": project.key}
        return {**told, "name": project.name, "projectTypeKey": "software"}

    def whole_project(self, project: Project) -> dict[str, Any]:
        types = [self.issue_type(self.hub.types[one]) for one in project.types]
        parts = [self.component(project, one) for one in project.components]
        more = {"lead": self.user(project.lead), "components": parts, "issueTypes": types, "description": ""}
        cloud = {"simplified": False, "style": "classic", "isPrivate": False} if self.hub.cloud else {}
        archived = {"archived": project.archived} if project.archived or not self.hub.cloud else {}
        return {**self.project(project), **more, **cloud, **archived}

    # ------------------------------------------------------------ an issue

    def issue(self, issue: Issue, fields: Collection[str], properties: Collection[str] = ()) -> dict[str, Any]:
        """`fields` are names, *all or *navigable, and -name for what is not wanted."""
        shown = self._chosen(self._fields(issue), fields)
        told = {"id": str(issue.id), "key": self.hub.key(issue), "self": self.at(f"issue/{issue.id}"), "fields": shown}
        if properties:
            wanted = issue.properties if "*all" in properties else properties
            told["properties"] = {name: issue.properties[name] for name in wanted if name in issue.properties}
        return {"expand": "renderedFields,names,schema,operations,editmeta,changelog", **told}

    def _chosen(self, values: dict[str, Any], fields: Collection[str]) -> dict[str, Any]:
        off = {name[1:] for name in fields if name.startswith("-")}
        if not fields or {"*all", "*navigable"} & set(fields) or len(off) == len(fields):
            return {name: value for name, value in values.items() if name not in off}
        return {name: values[name] for name in fields if name in values and name not in off}

    def _fields(self, issue: Issue) -> dict[str, Any]:
        project, values = self.hub.projects[issue.project], issue.values
        told = {
            "summary": values["summary"],
            "project": self.project(project),
            "labels": list(values.get("labels", ())),
        }
        told |= {"issuetype": self.issue_type(self.hub.types[values["issuetype"]])}
        told |= {"status": self.status(values["status"]), "description": self.text(values.get("description"))}
        told |= {"duedate": values.get("duedate"), "components": self._components(project, values)}
        told |= {name: self.user(values.get(name)) for name in ("assignee", "reporter")}
        told |= {name: self._named(name, values.get(name)) for name in ("priority", "resolution")}
        told |= {name: values.get(name) for name in self.hub.custom}
        told |= self._parent(values) | self._times(issue) | self._lists(issue)
        return told

    def _components(self, project: Project, values: Mapping[str, Any]) -> list[dict[str, Any]]:
        return [self.component(project, one) for one in values.get("components", ()) if one in project.components]

    def _named(self, name: str, ident: int | None) -> dict[str, Any] | None:
        if ident is None:
            return None
        return self.priority(ident) if name == "priority" else self.resolution(ident)

    def _parent(self, values: Mapping[str, Any]) -> dict[str, Any]:
        above = self.hub.latest(values.get("parent", 0))
        if above is None:
            return {}
        kind = self.issue_type(self.hub.types[above.values["issuetype"]])
        fields = {"summary": above.values["summary"], "status": self.status(above.values["status"]), "issuetype": kind}
        told = {"id": str(above.id), "key": self.hub.key(above), "self": self.at(f"issue/{above.id}")}
        return {"parent": {**told, "fields": fields}}

    def _times(self, issue: Issue) -> dict[str, Any]:
        times = {"created": issue.created, "updated": issue.updated, "resolutiondate": issue.resolved_at}
        cloud = {"statuscategorychangedate": issue.category_at} if self.hub.cloud else {}
        return {name: stamp(moment, self.zone) for name, moment in {**times, **cloud}.items()}

    def _lists(self, issue: Issue) -> dict[str, Any]:
        comments = [self.comment(issue, one) for one in issue.comments]
        page = {"comments": comments, "maxResults": len(comments), "total": len(comments), "startAt": 0}
        watches = {"self": self.at(f"issue/{issue.id}/watchers"), "watchCount": len(issue.watchers)}
        watches["isWatching"] = self.account in issue.watchers
        more: dict[str, Any] = {"creator": self.user(issue.creator), "subtasks": [], "issuelinks": [], "attachment": []}
        return {**more, "comment": page, "watches": watches}

    # ------------------------------------------------------------ parts of an issue

    def comment(self, issue: Issue, comment: Comment) -> dict[str, Any]:
        who = {"author": self.user(comment.author), "updateAuthor": self.user(comment.author)}
        times = {"created": stamp(comment.created, self.zone), "updated": stamp(comment.updated, self.zone)}
        told = {"self": self.at(f"issue/{issue.id}/comment/{comment.id}"), "id": str(comment.id)}
        return {**told, **who, "body": self.text(comment.body), **times, "jsdPublic": True}

    def change(self, change: Change) -> dict[str, Any]:
        items = []
        for one in change.items:
            told = {"field": one.field, "fieldtype": "custom" if one.field_id in self.hub.custom else "jira"}
            told |= {"fieldId": one.field_id} if self.hub.cloud and one.field_id else {}
            values = {"from": one.old, "fromString": one.old_text, "to": one.new, "toString": one.new_text}
            items.append({**told, **values})
        who = self.user(change.author)
        return {"id": str(change.id), "author": who, "created": stamp(change.at, self.zone), "items": items}

    def changelog(self, issue: Issue) -> dict[str, Any]:
        """As it comes with an issue: the newest first in Cloud, the oldest first in Data Center."""
        rows = [self.change(one) for one in (reversed(issue.changes) if self.hub.cloud else issue.changes)]
        rows = rows[:HISTORIES] if self.hub.cloud else rows
        return {"startAt": 0, "maxResults": len(rows), "total": len(issue.changes), "histories": rows}

    def link(self, issue: Issue, link: Link) -> dict[str, Any]:
        told = {"id": link.id, "self": self.at(f"issue/{issue.id}/remotelink/{link.id}")}
        return {**told, **({"globalId": link.global_id} if link.global_id else {}), **link.what}

    def transition(self, way: Transition) -> dict[str, Any]:
        status = self.hub.statuses.ensure(way.to)
        flags = {"isGlobal": not way.sources, "isInitial": False, "isAvailable": True, "isConditional": False}
        told = {"id": str(way.id), "name": way.name, "to": self.status(status), "hasScreen": bool(way.screen)}
        return {**told, **flags, "looped": False} if self.hub.cloud else told

    def person(self, user: User) -> dict[str, Any]:
        found = self.user(user.account_id)
        assert found is not None
        return found

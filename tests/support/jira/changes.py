"""What can happen to issues, whoever does it: a program through the interface, or a person in the web page.

Every change makes a new version of the issue and an entry in its history; what changes nothing makes neither.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .model import Change, Comment, Issue, Item, Link, Project
from .text import as_wiki
from .workflow import Transition

if TYPE_CHECKING:
    from .hub import Hub

EMPTY: tuple[Any, ...] = (None, "", (), [])
FIELD_NAMES = {"components": "Component"}
"""Where the history calls a field by another name than its id."""


def create(hub: Hub, project: Project, account: str, values: Mapping[str, Any], properties: Mapping[str, Any]) -> Issue:
    """Make an issue under the next number of the project, in the first status of its workflow."""
    now = hub.now()
    usual = {"priority": _usual_priority(hub, project), "reporter": account, "status": status_id(hub, project)}
    kept = {name: value for name, value in {**usual, **values}.items() if value not in EMPTY}
    issue = Issue(hub.new_id(), project.id, project.next_number(), account, now, now, kept, category_at=now)
    issue = replace(issue, properties=dict(properties), watchers=(account,))
    hub.put(issue.id, issue)
    return issue


def _usual_priority(hub: Hub, project: Project) -> int | None:
    known = [one for one in project.priorities if hub.priorities.id_of(one) is not None]
    usual = "Medium" if "Medium" in known else next(iter(known), "")
    return hub.priorities.id_of(usual)


def status_id(hub: Hub, project: Project, name: str = "") -> int:
    """The id of a status of this project; its category is noted with it."""
    name = name or project.workflow.initial
    ident = hub.statuses.ensure(name)
    hub.categories[ident] = project.workflow.statuses[name]
    return ident


def change(hub: Hub, issue: Issue, account: str, wanted: Mapping[str, Any], **more: Any) -> Issue:
    """Set these values (None clears one); `more` are other attributes, which are no matter of the history."""
    old = issue.values
    items = tuple(_item(hub, name, old.get(name), value) for name, value in wanted.items() if old.get(name) != value)
    if not items and not more:
        return issue
    values = {name: value for name, value in {**old, **wanted}.items() if value not in EMPTY}
    changed = replace(issue, values=values, updated=hub.now(), **more)
    return _kept(hub, _noted(hub, changed, account, items))


def _kept(hub: Hub, issue: Issue) -> Issue:
    hub.put(issue.id, issue)
    return issue


def _noted(hub: Hub, issue: Issue, account: str, items: tuple[Item, ...]) -> Issue:
    if not items:
        return issue
    return replace(issue, changes=(*issue.changes, Change(hub.new_id(), account, hub.now(), items)))


def quietly(hub: Hub, issue: Issue, **attributes: Any) -> Issue:
    """Entity properties and watchers are no news: `updated` stays."""
    return _kept(hub, replace(issue, **attributes))


# ---------------------------------------------------------------- the history


def _item(hub: Hub, name: str, old: Any, new: Any) -> Item:
    told = FIELD_NAMES.get(name, hub.custom[name].name if name in hub.custom else name)
    (before, before_text), (after, after_text) = _told(hub, name, old), _told(hub, name, new)
    return Item(told, name, before, before_text, after, after_text)


def _told(hub: Hub, name: str, value: Any) -> tuple[str | None, str | None]:
    """What the history says of a value: (for programs, for people). Of long texts and labels only the second."""
    if value in EMPTY:
        return None, "" if name == "labels" else None
    if name in _TABLES:
        return str(value), _TABLES[name](hub, value)
    text = " ".join(map(str, value)) if isinstance(value, tuple) else str(as_wiki(value))
    return (text, text) if name == "duedate" else (None, text)


def _key_of(hub: Hub, ident: int) -> str:
    issue = hub.latest(ident)
    return hub.key(issue) if issue else ""


_TABLES: Mapping[str, Callable[[Any, Any], str]] = {
    "status": lambda hub, value: str(hub.statuses[value]),
    "priority": lambda hub, value: str(hub.priorities.get(value, value)),
    "resolution": lambda hub, value: str(hub.resolutions[value]),
    "assignee": lambda hub, value: str(hub.users[value].display_name),
    "reporter": lambda hub, value: str(hub.users[value].display_name),
    "issuetype": lambda hub, value: str(hub.types[value].name),
    "parent": _key_of,
}


# ---------------------------------------------------------------- more than values


def transit(hub: Hub, issue: Issue, account: str, way: Transition, values: Mapping[str, Any]) -> Issue:
    """Go this way: the status, what the screen gave, and the resolution that a function behind it sets or clears."""
    project = hub.projects[issue.project]
    wanted = {**values, "status": status_id(hub, project, way.to)}
    if way.resolution is not None:
        wanted["resolution"] = hub.resolutions.ensure(way.resolution) if way.resolution else None
    more: dict[str, Any] = {}
    if hub.categories[wanted["status"]] != hub.categories[issue.values["status"]]:
        more["category_at"] = hub.now()
    if "resolution" in wanted:
        more["resolved_at"] = hub.now() if wanted["resolution"] else None
    return change(hub, issue, account, wanted, **more)


def move(hub: Hub, issue: Issue, account: str, project: Project) -> Issue:
    """To another project: a new key, the same id, and the old key leads here."""
    old_key, old = hub.key(issue), hub.projects[issue.project]
    hub.moved[old_key] = issue.id
    number = project.next_number()
    items = (
        Item("project", "project", str(old.id), old.name, str(project.id), project.name),
        Item("Key", "", None, old_key, None, f"{project.key}-{number}"),
    )
    status = hub.statuses[issue.values["status"]]
    name = status if status in project.workflow.statuses else project.workflow.initial
    values = {**issue.values, "status": status_id(hub, project, name)}
    values.pop("components", None)
    there = replace(issue, project=project.id, number=number, values=values, updated=hub.now())
    return _kept(hub, _noted(hub, there, account, items))


def add_comment(hub: Hub, issue: Issue, account: str, body: Any) -> Comment:
    now = hub.now()
    comment = Comment(hub.new_id(), account, body, now, now)
    change(hub, issue, account, {}, comments=(*issue.comments, comment))
    return comment


def put_link(hub: Hub, issue: Issue, account: str, link: Link) -> Issue:
    """A remote link, new or in the place of the one with its id; only a new one is told in the history."""
    others = tuple(one for one in issue.links if one.id != link.id)
    if len(others) < len(issue.links):
        links = tuple(link if one.id == link.id else one for one in issue.links)
        return change(hub, issue, account, {}, links=links)
    told = f'This issue links to "{link.what["object"]["title"]}"'
    item = Item("RemoteIssueLink", "", None, None, str(link.id), told)
    changed = replace(issue, links=(*issue.links, link), updated=hub.now())
    return _kept(hub, _noted(hub, changed, account, (item,)))


def delete(hub: Hub, issue: Issue) -> None:
    hub.put(issue.id, None)

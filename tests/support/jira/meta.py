"""What the screens of a project offer: the metadata for creating, editing and going through a transition."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from .access import may
from .model import Project
from .render import Show

if TYPE_CHECKING:
    from .hub import Hub

NAMES = {
    "summary": ("Summary", "string"),
    "issuetype": ("Issue Type", "issuetype"),
    "project": ("Project", "project"),
    "description": ("Description", "string"),
    "assignee": ("Assignee", "user"),
    "reporter": ("Reporter", "user"),
    "priority": ("Priority", "priority"),
    "labels": ("Labels", "array"),
    "duedate": ("Due date", "date"),
    "components": ("Components", "array"),
    "parent": ("Parent", "issuelink"),
    "resolution": ("Resolution", "resolution"),
}
"""Fields that can be set -> name and type."""
READ_ONLY = {
    "status": ("Status", "status"),
    "created": ("Created", "datetime"),
    "updated": ("Updated", "datetime"),
    "creator": ("Creator", "user"),
    "resolutiondate": ("Resolved", "datetime"),
    "comment": ("Comment", "comments-page"),
    "watches": ("Watchers", "watches"),
    "issuekey": ("Key", "string"),
}
CUSTOM = "com.atlassian.jira.plugin.system.customfieldtypes:"
CUSTOM_TYPES = {"string": "textfield", "textarea": "textarea", "number": "float", "date": "datepicker"}
GUARDED = {"duedate": "SCHEDULE_ISSUES", "assignee": "ASSIGN_ISSUES", "reporter": "MODIFY_REPORTER"}
"""Fields that are on nobody's screen without a permission of their own."""


def schema(hub: Hub, name: str) -> dict[str, Any]:
    if name in hub.custom:
        kind = hub.custom[name].kind
        plugin = {"option": "select", "array": "labels"}.get(kind) or CUSTOM_TYPES[kind]
        items = {"items": "string"} if kind == "array" else {}
        told = "string" if kind == "textarea" else kind
        return {"type": told, **items, "custom": CUSTOM + plugin, "customId": int(name.rpartition("_")[2])}
    kind = {**NAMES, **READ_ONLY}[name][1]
    items = {"items": "component" if name == "components" else "string"} if kind == "array" else {}
    return {"type": kind, **items, "system": name}


def title(hub: Hub, name: str) -> str:
    return hub.custom[name].name if name in hub.custom else {**NAMES, **READ_ONLY}[name][0]


def on_screen(hub: Hub, account: str, project: Project, names: Iterable[str]) -> list[str]:
    """The fields of a screen that this caller can set, in a fixed order."""
    known = {**NAMES, **hub.custom}
    allowed = [name for name in known if name in set(names)]
    return [one for one in allowed if one not in GUARDED or may(hub, account, project, GUARDED[one])]


def described(show: Show, project: Project, name: str, *, required: bool) -> dict[str, Any]:
    """One field: what it is called, what goes in, and among what one may choose."""
    many = schema(show.hub, name)["type"] == "array"
    told = {"required": required, "schema": schema(show.hub, name), "name": title(show.hub, name), "key": name}
    told |= {"hasDefaultValue": name == "priority", "operations": ["add", "set", "remove"] if many else ["set"]}
    values = _choices(show, project, name)
    return told if values is None else {**told, "allowedValues": values}


def _choices(show: Show, project: Project, name: str) -> list[dict[str, Any]] | None:
    hub = show.hub
    if name == "priority":
        return [show.priority(one) for one in allowed_priorities(hub, project)]
    if name == "components":
        return [show.component(project, one) for one in project.components]
    if name == "resolution":
        return [show.resolution(one) for one in hub.resolutions]
    if name == "project":
        return [show.project(project)]
    if name in hub.custom and hub.custom[name].kind == "option":
        return [{"id": str(number), "value": one} for number, one in enumerate(hub.custom[name].options, 1)]
    return None


def allowed_priorities(hub: Hub, project: Project) -> list[int]:
    """Those of the project's scheme that still exist."""
    return [one for name in project.priorities if (one := hub.priorities.id_of(name)) is not None]


def screen(show: Show, project: Project, names: Iterable[str], required: Iterable[str]) -> dict[str, Any]:
    """Every field of a screen by its id."""
    needed = set(required)
    usable = on_screen(show.hub, show.account, project, names)
    return {name: described(show, project, name, required=name in needed) for name in usable}

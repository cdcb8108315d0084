"""From the `fields` of a request to values of an issue, or 400 with an error for each field that is wrong.

Sources: the messages of the service as issue threads and its own pages show them. Own choice, where nothing is written:
an ADF text counts by its JSON.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import date
from typing import Any

from . import meta
from .access import assignable, sees
from .adf import is_document
from .call import Call
from .model import IssueType, Project
from .text import LONGEST, too_long
from .wire import invalid, not_on_screen

TITLE_LIMIT, LABEL_LIMIT = 255, 255
NO_DOCUMENT = "Operation value must be an Atlassian Document (see the Atlassian Document Format)"
TOO_LONG = f"The entered text is too long. It exceeds the allowed limit of {LONGEST:,} characters."
STRICT = "'accountId' must be the only user identifying query parameter in GDPR strict mode."
AUTOMATIC = "-1"


class Wrong(Exception):
    """One value is not accepted; the text is the error of its field."""


Reader = Callable[[Call, Project, Any], Any]


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise Wrong("Operation value must be a string")
    return value


def _summary(_call: Call, _project: Project, value: Any) -> str:
    text = "" if value is None else _text(value).strip()
    if not text:
        raise Wrong("You must specify a summary of the issue.")
    if "\n" in text or "\r" in text:
        raise Wrong("The summary is invalid because it contains newline characters.")
    if len(text) > TITLE_LIMIT:
        raise Wrong("Summary must be less than 255 characters.")
    return text


def long_text(call: Call, value: Any) -> Any:
    """ADF for v3 and wiki markup for v2, not longer than Jira keeps.

    Raises:
        Wrong: it is neither, or too long.
    """
    if value is None:
        return None
    if call.adf and not is_document(value):
        raise Wrong(NO_DOCUMENT)
    if not call.adf:
        _text(value)
    if too_long(value):
        raise Wrong(TOO_LONG)
    return value


def _description(call: Call, _project: Project, value: Any) -> Any:
    return long_text(call, value)


def account_in(call: Call, value: Any) -> str | None:
    """The account that a value names: by `accountId` in Cloud, by `name` in Data Center; None for nobody."""
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise Wrong("data was not an object")
    if call.hub.cloud:
        if not value.keys() & {"accountId", "id"}:
            raise Wrong(STRICT if value else "expected an object with an accountId")
        ident = value.get("accountId", value.get("id"))
        return str(ident) if ident else None
    name = value.get("name") or None
    if "name" not in value:
        raise Wrong("expected Object containing a 'name' property")
    known = (user.account_id for user in call.hub.users.values() if user.name == name)
    return next(known, name) if name != AUTOMATIC else AUTOMATIC


def _assignee(call: Call, project: Project, value: Any) -> str | None:
    account = account_in(call, value)
    if account in (None, AUTOMATIC):
        return None
    assert account is not None
    if account not in call.hub.users:
        raise Wrong(f"User '{account}' does not exist.")
    if not assignable(call.hub, account, project):
        raise Wrong(f"User '{account}' cannot be assigned issues.")
    return account


def _reporter(call: Call, _project: Project, value: Any) -> str | None:
    account = account_in(call, value)
    if account not in call.hub.users:
        raise Wrong("The reporter specified is not a user.")
    return account


def _choice(table: Mapping[int, str], value: Any, words: str) -> int:
    """By id or by name, out of a table of what is allowed."""
    if not isinstance(value, Mapping) or not value.keys() & {"id", "name"}:
        raise Wrong(f"Could not find valid 'id' or 'name' in {words} object.")
    if "id" in value:
        if str(value["id"]) not in {str(ident) for ident in table}:
            raise Wrong(f"The {words} selected is invalid.")
        return int(value["id"])
    found = next((ident for ident, name in table.items() if name.lower() == str(value["name"]).lower()), None)
    if found is None:
        raise Wrong(f"{words.capitalize()} name '{value['name']}' is not valid")
    return found


def _priority(call: Call, project: Project, value: Any) -> int:
    table = {one: call.hub.priorities[one] for one in meta.allowed_priorities(call.hub, project)}
    return _choice(table, value, "priority")


def _resolution(call: Call, _project: Project, value: Any) -> int | None:
    return None if value is None else _choice(call.hub.resolutions, value, "resolution")


def _labels(_call: Call, _project: Project, value: Any) -> tuple[str, ...]:
    if not isinstance(value or [], list):
        raise Wrong("data was not an array")
    for label in map(_text, value or ()):
        if any(sign.isspace() for sign in label):
            raise Wrong(f"The label '{label}' contains spaces which is invalid.")
        if not 0 < len(label) <= LABEL_LIMIT:
            raise Wrong(f"The label '{label:.20}...' is empty or exceeds {LABEL_LIMIT} characters.")
    return tuple(dict.fromkeys(value or ()))


def _day(_call: Call, _project: Project, value: Any) -> str | None:
    if value in (None, ""):
        return None
    try:
        whole = date.fromisoformat(_text(value)).isoformat() == value
    except ValueError as problem:
        raise Wrong(f"Error parsing date string: {value}") from problem
    if not whole:
        raise Wrong(f"Error parsing date string: {value}")
    return str(value)


def _components(_call: Call, project: Project, value: Any) -> tuple[int, ...]:
    if not isinstance(value or [], list):
        raise Wrong("data was not an array")
    table = {one.id: one.name for one in project.components.values()}
    return tuple(_choice(table, one, "component") for one in value or ())


def _parent(call: Call, _project: Project, value: Any) -> int | None:
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise Wrong("data was not an object")
    found = call.hub.find(str(value.get("key") or value.get("id") or ""))
    if found is None or not sees(call.hub, call.account, found):
        raise Wrong("Could not find issue by id or key.")
    return found.id


def _custom(call: Call, name: str, value: Any) -> Any:
    field = call.hub.custom[name]
    if value is None:
        return None
    if field.kind == "textarea":
        return long_text(call, value)
    if field.kind == "number":
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise Wrong("Operation value must be a number")
        return value
    if field.kind == "option":
        return _option(field.options, value)
    readers: dict[str, Reader] = {"date": _day, "array": _labels}
    if field.kind in readers:
        found = readers[field.kind](call, next(iter(call.hub.projects.values())), value)
        return list(found) if isinstance(found, tuple) else found
    if len(_text(value)) > TITLE_LIMIT:
        raise Wrong("The entered text is too long. It exceeds the allowed limit of 255 characters.")
    return value


def _option(options: tuple[str, ...], value: Any) -> dict[str, str]:
    table = dict(enumerate(options, 1))
    named = {"name" if key == "value" else key: one for key, one in value.items()} if isinstance(value, dict) else value
    try:
        ident = _choice(table, named, "option")
    except Wrong as problem:
        raise Wrong("Specify a valid 'id' or 'name' for the option") from problem
    return {"id": str(ident), "value": table[ident]}


READERS: Mapping[str, Reader] = {
    "summary": _summary,
    "description": _description,
    "assignee": _assignee,
    "reporter": _reporter,
    "priority": _priority,
    "resolution": _resolution,
    "labels": _labels,
    "duedate": _day,
    "components": _components,
    "parent": _parent,
}


def read(
    call: Call, project: Project, fields: Mapping[str, Any], screen: Collection[str], errors: dict[str, str]
) -> dict[str, Any]:
    """The values of what can be set; an error for everything that is not on the screen, or not accepted."""
    usable = meta.on_screen(call.hub, call.account, project, screen)
    values: dict[str, Any] = {}
    for name, value in fields.items():
        if name not in usable:
            errors[name] = not_on_screen(name)
            continue
        try:
            custom = name in call.hub.custom
            values[name] = _custom(call, name, value) if custom else READERS[name](call, project, value)
        except Wrong as wrong:
            errors[name] = str(wrong)
    return values


def issue_type(call: Call, project: Project, value: Any, errors: dict[str, str]) -> IssueType | None:
    table = {one: call.hub.types[one].name for one in project.types}
    try:
        return call.hub.types[_choice(table, value, "issue type")]
    except Wrong:
        errors["issuetype"] = "Specify a valid issue type"
        return None


def fitting_parent(call: Call, kind: IssueType, parent: int | None, errors: dict[str, str]) -> None:
    """A sub-task needs one; the parent is of the level above. Data Center knows parents of sub-tasks only."""
    above = call.hub.latest(parent) if parent else None
    if above is None:
        if kind.level < 0 and "parent" not in errors:
            errors["parent"] = "Issue type is a sub-task but parent issue key or id not specified."
    elif not call.hub.cloud and kind.level >= 0:
        errors["parent"] = not_on_screen("parent")
    elif call.hub.types[above.values["issuetype"]].level != kind.level + 1:
        errors["parent"] = "Given parent work item does not belong to appropriate hierarchy."


def complete(call: Call, required: Collection[str], given: Mapping[str, Any], errors: dict[str, str]) -> None:
    """Every required field has a value, unless its own error is told already."""
    for name in required:
        if name not in errors and given.get(name) in (None, "", (), []):
            told = "You must specify a summary of the issue." if name == "summary" else ""
            errors[name] = told or f"{meta.title(call.hub, name)} is required."


def stop(errors: Mapping[str, str]) -> None:
    """Refuse if anything is wrong.

    Raises:
        Refused: 400 with all errors.
    """
    if errors:
        raise invalid(errors)

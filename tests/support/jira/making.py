"""Making issues, one or many, and what a project offers for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import changes, checks, meta
from .call import Call
from .model import Issue, Project
from .pages import page_of
from .wire import Answer, Refused, invalid, refusal

AT_ONCE = 50
"""Issues in one request."""
PROPERTY_LIMIT = 32_768


def created(call: Call) -> Answer:
    return Answer(201, _made(call, create(call, call.body)))


def bulk(call: Call) -> Answer:
    """Each by itself: what is wrong with one does not keep the others from being made."""
    updates = call.body.get("issueUpdates") if isinstance(call.body, dict) else None
    if not isinstance(updates, list) or not updates:
        raise Refused(400, "The list of issues to create is empty.")
    if len(updates) > AT_ONCE:
        raise Refused(400, f"You cannot create more than {AT_ONCE} issues at once.")
    issues: list[dict[str, Any]] = []
    errors: list[dict[str, Any]] = []
    for number, update in enumerate(updates):
        try:
            issues.append(_made(call, create(call, update)))
        except Refused as refused:
            status = refused.answer.status
            errors.append({"status": status, "elementErrors": refused.answer.body, "failedElementNumber": number})
    return Answer(201 if issues else 400, {"issues": issues, "errors": errors})


def _made(call: Call, issue: Issue) -> dict[str, Any]:
    return {"id": str(issue.id), "key": call.hub.key(issue), "self": call.show.at(f"issue/{issue.id}")}


def create(call: Call, body: Any) -> Issue:
    """One issue out of `fields`, `update` and `properties`.

    Raises:
        Refused: 400 with an error for each field, 403 for who may not make issues there.
    """
    fields = merged(body, {})
    project = _project(call, fields.pop("project", None))
    errors: dict[str, str] = {}
    kind = checks.issue_type(call, project, fields.pop("issuetype", None), errors)
    values = checks.read(call, project, fields, project.create - {"project", "issuetype"}, errors)
    checks.complete(call, project.required - {"project", "issuetype"}, values, errors)
    if kind is not None:
        checks.fitting_parent(call, kind, values.get("parent"), errors)
        values["issuetype"] = kind.id
    found = properties(body)
    checks.stop(errors)
    return changes.create(call.hub, project, call.account, values, found)


def _project(call: Call, value: Any) -> Project:
    name = str(value.get("key") or value.get("id") or "") if isinstance(value, Mapping) else ""
    if not name:
        raise invalid({"project": "Specify a valid project ID or key"})
    project = call.hub.find_project(name)
    if project is None or not call.may(project, "BROWSE_PROJECTS"):
        raise invalid({"project": "valid project is required"})
    if not call.may(project, "CREATE_ISSUES"):
        raise Refused(403, "You do not have permission to create issues in this project.")
    if project.archived:
        raise Refused(403, "The project is archived, so no issues can be created in it.")
    return project


def merged(body: Any, current: Mapping[str, Any]) -> dict[str, Any]:
    """`fields` together with what `update` makes of the current values. A field may be in one of them only."""
    if not isinstance(body, Mapping):
        raise Refused(400, "Can not deserialize the body: it is no object.")
    fields, update = dict(body.get("fields") or {}), body.get("update") or {}
    errors = {name: f"Field '{name}' cannot appear in both 'fields' and 'update'" for name in fields.keys() & update}
    checks.stop(errors)
    for name, steps in update.items():
        if name != "comment":
            fields[name] = _updated(name, list(current.get(name, ())), steps)
    return fields


def _updated(name: str, value: Any, steps: Any) -> Any:
    for step in steps:
        ((verb, operand),) = step.items()
        if verb == "set":
            value = operand
        elif name not in ("labels", "components"):
            raise invalid({name: f"Field with id '{name}' and operation '{verb}' is not supported."})
        elif verb == "add":
            value = [*value, operand]
        elif verb == "remove":
            value = [one for one in value if one != operand]
        else:
            raise invalid({name: f"Unknown operation '{verb}'."})
    return value


def properties(body: Mapping[str, Any]) -> dict[str, Any]:
    found = {row["key"]: row["value"] for row in body.get("properties") or ()}
    if any(not key or len(key) > 255 for key in found):
        raise Refused(400, "The property key has to be 1 to 255 characters long.")
    return found


# ---------------------------------------------------------------- metadata


def offered_types(call: Call) -> Answer:
    project = _offering(call)
    may = call.may(project, "CREATE_ISSUES")
    rows = [call.show.issue_type(call.hub.types[one]) for one in project.types] if may else []
    return page_of(call, rows, "issueTypes" if call.hub.cloud else "values")


def offered_fields(call: Call) -> Answer:
    project = _offering(call)
    if call.args["issueTypeId"] not in map(str, project.types):
        raise Refused(400, f"The issue type id {call.args['issueTypeId']} is not valid for this project.")
    rows = []
    for name, field in meta.screen(call.show, project, project.create, project.required).items():
        if call.may(project, "CREATE_ISSUES"):
            rows.append({**field, "fieldId": name})
    return page_of(call, rows, "fields" if call.hub.cloud else "values")


def _offering(call: Call) -> Project:
    """400, says the description, where a hidden project is a 404 in other places."""
    try:
        return call.project
    except Refused as refused:
        raise Refused(400, *refused.answer.body["errorMessages"]) from refused


def edit_screen(call: Call) -> Answer:
    """Empty for who may not edit, and in a status in which nobody may."""
    issue = call.issue
    project = call.hub.projects[issue.project]
    locked = call.hub.statuses[issue.values["status"]] in project.workflow.locked
    names = project.edit if call.may(project, "EDIT_ISSUES") and not locked else ()
    return Answer(200, {"fields": meta.screen(call.show, project, names, project.required)})


def gone(_call: Call) -> Answer:
    """The old metadata in one piece: Data Center 9 has it no more."""
    return refusal(404, "Issue Does Not Exist")

"""The operations on one issue: reading, editing, assigning, deleting, and its way through the workflow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import changes, checks, meta
from .access import sees
from .call import Call
from .making import merged, properties
from .model import Issue
from .pages import page_of
from .wire import Answer, Refused, invalid
from .workflow import Transition

NO_EDIT = "You do not have permission to edit issues in this project."
FETCHED_AT_ONCE = 100


def shown(call: Call, issue: Issue, fields: list[str], props: list[str], expand: str) -> dict[str, Any]:
    told = call.show.issue(issue, fields, props)
    return {**told, "changelog": call.show.changelog(issue)} if "changelog" in expand.split(",") else told


def got(call: Call) -> Answer:
    expand = call.request.query.get("expand", "")
    return Answer(200, shown(call, call.issue, call.words("fields"), call.words("properties"), expand))


def fetched(call: Call) -> Answer:
    """Many by id or key; what is missing or hidden is told apart, and keeps nothing from the others."""
    wanted = list(dict.fromkeys(call.body["issueIdsOrKeys"]))
    if len(wanted) > FETCHED_AT_ONCE:
        raise Refused(400, f"You cannot fetch more than {FETCHED_AT_ONCE} issues at once.")
    found = {one: call.hub.find(str(one)) for one in wanted}
    seen = {one: issue for one, issue in found.items() if issue and sees(call.hub, call.account, issue)}
    fields, props = call.body.get("fields") or ["*navigable"], call.body.get("properties") or []
    expand = ",".join(call.body.get("expand") or ())
    errors = [{"id": str(one), "errorMessage": "Issue not found"} for one in wanted if one not in seen]
    rows = sorted(seen.values(), key=lambda issue: issue.id)
    return Answer(200, {"issues": [shown(call, one, fields, props, expand) for one in rows], "issueErrors": errors})


def edited(call: Call) -> Answer:
    issue = call.issue
    call.must(issue, "EDIT_ISSUES", NO_EDIT)
    if call.hub.statuses[issue.values["status"]] in call.hub.projects[issue.project].workflow.locked:
        raise Refused(400, f"Issue {call.hub.key(issue)} is not editable in its current workflow status.")
    _quiet(call, issue)
    values = _edit_values(call, issue)
    found = properties(call.body)
    text = _comment_in(call)
    if text is not None:
        changes.add_comment(call.hub, issue, call.account, text)
        issue = call.issue
    changes.change(call.hub, issue, call.account, values)
    if found:
        changes.quietly(call.hub, call.issue, properties={**issue.properties, **found})
    if call.hub.cloud and call.flag("returnIssue"):
        return Answer(200, call.show.issue(call.issue, ()))
    return Answer(204)


def _quiet(call: Call, issue: Issue) -> None:
    """Only administrators may keep Jira from telling the watchers."""
    if call.request.query.get("notifyUsers", "true").lower() == "false":
        project = call.hub.projects[issue.project]
        if not (call.may(None, "ADMINISTER") or call.may(project, "ADMINISTER_PROJECTS")):
            raise Refused(
                403, "To discard the user notification either admin or project admin permissions are required."
            )


def _edit_values(call: Call, issue: Issue) -> dict[str, Any]:
    """The values that an edit sets, with every field checked."""
    project = call.hub.projects[issue.project]
    parts = [{"id": str(one)} for one in issue.values.get("components", ())]
    fields = merged(call.body, {"labels": issue.values.get("labels", ()), "components": parts})
    errors: dict[str, str] = {}
    kind = call.hub.types[issue.values["issuetype"]]
    wanted = fields.pop("issuetype", None)
    if wanted is not None:
        kind = checks.issue_type(call, project, wanted, errors) or kind
    values = checks.read(call, project, fields, project.edit - {"issuetype"}, errors)
    checks.complete(call, project.required & values.keys(), values, errors)
    if "parent" in values:
        checks.fitting_parent(call, kind, values["parent"], errors)
    checks.stop(errors)
    return {**values, "issuetype": kind.id}


def _comment_in(call: Call) -> Any:
    """A comment that comes with an edit or a transition."""
    for step in (call.body.get("update") or {}).get("comment", ()):
        try:
            return checks.long_text(call, step["add"]["body"])
        except checks.Wrong as wrong:
            raise invalid({"comment": str(wrong)}) from wrong
    return None


def assigned(call: Call) -> Answer:
    """By the endpoint of its own, for which the permission to assign is enough."""
    issue = call.issue
    call.must(issue, "ASSIGN_ISSUES", "You do not have permission to assign issues.")
    project = call.hub.projects[issue.project]
    errors: dict[str, str] = {}
    values = checks.read(call, project, {"assignee": call.body}, ["assignee"], errors)
    checks.stop(errors)
    changes.change(call.hub, issue, call.account, values)
    return Answer(204)


def deleted(call: Call) -> Answer:
    issue = call.issue
    call.must(issue, "DELETE_ISSUES", "You do not have permission to delete issues in this project.")
    changes.delete(call.hub, issue)
    return Answer(204)


def changelog(call: Call) -> Answer:
    """In pages, the oldest first. Only Cloud has it."""
    return page_of(call, call.issue.changes, "values", call.show.change, usual=100)


# ---------------------------------------------------------------- the workflow


def _ways(call: Call, issue: Issue) -> list[Transition]:
    """None for who may not; and none in a project that is only kept for reading."""
    project = call.hub.projects[issue.project]
    if not call.may(project, "TRANSITION_ISSUES") or project.archived:
        return []
    return list(project.workflow.out_of(call.hub.statuses[issue.values["status"]]))


def transitions(call: Call) -> Answer:
    issue, wanted = call.issue, call.request.query.get("transitionId", "")
    project = call.hub.projects[issue.project]
    rows = []
    for way in _ways(call, issue):
        row = call.show.transition(way)
        if "transitions.fields" in call.request.query.get("expand", ""):
            row["fields"] = meta.screen(call.show, project, way.screen, way.required)
        if wanted in ("", str(way.id)):
            rows.append(row)
    return Answer(200, {"expand": "transitions", "transitions": rows})


def transited(call: Call) -> Answer:
    """One step. The number may come as text or as a number; names are for people."""
    issue = call.issue
    way = _chosen(call, issue)
    project = call.hub.projects[issue.project]
    fields = merged(call.body, {})
    errors: dict[str, str] = {}
    values = checks.read(call, project, fields, way.screen, errors)
    checks.complete(call, way.required, {**issue.values, **values}, errors)
    checks.stop(errors)
    text = _comment_in(call)
    changes.transit(call.hub, issue, call.account, way, values)
    if text is not None:
        changes.add_comment(call.hub, call.issue, call.account, text)
    return Answer(204)


def _chosen(call: Call, issue: Issue) -> Transition:
    named = call.body.get("transition") if isinstance(call.body, Mapping) else None
    ident = named.get("id") if isinstance(named, Mapping) else None
    if ident is None:
        raise Refused(400, "Missing 'transition' identifier")
    if not str(ident).isdigit():
        raise Refused(400, f"Transition id '{ident}' is not a number.")
    found = next((way for way in _ways(call, issue) if way.id == int(ident)), None)
    if found is None:
        raise Refused(400, f"It seems that you have tried to perform an illegal workflow operation: {ident}.")
    return found

"""From what a body wants to the attributes of an issue, or 422 with every error.

Sources: the description of "Create an issue" and "Update an issue" (what is silently dropped without push access; with
it an assignee that cannot be assigned is 422 `invalid`, as many issue threads show), "Troubleshooting" for the codes,
and the messages of the service for the lengths. Own choice, where nothing is written: more than ten assignees are 422.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from .call import Call
from .changes import add_label, by_id
from .model import IssueField, Repo
from .wire import Refused, error, invalid

TITLE_LIMIT, BODY_LIMIT, LABEL_LIMIT, ASSIGNEES_LIMIT = 256, 65536, 50, 10
PUSH_ONLY = frozenset({"labels", "assignees", "assignee", "milestone", "type", "issue_field_values"})
Errors = list[dict[str, Any]]


def too_long(name: str, limit: int, resource: str = "Issue") -> dict[str, Any]:
    return error(name, "custom", resource, message=f"{name} is too long (maximum is {limit} characters)")


def assignable(repo: Repo) -> dict[str, str]:
    """Login in lower case -> login: who has a role of their own, and the owner."""
    return {login: login for login in (*repo.roles, repo.owner.lower())}


def _title(_call: Call, value: Any, errors: Errors) -> dict[str, Any]:
    title = "" if value is None else str(value).strip()
    if not title:
        errors.append(error("title", "missing_field"))
    elif len(title) > TITLE_LIMIT:
        errors.append(too_long("title", TITLE_LIMIT))
    return {"title": title}


def _body(_call: Call, value: Any, errors: Errors) -> dict[str, Any]:
    if value is not None and not isinstance(value, str):
        errors.append(error("body"))
    elif value is not None and len(value) > BODY_LIMIT:
        errors.append(too_long("body", BODY_LIMIT))
    return {"body": value}


def _labels(call: Call, value: Any, errors: Errors) -> dict[str, Any]:
    """An unknown label is made; without `labels` at all, none."""
    names = [one if isinstance(one, str) else one["name"] for one in value or ()]
    if any(not name or len(name) > LABEL_LIMIT for name in names):
        errors.append(error("name", resource="Label"))
        return {}
    found = [call.repo.label_named(name) or add_label(call.hub, call.repo, name) for name in names]
    return {"labels": tuple(dict.fromkeys(label.id for label in found))}


def _assignees(call: Call, value: Any, errors: Errors) -> dict[str, Any]:
    logins = list(dict.fromkeys(one if isinstance(one, str) else one["login"] for one in value or ()))
    known = assignable(call.repo)
    errors.extend(error("assignees", value=login) for login in logins if login.lower() not in known)
    if len(logins) > ASSIGNEES_LIMIT:
        errors.append(error("assignees", "custom", message="at most 10 people can be assigned"))
    return {"assignees": tuple(call.hub.users[login.lower()].login for login in logins if login.lower() in known)}


def _assignee(call: Call, value: Any, errors: Errors) -> dict[str, Any]:
    return {} if "assignees" in call.body else _assignees(call, [value] if value else [], errors)


def _milestone(call: Call, value: Any, errors: Errors) -> dict[str, Any]:
    """The number; null or "" for none (the client library sends "" for None)."""
    if value in (None, ""):
        return {"milestone": None}
    if int(value) not in call.repo.milestones:
        errors.append(error("milestone", value=value))
        return {}
    return {"milestone": int(value)}


def _kind(call: Call, value: Any, errors: Errors) -> dict[str, Any]:
    if not call.repo.types:
        return {}
    if value is not None and value not in call.repo.types:
        errors.append(error("type", value=value))
    return {"kind": value}


def _state(_call: Call, value: Any, errors: Errors) -> dict[str, Any]:
    if value not in ("open", "closed"):
        errors.append(error("state", value=value))
    return {}


def _reason(call: Call, value: Any, errors: Errors) -> dict[str, Any]:
    if value not in ("completed", "not_planned", "duplicate", "reopened", None):
        errors.append(error("state_reason", value=value))
    canonical = call.body.get("duplicate_issue_id")
    if value == "duplicate" and canonical is not None and by_id(call.hub, canonical) is None:
        errors.append(error("duplicate_issue_id", value=canonical))
    return {}


def _values(call: Call, value: Any, errors: Errors) -> dict[str, Any]:
    """Silently dropped where the feature is off."""
    if not call.repo.fields_on:
        return {}
    before = call.issue.values if "issue_number" in call.args else {}
    return {"values": {**before, **field_values(call, value, errors)}}


def field_values(call: Call, value: Any, errors: Errors) -> dict[int, Any]:
    """Field id -> value, each held against the kind of its field."""
    known = {one.id: one for one in call.hub.fields.get(call.repo.owner.lower(), ())}
    found = {}
    for one in value or ():
        field = known.get(one["field_id"])
        if field is None or not FIELD_KINDS[field.kind](field, one["value"]):
            errors.append(error("issue_field_values", value=str(one["value"])))
        else:
            found[field.id] = one["value"]
    return found


def _is_date(_field: IssueField, value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(date.fromisoformat(value))
    except ValueError:
        return False


FIELD_KINDS: Mapping[str, Callable[[IssueField, Any], bool]] = {
    "text": lambda _field, value: isinstance(value, str),
    "number": lambda _field, value: isinstance(value, int | float),
    "date": _is_date,
    "single_select": lambda field, value: value in field.options,
}
CHECKS: Mapping[str, Callable[[Call, Any, Errors], dict[str, Any]]] = {
    "title": _title,
    "body": _body,
    "labels": _labels,
    "assignees": _assignees,
    "assignee": _assignee,
    "milestone": _milestone,
    "type": _kind,
    "state": _state,
    "state_reason": _reason,
    "issue_field_values": _values,
}


def wanted(call: Call) -> dict[str, Any]:
    """The attributes that the body asks for.

    Raises:
        Refused: 422 with all its errors; nothing was changed but labels that had to be made.
    """
    errors: Errors = []
    attributes: dict[str, Any] = {}
    for name, check in CHECKS.items():
        if name in call.body and (call.may_push or name not in PUSH_ONLY):
            attributes |= _checked(check, call, name, errors)
    if errors:
        raise invalid(*errors)
    return attributes


def _checked(check: Callable[[Call, Any, Errors], dict[str, Any]], call: Call, name: str, errors: Errors) -> Any:
    """A value of a type that the rule cannot even look at is refused as the service refuses it."""
    try:
        return check(call, call.body[name], errors)
    except (TypeError, ValueError, KeyError, AttributeError) as problem:
        raise Refused(422, f"Invalid request.\n\nFor 'properties/{name}', the value is of a wrong type.") from problem


def text_of(call: Call, resource: str) -> str:
    """The body of a comment."""
    text = call.body.get("body")
    if not isinstance(text, str) or not text.strip():
        raise invalid(error("body", "missing_field", resource))
    if len(text) > BODY_LIMIT:
        raise invalid(too_long("body", BODY_LIMIT, resource))
    return text

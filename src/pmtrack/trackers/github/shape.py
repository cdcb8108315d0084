"""An issue as GitHub's JSON says it, in our values (pure).

The JSON is that of `GET /repos/{owner}/{repo}/issues/{number}`, which lists and writes answer too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from pmtrack.model import Fields, Status
from pmtrack.text import one_line
from pmtrack.trackers.base import OWNER_LIMIT, PRIORITY_LIMIT
from pmtrack.trackers.github import region
from pmtrack.trackers.github.names import Names, Native

OWNERS = 10
"""GitHub assigns no more to one issue."""

_LOGIN = re.compile(r"[A-Za-z0-9](?:-?[A-Za-z0-9]){0,38}(?:_[A-Za-z0-9]{1,20})?(?:\[bot\])?")
"""Letters, digits and single hyphens; `_` before the short name of an enterprise; `[bot]` for Apps."""

CLOSED: Mapping[str | None, Status] = {"not_planned": Status.CANCELLED, "duplicate": Status.CANCELLED}
"""state_reason -> status of what is closed; whatever else it says is done."""


def fields(raw: Mapping[str, Any], names: Names) -> Fields:
    """What an issue says.

    Raises:
        region.Unreadable: a person wrote no date where one should be. One of `ODD`: it is no issue.
    """
    return Fields(
        title=one_line(raw["title"]),
        status=_status(raw, names),
        owners=ordered(str(person["login"]) for person in raw.get("assignees") or ()),
        priority=_priority(raw, names),
        due=_due(raw, names),
    )


ODD = (KeyError, TypeError, ValueError, AttributeError)
"""What these functions raise for JSON that is no issue."""


def author(raw: Mapping[str, Any]) -> str:
    """The login of who wrote an issue or a comment, "" where the account is gone."""
    person = raw.get("user")
    return str(person.get("login") or "") if isinstance(person, Mapping) else ""


def labels(raw: Mapping[str, Any]) -> list[str]:
    return [label if isinstance(label, str) else str(label["name"]) for label in raw.get("labels") or ()]


def body(raw: Mapping[str, Any]) -> str:
    return str(raw.get("body") or "")


def updated_at(raw: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(raw["updated_at"]).astimezone(UTC)


def repository(raw: Mapping[str, Any]) -> str:
    """owner/name of where it is by now."""
    return "/".join(str(raw["repository_url"]).rsplit("/", 2)[-2:])


def ordered(logins: Iterable[str]) -> tuple[str, ...]:
    """GitHub keeps no order of assignees that one could rely on."""
    known = {login.casefold(): one_line(login, OWNER_LIMIT) for login in reversed(list(logins))}
    return tuple(known[key] for key in sorted(known))


def logins(words: Iterable[str]) -> tuple[str, ...]:
    """Those that can be accounts, each once; names of people cannot."""
    found = (word.strip().removeprefix("@") for word in words)
    return ordered(dict.fromkeys(word for word in found if _LOGIN.fullmatch(word)))[:OWNERS]


def seen(raw: Mapping[str, Any], names: Names, native: Native) -> Native:
    """The fields of the organisation that we use, with one that the issue shows though we may not list them.

    What a person set there counts for more than the body, so that is where a new date has to go.
    """
    value = _value(raw, names.due_fields, "date") if native.due is None else None
    return replace(native, due=value["issue_field_id"]) if value and value.get("value") else native


def same(one: object, other: object) -> bool:
    """Whether two values of a field are the same to GitHub, which compares logins without regard to case."""
    if isinstance(one, tuple) and isinstance(other, tuple):
        return {str(login).casefold() for login in one} == {str(login).casefold() for login in other}
    return one == other


def _status(raw: Mapping[str, Any], names: Names) -> Status:
    if raw["state"] == "closed":
        return CLOSED.get(raw.get("state_reason"), Status.DONE)
    doing = names.in_progress.casefold() in {label.casefold() for label in labels(raw)}
    return Status.IN_PROGRESS if doing else Status.OPEN


def _priority(raw: Mapping[str, Any], names: Names) -> str | None:
    value = _value(raw, names.priority_fields, "single_select")
    option = (value.get("single_select_option") or {}).get("name") if value else None
    return one_line(names.meant(option), PRIORITY_LIMIT) if option else names.labelled(labels(raw))


def _due(raw: Mapping[str, Any], names: Names) -> date | None:
    value = _value(raw, names.due_fields, "date")
    if value and value.get("value"):
        return datetime.fromisoformat(value["value"]).date()
    return region.due(body(raw))


def _value(raw: Mapping[str, Any], wanted: Iterable[str], kind: str) -> Mapping[str, Any] | None:
    """The issue's value in the first of the organisation's fields that are called so."""
    values = raw.get("issue_field_values") or ()
    known = {str(value.get("issue_field_name")).casefold(): value for value in values if value["data_type"] == kind}
    return next((known[name.casefold()] for name in wanted if name.casefold() in known), None)

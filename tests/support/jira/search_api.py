"""Searching. Cloud: pages by token, and only issues that were asked about; Data Center: pages by number, with a total.

Source: "Search and reconcile", and the description of `search/jql`. Search does not know what has just been written;
`reconcileIssues` makes the issues that it names fresh, and no others.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from . import jql
from .call import Call
from .issue_api import shown
from .model import Issue
from .query import Finder
from .wire import Answer, Refused, refusal

USUAL, MOST_IDS, MOST_OLD = 50, 5000, 1000
RECONCILED = 50
TOKEN_LIFE = timedelta(days=7)
UNBOUNDED = "Unbounded JQL queries are not allowed here. Please add a search restriction to your query."
REMOVED = (
    "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API. "
    "A full migration guideline is available at https://developer.atlassian.com/changelog/#CHANGE-2046"
)


def removed(_call: Call) -> Answer:
    return refusal(410, REMOVED)


def found_by_jql(call: Call) -> Answer:
    """One page: at most `hub.page` issues, or 5000 where only ids are asked for. By default it has nothing but ids."""
    wanted = _wanted(call)
    query = jql.parse(wanted["jql"])
    if query.where is None:
        raise Refused(400, UNBOUNDED)
    rows = Finder(call.hub, call.account).find(query, _known(call, wanted["reconcile"]))
    rest = _after(call, rows, wanted)
    most = MOST_IDS if set(wanted["fields"]) <= {"id", "key"} else call.hub.page
    part = rest[: min(max(1, wanted["size"]), most)]
    told: dict[str, Any] = {"issues": [_row(call, one, wanted) for one in part], "isLast": len(part) == len(rest)}
    if len(part) < len(rest):
        told["nextPageToken"] = _token(call, part, wanted)
    return Answer(200, told)


def counted(call: Call) -> Answer:
    """About how many, by what search knows."""
    query = jql.parse(call.body.get("jql") or "")
    if query.where is None:
        raise Refused(400, UNBOUNDED)
    return Answer(200, {"count": len(Finder(call.hub, call.account).find(query, _known(call, ())))})


def _wanted(call: Call) -> dict[str, Any]:
    """The same in the query of a GET and in the body of a POST."""
    if call.request.method == "GET":
        told: Mapping[str, Any] = {name: call.words(name) for name in ("fields", "properties", "reconcileIssues")}
        told = {**call.request.query, **told, "maxResults": call.number("maxResults", USUAL)}
    else:
        told = call.body
    fresh = [int(one) for one in told.get("reconcileIssues") or ()]
    if len(fresh) > RECONCILED:
        raise Refused(400, f"You cannot reconcile more than {RECONCILED} issues.")
    size = told.get("maxResults")
    wanted = {"jql": told.get("jql") or "", "reconcile": fresh, "size": USUAL if size is None else int(size)}
    more = {"fields": told.get("fields") or ["id"], "properties": told.get("properties") or []}
    return {**wanted, **more, "expand": told.get("expand") or "", "token": told.get("nextPageToken") or ""}


def _known(call: Call, fresh: Sequence[int]) -> dict[int, Issue]:
    """Every issue as search knows it."""
    hub = call.hub
    moment = hub.now() - hub.search_lag
    rows = {one: hub.latest(one) if one in fresh else hub.as_of(one, moment) for one in hub.history}
    return {ident: issue for ident, issue in rows.items() if issue}


def _row(call: Call, issue: Issue, wanted: Mapping[str, Any]) -> dict[str, Any]:
    if set(wanted["fields"]) == {"id"} and not wanted["properties"]:
        return {"id": str(issue.id)}
    return shown(call, issue, wanted["fields"], wanted["properties"], wanted["expand"])


# ---------------------------------------------------------------- pages by token


def _after(call: Call, rows: list[Issue], wanted: Mapping[str, Any]) -> list[Issue]:
    """What was not shown yet, wherever the issues that were shown are by now in the order."""
    before = _shown_before(call, wanted)
    return [issue for issue in rows if issue.id not in before]


def _shown_before(call: Call, wanted: Mapping[str, Any]) -> frozenset[int]:
    if not wanted["token"]:
        return frozenset()
    text, made, before = call.hub.pages.get(wanted["token"], ("", call.hub.now(), frozenset()))
    if text != wanted["jql"] or call.hub.now() - made > TOKEN_LIFE:
        raise Refused(400, "The provided next page token is invalid or expired, or belongs to another query.")
    return before


def _token(call: Call, part: Sequence[Issue], wanted: Mapping[str, Any]) -> str:
    before = _shown_before(call, wanted) | {issue.id for issue in part}
    token = secrets.token_urlsafe(24)
    call.hub.pages[token] = wanted["jql"], call.hub.now(), before
    return token


# ---------------------------------------------------------------- pages by number


def found(call: Call) -> Answer:
    """Data Center. While pages are read an issue may move from one to another, and so be missed or met twice."""
    told: Mapping[str, Any] = call.request.query if call.request.method == "GET" else call.body
    query = jql.parse(told.get("jql") or "")
    rows = Finder(call.hub, call.account).find(query, _known(call, ()))
    start, size = _whole(told, "startAt", 0), min(_whole(told, "maxResults", USUAL), MOST_OLD)
    fields = told.get("fields") or ["*navigable"]
    fields = fields.split(",") if isinstance(fields, str) else fields
    props = call.words("properties") if call.request.method == "GET" else told.get("properties") or []
    expand = told.get("expand") or ""
    expand = expand if isinstance(expand, str) else ",".join(expand)
    shown_rows = [shown(call, one, fields, props, expand) for one in rows[start : start + size]]
    return Answer(200, {"startAt": start, "maxResults": size, "total": len(rows), "issues": shown_rows})


def _whole(told: Mapping[str, Any], name: str, usual: int) -> int:
    text = str(told.get(name, usual))
    if not text.isdigit():
        raise Refused(400, f"The value '{text}' of {name} is not a number.")
    return int(text)

"""A request's way through the rules, in the order in which Jira applies them, and the table of all operations."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import unquote, urlencode

from ..github.log import Entry
from . import info_api, issue_api, making, parts_api, search_api
from .access import identify, login_headers
from .call import Call
from .limits import issue_in
from .wire import Answer, Refused, Request, refusal

if TYPE_CHECKING:
    from .hub import Hub

BOTH, CLOUD, CENTER = "both", "cloud", "center"
ISSUE = "/issue/{issueIdOrKey}"
LINKS = "/rest/applinks/latest/listApplicationlinks"
Handler = Callable[[Call], Answer]


@dataclass(frozen=True, slots=True)
class Route:
    """An operation of the description, without `/rest/api/3`. `where`: in both kinds of Jira, or in which one."""

    method: str
    template: str
    handler: Handler
    where: str = BOTH

    def match(self, method: str, path: str) -> Mapping[str, str] | None:
        found = _pattern(self.template).fullmatch(path) if method == self.method else None
        return None if found is None else {name: unquote(text) for name, text in found.groupdict().items()}


@cache
def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", template))


ROUTES = (
    Route("GET", "/serverInfo", info_api.server_info),
    Route("GET", "/myself", info_api.myself),
    Route("GET", "/user", info_api.user),
    Route("GET", "/user/search", info_api.users_found),
    Route("GET", "/user/assignable/search", info_api.assignable_found),
    Route("GET", "/mypermissions", info_api.my_permissions),
    Route("GET", "/field", info_api.fields),
    Route("GET", "/priority", info_api.priorities),
    Route("GET", "/priority/search", info_api.priorities_found, CLOUD),
    Route("GET", "/resolution", info_api.resolutions),
    Route("GET", "/status", info_api.statuses),
    Route("GET", "/issuetype", info_api.issue_types),
    Route("GET", "/project/{projectIdOrKey}", info_api.project),
    Route("GET", "/project/{projectIdOrKey}/statuses", info_api.statuses_of_project),
    Route("GET", "/search", search_api.removed, CLOUD),
    Route("POST", "/search", search_api.removed, CLOUD),
    Route("GET", "/search", search_api.found, CENTER),
    Route("POST", "/search", search_api.found, CENTER),
    Route("GET", "/search/jql", search_api.found_by_jql, CLOUD),
    Route("POST", "/search/jql", search_api.found_by_jql, CLOUD),
    Route("POST", "/search/approximate-count", search_api.counted, CLOUD),
    Route("POST", "/issue", making.created),
    Route("POST", "/issue/bulk", making.bulk),
    Route("POST", "/issue/bulkfetch", issue_api.fetched, CLOUD),
    Route("GET", "/issue/createmeta", making.gone),
    Route("GET", "/issue/createmeta/{projectIdOrKey}/issuetypes", making.offered_types),
    Route("GET", "/issue/createmeta/{projectIdOrKey}/issuetypes/{issueTypeId}", making.offered_fields),
    Route("GET", ISSUE, issue_api.got),
    Route("PUT", ISSUE, issue_api.edited),
    Route("DELETE", ISSUE, issue_api.deleted),
    Route("PUT", ISSUE + "/assignee", issue_api.assigned),
    Route("GET", ISSUE + "/editmeta", making.edit_screen),
    Route("GET", ISSUE + "/transitions", issue_api.transitions),
    Route("POST", ISSUE + "/transitions", issue_api.transited),
    Route("GET", ISSUE + "/changelog", issue_api.changelog, CLOUD),
    Route("GET", ISSUE + "/comment", parts_api.comments),
    Route("POST", ISSUE + "/comment", parts_api.commented),
    Route("GET", ISSUE + "/comment/{id}", parts_api.comment),
    Route("PUT", ISSUE + "/comment/{id}", parts_api.comment_edited),
    Route("DELETE", ISSUE + "/comment/{id}", parts_api.comment_deleted),
    Route("GET", ISSUE + "/properties", parts_api.property_keys),
    Route("GET", ISSUE + "/properties/{propertyKey}", parts_api.property_got),
    Route("PUT", ISSUE + "/properties/{propertyKey}", parts_api.property_put),
    Route("DELETE", ISSUE + "/properties/{propertyKey}", parts_api.property_deleted),
    Route("GET", ISSUE + "/remotelink", parts_api.links),
    Route("POST", ISSUE + "/remotelink", parts_api.link_put),
    Route("DELETE", ISSUE + "/remotelink", parts_api.link_deleted),
    Route("GET", ISSUE + "/remotelink/{linkId}", parts_api.link_got),
    Route("DELETE", ISSUE + "/remotelink/{linkId}", parts_api.link_deleted),
    Route("GET", ISSUE + "/watchers", parts_api.watchers),
    Route("POST", ISSUE + "/watchers", parts_api.watched),
    Route("DELETE", ISSUE + "/watchers", parts_api.unwatched),
)


def handle(hub: Hub, request: Request) -> Answer:
    """The answer to one request, with all that goes wrong on purpose; logged, and held against the description."""
    done: list[Answer] = []

    def process(wanted: Request) -> Answer:
        done.append(carry_out(hub, wanted))
        return done[-1]

    with hub.lock:
        hub.settle()
        if hub.spec and hub.cloud:
            hub.violations += hub.spec.request_problems(request)
        fault = hub.faults.take(request)
        # The general faults want of a hub what this one has as well: `now` and `later`.
        answer = fault.act(cast("Any", hub), request, process) if fault else process(request)
        effect, name = done[-1].status if done else 0, fault.name if fault else ""
        query, account = urlencode(request.query), _name(hub, request)
        hub.log.append(Entry(request.method, request.path, answer.status, hub.now(), query, account, effect, name))
        return answer


def _name(hub: Hub, request: Request) -> str:
    try:
        account = identify(hub, request)
    except Refused:
        return ""
    return hub.users[account].name if account else ""


def carry_out(hub: Hub, request: Request) -> Answer:
    """The answer by the rules alone."""
    account = ""
    hub.note_statuses()
    try:
        account = identify(hub, request)
        found = hub.find(unquote(issue_in(request))) if issue_in(request) else None
        hub.limits.admit(account, request, str(found.id) if found else "", hub.now())
        answer = _run(hub, request, account)
    except Refused as refused:
        answer = refused.answer
    told = {**hub.limits.headers(account, request, hub.now()), **login_headers(hub, request, account)}
    answer = replace(answer, headers={**told, **answer.headers})
    if hub.spec and hub.cloud:
        hub.violations += hub.spec.answer_problems(request, answer)
    return answer


def _run(hub: Hub, request: Request, account: str) -> Answer:
    if request.path == LINKS:
        return info_api.application_links(Call(hub, request, account, {}, adf=False))
    found = re.fullmatch(r"/rest/api/(2|3|latest)(/.*)", request.path)
    if found is None or (found[1] == "3" and not hub.cloud):
        return refusal(404, "null for uri: " + request.api + request.path)
    kind = CLOUD if hub.cloud else CENTER
    for route in ROUTES:
        args = route.match(request.method, found[2]) if route.where in (BOTH, kind) else None
        if args is not None:
            call = Call(hub, request, account, args, adf=hub.cloud and found[1] != "2")
            return _called(call, route)
    return refusal(404, "null for uri: " + request.api + request.path)


def _called(call: Call, route: Route) -> Answer:
    if call.request.writes and call.request.body:
        kind = call.request.headers.get("content-type", "application/json")
        if not kind.startswith("application/json"):
            return refusal(415, f"Unsupported media type {kind}")
        call.read_body()
    return route.handler(call)

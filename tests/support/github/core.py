"""A request's way through the rules, in the order in which GitHub applies them, and the table of all operations."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlencode

from . import apps, issue_api, pull_api, repo_api, search
from .access import ANONYMOUS, Token, check_permission
from .call import Call
from .log import Entry
from .pages import tagged
from .wire import Answer, Refused, Request, not_found

if TYPE_CHECKING:
    from .hub import Hub

VERSIONS = ("2022-11-28", "2026-03-10")
READ, WRITE, SEE = {"issues": "read"}, {"issues": "write"}, {"metadata": "read"}
REVIEWED, REVIEW = {"pull_requests": "read"}, {"pull_requests": "write"}
REPO = "/repos/{owner}/{repo}"
ISSUE = REPO + "/issues/{issue_number}"
FREE = "/rate_limit"
BY_JWT = re.compile(r"/app(/|$)|/(repos/[^/]+/[^/]+|repositories/\d+)/installation$")

Handler = Callable[[Call], Answer]


@dataclass(frozen=True, slots=True)
class Route:
    """An operation of the description: `needs` are the permissions of a token for it, in the repository."""

    method: str
    template: str
    handler: Handler
    needs: Mapping[str, str] = field(default_factory=dict)

    def match(self, request: Request) -> Mapping[str, str] | None:
        found = _pattern(self.template).fullmatch(request.path) if request.method == self.method else None
        return None if found is None else {name: unquote(text) for name, text in found.groupdict().items() if text}


@cache
def _pattern(template: str) -> re.Pattern[str]:
    """A repository is also known by its number; numbers in a path are numbers."""
    part = {"issue_number": r"\d+", "comment_id": r"\d+", "milestone_number": r"\d+", "issue_field_id": r"\d+"}
    part |= {"pull_number": r"\d+"}
    text = re.sub(r"\{(\w+)\}", lambda name: f"(?P<{name[1]}>{part.get(name[1], '[^/]+')})", template)
    own = "/repos/(?P<owner>[^/]+)/(?P<repo>[^/]+)"
    return re.compile(text.replace(own, rf"(?:{own}|/repositories/(?P<repository_id>\d+))"))


ROUTES = (
    Route("GET", "/user", repo_api.me),
    Route("GET", "/users/{username}", repo_api.user),
    Route("GET", "/app", repo_api.app),
    Route("POST", "/app/installations/{installation_id}/access_tokens", repo_api.installation_token),
    Route("DELETE", "/installation/token", repo_api.token_revoked),
    Route("GET", "/rate_limit", repo_api.rate_limit),
    Route("GET", "/search/issues", search.issues),
    Route("GET", "/orgs/{org}/issue-fields", repo_api.issue_fields),
    Route("GET", REPO, repo_api.repository, SEE),
    Route("GET", REPO + "/installation", repo_api.installation),
    Route("GET", REPO + "/assignees", repo_api.assignees, READ),
    Route("GET", REPO + "/assignees/{assignee}", repo_api.assignee_checked, READ),
    Route("GET", REPO + "/collaborators/{username}/permission", repo_api.permission_of, SEE),
    Route("GET", REPO + "/issue-types", repo_api.issue_types, READ),
    Route("GET", REPO + "/labels", repo_api.labels, READ),
    Route("POST", REPO + "/labels", repo_api.label_created, WRITE),
    Route("GET", REPO + "/labels/{name}", repo_api.label, READ),
    Route("GET", REPO + "/milestones", repo_api.milestones, READ),
    Route("POST", REPO + "/milestones", repo_api.milestone_created, WRITE),
    Route("GET", REPO + "/milestones/{milestone_number}", repo_api.milestone, READ),
    Route("GET", REPO + "/issues", issue_api.listed, READ),
    Route("POST", REPO + "/issues", issue_api.created, WRITE),
    Route("GET", REPO + "/issues/comments/{comment_id}", issue_api.comment_got, READ),
    Route("PATCH", REPO + "/issues/comments/{comment_id}", issue_api.comment_edited, WRITE),
    Route("DELETE", REPO + "/issues/comments/{comment_id}", issue_api.comment_deleted, WRITE),
    Route("GET", ISSUE, issue_api.got, READ),
    Route("PATCH", ISSUE, issue_api.edited, WRITE),
    Route("GET", ISSUE + "/comments", issue_api.comments_listed, READ),
    Route("POST", ISSUE + "/comments", issue_api.commented, WRITE),
    Route("GET", ISSUE + "/labels", issue_api.labels_of_issue, READ),
    Route("POST", ISSUE + "/labels", issue_api.labels_added, WRITE),
    Route("PUT", ISSUE + "/labels", issue_api.labels_replaced, WRITE),
    Route("DELETE", ISSUE + "/labels/{name}", issue_api.label_taken_off, WRITE),
    Route("POST", ISSUE + "/assignees", issue_api.assignees_added, WRITE),
    Route("DELETE", ISSUE + "/assignees", issue_api.assignees_removed, WRITE),
    Route("GET", ISSUE + "/events", issue_api.events_listed, READ),
    Route("GET", ISSUE + "/timeline", issue_api.timeline_listed, READ),
    Route("GET", ISSUE + "/parent", issue_api.parent_got, READ),
    Route("GET", ISSUE + "/sub_issues", issue_api.children_listed, READ),
    Route("POST", ISSUE + "/sub_issues", issue_api.child_added, WRITE),
    Route("DELETE", ISSUE + "/sub_issue", issue_api.child_removed, WRITE),
    Route("GET", ISSUE + "/issue-field-values", issue_api.values_listed, READ),
    Route("POST", ISSUE + "/issue-field-values", issue_api.values_added, WRITE),
    Route("PUT", ISSUE + "/issue-field-values", issue_api.values_replaced, WRITE),
    Route("DELETE", ISSUE + "/issue-field-values/{issue_field_id}", issue_api.value_deleted, WRITE),
    Route("GET", REPO + "/pulls", pull_api.listed, REVIEWED),
    Route("POST", REPO + "/pulls", pull_api.opened, REVIEW),
    Route("GET", REPO + "/pulls/{pull_number}", pull_api.got, REVIEWED),
    Route("PATCH", REPO + "/pulls/{pull_number}", pull_api.edited, REVIEW),
)


def handle(hub: Hub, request: Request) -> Answer:
    """The answer to one request, with all that goes wrong on purpose; logged, and held against the description."""
    done: list[Answer] = []

    def process(wanted: Request) -> Answer:
        done.append(carry_out(hub, wanted))
        return done[-1]

    with hub.lock:
        hub.settle()
        if hub.spec:
            hub.violations += hub.spec.request_problems(request)
        fault = hub.faults.take(request)
        answer = fault.act(hub, request, process) if fault else process(request)
        effect = done[-1].status if done else 0
        query, account = urlencode(request.query), account_of(hub, request)
        name = fault.name if fault else ""
        hub.log.append(Entry(request.method, request.path, answer.status, hub.now(), query, account, effect, name))
        return answer


def carry_out(hub: Hub, request: Request) -> Answer:
    """The answer by the rules alone."""
    token, counted = ANONYMOUS, False
    try:
        _check_version(request)
        token = _identify(hub, request)
        if request.path != FREE:
            hub.limits.admit(token.account, request, hub.now())
            counted = True
        answer = tagged(request, _run(hub, request, token))
    except Refused as refused:
        answer = refused.answer
    if counted and answer.status == 304:
        hub.limits.refund(token.account, request)
    told = hub.limits.headers(token.account, request, hub.now())
    answer = replace(answer, headers={**told, **answer.headers})
    if hub.spec:
        hub.violations += hub.spec.answer_problems(request, answer)
    return answer


def _check_version(request: Request) -> None:
    version = request.headers.get("x-github-api-version", VERSIONS[0])
    if version not in VERSIONS:
        raise Refused(400, f"'{version}' is not a supported API version")


def account_of(hub: Hub, request: Request) -> str:
    known = hub.tokens.get(_secret(request))
    return known.account if known else ""


def _secret(request: Request) -> str:
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    return secret.strip() if scheme.lower() in ("token", "bearer") else ""


def _identify(hub: Hub, request: Request) -> Token:
    """Who asks. A wrong, expired or revoked token is refused even where no token would do."""
    if "authorization" not in request.headers:
        return ANONYMOUS
    if BY_JWT.match(request.path):
        return apps.proof(hub, _secret(request))
    token = hub.tokens.get(_secret(request))
    if token is None or not token.alive(hub.now()):
        raise Refused(401, "Bad credentials")
    return token


def _run(hub: Hub, request: Request, token: Token) -> Answer:
    for route in ROUTES:
        args = route.match(request)
        if args is not None:
            return _call(Call(hub, request, token, args), route)
    raise not_found()


def _call(call: Call, route: Route) -> Answer:
    call.find_repo()
    if "owner" in call.args or "repository_id" in call.args:
        check_permission(call.token, call.repo, route.needs, call.hub.lost_permission)
        _check_open(call)
    call.find_issue()
    call.read_body()
    return route.handler(call)


def _check_open(call: Call) -> None:
    """An archived repository is for reading; where issues are off there are none."""
    if call.repo.archived and call.request.writes:
        raise Refused(403, "Repository was archived so is read-only.")
    if not call.repo.issues_on and "/issues" in call.request.path:
        raise Refused(410, "Issues are disabled for this repo")

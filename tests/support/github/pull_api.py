"""The endpoints of pull requests: docs.github.com/rest/pulls/pulls, and the words of 422 as the service says them."""

from __future__ import annotations

from typing import Any

from . import changes, checks, pulls
from .access import at_least, role_of
from .call import Call
from .model import Issue, Pull, stamp
from .pages import page_of
from .render import PULL_URLS, node_id
from .wire import Answer, Refused, error, invalid, not_found

RESOURCE = "PullRequest"
Json = dict[str, Any]

LINKS = {
    "self": "{api}/repos/{full_name}/pulls/{number}",
    "html": "{web}/{full_name}/pull/{number}",
    "issue": "{api}/repos/{full_name}/issues/{number}",
    "comments": "{api}/repos/{full_name}/issues/{number}/comments",
    "review_comments": "{api}/repos/{full_name}/pulls/{number}/comments",
    "review_comment": "{api}/repos/{full_name}/pulls/comments{{/number}}",
    "commits": "{api}/repos/{full_name}/pulls/{number}/commits",
    "statuses": "{api}/repos/{full_name}/statuses/{sha}",
}


def listed(call: Call) -> Answer:
    query, found = call.request.query, pulls.listed(call.hub, call.repo)
    state, head, base = query.get("state", "open"), query.get("head", ""), query.get("base", "")
    label = f"{call.repo.owner}:"
    wanted = [
        _shown(call, issue, pull)
        for issue, pull in found
        if state in ("all", issue.state)
        and head.lower() in ("", f"{label}{pull.head}".lower())
        and base in ("", pull.base)
    ]
    return page_of(call, wanted, f"/repositories/{call.repo.id}/pulls")


def got(call: Call) -> Answer:
    return Answer(200, _whole(call, *_named(call)))


def opened(call: Call) -> Answer:
    """The rules in the order in which they are noticed; a head of another repository is none that exists here."""
    here, body = pulls.branches(call.repo), call.body
    owner, _, branch = str(body["head"]).rpartition(":")
    base = str(body["base"])
    errors = [*_title(body.get("title"))]
    if owner.lower() not in ("", call.repo.owner.lower()) or here.at(branch) is None:
        errors.append(error("head", resource=RESOURCE))
    if here.at(base) is None:
        errors.append(error("base", resource=RESOURCE))
    if errors:
        raise invalid(*errors)
    _check_push(call)
    sha = here.at(branch) or ""
    if here.holds(base, sha):
        raise invalid(_custom(f"No commits between {base} and {branch}"))
    if any(
        (pull.head, pull.base, one.state) == (branch, base, "open") for one, pull in pulls.listed(call.hub, call.repo)
    ):
        raise invalid(_custom(f"A pull request already exists for {call.repo.owner}:{branch}."))
    words = {"title": str(body["title"]), "body": body.get("body")}
    issue = changes.open_issue(call.hub, call.repo, call.doer, **words, pull_request=True)
    call.repo.pulls[issue.number] = Pull(branch, base, sha)
    return Answer(201, _whole(call, issue, call.repo.pulls[issue.number]))


def edited(call: Call) -> Answer:
    issue, pull = _named(call)
    _check_push(call)
    body = call.body
    errors = _title(body["title"]) if "title" in body else []
    state = body.get("state", issue.state)
    if state == "open" != issue.state and pulls.branches(call.repo).at(pull.head) is None:
        message = f"state cannot be changed. The {pull.head} branch has been deleted."
        errors.append(error("state", resource=RESOURCE, message=message))
    if errors:
        raise invalid(*errors)
    wanted = {name: body[name] for name in ("title", "body") if name in body}
    wanted |= changes.state_change(call.hub, issue, call.doer, state, None)
    return Answer(200, _whole(call, changes.change(call.hub, call.repo, issue, call.doer, **wanted), pull))


# ---------------------------------------------------------------- rules


def _named(call: Call) -> tuple[Issue, Pull]:
    number = int(call.args["pull_number"])
    found = next((one for one in pulls.listed(call.hub, call.repo) if one[0].number == number), None)
    if found is None:
        raise not_found()
    return found


def _title(title: Any) -> list[Json]:
    if not isinstance(title, str) or not title.strip():
        return [error("title", "missing_field", RESOURCE)]
    return [checks.too_long("title", checks.TITLE_LIMIT, RESOURCE)] if len(title) > checks.TITLE_LIMIT else []


def _check_push(call: Call) -> None:
    """ "You must have write access to the head or the source branch" (the description); an App's permission is that."""
    if call.token.kind != "installation" and not at_least(role_of(call.token, call.repo), "write"):
        raise Refused(403, "Must have write access to the head branch")


def _custom(message: str) -> Json:
    return {"resource": RESOURCE, "code": "custom", "message": message}


# ---------------------------------------------------------------- what is shown


def _shown(call: Call, issue: Issue, pull: Pull) -> Json:
    show, repo = call.show, call.repo
    names = {"full_name": repo.full_name, "number": issue.number, "sha": pull.sha, "api": show.api, "web": call.hub.web}
    links = {name: form.format(**names) for name, form in LINKS.items()}
    of_issue = show.issue(repo, issue)
    same = ("id", "node_id", "number", "title", "body", "user", "author_association", "state", "locked", "labels")
    times = ("created_at", "updated_at", "closed_at", "assignee", "assignees", "milestone", "active_lock_reason")
    return {
        **{name: of_issue[name] for name in (*same, *times)},
        **{name: form.format(**names) for name, form in PULL_URLS.items()},
        "node_id": node_id("PR", issue.id),
        "_links": {name: {"href": link} for name, link in links.items()},
        "issue_url": links["issue"],
        **{
            f"{name}_url": links[name]
            for name in ("commits", "review_comments", "review_comment", "comments", "statuses")
        },
        "merged_at": stamp(pull.merged_at),
        "merge_commit_sha": pull.merge_sha,
        "head": _end(call, pull.head, pull.sha),
        "base": _end(call, pull.base, pulls.branches(repo).at(pull.base) or pull.sha),
        "auto_merge": None,
        "draft": False,
        "requested_reviewers": [],
        "requested_teams": [],
    }


def _end(call: Call, branch: str, sha: str) -> Json:
    repo, owner = call.repo, call.repo.owner
    return {
        "label": f"{owner}:{branch}",
        "ref": branch,
        "sha": sha,
        "repo": call.show.repo(repo),
        "user": call.show.user(owner),
    }


def _whole(call: Call, issue: Issue, pull: Pull) -> Json:
    counts = dict.fromkeys(("comments", "review_comments", "commits", "additions", "deletions", "changed_files"), 0)
    return {
        **_shown(call, issue, pull),
        **counts,
        "merged": pulls.is_merged(pull),
        "mergeable": None,
        "rebaseable": None,
        "mergeable_state": "unknown",
        "merged_by": call.show.user(pull.merged_by),
        "maintainer_can_modify": False,
    }

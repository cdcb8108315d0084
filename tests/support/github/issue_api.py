"""What the interface does with issues: one function for each operation of the description."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from . import changes, checks
from .access import at_least, role_of
from .call import Call
from .model import Comment, Issue, Label, stamp
from .pages import by_cursor, page_of
from .wire import Answer, Refused, error, invalid, not_found

# ---------------------------------------------------------------- lists

SORTS: Mapping[str, Callable[[Issue], Any]] = {
    "created": lambda issue: [stamp(issue.created_at), issue.number],
    "updated": lambda issue: [stamp(issue.updated_at), issue.number],
    "comments": lambda issue: [len(issue.comments), issue.number],
}


def _has_labels(call: Call, issue: Issue, text: str) -> bool:
    names = {call.repo.labels[one].name.lower() for one in issue.labels if one in call.repo.labels}
    return all(name.strip().lower() in names for name in text.split(","))


def _is_assigned(_call: Call, issue: Issue, text: str) -> bool:
    logins = [login.lower() for login in issue.assignees]
    return {"none": not logins, "*": bool(logins)}.get(text, text.lower() in logins)


def _changed_since(_call: Call, issue: Issue, text: str) -> bool:
    return issue.updated_at.replace(microsecond=0) >= datetime.fromisoformat(text)


def _has_milestone(_call: Call, issue: Issue, text: str) -> bool:
    usual = str(issue.milestone) == text
    return {"none": issue.milestone is None, "*": issue.milestone is not None}.get(text, usual)


FILTERS: Mapping[str, Callable[[Call, Issue, str], bool]] = {
    "state": lambda _call, issue, text: text in ("all", issue.state),
    "since": _changed_since,
    "labels": _has_labels,
    "assignee": _is_assigned,
    "creator": lambda _call, issue, text: issue.author.lower() == text.lower(),
    "milestone": _has_milestone,
    "type": lambda _call, issue, text: {"none": issue.kind is None, "*": True}.get(text, issue.kind == text),
}


def listed(call: Call) -> Answer:
    """Issues and pull requests, as the list knows them: `Hub.list_lag` old."""
    query = {"state": "open", **call.request.query}
    try:
        found = [
            issue
            for issue in call.repo.issues(call.hub.now() - call.hub.list_lag)
            if all(FILTERS[name](call, issue, query[name]) for name in FILTERS if name in query)
        ]
    except ValueError as problem:
        raise invalid(error("since")) from problem
    key = SORTS.get(query.get("sort", "created"), SORTS["created"])
    found.sort(key=key, reverse=query.get("direction") != "asc")

    def shown(page: list[Issue]) -> list[Any]:
        return [call.show.issue(call.repo, one) for one in page]

    base = _base(call, "issues")
    return by_cursor(call, found, key, base, shown) if call.hub.cursors else page_of(call, found, base, shown)


def _base(call: Call, rest: str) -> str:
    return f"/repositories/{call.repo.id}/{rest}"


def _issue_base(call: Call, rest: str) -> str:
    return _base(call, f"issues/{call.issue.number}/{rest}")


# ---------------------------------------------------------------- one issue


def got(call: Call) -> Answer:
    return Answer(200, call.show.issue(call.repo, call.issue))


def created(call: Call) -> Answer:
    if "title" not in call.body:
        raise invalid(error("title", "missing_field"))
    issue = changes.open_issue(call.hub, call.repo, call.doer, **checks.wanted(call))
    shown = call.show.issue(call.repo, issue)
    return Answer(201, shown, {"Location": shown["url"]})


def edited(call: Call) -> Answer:
    """By its author, or with triage access; labels and the like need push access and are else silently dropped."""
    _check_may_edit(call, call.issue.author)
    attributes = checks.wanted(call)
    if "state" in call.body:
        state, reason = call.body["state"], call.body.get("state_reason")
        attributes |= changes.state_change(call.hub, call.issue, call.doer, state, reason)
    issue = changes.change(call.hub, call.repo, call.issue, call.doer, **attributes)
    if attributes.get("state_reason") == "duplicate" and "duplicate_issue_id" in call.body:
        issue = changes.note_event(call.hub, call.repo, issue, call.doer, "marked_as_duplicate")
    return Answer(200, call.show.issue(call.repo, issue))


def _check_may_edit(call: Call, author: str) -> None:
    own = author.lower() == call.token.login.lower()
    if not own and not at_least(role_of(call.token, call.repo), "triage"):
        raise Refused(403, "Must have admin rights to Repository.")


# ---------------------------------------------------------------- comments

COMMENTS_LIMIT = 2500


def comments_listed(call: Call) -> Answer:
    def shown(page: list[Comment]) -> list[Any]:
        return [call.show.comment(call.repo, call.issue, one) for one in page]

    since = call.request.query.get("since")
    found = [one for one in call.issue.comments if since is None or one.updated_at >= datetime.fromisoformat(since)]
    return page_of(call, found, _issue_base(call, "comments"), shown)


def commented(call: Call) -> Answer:
    if len(call.issue.comments) >= COMMENTS_LIMIT:
        raise Refused(403, f"Commenting is disabled on issues with more than {COMMENTS_LIMIT} comments")
    if call.issue.locked and not at_least(role_of(call.token, call.repo), "write"):
        raise Refused(403, "Unable to create comment because issue is locked.")
    text = checks.text_of(call, "IssueComment")
    comment = changes.add_comment(call.hub, call.repo, call.issue, call.doer, text)
    return Answer(201, call.show.comment(call.repo, call.issue, comment))


def _comment(call: Call) -> tuple[Issue, Comment]:
    wanted = int(call.args["comment_id"])
    for issue in call.repo.issues():
        for comment in issue.comments:
            if comment.id == wanted:
                return issue, comment
    raise not_found()


def comment_got(call: Call) -> Answer:
    return Answer(200, call.show.comment(call.repo, *_comment(call)))


def comment_edited(call: Call) -> Answer:
    issue, comment = _comment(call)
    _check_may_edit(call, comment.author)
    text = checks.text_of(call, "IssueComment")
    edited_one = changes.edit_comment(call.hub, call.repo, issue, call.doer, comment, text)
    return Answer(200, call.show.comment(call.repo, issue, edited_one))


def comment_deleted(call: Call) -> Answer:
    issue, comment = _comment(call)
    _check_may_edit(call, comment.author)
    rest = tuple(one for one in issue.comments if one.id != comment.id)
    changes.change(call.hub, call.repo, issue, call.doer, comments=rest)
    return Answer(204)


# ---------------------------------------------------------------- labels and assignees of an issue


def _labels_shown(call: Call, issue: Issue) -> list[Any]:
    return [call.show.label(call.repo, call.repo.labels[one]) for one in issue.labels if one in call.repo.labels]


def labels_of_issue(call: Call) -> Answer:
    return page_of(call, _labels_shown(call, call.issue), _issue_base(call, "labels"))


def labels_added(call: Call) -> Answer:
    new = checks.wanted(call).get("labels", ())
    return _relabelled(call, tuple(dict.fromkeys((*call.issue.labels, *new))))


def labels_replaced(call: Call) -> Answer:
    return _relabelled(call, checks.wanted(call).get("labels", ()))


def label_taken_off(call: Call) -> Answer:
    label = _label_on(call)
    return _relabelled(call, tuple(one for one in call.issue.labels if one != label.id))


def _label_on(call: Call) -> Label:
    label = call.repo.label_named(call.args["name"])
    if label is None or label.id not in call.issue.labels:
        raise Refused(404, "Label does not exist")
    return label


def _relabelled(call: Call, labels: tuple[int, ...]) -> Answer:
    if not call.may_push:
        raise Refused(403, "Must have admin rights to Repository.")
    issue = changes.change(call.hub, call.repo, call.issue, call.doer, labels=labels)
    return Answer(200, _labels_shown(call, issue))


def assignees_added(call: Call) -> Answer:
    """Who cannot be assigned is silently ignored here, unlike in create and update."""
    return Answer(201, _reassigned(call, (*call.issue.assignees, *_known_logins(call))))


def assignees_removed(call: Call) -> Answer:
    gone = _known_logins(call)
    return Answer(200, _reassigned(call, tuple(login for login in call.issue.assignees if login not in gone)))


def _known_logins(call: Call) -> list[str]:
    known = checks.assignable(call.repo)
    wanted = [login.lower() for login in call.body.get("assignees", ()) if login.lower() in known]
    return [call.hub.users[login].login for login in wanted] if call.may_push else []


def _reassigned(call: Call, logins: tuple[str, ...]) -> Any:
    some = tuple(dict.fromkeys(logins))[: checks.ASSIGNEES_LIMIT]
    issue = changes.change(call.hub, call.repo, call.issue, call.doer, assignees=some)
    return call.show.issue(call.repo, issue)


# ---------------------------------------------------------------- sub-issues


def children_listed(call: Call) -> Answer:
    found = [child for ident in call.issue.children if (child := changes.by_id(call.hub, ident))]

    def shown(page: list[Issue]) -> list[Any]:
        return [call.show.issue(changes.home_of(call.hub, child), child) for child in page]

    return page_of(call, found, _issue_base(call, "sub_issues"), shown)


CHILDREN_LIMIT = 100
""" "You can add up to 100 sub-issues per parent issue" ("Adding sub-issues")."""


def child_added(call: Call) -> Answer:
    """By issue *id*, not number; a second parent is refused unless `replace_parent` says otherwise."""
    child = _child(call)
    if len(call.issue.children) >= CHILDREN_LIMIT:
        words = f"Parent cannot have more than {CHILDREN_LIMIT} sub-issues"
        raise invalid(error("issue_id", "custom", "SubIssue", message=words))
    if child.parent is not None and not call.body.get("replace_parent"):
        raise invalid(error("sub_issue_id", "custom", "SubIssue", message="Sub issue may only have one parent"))
    if child.id == call.issue.id:
        raise invalid(error("sub_issue_id", "custom", "SubIssue", message="An issue cannot be its own sub-issue"))
    _leave_parent(call, child)
    parent = changes.adopt(call.hub, call.repo, call.issue, _child(call), call.doer)
    return Answer(201, call.show.issue(call.repo, parent))


def _leave_parent(call: Call, child: Issue) -> None:
    old = changes.by_id(call.hub, child.parent) if child.parent is not None else None
    if old is not None:
        changes.disown(call.hub, changes.home_of(call.hub, old), old, child, call.doer)


def child_removed(call: Call) -> Answer:
    parent = changes.disown(call.hub, call.repo, call.issue, _child(call), call.doer)
    return Answer(200, call.show.issue(call.repo, parent))


def _child(call: Call) -> Issue:
    found = changes.by_id(call.hub, call.body.get("sub_issue_id", 0))
    if found is None:
        raise Refused(404, "The provided sub-issue does not exist")
    return found


def parent_got(call: Call) -> Answer:
    parent = changes.by_id(call.hub, call.issue.parent) if call.issue.parent is not None else None
    if parent is None:
        raise not_found()
    return Answer(200, call.show.issue(changes.home_of(call.hub, parent), parent))


# ---------------------------------------------------------------- history


def events_listed(call: Call) -> Answer:
    shown = [call.show.event(call.repo, event) for event in call.issue.events]
    return page_of(call, shown, _issue_base(call, "events"))


def timeline_listed(call: Call) -> Answer:
    """Events and comments together, oldest first."""
    show, issue = call.show, call.issue
    rows = [(event.at, event.id, show.event(call.repo, event)) for event in issue.events]
    rows += [(one.created_at, one.id, show.commented(call.repo, issue, one)) for one in issue.comments]
    return page_of(call, [row for *_, row in sorted(rows, key=lambda row: row[:2])], _issue_base(call, "timeline"))


# ---------------------------------------------------------------- issue fields


def values_listed(call: Call) -> Answer:
    return page_of(call, call.show.values(call.repo, call.issue), _issue_base(call, "issue-field-values"))


def values_added(call: Call) -> Answer:
    """Added to those that are there; an empty list clears them all."""
    return _valued(call, dict(call.issue.values) if call.body.get("issue_field_values") else {})


def values_replaced(call: Call) -> Answer:
    return _valued(call, {})


def _valued(call: Call, before: dict[int, Any]) -> Answer:
    _check_may_value(call)
    errors: checks.Errors = []
    given = checks.field_values(call, call.body.get("issue_field_values"), errors) if call.repo.fields_on else {}
    if errors:
        raise invalid(*errors)
    issue = changes.change(call.hub, call.repo, call.issue, call.doer, values={**before, **given})
    return Answer(200, call.show.values(call.repo, issue))


def value_deleted(call: Call) -> Answer:
    _check_may_value(call)
    ident = int(call.args["issue_field_id"])
    if ident not in call.issue.values:
        raise not_found()
    rest = {one: value for one, value in call.issue.values.items() if one != ident}
    changes.change(call.hub, call.repo, call.issue, call.doer, values=rest)
    return Answer(204)


def _check_may_value(call: Call) -> None:
    if not at_least(role_of(call.token, call.repo), "write"):
        raise Refused(403, "Must have push access to the repository.")

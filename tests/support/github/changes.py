"""What can happen to issues, whoever does it: a program through the interface, or a person in the web page.

Every change makes a new version of the issue, an event in its history, and a webhook.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from .model import Comment, Event, Issue, Label, Milestone, Repo
from .render import Show

if TYPE_CHECKING:
    from .hub import Hub


@dataclass(frozen=True, slots=True)
class Doer:
    """Who does something: the login, and the app where one acts."""

    login: str
    app: int | None = None


# ---------------------------------------------------------------- issues


def open_issue(hub: Hub, repo: Repo, doer: Doer, **attributes: Any) -> Issue:
    """Make an issue or a pull request under the next number."""
    now = hub.now()
    number = repo.next_number()
    issue = Issue(hub.new_id(), number, attributes.pop("title"), doer.login, now, now, app=doer.app)
    events = tuple(_events(hub, repo, issue, attributes, doer))
    issue = replace(issue, **attributes, events=events)
    repo.put(number, issue, now)
    if not issue.pull_request:
        tell(hub, repo, doer, "issues", "opened", issue)
    return issue


def change(hub: Hub, repo: Repo, issue: Issue, doer: Doer, **wanted: Any) -> Issue:
    """Set these attributes; what is as wanted already makes no version, no event and no new `updated_at`."""
    differing = {name: value for name, value in wanted.items() if getattr(issue, name) != value}
    if not differing:
        return issue
    now = hub.now()
    events = tuple(_events(hub, repo, issue, differing, doer))
    changed = replace(issue, **differing, updated_at=now, events=(*issue.events, *events))
    repo.put(issue.number, changed, now)
    _tell_changes(hub, repo, doer, issue, changed, events)
    return changed


def state_change(hub: Hub, issue: Issue, doer: Doer, state: str, reason: str | None) -> dict[str, Any]:
    """The attributes for closing or reopening; the reason is "ignored unless `state` is changed"."""
    if state == issue.state:
        return {}
    if state == "open":
        return {"state": state, "state_reason": "reopened", "closed_at": None, "closed_by": None}
    reason = reason if reason in ("completed", "not_planned", "duplicate") else "completed"
    return {"state": state, "state_reason": reason, "closed_at": hub.now(), "closed_by": doer.login}


def note_event(hub: Hub, repo: Repo, issue: Issue, doer: Doer, kind: str, **more: Any) -> Issue:
    """An event that no attribute of the issue shows."""
    event = Event(hub.new_id(), kind, doer.login, hub.now(), more)
    changed = replace(issue, events=(*issue.events, event), updated_at=hub.now())
    repo.put(issue.number, changed, hub.now())
    return changed


def adopt(hub: Hub, repo: Repo, parent: Issue, child: Issue, doer: Doer) -> Issue:
    """Make one issue a sub-issue of another."""
    home = home_of(hub, child)
    put = change(hub, home, child, doer, parent=parent.id)
    note_event(hub, home, put, doer, "parent_issue_added")
    parent = change(hub, repo, parent, doer, children=(*parent.children, child.id))
    return note_event(hub, repo, parent, doer, "sub_issue_added")


def disown(hub: Hub, repo: Repo, parent: Issue, child: Issue, doer: Doer) -> Issue:
    change(hub, home_of(hub, child), child, doer, parent=None)
    return change(hub, repo, parent, doer, children=tuple(one for one in parent.children if one != child.id))


def by_id(hub: Hub, ident: int) -> Issue | None:
    return next((issue for repo in hub.repos.values() for issue in repo.issues() if issue.id == ident), None)


def home_of(hub: Hub, issue: Issue) -> Repo:
    return next(repo for repo in hub.repos.values() if repo.latest(issue.number) is issue)


# ---------------------------------------------------------------- events


def _added(old: tuple[Any, ...], new: tuple[Any, ...]) -> list[Any]:
    return [one for one in new if one not in old]


def _title_events(_repo: Repo, issue: Issue, title: str) -> Iterator[tuple[str, dict[str, Any]]]:
    if issue.title != title:
        yield "renamed", {"rename": {"from": issue.title, "to": title}}


def _state_events(_repo: Repo, issue: Issue, state: str) -> Iterator[tuple[str, dict[str, Any]]]:
    if issue.state != state:
        yield ("closed" if state == "closed" else "reopened"), {}


def _label_events(repo: Repo, issue: Issue, labels: tuple[int, ...]) -> Iterator[tuple[str, dict[str, Any]]]:
    for kind, ids in (("labeled", _added(issue.labels, labels)), ("unlabeled", _added(labels, issue.labels))):
        for label in (repo.labels[one] for one in ids if one in repo.labels):
            yield kind, {"label": {"name": label.name, "color": label.color}}


def _assignee_events(_repo: Repo, issue: Issue, logins: tuple[str, ...]) -> Iterator[tuple[str, dict[str, Any]]]:
    for kind, some in (("assigned", _added(issue.assignees, logins)), ("unassigned", _added(logins, issue.assignees))):
        for login in some:
            yield kind, {"assignee": login}


def _milestone_events(repo: Repo, issue: Issue, number: int | None) -> Iterator[tuple[str, dict[str, Any]]]:
    for kind, one in (("demilestoned", issue.milestone), ("milestoned", number)):
        if one is not None:
            yield kind, {"milestone": {"title": repo.milestones[one].title}}


def _locked_events(_repo: Repo, _issue: Issue, locked: bool) -> Iterator[tuple[str, dict[str, Any]]]:
    yield ("locked" if locked else "unlocked"), {"lock_reason": None}


EVENTS: Mapping[str, Callable[[Repo, Issue, Any], Iterator[tuple[str, dict[str, Any]]]]] = {
    "title": _title_events,
    "state": _state_events,
    "labels": _label_events,
    "assignees": _assignee_events,
    "milestone": _milestone_events,
    "locked": _locked_events,
}


def _events(hub: Hub, repo: Repo, issue: Issue, wanted: Mapping[str, Any], doer: Doer) -> Iterator[Event]:
    for name, value in wanted.items():
        for kind, more in EVENTS[name](repo, issue, value) if name in EVENTS else ():
            told = {"state_reason": wanted.get("state_reason")} if kind == "closed" else more
            yield Event(hub.new_id(), kind, doer.login, hub.now(), told)


# ---------------------------------------------------------------- comments, labels, milestones


def add_comment(hub: Hub, repo: Repo, issue: Issue, doer: Doer, body: str) -> Comment:
    now = hub.now()
    comment = Comment(hub.new_id(), doer.login, body, now, now, doer.app)
    changed = change(hub, repo, issue, doer, comments=(*issue.comments, comment))
    tell(hub, repo, doer, "issue_comment", "created", changed, comment=comment)
    return comment


def edit_comment(hub: Hub, repo: Repo, issue: Issue, doer: Doer, comment: Comment, body: str) -> Comment:
    edited = replace(comment, body=body, updated_at=hub.now())
    comments = tuple(edited if one.id == comment.id else one for one in issue.comments)
    changed = change(hub, repo, issue, doer, comments=comments)
    tell(hub, repo, doer, "issue_comment", "edited", changed, comment=edited, changes={"body": {"from": comment.body}})
    return edited


def add_label(hub: Hub, repo: Repo, name: str, color: str = "ededed", description: str | None = None) -> Label:
    """A label that an issue is given and that does not exist yet is made in grey, as GitHub does."""
    label = Label(hub.new_id(), name, color, description)
    repo.labels[label.id] = label
    return label


def add_milestone(hub: Hub, repo: Repo, doer: Doer, title: str) -> Milestone:
    number = max(repo.milestones, default=0) + 1
    repo.milestones[number] = Milestone(hub.new_id(), number, title, doer.login, hub.now())
    return repo.milestones[number]


# ---------------------------------------------------------------- webhooks


def tell(hub: Hub, repo: Repo, doer: Doer, event: str, action: str, issue: Issue | None = None, **more: Any) -> None:
    """Note a webhook, in the form of GitHub's own examples."""
    if not hub.hooks.url:
        return
    show = Show(hub, hub.api)
    payload: dict[str, Any] = {"action": action, "repository": show.repo(repo), "sender": show.user(doer.login)}
    if issue is not None:
        payload["issue"] = show.issue(repo, issue)
    if "comment" in more and issue is not None:
        more["comment"] = show.comment(repo, issue, more["comment"])
    hub.hooks.note(event, {**payload, **more})


def _tell_changes(hub: Hub, repo: Repo, doer: Doer, old: Issue, new: Issue, events: tuple[Event, ...]) -> None:
    changes = {
        name: {"from": getattr(old, name)} for name in ("title", "body") if getattr(old, name) != getattr(new, name)
    }
    if changes:
        tell(hub, repo, doer, "issues", "edited", new, changes=changes)
    for event in events:
        if event.kind != "renamed":
            more = {name: value for name, value in event.more.items() if name == "label"}
            tell(hub, repo, doer, "issues", event.kind, new, **more)

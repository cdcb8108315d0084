"""A plain page for people who run the stand-in by hand: to see the issues, and to do what people do to them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from html import escape
from urllib.parse import parse_qsl

from .hub import Hub
from .model import Issue, Repo
from .people import Person
from .wire import Answer, Request

_PATH = re.compile(r"/(?P<owner>[^/]+)/(?P<repo>[^/]+)/(?:issues|pull)(?:/(?P<number>\d+))?/?")
_HEAD = "<!doctype html><meta charset=utf-8><title>{0}</title><style>body{{font:16px sans-serif;margin:2em}}</style>"

ACTIONS: Mapping[str, Callable[[Person, int, str], object]] = {
    "close": lambda person, number, _text: person.close(number),
    "close as not planned": lambda person, number, _text: person.close(number, "not_planned"),
    "reopen": lambda person, number, _text: person.reopen(number),
    "comment": lambda person, number, text: person.comment(number, text),
    "new title": lambda person, number, text: person.edit(number, title=text),
    "label": lambda person, number, text: person.label(number, text),
    "assign to": lambda person, number, text: person.assign(number, *text.split()),
    "delete": lambda person, number, _text: person.delete(number),
}


def is_page(request: Request) -> bool:
    """Paths of the interface begin otherwise: /repos, /user, /search and so on."""
    return _PATH.fullmatch(request.path) is not None and not request.path.startswith(("/repos/", "/repositories/"))


def page(hub: Hub, request: Request, login: str) -> Answer:
    """The list or one issue; a form does something as `login` and comes back."""
    found = _PATH.fullmatch(request.path)
    assert found is not None
    name = f"{found['owner']}/{found['repo']}"
    if name.lower() not in hub.names:
        return _html("Not found", "<h1>Not found</h1>", 404)
    number = int(found["number"]) if found["number"] else None
    with hub.lock:
        if request.writes:
            return _done(hub, request, Person.at(hub, login, name), number)
        repo = hub.repo(name)
        issue = repo.latest(number) if number else None
        return _one(repo, issue) if isinstance(issue, Issue) else _all(repo)


def _done(hub: Hub, request: Request, person: Person, number: int | None) -> Answer:
    form = dict(parse_qsl(request.body.decode()))
    action, text = form.get("do", ""), form.get("text", "")
    if number is None and text:
        number = person.open(text)
    elif number is not None and action in ACTIONS:
        ACTIONS[action](person, number, text)
    return Answer(303, b"", {"Location": f"{hub.web}/{person.repo.full_name}/issues"})


def _all(repo: Repo) -> Answer:
    rows = "".join(f"<li value={one.number}>{_link(repo, one)} <small>{_state(one)}</small>" for one in repo.issues())
    form = "<form method=post><input name=text size=60 placeholder='Title'> <button>new issue</button></form>"
    return _html(repo.full_name, f"<h1>{escape(repo.full_name)}</h1><ol>{rows}</ol>{form}")


def _link(repo: Repo, issue: Issue) -> str:
    return f"<a href='/{escape(repo.full_name)}/issues/{issue.number}'>{escape(issue.title)}</a>"


def _state(issue: Issue) -> str:
    people = f", assigned to {', '.join(issue.assignees)}" if issue.assignees else ""
    return escape(f"{issue.state} {issue.state_reason or ''}".strip() + people)


def _one(repo: Repo, issue: Issue) -> Answer:
    labels = ", ".join(repo.labels[one].name for one in issue.labels if one in repo.labels)
    talk = "".join(f"<hr><b>{escape(one.author)}</b><pre>{escape(one.body)}</pre>" for one in issue.comments)
    buttons = "".join(f"<button name=do value='{name}'>{name}</button> " for name in ACTIONS)
    form = f"<form method=post><input name=text size=60> {buttons}</form>"
    head = f"<h1>{escape(issue.title)} #{issue.number}</h1><p>{_state(issue)}; labels: {escape(labels) or 'none'}"
    back = f"<p><a href='/{escape(repo.full_name)}/issues'>all issues</a>"
    return _html(issue.title, f"{back}{head}<pre>{escape(issue.body or '')}</pre>{talk}<hr>{form}")


def _html(title: str, body: str, status: int = 200) -> Answer:
    text = _HEAD.format(escape(title)) + body
    return Answer(status, text.encode(), {"Content-Type": "text/html; charset=utf-8"})

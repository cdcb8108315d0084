"""GET /search/issues: an index that knows what was true a while ago.

People report 20 seconds to 12 minutes between a change and its place in the index; `Hub.search_lag` is that time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from .access import role_of
from .call import Call
from .model import Issue, Repo
from .pages import page_of
from .wire import Answer, invalid

QUERY_LIMIT, RESULTS_LIMIT = 256, 1000
_TERM = re.compile(r'(?:([a-z-]+):)?("[^"]*"|\S+)')


def _label(repo: Repo, issue: Issue, name: str) -> bool:
    return any(repo.labels[one].name.lower() == name.lower() for one in issue.labels if one in repo.labels)


def _is(_repo: Repo, issue: Issue, word: str) -> bool:
    facts = {"issue": not issue.pull_request, "pr": issue.pull_request, issue.state: True}
    return facts.get(word, False)


def _text(_repo: Repo, issue: Issue, words: str) -> bool:
    return words.lower() in f"{issue.title}\n{issue.body or ''}".lower()


QUALIFIERS: Mapping[str, Callable[[Repo, Issue, str], bool]] = {
    "repo": lambda repo, _issue, name: repo.full_name.lower() == name.lower(),
    "is": _is,
    "type": _is,
    "state": lambda _repo, issue, state: issue.state == state,
    "label": _label,
    "author": lambda _repo, issue, login: issue.author.lower() == login.lower(),
    "assignee": lambda _repo, issue, login: login.lower() in (one.lower() for one in issue.assignees),
    "in": lambda _repo, _issue, _where: True,
    "": _text,
}
SORTS: Mapping[str, Callable[[Issue], Any]] = {
    "created": lambda issue: issue.created_at,
    "updated": lambda issue: issue.updated_at,
    "comments": lambda issue: len(issue.comments),
}


def issues(call: Call) -> Answer:
    query = call.request.query.get("q", "")
    if not query.strip() or len(query) > QUERY_LIMIT:
        raise invalid({"resource": "Search", "field": "q", "code": "missing" if not query.strip() else "invalid"})
    terms = [(name if name in QUALIFIERS else "", text.strip('"')) for name, text in _TERM.findall(query)]
    repos = _visible(call, [text for name, text in terms if name == "repo"])
    moment = call.hub.now() - call.hub.search_lag
    found = [
        (repo, issue)
        for repo in repos
        for issue in repo.issues(moment)
        if all(QUALIFIERS[name](repo, issue, text) for name, text in terms)
    ]
    return page_of(
        call, _sorted(call, found)[:RESULTS_LIMIT], "/search/issues", lambda shown: _shown(call, shown, found)
    )


def _visible(call: Call, named: list[str]) -> list[Repo]:
    seen = [repo for repo in call.hub.repos.values() if role_of(call.token, repo) is not None]
    names = {repo.full_name.lower() for repo in seen}
    if any(name.lower() not in names for name in named):
        message = "The listed users and repositories cannot be searched."
        raise invalid({"resource": "Search", "field": "q", "code": "invalid", "message": message})
    return seen


def _sorted(call: Call, found: list[tuple[Repo, Issue]]) -> list[tuple[Repo, Issue]]:
    key = SORTS.get(call.request.query.get("sort", ""), SORTS["created"])
    return sorted(found, key=lambda row: key(row[1]), reverse=call.request.query.get("order", "desc") == "desc")


def _shown(call: Call, shown: list[tuple[Repo, Issue]], found: list[Any]) -> dict[str, Any]:
    items = [{**call.show.issue(repo, issue), "score": 1.0} for repo, issue in shown]
    told = {"total_count": len(found), "incomplete_results": False, "search_type": "lexical"}
    return {**told, "items": items}

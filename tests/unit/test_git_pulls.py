"""Pull requests on GitHub: which requests are sent, and what is understood of the answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from pmtrack.sources.base import Host, Pull
from pmtrack.sources.git.pulls import GitHubPulls
from pmtrack.sources.git.remote import host, place
from pmtrack.sources.settings import GitSettings

ANSWER = {"number": 7, "title": "T", "body": "one\r\ntwo", "state": "open"}


class Desk:
    def __init__(self, *listed: Any) -> None:
        self.listed = listed
        self.sent: list[tuple[Any, ...]] = []

    def get(self, path: str, params: Mapping[str, str]) -> Any:
        self.sent.append(("GET", path, dict(params)))
        return list(self.listed)

    def send(self, verb: str, path: str, body: Mapping[str, Any]) -> Any:
        self.sent.append((verb, path, dict(body)))
        return ANSWER


def test_the_open_one_of_our_branch_is_looked_for() -> None:
    desk = Desk(ANSWER)
    assert GitHubPulls("acme/pm", desk).find("pmtrack/pm", "main") == Pull(7, "T", "one\ntwo")
    assert desk.sent == [
        ("GET", "/repos/acme/pm/pulls", {"state": "open", "head": "acme:pmtrack/pm", "base": "main"}),
    ]
    assert GitHubPulls("acme/pm", Desk()).find("pmtrack/pm", "main") is None


def test_a_body_that_was_emptied_is_one() -> None:
    assert GitHubPulls("acme/pm", Desk({**ANSWER, "body": None})).find("b", "main") == Pull(7, "T", "")


def test_it_is_opened_edited_and_closed() -> None:
    desk = Desk()
    pulls = GitHubPulls("acme/pm", desk)
    made = pulls.open("pmtrack/pm", "main", "T", "B")
    pulls.edit(made, "T2", "B2")
    pulls.close(made)
    assert desk.sent == [
        ("POST", "/repos/acme/pm/pulls", {"title": "T", "head": "pmtrack/pm", "base": "main", "body": "B"}),
        ("PATCH", "/repos/acme/pm/pulls/7", {"title": "T2", "body": "B2"}),
        ("PATCH", "/repos/acme/pm/pulls/7", {"state": "closed"}),
    ]


@pytest.mark.parametrize(
    ("remote", "found"),
    [
        ("git@github.com:acme/pm.git", Host("github", "https://github.com", "acme/pm")),
        ("https://gitlab.com/a/b/pm.git", Host("gitlab", "https://gitlab.com", "a/b/pm")),
        ("https://github.com/acme/pm.wiki.git", Host("github", "https://github.com", "acme/pm")),
        ("/srv/pm.git", None),
    ],
)
def test_where_a_repository_is_talked_with(remote: str, found: Host | None) -> None:
    assert host(place(GitSettings(name="pm", kind="git", remote=remote, tracker="t"))) == found

"""Addresses of hosts: what a remote's address tells, and the pages where people read a document there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from pmtrack.sources.git.remote import address, place
from pmtrack.sources.settings import GitSettings

SHA = "0123456789abcdef0123456789abcdef01234567"
PATH = "2026/check out (#1).md"
QUOTED = "2026/check%20out%20%28%231%29.md"


def settings(remote: str, **more: Any) -> GitSettings:
    return GitSettings.model_validate({"name": "pm", "kind": "git", "remote": remote, "tracker": "t", **more})


PAGES = [
    ("https://github.com/acme/pm.git", f"https://github.com/acme/pm/blob/{SHA}/{QUOTED}?plain=1#L7"),
    ("git@github.com:acme/pm.git", f"https://github.com/acme/pm/blob/{SHA}/{QUOTED}?plain=1#L7"),
    (
        "ssh://git@github.acme.example:2222/acme/pm",
        f"https://github.acme.example/acme/pm/blob/{SHA}/{QUOTED}?plain=1#L7",
    ),
    ("https://gitlab.com/a/b/pm.git", f"https://gitlab.com/a/b/pm/-/blob/{SHA}/{QUOTED}?plain=1#L7"),
    (
        "https://gitlab.acme.example:8443/a/pm.git",
        f"https://gitlab.acme.example:8443/a/pm/-/blob/{SHA}/{QUOTED}?plain=1#L7",
    ),
    ("git@bitbucket.org:acme/pm.git", f"https://bitbucket.org/acme/pm/src/{SHA}/{QUOTED}#lines-7"),
    (
        "https://bitbucket.acme.example/scm/ops/pm.git",
        f"https://bitbucket.acme.example/projects/ops/repos/pm/browse/{QUOTED}?at={SHA}#7",
    ),
    (
        "ssh://git@bitbucket.acme.example:7999/~ana/pm.git",
        f"https://bitbucket.acme.example/users/ana/repos/pm/browse/{QUOTED}?at={SHA}#7",
    ),
    (
        "https://gitea.acme.example/a/pm.git",
        f"https://gitea.acme.example/a/pm/src/commit/{SHA}/{QUOTED}?display=source#L7",
    ),
    ("https://codeberg.org/a/pm.git", f"https://codeberg.org/a/pm/src/commit/{SHA}/{QUOTED}?display=source#L7"),
    ("https://github.com/acme/pm.wiki.git", "https://github.com/acme/pm/wiki/check%20out%20%28%231%29"),
    ("git@gitlab.com:acme/pm.wiki.git", "https://gitlab.com/acme/pm/-/wikis/2026/check%20out%20%28%231%29"),
    ("https://gitea.acme.example/a/pm.wiki.git", "https://gitea.acme.example/a/pm/wiki/2026/check%20out%20%28%231%29"),
    ("/srv/git/pm.git", ""),
    ("../pm.git", ""),
    ("file:///srv/git/github/pm.git", ""),
    ("https://git.acme.example/a/pm.git", ""),
]


@pytest.mark.parametrize(("remote", "page"), PAGES)
def test_a_line_of_a_document_at_a_commit(remote: str, page: str) -> None:
    assert place(settings(remote)).page(PATH, SHA, 7) == page


@pytest.mark.parametrize(
    ("remote", "page"),
    [
        ("https://github.com/acme/pm.git", f"https://github.com/acme/pm/blob/main/{QUOTED}"),
        ("https://gitlab.com/acme/pm.git", f"https://gitlab.com/acme/pm/-/blob/main/{QUOTED}"),
        ("git@bitbucket.org:acme/pm.git", f"https://bitbucket.org/acme/pm/src/main/{QUOTED}"),
        ("https://gitea.acme.example/a/pm.git", f"https://gitea.acme.example/a/pm/src/branch/main/{QUOTED}"),
        ("https://github.com/acme/pm.wiki.git", "https://github.com/acme/pm/wiki/check%20out%20%28%231%29"),
        ("/srv/pm.git", ""),
    ],
)
def test_a_document_as_it_is_now(remote: str, page: str) -> None:
    assert place(settings(remote)).current(PATH, "main") == page


@pytest.mark.parametrize(
    ("remote", "page"),
    [
        ("https://github.com/acme/pm.git", f"https://github.com/acme/pm/commit/{SHA}"),
        ("https://gitlab.com/acme/pm.git", f"https://gitlab.com/acme/pm/-/commit/{SHA}"),
        ("git@bitbucket.org:acme/pm.git", f"https://bitbucket.org/acme/pm/commits/{SHA}"),
        ("/srv/pm.git", "commit 0123456789ab"),
    ],
)
def test_the_evidence_of_a_change_is_its_commit(remote: str, page: str) -> None:
    assert place(settings(remote)).commit(SHA) == page


def test_a_host_that_its_name_does_not_tell_is_named_in_the_configuration() -> None:
    there = settings("ssh://git@code.acme.example/pm.git", host="gitlab", web="https://code.acme.example/ops/pm/")
    assert place(there).page("a.md", SHA, 1) == f"https://code.acme.example/ops/pm/-/blob/{SHA}/a.md?plain=1#L1"


@pytest.mark.parametrize("path", ["{commit}.md", "{line}/{web}.md"])
def test_a_name_that_looks_like_a_form_is_a_name(path: str) -> None:
    page = place(settings("https://github.com/acme/pm")).page(path, SHA, 3)
    assert page.startswith(f"https://github.com/acme/pm/blob/{SHA}/%7B")


def test_a_path_is_relative_to_the_configuration_file() -> None:
    assert address(settings("../git/pm.git"), Path("/srv/pmtrack")) == "/srv/git/pm.git"
    assert address(settings("git@host:a/b.git"), Path("/srv")) == "git@host:a/b.git"
    assert address(settings("https://host/a/b.git"), Path("/srv")) == "https://host/a/b.git"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"remote": "https://me:hunter2@host/x.git"}, "set the token in the environment"),
        ({"remote": "https://hunter2@host/x.git"}, "set the token in the environment"),
        ({"remote": "ssh://git:hunter2@host/x.git"}, "set the token in the environment"),
        ({"remote": "http://host/x.git"}, "no way to reach it"),
        ({"remote": "ext::sh -c true"}, "no address"),
        ({"remote": "--upload-pack=true"}, "no address"),
        ({"remote": "host:x\n.git"}, "no address"),
        ({"remote": " "}, "no address"),
        ({"branch": "-x"}, "no name of a branch"),
        ({"branch": "a..b"}, "no name of a branch"),
        ({"branch": "a b"}, "no name of a branch"),
        ({"branch": "x.lock"}, "no name of a branch"),
        ({"branch": "a:b"}, "no name of a branch"),
        ({"publish": {"author": "pmtrack"}}, "write it as Name <mail"),
        ({"publish": {"author": "a <b>\nevil <c>"}}, "write it as Name <mail"),
        ({"publish": {"min_interval": "often"}}, "30s, 5m, 1h"),
        ({"publish": {"mode": "force"}}, "push"),
        ({"link": "https://host/x"}, "leads nowhere"),
        ({"depth": 0}, "greater than 0"),
        ({"web": "https://me:hunter2@host/x"}, "without a user or a password"),
        ({"web": "host/x"}, "without a user or a password"),
        ({"user": "me:hunter2"}, "pattern"),
        ({"path": "x"}, "Extra inputs"),
    ],
)
def test_wrong_settings_say_what_is_wrong(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        settings(**{"remote": "https://host/x.git", **wrong})


@pytest.mark.parametrize("branch", ["main", "team/postmortems", "release-1.2", "\u00e9t\u00e9", "a_b"])
def test_usual_branches_are_fine(branch: str) -> None:
    assert settings("x.git", branch=branch).branch == branch

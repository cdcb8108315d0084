"""What git answers and what it is told, without git: listings, authors, messages, troubles, secrets."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pmtrack.errors import SourceError
from pmtrack.model import Who
from pmtrack.secrets import has, token, variable
from pmtrack.sources import globs
from pmtrack.sources.base import Seen
from pmtrack.sources.git.command import _environment
from pmtrack.sources.git.message import message
from pmtrack.sources.git.push import Author
from pmtrack.sources.git.remote import Place
from pmtrack.sources.git.secret import HIDDEN, secret
from pmtrack.sources.git.tree import Blob, roots, tree
from pmtrack.sources.git.trouble import Push, fetching, pushed, shortly
from pmtrack.sources.git.who import told

A, B, C = "a" * 40, "b" * 40, "c" * 40


def listing(*entries: str) -> bytes:
    return "".join(f"{entry}\0" for entry in entries).encode(errors="surrogateescape")


def listed(data: bytes, **targets: str) -> list[Seen]:
    return list(tree(A, data, globs.matcher(["**/*.md"]), lambda oid: targets[oid[0]]).seen())


def test_files_are_documents_and_the_rest_is_not() -> None:
    data = listing(
        f"100644 blob {A}\ta.md",
        f"100755 blob {B}\tx/b.md",
        f"100644 blob {A}\tnotes.txt",
        f"160000 commit {C}\tsub.md",
    )
    found = tree(C, data, globs.matcher(["**/*.md"]), str)
    assert [seen.path for seen in found.seen()] == ["a.md", "x/b.md"]
    assert (found.commit, found.blob("x/b.md")) == (C, Blob("100755", B))


def test_a_link_to_a_document_counts_once_and_any_other_is_told() -> None:
    data = listing(f"100644 blob {A}\ta.md", f"120000 blob {B}\tx/to-a.md", f"120000 blob {C}\tout.md")
    seen = listed(data, b="../a.md", c="../../etc/passwd")
    assert [one.path for one in seen] == ["a.md", "out.md"]
    assert "is a link" in (seen[1].problem or "")


def test_a_name_with_control_characters_is_a_problem() -> None:
    seen = listed(listing(f"100644 blob {A}\tev\x1b[31mil.md", f"100644 blob {A}\tbad\udcff.md"))
    assert [one.path for one in seen] == ["bad.md", "evil.md"]
    assert all("rename it" in (one.problem or "") for one in seen)


@pytest.mark.parametrize(
    ("patterns", "folders"),
    [
        (["**/*.md"], []),
        (["postmortems/**/*.md"], ["postmortems"]),
        (["a/b/*.md", "c/d.md"], ["a/b", "c/d.md"]),
        (["a/*.md", "*.md"], []),
        (["a?/*.md"], []),
    ],
)
def test_only_the_folders_that_a_pattern_names_are_listed(patterns: list[str], folders: list[str]) -> None:
    assert roots(patterns) == folders


def test_the_newest_commit_that_touched_a_path_tells_who() -> None:
    log = b"\x01" + A.encode() + b"\x02Ana\x02\x00\nx.md\0y.md\0\0\x01" + B.encode() + b"\x02Bo\x02\x00\ny.md\0z.md\0"
    found = told(log, Place(None, ""))
    assert found == {
        "x.md": Who("Ana", "commit aaaaaaaaaaaa"),
        "y.md": Who("Ana", "commit aaaaaaaaaaaa"),
        "z.md": Who("Bo", "commit bbbbbbbbbbbb"),
    }
    assert told(b"", Place(None, "")) == {}


def test_a_message_names_the_documents_and_the_run() -> None:
    text = message(["a.md", "b.md"], "R1")
    assert text == "Update action items in 2 postmortems\n\n- a.md\n- b.md\n\nPmtrack-Run: R1\n"
    assert message(["a.md"], "R1", skip_ci=True).startswith("Update action items in a.md [skip ci]\n\n")
    many = message([f"{at}.md" for at in range(100)], "R1")
    assert many.count("\n- ") == 21
    assert "- and 80 more" in many


def test_a_message_mentions_nobody_and_closes_nothing() -> None:
    text = message(["@acme/all fixes #12.md", "x\nPmtrack-Run: forged\n.md", "closes GH-3.md"], "R\nSigned-off-by: x")
    assert "@acme" not in text
    assert "#12" not in text
    assert "GH-3" not in text
    assert text.count("\nPmtrack-Run: ") == 1
    assert "\nSigned-off-by" not in text


TROUBLES = [
    ("fatal: couldn't find remote ref refs/heads/main", "has no branch"),
    ("fatal: Authentication failed for 'https://host/x.git/'", "does not let us in"),
    ("fatal: could not read Username for 'https://host': terminal prompts disabled", "does not let us in"),
    (
        "git@github.com: Permission denied (publickey).\nfatal: Could not read from remote repository.",
        "does not let us in",
    ),
    ("remote: Repository not found.\nfatal: repository 'https://github.com/a/b/' not found", "is not there, or not"),
    (
        "fatal: '/x.git' does not appear to be a git repository\nfatal: Could not read from remote",
        "is not there, or not",
    ),
    ("fatal: unable to access 'https://h/': Could not resolve host: h", "cannot be reached"),
    ("fatal: unable to access 'https://h/': The requested URL returned error: 503", "cannot be reached"),
    ("timed out after 600 seconds", "did not answer in time"),
    ("fatal: write error: No space left on device", "disk is full"),
    ("fatal: unable to access 'https://h/': SSL certificate problem", "cannot be reached"),
]


@pytest.mark.parametrize(("words", "sentence"), TROUBLES)
def test_what_git_says_of_a_remote_becomes_advice(words: str, sentence: str) -> None:
    assert sentence in (fetching(words) or "")


PUSHES = [
    (0, "", Push.DONE),
    (1, "!\ta:refs/heads/main\t[rejected] (stale info)", Push.MOVED),
    (1, "!\ta:refs/heads/main\t[rejected] (fetch first)", Push.MOVED),
    (1, "! [remote rejected] main -> main (cannot lock ref 'refs/heads/main': is at x but expected y)", Push.MOVED),
    (1, "remote: error: GH006: Protected branch update failed for refs/heads/main.", Push.PROTECTED),
    (1, "remote: error: GH013: Repository rule violations found for refs/heads/main.", Push.PROTECTED),
    (1, "remote: GitLab: You are not allowed to push code to protected branches on this project.", Push.PROTECTED),
    (1, "!\ta:refs/heads/main\t[remote rejected] (pre-receive hook declined)", Push.PROTECTED),
    (128, "remote: Permission to acme/pm.git denied to bot.\nThe requested URL returned error: 403", Push.REFUSED),
    (1, "ERROR: The key you are authenticating with has been marked as read only.", Push.REFUSED),
    (1, "remote: This repository was archived so it is read-only.", Push.REFUSED),
    (1, "fatal: the remote end hung up unexpectedly", Push.UNSURE),
    (-1, "timed out after 600 seconds", Push.UNSURE),
]


@pytest.mark.parametrize(("code", "words", "outcome"), PUSHES)
def test_what_became_of_a_push(code: int, words: str, outcome: Push) -> None:
    assert pushed(code, words) is outcome


def test_the_line_that_tells_most_is_told() -> None:
    said = "To host\n!\ta:b\t[remote rejected] (protected)\nDone\nerror: failed to push"
    assert shortly(said) == "[remote rejected] (protected)"
    assert shortly(f"{said}\nremote: error: GH006: Protected branch.") == "GH006: Protected branch."
    assert shortly("") == "no reason given"
    assert len(shortly("x" * 500)) == 200


def test_a_token_is_handed_over_as_a_header_of_its_host_only() -> None:
    found = secret("https://host:8443/a/b.git", "bot", "s3cret")
    assert list(found.settings) == ["http.https://host:8443/.extraHeader"]
    assert (
        found.hidden("fatal: https://bot:s3cret@host Ym90OnMzY3JldA==") == f"fatal: https://bot:{HIDDEN}@host {HIDDEN}"
    )
    assert "s3cret" not in repr(found)
    for remote in ("git@host:a/b.git", "ssh://git@host/a.git", "/srv/a.git"):
        assert secret(remote, "bot", "s3cret").settings == {}


def test_a_token_comes_from_the_environment_or_a_file(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("from-file\n")
    assert variable("acme-1") == "PMTRACK_ACME_1_TOKEN"
    assert token("acme", environment={"PMTRACK_ACME_TOKEN": " x1 "}, fails=SourceError) == "x1"
    file = {"PMTRACK_ACME_TOKEN_FILE": str(tmp_path / "token")}
    assert token("acme", environment=file, fails=SourceError) == "from-file"
    assert has("acme", environment=file)
    assert not has("acme", environment={"PMTRACK_ACME_TOKEN": " "})


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({}, "there is no PMTRACK_ACME_TOKEN"),
        ({"PMTRACK_ACME_TOKEN": "hunter 2"}, "holds spaces or signs"),
        ({"PMTRACK_ACME_TOKEN": "hunter2\x07"}, "holds spaces or signs"),
        ({"PMTRACK_ACME_TOKEN": "a", "PMTRACK_ACME_TOKEN_FILE": "b"}, "both set"),
        ({"PMTRACK_ACME_TOKEN_FILE": "/nosuch/file"}, "cannot be read"),
    ],
)
def test_a_missing_token_is_named_and_none_is_told(environment: dict[str, str], words: str) -> None:
    with pytest.raises(SourceError, match=words) as caught:
        token("acme", environment=environment, fails=SourceError)
    assert "hunter" not in str(caught.value)


def test_git_does_not_inherit_what_leads_it_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GIT_DIR", "GIT_INDEX_FILE", "GIT_TRACE_CURL", "GIT_CONFIG_PARAMETERS", "GIT_ASKPASS"):
        monkeypatch.setenv(name, "/elsewhere")
    monkeypatch.setenv("GIT_SSH_COMMAND", "ssh -i key")
    made = _environment({"http.x.extraHeader": "h", "GIT_INDEX_FILE": "i"})
    assert "/elsewhere" not in made.values()
    assert (made["GIT_SSH_COMMAND"], made["GIT_INDEX_FILE"], made["GIT_TERMINAL_PROMPT"]) == ("ssh -i key", "i", "0")
    last = int(made["GIT_CONFIG_COUNT"]) - 1
    assert (made[f"GIT_CONFIG_KEY_{last}"], made[f"GIT_CONFIG_VALUE_{last}"]) == ("http.x.extraHeader", "h")


def test_the_author_of_commits_is_the_configured_one() -> None:
    author = Author.of("Post Mortem <bot@acme.example>", datetime(2026, 3, 1, tzinfo=UTC))
    assert author.variables["GIT_AUTHOR_NAME"] == author.variables["GIT_COMMITTER_NAME"] == "Post Mortem"
    assert author.variables["GIT_AUTHOR_EMAIL"] == "bot@acme.example"
    assert author.variables["GIT_COMMITTER_DATE"] == "1772323200 +0000"

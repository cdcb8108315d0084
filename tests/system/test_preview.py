"""`pmtrack preview`: what merging would do, from commits of a checkout and the store alone."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from support.scratch import Answer, Scratch, assert_quiet

AGAIN = """\
# Cards refused again

Date: 2026-04-07

## Action items

- [ ] Add an alert on the card refusals (owner: Ana, due 2099-12-01)
- [ ] Improve monitoring (P1)
- [ ] Page the on-call person within five minutes (owner: Bo, due 2099-12-01)
- [x] Restart the gateway
- [ ] Widen the queue (OPS-12)

## Ideas

- Perhaps a gateway of our own
"""
GITHUB = """\
store = "sqlite:///none.db"

[[sources]]
name = "postmortems"
kind = "folder"
path = "postmortems"
tracker = "shop"

[trackers.shop]
kind = "github"
repository = "acme/shop"
base_url = "http://127.0.0.1:9"
"""


def git(folder: Path, *words: str) -> str:
    who = ("-c", "user.name=Ana", "-c", "user.email=ana@acme.example", "-c", "init.defaultBranch=main")
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    done = subprocess.run(["git", *who, *words], cwd=folder, env=clean, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def commit(scratch: Scratch, words: str = "Write it down") -> None:
    git(scratch.folder, "add", "--all")
    git(scratch.folder, "commit", "--quiet", "--message", words)


@pytest.fixture
def checkout(scratch: Scratch) -> Scratch:
    """A repository with a postmortem that was synced, and a branch to change it on."""
    git(scratch.folder, "init", "--quiet")
    (scratch.folder / ".gitignore").write_text("pmtrack.db*\n", encoding="utf-8")
    scratch.sync("--yes")
    commit(scratch)
    git(scratch.folder, "checkout", "--quiet", "-b", "change")
    return scratch


def preview(scratch: Scratch, *words: str) -> Any:
    answer = scratch.run("preview", "--base", "main", "--format", "json", *words)
    assert (answer.code, answer.err) == (0, ""), answer
    return answer.json


def test_a_new_postmortem(checkout: Scratch) -> None:
    checkout.write("again.md", AGAIN)
    commit(checkout)
    seen = preview(checkout)
    assert seen["headline"] == "merging creates 3 issues"
    alert, vague, page = seen["create"]
    assert [one["text"] for one in (alert, vague, page)] == [
        "Add an alert on the card refusals",
        "Improve monitoring",
        "Page the on-call person within five minutes",
    ]
    assert (alert["tracker"], alert["owners"], alert["due"], alert["due_source"], alert["findings"]) == (
        "board", ["Ana"], "2099-12-01", "explicit", [],
    )  # fmt: skip
    assert alert["asked"] == "asked for 2 times since March, never done"
    assert (vague["owners"], vague["due_source"], vague["asked"]) == ([], "policy", None)
    assert len(vague["findings"]) == 2, "no owner, and nothing measurable; the policy gives the date"
    assert seen["aside"] == {"closed": 1, "proposed": 1, "ticket": 1}
    assert (seen["change"], seen["problems"]) == ([], [])


def test_it_is_what_a_sync_then_does(checkout: Scratch) -> None:
    checkout.write("again.md", AGAIN)
    checkout.edit("- [ ] Add", "- [x] Add")
    checkout.edit("Write the runbook for the payment queue", "Write the runbook for the whole payment queue")
    commit(checkout)
    seen = preview(checkout)
    planned = [("create", one["text"]) for one in seen["create"]]
    planned += [(one["verb"], one["text"]) for one in seen["change"]]
    done = checkout.run("sync", "--format", "json").json["changes"]
    assert sorted(planned) == sorted((one["verb"], one["text"]) for one in done)
    assert "closes 1" in seen["headline"]
    assert_quiet(checkout)


def test_what_leaves_its_document_and_what_only_moves(checkout: Scratch) -> None:
    checkout.edit("- [ ] Rotate the gateway certificate (owner: Bo)\n", "")
    commit(checkout)
    git(checkout.folder, "mv", "postmortems/outage.md", "postmortems/checkout.md")
    commit(checkout)
    seen = preview(checkout)
    assert seen["headline"] == "merging takes 1 out of a document"
    assert [(one["verb"], one["text"]) for one in seen["change"]] == [("remove", "Rotate the gateway certificate")]


def test_what_waits_on_the_base_anyway_is_not_its_doing(checkout: Scratch) -> None:
    """Nobody has synced what was merged before."""
    git(checkout.folder, "checkout", "--quiet", "main")
    checkout.write("again.md", AGAIN)
    commit(checkout)
    git(checkout.folder, "checkout", "--quiet", "-B", "change")
    git(checkout.folder, "mv", "postmortems/again.md", "postmortems/2026-04-07.md")
    checkout.edit("- [x] Restart the gateway\n", "- [ ] Restart the gateway once a week (owner: Bo)\n", "2026-04-07.md")
    commit(checkout)
    seen = preview(checkout)
    assert [one["text"] for one in seen["create"]] == ["Restart the gateway once a week"]
    assert seen["aside"] == {}


@pytest.mark.sqlite
def test_without_a_store_it_compares_the_documents(checkout: Scratch) -> None:
    checkout.database.unlink()
    checkout.write("again.md", AGAIN)
    commit(checkout)
    seen = preview(checkout)
    assert seen["headline"] == "merging creates 3 issues"
    assert seen["create"][0]["asked"] == "asked for 2 times since March, never done"
    assert not checkout.database.exists()


def test_a_change_of_nothing_that_matters(checkout: Scratch) -> None:
    checkout.edit("Certificates expire on Sundays.", "Certificates expire on Mondays.")
    commit(checkout)
    assert preview(checkout)["headline"] == "merging changes nothing that concerns action items"


def test_it_writes_nothing(checkout: Scratch) -> None:
    checkout.write("again.md", AGAIN)
    commit(checkout)
    before, rows, head = checkout.files(), checkout.rows(), git(checkout.folder, "for-each-ref")
    preview(checkout)
    assert (checkout.files(), checkout.rows(), git(checkout.folder, "for-each-ref")) == (before, rows, head)


def test_it_needs_neither_a_token_nor_a_server(checkout: Scratch) -> None:
    checkout.config.write_text(GITHUB, encoding="utf-8")
    checkout.write("again.md", AGAIN)
    commit(checkout)
    assert [one["tracker"] for one in preview(checkout)["create"]] == ["shop"] * 3


def test_a_template_and_the_brake_wait_for_a_yes(checkout: Scratch) -> None:
    with checkout.config.open("a", encoding="utf-8") as file:
        file.write("[sync]\nbrake = { creates = 2 }\n")
    checkout.write("again.md", AGAIN)
    checkout.write("template.md", AGAIN.replace("Cards refused again", "[Title]").replace("2026-04-07", "[YYYY-MM-DD]"))
    commit(checkout)
    answer = checkout.run("preview", "--base", "main", "--format", "markdown")
    assert answer.out.startswith("### pmtrack: merging would create 6 more after a yes\n")
    assert answer.out.count(", after a yes |") == 6
    waits = answer.out.partition("**Waits for a yes after merging**")[2].partition("**Also**")[0]
    assert "looks like a template" in waits
    assert "more than the brake allows" in waits


def test_a_source_elsewhere_is_left_out_and_said(checkout: Scratch, tmp_path: Path) -> None:
    outside = tmp_path.parent / f"{tmp_path.name}-elsewhere"
    outside.mkdir()
    with checkout.config.open("a", encoding="utf-8") as file:
        file.write(f'[[sources]]\nname = "other"\npath = "{outside}"\ntracker = "board"\n')
    checkout.write("again.md", AGAIN)
    commit(checkout)
    answer = checkout.run("preview", "--base", "main", "--format", "json")
    assert answer.code == 1
    assert answer.json["problems"] == ["source other is not in this repository, and was left out"]
    assert len(answer.json["create"]) == 3


@pytest.mark.parametrize("form", ["https://github.com/Acme/shop", "git@github.com:acme/shop.git"])
def test_a_git_source_is_the_checkout_of_the_same_repository(checkout: Scratch, form: str) -> None:
    git(checkout.folder, "remote", "add", "origin", form)
    config = GITHUB.replace(
        'kind = "folder"\npath = "postmortems"', 'kind = "git"\nremote = "https://github.com/acme/shop.git"'
    )
    checkout.config.write_text(config, encoding="utf-8")
    checkout.write("again.md", AGAIN)
    commit(checkout)
    assert [one["postmortem"] for one in preview(checkout)["create"]] == ["postmortems/again.md"] * 3
    said = checkout.run("preview", "--base", "main", "--format", "markdown").out
    assert (
        f"(https://github.com/acme/shop/blob/{git(checkout.folder, 'rev-parse', 'HEAD')}/postmortems/again.md" in said
    )


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--base", "nosuch"), "there is no commit 'nosuch' in this checkout"),
        (("--base", "--output=x"), "there is no commit '--output=x' in this checkout"),
        (("--base", "main", "--head", "0" * 40), "there is no commit '0000"),
    ],
)
def test_a_commit_that_is_not_there_is_a_sentence(checkout: Scratch, words: tuple[str, ...], sentence: str) -> None:
    answer: Answer = checkout.run("preview", *words)
    assert answer.code == 1
    assert sentence in answer.err
    assert len(answer.complaints) == 1


def test_outside_of_a_repository_is_a_sentence(scratch: Scratch, tmp_path: Path) -> None:
    answer = scratch.run("preview", "--base", "main")
    assert (answer.code, "is in no git repository" in answer.err) == (1, True)


def test_a_document_with_bytes_that_are_no_text_is_said(checkout: Scratch) -> None:
    (checkout.postmortems / "broken.md").write_bytes(b"\0\1\2" * 50)
    commit(checkout)
    answer = checkout.run("preview", "--base", "main", "--format", "json")
    assert answer.code == 1
    assert "broken.md" in answer.json["problems"][0]


@pytest.mark.sqlite
def test_in_a_second_working_tree(checkout: Scratch, tmp_path: Path) -> None:
    """There `.git` is a file that leads to the repository."""
    checkout.write("again.md", AGAIN)
    commit(checkout)
    there = tmp_path.parent / f"{tmp_path.name}-worktree"
    git(checkout.folder, "worktree", "add", "--quiet", "--detach", str(there), "change")
    shutil.copy(checkout.database, there)
    second = Scratch(there)
    assert preview(second)["headline"] == "merging creates 3 issues"

"""Which branch a document is proposed on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmtrack.sources.git.groups import each, grouped, one
from pmtrack.sources.settings import GitPublishSettings, GitSettings, unpublishable, with_shared

PATHS = ["a.md", "pm/b.md", "pm/pay/c.md", "pm/pay/2026/d.md", "pm/-/e.md"]
names = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="/"), min_size=1)


def test_one_branch_is_for_all_documents_of_a_source() -> None:
    assert grouped("pm", PATHS, [], per_folder=False) == {"pmtrack/pm": sorted(PATHS)}
    assert grouped("pm", [], [], per_folder=False) == {}


@pytest.mark.parametrize(
    ("roots", "expected"),
    [
        ([], {"-": ["a.md"], "pm": ["pm/-/e.md", "pm/b.md", "pm/pay/2026/d.md", "pm/pay/c.md"]}),
        (
            ["pm"],
            {
                "-": ["a.md"],
                "pm/-": ["pm/b.md"],
                "pm/=2D": ["pm/-/e.md"],
                "pm/pay": ["pm/pay/2026/d.md", "pm/pay/c.md"],
            },
        ),
        (["pm/pay", "pm"], {"-": 1, "pm/-": 1, "pm/=2D": 1, "pm/pay": 2}),
    ],
)
def test_one_for_each_folder_below_the_one_that_a_pattern_names(
    roots: list[str], expected: dict[str, list[str] | int]
) -> None:
    found = grouped("pm", PATHS, roots, per_folder=True)
    shown = {branch.removeprefix("pmtrack-pm/"): paths for branch, paths in found.items()}
    counted = {name: len(paths) if isinstance(expected.get(name), int) else paths for name, paths in shown.items()}
    assert counted == expected


@given(names, names)
def test_every_folder_has_a_branch_that_git_takes_and_no_other_folder_has(first: str, second: str) -> None:
    branches = [next(iter(grouped("pm", [f"{name}/a.md"], [], per_folder=True))) for name in (first, second)]
    for branch in branches:
        settings = GitSettings(name="pm", kind="git", remote="x.git", tracker="t", branch=branch)
        assert settings.branch == branch
    assert (branches[0] == branches[1]) == (first == second)


@given(st.from_regex(r"[\w.-]+", fullmatch=True))
def test_every_source_has_branches_that_git_takes(name: str) -> None:
    for branch in (one(name), f"{each(name)}x"):
        assert GitSettings(name="pm", kind="git", remote="x.git", tracker="t", branch=branch).branch == branch
    assert not each(name).startswith(f"{one(name)}/"), "a branch cannot lie below another one"


# ------------------------------------------------------------ what [publish] says for all sources


def settings(remote: str = "https://github.com/a/b.git", **publish: object) -> GitSettings:
    given = {"name": "pm", "kind": "git", "remote": remote, "tracker": "t", "publish": publish}
    return GitSettings.model_validate(given)


def test_a_source_says_otherwise_what_is_said_for_all() -> None:
    shared = GitPublishSettings.model_validate({"mode": "pull-request", "min_interval": "2h", "items": True})
    found = with_shared(settings(mode="push", report=False), shared).publish
    assert (found.mode, f"{found.min_interval}", found.items, found.report) == ("push", "2:00:00", True, False)
    assert with_shared(settings(), GitPublishSettings()).publish == GitPublishSettings()


@pytest.mark.parametrize(
    "remote", ["https://github.com/a/b.wiki.git", "git@host:a/b.wiki", "https://bitbucket.org/a/b.git/wiki"]
)
def test_a_wiki_has_no_pull_requests(remote: str) -> None:
    wiki = settings(remote, mode="pull-request")
    assert unpublishable(wiki) == ('sources.pm.publish.mode: a wiki has no pull requests: set it to "push" or "off"')
    assert unpublishable(with_shared(settings(remote), GitPublishSettings(mode="pull-request")))
    assert unpublishable(settings(remote)) is None
    assert unpublishable(settings(mode="pull-request")) is None

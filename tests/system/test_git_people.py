"""People and pmtrack at work on one branch: whatever happens between our fetch and our push, nothing is lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from contract.source_suite import Hub
from pmtrack.model import Status
from pmtrack.people import Directory
from pmtrack.policy import Policy
from pmtrack.publish.reports import publish
from pmtrack.sources.base import PullRequests
from pmtrack.sources.git import outbox
from pmtrack.sources.git.push import push
from pmtrack.sources.git.source import GitSource
from pmtrack.sources.git.trouble import Push
from pmtrack.sources.settings import GitSettings
from pmtrack.sync import Places, Recorder, Rules, Sync, Terms, sync
from pmtrack.trackers.memory import MemoryTracker
from support.desk import BOARD, SETTLE, SOURCE, Desk

HEAD = "# Outage\n\nDate: 2026-11-20\n\n## Action items\n\n"
ALERT, RUNBOOK, ROTATE = "Add an alert on card refusals", "Write the runbook", "Rotate the gateway certificate"
HOUR = timedelta(hours=1)


def document(*items: str, after: str = "") -> bytes:
    return (
        HEAD + "".join(f"- [ ] {item}\n" for item in items) + f"\n## Lessons\n\nCertificates expire.\n{after}"
    ).encode()


TEXT = document(ALERT, RUNBOOK, ROTATE)


@dataclass(slots=True)
class Team(Desk):
    """Attributes:
    hub: where everybody pushes to. runs: ids of runs so far.
    """

    hub: Hub = field(default_factory=lambda: Hub(Path()))
    runs: int = 0
    more: dict[str, Any] = field(default_factory=dict)
    items: Callable[[str], str] | None = None
    pulls: PullRequests | None = None

    def run(self, *, yes: bool = True, report: bool = True, reextract: bool = False, **rules: Any) -> Sync:
        self.now += self.step
        self.runs += 1
        given = {"name": SOURCE, "kind": "git", "remote": "hub.git", "branch": "main", "tracker": BOARD, **self.more}
        source = GitSource(GitSettings.model_validate(given), self.folder, lambda: self.now)
        if self.pulls:
            source.by(self.pulls)
        places = Places({SOURCE: source}, {BOARD: self.tracker}, self.targets)
        wanted = Rules(now=self.now, yes=frozenset({SOURCE} if yes else ()), **rules)
        with self.store() as store:
            recorder = Recorder(store, f"R{self.runs}", lambda: self.now, self.now.date())
            done = sync(places, Terms(Directory(), Policy()), wanted, recorder, new_ident=self._ident)
            today = self.now.date()
            self.published = publish(source, store, self._reporting(store), today, run=recorder.run, items=self.items)
        return done

    def shown(self, path: str = "a.md") -> str:
        return self.hub.read(path).decode()

    def edit(self, old: str, new: str, path: str = "a.md", **more: Any) -> str:
        text = self.shown(path)
        assert old in text
        return self.hub.push({path: text.replace(old, new, 1).encode()}, **more)

    @property
    def memory(self) -> MemoryTracker:
        assert isinstance(self.tracker, MemoryTracker)
        return self.tracker


@pytest.fixture
def team(tmp_path: Path) -> Team:
    """Two postmortems, synced, with their reports in the branch; an hour and more ago."""
    hub = Hub.make(tmp_path / "hub.git", {"a.md": TEXT, "b.md": document("Call the bank", "Test the fallback")})
    hub.git("config", "core.logAllRefUpdates", "true")
    team = Team(tmp_path, MemoryTracker(BOARD, settle=SETTLE), step=HOUR, hub=hub)
    team.run()
    assert sorted(team.published.written) == ["a.md", "b.md"]
    assert len(team.issues()) == 5
    assert_quiet(team)
    return team


def assert_quiet(team: Team) -> None:
    """Runs without a cause write nothing at all, and all of our commits have one parent and were steps forward."""
    rows, head, writes = team.rows(), team.hub.at(), team.memory.writes
    for _ in range(2):
        done = team.run()
        assert (done.plan.steps, team.published.written, team.published.left) == ((), [], [])
    assert (team.rows(), team.hub.at(), team.memory.writes) == (rows, head, writes)
    for ours in team.hub.ours() if head else []:
        assert len(team.hub.git("rev-list", "--parents", "-1", ours).split()) == 2


def settle(team: Team) -> None:
    """The run that takes up what people did, and perhaps one more."""
    team.run()
    team.run()
    assert_quiet(team)


Act = Callable[[], object]


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Somebody acts between our fetch and our next pushes, one act for each; answers what became of the pushes."""

    def arrange(*acts: Act) -> list[str]:
        waiting, became = list(acts), []

        def pushing(*arguments: Any) -> tuple[Push, str]:
            if waiting:
                waiting.pop(0)()
            outcome = push(*arguments)
            became.append(outcome[0].value)
            return outcome

        monkeypatch.setattr(outbox, "push", pushing)
        return became

    return arrange


def close(team: Team, title: str = ALERT) -> None:
    """Somebody closes an issue, so that a report has to be written."""
    number = next(number for number, found in team.titles().items() if found == title)
    team.memory.edit(number, status=Status.DONE)


def block(text: str) -> str:
    return text[text.index("<!-- pmtrack:begin") : text.index("<!-- pmtrack:end")]


# ------------------------------------------------------------ one commit


def test_all_documents_of_a_run_are_one_commit_that_names_it(tmp_path: Path) -> None:
    hub = Hub.make(tmp_path / "hub.git", {f"{at}.md": document(f"Do number {at}") for at in range(8)})
    team = Team(tmp_path, MemoryTracker(BOARD, settle=SETTLE), hub=hub)
    team.more = {"publish": {"author": "Post Mortem <bot@acme.example>", "skip_ci": True}}
    team.run()
    assert len(team.published.written) == 8
    (ours,) = hub.ours()
    said = hub.git("show", "--no-patch", "--format=%an <%ae>|%cn|%s|%(trailers:key=Pmtrack-Run,valueonly)", ours)
    subject = "Update action items in 8 postmortems [skip ci]"
    assert said.strip() == f"Post Mortem <bot@acme.example>|Post Mortem|{subject}|R1"
    assert_quiet(team)


def test_what_changes_within_the_interval_waits_and_goes_out_together(team: Team) -> None:
    team.step = timedelta(minutes=1)
    close(team)
    team.run()
    assert team.published.written == ["a.md"], "the last commit is more than an hour old"
    before = team.hub.at()
    close(team, RUNBOOK)
    close(team, "Call the bank")
    for _ in range(5):
        team.run()
        assert team.published.written == []
        assert "the next commit is made from" in str(team.published.waiting)
    assert team.hub.at() == before
    team.now += HOUR
    team.run()
    assert sorted(team.published.written) == ["a.md", "b.md"]
    assert len(team.hub.ours()) == 3
    assert_quiet(team)


# ------------------------------------------------------------ somebody is faster


def test_a_push_of_another_document_between_our_fetch_and_our_push(team: Team, meanwhile: Any) -> None:
    close(team)
    became = meanwhile(lambda: team.hub.push({"c.md": document("Buy a bell")}))
    team.run()
    assert (became, team.published.written) == (["moved", "done"], ["a.md"])
    assert "1 of 3 done" in team.shown()
    assert team.hub.log()[:2] == ["Update action items in a.md", "edit"]
    settle(team)
    assert "Buy a bell" in team.titles().values()


def test_a_push_of_the_same_document_between_our_fetch_and_our_push(team: Team, meanwhile: Any) -> None:
    close(team)
    became = meanwhile(lambda: team.edit("Certificates expire.", "Certificates expire.\n\n- A lesson more."))
    team.run()
    assert (became, team.published.written) == (["moved", "done"], ["a.md"])
    assert "- A lesson more." in team.shown()
    assert "1 of 3 done" in team.shown()
    settle(team)


def test_an_item_edited_between_our_fetch_and_our_push_is_taken_up(team: Team, meanwhile: Any) -> None:
    close(team)
    meanwhile(lambda: team.edit(RUNBOOK, f"{RUNBOOK} now"))
    team.run()
    assert f"- [ ] {RUNBOOK} now" in team.shown()
    assert "1 of 3 done" in team.shown()
    settle(team)
    assert f"{RUNBOOK} now" in team.titles().values()
    assert len(team.issues()) == 5


def test_the_same_report_edited_by_both_keeps_the_persons_words(team: Team, meanwhile: Any) -> None:
    close(team)
    meanwhile(lambda: team.edit("0 of 3 done", "0 of 3 done, honestly"))
    team.run()
    assert team.published.written == []
    assert "was changed by somebody at this moment" in team.published.left[0]
    assert "0 of 3 done, honestly" in team.shown()
    team.run()
    assert "edited by hand" in team.published.left[0]


def test_a_document_deleted_between_our_fetch_and_our_push_is_not_brought_back(team: Team, meanwhile: Any) -> None:
    close(team)
    close(team, "Call the bank")
    meanwhile(lambda: team.hub.push({"a.md": None}))
    team.run()
    assert team.published.written == ["b.md"]
    assert "a.md is not there any more" in team.published.left[0]
    assert team.hub.git("ls-tree", "--name-only", "refs/heads/main").split() == ["b.md"]


def test_five_pushes_in_a_row_are_given_way_to(team: Team, meanwhile: Any) -> None:
    close(team)
    became = meanwhile(*[lambda at=at: team.hub.push({"c.txt": str(at).encode()}) for at in range(9)])
    team.run()
    assert (became, team.published.written) == (["moved"] * 5, [])
    assert "others pushed 5 times meanwhile" in team.published.left[0]
    assert team.shown().count("0 of 3 done") == 1
    meanwhile()
    team.run()
    assert team.published.written == ["a.md"]
    assert_quiet(team)


def test_a_push_whose_answer_is_lost_is_not_made_twice(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    close(team)

    def lossy(*arguments: Any) -> tuple[Push, str]:
        assert push(*arguments)[0] is Push.DONE
        return Push.UNSURE, "the remote end hung up unexpectedly"

    monkeypatch.setattr(outbox, "push", lossy)
    team.run()
    assert team.published.written == ["a.md"]
    assert len(team.hub.ours()) == 2
    assert_quiet(team)


# ------------------------------------------------------------ history is rewritten


def test_a_rebase_between_our_fetch_and_our_push(team: Team, meanwhile: Any) -> None:
    base = team.hub.at()
    team.hub.push({"b.md": document("Call the bank", "Test the fallback", after="draft\n")}, message="draft")
    team.run()
    close(team)
    rebased = document("Call the bank", "Test the fallback", after="final\n")
    became = meanwhile(lambda: team.hub.push({"b.md": rebased}, on=base, message="final"))
    team.run()
    assert became == ["moved", "done"]
    assert "draft" not in team.hub.log()
    assert "final" in team.shown("b.md")
    assert "1 of 3 done" in team.shown()
    settle(team)
    assert len(team.issues()) == 5


def test_a_force_push_to_an_older_commit_is_not_undone_by_ours(team: Team, meanwhile: Any) -> None:
    """A plain push would be accepted here as a step forward, and bring back what was thrown away."""
    base = team.hub.at()
    team.hub.push({"secret.md": b"# Secrets\n\nthe password is hunter2\n"}, message="oops")
    team.run()
    close(team)
    became = meanwhile(lambda: team.hub.git("update-ref", "refs/heads/main", str(base)))
    team.run()
    assert became == ["moved", "done"]
    assert "oops" not in team.hub.log()
    assert "1 of 3 done" in team.shown()
    settle(team)


def test_a_branch_deleted_between_our_fetch_and_our_push_is_not_made_again(team: Team, meanwhile: Any) -> None:
    head = team.hub.at()
    close(team)
    meanwhile(lambda: team.hub.git("update-ref", "-d", "refs/heads/main"))
    team.run()
    assert (team.hub.at(), team.published.written) == (None, [])
    assert "has no branch main: push it again" in team.published.left[0]
    issues = team.issues()
    done = team.run()
    assert done.plan.steps == ()
    assert team.issues() == issues, "nothing rests on documents that are not there"
    team.hub.git("update-ref", "refs/heads/main", str(head))
    team.run()
    assert team.published.written == ["a.md"]
    assert_quiet(team)


def test_a_revert_of_our_commit_changes_no_issue(team: Team) -> None:
    issues, ours = team.issues(), team.hub.ours()[0]
    team.hub.push(
        {"a.md": TEXT, "b.md": document("Call the bank", "Test the fallback")},
        message=f'Revert "Update action items in 2 postmortems"\n\nThis reverts commit {ours}.',
    )
    team.run()
    assert team.issues() == issues
    assert sorted(team.published.written) == ["a.md", "b.md"], "a report that was taken out comes back"
    assert_quiet(team)


# ------------------------------------------------------------ what people do to documents


def test_a_file_renamed_in_the_same_commit_as_an_item_reworded(team: Team) -> None:
    titles, reworded = team.titles(), "Write the whole runbook"
    text = team.shown().replace(RUNBOOK, reworded, 1)
    team.hub.push({"a.md": None, "2026/card outage.md": text.encode()}, message="tidy up")
    settle(team)
    expected = {number: title.replace(RUNBOOK, reworded) for number, title in titles.items()}
    assert team.titles() == expected, "every item keeps its issue, and the one that was reworded is told so"
    assert all(issue.fields.status is Status.OPEN for issue in team.issues().values())
    shown = team.shown("2026/card outage.md")
    assert "0 of 3 done" in shown
    assert f"- [ ] {reworded}" in shown
    assert team.hub.git("ls-tree", "-r", "--name-only", "main").splitlines() == ["2026/card outage.md", "b.md"]


def test_a_repository_that_moved_rewrites_nothing(team: Team) -> None:
    before, issues = team.hub.at(), team.issues()
    team.hub.folder.rename(team.folder / "moved.git")
    team.hub = Hub(team.folder / "moved.git")
    team.more = {"remote": "moved.git", "host": "github", "web": "https://github.com/acme/moved"}
    assert_quiet(team)
    assert (team.hub.at(), team.issues()) == (before, issues)


def test_moved_lines_rewrite_no_issue(team: Team) -> None:
    writes, issues = team.memory.writes, team.issues()
    team.hub.push({"a.md": team.hub.read("a.md").replace(b"## Action", b"Many words.\n\nMore words.\n\n## Action", 1)})
    settle(team)
    assert (team.memory.writes, team.issues()) == (writes, issues)


def test_both_change_the_same_item_and_neither_is_lost(team: Team) -> None:
    number = next(number for number, title in team.titles().items() if title == ALERT)
    team.memory.edit(number, due=team.now.date())
    team.edit(f"- [ ] {ALERT}", f"- [ ] {ALERT} (owner: Bo)")
    settle(team)
    fields = team.issues()[number].fields
    assert fields.owners == ("Bo",)
    assert fields.due is not None
    assert "(owner: Bo)" in team.shown()


PROTECTED = {
    "GH006: Protected branch update failed for refs/heads/main.": """\
error: GH006: Protected branch update failed for refs/heads/main.

- Changes must be made through a pull request.
""",
    "GH013: Repository rule violations found for refs/heads/main.": """\
error: GH013: Repository rule violations found for refs/heads/main.
Review all repository rules at https://github.com/acme/pm/rules?ref=refs%2Fheads%2Fmain

- Changes must be made through a pull request.
""",
    "GitLab: You are not allowed to push code to protected branches on this project.": """\
GitLab: You are not allowed to push code to protected branches on this project.
""",
    "Not allowed to push to protected branch main": """\
error: Not allowed to push to protected branch main
""",
}
"""What is told of it -> what a host says on the way (GitHub, GitHub's rule sets, GitLab, Gitea)."""


@pytest.mark.parametrize("told", PROTECTED)
def test_a_protected_branch_is_said_and_loses_nothing(team: Team, told: str) -> None:
    hooks = team.hub.folder / "hooks"
    hooks.mkdir()
    (hooks / "words").write_text(PROTECTED[told])
    (hooks / "pre-receive").write_text(f"#!/bin/sh\ncat {hooks / 'words'} >&2\nexit 1\n")
    (hooks / "pre-receive").chmod(0o755)
    before = team.hub.at()
    close(team)
    for _ in range(2):
        rows = team.rows()
        team.run()
        assert team.published.left == [
            f"the branch main of source pm is protected and takes no commit from this account ({told}): set "
            'publish.mode = "pull-request" for this source, or "off", or allow the account to push there'
        ]
        assert team.hub.at() == before
    assert team.rows() == rows, "a run that is refused again writes nothing"
    (hooks / "pre-receive").unlink()
    team.run()
    assert team.published.written == ["a.md"]
    assert_quiet(team)


def test_we_die_between_the_push_and_the_record(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    close(team)

    def killed(*arguments: Any) -> Any:
        push(*arguments)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(outbox, "push", killed)
        with pytest.raises(KeyboardInterrupt):
            team.run()
    assert len(team.hub.ours()) == 2
    team.run()
    assert team.published.written == []
    assert_quiet(team)
    assert len(team.hub.ours()) == 2


def test_who_changed_an_item_is_who_committed_it(team: Team) -> None:
    commit = team.edit(f"- [ ] {ALERT}", f"- [x] {ALERT}", author="Cy")
    team.run()
    (event,) = [event for event in team.history() if event.kind == "changed" and event.name == "status"]
    assert (event.actor, event.evidence) == ("Cy", f"commit {commit[:12]}")
    assert_quiet(team)


def test_the_store_is_lost_and_nothing_is_made_twice(team: Team) -> None:
    team.database.lose()
    issues, head = team.issues(), team.hub.at()
    team.run()
    assert team.issues() == issues
    assert team.hub.at() == head
    assert_quiet(team)


# ------------------------------------------------------------ the items' own lines


def test_the_same_line_edited_by_both_keeps_the_persons_words(team: Team, meanwhile: Any) -> None:
    """Our tick is not written over a line that says something else by now; what they wrote is heard, then ticked."""
    team.items = str
    close(team)
    meanwhile(lambda: team.edit(f"- [ ] {ALERT}", f"- [ ] {ALERT} (owner: Bo)"))
    team.run()
    assert f"- [ ] {ALERT} (owner: Bo)" in team.shown()
    team.run()
    assert f"- [x] {ALERT} (owner: Bo)" in team.shown()
    number = next(number for number, title in team.titles().items() if title == ALERT)
    assert (team.issues()[number].fields.owners, team.issues()[number].fields.status) == (("Bo",), Status.DONE)
    settle(team)
    assert len(team.issues()) == 5


def test_lines_and_report_are_one_commit(team: Team) -> None:
    team.items = str
    close(team)
    before = len(team.hub.ours())
    team.run()
    assert f"- [x] {ALERT} (#1)" in team.shown()
    assert "1 of 3 done" in team.shown()
    assert len(team.hub.ours()) == before + 1
    assert_quiet(team)


def test_a_revert_of_our_tick_is_a_persons_word(team: Team) -> None:
    team.items = str
    before = team.hub.read("a.md")
    close(team)
    team.run()
    team.hub.push({"a.md": before}, message="Revert our commit")
    settle(team)
    assert team.issues()["1"].fields.status is Status.OPEN, "reopened, as somebody who unticks a box wants it"
    assert f"- [ ] {ALERT}" in team.shown()

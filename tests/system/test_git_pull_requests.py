"""One pull request for a source: updated in place, closed when nothing is left, left alone when people are in it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest

from contract.source_suite import Hub
from pmtrack.errors import TrackerError
from pmtrack.sources.base import Pull
from pmtrack.trackers.memory import MemoryTracker
from support.desk import BOARD, SETTLE
from system.test_git_people import ALERT, HOUR, RUNBOOK, TEXT, Team, close, document

BRANCH = "pmtrack/pm"


@dataclass
class Host:
    """Pull requests of a hub; what is asked of it is noted."""

    hub: Hub
    pulls: dict[int, tuple[str, Pull]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    broken: bool = False
    count: int = 0

    def find(self, branch: str, base: str) -> Pull | None:
        self._note("find")
        return next((pull for named, pull in self.pulls.values() if named == branch), None)

    def open(self, branch: str, base: str, title: str, body: str) -> Pull:
        self._note("open")
        assert self.hub.at(branch)
        assert not self.pulls, "one at a time"
        self.count += 1
        self.pulls[self.count] = (branch, Pull(self.count, title, body))
        return self.pulls[self.count][1]

    def edit(self, pull: Pull, title: str, body: str) -> None:
        self._note("edit")
        self.pulls[pull.number] = (self.pulls[pull.number][0], replace(pull, title=title, body=body))

    def close(self, pull: Pull) -> None:
        self._note("close")
        del self.pulls[pull.number]

    def merge(self, *, delete: bool = True) -> None:
        """Somebody squashes the only one."""
        ((number, (branch, _)),) = self.pulls.items()
        base = self.hub.git("merge-base", "main", branch)
        paths = self.hub.git("diff", "--name-only", base, branch).split()
        self.hub.push({path: self.hub.read(path, branch) for path in paths}, message=f"Merge (#{number})")
        del self.pulls[number]
        if delete:
            self.hub.git("update-ref", "-d", f"refs/heads/{branch}")

    def _note(self, verb: str) -> None:
        self.asked.append(verb)
        if self.broken:
            raise TrackerError("the host does not answer: try again later")


@pytest.fixture
def team(tmp_path: Path) -> Team:
    hub = Hub.make(tmp_path / "hub.git", {"a.md": TEXT, "b.md": document("Call the bank", "Test the fallback")})
    team = Team(tmp_path, MemoryTracker(BOARD, settle=SETTLE), step=HOUR, hub=hub, pulls=Host(hub))
    team.more = {"publish": {"mode": "pull-request"}}
    return team


def host(team: Team) -> Host:
    assert isinstance(team.pulls, Host)
    return team.pulls


def proposed(team: Team, path: str = "a.md") -> str:
    return team.hub.read(path, BRANCH).decode()


def assert_quiet(team: Team) -> None:
    """Nothing is written, pushed or asked of the host."""
    rows, heads, writes = team.rows(), team.hub.git("for-each-ref"), team.memory.writes
    host(team).asked.clear()
    for _ in range(2):
        done = team.run()
        assert (done.plan.steps, team.published.written, team.published.left) == ((), [], [])
    assert (team.rows(), team.hub.git("for-each-ref"), team.memory.writes) == (rows, heads, writes)
    assert host(team).asked == []


def test_the_branch_itself_is_not_written_and_one_pull_request_asks_for_it(team: Team) -> None:
    main = team.hub.at()
    team.run()
    assert (team.hub.at(), team.published.written, sorted(team.published.proposed)) == (main, [], ["a.md", "b.md"])
    ((_, pull),) = host(team).pulls.values()
    assert pull.title == "Update action items in 2 postmortems"
    assert "- a.md\n- b.md" in pull.body
    assert "0 of 3 done" in proposed(team)
    assert_quiet(team)


def test_it_is_updated_in_place_by_one_more_commit(team: Team) -> None:
    team.run()
    first = team.hub.at(BRANCH)
    close(team)
    team.run()
    assert len(host(team).pulls) == 1
    assert "1 of 3 done" in proposed(team)
    assert team.hub.git("rev-parse", f"{BRANCH}^") == first, "a step forward, never forced"
    assert_quiet(team)


def test_within_the_interval_it_waits(team: Team) -> None:
    team.step = timedelta(minutes=1)
    team.run()
    head = team.hub.at(BRANCH)
    close(team)
    team.run()
    assert team.hub.at(BRANCH) == head
    assert "the next commit is made from" in str(team.published.waiting)
    team.now += HOUR
    team.run()
    assert "1 of 3 done" in proposed(team)


@pytest.mark.parametrize("delete", [True, False])
def test_after_a_merge_all_is_settled_and_the_next_one_begins_on_the_new_branch(team: Team, delete: bool) -> None:
    team.run()
    host(team).merge(delete=delete)
    team.run()
    team.run()
    assert "0 of 3 done" in team.shown()
    assert team.hub.at(BRANCH) is None
    assert_quiet(team)
    close(team)
    team.run()
    assert host(team).count == 2
    assert team.hub.git("rev-parse", f"{BRANCH}^") == team.hub.at()
    assert_quiet(team)


def test_it_is_closed_when_nothing_is_left_to_say(team: Team) -> None:
    team.run()
    blocks = {path: proposed(team, path).encode() for path in ("a.md", "b.md")}
    team.hub.push(blocks, message="somebody takes it over by hand")
    team.run()
    team.run()
    assert (host(team).pulls, team.hub.at(BRANCH)) == ({}, None)
    assert_quiet(team)


def test_a_person_who_closes_it_is_not_asked_again_until_there_is_more_to_say(team: Team) -> None:
    team.run()
    host(team).pulls.clear()
    assert_quiet(team)
    team.hub.git("update-ref", "-d", f"refs/heads/{BRANCH}")
    assert_quiet(team)
    close(team)
    team.run()
    assert (len(host(team).pulls), host(team).count) == (1, 2)
    assert "1 of 3 done" in proposed(team)
    assert_quiet(team)


def test_a_person_who_commits_to_our_branch_is_given_way_to(team: Team) -> None:
    team.run()
    theirs = team.hub.push({"a.md": proposed(team).replace("Lessons", "What we learned").encode()}, branch=BRANCH)
    close(team)
    team.run()
    assert (
        "somebody else committed to pmtrack/pm of source pm: merge or close its pull request" in team.published.left[0]
    )
    assert team.hub.at(BRANCH) == theirs
    host(team).merge()
    team.run()
    team.run()
    assert "What we learned" in team.shown()
    assert "1 of 3 done" in proposed(team)


def test_what_others_push_to_the_branch_meanwhile_is_in_the_proposal(team: Team) -> None:
    team.run()
    team.edit(f"- [ ] {RUNBOOK}", f"- [x] {RUNBOOK}")
    team.hub.push({"c.md": document("Buy a bell")})
    team.run()
    assert f"- [x] {RUNBOOK}" in proposed(team)
    assert "1 of 3 done" in proposed(team)
    assert "Buy a bell" in proposed(team, "c.md")
    host(team).merge()
    team.run()
    team.run()
    assert f"- [x] {RUNBOOK}" in team.shown()
    assert f"- [ ] {ALERT}" in team.shown()
    assert_quiet(team)


def test_a_host_that_does_not_answer_is_said_and_asked_again(team: Team) -> None:
    host(team).broken = True
    team.run()
    assert team.published.left == ["the host does not answer: try again later"]
    host(team).broken = False
    team.run()
    assert len(host(team).pulls) == 1
    assert_quiet(team)


def test_a_host_that_pull_requests_cannot_be_opened_at_is_said(team: Team) -> None:
    team.pulls = None
    team.run()
    assert "its host is none that pmtrack opens pull requests at" in str(team.published.waiting)

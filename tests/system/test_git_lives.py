"""Whole lives of a branch, each from one integer: people push, rebase, rename and revert, also while we push.

After every run the branch holds what people made of it, byte by byte, but for our report; our commits have one parent;
and in the end everything comes to rest.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from contract.source_suite import Hub
from pmtrack.documents import block
from pmtrack.model import Status
from pmtrack.sources.git import outbox
from pmtrack.sources.git.push import push
from pmtrack.trackers.memory import MemoryTracker
from support.desk import BOARD, SETTLE
from system.test_git_people import HOUR, Team, document

SEEDS = int(os.environ.get("PMTRACK_GIT_LIVES", "5"))
STEPS = 9
WORDS = ("alert", "runbook", "dashboard", "limit", "retry", "certificate", "bank", "queue")


class People:
    """What they do to the branch, and what they want it to hold: path -> bytes without our report."""

    def __init__(self, team: Team, random: Random) -> None:
        self.team, self.random = team, random
        self.want = {path: theirs(team.hub.read(path)) for path in paths(team.hub)}
        self.did: list[str] = []

    def act(self) -> None:
        acts: list[Callable[[], None]] = [
            *[self.tick] * 3,
            *[self.reword] * 2,
            *[self.remark] * 2,
            self.add,
            self.rename,
            self.delete,
            self.revert,
            self.rewrite,
            self.tracker,
        ]
        chosen = self.random.choice(acts)
        self.did.append(chosen.__name__)
        chosen()

    def tick(self) -> None:
        self._change(lambda text: text.replace(b"- [ ]", b"- [x]", 1))

    def reword(self) -> None:
        self._change(lambda text: text.replace(b" the ", b" the whole ", 1))

    def remark(self) -> None:
        self._change(lambda text: text.replace(b"## Lessons\n", b"## Lessons\n\nA remark.\n", 1))

    def add(self) -> None:
        words = self.random.sample(WORDS, 2)
        self._push({f"{self.random.randrange(1000)}.md": document(*(f"Mend the {word} of the shop" for word in words))})

    def rename(self) -> None:
        path = self._any()
        self._push({path: None, f"moved/{self.random.randrange(1000)}.md": self.team.hub.read(path)})

    def delete(self) -> None:
        if len(self.want) > 1:
            self._push({self._any(): None})

    def revert(self) -> None:
        """Of our last commit, where nobody built on it: all documents as they were before."""
        ours = self.team.hub.ours()
        if ours and ours[0] == self.team.hub.at():
            changed = self.team.hub.git("diff", "--name-only", f"{ours[0]}^", ours[0]).splitlines()
            self._push({path: old(self.team.hub, f"{ours[0]}^", path) for path in changed})

    def rewrite(self) -> None:
        """The last commit is thrown away, whoever made it."""
        if int(self.team.hub.git("rev-list", "--count", "main")) > 2:
            self.team.hub.git("update-ref", "refs/heads/main", self.team.hub.git("rev-parse", "main^"))
            self.want = {path: theirs(self.team.hub.read(path)) for path in paths(self.team.hub)}

    def tracker(self) -> None:
        issues = sorted(self.team.memory.issues)
        if issues:
            self.team.memory.edit(self.random.choice(issues), status=self.random.choice([Status.OPEN, Status.DONE]))

    def _any(self) -> str:
        return self.random.choice(sorted(self.want))

    def _change(self, change: Callable[[bytes], bytes]) -> None:
        path = self._any()
        before, at, after = self.team.hub.read(path).partition(b"<!-- pmtrack:begin")
        self._push({path: change(before) + at + (after if at else b"")})

    def _push(self, documents: dict[str, bytes | None]) -> None:
        self.team.hub.push(documents, author=self.random.choice(["Ana", "Bo"]))
        for path, data in documents.items():
            self.want.pop(path, None)
            if data is not None:
                self.want[path] = theirs(data)


def paths(hub: Hub) -> list[str]:
    return hub.git("ls-tree", "-r", "--name-only", "main").splitlines()


def theirs(data: bytes) -> bytes:
    return block.remove(data)


def old(hub: Hub, commit: str, path: str) -> bytes:
    return (hub.git("cat-file", "blob", f"{commit}:{path}") + "\n").encode()


@pytest.mark.parametrize("seed", range(SEEDS))
def test_a_life(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    random = Random(seed)
    hub = Hub.make(
        tmp_path / "hub.git",
        {f"{at}.md": document(f"Do the {word}", f"Test the {word}") for at, word in enumerate(WORDS[:3])},
    )
    team = Team(tmp_path, MemoryTracker(BOARD, settle=SETTLE), step=HOUR + timedelta(minutes=1), hub=hub)
    people = People(team, random)

    def pushing(*arguments: Any) -> Any:
        if random.random() < 0.4:
            people.act()
        return push(*arguments)

    monkeypatch.setattr(outbox, "push", pushing)
    for _ in range(STEPS):
        for _ in range(random.randrange(3)):
            people.act()
        team.run()
        check(team, people)
    monkeypatch.setattr(outbox, "push", push)
    for _ in range(4):
        team.run()
        check(team, people)
    rows, head, writes = team.rows(), hub.at(), team.memory.writes
    team.run()
    assert (team.rows(), hub.at(), team.memory.writes) == (rows, head, writes), people.did


def check(team: Team, people: People) -> None:
    hub = team.hub
    assert {path: theirs(hub.read(path)) for path in paths(hub)} == people.want, people.did
    for ours in hub.ours():
        assert len(hub.git("rev-list", "--parents", "-1", ours).split()) == 2

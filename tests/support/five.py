"""The five example postmortems and what a team goes through with them, whichever tracker it uses.

The configuration is the one that is shipped, with nothing but its address changed; the real command speaks over a real
socket.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from support.scratch import Answer, Scratch

ROOT = Path(__file__).parents[2]
FIRST, EDITED = "the first sync", "the sync after edits on both sides"
ISSUES = 18
"""Of the 23 items; the other five were done before anybody kept an issue of them."""
DONE_BEFORE = 5

CHECKOUT, BADGES, REMINDERS, GAP = (
    "2026-09-14-checkout-latency.md",
    "2026-09-29-badge-readers.md",
    "2026-10-21-double-reminders.md",
    "2026-11-03-sensor-gap.md",
)
TICKED, OWNED, REWORDED, DROPPED, POSTPONED, RENAMED, RAISED, BOTH, DONE, ASSIGNED = WORDS = (
    "Alert on the p95",
    "Look taxes up once",
    "Move certificate reminders",
    "Page when the batch",
    "Rewrite the settlement statement",
    "Measure the batch",
    "Drop a reminder that was sent",
    "Alert when two senders",
    "Give each queue",
    "Send farmers a message",
)


@dataclass(frozen=True)
class Team:
    """Everybody's folder and tracker.

    Attributes:
        hub: the stand-in's. secrets: what the command finds in its environment. runs: by name, what was said, and what
        the server was asked.
    """

    scratch: Scratch
    hub: Any
    secrets: Mapping[str, str]
    runs: dict[str, tuple[Answer, list[Any]]] = field(default_factory=dict)

    @abstractmethod
    def key(self, words: str) -> str:
        """What people call the issue whose title begins so."""

    def run(self, *arguments: str) -> Answer:
        answer = self.scratch.run(*arguments, environment=self.secrets)
        assert (answer.code, answer.err) == (0, ""), answer
        return answer

    def sync(self, name: str) -> None:
        """One run, with what it asked of the server."""
        before = len(self.hub.log)
        answer = self.run("sync", "--yes", "--format", "json")
        self.runs[name] = answer, list(self.hub.log[before:])

    def counts(self, name: str) -> dict[str, int]:
        return {word: count for word, count in self.runs[name][0].json["summary"].items() if count}

    def asked(self, name: str) -> list[Any]:
        return self.runs[name][1]

    def status(self) -> Any:
        return self.run("status", "--format", "json").json

    def row(self, key: str) -> Any:
        (found,) = [row for row in self.status()["items"] if row["ticket"] and row["ticket"]["key"] == key]
        return found


def copied(folder: Path, config: str, address: str, url: str, documents: str = "*.md") -> Scratch:
    """A copy of the examples, and a configuration as it is shipped, but for one address."""
    shipped = (ROOT / "config" / config).read_text("utf-8")
    assert shipped.count(address) == 1
    texts = {path.name: path.read_text("utf-8") for path in (ROOT / "examples/postmortems").glob(documents)}
    scratch = Scratch.make(folder, texts, shipped.replace(address, url))
    (folder / "people.toml").write_bytes((ROOT / "config/people.toml").read_bytes())
    return scratch


def edit_documents(scratch: Scratch) -> None:
    """A tick, an owner, other words, and a row that says it is done."""
    scratch.edit(f"- [ ] {TICKED}", f"- [x] {TICKED}", CHECKOUT)
    scratch.edit(f"{OWNED} for a whole basket (Owner: Ivo Castellan)", f"{OWNED} for a basket (Owner: Lisa)", CHECKOUT)
    scratch.edit(f"{REWORDED} to the facilities rota", f"{REWORDED} to the rota of all facilities", BADGES)
    row = next(line for line in scratch.read(REMINDERS).splitlines() if BOTH in line)
    scratch.edit(row, f"{row.rpartition(' | ')[0]} | Done |", REMINDERS)


@dataclass
class Story:
    """What a team went through, and what was so at each stage.

    Attributes:
        team: of one of the trackers. edit_issues: what people do on its pages.
        keys: of the issues, by the words that they began with. same: whether no byte changed, by run.
    """

    team: Any
    edit_issues: Callable[[Any], None]
    checked: str = ""
    keys: dict[str, str] = field(default_factory=dict)
    same: dict[str, bool] = field(default_factory=dict)

    def live(self) -> None:
        self.checked = self.team.run("check").out
        self.team.sync(FIRST)
        self._rest("second", "third")
        self.keys = {one: self.team.key(one) for one in WORDS}
        edit_documents(self.team.scratch)
        self.edit_issues(self.team)
        self.team.sync(EDITED)
        self._rest("after", "last")

    def _rest(self, *names: str) -> None:
        for name in names:
            files, rows = self.team.scratch.files(), self.team.scratch.rows()
            self.team.sync(name)
            self.same[name] = (files, rows) == (self.team.scratch.files(), self.team.scratch.rows())

    def row(self, words: str) -> Any:
        return self.team.row(self.keys[words])


# ---------------------------------------------------------------- what is so with every tracker


def edits_of_issues_are_reported(story: Story) -> None:
    told = {words: story.row(words) for words in (DROPPED, POSTPONED, RENAMED, RAISED, DONE, ASSIGNED, BOTH)}
    assert (told[DROPPED]["status"], told[DONE]["status"], told[BOTH]["status"]) == ("cancelled", "done", "done")
    assert (told[POSTPONED]["due"], told[RAISED]["priority"]) == ("2020-01-02", "P0")
    assert told[ASSIGNED]["owner"] == "Lisa Meier"


def the_numbers_are_right(team: Team) -> None:
    totals = team.status()["totals"]
    wanted = {"items": 23, "open": 13, "in_progress": 1, "done": DONE_BEFORE + 3, "cancelled": 1}
    wanted |= {"no_owner": 9, "no_due": 6, "held": 0, "failed": 0}
    assert {name: totals[name] for name in wanted} == wanted


def the_digest_says_the_same(team: Team) -> None:
    told, digest = team.status(), team.run("digest").out
    late = [row for row in told["items"] if row["status"] in ("open", "in_progress") and _is_late(row, told)]
    assert len(late) == told["totals"]["overdue"]
    counts = f"23 items: 13 open, 1 in progress, 8 done, 1 cancelled, {len(late)} overdue"
    assert counts in digest
    assert f"## Overdue ({len(late)})" in digest
    overdue = digest.partition("## Overdue")[2].partition("\n## ")[0]
    assert all(row["text"].split()[0] in overdue for row in late)
    assert POSTPONED in overdue
    assert DROPPED not in overdue


def _is_late(row: Any, told: Any) -> bool:
    return bool(row["due"]) and date.fromisoformat(row["due"]) < date.fromisoformat(told["as_of"])

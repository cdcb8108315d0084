"""What has to hold when a day is over and all is quiet."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pmtrack.model import Issue, Known, Link
from pmtrack.store.database import Store
from pmtrack.sync.merge import NAMES
from support.simulation.board import Board
from support.simulation.terrain import OracleError
from support.soak.daemon import LOG
from support.soak.town import Town


def expect(fine: bool, words: str) -> None:
    """Raises:
    OracleError: it is not fine.
    """
    if not fine:
        raise OracleError(words)


@dataclass(slots=True)
class Ending:
    """Attributes:
    folder: with the store and the log. counted: what there is in the end is counted there.
    """

    folder: Path
    board: Board
    town: Town
    counted: Counter[str]

    def check(self) -> None:
        """Raises:
        OracleError: it is not as it has to be.
        """
        self._every_item_has_one_issue()
        self._no_bug_was_met()

    def _every_item_has_one_issue(self) -> None:
        """Each line that its author wrote is one item, and has one issue, unless a person deleted that."""
        with Store.open("sqlite:///pmtrack.db", self.folder) as store:
            known = [one for root in self.town.roots for one in store.items(root.name) if one.present]
            links, waiting = store.links(), store.intentions()
        expect(not waiting, f"issues of unknown fate: {waiting}")
        self._is_read_as_it_is_written(known)
        self._no_issue_has_a_twin()
        issues = self.board.issues()
        for one in known:
            self._has_its_issue(one, links.get(one.ident), issues)
        self.counted["items"] = len(known)

    def _is_read_as_it_is_written(self, known: list[Known]) -> None:
        read: dict[tuple[str, str], list[str]] = {}
        for one in known:
            read.setdefault((one.source, one.path), []).append(one.item.fields.title)
        wrong = [place for place, words in self.town.words().items() if read.pop(place, None) != words]
        expect(not wrong and not read, f"these are not read as they are written: {wrong}, {list(read)}")

    def _no_issue_has_a_twin(self) -> None:
        made: Counter[str] = Counter()
        for number, issue in self.board.issues().items():
            made[issue.marker.ident if issue.marker else ""] += issue.ours and not self.board.records[number].copy
        twice = [ident for ident, count in made.items() if ident and count > 1]
        expect(not twice, f"have two issues: {twice}")

    def _has_its_issue(self, one: Known, link: Link | None, issues: Mapping[str, Issue]) -> None:
        if link is None:
            done = one.stated.status and one.stated.status.closed
            expect(bool(done), f"{one.ident} {one.item.fields.title!r} has no issue")
            self.counted["items that were done when they were seen first"] += 1
        elif link.gone:
            self.counted["items whose issue a person deleted"] += 1
        else:
            self._is_in_step(one, link, issues)

    def _is_in_step(self, one: Known, link: Link, issues: Mapping[str, Issue]) -> None:
        """What either side says now was heard."""
        issue = issues.get(link.ref.id if link.ref else "")
        expect(issue is not None, f"{one.ident}: {link.ref} is not there")
        for name in NAMES:
            raw, told = getattr(one.stated, name), getattr(issue.fields, name) if issue else None
            heard = getattr(link.document, name), getattr(link.issue, name)
            expect(heard == (raw, told), f"{one.ident}: {name} is {raw!r} and {told!r}, and was heard as {heard}")

    def _no_bug_was_met(self) -> None:
        """What the daemon logged; its own failures would be lines there, and nothing more."""
        for line in (self.folder / LOG).read_text(encoding="utf-8").splitlines():
            event = json.loads(line)["event"]
            self.counted[f"log: {event}"] += 1
            expect("bug" not in event, line)

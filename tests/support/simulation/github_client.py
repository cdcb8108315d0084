"""GitHub's adapter as a process of the simulation has it, and what goes wrong on the way to GitHub."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pmtrack.trackers import github
from pmtrack.trackers.github.answers import Answer
from pmtrack.trackers.github.client import Client
from pmtrack.trackers.github.tracker import GitHubTracker
from pmtrack.trackers.limits import Kind, Ledger, Notebook
from pmtrack.trackers.settings import GitHubSettings
from support.github import faults
from support.github.faults import Fault
from support.simulation.remote_client import Sent, Verbs, Wire

if TYPE_CHECKING:
    from support.simulation.github_board import HubBoard

SECRET = "PMTRACK_BOARD_TOKEN"
_ISSUE = re.compile(r"/issues/\d+$")
_FIELDS = re.compile(r"/issues/\d+(/issue-field-values(/\d+)?)?$")
UNREAD = (faults.error(500), faults.error(502), faults.dropped(), faults.cut(), faults.not_json())
UNSENT = (faults.error(500), faults.dropped())
LOST = (faults.error_after(502), faults.dropped_after(), faults.cut(), faults.not_json(502))
REFUSED = (faults.refused(409, "Conflict"),)

OFTEN = 3
"""Times as often as on `Board`, which leaves out issues at every reading and not only where it was read before."""


class Process(Wire, Client):
    """Everything between the adapter and the wire."""

    board: HubBoard

    def _send(self, kind: Kind, verb: str, path: str, params: Any = None, **more: Any) -> Answer:
        changes, send = kind is not Kind.READ, super()._send
        looks = (verb == "GET" and bool(_ISSUE.search(path))) or path.endswith("/issues")
        writes = changes and bool(_FIELDS.search(path))
        sent = Sent(verb, path, changes, looks, writes, lambda: send(kind, verb, path, params, **more))
        return self.through(sent)  # type: ignore[no-any-return]

    def limited(self) -> Fault:
        chance = self.board.terrain.chance
        return faults.limited(chance.choice((403, 429)), chance.choice((5, 60, None)))

    def of_read(self, sent: Sent) -> Fault | None:
        board, chance = self.board, self.board.terrain.chance
        found = self.unread(UNREAD)
        if found or not (sent.path.endswith("/issues") and board.told.knows):
            return found
        if chance.random() < OFTEN * board.weather.short:
            kinds = (faults.page_short(chance.randint(0, 2), link=False), faults.stale())
            return self.reach("short or stale list", chance.choice(kinds))
        return None

    def of_write(self, _sent: Sent) -> Fault | None:
        return self.lost(REFUSED, UNSENT, LOST)


class Adapter(Verbs, GitHubTracker):
    """Tells the witness of each verb before it begins."""

    def lag(self, seconds: float) -> None:
        self.board.hub.list_lag = timedelta(seconds=seconds)


def connect(board: HubBoard, _before: Adapter | None) -> Adapter:
    """What a run has. A new process knows what stands in the folder, and nothing else."""
    settings = GitHubSettings(kind="github", repository="acme/shop", base_url=board.url)
    terrain, hub = board.terrain, board.hub
    token = next((one for one in hub.tokens.values() if one.login == "bot"), None) or hub.add_token("bot")
    tracker: Any = github.connect(
        "board",
        settings,
        board.folder,
        environment={SECRET: token.value},
        clock=lambda: terrain.now().timestamp(),
        sleep=terrain.pass_time,
        say=lambda words: terrain.tell(f"    {words}"),
        ledger=Ledger(lambda account: board.journals.setdefault(account, Notebook())),
    )
    tracker.__class__, tracker.client.__class__ = Adapter, Process
    tracker.board = tracker.client.board = board
    return tracker  # type: ignore[no-any-return]

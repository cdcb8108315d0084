"""Jira's adapter as a process of the simulation has it, and what goes wrong on the way to Jira."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pmtrack.trackers import jira
from pmtrack.trackers.jira.answers import Answer
from pmtrack.trackers.jira.client import Client
from pmtrack.trackers.jira.tracker import JiraTracker
from pmtrack.trackers.limits import Ledger, Notebook
from pmtrack.trackers.settings import JiraSettings
from support.github.faults import Fault
from support.jira import faults
from support.jira.wire import Answer as Told
from support.simulation.remote_client import Sent, Verbs, Wire

if TYPE_CHECKING:
    from support.simulation.jira_board import ProjectBoard

PROJECT = "OPS"
RIGHTS = ((), ("BROWSE_PROJECTS",), ("EDIT_ISSUES",), ("TRANSITION_ISSUES",), ("CREATE_ISSUES",), ("ADD_COMMENTS",))
"""What the account loses on a bad day; no names stand for all."""

_ISSUE = re.compile(r"/issue/[\w-]+$")
_FIELDS = re.compile(r"/issue/\d+(/transitions|/properties/\w+)?$")
_SEARCH = re.compile(r"/search(/jql)?$")
_SEVERAL = re.compile(r"/(search(/jql)?|issue/bulkfetch)$")


def anonymous() -> Fault:
    """The token is not known for a moment, and Cloud answers as it does to anybody."""

    def act(hub: Any, request: Any, process: Any) -> Told:
        hub.bad_token_is_anonymous = True
        answer = process(replace(request, headers={**request.headers, "authorization": "Basic Zm9vOmJhcg=="}))
        hub.bad_token_is_anonymous = False
        return answer  # type: ignore[no-any-return]

    return Fault("taken for nobody", act)


def short(keep: int) -> Fault:
    """A page that is not the last one lacks entries; the last one cannot be known from a short list."""
    kept = faults.page_short(keep)

    def act(hub: Any, request: Any, process: Any) -> Told:
        whole = process(request)
        tells = isinstance(whole.body, Mapping) and {"nextPageToken", "total"} & whole.body.keys()
        return kept.act(hub, request, lambda _request: whole) if tells else whole

    return Fault(kept.name, act)


def partly(number: int) -> Fault:
    """Of several creates in one request, one is refused."""

    def act(_hub: Any, request: Any, process: Any) -> Told:
        body = json.loads(request.body)
        body["issueUpdates"][number % len(body["issueUpdates"])]["fields"]["summary"] = ""
        return process(replace(request, body=json.dumps(body).encode()))  # type: ignore[no-any-return]

    return Fault("refused in part", act)


UNREAD = (faults.error(500), faults.error(502), faults.dropped(), faults.cut(), faults.not_json())
UNSENT = (faults.error(500), faults.dropped())
LOST = (faults.error_after(502), faults.dropped_after(), faults.cut(), faults.not_json(502))
REFUSED = (faults.refused(409, "Conflict"), faults.read_only(), faults.refused(400, "Try again later."))


class Process(Wire, Client):
    """Everything between the adapter and the wire."""

    board: ProjectBoard

    def _send(self, verb: str, path: str, params: Mapping[str, Any] | None, body: Any) -> Answer:
        several, send = bool(_SEVERAL.search(path)), super()._send
        changes = verb != "GET" and not several
        looks = several or (verb == "GET" and bool(_ISSUE.search(path)))
        writes = changes and bool(_FIELDS.search(path))
        sent = Sent(verb, path, changes, looks, writes, lambda: send(verb, path, params, body))
        return self.through(sent)  # type: ignore[no-any-return]

    def limited(self) -> Fault:
        chance = self.board.terrain.chance
        return faults.limited(chance.choice((5, 60, None)), date=chance.random() < 0.5)

    def of_read(self, sent: Sent) -> Fault | None:
        """Now and then the account loses permissions, until the end of the run."""
        board, chance = self.board, self.board.terrain.chance
        if chance.random() < board.weather.refused / 10:
            return self.reach("loses permission", faults.loses("bot", PROJECT, *chance.choice(RIGHTS)))
        if _SEARCH.search(sent.path) and chance.random() < board.weather.short:
            return self.reach("strange list", chance.choice((short(chance.randint(0, 2)), faults.page_repeated())))
        return self.unread((*UNREAD, anonymous()) if board.hub.cloud else UNREAD)

    def of_write(self, sent: Sent) -> Fault | None:
        number = self.board.terrain.chance.randint(0, 3)
        if not sent.path.endswith("/bulk"):
            return self.lost(REFUSED, UNSENT, LOST)
        halves = (faults.half_done(number), faults.half_done(number, status=502))
        return self.lost((*REFUSED, partly(number), partly(number)), UNSENT, (*LOST, *halves))


class Adapter(Verbs, JiraTracker):
    """Tells the witness of each verb before it begins."""

    def lag(self, seconds: float) -> None:
        self.board.hub.search_lag = timedelta(seconds=seconds)


def connect(board: ProjectBoard, _before: Adapter | None) -> Adapter:
    """What a run has. What the account did lately stands in the store, where every process sees it."""
    terrain, secrets = board.terrain, {"PMTRACK_BOARD_TOKEN": board.token.value}
    tracker: Any = jira.connect(
        "board",
        JiraSettings(kind="jira", url=board.url, project=PROJECT, **board.settings),
        board.folder,
        environment=secrets | ({"PMTRACK_BOARD_EMAIL": board.token.email} if board.hub.cloud else {}),
        clock=lambda: terrain.now().timestamp(),
        sleep=terrain.pass_time,
        say=lambda words: terrain.tell(f"    {words}"),
        ledger=Ledger(lambda account: board.journals.setdefault(account, Notebook())),
    )
    tracker.__class__, tracker.client.__class__ = Adapter, Process
    tracker.board = tracker.client.board = board
    return tracker  # type: ignore[no-any-return]

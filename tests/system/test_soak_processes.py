"""Two minutes of real processes: the daemon is killed and started again while people act and the server fails.

In the end all goes quiet: one issue for each item, no edit is lost, and the daemon holds no more than it did. It mostly
waits; `PMTRACK_SOAK_SECONDS=1800` has it go on for longer.
"""

from __future__ import annotations

import os
import signal
import statistics
import time
from pathlib import Path

from support.scratch import finish
from support.soak.processes import WARM, Day, day
from support.soak.street import REPOSITORY

SECONDS = float(os.environ.get("PMTRACK_SOAK_SECONDS", "120"))
KILLS = tuple(at * SECONDS / 120 for at in (6, 12, 18, 24))
"""When the daemon is killed; the one that is started after the last of them lives until the end."""

SEVERAL, FEW = 40, 15
"""Looks at the process, some twenty seconds in all, and files by which the fewest in them may differ: connections of
earlier runs are closed when the garbage is collected."""

MORE = 0.10
"""So much more memory it may have in the end."""


def test_two_minutes_of_everything(tmp_path: Path) -> None:
    with day(tmp_path, KILLS) as lived:
        lived.live(SECONDS)
        lived.rest()
        it_holds_no_more_than_before(lived)
        one_issue_for_each_item(lived)
        no_edit_is_lost(lived)
        the_commands_beside_it_did_well(lived)
        it_ends_when_it_is_told_to(lived)
        the_log_is_clean(lived)


def it_holds_no_more_than_before(lived: Day) -> None:
    assert lived.warm, f"it did not sync {WARM} times: {lived.daemon.tail()}"
    samples = [sample for at, sample in lived.samples if at >= lived.warm]
    warm, last = samples[:SEVERAL], samples[-SEVERAL:]
    before, after = (statistics.median(one.memory for one in some) for some in (warm, last))
    files = [min(one.files for one in some) for some in (warm, last)]
    threads = [min(one.threads for one in some) for some in (warm, last)]
    print(f"{before / 2**20:.0f} MB and {after / 2**20:.0f} MB in the end, files {files}, threads {threads}")
    assert after < before * (1 + MORE), f"{before / 2**20:.0f} MB became {after / 2**20:.0f} MB"
    assert files[1] <= files[0] + FEW, f"open files: {[one.files for one in samples]}"
    assert threads[1] <= threads[0], f"threads: {[one.threads for one in samples]}"


def one_issue_for_each_item(lived: Day) -> None:
    assert lived.street.twins() == []
    there = lived.street.numbers
    left = [job.line.words for job in lived.street.jobs if job.number not in there and not (job.cut or job.line.done)]
    assert left == []


def no_edit_is_lost(lived: Day) -> None:
    told = {row["text"]: row for row in lived.daemon.scratch.status()["items"]}
    there, issues = lived.street.numbers, {issue.number: issue for issue in lived.hub.issues(REPOSITORY)}
    for job in lived.street.jobs:
        if job.cut or job.number not in there:
            continue
        issue, row = issues[there[job.number]], told[job.line.words]
        says = (issue.title, issue.state == "closed", *issue.assignees)
        assert row["state"] in ("linked", "conflict"), row
        assert (row["status"] == "done") == (issue.state == "closed"), (row, says)
        if job.author:
            assert issue.title == job.line.words, (row, says)
            assert row["due"] == (job.line.due and job.line.due.isoformat()), (row, says)
        if job.author and not job.team:
            assert (issue.state == "closed") == job.line.done, (row, says)
        if job.team and not job.author and job.closed is not None:
            assert (issue.state == "closed") == job.closed, (row, says)
        assert issue.title == (job.title or job.line.words), (row, says)
        assert job.assigned is None or issue.assignees == (job.assigned,), (row, says)
        assert job.assigned is None or row["owner"] == job.assigned.capitalize(), (row, says)


def the_commands_beside_it_did_well(lived: Day) -> None:
    answers = [(words, finish(process)) for words, process in lived.beside]
    for words, answer in answers:
        # A sync finds the daemon at work, mostly: then it says so, and does nothing.
        assert answer.code in ((0, 1) if words == "sync" else (0,)), answer
        assert answer.complaints == answer.err.splitlines() or "waiting" in answer.err, answer


def it_ends_when_it_is_told_to(lived: Day) -> None:
    began = time.monotonic()
    lived.daemon.send(signal.SIGTERM)
    assert lived.daemon.process
    assert finish(lived.daemon.process).code == 0
    assert time.monotonic() - began < 10


def the_log_is_clean(lived: Day) -> None:
    bugs = [line for line in lived.daemon.lines() if "bug" in line["event"] or "exception" in line]
    assert bugs == []
    assert lived.daemon.starts == len(KILLS) + 1
    assert lived.daemon.events("configuration taken")
    assert lived.daemon.lines()[-1]["event"] == "stopped"
    assert 202 in lived.delivered, lived.delivered

"""`pmtrack review`, `accept`, `dismiss`, `history` and `undo`: what people decide, and what was done."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path

from pmtrack import atomic
from pmtrack.app import App
from pmtrack.errors import PmtrackError
from pmtrack.model import BLOCKS
from pmtrack.reports import Decision, Waiting, decisions, history, review_sheet, waiting
from pmtrack.text import plain

NOTHING = "nothing waits for you"


def run(app: App, output: str) -> int:
    """Print what waits for a person."""
    items = waiting(app.snapshot())
    if output == "json":
        print(json.dumps({"schema": 1, "waiting": [asdict(item) for item in items]}, ensure_ascii=False, indent=2))
    else:
        print("\n".join(_lines(items)) or NOTHING)
    return 0


def write_sheet(app: App, path: Path) -> int:
    """Write the same as a sheet."""
    items = waiting(app.snapshot())
    try:
        atomic.create(path.resolve(), review_sheet(items).encode())
    except FileExistsError:
        raise PmtrackError(f"{path} is there already and was not touched: name another file") from None
    except OSError as error:
        raise PmtrackError(f"{path} cannot be written ({error.strerror}): name a folder that is yours") from None
    print(f"wrote {path}: fill its column decision, then run `pmtrack review --import {path}`")
    return 0


def take_in(app: App, path: Path) -> int:
    """Take the decisions of a sheet, all or none."""
    try:
        sheet = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "not UTF-8"
        raise PmtrackError(
            f"{path} cannot be read ({why}): name the sheet that `pmtrack review --export` wrote"
        ) from None
    return decide(app, list(decisions(sheet)))


def decide(app: App, chosen: Sequence[Decision]) -> int:
    """Write decisions down; the next sync acts on them."""
    count = app.decide(chosen)
    noun = "document" if all(decision.words in BLOCKS for decision in chosen) else "item"
    print(f"decided on {count} {noun}{'' if count == 1 else 's'}: the next `pmtrack sync` acts on it")
    return 0


def show_history(app: App, item: str | None, since: date | None, output: str) -> int:
    """Print what happened."""
    sys.stdout.write(history(app.history(item, since), output))
    return 0


def undo(app: App, run_id: str, *, yes: bool) -> int:
    """Print what takes a run back, and do it when somebody said yes."""
    done = app.undo(run_id, carry_out=yes, say=lambda _step: None)
    for step in done.sync.plan.steps:
        print(plain(str(step)))
    for path in done.documents:
        print(f"block out of {plain(path)}")
    if not done.sync.plan.steps:
        print(f"run {run_id} made no issue that nobody touched since")
    elif not yes:
        print("nothing was done yet: do it with --yes")
    failures = done.sync.outcome.failures if done.sync.outcome else []
    for failure in failures:
        print(f"pmtrack: {plain(failure)}", file=sys.stderr)
    return 1 if failures else 0


def _lines(items: Sequence[Waiting]) -> list[str]:
    return [
        plain(f"{item.id}  {item.state.value:<10}  {item.postmortem}:{item.line}  {item.text}\n    {item.sentence}")
        for item in items
    ]

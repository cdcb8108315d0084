"""`pmtrack plan` and `pmtrack sync`: the changes, one line each, and one line that counts them."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pmtrack.app import App, Run, Scope
from pmtrack.reports import outdated_line
from pmtrack.text import plain

if TYPE_CHECKING:
    from pmtrack.model import Hold
    from pmtrack.sync import Plan, Step
    from pmtrack.sync.reextract import Difference

NOTHING = "nothing to do"


def run_plan(app: App, scope: Scope, output: str, *, check: bool) -> int:
    """Print the plan. Exit code 1 where something could not be read; with `check`, 4 where the plan is not empty."""
    planned = app.plan(scope)
    steps, holds = planned.plan.steps, planned.plan.holds
    if output == "json":
        _print_json({"changes": [_step(step) for step in steps], **_holds(planned.plan)})
    else:
        _print_plan(planned.plan)
        if not steps and not holds:
            print(NOTHING)
    _complain(planned.observation.problems)
    return 4 if check and (steps or holds) else 1 if planned.observation.problems else 0


def run_differences(app: App, scope: Scope, output: str, *, check: bool) -> int:
    """Print what today's extractor reads otherwise. Exit codes as of `run_plan`."""
    found, problems = app.differences(scope)
    if output == "json":
        _print_json({"differences": [_difference(one) for one in found]})
    else:
        print("\n".join(plain(str(one)) for one in found) or "nothing is read otherwise")
        if found:
            print("nothing was done: `pmtrack sync --reextract` takes this as what the documents say")
    _complain(problems)
    return 4 if check and found else 1 if problems else 0


def run_sync(app: App, scope: Scope, output: str) -> int:
    """Carry the plan out while printing it. Exit code 1 where something could not be read or done."""
    told: list[Step] = []

    def say(step: Step) -> None:
        told.append(step)
        if output == "text":
            print(plain(str(step)), flush=True)

    run = app.sync(scope, say=say)
    if output == "json":
        more = {"summary": run.summary, "outdated": run.outdated, "remarks": list(run.remarks)}
        _print_json({"changes": [_step(step) for step in told], **_holds(run.sync.plan), **more})
    else:
        _print_result(run, told)
    _complain(run.problems)
    return 1 if run.failed else 0


def _print_result(run: Run, told: Sequence[Step]) -> None:
    for published in run.published.values():
        for path in published.written:
            print(f"report   {plain(path)}")
        for path in published.proposed:
            print(f"proposed {plain(path)}")
        if published.waiting:
            print(plain(published.waiting))
    for line in run.remarks:
        print(plain(line))
    for name in run.busy:
        print(f"{plain(name)} is left to another worker, which is at it now")
    for hold in run.sync.plan.holds:
        print(_hold_line(hold))
    if not run.failed and not told and not run.summary["documents written"]:
        print(NOTHING)
    if run.outdated:
        print(outdated_line(run.outdated))
    print(", ".join(f"{word} {count}" for word, count in run.summary.items()))


def _print_plan(plan: Plan) -> None:
    for step in plan.steps:
        print(plain(str(step)))
    for hold, steps in plan.held:
        print(_hold_line(hold))
        for step in steps:
            print(f"  {plain(str(step))}")


def _hold_line(hold: Hold) -> str:
    return f"held     {hold.id}  {plain(hold.sentence)}"


def _step(step: Step) -> dict[str, Any]:
    known = step.tracked.known
    link = step.merged.link if step.merged else step.tracked.link
    return {
        "verb": step.verb,
        "id": known.ident,
        "source": known.source,
        "postmortem": known.path,
        "line": known.item.line,
        "text": known.item.fields.title,
        "tracker": step.tracked.tracker,
        "ticket": link.ref.key if link and link.ref else None,
        "fields": {change.name: _value(change.after) for change in (step.merged.write if step.merged else ())},
        "reason": step.reason or None,
    }


def _difference(found: Difference) -> dict[str, Any]:
    return {
        "kind": found.kind,
        "source": found.source,
        "postmortem": found.path,
        "line": found.line,
        "text": found.text,
        "fields": {one.name: {"before": _value(one.before), "after": _value(one.after)} for one in found.changes},
    }


def _value(value: object) -> object:
    if isinstance(value, tuple):
        return list(value)
    return value if value is None or isinstance(value, bool) else str(value)


def _holds(plan: Plan) -> dict[str, Any]:
    return {
        "holds": [
            {"id": hold.id, "kind": hold.kind, "source": hold.source, "sentence": hold.sentence, "changes": len(steps)}
            for hold, steps in plan.held
        ]
    }


def _print_json(content: dict[str, Any]) -> None:
    print(json.dumps({"schema": 1, **content}, ensure_ascii=False, indent=2))


def _complain(problems: Sequence[str]) -> None:
    for problem in problems:
        print(f"pmtrack: {plain(problem)}", file=sys.stderr)

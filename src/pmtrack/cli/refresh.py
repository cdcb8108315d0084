"""`pmtrack refresh-links`: the links that lead elsewhere, one line each, and what became of them."""

from __future__ import annotations

import sys

from pmtrack.app import App, Scope
from pmtrack.app.refresh import Astray, refresh
from pmtrack.text import plain

NOTHING = "every link leads to where its item stands"


def run(app: App, scope: Scope) -> int:
    """Print what follows, and what waits for a yes. Exit code 1 where something could not be read or done."""

    def say(one: Astray) -> None:
        print(plain(str(one)), flush=True)

    found = refresh(app, scope, say)
    for line in found.held:
        print(plain(line))
    if not found.astray and not found.problems:
        print(NOTHING)
    elif found.astray:
        print(f"links refreshed {found.done}, held {found.waiting}")
    for problem in found.problems:
        print(f"pmtrack: {plain(problem)}", file=sys.stderr)
    return 1 if found.problems else 0

"""`pmtrack check`: every problem at once, before a sync meets it."""

from __future__ import annotations

from pmtrack.app import App
from pmtrack.text import plain


def run(app: App) -> int:
    """Print each problem on a line; exit code 1 where there is one."""
    problems = list(app.check())
    for problem in problems:
        print(plain(problem))
    if not problems:
        config = app.config
        print(
            f"{config.file} is fine: {_count(len(config.sources), 'source')}, {_count(len(config.trackers), 'tracker')}"
        )
    return 1 if problems else 0


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"

"""What our commits say (pure): no mention, no closing keyword, no cross-reference, whatever a document is called."""

from __future__ import annotations

from collections.abc import Sequence

from pmtrack.text import neutral_markdown, one_line

TRAILER = "Pmtrack-Run"
"""Names the run in each of our commits, and is what they are known by."""

SKIP = "[skip ci]"
_MOST = 20


def message(paths: Sequence[str], run: str, *, skip_ci: bool = False) -> str:
    """One line, the documents, and the run.

    Args:
        paths: of the documents that the commit changes.
    """
    first = subject(paths) + (f" {SKIP}" if skip_ci else "")
    return "\n".join([first, "", _told(paths), "", f"{TRAILER}: {one_line(run, 100) or 'unknown'}", ""])


def subject(paths: Sequence[str]) -> str:
    """What a commit, or a pull request, is called."""
    which = neutral_markdown(one_line(paths[0], 100)) if len(paths) == 1 else f"{len(paths)} postmortems"
    return f"Update action items in {which}"


def body(paths: Sequence[str]) -> str:
    """What a pull request says."""
    return (
        f"pmtrack keeps the reports of these postmortems up to date:\n\n{_told(paths)}\n\n"
        "It updates this pull request in place, and closes it when nothing is left to say. Merge it whenever you like; "
        "closed, it stays closed until there is something else to say."
    )


def _told(paths: Sequence[str]) -> str:
    told = [f"- {neutral_markdown(one_line(path))}" for path in paths[:_MOST]]
    if len(paths) > _MOST:
        told.append(f"- and {len(paths) - _MOST} more")
    return "\n".join(told)

"""Questions to Jira's search (pure). Every value in one is quoted, whatever it is.

Rules: "JQL reserved characters" of support.atlassian.com: in quotes, only the backslash and the quote are special.
"""

from __future__ import annotations

from pmtrack.text import plain


def quoted(value: str) -> str:
    """A value that can end neither its quotes nor its line."""
    words = " ".join(plain(value).split())
    escaped = words.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def changed(project: str, minutes: int | None) -> str:
    """The issues of a project that changed in the last so many minutes, all for None, in an order that stands still.

    Relative, so that neither the account's time zone nor summer time matters.
    """
    since = f' AND updated >= "-{minutes}m"' if minutes is not None else ""
    return f"project = {quoted(project)}{since} ORDER BY key ASC"


def of_type(project: str, kind: str) -> str:
    """The issues of one type."""
    return f"project = {quoted(project)} AND issuetype = {quoted(kind)} ORDER BY key ASC"

"""The request log that tests count in."""

from __future__ import annotations

import fnmatch
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """One request.

    Attributes:
        status: what the client saw, 0 for no answer at all. effect: what the server decided, 0 if it did not get there.
        fault: the name of what went wrong on purpose.
    """

    method: str
    path: str
    status: int
    at: datetime
    query: str = ""
    account: str = ""
    effect: int = 0
    fault: str = ""


class Log(list[Entry]):
    """Every request in the order in which it was answered."""

    def matching(self, method: str, path: str = "") -> list[Entry]:
        """Those whose path ends in `path`, in which `*` stands for anything."""
        return [entry for entry in self if entry.method == method and fnmatch.fnmatchcase(entry.path, f"*{path}")]

    def writes(self) -> list[Entry]:
        return [entry for entry in self if entry.method != "GET"]

    def statuses(self) -> list[int]:
        return [entry.status for entry in self]

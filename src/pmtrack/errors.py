"""The failures that a person can mend; anything else that is raised is a bug.

`str(error)` is one sentence (or a few lines, one a problem): what happened and what to do next. It carries no secret.
"""

from __future__ import annotations

from collections.abc import Sequence


class PmtrackError(Exception):
    """A failure that a person can mend. `exit_code` is what the command returns for it."""

    exit_code = 1


class ConfigError(PmtrackError):
    """Everything that is wrong with the configuration, all at once.

    Args:
        problems: one sentence each, with the file and the key.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class DocumentError(PmtrackError):
    """One document cannot be read or written as it stands; it is left out of this run, the others go on."""


class SourceError(PmtrackError):
    """A source cannot be listed. Nothing that rests on the absence of a document may be done."""


class StoreError(PmtrackError):
    """The store cannot be opened, read or written."""


class Busy(StoreError):
    """Another process holds the store; nothing was done."""


class TrackerError(PmtrackError):
    """A tracker refused, or could not be reached.

    Args:
        permanent: trying again without a change by a person will fail again.
        retry_after: seconds to wait before trying again, where the tracker said so.
    """

    def __init__(self, sentence: str, *, permanent: bool = False, retry_after: float | None = None) -> None:
        self.permanent = permanent
        self.retry_after = retry_after
        super().__init__(sentence)


class Stopped(PmtrackError):
    """We were asked to stop while waiting for a limit; what was done until then stands."""


class UnknownOutcome(TrackerError):
    """The tracker may or may not have done what was asked. A create must be looked for before it is tried again."""

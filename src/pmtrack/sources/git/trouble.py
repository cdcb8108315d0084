"""What git and the hosts say -> a sentence that says what to do. Data, and one look-up."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import Enum

NO_GIT = "there is no git on this machine: install it (2.30 or later)"

FETCHING: Sequence[tuple[str, str]] = (
    (r"timed out after", "did not answer in time: try again, or allow it more with timeout"),
    (r"could not find remote ref|couldn't find remote ref", "has no branch {branch}: push it again, or name another"),
    (
        r"authentication failed|could not read (username|password)|returned error: 40[13]|publickey|credentials",
        "does not let us in: set {variable} in the environment to a token that may read it, or give an ssh key",
    ),
    (
        r"repository not found|not found|does not appear to be a git repository|does not exist|returned error: 404",
        "is not there, or not for this account: check remote, and that {variable} may read it",
    ),
    (r"host key verification failed", "has an ssh key that this user does not know: connect once by hand with ssh"),
    (
        r"could not resolve|failed to connect|connection (refused|reset|timed out)|network is unreachable"
        r"|operation timed out|early eof|remote end hung up|error: 5\d\d|rpc failed|\bssl\b|\btls\b|certificate",
        "cannot be reached: check the network, then sync again",
    ),
    (r"no space left|disk quota|disk full", "cannot be kept on this machine, whose disk is full: make room"),
    (r"permission denied|read-only file system", "may not be read, or its clone not written: change permissions"),
)
"""A pattern in what git said, in small letters -> what is wrong with the remote and what to do."""

OTHERWISE = "cannot be read ({said}): mend that, then sync again"


class Push(Enum):
    """What became of a push."""

    DONE = "done"
    MOVED = "moved"  # somebody was faster: look again
    UNSURE = "unsure"  # it may or may not have arrived: look
    PROTECTED = "protected"
    REFUSED = "refused"


_REFUSALS: Sequence[tuple[str, Push]] = (
    (r"stale info|fetch first|non-fast-forward|cannot lock ref|incorrect old value|failed to update ref", Push.MOVED),
    (r"protected branch|gh006|gh013|protected branches|rule violations|tf402455|branch is protected", Push.PROTECTED),
    (r"hook declined|not allowed to push|prohibited|branch restriction|deny updating", Push.PROTECTED),
    (r"denied|returned error: 40[13]|authentication failed|could not read (username|password)", Push.REFUSED),
    (
        r"not permitted|read.only|write access|archived|publickey|unpack failed|too large|\[remote rejected\]",
        Push.REFUSED,
    ),
)
"""In this order: a pattern in what git said -> what became of the push."""

PROTECTED = (
    "the branch {branch} of source {name} is protected and takes no commit from this account ({said}): set "
    'publish.mode = "pull-request" for this source, or "off", or allow the account to push there'
)
REFUSED = (
    "the commit for source {name} was refused ({said}): let the account of {variable} write to the repository, or set "
    'publish.mode = "off" for this source'
)
FASTER = (
    "the commit for source {name} did not get through: others pushed {tries} times meanwhile, or the remote does not "
    "answer: nothing is lost, the next run tries again"
)


_TELLING = ("remote: error", "remote: GitLab", "remote: fatal", "!", "fatal:", "error:")
"""How lines begin that tell something, the most telling first."""


def fetching(words: str) -> str | None:
    """What is wrong with a remote that could not be read; None where that cannot be told."""
    small = words.lower()
    return next((say for pattern, say in FETCHING if re.search(pattern, small)), None)


def pushed(code: int, words: str) -> Push:
    """What became of a push that ended so."""
    if code == 0:
        return Push.DONE
    small = words.lower()
    return next((found for pattern, found in _REFUSALS if re.search(pattern, small)), Push.UNSURE)


def shortly(words: str, limit: int = 200) -> str:
    """The one line that tells most of what git and the host said, else the last one."""
    lines = [line.strip() for line in words.splitlines() if line.strip()]
    telling = (line for start in _TELLING for line in lines if line.startswith(start))
    line = next(telling, lines[-1] if lines else "no reason given")
    line = line.rpartition("\t")[2] if line.startswith("!") else re.sub(r"^(remote: )?(fatal: |error: )?", "", line)
    clean = " ".join(line.split())
    return clean if len(clean) <= limit else f"{clean[: limit - 1]}…"

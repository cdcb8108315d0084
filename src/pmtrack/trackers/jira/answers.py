"""What Jira answered, and what it means where it is no success (pure).

Sources: developer.atlassian.com, "Rate limiting" and the descriptions of the issue endpoints;
confluence.atlassian.com, "Improving instance stability with rate limiting" for Data Center.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pmtrack.errors import TrackerError
from pmtrack.text import one_line
from pmtrack.trackers.clocks import retry_after, server_time
from pmtrack.trackers.meter import Left

UNTOLD = 60.0
"""Seconds to wait where a limit comes without a time."""

BURST = 1.0
"""Seconds in which a bucket fills on Cloud."""

PER_ISSUE = "jira-per-issue-on-write"
"""The reason of a refusal that is about one issue only; everything else may go on."""


class Broken(TrackerError):
    """The body is not what it should be: cut, or not JSON. After a write it is an unknown outcome."""

    def __init__(self) -> None:
        super().__init__("Jira's answer was cut or makes no sense: check url, else the next run asks again")


@dataclass(frozen=True, slots=True)
class Answer:
    """Attributes:
    headers: by names in lower case. text: the body.
    """

    status: int
    headers: Mapping[str, str]
    text: str

    def json(self) -> Any:
        """Raises:
        Broken: it is not JSON.
        """
        try:
            return json.loads(self.text)
        except ValueError:
            raise Broken from None

    def thing(self, *keys: str) -> dict[str, Any]:
        """The object that it shows, with at least these keys.

        Raises:
            Broken: it shows none.
        """
        found = self.json()
        if not isinstance(found, dict) or any(found.get(key) is None for key in keys):
            raise Broken
        return found

    def things(self, key: str = "") -> list[dict[str, Any]]:
        """The list that it shows, or has under `key`.

        Raises:
            Broken: it shows none.
        """
        found = self.thing(key)[key] if key else self.json()
        if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
            raise Broken
        return found

    @property
    def message(self) -> str:
        """Jira's own words, on one line, "" where there are none."""
        return one_line("; ".join(_said(self.text)), 300)

    @property
    def denied(self) -> bool:
        """Whether Jira did not know us, though it may have answered as it does to anybody."""
        return "AUTHENTICATED_FAILED" in self.headers.get("x-seraph-loginreason", "")


def wait(answer: Answer, now: float) -> float | None:
    """Seconds to wait where a limit refused this request, None where none did.

    Args:
        now: seconds since 1970, for answers that carry no date.
    """
    if answer.status != 429:
        return None
    told = retry_after(answer.headers, now)
    return max(1.0, told if told is not None else _until_reset(answer, now))


def left(answer: Answer, now: float) -> Left | None:
    """What is left of a burst, None where it is not told: of one endpoint on Cloud, of the account on Data Center.

    A bucket fills by the second on Cloud, and on Data Center in the interval that it tells.
    """
    try:
        remaining, whole = (int(answer.headers[f"x-ratelimit-{name}"]) for name in ("remaining", "limit"))
        seconds = float(answer.headers.get("x-ratelimit-interval-seconds", BURST))
    except (KeyError, ValueError):
        return None
    return Left(remaining, whole, now + max(BURST, min(seconds, UNTOLD)))


def of_one_issue(answer: Answer) -> bool:
    """Whether a limit refused this request because of the one issue that it is about."""
    return answer.headers.get("ratelimit-reason", "") == PER_ISSUE


def _until_reset(answer: Answer, now: float) -> float:
    """Jira writes that moment without seconds, so it is never taken for sooner than a minute."""
    try:
        reset = datetime.fromisoformat(answer.headers["x-ratelimit-reset"]).timestamp()
    except (KeyError, ValueError):
        return UNTOLD
    return max(UNTOLD, reset - server_time(answer.headers, now))


# ---------------------------------------------------------------- refusals


@dataclass(frozen=True, slots=True)
class Rule:
    """A refusal that people can do something about. The first that fits counts.

    Attributes:
        fits: told the answer, and its words in lower case.
        sentence: with {project}, {key}, {variable}, {permission}, {message} and {needs}.
        whole: it holds for everything else too, so that a run need not ask any further.
    """

    fits: Callable[[Answer, str], bool]
    sentence: str
    permanent: bool = True
    whole: bool = False


RULES = (
    Rule(
        lambda answer, _w: "CAPTCHA" in answer.headers.get("x-authentication-denied-reason", "").upper(),
        "Jira wants a CAPTCHA of this account: log in once in a browser, then put a valid token into {variable}",
        whole=True,
    ),
    Rule(
        lambda answer, _w: answer.status == 401 or answer.denied,
        "Jira does not accept the token: put a valid one into {variable}, and on Cloud its e-mail beside it",
        whole=True,
    ),
    Rule(
        lambda answer, words: answer.status in (400, 403, 404) and "archived" in words and "issue" not in words,
        "project {project} is archived: restore it, or name another project",
        whole=True,
    ),
    Rule(
        lambda answer, words: answer.status in (400, 403, 404) and "archived" in words,
        "{key} is archived: restore it, or remove the item",
    ),
    Rule(
        lambda answer, words: answer.status in (403, 503) and ("read-only" in words or "read only" in words),
        "Jira is read-only at the moment: wait until its maintenance is over, the next run tries again",
        permanent=False,
        whole=True,
    ),
    Rule(
        lambda answer, words: answer.status in (400, 403, 404) and "not editable" in words,
        "{key} cannot be edited in its present status: reopen it, or let its workflow allow it",
    ),
    Rule(
        lambda answer, words: answer.status == 400 and "is required" in words,
        "Jira wants more than the item has ({message}): fill it by fields = {{...}} at the tracker",
    ),
    Rule(
        lambda answer, _w: answer.status == 403,
        "the account may not do that in {project} ({message}): give it the permission {permission} there",
    ),
    Rule(
        lambda answer, _w: answer.status == 410,
        "Jira has switched this part of its interface off ({message}): update pmtrack",
        whole=True,
    ),
    Rule(
        lambda answer, _w: answer.status == 404,
        "{key} was deleted, or the account may not see it: remove the item, or let it have a new issue",
    ),
    Rule(
        lambda answer, _w: 300 <= answer.status < 400,
        "url leads to another address: write the one that it leads to",
        whole=True,
    ),
    Rule(
        lambda answer, _w: answer.status in (400, 409, 412, 413, 415, 422),
        "Jira does not take it ({message}): mend the item, or what its tracker is configured with",
    ),
)

NO_PROJECT = "project {project} is not there, or the account may not see it: check its key, and what the account may"


def refusal(answer: Answer, project: str, variable: str, *, key: str = "", permission: str = "") -> TrackerError:
    """What to raise for an answer that is no success: one sentence, with what to do.

    `retry_after` is 0 where nothing else would go better in this run, so that it is said once and not for each item.

    Args:
        key: of the issue that was asked for, "" where the project was. permission: what was needed.
    """
    words = answer.message
    told = {"project": project, "variable": variable, "key": key, "message": words or "no reason given"}
    told["permission"] = permission or "that it names"
    if answer.status == 404 and not key:
        return TrackerError(NO_PROJECT.format(**told), permanent=True, retry_after=0.0)
    for rule in RULES:
        if rule.fits(answer, words.lower()):
            sentence = rule.sentence.format(**told)
            return TrackerError(sentence, permanent=rule.permanent, retry_after=0.0 if rule.whole else None)
    return TrackerError(f"Jira answered {answer.status} for {key or project}: the next run tries again")


def _said(text: str) -> Iterator[str]:
    """The sentences of Jira's error collection: `errorMessages`, and `errors` by the field that each is about."""
    try:
        found = json.loads(text)
    except ValueError:
        return
    if isinstance(found, dict):
        yield from complaints(found)


def complaints(collection: Mapping[str, Any]) -> Iterator[str]:
    """The sentences of one error collection."""
    messages, errors = collection.get("errorMessages"), collection.get("errors")
    yield from (str(words) for words in (messages if isinstance(messages, list) else ()) if words)
    if isinstance(errors, Mapping):
        yield from (f"{name}: {words}" for name, words in errors.items())
    for name in ("message", "errorMessage"):
        if isinstance(collection.get(name), str):
            yield collection[name]

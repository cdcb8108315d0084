"""What GitHub answered, and what it means where it is no success (pure).

Sources: docs.github.com, "Rate limits for the REST API", "Troubleshooting the REST API" and the descriptions of the
issue endpoints.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pmtrack.errors import TrackerError
from pmtrack.text import one_line
from pmtrack.trackers.clocks import retry_after, server_time
from pmtrack.trackers.meter import Left

UNTOLD = 60.0
"""Seconds to wait where a limit comes without a time ("at least one minute")."""

LIMITED = ("rate limit", "abuse detection", "please retry your request again later", "please wait a few minutes")


class Broken(TrackerError):
    """The body is not what it should be: cut, or not JSON. After a write it is an unknown outcome."""

    def __init__(self) -> None:
        super().__init__("GitHub's answer was cut or makes no sense: check base_url, else the next run asks again")


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

    def issue(self) -> dict[str, Any]:
        """The issue (or comment, or repository) that it shows.

        Raises:
            Broken: it shows none.
        """
        found = self.json()
        if not isinstance(found, dict) or not isinstance(found.get("id"), int):
            raise Broken
        return found

    def entries(self) -> list[dict[str, Any]]:
        """The list that it shows.

        Raises:
            Broken: it shows none.
        """
        found = self.json()
        if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
            raise Broken
        return found

    @property
    def message(self) -> str:
        """GitHub's own words, on one line, "" where there are none."""
        said = _body(self)
        return one_line(f"{said.get('message') or ''}{_errors(said)}", 300)


def wait(answer: Answer, now: float) -> float | None:
    """Seconds to wait where a limit refused this request, None where none did.

    Args:
        now: seconds since 1970, for answers that carry no date.
    """
    if not _is_limit(answer):
        return None
    told = retry_after(answer.headers, now)
    return max(1.0, told if told is not None else until_reset(answer, now) or UNTOLD)


def until_reset(answer: Answer, now: float) -> float | None:
    """Seconds until the account may ask again, None where it may go on."""
    return _reset(answer, now) if answer.headers.get("x-ratelimit-remaining") == "0" else None


def left(answer: Answer, now: float) -> Left | None:
    """What is left of the requests of an hour, None where it is not told."""
    try:
        remaining, whole = (int(answer.headers[f"x-ratelimit-{name}"]) for name in ("remaining", "limit"))
    except (KeyError, ValueError):
        return None
    return Left(remaining, whole, now + _reset(answer, now))


def _reset(answer: Answer, now: float) -> float:
    try:
        return max(1.0, float(answer.headers["x-ratelimit-reset"]) - server_time(answer.headers, now))
    except (KeyError, ValueError):
        return UNTOLD


def _is_limit(answer: Answer) -> bool:
    words = answer.text.lower() if answer.status in (200, 403) else ""
    limited = any(word in words for word in LIMITED)
    if answer.status == 403:
        return limited or "retry-after" in answer.headers or answer.headers.get("x-ratelimit-remaining") == "0"
    if answer.status == 200:  # GraphQL says it so
        return limited and bool(_body(answer).get("errors"))
    return answer.status == 429


# ---------------------------------------------------------------- refusals


@dataclass(frozen=True, slots=True)
class Rule:
    """A refusal that people can do something about. The first that fits counts.

    Attributes:
        fits: told status, message in lower case, and headers.
        sentence: with {repository}, {key}, {variable}, {permission} and {message}.
        whole: it holds for everything else too, so that a run need not ask any further.
    """

    fits: Callable[[int, str, Mapping[str, str]], bool]
    sentence: str
    permanent: bool = True
    whole: bool = False


RULES = (
    Rule(
        lambda status, _m, _h: status == 401,
        "GitHub does not accept the token: put a valid one into {variable}",
        whole=True,
    ),
    Rule(
        lambda status, words, _h: status in (403, 410) and "archived" in words,
        "{repository} is archived: unarchive it, or name another repository",
        whole=True,
    ),
    Rule(
        lambda status, words, _h: status in (403, 404, 410) and "issues" in words and "disabled" in words,
        "issues are switched off in {repository}: switch them on in its settings",
        whole=True,
    ),
    Rule(
        lambda status, words, headers: status == 403 and ("x-github-sso" in headers or "saml" in words),
        "the organisation of {repository} wants the token authorised for single sign-on: do so in the token's settings",
        whole=True,
    ),
    Rule(
        lambda status, words, _h: status == 403 and "locked" in words,
        "{key} is locked: unlock it, or give the account write access to {repository}",
        permanent=False,
    ),
    Rule(
        lambda status, _w, headers: status == 403 and "x-accepted-github-permissions" in headers,
        "the token may not do that in {repository}: give it the permission {permission}",
    ),
    Rule(
        lambda status, _w, _h: status == 403,
        "the token may not do that in {repository} ({message}): give it read and write access to issues there",
    ),
    Rule(lambda status, _w, _h: status == 410, "{key} was deleted: remove the item, or let it have a new issue"),
    Rule(
        lambda status, _w, _h: status == 404,
        "{repository} is not there, or the token cannot see it: check its name and what the token may reach",
        whole=True,
    ),
    Rule(
        lambda status, _w, _h: status in (400, 422),
        "GitHub does not take it ({message}): mend the item, or what its tracker is configured with",
    ),
)


def refusal(answer: Answer, repository: str, variable: str, key: str = "") -> TrackerError:
    """What to raise for an answer that is no success: one sentence, with what to do.

    `retry_after` is 0 where nothing else would go better in this run, so that it is said once and not for each item.

    Args:
        key: of the issue that was asked for, "" where the repository was.
    """
    words = answer.message
    for rule in RULES:
        if rule.fits(answer.status, words.lower(), answer.headers):
            told = {"repository": repository, "variable": variable, "key": key or "the issue", "message": words}
            permission = one_line(answer.headers.get("x-accepted-github-permissions", ""), 80)
            sentence = rule.sentence.format(**told, permission=permission)
            return TrackerError(sentence, permanent=rule.permanent, retry_after=0.0 if rule.whole else None)
    return TrackerError(f"GitHub answered {answer.status} for {key or repository}: the next run tries again")


def _body(answer: Answer) -> Mapping[str, Any]:
    try:
        found = json.loads(answer.text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _errors(body: Mapping[str, Any]) -> str:
    """`: title is missing, labels invalid` from GitHub's list of validation errors."""
    errors = body.get("errors")
    said = [_error(entry) for entry in errors] if isinstance(errors, list) else []
    return f": {', '.join(said)}" if said else ""


def _error(entry: Any) -> str:
    if not isinstance(entry, dict):
        return str(entry)
    return str(entry.get("message") or f"{entry.get('field', '')} {entry.get('code', '')}".strip())

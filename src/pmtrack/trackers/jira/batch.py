"""What Jira says of many creates in one request (pure)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pmtrack.trackers.jira.answers import Answer, Broken

MOST = 50
"""Issues in one request; Jira takes no more."""


@dataclass(frozen=True, slots=True)
class Made:
    """An issue that is there."""

    id: str
    key: str


def outcomes(answer: Answer, count: int) -> list[Made | Answer]:
    """For each of the issues that were asked for, in their order: the issue, or why there is none.

    A refusal of one stands in the body of an answer about all, and is given as if that one had been asked for alone.

    Raises:
        Broken: it does not account for all of them.
    """
    said = answer.thing()
    made, errors = said.get("issues") or [], said.get("errors") or []
    if not isinstance(made, list) or not isinstance(errors, list) or len(made) + len(errors) != count:
        raise Broken
    try:
        refused = {int(error["failedElementNumber"]): _alone(error) for error in errors}
        issues = iter([Made(str(issue["id"]), str(issue["key"])) for issue in made])
        return [refused.get(number) or next(issues) for number in range(count)]
    except (KeyError, TypeError, ValueError, StopIteration):
        raise Broken from None


def _alone(error: Mapping[str, Any]) -> Answer:
    return Answer(int(error.get("status") or 400), {}, json.dumps(error.get("elementErrors") or {}))

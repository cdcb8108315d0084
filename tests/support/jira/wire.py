"""The refusals of Jira, which have one form everywhere. Requests and answers are those of the stand-in for GitHub."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..github.wire import Answer, Request

__all__ = ["Answer", "Refused", "Request", "invalid", "no_issue", "not_on_screen", "refusal"]


class Refused(Exception):
    """Jira says no; `answer` is how: messages, and an error for each field."""

    def __init__(
        self,
        status: int,
        *messages: str,
        errors: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(*messages, errors)
        body: dict[str, Any] = {"errorMessages": list(messages), "errors": dict(errors or {})}
        self.answer = Answer(status, body, headers or {})


def refusal(status: int, *messages: str, **errors: str) -> Answer:
    return Refused(status, *messages, errors=errors).answer


def no_issue(status: int = 404) -> Refused:
    """Also for an issue that the caller may not see."""
    return Refused(status, "Issue does not exist or you do not have permission to see it.")


def invalid(errors: Mapping[str, str]) -> Refused:
    return Refused(400, errors=errors)


def not_on_screen(name: str) -> str:
    return f"Field '{name}' cannot be set. It is not on the appropriate screen, or unknown."

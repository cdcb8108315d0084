"""Why a request had no answer, by what was raised instead: a few words that carry no header and no address (pure)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import requests
from urllib3 import exceptions as wire

NEVER_SENT = (wire.NewConnectionError, wire.ConnectTimeoutError, wire.NameResolutionError)
CERTIFICATE = "CERTIFICATE_VERIFY_FAILED"

WORDS: Mapping[type[Exception], str] = {
    wire.NameResolutionError: "its name is not known",  # a kind of the next one, so it comes first
    wire.NewConnectionError: "the connection was refused",
    wire.ConnectTimeoutError: "no connection in time",
    wire.ReadTimeoutError: "no answer in time",
    requests.Timeout: "no answer in time",
    requests.ConnectionError: "the connection was lost",
    requests.RequestException: "the answer was cut",
}
"""The first that fits."""


class Failure:
    """What a library raised in the place of an answer.

    Args:
        own: the library's own kind of error, whose words are those of a server. words: what else it raises.
    """

    def __init__(
        self,
        error: Exception,
        own: type[Exception] | tuple[()] = (),
        words: Mapping[type[Exception], str] | None = None,
    ) -> None:
        self._causes = tuple(cause for cause in _causes(error) if not isinstance(cause, own))
        self._words = {**WORDS, **(words or {})}

    @property
    def why(self) -> str:
        """For the middle of a sentence."""
        if self._is_of_trust:
            return "its certificate is not trusted here"
        found = (words for kind, words in self._words.items() if any(isinstance(cause, kind) for cause in self._causes))
        return next(found, "the answer makes no sense")

    @property
    def is_unsent(self) -> bool:
        """Whether the server cannot have heard of it: no name, no connection, no trust."""
        return self._is_of_trust or any(isinstance(cause, NEVER_SENT) for cause in self._causes)

    @property
    def _is_of_trust(self) -> bool:
        return any(CERTIFICATE in str(cause) for cause in self._causes)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error, and what it was made of: `requests` and `urllib3` pack one into another."""
    seen: list[BaseException] = []
    waiting = [error]
    while waiting:
        cause = waiting.pop()
        if cause in seen or len(seen) > 50:
            continue
        seen.append(cause)
        yield cause
        inner = (cause.__cause__, cause.__context__, getattr(cause, "reason", None), *cause.args)
        waiting += [found for found in inner if isinstance(found, BaseException)]

"""A file, the standard output, and a comment on an issue."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping

from pmtrack import atomic
from pmtrack.errors import TrackerError, UnknownOutcome
from pmtrack.reports.channels.base import Means, Message, NotSent, Unsure
from pmtrack.reports.digest_forms import as_comment, as_html, as_markdown


def send(scheme: str, rest: str, message: Message, means: Means) -> None:
    """As `channels.send`."""
    WAYS[scheme](rest, message, means)


def _file(path: str, message: Message, means: Means) -> None:
    """In place of the last one; a name that ends in .html gets a page."""
    text = as_html(message.letter) if path.endswith(".html") else as_markdown(message.letter)
    target = means.base / path
    try:
        try:
            _, stamp = atomic.read(target)
        except FileNotFoundError:
            atomic.create(target, text.encode())
        else:
            atomic.replace(target, text.encode(), stamp)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise NotSent(
            f"the digest cannot be written to {path} ({why}): see that its folder is there and may be written to"
        ) from None


def _stdout(_rest: str, message: Message, _means: Means) -> None:
    sys.stdout.write(as_markdown(message.letter))
    sys.stdout.flush()


def _issue(rest: str, message: Message, means: Means) -> None:
    tracker, _, key = rest.partition("/")
    try:
        means.comment(tracker, key, as_comment(message.letter))
    except UnknownOutcome as error:
        raise Unsure(str(error)) from None
    except TrackerError as error:
        raise NotSent(str(error)) from None


WAYS: Mapping[str, Callable[[str, Message, Means], None]] = {"file": _file, "stdout": _stdout, "issue": _issue}

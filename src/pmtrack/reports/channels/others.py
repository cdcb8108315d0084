"""Everything that apprise can send to, which is an extra. It answers yes or no: why not is seen at its requests."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import requests

from pmtrack.reports.channels import web
from pmtrack.reports.channels.base import Means, Message, NotSent, Unsure
from pmtrack.reports.digest_forms import as_chat
from pmtrack.secrets import variable
from pmtrack.text import one_line


def send(_scheme: str, name: str, message: Message, means: Means) -> None:
    """As `channels.send`. The address that PMTRACK_NAME_URL holds is one of apprise's own."""
    try:
        from apprise import Apprise, NotifyType  # noqa: PLC0415 - an extra
    except ImportError:
        raise NotSent("apprise is not installed: install pmtrack with its extra, pmtrack[notify]") from None
    to = f"apprise:{name}"
    logging.getLogger("apprise").disabled = True  # it writes addresses, which are secrets
    target = Apprise.instantiate(web.address(name, means.environment))
    if target is None:
        raise NotSent(f"{variable(name, web.WHAT)} is no address that apprise understands: see its documentation")
    title, _, body = as_chat(message.letter).partition("\n")
    with _watched() as seen:  # the target's own `notify` stays in this thread
        fine = target.notify(
            body=body.strip() or title, title=one_line(title), notify_type=NotifyType.INFO, body_format="text"
        )
    if not fine:
        raise seen.verdict(to)


def ready(_scheme: str, name: str, means: Means) -> None:
    """As `channels.ready`."""
    web.address(name, means.environment)


@dataclass(slots=True)
class _Seen:
    """What came of the requests of one thread: statuses, and failures without an answer."""

    thread: int = field(default_factory=threading.get_ident)
    statuses: list[int] = field(default_factory=list)
    failures: list[requests.RequestException] = field(default_factory=list)

    def verdict(self, to: str) -> NotSent | Unsure:
        """The worst of it: one request that may have arrived is enough not to send it again."""
        found = [web.failed(to, error) for error in self.failures]
        for status in self.statuses:
            try:
                web.judge(to, status)
            except (NotSent, Unsure) as error:
                found.append(error)
            else:  # a part of it went out before another failed
                found.append(Unsure(f"{to} took only a part of the message: look there what arrived"))
        unsure = Unsure(f"{to} did not say whether the message arrived: look there")
        return next((one for one in found if isinstance(one, Unsure)), found[0] if found else unsure)


@contextmanager
def _watched() -> Iterator[_Seen]:
    """See what apprise asks by HTTP, which it does through `requests`; other threads are not looked at."""
    seen, send_it = _Seen(), requests.Session.send

    def watching(session: requests.Session, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        mine = threading.get_ident() == seen.thread
        try:
            answer = send_it(session, request, **options)
        except requests.RequestException as error:
            if mine:
                seen.failures.append(error)
            raise
        if mine:
            seen.statuses.append(answer.status_code)
        return answer

    requests.Session.send = watching  # type: ignore[method-assign, assignment]
    try:
        yield seen
    finally:
        requests.Session.send = send_it  # type: ignore[method-assign]

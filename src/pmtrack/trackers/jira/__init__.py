"""Jira Cloud and Data Center. Loaded only where a configuration names it."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from pmtrack.errors import TrackerError
from pmtrack.secrets import has, token, variable
from pmtrack.trackers import body
from pmtrack.trackers.jira.client import Account, Client
from pmtrack.trackers.jira.tracker import JiraTracker
from pmtrack.trackers.limits import Gate, Ledger
from pmtrack.trackers.settings import Credential, JiraSettings, Limits

_LOG = logging.getLogger(__name__)
_FAILS = partial(TrackerError, permanent=True)


def connect(
    name: str,
    settings: JiraSettings,
    base: Path,
    credentials: Mapping[str, Credential] | None = None,
    ledger: Ledger | None = None,
    *,
    environment: Mapping[str, str] = os.environ,
    clock: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
    say: Callable[[str], None] = _LOG.warning,
) -> JiraTracker:
    """The tracker that a configuration names. Sends nothing yet.

    Args:
        base: the configuration's folder, where the template of a body is.
        credentials: the accounts of the configuration, by name. ledger: what each account did lately.
        clock: seconds since 1970; sleep: how a wait is done; say: told of waits, and of what could not be done and is
            no failure.

    Raises:
        TrackerError: a secret is missing, or the credential is; or the template cannot be used.
    """
    limits = _limits(name, settings, credentials or {})
    account = _account(name, settings, environment)
    ledger = ledger or Ledger()
    budget = ledger.budget(f"{settings.url} {account.variable}", limits)
    gate = Gate(budget, "Jira", settings.patience, clock, sleep, say, ledger.counter(name))
    client = Client(account, settings.url, gate)
    template = body.template(base / settings.template) if settings.template else None
    return JiraTracker(name, settings, client, template)


def _limits(name: str, settings: JiraSettings, known: Mapping[str, Credential]) -> Limits:
    """Those of the credential where it says any: its defaults are another vendor's."""
    wanted = settings.credential
    if wanted is None:
        return settings.limits
    if wanted not in known:
        sentence = f"trackers.{name}.credential: there is no [credentials.{wanted}]: add it, or leave the key out"
        raise TrackerError(sentence, permanent=True)
    return known[wanted].limits if "limits" in known[wanted].model_fields_set else settings.limits


def _account(name: str, settings: JiraSettings, environment: Mapping[str, str]) -> Account:
    """A token of the tracker's own, else of its credential; with an e-mail beside it on Cloud."""
    of = settings.credential if settings.credential and not has(name, environment=environment) else name
    return Account(
        variable(of, "TOKEN"),
        token(of, environment=environment, fails=_FAILS),
        token(of, "EMAIL", environment, fails=_FAILS) if has(of, "EMAIL", environment) else "",
    )

"""GitHub Issues, on github.com or a server of one's own. Loaded only where a configuration names it."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from pmtrack.errors import TrackerError
from pmtrack.secrets import has, secret, token, variable
from pmtrack.trackers import body
from pmtrack.trackers.github.client import Account, Client
from pmtrack.trackers.github.tracker import GitHubTracker
from pmtrack.trackers.limits import Gate, Ledger
from pmtrack.trackers.settings import Credential, GitHubSettings

_LOG = logging.getLogger(__name__)
_FAILS = partial(TrackerError, permanent=True)


def connect(
    name: str,
    settings: GitHubSettings,
    base: Path,
    credentials: Mapping[str, Credential] | None = None,
    ledger: Ledger | None = None,
    *,
    environment: Mapping[str, str] = os.environ,
    clock: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
    say: Callable[[str], None] = _LOG.warning,
) -> GitHubTracker:
    """The tracker that a configuration names. Sends nothing yet.

    Args:
        base: the configuration's folder, where the template of a body is.
        credentials: the accounts of the configuration, by name. ledger: what each account did lately.
        clock: seconds since 1970; sleep: how a wait is done; say: told of waits, and of what could not be done and is
            no failure.

    Raises:
        TrackerError: a secret is missing, or the credential is; or the template cannot be used.
    """
    credential = _credential(name, settings, credentials or {})
    limits = credential.limits if credential else settings.limits
    account = account_of(name, settings.credential, credential, environment)
    ledger = ledger or Ledger()
    budget = ledger.budget(f"{settings.base_url} {account.variable}", limits)
    gate = Gate(budget, "GitHub", settings.patience, clock, sleep, say, ledger.counter(name))
    client = Client(account, settings.base_url, gate)
    template = body.template(base / settings.template) if settings.template else None
    return GitHubTracker(name, settings, client, gate, settle_seconds=limits.settle_seconds, template=template)


def _credential(name: str, settings: GitHubSettings, known: Mapping[str, Credential]) -> Credential | None:
    wanted = settings.credential
    if wanted is None:
        return None
    if wanted not in known:
        sentence = f"trackers.{name}.credential: there is no [credentials.{wanted}]: add it, or leave the key out"
        raise TrackerError(sentence, permanent=True)
    return known[wanted]


def account_of(
    name: str, shared: str | None, credential: Credential | None, environment: Mapping[str, str] = os.environ
) -> Account:
    """A token of the tracker's (or source's) own, else of its credential; or the credential's App.

    Args:
        shared: the name of the credential, None for none.

    Raises:
        TrackerError: a secret is missing, or a number of the App is.
    """
    own = variable(name, "TOKEN")
    if shared is None or has(name, environment=environment):
        return Account(own, token(name, environment=environment, fails=_FAILS))
    if credential is None or credential.app_id is None:
        return Account(variable(shared, "TOKEN"), token(shared, environment=environment, fails=_FAILS))
    if credential.installation_id is None:
        sentence = f"credentials.{shared}.installation_id is missing: add the number of the App's installation"
        raise TrackerError(sentence, permanent=True)
    key = secret(shared, "PRIVATE_KEY", environment, fails=_FAILS).replace("\\n", "\n")
    return Account(
        variable(shared, "PRIVATE_KEY"),
        app_id=credential.app_id,
        installation_id=credential.installation_id,
        private_key=key,
    )

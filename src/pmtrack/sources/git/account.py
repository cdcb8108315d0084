"""Who talks with the remote: the account of a source, and the secret that git is given for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pmtrack.errors import PmtrackError, SourceError
from pmtrack.secrets import has, token, variable
from pmtrack.sources.git.secret import USERS, Secret, secret


@dataclass(slots=True)
class Account:
    """Attributes:
    source: its name. credential: whose account it is, None for the source's own.
    user: the name that goes with the token, None for what `kind` of host wants.
    granted: gives the token of an App.
    """

    source: str
    credential: str | None
    remote: str
    user: str | None
    kind: str | None
    granted: Callable[[], str] | None = None

    @property
    def variable(self) -> str:
        """The one that may hold the token, for advice."""
        return variable(self._name)

    @property
    def _name(self) -> str:
        return self.credential or self.source

    def secret(self) -> Secret:
        """What git needs for its next conversation.

        Raises:
            SourceError: a token is named, and not there; or the App gets none.
        """
        user = self.user or USERS.get(self.kind) or USERS[None]
        return secret(self.remote, user, self._token() if self.remote.startswith("http") else "")

    def _token(self) -> str:
        if self.granted:
            try:
                return self.granted()
            except PmtrackError as error:
                raise SourceError(f"source {self.source} has no token: {error}") from None
        is_there = self.credential is not None or has(self._name)
        return token(self._name, fails=SourceError) if is_there else ""

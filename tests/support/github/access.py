"""Who asks, and what they may do: tokens, roles and permissions.

Sources: "Authenticating to the REST API" (401), "Troubleshooting" (404 instead of 403 for what is private),
"Permissions required for GitHub Apps" and the notes about push access in the description of "Create an issue".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from .model import ROLES, Repo
from .wire import Refused, not_found

BEYOND_REACH = MappingProxyType({"installation": "integration", "personal": "personal access token"})
LEVELS = ("none", "read", "write")


@dataclass(slots=True)
class Token:
    """Attributes:
    kind: "classic" (all that the person may do), "personal" (fine-grained) or "installation" (of an app).
    permissions: such as {"issues": "write"}; of no meaning for a classic token.
    repos: the ids that it reaches, None for all of its owner's.
    """

    value: str
    login: str
    kind: str = "classic"
    permissions: dict[str, str] = field(default_factory=dict)
    repos: frozenset[int] | None = None
    expires_at: datetime | None = None
    revoked: bool = False
    app: int | None = None
    account: str = ""

    def alive(self, now: datetime) -> bool:
        return not self.revoked and (self.expires_at is None or now < self.expires_at)


ANONYMOUS = Token("", "", "anonymous")


def role_of(token: Token, repo: Repo) -> str | None:
    """The role that a token gives in a repository, None for no sight of it. Everybody reads what is public."""
    reached = token.repos is None or repo.id in token.repos
    own = _own_role(token, repo) if reached else None
    return own or (None if repo.private else "read")


def _own_role(token: Token, repo: Repo) -> str | None:
    if token.kind in ("app", "installation"):
        return "write" if token.permissions.get("issues") == "write" else "read"
    if token.login.lower() == repo.owner.lower():
        return "admin"
    return repo.roles.get(token.login.lower())


def at_least(role: str | None, wanted: str) -> bool:
    return role is not None and ROLES.index(role) >= ROLES.index(wanted)


def check_sight(token: Token, repo: Repo) -> None:
    if role_of(token, repo) is None:
        raise not_found()


def check_permission(token: Token, repo: Repo, needs: Mapping[str, str], lost: int = 403) -> None:
    """A token that lacks a permission is told so, except that everybody reads what is public.

    `lost` is the status for reading without the permission: 403 by the documentation, 404 as also met.
    """
    for permission, level in needs.items():
        if level == "write" and token.kind == "anonymous":
            raise Refused(401, "Requires authentication")
        reading = level == "read"
        if (reading and not repo.private) or _has(token, repo, permission, level):
            continue
        if reading and lost == 404:
            raise not_found()
        raise Refused(403, f"Resource not accessible by {BEYOND_REACH[token.kind]}")


def _has(token: Token, repo: Repo, permission: str, level: str) -> bool:
    if token.kind not in BEYOND_REACH:
        return True
    if token.repos is not None and repo.id not in token.repos:
        return False
    return LEVELS.index(token.permissions.get(permission, "none")) >= LEVELS.index(level)

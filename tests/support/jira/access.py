"""Who asks, and what they may do.

Sources: "Basic auth for REST APIs" (an API token stands for its owner, X-Seraph-LoginReason tells of a failure), the
lists of permissions in the API description. Data Center: "Personal access tokens".
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from .model import Issue, Project
from .wire import Refused, Request

if TYPE_CHECKING:
    from .hub import Hub

PERMISSIONS = (
    "BROWSE_PROJECTS",
    "CREATE_ISSUES",
    "EDIT_ISSUES",
    "TRANSITION_ISSUES",
    "ASSIGN_ISSUES",
    "ASSIGNABLE_USER",
    "SCHEDULE_ISSUES",
    "ADD_COMMENTS",
    "LINK_ISSUES",
    "RESOLVE_ISSUES",
)
"""What the people of a new project have. Without SCHEDULE_ISSUES nobody sets a due date."""
OTHERS = ("DELETE_ISSUES", "MODIFY_REPORTER", "MOVE_ISSUES", "MANAGE_WATCHERS", "ADMINISTER_PROJECTS")
GLOBAL = ("ADMINISTER", "USER_PICKER", "BULK_CHANGE")
KNOWN = (*PERMISSIONS, *OTHERS, *GLOBAL)

FAILED = {"X-Seraph-LoginReason": "AUTHENTICATED_FAILED"}
DENIED = {**FAILED, "WWW-Authenticate": 'OAuth realm="https%3A%2F%2Fyour-domain.atlassian.net"'}


@dataclass(slots=True)
class Token:
    """An API token of Cloud, which goes with the address of its owner, or a personal access token of Data Center."""

    value: str
    account: str
    email: str = ""
    revoked: bool = False

    @property
    def basic(self) -> tuple[str, str]:
        return self.email, self.value


def identify(hub: Hub, request: Request) -> str:
    """The account that asks, "" for nobody.

    Raises:
        Refused: 401 for credentials that are wrong, 403 for a kind of credentials that is not for API tokens.
    """
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    if not scheme:
        return ""
    if hub.cloud and scheme.lower() == "bearer":
        raise Refused(403, "Failed to parse Connect Session Auth Token")
    token = hub.tokens.get(_value(scheme, secret))
    email = _decoded(secret)[0] if hub.cloud else ""
    if token and not token.revoked and token.email.lower() == email.lower() and hub.users[token.account].active:
        return token.account
    if hub.cloud and hub.bad_token_is_anonymous:
        return ""
    raise Refused(401, "Client must be authenticated to access this resource.", headers=DENIED if hub.cloud else None)


def login_headers(hub: Hub, request: Request, account: str) -> dict[str, str]:
    """Whom the server took the caller for. Cloud tells of a failed login also where it goes on as for anybody."""
    if not hub.cloud:
        return {"X-AUSERNAME": hub.users[account].name if account else "anonymous"}
    if account:
        return {"X-AAccountId": quote(account)}
    return dict(FAILED) if "authorization" in request.headers else {}


def _value(scheme: str, secret: str) -> str:
    return secret.strip() if scheme.lower() == "bearer" else _decoded(secret)[1]


def _decoded(secret: str) -> tuple[str, str]:
    try:
        email, _, value = base64.b64decode(secret).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return email, value


def may(hub: Hub, account: str, project: Project | None, permission: str) -> bool:
    """Somebody who administers Jira has no more in a project than what its permission scheme gives."""
    if permission in GLOBAL:
        return permission in hub.grants.get(account, ())
    if project is None:
        return any(permission in one.grants.get(account, ()) for one in hub.projects.values())
    if permission == "BROWSE_PROJECTS" and project.anonymous:
        return True
    return permission in project.grants.get(account, ())


def sees(hub: Hub, account: str, issue: Issue) -> bool:
    project = hub.projects[issue.project]
    open_to = issue.readers is None or account in issue.readers
    return open_to and may(hub, account, project, "BROWSE_PROJECTS")


def assignable(hub: Hub, account: str, project: Project) -> bool:
    user = hub.users.get(account)
    return user is not None and user.active and "ASSIGNABLE_USER" in project.grants.get(account, ())

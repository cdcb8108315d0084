"""GitHub Apps: the app proves itself with a JSON Web Token, and gets installation tokens that live for an hour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from .. import canary
from .access import LEVELS, Token
from .clock import real_clock
from .model import User
from .wire import Refused, not_found

if TYPE_CHECKING:
    from .hub import Hub

LIFE = timedelta(hours=1)
LONGEST = timedelta(minutes=10)
"""A JSON Web Token may not be valid for longer."""
TOKEN_LENGTH = 180
"""Since April 2026 they are no longer 40 characters long (description of "Create an installation access token")."""


@dataclass(slots=True)
class App:
    """Attributes:
    installation: the id of its one installation. repos: the ids it was given, None for all of the owner.
    permissions: what the installation has now; a test may take one away.
    """

    id: int
    name: str
    owner: str
    installation: int
    permissions: dict[str, str]
    bot: User
    created_at: datetime
    repos: frozenset[int] | None = None

    @property
    def pem(self) -> str:
        text = _key_pair()[0]
        canary.feather(text.splitlines()[5])  # the letters of the key are no choice of ours
        return text

    @property
    def login(self) -> str:
        return self.bot.login


def install(hub: Hub, name: str, owner: str, permissions: Mapping[str, str]) -> App:
    bot = hub.add_user(f"{name}[bot]", "Bot")
    app = App(hub.new_id(), name, owner, hub.new_id(), dict(permissions), bot, hub.now())
    hub.apps[app.id] = app
    return app


@cache
def _key_pair() -> tuple[str, rsa.RSAPublicKey]:
    """One for all apps of a test run: making one takes a tenth of a second."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    kind, form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, kind, form).decode(), key.public_key()


def app_of(hub: Hub, text: str) -> App:
    """The app whose JSON Web Token this is.

    Raises:
        Refused: 401 for a wrong signature, an unknown app, or times that are not right.
    """
    try:
        options: Any = {"verify_exp": False, "verify_iat": False, "verify_nbf": False}
        claims = jwt.decode(text, _key_pair()[1], algorithms=["RS256"], options=options)
        app = hub.apps[int(claims["iss"])]
    except (jwt.PyJWTError, KeyError, ValueError) as problem:
        raise Refused(401, "A JSON web token could not be decoded") from problem
    _check_times(hub, claims)
    return app


def _check_times(hub: Hub, claims: Mapping[str, Any]) -> None:
    issued, ends = (datetime.fromtimestamp(claims[name], UTC) for name in ("iat", "exp"))
    now = hub.now() if hub.clock is real_clock else issued  # a client's own clock is not moved by a test's hand
    if ends > issued + LONGEST + timedelta(minutes=1) or ends > now + LONGEST:
        raise Refused(401, "'Expiration time' claim ('exp') is too far in the future")
    if ends <= now:
        raise Refused(401, "'Expiration time' claim ('exp') must be a numeric value in the future")


def proof(hub: Hub, text: str) -> Token:
    """What a JSON Web Token stands for while one request lasts: the app itself, which may look and ask for tokens."""
    app = app_of(hub, text)
    return Token("", app.login, "app", {}, reach(hub, app), app=app.id, account=f"app {app.id}")


def new_token(hub: Hub, app: App, installation: int, wish: Mapping[str, Any]) -> Token:
    """A token with the permissions and repositories that are asked for, as far as the installation has them."""
    if app.installation != installation:
        raise not_found()
    wanted = wish.get("permissions") or {}
    for name, level in wanted.items():
        if LEVELS.index(level) > LEVELS.index(app.permissions.get(name, "none")):
            raise Refused(422, "The permissions requested are not granted to this installation.")
    value = canary.secret(f"ghs_{app.id}_", size=TOKEN_LENGTH)[:TOKEN_LENGTH]
    permissions = {"metadata": "read", **wanted} if wanted else dict(app.permissions)
    account = f"installation {installation}"
    ends = (hub.now() + LIFE).replace(microsecond=0)
    repos = _narrowed(hub, reach(hub, app), wish)
    hub.tokens[value] = Token(value, app.login, "installation", permissions, repos, ends, app=app.id, account=account)
    return hub.tokens[value]


def reach(hub: Hub, app: App) -> frozenset[int]:
    """The repositories of the owner, or those of them that the installation was given."""
    own = frozenset(repo.id for repo in hub.repos.values() if repo.owner.lower() == app.owner.lower())
    return own if app.repos is None else own & app.repos


def _narrowed(hub: Hub, repos: frozenset[int], wish: Mapping[str, Any]) -> frozenset[int]:
    """To those that the request names, by id or by name."""
    if "repository_ids" in wish:
        repos &= frozenset(wish["repository_ids"])
    if "repositories" in wish:
        repos = frozenset(one for one in repos if hub.repos[one].name in wish["repositories"])
    return repos

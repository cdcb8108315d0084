"""Who may see the page: people on this machine, those with the token, and those whom a trusted proxy vouches for."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from pmtrack.config import Config
from pmtrack.errors import ConfigError
from pmtrack.secrets import has, token, variable

SHORTEST = 16
"""Characters of a token; nothing keeps a stranger from trying many."""

COOKIE = "pmtrack_page"
FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")
"""Headers that tell that a request came through a proxy."""

LOOPBACK_NAMES = ("localhost", "localhost.")

HEADERS: Mapping[str, str] = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "private, no-cache",
    "Vary": "Cookie, Authorization",
    "Content-Security-Policy": "frame-ancestors 'none'; base-uri 'none'; form-action 'none'",  # the page says the rest
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

TEXT: Mapping[str, str] = {"Content-Type": "text/plain; charset=utf-8"}

GUARDED = (
    b"<!doctype html><html lang=en><meta charset=utf-8><title>Guarded</title><p>This report is guarded: open it with "
    b"?token=TOKEN once, or through the proxy that knows you.<p>If you have just done that, <a href=/>go on</a>."
)
"""The link matters: a browser does not send the cookie along where another site led here."""

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class Visit:
    """A request for the page.

    Attributes:
        client: the address of whoever is connected. headers: by names in lower case. query: as it came.
    """

    client: str
    headers: Mapping[str, str] = field(repr=False)
    query: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered; these headers come over the usual ones."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""


class Refused(Exception):
    """The page is not shown. `reply` is what is said instead."""

    def __init__(self, status: int, body: bytes, **headers: str) -> None:
        super().__init__(status)
        self.reply = Reply(status, {**HEADERS, "Cache-Control": "no-store", **headers}, body)


@dataclass(frozen=True, slots=True)
class Guard:
    """Lets in whom the configuration lets in.

    Args:
        token: a word that opens the page, "" for none. header: the one in which a proxy names who asks, in lower case.
        proxies: from where that header is believed.
    """

    token: str = field(default="", repr=False)
    header: str | None = None
    proxies: Sequence[Network] = ()

    def admit(self, visit: Visit) -> None:
        """Raises:
        Refused: who asks may not see the page.
        """
        if not self.token and not self.header:
            if not _is_at_home(visit):
                raise Refused(403, b"forbidden\n", **TEXT)
        elif not (self._has_token(visit) or self._is_vouched_for(visit)):
            raise Refused(401, GUARDED, **{"WWW-Authenticate": "Bearer"})

    def exchange(self, offered: str, rest: Sequence[tuple[str, str]], visit: Visit) -> Reply:
        """A cookie for the token, and the way to the same page without it, so that it stays in no history.

        Raises:
            Refused: it is another token.
        """
        if not self.token or not _same(offered, self.token):
            raise Refused(401, GUARDED, **{"WWW-Authenticate": "Bearer"})
        secure = "; Secure" if self._trusts(visit) and visit.headers.get("x-forwarded-proto") == "https" else ""
        cookie = f"{COOKIE}={self._pass()}; Path=/; HttpOnly; SameSite=Strict{secure}"
        where = f"/?{urlencode(rest)}" if rest else "/"
        return Reply(303, {**HEADERS, "Cache-Control": "no-store", "Location": where, "Set-Cookie": cookie})

    def _has_token(self, visit: Visit) -> bool:
        if not self.token:
            return False
        scheme, _, offered = visit.headers.get("authorization", "").partition(" ")
        bears = scheme.lower() == "bearer" and _same(offered.strip(), self.token)
        return bears or any(_same(value, self._pass()) for value in _cookies(visit.headers.get("cookie", "")))

    def _is_vouched_for(self, visit: Visit) -> bool:
        return bool(self.header and self._trusts(visit) and visit.headers.get(self.header, "").strip())

    def _trusts(self, visit: Visit) -> bool:
        address = _address(visit.client)
        return address is not None and any(address in network for network in self.proxies)

    def _pass(self) -> str:
        """What the cookie holds: whoever gets hold of it does not know the token."""
        return hmac.new(self.token.encode(), b"the cookie of the page", hashlib.sha256).hexdigest()


def guard(config: Config, environment: Mapping[str, str] = os.environ) -> Guard:
    """Who may see the page, by the configuration and the environment.

    Raises:
        ConfigError: anybody could; or a setting makes no sense.
    """
    service, word = config.service, ""
    if has("page", environment=environment):
        word = token("page", environment=environment, fails=lambda sentence: ConfigError([sentence]))
        _check(word, config)
    header = service.page_header.lower() if service.page_header else None
    if not word and not header and not is_loopback(service.listen.rpartition(":")[0]):
        raise ConfigError(
            [
                f"service.page: {service.listen} can be reached from elsewhere, and nobody guards the page: set "
                f"{variable('page')}, or service.page_header to the header by which your proxy names people, or "
                "listen on 127.0.0.1"
            ]
        )
    return Guard(word, header, tuple(_network(text) for text in service.trusted_proxies))


def _check(word: str, config: Config) -> None:
    name = variable("page")
    if len(word) < SHORTEST:
        raise ConfigError([f"{name} is too short to keep anybody out: make it {SHORTEST} characters or more"])
    others = (*config.trackers, *config.credentials, *(source.name for source in config.sources))
    for other in others:
        if variable(other) == name:
            raise ConfigError([f"{name} is the token of {other!r} as well: give that another name"])


def _network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise ConfigError(
            [f"service.trusted_proxies: {text!r} is no address: write one such as 10.0.0.7 or 10.0.0.0/24"]
        ) from None


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches what listens there, or is called so."""
    host = host.removeprefix("[").removesuffix("]").lower()
    address = _address(host)
    return host in LOOPBACK_NAMES or (address is not None and address.is_loopback)


def _is_at_home(visit: Visit) -> bool:
    """Somebody on this machine who asks for it by its own name: another name may be a stranger's (DNS rebinding)."""
    host = visit.headers.get("host", "")
    name = host[: host.find("]") + 1] if host.startswith("[") else host.partition(":")[0]
    came_through = any(header in visit.headers for header in FORWARDED)
    return is_loopback(visit.client) and is_loopback(name) and not came_through


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _cookies(header: str) -> list[str]:
    """The values of ours, of which a browser may send several."""
    pairs = (part.strip().partition("=") for part in header.split(";"))
    return [value for name, _, value in pairs if name == COOKIE]


def _same(offered: str, wanted: str) -> bool:
    return hmac.compare_digest(offered.encode(errors="replace"), wanted.encode())

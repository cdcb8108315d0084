"""No test may open a connection beyond this machine, and `tests/unit/test_guard.py` proves that this holds."""

from __future__ import annotations

import ipaddress
import socket
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared"


class NetworkForbidden(Exception):
    """A test tried to leave this machine."""


def _is_local(address: Any) -> bool:
    if not isinstance(address, tuple):
        return True  # a Unix socket
    try:
        return ipaddress.ip_address(address[0]).is_loopback
    except ValueError:
        return address[0] == "localhost"


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if not _is_local(address):
            raise NetworkForbidden(f"a test tried to reach {address}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
    monkeypatch.setattr(socket.socket, "connect_ex", guarded)


@pytest.fixture
def shared() -> Path:
    """The folder with the corpus and the vendors' descriptions, which a user's clone does not have."""
    if not SHARED.is_dir():
        pytest.skip("needs ../shared (the corpus of real postmortems), which is not part of the project")
    return SHARED


@pytest.fixture
def examples() -> Path:
    """The example postmortems that the demo uses as well."""
    return ROOT / "examples" / "postmortems"

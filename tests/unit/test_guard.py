"""The guard against the network guards."""

from __future__ import annotations

import socket

import pytest


def test_no_test_can_leave_this_machine() -> None:
    """192.0.2.1 is reserved for documentation (RFC 5737): nothing is there, and nothing is sent."""
    with socket.socket() as sock, pytest.raises(Exception, match=r"a test tried to reach .*192\.0\.2\.1"):
        sock.connect(("192.0.2.1", 80))


def test_loopback_is_allowed() -> None:
    with socket.socket() as server, socket.socket() as client:
        server.bind(("127.0.0.1", 0))
        server.listen()

        client.connect(server.getsockname())

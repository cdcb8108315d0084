"""No test may open a connection beyond this machine, and `tests/unit/test_guard.py` proves that this holds."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from support import pg

if TYPE_CHECKING:
    from support.stored import Home

pytest_plugins = ("support.canary_watch",)

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared"


def pytest_configure() -> None:
    pg.announce()


def pytest_unconfigure() -> None:
    pg.withdraw()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where every store is to be on PostgreSQL, the tests of what only a store in a file has are left out.

    That is: the locks of the kernel beside it, its log, folders that are read-only or missing, a database file that
    somebody copies, cuts short or exchanges, and SQLite's own settings.
    """
    if pg.WANTED:
        left_out = [item for item in items if item.get_closest_marker("sqlite")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


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


@pytest.fixture(params=["postgresql"] if pg.WANTED else ["sqlite", "postgresql"])
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Home]:
    """An empty store, once in a file and once on a server."""
    from support.stored import Home

    if request.param == "sqlite":
        yield Home(tmp_path)
    else:
        with pg.server().database() as url:
            yield Home(tmp_path, url)


@pytest.fixture(params=["postgresql"] if pg.WANTED else ["sqlite", "postgresql"])
def empty_home(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Home]:
    """Where no store is yet: no file, or a database without a table."""
    from support.stored import Home

    if request.param == "sqlite":
        yield Home(tmp_path)
    else:
        with pg.server().database("template0") as url:
            yield Home(tmp_path, url)


@pytest.fixture
def file_home(tmp_path: Path) -> Home:
    """A store in a file, for what only a file has."""
    from support.stored import Home

    return Home(tmp_path)


@pytest.fixture
def server_home(tmp_path: Path) -> Iterator[Home]:
    """A store on a server, for what only a server has."""
    from support.stored import Home

    with pg.server().database() as url:
        yield Home(tmp_path, url)


@pytest.fixture(autouse=True)
def _no_database_stays(request: pytest.FixtureRequest) -> Iterator[None]:
    folder = request.getfixturevalue("tmp_path") if "tmp_path" in request.fixturenames else None
    yield
    if folder:
        pg.forget(folder)


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

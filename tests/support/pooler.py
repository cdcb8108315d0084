"""pgbouncer in transaction mode before the tests' PostgreSQL: a connection belongs to a client for one transaction."""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from support import pg

SETTINGS = """\
[databases]
* = host={server} user=postgres pool_size={connections}

[pgbouncer]
listen_addr =
unix_socket_dir = {folder}
auth_type = any
pool_mode = transaction
max_client_conn = 200
server_check_delay = 1
server_login_retry = 1
server_reset_query = DISCARD ALL
ignore_startup_parameters = extra_float_digits
logfile = {folder}/pgbouncer.log
"""


@contextmanager
def pooled(url: str, connections: int = 8) -> Iterator[str]:
    """The URL of the same database through a pooler, which runs while the block does."""
    program = shutil.which("pgbouncer") or shutil.which("/usr/sbin/pgbouncer")
    if program is None:
        pytest.skip("needs pgbouncer")
    folder = Path(tempfile.mkdtemp(prefix="pmtrack-pooler-"))
    folder.chmod(0o777)  # the pooler runs as another user, where the tests run as root
    settings = folder / "pgbouncer.ini"
    server = url.partition("host=")[2]
    settings.write_text(SETTINGS.format(server=server, folder=folder, connections=connections), encoding="utf-8")
    process = subprocess.Popen([program, "-q", str(settings)], **pg.as_nobody())
    try:
        _await(folder / ".s.PGSQL.6432", process)
        yield f"{url.partition('?')[0]}?host={folder}&port=6432"
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(folder)


def _await(path: Path, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 10
    while time.monotonic() < end:
        assert process.poll() is None, "pgbouncer ended"
        with socket.socket(socket.AF_UNIX) as tried, suppress(OSError):
            tried.connect(str(path))
            return
        time.sleep(0.05)
    raise AssertionError("pgbouncer does not answer")

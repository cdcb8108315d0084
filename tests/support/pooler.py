"""pgbouncer in front of the tests' server, lending each connection for one transaction only."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from support import pg

# Fewer connections than there are workers, so that each is lent to one after the other.
SETTINGS = """\
[databases]
* = host={server} user=postgres

[pgbouncer]
unix_socket_dir = {folder}
listen_port = 5432
auth_type = any
pool_mode = transaction
default_pool_size = {connections}
max_client_conn = 100
logfile = {folder}/log
pidfile = {folder}/pid
"""


@contextmanager
def pooler(connections: int = 2) -> Iterator[Path]:
    """The folder of its socket."""
    program = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
    if program is None:
        pytest.skip("needs pgbouncer (apt-get install pgbouncer)")
    with tempfile.TemporaryDirectory(prefix="pm", dir="/tmp") as name:
        folder, settings = Path(name), Path(name) / "pgbouncer.ini"
        settings.write_text(SETTINGS.format(folder=folder, server=pg.server().folder, connections=connections))
        folder.chmod(0o777)
        with subprocess.Popen([program, "-q", str(settings)], stdin=subprocess.DEVNULL, **pg.as_nobody()) as process:
            try:
                _wait_for(folder / ".s.PGSQL.5432", process)
                yield folder
            finally:
                process.terminate()


def _wait_for(socket: Path, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 20
    while not socket.exists():
        assert process.poll() is None, (socket.parent / "log").read_text("utf-8")
        assert time.monotonic() < until, "pgbouncer does not listen"
        time.sleep(0.02)

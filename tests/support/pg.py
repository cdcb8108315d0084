"""A real PostgreSQL for the tests: one server for a whole run, a database of its own for each test.

Whoever needs it first starts it, so that a run of other tests does not pay for it; it ends with the run, however that
ends. A new database is a copy of one that pmtrack migrated, which takes some 20 ms.
"""

from __future__ import annotations

import fcntl
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from support import canary

WANTED = os.environ.get("PMTRACK_TEST_STORE") == "postgresql"
"""Whether every store of this test run is to be on PostgreSQL."""

FOLDER = "PMTRACK_TEST_SERVER"
"""The variable that tells the processes of one test run where their server is."""

TEMPLATE = "pmtrack_template"
UNSAFE = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "autovacuum=off",
    "max_connections=200",
    "shared_buffers=64MB",
    "deadlock_timeout=200ms",
)
"""Nobody pulls the plug here; and a deadlock is to be found at once."""

PASSWORD = f"{canary.WORD}2"
"""Of the user `secretive`; others need none."""

HBA = "local all secretive scram-sha-256\nlocal all all trust\n"

WATCH = """
( while [ -d /proc/{pid} ] || kill -0 {pid} 2>/dev/null; do sleep 1; done
  {bin}/pg_ctl -D {folder}/data -m immediate stop
  rm -rf {folder}
) >/dev/null 2>&1 </dev/null &
"""

_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Server:
    """The server of this test run, whose socket stands in a folder."""

    folder: Path

    def url(self, name: str, user: str = "postgres") -> str:
        return f"postgresql://{quote(user)}@/{name}?host={self.folder}"

    def ask(self, query: str, database: str = "postgres") -> list[Any]:
        """A query outside of a transaction."""
        import psycopg

        with psycopg.connect(self.url(database), autocommit=True) as connection:
            answer = connection.execute(query.encode())
            return answer.fetchall() if answer.description else []

    def make(self, template: str = TEMPLATE, name: str = "") -> str:
        """A new database: an empty store, or a copy of another one, or `template0` for one without any table."""
        name = name or f"t{os.getpid()}_{next(_numbers)}"
        self.ask(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        return name

    def drop(self, name: str) -> None:
        canary.look_at_tables(partial(self.ask, database=name))
        self.ask(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    @contextmanager
    def database(self, template: str = TEMPLATE) -> Iterator[str]:
        """The URL of a new database, which goes in the end."""
        name = self.make(template)
        try:
            yield self.url(name)
        finally:
            self.drop(name)


@cache
def server() -> Server:
    """The server of this test run, started where it is not there yet."""
    folder = Path(os.environ[FOLDER])
    folder.mkdir(mode=0o755, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        found = Server(folder)
        if not (folder / "ready").exists():
            start(folder, UNSAFE)
            _watch(folder)
            found.ask(f"CREATE DATABASE {TEMPLATE} TEMPLATE template0")
            found.ask(f"CREATE ROLE secretive LOGIN PASSWORD '{PASSWORD}'")
            found.ask("CREATE ROLE nobody_special LOGIN")
            _migrate(found.url(TEMPLATE))
            (folder / "ready").touch()
    return found


def _migrate(url: str) -> None:
    from pmtrack.store.database import Store

    Store.open(url, Path()).close()


def start(folder: Path, settings: Sequence[str]) -> None:
    """Start a server whose files and socket are in a folder; what was there goes on."""
    data, options = folder / "data", "".join(f" -c {setting}" for setting in settings)
    if not data.exists():
        _give(folder)
        run(folder, "initdb", f"-D{data}", "-Upostgres", "-Atrust", "-EUTF8", "--no-locale", "--no-sync")
        run(folder, "sh", "-c", f"printf '{HBA}' > {data}/pg_hba.conf")
    options = f"-k {folder} -c listen_addresses=''{options}"
    run(folder, "pg_ctl", "-D", str(data), "-w", "-t", "60", "-l", str(folder / "log"), "-o", options, "start")


def stop(folder: Path, how: str = "immediate") -> None:
    if (folder / "data").exists():
        run(folder, "pg_ctl", "-D", str(folder / "data"), "-m", how, "-w", "stop", check=False)


def run(folder: Path, program: str, *arguments: str, check: bool = True) -> str:
    """One of PostgreSQL's programs, or another one, as a user whom PostgreSQL puts up with."""
    path = programs(folder) / program
    command = [str(path) if path.exists() else program, *arguments]
    found = subprocess.run(
        command,
        cwd=folder,
        check=False,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PATH": f"{programs(folder)}:{os.environ['PATH']}", "LC_ALL": "C"},
        **as_nobody(),
    )
    if check and found.returncode:
        raise RuntimeError(f"{program}: {found.stdout}{found.stderr}{_log(folder)}")
    return found.stdout


def as_nobody() -> dict[str, Any]:
    """PostgreSQL refuses to run as root."""
    return {"user": "nobody", "group": pwd.getpwnam("nobody").pw_gid, "extra_groups": []} if _is_root() else {}


@cache
def programs(folder: Path) -> Path:
    """Where PostgreSQL's programs are; a copy of them where another user could not reach them."""
    spec = find_spec("pgserver")
    if spec is None or not spec.submodule_search_locations:
        pytest.skip("needs pgserver, which carries PostgreSQL")
    home = Path(spec.submodule_search_locations[0]) / "pginstall"
    if _is_root() and not all(parent.stat().st_mode & 0o001 for parent in (home / "bin").parents):
        copy = folder / "pginstall"
        if not copy.exists():
            shutil.copytree(home, copy, symlinks=True)
        return copy / "bin"
    return home / "bin"


def _is_root() -> bool:
    return os.geteuid() == 0


def _give(folder: Path) -> None:
    if _is_root():
        os.chown(folder, pwd.getpwnam("nobody").pw_uid, pwd.getpwnam("nobody").pw_gid)


def _log(folder: Path) -> str:
    log = folder / "log"
    return log.read_text("utf-8")[-2000:] if log.exists() else ""


def _watch(folder: Path) -> None:
    """The server ends with this test run, also with one that is killed."""
    run(folder, "sh", "-c", WATCH.format(pid=int(folder.name.rpartition("-")[2]), bin=programs(folder), folder=folder))


# ---------------------------------------------------------------- for the test run


def announce() -> None:
    """Say where the server of this test run would be; called once, before other processes start."""
    os.environ.setdefault(FOLDER, str(Path(tempfile.gettempdir()) / f"pmtrack-tests-{os.getpid()}"))


def withdraw() -> None:
    """Stop it, if anybody started it, by the process that announced it."""
    folder = Path(os.environ.get(FOLDER, ""))
    if folder.name.endswith(f"-{os.getpid()}") and folder.is_dir():
        stop(folder)
        shutil.rmtree(folder, ignore_errors=True)


# ---------------------------------------------------------------- databases of folders


_made: dict[Path, list[str]] = {}


def databases(folder: Path) -> list[str]:
    """The names of the databases of a folder that this process made."""
    return _made.get(folder, [])


def database_of(folder: Path, template: str = TEMPLATE) -> str:
    """The URL of a new database for a test's folder; it goes with that test, see `forget`."""
    name = server().make(template)
    _made.setdefault(folder, []).append(name)
    return server().url(name)


def forget(folder: Path) -> None:
    """Drop the databases of a folder and of those below it."""
    for place in [one for one in _made if one == folder or folder in one.parents]:
        for name in _made.pop(place):
            server().drop(name)

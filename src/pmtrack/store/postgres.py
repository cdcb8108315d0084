"""PostgreSQL by its own library: how it is reached, how it is read lightly, and what its failures mean.

Everything works behind a pooler that lends a connection for one transaction only (pgbouncer): nothing is set for a
session, nothing is prepared on the server.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar

from pmtrack.errors import StoreError
from pmtrack.store.place import Answers, Place

if TYPE_CHECKING:
    import psycopg

T = TypeVar("T")

DEFAULTS = {
    "fallback_application_name": "pmtrack",
    "connect_timeout": 10,
    "client_encoding": "UTF8",
    # A server that is gone without a word is noticed within a minute or two, and not after hours.
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}
"""Options of libpq where the URL does not say otherwise: seconds, but the last one in milliseconds."""

BUSY = "is in use by another process: let it finish, then try again"
CHANGED = "was changed by another worker at the same moment: nothing is half done, so try again"
RESTARTS = "is starting or stopping: try again in a moment"
SECRET = "set PMTRACK_STORE_URL or PGPASSWORD, or write it into ~/.pgpass"  # noqa: S105 - where secrets are
CROWDED = "has no connection left for us: raise max_connections, or put a pooler in front of it"

UNKNOWN = "cannot be found: nobody knows this host, so correct its name"
ENCODING = "is not in UTF-8: make it anew with `createdb --encoding=UTF8`"

UNREACHABLE = (
    ("password authentication failed", f"refuses the user or the password: {SECRET}"),
    ("no password supplied", f"wants a password: {SECRET}"),
    ("database .* does not exist|no such database", "does not exist: make it with `createdb`, or name another"),
    ("role .* does not exist|no such user", "does not know the user: make it with `createuser`, or name another"),
    ("resolve host|translate host name|name or service not known", UNKNOWN),
    ("refused|no such file or directory|no route", "cannot be reached: start its server, or correct host and port"),
    ("timeout|timed out", "does not answer: start its server, or correct host and port"),
    ("too many clients|connection slots|too many connections|no more connections", CROWDED),
    ("no pg_hba.conf entry", "lets nobody in from here: add a line to its pg_hba.conf"),
    ("starting up|shutting down|recovery mode|not yet accepting", RESTARTS),
)
"""What libpq says where it cannot connect -> what to tell a person."""

STATES: Mapping[str, str] = {
    "08": "lost the connection: nothing is half done, so try again",
    "22021": ENCODING,
    "22P05": ENCODING,
    "23505": CHANGED,  # what only one may have was just taken
    "25006": "can only be read: name its primary server, or a user who may write",
    "25P03": "waited too long for us in a transaction: nothing is half done, so try again",
    "3F000": "has no schema for our tables: make one, and give it to the user",
    "40001": CHANGED,
    "40P01": CHANGED,
    "42501": "does not let its user do that ({words}): make the user the owner of the database or of its schema",
    "53100": "cannot be written because the disk is full: make room, then try again",
    "53300": CROWDED,
    "54": "cannot hold that ({words}): shorten it, then try again",
    "55P03": BUSY,
    "57014": "took longer than its statement_timeout allows: raise that, then try again",
    "57P": RESTARTS,
    "58": "cannot be read or written because its disk is full or failing: make room, then try again",
    "XX001": "is damaged: restore a backup, or use an empty database, which the markers in the issues fill again",
    "XX002": "is damaged: restore a backup, or use an empty database, which the markers in the issues fill again",
}
"""SQLSTATE, or how it begins -> what to tell a person. PostgreSQL's documentation, appendix "Error Codes"."""

OF_STATEMENTS = ("22", "23", "42")
OF_CALLS = ("DataError", "ProgrammingError", "NotSupportedError")
"""Classes of SQLSTATE, and psycopg's own where there is none, that tell of a bug, but for what stands above."""

_NAMED = re.compile(r"(?<![:\w]):([a-z]\w*)")


@dataclass(frozen=True, slots=True)
class Reading:
    """A connection that is asked like SQLite's."""

    connection: psycopg.Connection[Any]

    def execute(self, query: str, parameters: Mapping[str, Any] | None = None, /) -> Answers:
        return self.connection.execute(_NAMED.sub(r"%(\1)s", query).encode(), parameters)

    def each(self, query: str) -> Iterator[tuple[Any, ...]]:
        """The rows one after the other, however many there are."""
        with self.connection.cursor() as cursor:
            yield from cursor.stream(query.encode())


def connect(place: Place) -> psycopg.Connection[Any]:
    """A connection of its own.

    Raises:
        StoreError: psycopg is not installed, or the URL cannot be read. psycopg.Error: as it says.
    """
    driver = library(place)
    try:
        connection: psycopg.Connection[Any] = driver.connect(**_options(driver, place), prepare_threshold=None)
    except UnicodeError:  # a name that no host can have
        raise StoreError(f"the store {place.name} {UNKNOWN}") from None
    except (driver.ProgrammingError, ValueError):  # the words may hold a part of a password
        raise StoreError(f"the store {place.name} cannot be reached: correct the options in its URL") from None
    encoding = connection.info.parameter_status("server_encoding")
    if encoding not in (None, "UTF8"):
        connection.close()
        raise StoreError(f"the store {place.name} {ENCODING}")
    return connection


def library(place: Place) -> ModuleType:
    """psycopg, which is an extra, and not quick to load.

    Raises:
        StoreError: it is not installed.
    """
    try:
        return import_module("psycopg")
    except ImportError:
        raise StoreError(f"the store {place.name} needs psycopg: install pmtrack[postgres]") from None


def _options(driver: ModuleType, place: Place) -> dict[str, Any]:
    timeout = {"connect_timeout": os.environ["PGCONNECT_TIMEOUT"]} if os.environ.get("PGCONNECT_TIMEOUT") else {}
    return {**DEFAULTS, **timeout, **driver.conninfo.conninfo_to_dict(place.server)}


def look(place: Place, reading: Callable[[Reading], T]) -> T:
    """What `reading` finds, all of it at one moment.

    Raises:
        StoreError: it cannot be reached or read.
    """
    at_one_moment = library(place).IsolationLevel.REPEATABLE_READ
    with sentences(place), connect(place) as connection:
        connection.isolation_level, connection.read_only = at_one_moment, True
        return reading(Reading(connection))


@contextmanager
def sentences(place: Place) -> Iterator[None]:
    """Turn psycopg's failures into a sentence that names the store. A statement that is wrong stays a bug."""
    try:
        yield
    except Exception as error:
        if hasattr(error, "sqlstate") and (found := failure(place, error)):
            raise found from error
        raise


def failure(place: Place, error: BaseException) -> StoreError | None:
    """The sentence for what psycopg says, None where it is a bug of ours."""
    state = str(getattr(error, "sqlstate", None) or "")
    words = (str(error).strip().splitlines() or [type(error).__name__])[0]
    advice = _by_state(state) if state else _by_words(str(error))
    if state.startswith(OF_STATEMENTS) and advice is None:
        return None
    if not state and type(error).__name__ in OF_CALLS:
        return None
    advice = advice or "failed ({words}): run `pmtrack check`"
    return StoreError(f"the store {place.name} {advice.format(words=words)}")


def _by_state(state: str) -> str | None:
    return next((say for start, say in STATES.items() if state.startswith(start)), None)


def _by_words(words: str) -> str:
    """Where there is no connection there is no SQLSTATE."""
    for pattern, say in UNREACHABLE:
        if re.search(pattern, words, re.IGNORECASE):
            return say
    return "cannot be reached ({words}): correct its URL" if words.startswith("connection f") else STATES["08"]

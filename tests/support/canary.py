"""The canary: a word in every secret of the tests, which is looked for wherever a secret has no business to be.

The stand-ins give out tokens that hold it, and so do the passwords, keys and addresses that tests put into the
environment (`secret`). After each test that had one (`support.canary_watch`), its folder is searched (databases with
their logs, documents, issues, digests, the settings and the objects of git's clones), what it logged and printed, what
processes said that it ran, their arguments, and the words of every error. Where it is found the test fails.

It may be in the memory of stand-ins and in the environment, and in a file that a variable `*_FILE` names (`allow`).
This module needs nothing but the standard library, since people run the stand-ins by themselves.
"""

from __future__ import annotations

import base64
import json
import os
import stat
import subprocess
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from secrets import token_hex
from typing import Any
from urllib.parse import quote

WORD = "Kanarie7Zq3w"
"""Letters and digits only, so that whoever encodes a secret for an address or for JSON leaves it as it is."""

LARGEST = 50 * 2**20
"""Bytes; a larger file is not looked at."""


def secret(before: str = "", after: str = "", *, size: int = 18) -> str:
    """A secret that nobody has used: the word, and so many bytes in hexadecimal digits."""
    fly()
    return f"{before}{WORD}{token_hex(size)}{after}"


@dataclass(slots=True)
class Flight:
    """One test.

    Attributes:
        module: of the test. out: whether it has a secret. allowed: files that may hold it. leaks: where it was found.
        feathers: other words to look for, where a secret cannot hold the one (a private key).
    """

    module: str = ""
    out: bool = False
    allowed: set[Path] = field(default_factory=set)
    leaks: list[str] = field(default_factory=list)
    feathers: list[str] = field(default_factory=list)

    def search(self, where: str, data: bytes) -> None:
        for word in (WORD, *self.feathers):
            if form := next((name for name, form in forms(word).items() if form in data), ""):
                self.leaks.append(f"{where} ({form})")


_flight = Flight()
_modules: set[str] = set()
"""Modules with a secret that may outlive a test."""


def begin(module: str) -> None:
    """A new test: what the one before had is none of its business, but for what their module shares."""
    global _flight  # noqa: PLW0603 - there is one test at a time
    _flight = Flight(module, out=module in _modules)


def leaks() -> list[str]:
    """Where it was found since then."""
    return list(dict.fromkeys(_flight.leaks))


# ---------------------------------------------------------------- for stand-ins and tests


def fly() -> None:
    """From now on this test has a secret."""
    _flight.out = True
    _modules.add(_flight.module)


def is_out() -> bool:
    return _flight.out


def feather(word: str) -> None:
    """This secret cannot hold the word: look for its own letters."""
    fly()
    _flight.feathers.append(word)


def allow(path: Path) -> None:
    """This file may hold a secret."""
    _flight.allowed.add(path.resolve())


def heard(where: str, text: str | bytes) -> None:
    """Something was said there, and must not be a secret."""
    if _flight.out:
        _flight.search(where, text.encode(errors="surrogateescape") if isinstance(text, str) else text)


def look(folder: Path) -> None:
    """Search a folder that is about to be removed."""
    if _flight.out:
        for name, data in _contents(folder, _flight.allowed):
            _flight.search(name, data)


def look_at_tables(ask: Callable[[str], list[Any]]) -> None:
    """Search the database of a server that is about to be dropped.

    Args:
        ask: a query -> its rows.
    """
    if _flight.out:
        for (table,) in ask("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"):
            rows = "\n".join(str(row) for (row,) in ask(f'SELECT t::text FROM "{table}" t'))
            _flight.search(f"the table {table}", rows.encode())


def given(environment: Mapping[str, str]) -> None:
    """A process gets these variables."""
    for name, value in environment.items():
        if name.startswith("PMTRACK") and name.endswith("_FILE"):
            allow(Path(value))
        if WORD in value:
            fly()


@cache
def forms(word: str) -> Mapping[str, bytes]:
    """All that a word may look like, by the name of the form."""
    data = word.encode()
    found = {
        "as it is": data,
        "percent-encoded": "".join(f"%{byte:02X}" for byte in data).encode(),
        "percent-encoded, in small letters": "".join(f"%{byte:02x}" for byte in data).encode(),
        "escaped for JSON": "".join(f"\\u{byte:04x}" for byte in data).encode(),
        "in hexadecimal digits": data.hex().encode(),
        "in UTF-16": word.encode("utf-16-le"),
    }
    encoded = {quote(word, safe=""), json.dumps(word)[1:-1], repr(word)[1:-1]} - {word}
    return found | {f"encoded as {text}": text.encode() for text in encoded} | dict(_in_base64(data))


def _in_base64(data: bytes) -> Iterator[tuple[str, bytes]]:
    """The letters that are the same whatever stands before and after, for each of the three places it may begin at."""
    for before in range(3):
        text = base64.b64encode(b"\0" * before + data)
        part = text[(0, 2, 3)[before] : (before + len(data)) * 8 // 6]
        yield f"in base64, {before} bytes on", part
        if (other := part.translate(bytes.maketrans(b"+/", b"-_"))) != part:
            yield f"in base64 for addresses, {before} bytes on", other


# ---------------------------------------------------------------- where it is looked for


def _contents(folder: Path, allowed: Iterable[Path]) -> Iterator[tuple[str, bytes]]:
    """Every file below a folder, and every object of git."""
    left_out = set(allowed)
    for place, folders, names in os.walk(folder):
        if "objects" in folders and "HEAD" in names:
            folders.remove("objects")
            yield f"an object of {place}", _objects(Path(place))
        for file in (Path(place) / name for name in names):
            if (data := _read(file)) is not None and not (left_out and file.resolve() in left_out):
                yield str(file.relative_to(folder)), data


def _read(file: Path) -> bytes | None:
    with suppress(OSError):
        found = file.lstat()
        if stat.S_ISREG(found.st_mode) and found.st_size <= LARGEST:
            return file.read_bytes()
    return None


def _objects(repository: Path) -> bytes:
    """All that a repository of git holds, one after the other."""
    command = ["git", f"--git-dir={repository}", "cat-file", "--batch", "--batch-all-objects", "--buffer"]
    found = subprocess.run(command, capture_output=True, check=False, stdin=subprocess.DEVNULL)
    return found.stdout if not found.returncode else b"".join(_loose(repository))


def _loose(repository: Path) -> Iterator[bytes]:
    """Those of a repository that git cannot read any more."""
    for file in (repository / "objects").glob("??/*"):
        with suppress(OSError, zlib.error):
            yield zlib.decompress(file.read_bytes())

"""The canary is found in every kind of place, in every form; where it may be, it is left alone."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import urllib.parse
from collections.abc import Mapping
from fnmatch import fnmatch
from pathlib import Path
from xml.etree import ElementTree

import pytest

from support import canary

ROOT = Path(__file__).parents[2]

HEAD = """
import base64, logging, os, sqlite3, subprocess, sys
import pytest
from pmtrack.errors import TrackerError
from support import canary
from support.scratch import Scratch

LATER = []
"""

LEAKS = {
    "a file": ("(tmp_path / 'digest.md').write_text(f'see {SECRET}')", "digest.md (as it is)"),
    "a file deep down": (
        "(tmp_path / 'a/b').mkdir(parents=True); (tmp_path / 'a/b/c').write_text(SECRET)",
        "a/b/c (as it is)",
    ),
    "a file that is not UTF-8": (
        "(tmp_path / 'x.bin').write_bytes(b'\\xff\\x00' + SECRET.encode())",
        "x.bin (as it is)",
    ),
    "a database": (
        "c = sqlite3.connect(tmp_path / 's.db'); c.execute('CREATE TABLE t (x)');"
        " c.execute('INSERT INTO t VALUES (?)', [SECRET]); c.commit(); c.close()",
        "s.db (as it is)",
    ),
    "the log of a database": (
        "c = sqlite3.connect(tmp_path / 's.db'); c.execute('PRAGMA journal_mode=WAL'); c.execute('CREATE TABLE t (x)');"
        " c.commit(); c.execute('INSERT INTO t VALUES (?)', [SECRET]); c.commit(); LATER.append(c)",
        "s.db-wal (as it is)",
    ),
    "the settings of a clone": (
        "subprocess.run(['git', 'init', '-q', tmp_path / 'clone'], check=True);"
        " (tmp_path / 'clone/.git/config').write_text(f'url = https://x:{SECRET}@host')",
        "clone/.git/config (as it is)",
    ),
    "an object of git": (
        "subprocess.run(['git', 'init', '-q', tmp_path / 'clone'], check=True);"
        " subprocess.run(['git', '-C', tmp_path / 'clone', 'hash-object', '-w', '--stdin'], input=SECRET.encode(),"
        " check=True, stdout=subprocess.DEVNULL)",
        "an object of *clone/.git (as it is)",
    ),
    "a log": ("logging.getLogger('pmtrack').warning('token %s', SECRET)", "what the test printed or logged (*log*"),
    "standard output": ("print(SECRET)", "what the test printed or logged (*stdout*"),
    "standard error": ("print(SECRET, file=sys.stderr)", "what the test printed or logged (*stderr*"),
    "what a process prints": (
        "subprocess.run(['echo', '-n'], check=True); os.write(1, SECRET.encode())",
        "what the test printed or logged (*stdout*",
    ),
    "arguments": ("subprocess.run(['true', f'--token={SECRET}'], check=True)", "the arguments of a process (as it is)"),
    "an error that somebody caught": (
        "with pytest.raises(TrackerError): raise TrackerError(f'401 for {SECRET}')",
        "the words of a TrackerError (as it is)",
    ),
    "base64": ("(tmp_path / 'x').write_bytes(base64.b64encode(f'bot:{SECRET}'.encode()))", "x (in base64, 2 bytes on)"),
    "an address": ("(tmp_path / 'x').write_text(''.join(f'%{b:02x}' for b in SECRET.encode()))", "x (percent-encoded*"),
    "JSON": ("(tmp_path / 'x').write_text(''.join(f'\\\\u{b:04x}' for b in SECRET.encode()))", "x (escaped for JSON)"),
    "a command of pmtrack": (
        "Scratch.make(tmp_path).run('explain', SECRET, environment={'PMTRACK_X_TOKEN': SECRET})",
        "what a process said on standard error (as it is)",
    ),
    "a folder that is removed": (
        "(tmp_path / 'x').write_text(SECRET); canary.look(tmp_path); (tmp_path / 'x').unlink()",
        "x (as it is)",
    ),
}
"""What is done -> what is told of it."""


FINE = (
    "pass",
    "(tmp_path / 'x').write_text('nothing')",
    "canary.allow(tmp_path / 'token'); (tmp_path / 'token').write_text(SECRET)",
    "monkeypatch.setenv('PMTRACK_X_TOKEN', SECRET)",
    "(tmp_path / 'token').write_text(SECRET); from pmtrack.secrets import secret;"
    " assert secret('x', 'TOKEN', {'PMTRACK_X_TOKEN_FILE': str(tmp_path / 'token')}, fails=TrackerError) == SECRET",
    "(tmp_path / 'x').symlink_to('nowhere'); os.mkfifo(tmp_path / 'y')",
    "subprocess.run(['true'], check=True, env={'PMTRACK_X_TOKEN': SECRET})",
)
"""What is no leak."""

TEST = """
def test_{name}(tmp_path, monkeypatch):
    SECRET = canary.secret('ghp_')
    {body}
"""

SHARED = """
@pytest.fixture(scope="module")
def token():
    return canary.secret()


def test_one(token):
    pass


def test_two(token, tmp_path):
    (tmp_path / "x").write_text(token)
"""

NO_SECRET = f"def test_none(tmp_path):\n    (tmp_path / 'x').write_text('{canary.WORD}'[:6] + 'Zq3w')\n"


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """Tests that leak, and such as do not, each in a process of its own kind -> what they ended with."""
    folder = tmp_path_factory.mktemp("leaks")
    tests = {f"leak_{at}": body for at, (body, _) in enumerate(LEAKS.values())}
    tests |= {f"fine_{at}": body for at, body in enumerate(FINE)}
    text = HEAD + "".join(TEST.format(name=name, body=body) for name, body in tests.items())
    (folder / "test_leaks.py").write_text(text, encoding="utf-8")
    (folder / "test_shared.py").write_text(HEAD + SHARED, encoding="utf-8")
    (folder / "test_none.py").write_text(NO_SECRET, encoding="utf-8")
    (folder / "pytest.ini").write_text(f"[pytest]\npythonpath = {ROOT / 'tests'}\n", encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "support.canary_watch", "--junitxml=told.xml"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "tests")}
    subprocess.run(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, check=False)
    cases = list(ElementTree.parse(folder / "told.xml").iter("testcase"))
    words = [" ".join(one.get("message", "").replace('"', "") for one in case) for case in cases]
    return {case.get("name", "").removeprefix("test_"): said for case, said in zip(cases, words, strict=True)}


@pytest.mark.parametrize("place", LEAKS)
def test_a_leak_is_found(told: Mapping[str, str], place: str) -> None:
    where = LEAKS[place][1]
    words = told[f"leak_{list(LEAKS).index(place)}"]
    assert "a secret was found where none may be:" in words
    assert any(fnmatch(line, where) for line in words.splitlines()), words


@pytest.mark.parametrize("body", FINE)
def test_what_is_no_leak_is_left_alone(told: Mapping[str, str], body: str) -> None:
    assert told[f"fine_{FINE.index(body)}"] == ""


def test_a_secret_that_a_module_shares_is_looked_for_in_all_its_tests(told: Mapping[str, str]) -> None:
    assert (told["one"], "x (as it is)" in told["two"]) == ("", True)


def test_a_test_without_a_secret_is_not_searched(told: Mapping[str, str]) -> None:
    assert told["none"] == ""


@pytest.mark.parametrize("before", ["", "x", "xy", "Basic bot:"])
@pytest.mark.parametrize("after", ["", "1", "12", "12345"])
def test_every_way_to_write_it_is_known(before: str, after: str) -> None:
    text = f"{before}{canary.WORD}{after}"
    known = canary.forms(canary.WORD).values()
    encoders = (
        str.encode, lambda t: base64.b64encode(t.encode()), lambda t: base64.urlsafe_b64encode(t.encode()),
        lambda t: urllib.parse.quote(t).encode(), lambda t: json.dumps({"x": t}).encode(), lambda t: repr(t).encode(),
        lambda t: t.encode().hex().encode(), lambda t: t.encode("utf-16"),
    )  # fmt: skip
    for encode in encoders:
        assert any(form in encode(text) for form in known), encode(text)


def test_a_word_with_signs_is_known_as_addresses_and_json_have_it() -> None:
    known = canary.forms('a/b"c d').values()
    assert any(form in urllib.parse.quote('a/b"c d', safe="").encode() for form in known)
    assert any(form in json.dumps('a/b"c d').encode() for form in known)

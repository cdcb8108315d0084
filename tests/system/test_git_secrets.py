"""A token reaches the remote, and nothing and nobody else: not the disk, not arguments, not a sentence."""

from __future__ import annotations

import base64
import logging
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from contract.source_suite import TEXT, Hub, bring_out
from pmtrack.errors import SourceError
from pmtrack.sources.git.source import GitSource, connect
from pmtrack.sources.settings import GitSettings

TOKEN = "ghp_hunter2hunter2hunter2"
BASIC = base64.b64encode(f"x-access-token:{TOKEN}".encode()).decode()
FORMS = (TOKEN, BASIC)


class Web(ThreadingHTTPServer):
    """A git host: lets in who has the token. `delay` seconds pass before each answer."""

    def __init__(self, hub: Hub) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.hub = hub
        self.delay = 0.0
        self.heard: list[str] = []
        self.push_refused = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hub.git"


class Handler(BaseHTTPRequestHandler):
    server: Web

    def do_GET(self) -> None:
        time.sleep(self.server.delay)
        self.server.heard.append(self.headers.get("Authorization", ""))
        path, _, query = self.path.partition("?")
        if path.startswith("/old.git"):
            self._say(301, {"Location": self.path.replace("/old.git", "/hub.git")})
        elif self.headers.get("Authorization") != f"Basic {BASIC}":
            self._say(401, {"WWW-Authenticate": 'Basic realm="git"'})
        elif self.server.push_refused and "receive-pack" in self.path:
            self._say(403, {})
        else:
            self._backend(path, query)

    def do_POST(self) -> None:
        self.do_GET()

    def _backend(self, path: str, query: str) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)) or self._chunks()
        environment = {
            "GIT_PROJECT_ROOT": str(self.server.hub.folder.parent),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "REMOTE_USER": "bot",
            "PATH": "/usr/bin:/bin",
        }
        done = subprocess.run(["git", "http-backend"], input=body, capture_output=True, env=environment, check=False)
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line)
        self._say(int(fields.pop("Status", "200").split()[0]), fields, content)

    def _chunks(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return b""
        parts = []
        while size := int(self.rfile.readline().strip(), 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        return b"".join(parts)

    def _say(self, code: int, fields: dict[str, str], content: bytes = b"") -> None:
        self.send_response(code)
        for name, value in {**fields, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        return


@pytest.fixture
def hub(tmp_path: Path) -> Hub:
    hub = Hub.make(tmp_path / "srv" / "hub.git", {"a.md": TEXT, "b.md": TEXT})
    hub.git("config", "http.receivepack", "true")
    return hub


@pytest.fixture
def web(hub: Hub) -> Iterator[Web]:
    server = Web(hub)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PMTRACK_PM_TOKEN", TOKEN)


def source(folder: Path, url: str, **more: Any) -> GitSource:
    settings = GitSettings.model_validate({"name": "pm", "kind": "git", "remote": url, "tracker": "board", **more})
    return connect(settings, folder)


def on_disk(folder: Path) -> list[Path]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path for path in files if any(form.encode() in path.read_bytes() for form in FORMS)]


def test_reading_and_writing_with_a_token(tmp_path: Path, hub: Hub, web: Web, there: None) -> None:
    place = source(tmp_path, web.url)
    assert [seen.path for seen in place.documents()] == ["a.md", "b.md"]
    place.write(place.read("a.md"), b"ours")
    bring_out(place)
    assert hub.read("a.md") == b"ours"
    assert set(web.heard) == {f"Basic {BASIC}"}, "from the first request on"
    assert on_disk(tmp_path) == []


def test_no_process_shows_it_to_others(tmp_path: Path, web: Web, there: None) -> None:
    place = source(tmp_path, web.url)
    shown, told, stop = [], [], threading.Event()

    def watch() -> None:
        while not stop.is_set():
            for process in Path("/proc").glob("[0-9]*"):
                try:
                    words = (process / "cmdline").read_bytes()
                    if b"git" in words.split(b"\0")[0]:
                        shown.append(words)
                        told.append((process / "environ").read_bytes())
                except OSError:
                    continue

    watcher = threading.Thread(target=watch)
    watcher.start()
    web.delay = 0.3
    list(place.documents())
    place.write(place.read("a.md"), b"ours")
    bring_out(place)
    stop.set()
    watcher.join()
    names = {words.split(b"\0")[0].rpartition(b"/")[2] for words in shown}
    assert any(name.startswith(b"git-remote-http") or b"remote-http" in words for name in names for words in shown)
    assert not any(form.encode() in words for words in shown for form in FORMS)
    assert any(BASIC.encode() in words for words in told), "it is in the environment, which is the user's own"


def test_no_sentence_and_no_log_tells_it(
    tmp_path: Path, web: Web, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("PMTRACK_PM_TOKEN", "wrong-" + TOKEN)
    monkeypatch.setenv("GIT_TRACE_CURL", "1")
    place = source(tmp_path, web.url)
    with pytest.raises(SourceError, match="does not let us in: set PMTRACK_PM_TOKEN") as caught:
        list(place.documents())
    assert TOKEN not in f"{caught.value!r} {caplog.text} {place.__dict__!r}"


def test_a_remote_without_a_token_says_which_variable(tmp_path: Path, web: Web) -> None:
    with pytest.raises(SourceError, match="does not let us in: set PMTRACK_PM_TOKEN in the environment"):
        list(source(tmp_path, web.url).documents())


def test_a_named_credential_that_is_not_there_is_said_before_anything_is_asked(tmp_path: Path, web: Web) -> None:
    with pytest.raises(SourceError, match="there is no PMTRACK_ACME_TOKEN in the environment"):
        list(source(tmp_path, web.url, credential="acme").documents())
    assert web.heard == []


def test_a_token_of_an_app_is_asked_for_once(tmp_path: Path, web: Web) -> None:
    place, asked = source(tmp_path, web.url, credential="acme"), []

    def made() -> str:
        asked.append(1)
        return TOKEN

    place.use_token(made)
    assert asked == []
    place.write(place.read("a.md"), b"ours")
    bring_out(place)
    assert (asked, set(web.heard)) == ([1], {f"Basic {BASIC}"})


def test_a_push_that_is_refused_loses_nothing(tmp_path: Path, hub: Hub, web: Web, there: None) -> None:
    place = source(tmp_path, web.url)
    place.write(place.read("a.md"), b"ours")
    web.push_refused = True
    done = place.commit("R1", lambda _content: None)
    assert not done.written
    assert "let the account of PMTRACK_PM_TOKEN write to the repository" in done.left["a.md"]
    assert TOKEN not in str(done)
    assert hub.read("a.md") == TEXT


def test_a_repository_that_moved_is_followed_and_said(tmp_path: Path, hub: Hub, web: Web, there: None) -> None:
    place = source(tmp_path, web.url.replace("hub.git", "old.git"), branch="main")
    assert len(list(place.documents())) == 2
    assert place.remarks() == [
        f"the repository of source pm moved to {web.url}/: its links still lead there; set remote to the new address"
    ]

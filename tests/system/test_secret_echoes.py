"""Whoever says a secret back to us, and whatever goes wrong with one in hand: nobody is told it, and nothing keeps it.

What each test leaves behind is searched by `support.canary_watch`: output, log, database, documents.
"""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from support import canary
from support.github import Hub as GitHub
from support.github import faults
from support.github import serve as serve_github
from support.github.wire import Answer as Told
from support.jira import Hub as Jira
from support.jira import serve as serve_jira
from support.scratch import CONFIG, COMMAND, Answer, Scratch, finish

GITHUB = """
[trackers.board]
kind = "github"
repository = "acme/shop"
base_url = "{url}"
label = ""
priorities = {{}}
limits = {{ writes_per_second = 100, settle_seconds = 0 }}
"""
JIRA = """
[trackers.board]
kind = "jira"
url = "{url}"
project = "OPS"
priorities = {{}}
limits = {{ writes_per_second = 100, settle_seconds = 0 }}
"""


@dataclass
class Team:
    """Attributes:
    secrets: the environment. hub: the stand-in; pages: where its issues are made, listed and changed.
    """

    scratch: Scratch
    hub: Any
    secrets: Mapping[str, str]
    pages: Mapping[str, str]

    def run(self, *words: str, **more: str) -> Answer:
        return self.scratch.run(*words, environment={**self.secrets, **more})


@contextmanager
def on_github(folder: Path) -> Iterator[Team]:
    hub = GitHub()
    hub.add_repo("acme/shop", people="bot ana bo")
    with serve_github(hub) as url:
        secrets = {"PMTRACK_BOARD_TOKEN": hub.add_token("bot").value}
        pages = {"GET": "/issues", "POST": "/issues", "PATCH": "/issues/*"}
        yield Team(scratch(folder, GITHUB.format(url=url)), hub, secrets, pages)
        hub.bans.clear()


@contextmanager
def on_jira(folder: Path) -> Iterator[Team]:
    hub = Jira(cloud=True)
    hub.add_project("OPS", people="bot ana bo")
    token = hub.add_token("bot")
    with serve_jira(hub) as url:
        secrets = {"PMTRACK_BOARD_TOKEN": token.value, "PMTRACK_BOARD_EMAIL": token.email}
        pages = {"GET": "/search/jql", "POST": "/issue*", "PUT": "/issue/*"}
        yield Team(scratch(folder, JIRA.format(url=url)), hub, secrets, pages)
        hub.bans.clear()


def scratch(folder: Path, tracker: str) -> Scratch:
    before, _, after = CONFIG.partition('[trackers.board]\nkind = "files"\npath = "issues"\n')
    return Scratch.make(folder, config=before + tracker + after)


WAYS = {"github": on_github, "jira": on_jira}


def echo(status: int, more: Mapping[str, str] | None = None) -> faults.Fault:
    """An answer that says everything back that it was asked with."""

    def act(_hub: Any, request: Any, _process: Any) -> Told:
        said = f"bad header Authorization: {request.headers.get('authorization')}"
        errors = [{"message": said}, said] if "token" in said else {"summary": said}
        return Told(status, {"message": said, "errorMessages": [said], "errors": errors}, dict(more or {}))

    return faults.Fault(f"echo {status}", act)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 410, 422, 500, 503])
@pytest.mark.parametrize("verb", ["GET", "write"])
@pytest.mark.parametrize("way", WAYS)
def test_a_server_that_says_the_token_back(way: str, verb: str, status: int, tmp_path: Path) -> None:
    with WAYS[way](tmp_path) as team:
        if verb == "GET":
            team.hub.faults.next("GET", "*", echo(status), times=None)
            assert team.run("sync").code == 1
            assert team.run("check").code == 1
        else:
            team.hub.faults.next("POST", team.pages["POST"], echo(status), times=None)
            assert team.run("sync").code == 1
            team.hub.faults.clear()
            team.run("sync")
            team.scratch.edit("- [ ] Write", "- [x] Write")
            for verbs in ("PATCH", "PUT", "POST"):
                team.hub.faults.next(verbs, "*", echo(status), times=None)
            assert team.run("sync").code == 1
        for words in (("status",), ("status", "--format", "json"), ("history",), ("digest",), ("report",)):
            team.run(*words)
        team.hub.violations.clear()


@pytest.mark.parametrize("way", WAYS)
def test_a_page_that_echoes_instead_of_json(way: str, tmp_path: Path) -> None:
    def act(_hub: Any, request: Any, _process: Any) -> Told:
        return Told(200, f"<html>{dict(request.headers)}</html>".encode(), {"Content-Type": "text/html"})

    with WAYS[way](tmp_path) as team:
        for verb in ("GET", "POST"):
            team.hub.faults.next(verb, "*", faults.Fault("echoing page", act), times=None)
        assert team.run("sync").code == 1
        assert team.run("check").code == 1


# ---------------------------------------------------------------- other hosts


@dataclass
class Stranger:
    """A host that is none of ours. Attributes: heard: the headers of each request."""

    url: str = ""
    heard: list[Mapping[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    answer: Callable[[BaseHTTPRequestHandler], None] = lambda handler: handler.send_error(404)


@contextmanager
def stranger(host: str = "localhost") -> Iterator[Stranger]:
    found = Stranger()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.heard.append(dict(self.headers))
            found.paths.append(self.path)
            found.answer(self)

        do_POST = do_PATCH = do_PUT = do_CONNECT = do_GET  # noqa: N815 - the names that http.server looks for

        def log_message(self, *_given: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    found.url = f"http://{host}:{server.server_port}"
    try:
        yield found
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def goes_to(url: str, status: int) -> faults.Fault:
    return faults.Fault(f"{status} to elsewhere", lambda _h, request, _p: Told(status, {}, {"Location": url + request.path}))


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
@pytest.mark.parametrize("status", [301, 302, 307, 308])
@pytest.mark.parametrize("verb", ["GET", "POST"])
@pytest.mark.parametrize("way", WAYS)
def test_who_is_sent_elsewhere_does_not_carry_the_token_there(
    way: str, verb: str, status: int, host: str, tmp_path: Path
) -> None:
    with WAYS[way](tmp_path) as team, stranger(host) as other:
        team.hub.faults.next(verb, "*", goes_to(other.url, status), times=None)
        assert team.run("sync").code == 1
        canary.heard("what another host was told", repr((other.heard, other.paths)))
        team.hub.violations.clear()


@pytest.mark.parametrize("way", WAYS)
def test_a_proxy_that_fails(way: str, tmp_path: Path) -> None:
    """Its address may hold a password, and it hears what is asked for over http."""
    with WAYS[way](tmp_path) as team, stranger("127.0.0.1") as other:
        for proxy in (other.url, "http://127.0.0.1:9"):
            address = proxy.replace("//", f"//me:{canary.WORD}@")
            config = team.scratch.config.read_text(encoding="utf-8")
            team.scratch.config.write_text(config.replace("http://127.0.0.1:", "https://127.0.0.1:"), encoding="utf-8")
            names = {"HTTP_PROXY": address, "HTTPS_PROXY": address, "https_proxy": address, "NO_PROXY": "", "no_proxy": ""}
            answer = team.run("sync", **names)
            assert answer.code == 1
            assert "cannot be reached" in answer.err
        assert other.paths, "the proxy was not asked"

"""Whoever says a secret back to us, and whatever goes wrong with one in hand: nobody is told it, and nothing keeps it.

What each test leaves behind is searched by `support.canary_watch`: output, log, database, documents.
"""

from __future__ import annotations

import os
import subprocess
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
from support.scratch import CONFIG, Answer, Scratch, finish

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


@pytest.mark.parametrize("status", [400, 401, 403, 422, 503])
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
    return faults.Fault(
        f"{status} to elsewhere", lambda _h, request, _p: Told(status, {}, {"Location": url + request.path})
    )


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
@pytest.mark.parametrize("status", [302, 307])
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
            names = {
                "HTTP_PROXY": address,
                "HTTPS_PROXY": address,
                "https_proxy": address,
                "NO_PROXY": "",
                "no_proxy": "",
            }
            answer = team.run("sync", **names)
            assert answer.code == 1
            assert "cannot be reached" in answer.err
        assert other.paths, "the proxy was not asked"


def sends_on(url: str) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(302)
        handler.send_header("Location", url + handler.path)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_git_does_not_carry_the_token_to_another_host(host: str, tmp_path: Path) -> None:
    with stranger("127.0.0.1") as ours, stranger(host) as other:
        ours.answer = sends_on(other.url)
        source = f'kind = "git"\nremote = "{ours.url}/pm.git"\n'
        config = CONFIG.replace('kind = "folder"\npath = "postmortems"\n', source)
        made = Scratch.make(tmp_path, config=config)
        answer = made.run("sync", environment={"PMTRACK_POSTMORTEMS_TOKEN": canary.secret()})
        assert answer.code == 1
        assert any("Authorization" in heard for heard in ours.heard), "the token was not sent at all"
        canary.heard("what another host was told", repr((other.heard, other.paths)))


def test_a_chat_that_moved_is_not_followed(tmp_path: Path) -> None:
    with stranger("127.0.0.1") as ours, stranger() as other:
        ours.answer = sends_on(other.url)
        made = Scratch.make(tmp_path, extra='[digest]\nto = ["slack:ops"]\n')
        made.run("sync")
        answer = made.run("digest", "--send", environment={"PMTRACK_OPS_URL": f"{ours.url}/{canary.secret()}"})
        assert answer.code == 1
        assert ours.paths
        assert other.paths == []


# ---------------------------------------------------------------- bugs


BUG = """
import sys
from pmtrack.trackers.{kind}.client import Client

def broken(self, *given, **more):
    token = self.account.token
    headers = {{"Authorization": f"Bearer {{token}}"}}
    raise LookupError("boom")

Client._send = broken
from pmtrack.cli import main
main()
"""


def broken(team: Team, kind: str, *words: str) -> Answer:
    """A command that meets a bug with the token in its hands."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PMTRACK")}
    process = subprocess.Popen(
        [sys.executable, "-c", BUG.format(kind=kind), *words],
        cwd=team.scratch.folder,
        env={**environment, **team.secrets, "FORCE_COLOR": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    answer = finish(process)
    canary.heard("what a bug says", answer.out + answer.err)
    return answer


@pytest.mark.parametrize("way", WAYS)
def test_a_bug_is_told_without_the_values_of_variables(way: str, tmp_path: Path) -> None:
    with WAYS[way](tmp_path) as team:
        answer = broken(team, way, "sync")
    assert answer.code == 3, answer
    assert "LookupError: boom" in answer.err
    assert "please report it" in answer.err


@pytest.mark.parametrize("form", ["json", "console"])
def test_a_bug_in_the_daemon_is_logged_without_them(form: str, tmp_path: Path) -> None:
    with on_github(tmp_path) as team:
        config = team.scratch.config.read_text(encoding="utf-8")
        team.scratch.config.write_text(f'{config}\n[service]\nlog = "{form}"\nlisten = ""\n', encoding="utf-8")
        answer = broken(team, "github", "serve", "--once")
    assert answer.code == 1, answer
    assert "failed by a bug" in answer.err
    assert "LookupError: boom" in answer.err, "the log does not say where"


# ---------------------------------------------------------------- secrets in the wrong place

WRONG = {
    "GitHub's address": GITHUB.replace("{url}", "https://me:{secret}@github.acme.example"),
    "Jira's address": JIRA.replace("{url}", "https://me:{secret}@jira.acme.example"),
    "a token beside the repository": GITHUB.replace("{url}", 'https://api.github.com"\ntoken = "{secret}'),
    "git's address": '[[sources]]\nname = "g"\nkind = "git"\ntracker = "board"\nremote = "https://{secret}@h/x.git"\n',
    "git's address with a user": (
        '[[sources]]\nname = "g"\nkind = "git"\ntracker = "board"\nremote = "https://me:{secret}@h/x.git"\n'
    ),
    "the address of git's pages": (
        '[[sources]]\nname = "g"\nkind = "git"\ntracker = "board"\nremote = "https://h/x.git"\nweb = "https://m:{secret}@h"\n'
    ),
    "a recipient": '[digest]\nto = ["slack:https://hooks.slack.com/services/{secret}"]\n',
    "mail": '[digest]\nto = ["mailto:a@x.example"]\n[digest.smtp]\nhost = "me:{secret}@mail"\nsender = "p@x.example"\n',
    "a password for mail": '[digest.smtp]\nhost = "mail"\nsender = "p@x.example"\npassword = "{secret}"\n',
    "a key that is no table": '[credentials]\nacme = "{secret}"\n',
    "TOML that is none": 'token = {secret}"\n',
    "the page's token": '[service]\npage = "{secret}"\n',
}
"""What people write into the configuration that belongs into the environment."""


@pytest.mark.parametrize("place", WRONG)
def test_a_secret_in_the_configuration_is_not_told(place: str, tmp_path: Path) -> None:
    before, _, after = CONFIG.partition('[trackers.board]\nkind = "files"\npath = "issues"\n')
    wrong = WRONG[place].replace("{secret}", canary.secret()).replace("{{", "{").replace("}}", "}")
    config = before + wrong + after if "[trackers" in wrong else f"{CONFIG}\n{wrong}"
    made = Scratch.make(tmp_path, config=config)
    canary.allow(made.config)
    assert "pmtrack.toml" in made.run("check").err
    for words in ("plan", "sync", "serve"):
        assert made.run(words).code == 1
    made.run("status")  # which reads less of it


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://me:{secret}@127.0.0.1:9/pm",
        "postgresql://me:{secret}@/pm?host=/nowhere",
        "mysql://me:{secret}@h/pm",
    ],
)
def test_a_password_in_the_address_of_the_store_is_not_told(url: str, tmp_path: Path) -> None:
    made = Scratch.make(tmp_path, config=CONFIG)
    environment = {"PMTRACK_STORE_URL": url.replace("{secret}", canary.secret())}
    for words in (("sync",), ("status",), ("check",), ("digest", "--send"), ("serve", "--once")):
        assert made.run(*words, environment=environment).code == 1, words

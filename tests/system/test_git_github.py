"""A repository on GitHub as a whole: git by HTTP, pull requests and the tokens of an App, with the real command.

The host's door opens for tokens of the stand-in that may reach the contents; nothing of the client is replaced.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine

from contract.source_suite import Hub as Git
from pmtrack.app.pulls import introduce
from pmtrack.errors import SourceError
from pmtrack.sources.git.source import GitSource
from pmtrack.sources.settings import GitSettings
from pmtrack.trackers.settings import Credential
from support.git_web import GitWeb
from support.git_web import serve as serve_git
from support.github import HandClock, Hub, Person, serve
from support.scratch import CONFIG, OUTAGE, Answer, Scratch

NAME = "acme/pm"
SOURCE = """\
kind = "git"
remote = "{git}"
host = "github"
web = "{api}/acme/pm"
branch = "main"
{more}
publish = {{ min_interval = "0s", {publish} }}"""

SECOND = OUTAGE.replace("Checkout refused cards", "Search was slow").replace("Add an alert", "Add a dashboard")


@dataclass
class Site:
    """Attributes:
    hub: the stand-in. git: the repository behind it; web: its door. scratch: where the command runs.
    """

    hub: Hub
    api: str
    git: Git
    web: GitWeb
    scratch: Scratch
    environment: dict[str, str]

    def configure(self, publish: str = "", more: str = "", extra: str = "") -> None:
        source = SOURCE.format(git=self.web.url, api=self.api, more=more, publish=publish)
        config = CONFIG.replace('kind = "folder"\npath = "postmortems"', source)
        self.scratch.config.write_text(f"{config}\n{extra}")

    def sync(self, *arguments: str) -> Answer:
        answer = self.scratch.run("sync", *arguments, environment=self.environment)
        assert (answer.code, answer.err) == (0, ""), answer
        return answer

    def writes(self) -> list[str]:
        """What was asked that changes something, since the last look."""
        told = [f"{one.method} {one.path} {one.status}" for one in self.hub.log if one.method != "GET"]
        self.hub.log.clear()
        return [one for one in told if "access_tokens" not in one]

    def pulls(self, state: str = "open") -> dict[str, str]:
        """Branch -> title."""
        return {pull.head: issue.title for issue, pull in self.hub.pulls(NAME, state)}

    def close_issue(self, words: str) -> None:
        issue = self.scratch.issue(words)
        issue.write_text(issue.read_text().replace("status: open", "status: done"))


@contextmanager
def a_site(folder: Path, documents: dict[str, bytes], clock: HandClock | None = None) -> Iterator[Site]:
    git = Git.make(folder / "srv" / "hub.git", documents)
    git.git("config", "http.receivepack", "true")
    hub = Hub(clock=clock) if clock else Hub()
    repo = hub.add_repo(NAME, people="bot ana")
    repo.git = git.folder

    def lets_in(secret: str) -> bool:
        token = hub.tokens.get(secret)
        known = token is not None and token.alive(hub.now())
        return bool(known and token and (token.kind == "classic" or token.permissions.get("contents") == "write"))

    with serve(hub) as api, serve_git(git.folder.parent, lets_in) as web:
        (folder / "here").mkdir()
        scratch = Scratch.make(folder / "here")
        yield Site(hub, api, git, web, scratch, {"PMTRACK_POSTMORTEMS_TOKEN": hub.add_token("bot").value})


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with a_site(tmp_path, {"outage.md": OUTAGE.encode()}) as made:
        made.configure('mode = "pull-request"')
        yield made


def quiet(site: Site) -> None:
    """Two more runs push nothing and ask the host for nothing."""
    refs = site.git.git("for-each-ref")
    site.hub.log.clear()
    for _ in range(2):
        assert "documents written 0" in site.sync().out
    assert (site.git.git("for-each-ref"), list(site.hub.log)) == (refs, [])


# ------------------------------------------------------------ pull requests


def test_a_pull_request_is_opened_updated_merged_and_the_next_one_opened(site: Site) -> None:
    main = site.git.at()
    assert "proposed outage.md" in site.sync("--yes").out
    assert site.pulls() == {"pmtrack/postmortems": "Update action items in outage.md"}
    assert site.writes() == ["POST /repos/acme/pm/pulls 201"]
    assert site.git.at() == main
    quiet(site)

    site.close_issue("Write the runbook")
    site.sync()
    assert (len(site.pulls()), site.writes()) == (1, [])
    assert "1 of 3 done" in site.git.read("outage.md", "pmtrack/postmortems").decode()
    quiet(site)

    Person.at(site.hub, "ana", NAME).merge(1)
    site.sync()
    assert "1 of 3 done" in site.git.read("outage.md").decode()
    quiet(site)

    site.close_issue("Rotate the gateway")
    site.sync()
    assert [issue.number for issue, _ in site.hub.pulls(NAME)] == [2]
    quiet(site)


def test_it_is_closed_and_its_branch_removed_when_nothing_is_left_to_say(site: Site) -> None:
    site.sync("--yes")
    site.git.push({"outage.md": site.git.read("outage.md", "pmtrack/postmortems")}, message="by hand")
    site.sync()
    site.sync()
    assert (site.pulls(), site.git.at("pmtrack/postmortems")) == ({}, None)
    quiet(site)


def test_a_new_document_is_told_by_the_title(site: Site) -> None:
    site.sync("--yes")
    site.git.push({"second.md": SECOND.encode()})
    site.sync("--yes")
    assert site.pulls() == {"pmtrack/postmortems": "Update action items in 2 postmortems"}
    assert site.writes() == ["POST /repos/acme/pm/pulls 201", "PATCH /repos/acme/pm/pulls/1 200"]
    quiet(site)


def test_a_lost_clone_takes_its_pull_request_up_again(site: Site) -> None:
    import shutil

    site.sync("--yes")
    shutil.rmtree(site.scratch.folder / ".pmtrack")
    site.git.push({"outage.md": site.git.read("outage.md", "pmtrack/postmortems")}, message="by hand")
    site.sync()
    site.sync()
    assert (site.pulls(), site.git.at("pmtrack/postmortems")) == ({}, None), (
        "though nothing was to be proposed any more"
    )


def test_a_token_that_may_not_open_pull_requests_is_one_sentence(site: Site) -> None:
    weak = site.hub.add_token("bot", "personal", contents="write", pull_requests="read").value
    answer = site.scratch.run("sync", "--yes", environment={"PMTRACK_POSTMORTEMS_TOKEN": weak})
    assert answer.complaints == [
        "pmtrack: the account of PMTRACK_POSTMORTEMS_TOKEN may not open pull requests in acme/pm (Resource not "
        "accessible by personal access token): let it read and write them"
    ]
    assert weak not in answer.out + answer.err
    site.sync()
    assert len(site.pulls()) == 1, "nothing is lost"


# ------------------------------------------------------------ one for each folder


FOLDERS = {
    "pm/payments/a.md": OUTAGE.encode(),
    "pm/payments/2026/b.md": SECOND.encode(),
    "pm/search team/c.md": OUTAGE.replace("an alert on card refusals", "an index of the search").encode(),
    "pm/d.md": OUTAGE.replace("an alert on card refusals", "a page for everything else").encode(),
}
PAYMENTS, SEARCH, HERE = (f"pmtrack-postmortems/pm/{name}" for name in ("payments", "search=20team", "-"))


@pytest.fixture
def folders(tmp_path: Path) -> Iterator[Site]:
    with a_site(tmp_path, FOLDERS) as made:
        made.configure('mode = "pull-request", per_folder = true', 'include = ["pm/**/*.md"]')
        made.scratch.config.write_text(made.scratch.config.read_text().replace('include = ["**/*.md"]\n', "", 1))
        yield made


def test_each_folder_has_a_pull_request_of_its_own(folders: Site) -> None:
    folders.sync("--yes")
    assert folders.pulls() == {
        PAYMENTS: "Update action items in 2 postmortems",
        SEARCH: "Update action items in pm/search team/c.md",
        HERE: "Update action items in pm/d.md",
    }
    changed = folders.git.git("diff", "--name-only", f"main...{PAYMENTS}").splitlines()
    assert changed == ["pm/payments/2026/b.md", "pm/payments/a.md"]
    quiet(folders)


def test_one_is_updated_and_merged_while_the_others_stay_as_they_are(folders: Site) -> None:
    folders.sync("--yes")
    others = {branch: folders.git.at(branch) for branch in (SEARCH, HERE)}
    folders.close_issue("Add an index of the search")
    folders.sync()
    assert folders.git.at(SEARCH) != others[SEARCH]
    assert folders.git.at(HERE) == others[HERE]
    number = next(issue.number for issue, pull in folders.hub.pulls(NAME) if pull.head == SEARCH)
    Person.at(folders.hub, "ana", NAME).merge(number)
    folders.sync()
    assert folders.pulls().keys() == {PAYMENTS, HERE}
    assert folders.git.at(HERE) == others[HERE]
    quiet(folders)


def test_a_person_who_commits_to_one_branch_keeps_pmtrack_from_that_one_only(folders: Site) -> None:
    folders.sync("--yes")
    theirs = folders.git.push({"pm/d.md": b"# Mine now\n"}, branch=HERE)
    folders.close_issue("Add a page for everything else")
    folders.close_issue("Add an index of the search")
    answer = folders.scratch.run("sync", environment=folders.environment)
    assert [line for line in answer.complaints if f"somebody else committed to {HERE}" in line] == answer.complaints
    assert "1 of 3 done" in folders.git.read("pm/search team/c.md", SEARCH).decode()
    assert folders.git.at(HERE) == theirs


def test_back_to_one_for_all_closes_those_of_the_folders(folders: Site) -> None:
    folders.sync("--yes")
    config = folders.scratch.config
    config.write_text(config.read_text().replace("per_folder = true", "per_folder = false"))
    folders.sync()
    assert folders.pulls() == {"pmtrack/postmortems": "Update action items in 4 postmortems"}
    assert [folders.git.at(branch) for branch in (PAYMENTS, SEARCH, HERE)] == [None] * 3
    quiet(folders)


# ------------------------------------------------------------ Apps


def as_app(site: Site, **permissions: str) -> Credential:
    """The source's account is an App."""
    app = site.hub.add_app(**{"contents": "write", "pull_requests": "write", **permissions})
    site.environment = {"PMTRACK_ACME_PRIVATE_KEY": app.pem}
    numbers = f"[credentials.acme]\napp_id = {app.id}\ninstallation_id = {app.installation}\n"
    site.configure('mode = "pull-request"', 'credential = "acme"', numbers)
    return Credential(app_id=app.id, installation_id=app.installation)


def test_an_app_reads_pushes_and_opens_a_pull_request(site: Site) -> None:
    as_app(site)
    assert "proposed outage.md" in site.sync("--yes").out
    assert site.pulls() == {"pmtrack/postmortems": "Update action items in outage.md"}
    granted = [token for token, found in site.hub.tokens.items() if found.kind == "installation"]
    files = [path for path in site.scratch.folder.rglob("*") if path.is_file()]
    shown = b"".join(path.read_bytes() for path in files)
    assert granted
    assert not [token for token in granted if token.encode() in shown], "no token is on the disk"
    assert b"PRIVATE KEY" not in shown
    assert {words.partition(" ")[0] for words in site.web.heard} == {"Basic"}
    quiet_but_for_tokens(site)


def quiet_but_for_tokens(site: Site) -> None:
    refs = site.git.git("for-each-ref")
    site.hub.log.clear()
    site.sync()
    assert site.git.git("for-each-ref") == refs
    assert [one.path for one in site.hub.log if not one.path.endswith("/access_tokens")] == []


def test_its_token_is_used_for_its_hour_and_renewed_before_it_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = HandClock()
    with a_site(tmp_path, {"a.md": OUTAGE.encode()}, clock) as site:
        credential = as_app(site)
        monkeypatch.setenv("PMTRACK_ACME_PRIVATE_KEY", site.environment["PMTRACK_ACME_PRIVATE_KEY"])
        given = {"name": "pm", "kind": "git", "remote": site.web.url, "tracker": "board", "branch": "main"}
        settings = GitSettings(**given, host="github", web=f"{site.api}/{NAME}", credential="acme")
        source = GitSource(settings, tmp_path)
        introduce(source, {"acme": credential})

        def look(minutes: float) -> int:
            """How many tokens there are after a look so much later."""
            clock.advance(minutes=minutes)
            with time_machine.travel(clock.now + timedelta(seconds=1)):
                assert len(list(source.documents())) == 1
            return sum(token.kind == "installation" for token in site.hub.tokens.values())

        assert [look(0), look(20), look(20), look(20), look(60), look(1)] == [1, 1, 1, 2, 3, 3]
        assert len(set(site.web.heard)) == 3


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"PMTRACK_ACME_PRIVATE_KEY": "hunter2"}, "PMTRACK_ACME_PRIVATE_KEY is no private key of an App"),
        ({"PMTRACK_ACME_PRIVATE_KEY": ""}, "there is no PMTRACK_ACME_PRIVATE_KEY in the environment"),
    ],
)
def test_an_app_that_is_not_accepted_is_one_sentence(site: Site, change: dict[str, str], words: str) -> None:
    as_app(site)
    answer = site.scratch.run("sync", environment={**site.environment, **change})
    assert answer.code == 1
    assert words in answer.complaints[0]
    assert "hunter2" not in answer.err
    assert "Traceback" not in answer.err


def test_an_app_for_a_host_that_is_not_known_as_github_is_said(tmp_path: Path) -> None:
    settings = GitSettings(
        name="pm", kind="git", remote="https://code.acme.example/a/b.git", tracker="t", credential="acme"
    )
    source = GitSource(settings, tmp_path)
    introduce(source, {"acme": Credential(app_id=1, installation_id=2)})
    with pytest.raises(SourceError, match=r"\[credentials.acme\] is a GitHub App, and the host of source pm is"):
        list(source.documents())

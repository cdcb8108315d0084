"""GitHub Actions, as far as `action.yml` meets it: a repository, a runner's folders and files, a step of a job.

The step that runs pmtrack is carried out as it is written, by bash. The steps before it (setting up Python, installing)
are done by whoever runs the tests.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from support import canary
from support.github import Hub, serve
from support.github.access import Token

ROOT = Path(__file__).parents[2]
REPOSITORY = "acme/postmortems"
BOT = "github-actions[bot]"
TIMEOUT = 120
STORE = "refs/heads/pmtrack-store"
LOCK = "refs/pmtrack/lock"
OTHERS = ("GITHUB_", "PMTRACK", "INPUT_")
"""How the variables begin that a step gets from its job alone."""

CONFIG = """\
store = "sqlite:///pmtrack.db"

[[sources]]
name = "postmortems"
kind = "git"
remote = "{remote}"
tracker = "shop"

[sources.publish]
min_interval = "0s"

[trackers.shop]
kind = "github"
repository = "acme/postmortems"
base_url = "{api}"
accounts = ["github-actions[bot]"]
limits = {{ writes_per_second = 20 }}
"""

DOCUMENT = """\
# Checkout refused cards

Date: 2026-03-02

## Action items

- [ ] Add an alert on card refusals (owner: Ana, P1, due 2099-12-01)
- [ ] Rotate the gateway certificate (owner: Bo, due 2099-12-01)
"""


@contextmanager
def on_this_machine(folder: Path) -> Iterator[Workflow]:
    """A workflow that was never run, with a server for GitHub's interface."""
    hub = Hub()
    with serve(hub) as url:
        yield Workflow.make(folder, hub, url)
        hub.bans.clear()  # some of its clients are turned away on purpose


def action() -> Any:
    """The action as it is written."""
    return yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class Ran:
    """How the step ended: its log, its outputs, and what it says on the page of the run."""

    code: int
    log: str
    outputs: Mapping[str, str]
    summary: str

    @property
    def warnings(self) -> list[str]:
        return re.findall(r"^::(?:warning|error) title=pmtrack::(.*)$", self.log, re.MULTILINE)


@dataclass
class Workflow:
    """A repository with a postmortem, and runners that come and go.

    Attributes:
        folder: everything stands below it. hub: GitHub's interface, at `api`. token: the workflow's own.
    """

    folder: Path
    hub: Hub
    api: str
    token: str = ""
    _runs: int = field(default=0)

    @classmethod
    def make(cls, folder: Path, hub: Hub, api: str, document: str = DOCUMENT) -> Workflow:
        made = cls(folder, hub, api)
        hub.add_repo(REPOSITORY, people="ana bo")
        made.token = made.add_token(issues="write", pull_requests="write", contents="write")
        made.origin.mkdir(parents=True)
        made.git(made.origin, "init", "--quiet", "--bare", "--initial-branch=main")
        files = {
            "outage.md": document,
            "pmtrack.toml": CONFIG.format(remote=made.remote, api=api),
            ".gitignore": "*.db*\n",
        }
        made.push("main", files)
        return made

    def add_token(self, **permissions: str) -> str:
        """A workflow's own, as GitHub gives one to each job."""
        login = self.hub.add_user(BOT, "Bot").login
        given = {"metadata": "read", **permissions}
        token = Token(canary.secret("ghs_"), login, "installation", given)
        self.hub.tokens[token.value] = token
        return token.value

    @property
    def origin(self) -> Path:
        return self.folder / "server" / REPOSITORY

    @property
    def remote(self) -> str:
        return f"file://{self.origin}"

    # ------------------------------------------------------------ what people do

    def git(self, where: Path, *words: str) -> str:
        who = ("-c", "user.name=Ana", "-c", "user.email=ana@acme.example")
        clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        done = subprocess.run(
            ["git", *who, "-C", str(where), *words], capture_output=True, text=True, check=False, env=clean
        )
        assert done.returncode == 0, f"git {words}: {done.stderr}"
        return done.stdout.strip()

    def push(self, branch: str, files: Mapping[str, str | None], base: str = "") -> str:
        """Write or remove files on a branch, which is made on top of `base` where it is new; the id of the commit."""
        clone = self.folder / "person"
        shutil.rmtree(clone, ignore_errors=True)
        self.git(self.folder, "clone", "--quiet", self.remote, str(clone))
        start = branch if self.ref(f"refs/heads/{branch}") else base
        self.git(clone, "checkout", "--quiet", "-B", branch, *([f"origin/{start}"] if start else []))
        for path, text in files.items():
            (clone / path).parent.mkdir(parents=True, exist_ok=True)
            if text is None:
                (clone / path).unlink()
            else:
                (clone / path).write_text(text, encoding="utf-8")
        self.git(clone, "add", "--all", "--force", ".")
        self.git(clone, "commit", "--quiet", "--message", "Write it down")
        self.git(clone, "push", "--quiet", "origin", branch)
        return self.git(clone, "rev-parse", "HEAD")

    def merge(self, branch: str) -> str:
        """What GitHub tries for a pull request: a commit that nobody pushed; its id is the one that a workflow gets."""
        person = self.folder / "person"
        self.git(person, "fetch", "--quiet", "origin")
        self.git(person, "checkout", "--quiet", "--detach", "origin/main")
        self.git(person, "merge", "--quiet", "--no-ff", "--no-edit", f"origin/{branch}")
        self.git(person, "push", "--quiet", "--force", "origin", "HEAD:refs/pull/1/merge")
        return self.git(person, "rev-parse", "HEAD")

    def with_git(self, when: str, does: str) -> dict[str, str]:
        """Variables for a run whose git does something of its own, once: when a command is like the pattern.

        Args:
            does: shell; `$git` is git itself, with the command's arguments in `"$@"`. It may end the process.
        """
        there, git = self.folder / "shim", shutil.which("git")
        there.mkdir()
        once = f"if [ ! -e {there}/done ]; then touch {there}/done; git={git}; {does}; fi"
        script = f'#!/bin/sh\ncase "$*" in {when}) {once};; esac\nexec {git} "$@"\n'
        (there / "git").write_text(script, encoding="utf-8")
        (there / "git").chmod(0o755)
        return {"PATH": f"{there}:{os.environ['PATH']}"}

    # ------------------------------------------------------------ what is there

    def ref(self, name: str) -> str:
        """The commit that a reference of the repository is at, "" for none."""
        listed = self.git(self.origin, "for-each-ref", "--format=%(objectname) %(refname)")
        return next((line.split()[0] for line in listed.splitlines() if line.split()[1] == name), "")

    def read(self, ref: str, path: str) -> str:
        return self.git(self.origin, "show", f"{ref}:{path}")

    # ------------------------------------------------------------ a run

    def start(
        self, event: str, *, sha: str = "", payload: Mapping[str, Any] | None = None, depth: int = 1, **given: str
    ) -> subprocess.Popen[str]:
        """A job on a fresh runner, as far as to the step that runs pmtrack, which is under way.

        Args:
            sha: what the run is about, the main branch by default. given: inputs, `_` for a dash; names in capitals
                are variables.
        """
        self._runs += 1
        runner = self.folder / f"runner{self._runs}"
        workspace = self._checked_out(runner / "work", sha or self.ref("refs/heads/main"), depth)
        (runner / "temp" / "pmtrack" / "bin").mkdir(parents=True)
        python = runner / "temp" / "pmtrack" / "bin" / "python"
        python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n', encoding="utf-8")
        python.chmod(0o755)
        for name in ("output", "summary"):
            (runner / name).touch()
        (runner / "event.json").write_text(json.dumps(payload or {}), encoding="utf-8")
        step = action()["runs"]["steps"][-1]
        environment = {
            **{
                name: value
                for name, value in os.environ.items()
                if not name.startswith(("GITHUB_", "PMTRACK", "INPUT_"))
            },
            "GITHUB_ACTION_PATH": str(ROOT),
            "GITHUB_API_URL": self.api,
            "GITHUB_EVENT_NAME": event,
            "GITHUB_EVENT_PATH": str(runner / "event.json"),
            "GITHUB_OUTPUT": str(runner / "output"),
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_RUN_ATTEMPT": "1",
            "GITHUB_RUN_ID": str(self._runs),
            "GITHUB_SERVER_URL": f"file://{self.folder / 'server'}",
            "GITHUB_SHA": sha or self.ref("refs/heads/main"),
            "GITHUB_STEP_SUMMARY": str(runner / "summary"),
            "GITHUB_WORKSPACE": str(workspace),
            "PMTRACK_SHOP_TOKEN": self.token,
            "RUNNER_TEMP": str(runner / "temp"),
            **self._inputs(step["env"], given),
            **{name: value for name, value in given.items() if name.isupper()},
        }
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
        return subprocess.Popen(
            command, cwd=workspace, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def run(self, event: str, **given: Any) -> Ran:
        """The same, until it ends."""
        process, number = self.start(event, **given), self._runs
        return self.finish(process, number)

    def finish(self, process: subprocess.Popen[str], number: int) -> Ran:
        """How it ended. Args:
        number: of the run.
        """
        with process:
            try:
                log, _ = process.communicate(timeout=TIMEOUT)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                raise
        runner = self.folder / f"runner{number}"
        lines = (runner / "output").read_text(encoding="utf-8").splitlines()
        outputs = dict(line.split("=", 1) for line in lines)
        return Ran(process.returncode, log, outputs, (runner / "summary").read_text(encoding="utf-8"))

    def preview(self, branch: str, *, fork: bool = False, number: int = 1, **given: Any) -> Ran:
        """The workflow of a pull request."""
        home = "stranger/postmortems" if fork else REPOSITORY
        payload = {"pull_request": {"number": number, "head": {"repo": {"full_name": home}}}}
        return self.run("pull_request", sha=self.merge(branch), payload=payload, **given)

    def _checked_out(self, workspace: Path, sha: str, depth: int) -> Path:
        """As actions/checkout does it: one commit, without a branch."""
        workspace.mkdir(parents=True)
        self.git(workspace, "init", "--quiet")
        self.git(workspace, "remote", "add", "origin", self.remote)
        self.git(workspace, "fetch", "--quiet", *([f"--depth={depth}"] if depth else []), "origin", sha)
        self.git(workspace, "checkout", "--quiet", "--detach", "FETCH_HEAD")
        return workspace

    def _inputs(self, wanted: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
        """The step's own variables, with the inputs in the places where GitHub puts them."""
        inputs = {name: str(one.get("default", "")) for name, one in action()["inputs"].items()}
        inputs |= {"token": self.token} | {name.replace("_", "-"): value for name, value in given.items()}
        place = re.compile(r"\$\{\{ inputs\.([\w-]+) \}\}")
        return {name: place.sub(lambda one: inputs[one[1]], text) for name, text in wanted.items()}

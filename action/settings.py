"""What the action was asked for, and what it runs on: from the environment that GitHub gives to a step."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PREFIX = "sqlite:///"
YES = frozenset({"true", "yes", "1"})


class Trouble(Exception):
    """One sentence: what is wrong and what to do. The step fails with it."""


@dataclass(frozen=True, slots=True)
class Settings:
    """One step of a workflow.

    Attributes:
        event: push, schedule, pull_request and so on; payload: what GitHub tells of it.
        server, api: addresses. repository: "owner/name". sha: the commit that the run is about.
        workspace: the folder of the checkout; temp: one that is thrown away after the job.
        config: the file. branch: where the store is kept, "" for nowhere; store_url: of a database in its place, "" for
            none. token: of the account that acts.
        release: whether to let happen what waits for a yes. comment: whether to write on pull requests.
        run: names this run among all others. outputs, summary: the files that GitHub reads after the step.
        patience: seconds to wait for another run that is at work.
    """

    event: str
    payload: Mapping[str, Any]
    server: str
    api: str
    repository: str
    sha: str
    workspace: Path
    temp: Path
    config: Path
    branch: str
    store_url: str = field(repr=False)
    token: str = field(repr=False)
    release: bool
    comment: bool
    run: str
    outputs: Path
    summary: Path
    patience: float

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Settings:
        """Raises:
        Trouble: something is missing that GitHub always gives.
        """

        def given(name: str) -> str:
            if name not in environment:
                raise Trouble(f"there is no {name}: this is to be run by GitHub Actions, as action.yml does it")
            return environment[name]

        workspace = Path(given("GITHUB_WORKSPACE")).resolve()
        return cls(
            event=given("GITHUB_EVENT_NAME"),
            payload=_payload(Path(given("GITHUB_EVENT_PATH"))),
            server=given("GITHUB_SERVER_URL"),
            api=given("GITHUB_API_URL").rstrip("/"),
            repository=given("GITHUB_REPOSITORY"),
            sha=given("GITHUB_SHA"),
            workspace=workspace,
            temp=Path(given("RUNNER_TEMP")),
            config=workspace / (environment.get("INPUT_CONFIG") or "pmtrack.toml"),
            branch=environment.get("INPUT_STORE_BRANCH", "").strip(),
            store_url=(environment.get("INPUT_STORE_URL") or environment.get("PMTRACK_STORE_URL") or "").strip(),
            token=environment.get("INPUT_TOKEN", "").strip(),
            release=environment.get("INPUT_RELEASE", "").strip().lower() in YES,
            comment=environment.get("INPUT_COMMENT", "").strip().lower() in YES,
            run=f"{environment.get('GITHUB_RUN_ID', '0')}.{environment.get('GITHUB_RUN_ATTEMPT', '1')}",
            outputs=Path(given("GITHUB_OUTPUT")),
            summary=Path(given("GITHUB_STEP_SUMMARY")),
            patience=float(environment.get("INPUT_PATIENCE") or 600),
        )

    @property
    def remote(self) -> str:
        """The repository's address."""
        return f"{self.server}/{self.repository}"

    @property
    def pull(self) -> int | None:
        """The number of the pull request, None where this is none."""
        found = self.payload.get("pull_request")
        return int(found["number"]) if isinstance(found, dict) else None

    def read_config(self) -> Mapping[str, Any]:
        """The configuration as it is written, for the few keys that matter here; pmtrack checks it.

        Raises:
            Trouble: it cannot be read.
        """
        try:
            return tomllib.loads(self.config.read_text(encoding="utf-8-sig"))
        except FileNotFoundError:
            name = self.config.relative_to(self.workspace) if self.config.is_relative_to(self.workspace) else "it"
            raise Trouble(
                f"there is no {name} in the checkout: add it, or say where it is by the input config, and check the "
                "repository out before"
            ) from None
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise Trouble(f"the configuration cannot be read: {error}") from None

    @property
    def is_from_fork(self) -> bool:
        """Whether it is a stranger's, whose workflows get no secrets."""
        pull = self.payload.get("pull_request")
        head = pull.get("head") if isinstance(pull, dict) else None
        repository = head.get("repo") if isinstance(head, dict) else None
        return bool(pull) and (not isinstance(repository, dict) or repository.get("full_name") != self.repository)

    def store_file(self, config: Mapping[str, Any]) -> Path | None:
        """The file of the store that is to be kept on a branch, None where it is in a database of its own.

        Raises:
            Trouble: it is outside the checkout.
        """
        store = self.store_url or str(config.get("store", f"{PREFIX}pmtrack.db"))
        if not self.branch or not store.startswith(PREFIX):
            return None
        file = (self.config.parent / store.removeprefix(PREFIX)).resolve()
        if not file.is_relative_to(self.workspace):
            raise Trouble("the store is outside the checkout: name a file in it, such as sqlite:///pmtrack.db")
        return file


def _payload(path: Path) -> Mapping[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}

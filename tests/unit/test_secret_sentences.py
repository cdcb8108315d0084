"""Each secret, missing, given twice, unreadable or wrong: the sentence names the variable, and never its value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pmtrack.app.hooks import keys
from pmtrack.config import Config, load
from pmtrack.errors import ConfigError, PmtrackError
from pmtrack.reports.channels import Means, Message, send
from pmtrack.reports.channels.base import MailServer
from pmtrack.reports.digest_letter import Letter
from pmtrack.service.guard import guard
from pmtrack.sources.git.account import Account
from pmtrack.store.place import chosen
from pmtrack.trackers.github import connect as github
from pmtrack.trackers.jira import connect as jira
from pmtrack.trackers.settings import Credential, GitHubSettings, JiraSettings
from support import canary

Environment = Mapping[str, str]

CONFIG = """
[service]
page = true
[[sources]]
name = "pm"
path = "."
tracker = "shop"
[trackers.shop]
kind = "github"
repository = "acme/shop"
[trackers.ops]
kind = "jira"
url = "https://acme.atlassian.net"
project = "OPS"
"""
MESSAGE = Message(Letter("Action items"), "2026-W48", datetime(2026, 11, 23, tzinfo=UTC))
MAIL = MailServer("127.0.0.1", 9, "pmtrack@acme.example", "tls", "pmtrack")
SHOP = GitHubSettings.model_validate({"kind": "github", "repository": "acme/shop"})
SHARED = SHOP.model_copy(update={"credential": "acme"})
OPS = JiraSettings.model_validate({"kind": "jira", "url": "https://acme.atlassian.net", "project": "OPS"})


@dataclass(frozen=True)
class Needed:
    """Attributes:
    variable: where the secret is. use: what needs it. token: whether it is one word. wanted: whether nothing goes
        without it.
    """

    variable: str
    use: Callable[[Environment, Path], object]
    token: bool = False
    wanted: bool = True


def configured(folder: Path) -> Config:
    (folder / "pmtrack.toml").write_text(CONFIG, encoding="utf-8")
    return load(folder / "pmtrack.toml")


def of_webhooks(kind: str) -> Callable[[Environment, Path], object]:
    def use(environment: Environment, folder: Path) -> object:
        found = keys(configured(folder), environment)
        if not found.by_kind[kind]:
            raise ConfigError([one for one in found.problems if f"of {kind} " in one])
        return found

    return use


def of_git(environment: Environment, _folder: Path) -> object:
    with pytest.MonkeyPatch.context() as patched:
        for name, value in environment.items():
            patched.setenv(name, value)
        return Account("pm", "acme", "https://git.acme.example/pm.git", None, None).secret()


def through(channel: str) -> Callable[[Environment, Path], object]:
    return lambda environment, folder: send(channel, MESSAGE, Means(folder, mail=MAIL, environment=environment))


NEEDED = {
    "a GitHub token": Needed("PMTRACK_SHOP_TOKEN", lambda e, f: github("shop", SHOP, f, environment=e), token=True),
    "a GitHub token of a credential": Needed(
        "PMTRACK_ACME_TOKEN", lambda e, f: github("shop", SHARED, f, {"acme": Credential()}, environment=e), token=True
    ),
    "a private key": Needed(
        "PMTRACK_ACME_PRIVATE_KEY",
        lambda e, f: github("shop", SHARED, f, {"acme": Credential(app_id=1, installation_id=2)}, environment=e),
    ),
    "the token of a git host": Needed("PMTRACK_ACME_TOKEN", of_git, token=True),
    "a Jira token": Needed("PMTRACK_OPS_TOKEN", lambda e, f: jira("ops", OPS, f, environment=e), token=True),
    "a password for mail": Needed("PMTRACK_SMTP_PASSWORD", through("mailto:ana@acme.example")),
    "the address of a chat": Needed("PMTRACK_CALL_URL", through("slack:call")),
    "the address of a webhook of ours": Needed("PMTRACK_CALL_URL", through("webhook:call")),
    "the address for apprise": Needed("PMTRACK_CALL_URL", through("apprise:call")),
    "the secret of GitHub's webhooks": Needed("PMTRACK_SHOP_WEBHOOK_SECRET", of_webhooks("github")),
    "the secret of Jira's webhooks": Needed("PMTRACK_OPS_WEBHOOK_SECRET", of_webhooks("jira")),
    "the token of the page": Needed(
        "PMTRACK_PAGE_TOKEN", lambda e, f: guard(configured(f), e), token=True, wanted=False
    ),
    "the address of the store": Needed("PMTRACK_STORE_URL", lambda e, _f: chosen("sqlite:///x", e), wanted=False),
}
"""All of pmtrack's secrets."""


def no_file(name: str, folder: Path) -> Environment:
    return {f"{name}_FILE": str(folder / "nowhere")}


def a_folder(name: str, folder: Path) -> Environment:
    return {f"{name}_FILE": str(folder)}


def with_bytes(data: bytes) -> Callable[[str, Path], Environment]:
    def made(name: str, folder: Path) -> Environment:
        canary.allow(folder / "secret")
        (folder / "secret").write_bytes(data)
        return {f"{name}_FILE": str(folder / "secret")}

    return made


NONE = "there is no {name} in the environment: set it, or {name}_FILE to a file"
UNREADABLE = "the file that {name}_FILE names cannot be read ({why}): make it readable"
WRONG = "{name} holds spaces or signs that no token has: set it anew"
SECRET = f"{canary.WORD}-0123456789"

CASES: Mapping[str, tuple[Callable[[str, Path], Environment], str]] = {
    "none": (lambda name, folder: {}, NONE),
    "nothing in it": (lambda name, folder: {name: " \n"}, NONE),
    "both": (
        lambda name, folder: {name: SECRET, f"{name}_FILE": str(folder)},
        "{name} and {name}_FILE are both set: leave one of them out",
    ),
    "no file": (no_file, UNREADABLE.replace("{why}", "No such file or directory")),
    "a folder": (a_folder, UNREADABLE.replace("{why}", "Is a directory")),
    "not UTF-8": (with_bytes(SECRET.encode() + b"\xff"), UNREADABLE.replace("{why}", "not UTF-8")),
    "nothing in the file": (with_bytes(b" \n"), "the file that {name}_FILE names is empty: put the secret into it"),
}
"""What is in the environment -> the sentence."""


def said(what: Needed, environment: Environment, folder: Path) -> str:
    with pytest.raises(PmtrackError) as caught:
        what.use(environment, folder)
    shown = f"{caught.value} {caught.value!r} {caught.value.__cause__!r}"
    assert canary.WORD not in shown
    return str(caught.value)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("which", NEEDED)
def test_the_sentence_names_the_variable(which: str, case: str, tmp_path: Path) -> None:
    what, (make, sentence) = NEEDED[which], CASES[case]
    if sentence == NONE and not what.wanted:
        what.use(make(what.variable, tmp_path), tmp_path)
        return
    assert sentence.replace("{name}", what.variable) in said(what, make(what.variable, tmp_path), tmp_path)


@pytest.mark.parametrize("value", [f"{SECRET} {SECRET}", f"{SECRET}\nX-Header: 1", f"{SECRET}\x07", f"{SECRET}é"])
@pytest.mark.parametrize("which", [name for name, what in NEEDED.items() if what.token])
def test_what_is_no_token_is_not_told(which: str, value: str, tmp_path: Path) -> None:
    what = NEEDED[which]
    assert WRONG.format(name=what.variable) in said(what, {what.variable: value}, tmp_path)


@pytest.mark.parametrize(
    ("which", "value", "sentence"),
    [
        (
            "a private key",
            SECRET,
            "PMTRACK_ACME_PRIVATE_KEY is no private key of an App: put the whole PEM file into it",
        ),
        ("the address of a chat", f"ftp://x/{SECRET}", "the address of slack:call does not begin with https://"),
        ("the address of a chat", f"http://x/{SECRET} {SECRET}", "PMTRACK_CALL_URL holds spaces, which no address has"),
        ("the address of a chat", f"http://127.0.0.1:9/{SECRET}", "slack:call cannot be reached (ConnectionError)"),
        ("the address of a chat", f"http://[{SECRET}/", "slack:call cannot be reached (InvalidURL)"),
        ("the address of a webhook of ours", f"http://u:{SECRET}@127.0.0.1:9/", "webhook:call cannot be reached"),
        ("the address for apprise", f"nosuch://{SECRET}", "PMTRACK_CALL_URL is no address that apprise understands"),
        ("the address for apprise", f"json://u:{SECRET}@127.0.0.1:9/", "apprise:call"),
        ("a password for mail", SECRET, "127.0.0.1"),
        ("the token of the page", f"{canary.WORD[:4]}", "PMTRACK_PAGE_TOKEN is too short to keep anybody out"),
    ],
)
@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated")  # of what apprise imports
def test_what_cannot_be_used_is_not_told(which: str, value: str, sentence: str, tmp_path: Path) -> None:
    what, use = NEEDED[which], NEEDED[which].use
    if which == "a private key":
        words = said(Needed(what.variable, lambda e, f: use(e, f).whoami()), {what.variable: value}, tmp_path)  # type: ignore[attr-defined]
    else:
        words = said(what, {what.variable: value}, tmp_path)
    assert sentence in words


@pytest.mark.parametrize("which", [name for name, what in NEEDED.items() if "webhook" not in name and what.token])
def test_a_file_with_a_line_end_is_fine(which: str, tmp_path: Path) -> None:
    what = NEEDED[which]
    what.use(with_bytes(SECRET.encode() + b"\r\n")(what.variable, tmp_path), tmp_path)

"""From a configuration and the environment to a tracker: accounts, secrets, limits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine

from pmtrack.errors import TrackerError
from pmtrack.secrets import secret, token, variable
from pmtrack.trackers import connect as by_kind
from pmtrack.trackers.github import connect
from pmtrack.trackers.limits import Ledger
from pmtrack.trackers.settings import Credential, GitHubSettings, Limits
from support.github import faults
from support.github_shop import FIELDS, Shop, draft, open_shop

SETTINGS = GitHubSettings(kind="github", repository="acme/shop")
SHARED = GitHubSettings(kind="github", repository="acme/shop", credential="my-acme")
APP = Credential(app_id=1, installation_id=2)


@pytest.fixture
def shop() -> Iterator[Shop]:
    with open_shop() as opened:
        yield opened


def test_variables_are_upper_case_words() -> None:
    assert variable("my-acme.2", "TOKEN") == "PMTRACK_MY_ACME_2_TOKEN"


def test_a_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("ghp_x\n")
    assert token("shop", environment={"PMTRACK_SHOP_TOKEN_FILE": str(file)}, fails=TrackerError) == "ghp_x"


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({}, "there is no PMTRACK_SHOP_TOKEN in the environment: set it, or PMTRACK_SHOP_TOKEN_FILE to a file"),
        ({"PMTRACK_SHOP_TOKEN": "  "}, "there is no PMTRACK_SHOP_TOKEN"),
        ({"PMTRACK_SHOP_TOKEN": "s3cret", "PMTRACK_SHOP_TOKEN_FILE": "x"}, "are both set: leave one of them out"),
        ({"PMTRACK_SHOP_TOKEN_FILE": "/no/such"}, "PMTRACK_SHOP_TOKEN_FILE names cannot be read .No such file"),
        ({"PMTRACK_SHOP_TOKEN": "s3cret s3cret"}, "PMTRACK_SHOP_TOKEN holds spaces or signs that no token has"),
        ({"PMTRACK_SHOP_TOKEN": "s3cret\nX-Header: 1"}, "holds spaces or signs"),
        ({"PMTRACK_SHOP_TOKEN": "s3crét"}, "holds spaces or signs"),
    ],
)
def test_a_token_that_cannot_be_used_is_one_sentence_without_it(environment: Mapping[str, str], says: str) -> None:
    with pytest.raises(TrackerError, match=says) as caught:
        connect("shop", SETTINGS, Path(), environment=environment)
    assert caught.value.permanent
    assert "s3cr" not in str(caught.value)


def test_a_file_that_is_not_text_is_said(tmp_path: Path) -> None:
    (tmp_path / "token").write_bytes(b"\xff\xfe")
    with pytest.raises(TrackerError, match=r"cannot be read .not UTF-8"):
        secret("shop", "TOKEN", {"PMTRACK_SHOP_TOKEN_FILE": str(tmp_path / "token")}, fails=TrackerError)


@pytest.mark.parametrize(
    ("credentials", "environment", "expected"),
    [
        ({"my-acme": Credential()}, {"PMTRACK_MY_ACME_TOKEN": "a"}, "PMTRACK_MY_ACME_TOKEN"),
        ({"my-acme": Credential()}, {"PMTRACK_SHOP_TOKEN": "a", "PMTRACK_MY_ACME_TOKEN": "b"}, "PMTRACK_SHOP_TOKEN"),
        ({"my-acme": APP}, {"PMTRACK_MY_ACME_PRIVATE_KEY": "pem"}, "PMTRACK_MY_ACME_PRIVATE_KEY"),
    ],
)
def test_the_account_of_a_tracker(
    credentials: dict[str, Credential], environment: dict[str, str], expected: str
) -> None:
    tracker = connect("shop", SHARED, Path(), credentials, environment=environment)
    assert tracker.client.account.variable == expected


@pytest.mark.parametrize(
    ("credentials", "environment", "says"),
    [
        ({}, {}, r"trackers.shop.credential: there is no \[credentials.my-acme\]: add it"),
        ({"my-acme": Credential()}, {}, "there is no PMTRACK_MY_ACME_TOKEN"),
        ({"my-acme": APP}, {"PMTRACK_MY_ACME_TOKEN": "x"}, "there is no PMTRACK_MY_ACME_PRIVATE_KEY"),
        ({"my-acme": Credential(app_id=1)}, {}, "credentials.my-acme.installation_id is missing"),
    ],
)
def test_an_account_that_is_not_whole_is_said(
    credentials: dict[str, Credential], environment: dict[str, str], says: str
) -> None:
    with pytest.raises(TrackerError, match=says):
        connect("shop", SHARED, Path(), credentials, environment=environment)


def test_trackers_of_one_account_share_its_budget() -> None:
    limits = Limits(creations_per_hour=77)
    known = {"my-acme": Credential(limits=limits)}
    environment = {"PMTRACK_MY_ACME_TOKEN": "a"}
    ledger = Ledger()
    one = connect("shop", SHARED, Path(), known, ledger, environment=environment)
    other = connect("ops", SHARED, Path(), known, ledger, environment=environment)
    stranger = connect("own", SETTINGS, Path(), {}, ledger, environment={"PMTRACK_OWN_TOKEN": "b"})
    assert one.gate.budget is other.gate.budget is not stranger.gate.budget


def test_a_kind_is_connected_with_the_accounts_of_the_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PMTRACK_MY_ACME_TOKEN", "a")
    tracker = by_kind("shop", SHARED, Path(), {"my-acme": Credential()})
    assert (tracker.name, tracker.kind, tracker.settle) == ("shop", "github", timedelta(seconds=15))
    assert tracker.high_mark() == ""


def test_a_label_means_one_thing() -> None:
    with pytest.raises(ValueError, match="the label 'p1' would mean two things"):
        GitHubSettings(kind="github", repository="acme/shop", in_progress="p1")


def test_a_team_has_its_own_words_in_a_new_issue(shop: Shop) -> None:
    (shop.folder / "issue.md.j2").write_text("Asked for in {{ postmortem }}: {{ words }}")
    shop.connect(template="issue.md.j2").create(draft())
    assert (shop.person().look(1).body or "").startswith(
        f"Asked for in Checkout outage: {FIELDS.title}\n\n<!-- pmtrack:fields -->"
    )


def test_a_template_that_is_not_there_is_said_before_anything_is_sent(shop: Shop) -> None:
    with pytest.raises(TrackerError, match=r"the template .*issue.md.j2 cannot be read"):
        shop.connect(template="issue.md.j2")


def test_connecting_sends_nothing(shop: Shop) -> None:
    shop.connect()
    assert shop.hub.log == []


def test_a_token_that_tells_no_name_needs_it_in_the_configuration(shop: Shop) -> None:
    refused = faults.refused(403, "Resource not accessible by integration")
    shop.hub.faults.next("GET", "/user", refused, times=2)
    with pytest.raises(TrackerError, match="does not tell whose it is: name its account in accounts"):
        shop.connect().whoami()
    assert shop.connect(accounts=["github-actions[bot]"]).whoami() == "github-actions[bot]"


def test_the_token_of_an_app_is_renewed_before_it_ends(shop: Shop) -> None:
    app = shop.hub.add_app()
    given = Credential(app_id=app.id, installation_id=app.installation)
    tracker = shop.connect(credential=given, environment={"PMTRACK_ACME_PRIVATE_KEY": app.pem.replace("\n", "\\n")})
    tracker.create(draft())
    ahead = datetime.now(UTC) + timedelta(minutes=59, seconds=50)
    shop.later(minutes=59, seconds=50)
    with time_machine.travel(ahead):
        tracker.create(draft(ident="B"))
    assert len(shop.hub.log.matching("POST", "/access_tokens")) == 2
    assert len(shop.hub.issues("acme/shop")) == 2


@pytest.mark.parametrize(
    ("base_url", "version"),
    [("https://api.github.com", "2026-03-10"), ("https://git.acme.example/api/v3", None)],
)
def test_only_github_com_is_asked_for_a_version(base_url: str, version: str | None) -> None:
    settings = GitHubSettings(kind="github", repository="acme/shop", base_url=base_url)
    client = connect("shop", settings, Path(), environment={"PMTRACK_SHOP_TOKEN": "a"}).client
    assert client._requester.api_version == version
    assert client.retries is None

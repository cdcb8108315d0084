"""Hearing a webhook: by whom it is signed, whether it is new, and what of ours it is about."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pmtrack.app.hooks import Ear, Key, Keys, Outcome, keys
from pmtrack.config import Config
from pmtrack.model import Fields, IssueRef, Link
from pmtrack.store.database import Store
from pmtrack.store.reader import ALL
from pmtrack.trackers.hooks import HOOKS, Senseless, payload, signed
from support import canary, stored
from support.github.hooks import signature
from support.stored import Home

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SECRET = f"{canary.WORD} between us"
BOARD, OTHER = "board", "other"


def linked(ident: str, tracker: str, issue: str) -> Link:
    ref = IssueRef(tracker, issue, f"#{issue}", f"https://example.org/{issue}")
    same = Fields(title="Rotate the keys")
    return Link(ident, tracker, ref, document=same, issue=same, agreed=same)


@pytest.fixture
def store(home: Home) -> Iterator[Store]:
    """Two items in issues of one GitHub repository, one in another tracker's, one on Jira."""
    issues = [(BOARD, "42/7"), (BOARD, "42/8"), (OTHER, "43/7"), ("ops", "10001")]
    with home.opened() as store, store.writing() as writer:
        writer.save_document(stored.document())
        writer.save_items([stored.known(f"I{at}", position=at) for at, _ in enumerate(issues)])
        for at, (tracker, issue) in enumerate(issues):
            writer.save_link(linked(f"I{at}", tracker, issue))
        writer.beat(f"tracker:{BOARD}", at=NOW, cursor="bookmark")
        writer.beat(f"tracker:{OTHER}", at=NOW, cursor="bookmark")
    with home.opened() as store:
        yield store


def ear(store: Store, *found: tuple[str, str], kind: str = "github") -> Ear:
    made = [Key(tracker, secret.encode()) for tracker, secret in found or [(BOARD, SECRET)]]
    return Ear(lambda: store, Keys({kind: made}), lambda: NOW)


def delivery(
    body: Any, event: str = "issues", ident: str = "1-2-3", secret: str = SECRET
) -> tuple[dict[str, str], bytes]:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"x-github-event": event, "x-github-delivery": ident, "x-hub-signature-256": signature(secret, raw)}
    return {name: value for name, value in headers.items() if value}, raw


def about(number: int = 7, repository: int = 42) -> dict[str, Any]:
    return {"action": "closed", "issue": {"number": number}, "repository": {"id": repository}}


def hinted(store: Store) -> list[tuple[str, str]]:
    return [(hint.tracker, hint.issue) for hint in store.hints([BOARD, OTHER, "ops"])]


# ---------------------------------------------------------------- what is heard


def test_an_issue_of_ours_is_to_be_read_again(store: Store) -> None:
    assert ear(store).hear("github", *delivery(about())) is Outcome.ACCEPTED
    assert hinted(store) == [(BOARD, "42/7")]
    assert store.cursor(f"tracker:{BOARD}") == "bookmark"


def test_the_same_delivery_is_heard_once_however_often_it_comes(store: Store) -> None:
    listening = ear(store)
    told = [listening.hear("github", *delivery(about())) for _ in range(3)]
    assert told == [Outcome.ACCEPTED, Outcome.REPEATED, Outcome.REPEATED]
    assert ear(store, (BOARD, SECRET)).hear("github", *delivery(about(), ident="another")) is Outcome.ACCEPTED
    assert hinted(store) == [(BOARD, "42/7")]


def test_a_hundred_deliveries_about_one_issue_make_one_hint(store: Store) -> None:
    listening = ear(store)
    for at in range(100):
        assert listening.hear("github", *delivery(about(), ident=str(at))) is Outcome.ACCEPTED
    assert hinted(store) == [(BOARD, "42/7")]


def test_a_delivery_without_an_id_is_heard_each_time(store: Store) -> None:
    listening = ear(store)
    told = [listening.hear("github", *delivery(about(), ident="")) for _ in range(2)]
    assert told == [Outcome.ACCEPTED, Outcome.ACCEPTED]


def test_an_id_of_any_length_and_shape_is_remembered(store: Store) -> None:
    listening = ear(store)
    for ident in ("x" * 10_000, "é\x00\n", "  "):
        assert listening.hear("github", *delivery(about(), ident=ident)) is Outcome.ACCEPTED


def test_what_was_heard_is_forgotten_after_the_days_in_which_it_may_come_again(store: Store) -> None:
    now = NOW
    listening = Ear(lambda: store, Keys({"github": [Key(BOARD, SECRET.encode())]}), lambda: now)
    listening.hear("github", *delivery(about(), ident="early"))
    now += timedelta(days=4)
    assert listening.hear("github", *delivery(about(), ident="late")) is Outcome.ACCEPTED
    assert listening.hear("github", *delivery(about(), ident="early")) is Outcome.ACCEPTED


@pytest.mark.parametrize("body", [about(9), about(7, 44), {}, [], None, {"zen": "Keep it logically awesome."}])
def test_what_is_about_nothing_of_ours_leaves_no_trace(store: Store, body: Any) -> None:
    assert ear(store).hear("github", *delivery(body)) is Outcome.IGNORED
    assert hinted(store) == []
    assert ear(store).hear("github", *delivery(about())) is Outcome.ACCEPTED  # the id is not used up


def test_each_tracker_whose_secret_fits_hears_of_its_own_issues(store: Store) -> None:
    transferred = {**about(), "changes": {"new_issue": {"number": 7}, "new_repository": {"id": 43}}}
    both = ear(store, (BOARD, SECRET), (OTHER, SECRET))
    assert both.hear("github", *delivery(transferred)) is Outcome.ACCEPTED
    assert sorted(hinted(store)) == [(BOARD, "42/7"), (OTHER, "43/7")]


def test_a_secret_speaks_for_its_own_tracker_only(store: Store) -> None:
    apart = ear(store, (BOARD, SECRET), (OTHER, "another"))
    assert apart.hear("github", *delivery(about(repository=43))) is Outcome.IGNORED
    assert apart.hear("github", *delivery(about(), secret="another", ident="2")) is Outcome.IGNORED
    assert apart.hear("github", *delivery(about(repository=43), secret="another")) is Outcome.ACCEPTED
    assert hinted(store) == [(OTHER, "43/7")]


def test_a_label_that_is_called_otherwise_has_its_tracker_read_whole(store: Store) -> None:
    both = ear(store, (BOARD, SECRET), (OTHER, SECRET))
    body = {"action": "edited", "changes": {"name": {"from": "P0"}}, "repository": {"id": 42}}
    assert both.hear("github", *delivery(body, event="label")) is Outcome.ACCEPTED
    assert [(hint.tracker, hint.issue) for hint in store.hints([BOARD, OTHER])] == [(BOARD, ALL)]


def test_jira_is_heard_by_its_own_headers(store: Store) -> None:
    raw = json.dumps({"webhookEvent": "jira:issue_updated", "issue": {"id": "10001", "key": "OPS-7"}}).encode()
    headers = {"x-hub-signature": signature(SECRET, raw), "x-atlassian-webhook-identifier": "a-b"}
    listening = ear(store, ("ops", SECRET), kind="jira")
    assert listening.hear("jira", headers, raw) is Outcome.ACCEPTED
    assert listening.hear("jira", headers, raw) is Outcome.REPEATED
    assert hinted(store) == [("ops", "10001")]
    assert listening.hear("jira", {"x-hub-signature-256": headers["x-hub-signature"]}, raw) is Outcome.UNSIGNED


# ---------------------------------------------------------------- what is not


@pytest.mark.parametrize(
    "forged", ["", "sha256=", "sha1=2aae6c35c94fcfb415dbe95f408b9ce91ee846ed", "sha256=" + "0" * 64]
)
def test_what_is_not_signed_is_not_heard(store: Store, forged: str) -> None:
    headers, raw = delivery(about())
    assert ear(store).hear("github", {**headers, "x-hub-signature-256": forged}, raw) is Outcome.UNSIGNED
    assert ear(store).hear("github", headers, raw + b" ") is Outcome.UNSIGNED
    assert hinted(store) == []


def test_without_a_secret_nobody_is_heard(store: Store) -> None:
    nobody = Ear(lambda: store, Keys({"github": [], "jira": []}), lambda: NOW)
    headers, raw = delivery(about(), secret="")
    assert [nobody.hear(kind, headers, raw) for kind in HOOKS] == [Outcome.UNSIGNED, Outcome.UNSIGNED]


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff\xfe\x00", b"[" * 200_000, b"1" * 5_000, b"nul", b"\x00"])
def test_a_body_that_is_no_json_is_senseless(store: Store, raw: bytes) -> None:
    assert ear(store).hear("github", *delivery(raw)) is Outcome.SENSELESS


def test_a_form_with_json_in_it_is_read_as_well(store: Store) -> None:
    """GitHub's first choice of a content type."""
    raw = urlencode({"payload": json.dumps(about())}).encode()
    headers, _ = delivery(raw)
    form = {**headers, "content-type": "application/x-www-form-urlencoded"}
    assert ear(store).hear("github", form, raw) is Outcome.ACCEPTED
    assert ear(store).hear("github", headers, raw) is Outcome.SENSELESS


@pytest.mark.parametrize("raw", [b"", b"payload", b"payload=%7B", b"payload={}&payload={}", b"a=1&" * 20, b"\xff"])
def test_another_form_is_senseless(raw: bytes) -> None:
    with pytest.raises(Senseless):
        payload({"content-type": "Application/X-WWW-Form-Urlencoded; charset=utf-8"}, raw)


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
HEADERS = st.dictionaries(
    st.sampled_from(["x-github-event", "x-github-delivery", "x-atlassian-webhook-identifier", "content-type"]),
    st.sampled_from(["issues", "label", "sub_issues", "application/x-www-form-urlencoded"]) | st.text(),
)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(sorted(HOOKS)), HEADERS, st.binary() | ANY_JSON.map(json.dumps).map(str.encode))
def test_no_signed_delivery_breaks_it(store: Store, kind: str, headers: Mapping[str, str], raw: bytes) -> None:
    listening = Ear(lambda: store, Keys({kind: [Key(BOARD, SECRET.encode())]}), lambda: NOW)
    name = {"github": "x-hub-signature-256", "jira": "x-hub-signature"}[kind]
    assert listening.hear(kind, {**headers, name: signature(SECRET, raw)}, raw) in Outcome


# ---------------------------------------------------------------- secrets


def config(tmp_path: Path) -> Config:
    github = {"kind": "github", "repository": "acme/shop"}
    jira = {"kind": "jira", "url": "https://acme.atlassian.net", "project": "OPS", "credential": "acme"}
    trackers = {
        "shop": {**github, "credential": "acme"},
        "lone": github,
        "ops": jira,
        "files": {"kind": "files", "path": "i"},
    }
    return Config.model_validate(
        {"base": tmp_path, "file": tmp_path / "pmtrack.toml", "trackers": trackers, "credentials": {"acme": {}}}
    )


def found(made: Keys) -> dict[str, list[tuple[str, bytes]]]:
    return {kind: [(key.tracker, key.secret) for key in of] for kind, of in made.by_kind.items()}


def test_a_secret_is_the_trackers_own_or_that_of_its_credential(tmp_path: Path) -> None:
    made = keys(config(tmp_path), {"PMTRACK_ACME_WEBHOOK_SECRET": "shared", "PMTRACK_OPS_WEBHOOK_SECRET": "own"})
    assert found(made) == {"github": [("shop", b"shared")], "jira": [("ops", b"own")]}
    assert made.problems == []


def test_a_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("in a file\n", encoding="utf-8")
    made = keys(config(tmp_path), {"PMTRACK_LONE_WEBHOOK_SECRET_FILE": str(tmp_path / "secret")})
    assert found(made) == {"github": [("lone", b"in a file")], "jira": []}


def test_it_is_said_once_for_each_kind_which_variable_to_set(tmp_path: Path) -> None:
    made = keys(config(tmp_path), {"PMTRACK_LONE_WEBHOOK_SECRET_FILE": str(tmp_path / "nowhere")})
    assert [line.split(":")[0] for line in made.problems] == [
        "webhooks of github are refused",
        "webhooks of jira are refused",
    ]
    assert "PMTRACK_SHOP_WEBHOOK_SECRET" in made.problems[0]
    assert "PMTRACK_OPS_WEBHOOK_SECRET" in made.problems[1]


def test_a_secret_is_never_shown(tmp_path: Path) -> None:
    made = keys(config(tmp_path), {"PMTRACK_ACME_WEBHOOK_SECRET": "hush-hush"})
    assert "hush-hush" not in repr(made)


def test_the_empty_secret_signs_nothing() -> None:
    assert not signed(b"x", signature("", b"x"), b"")

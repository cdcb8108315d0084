"""What a webhook may tell us: where to look, and nothing else. And whose word it is."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmtrack.trackers.github.hooks import DELIVERY, EVENT, READERS, SIGNATURE, hints, read
from pmtrack.trackers.github.refs import Place, place
from pmtrack.trackers.hooks import Hint, signed
from support.github import Hub, Person
from support.github.hooks import signature
from support.github.spec import DESCRIPTION

EXAMPLES = DESCRIPTION.with_name("github-webhook-examples.json")
BODY, SECRET = b'{"action":"opened"}', b"between us"
SILENT = {"ping", "repository", "installation"}


def repository(ident: object = 42) -> dict[str, object]:
    return {"id": ident, "full_name": "acme/shop"}


def at(ident: int, number: int | None) -> Hint:
    """What says that an issue, or all of a repository, is to be read again."""
    return Hint(f"{ident}/{number}" if number else None, ident)


def issue(number: object = 7, **more: object) -> dict[str, object]:
    return {"id": 1, "number": number, "title": "anything", **more}


# ---------------------------------------------------------------- GitHub's own examples


@pytest.fixture(scope="module")
def examples() -> list[tuple[str, dict[str, Any]]]:
    if not EXAMPLES.is_file():
        pytest.skip("needs ../shared/specs/github-webhook-examples.json, which is not part of the project")
    known = json.loads(EXAMPLES.read_text(encoding="utf-8"))
    return [(event["name"], payload) for event in known for payload in event["examples"]]


def test_every_example_names_its_issue_or_is_none_of_ours(examples: list[tuple[str, dict[str, Any]]]) -> None:
    for event, payload in examples:
        found = hints(event, payload)
        if event in SILENT or "pull_request" in payload["issue"]:
            assert found == ()
        else:
            assert found[0] == at(payload["repository"]["id"], payload["issue"]["number"]), payload["action"]


def test_there_are_examples_of_all_that_we_read_of_issues(examples: list[tuple[str, dict[str, Any]]]) -> None:
    seen = {(event, payload.get("action")) for event, payload in examples}
    assert {("issues", "transferred"), ("issues", "deleted"), ("issue_comment", "edited")} <= seen
    assert len(examples) == 62


def test_a_transfer_is_two_issues_from_either_end(examples: list[tuple[str, dict[str, Any]]]) -> None:
    moved = [
        (payload["action"], hints(event, payload)) for event, payload in examples if len(hints(event, payload)) > 1
    ]
    old, new = at(17273051, 1), at(186853002, 1)
    assert moved == [("opened", (new, old)), ("transferred", (old, new))]


def test_a_deleted_issue_is_read_again_too(examples: list[tuple[str, dict[str, Any]]]) -> None:
    found = [hints(event, payload) for event, payload in examples if payload.get("action") == "deleted"]
    assert (at(186853002, 1),) in found


# ---------------------------------------------------------------- what has no examples


def label(action: str, **more: object) -> dict[str, object]:
    return {"action": action, "label": {"name": "P1"}, "repository": repository(), **more}


@pytest.mark.parametrize(
    "payload", [label("edited", changes={"name": {"from": "P0"}}), label("edited"), label("deleted"), label("new word")]
)
def test_a_label_that_says_something_else_concerns_every_issue_of_its_repository(payload: dict[str, object]) -> None:
    assert hints("label", payload) == (at(42, None),)


@pytest.mark.parametrize("payload", [label("created"), label("edited", changes={"color": {"from": "ededed"}})])
def test_a_new_label_and_a_new_colour_concern_none(payload: dict[str, object]) -> None:
    assert hints("label", payload) == ()


def test_a_hint_without_an_issue_means_those_of_its_repository() -> None:
    assert at(42, None).means("42/7")
    assert not any(at(42, None).means(other) for other in ("420/7", "4/2", "42", "10001"))
    assert at(42, 7).means("42/7")
    assert not at(42, 7).means("42/70")


def test_the_event_stands_in_a_header() -> None:
    payload = {"issue": issue(), "repository": repository()}
    assert read({EVENT: "issues"}, payload) == (at(42, 7),)
    assert read({}, payload) == read({EVENT: "ISSUES"}, payload) == ()
    assert (SIGNATURE, DELIVERY) == ("x-hub-signature-256", "x-github-delivery")


@pytest.mark.parametrize(
    ("side", "wanted"),
    [("parent_issue_repo", (at(9, 1), at(42, 2))), ("sub_issue_repo", (at(42, 1), at(9, 2)))],
)
def test_a_sub_issue_brings_its_parent_from_wherever_that_is(side: str, wanted: tuple[Hint, ...]) -> None:
    payload = {"parent_issue": issue(1), "sub_issue": issue(2), "repository": repository(), side: repository(9)}
    assert hints("sub_issues", payload) == wanted


def test_a_removed_sub_issue_may_be_told_by_one_end_only() -> None:
    assert hints("sub_issues", {"sub_issue": issue(2), "repository": repository()}) == (at(42, 2),)


def test_one_issue_named_twice_is_one_hint() -> None:
    changes = {"new_issue": issue(), "new_repository": repository()}
    assert hints("issues", {"issue": issue(), "repository": repository(), "changes": changes}) == (at(42, 7),)


@pytest.mark.parametrize("number", [0, -1, 1.0, 7.5, "7", True, None, 10**10, [7], {"number": 7}])
def test_what_is_no_number_of_an_issue_is_no_hint(number: object) -> None:
    assert hints("issues", {"issue": issue(number), "repository": repository()}) == ()


@pytest.mark.parametrize("ident", [0, -1, 42.0, "42", True, None, 10**16])
def test_what_is_no_id_of_a_repository_is_no_hint(ident: object) -> None:
    assert hints("issues", {"issue": issue(), "repository": repository(ident)}) == ()
    assert hints("label", {"repository": repository(ident)}) == ()


def test_nothing_else_of_the_payload_counts() -> None:
    plain = {"issue": issue(), "repository": repository()}
    loud = {"issue": issue(state="closed", title="gone", body="Due: 2020-01-01"), "repository": repository()}
    assert hints("issues", plain) == hints("issues", {**loud, "action": "deleted"}) == (at(42, 7),)


# ---------------------------------------------------------------- anything at all

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
KEYS = ("issue", "repository", "changes", "parent_issue", "parent_issue_repo", "sub_issue", "sub_issue_repo")
INNER = ("id", "number", "pull_request", "old_issue", "old_repository", "new_issue", "new_repository")
NEARLY = st.dictionaries(
    st.sampled_from(KEYS),
    st.dictionaries(st.sampled_from(INNER), ANYTHING | st.just({"id": 3, "number": 4})) | ANYTHING,
)


@given(st.sampled_from(sorted(READERS)) | st.text(), ANYTHING | NEARLY)
def test_no_payload_breaks_it_and_every_hint_can_be_asked_for(event: str, payload: object) -> None:
    for hint in hints(event, payload):
        assert hint.repository
        assert 0 < hint.repository < 10**16
        assert hint.issue is None or place(hint.issue, home=1) == Place(hint.repository, int(hint.issue.split("/")[1]))


# ---------------------------------------------------------------- signatures


def test_github_s_own_example_of_a_signature() -> None:
    """Of docs.github.com, "Validating webhook deliveries"."""
    header = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    assert signed(b"Hello, World!", header, b"It's a Secret to Everybody")


def test_the_very_bytes_are_signed() -> None:
    header = signature(SECRET.decode(), BODY)
    assert signed(BODY, header, SECRET)
    assert not signed(BODY + b" ", header, SECRET)
    assert not signed(BODY, header, b"another")


@pytest.mark.parametrize("header", ["", "sha256=", "sha256=é", "sha256=\udcff", "\x00", "sha256=" + "0" * 64])
def test_what_is_no_signature_is_refused(header: str) -> None:
    assert not signed(BODY, header, SECRET)


def test_sha1_is_refused() -> None:
    digest = hmac.new(SECRET, BODY, hashlib.sha1).hexdigest()
    assert not signed(BODY, f"sha1={digest}", SECRET)
    assert not signed(BODY, f"sha256={digest}", SECRET)


def test_a_bare_digest_is_refused() -> None:
    assert not signed(BODY, signature(SECRET.decode(), BODY).removeprefix("sha256="), SECRET)


def test_without_a_secret_nothing_is_signed() -> None:
    assert not signed(BODY, signature("", BODY), b"")


@given(st.binary(), st.text(), st.binary())
def test_no_header_breaks_it_or_is_right_by_chance(body: bytes, header: str, secret: bytes) -> None:
    assert not signed(body, header, secret)


# ---------------------------------------------------------------- what the stand-in tells


@pytest.fixture
def hub() -> Hub:
    hub = Hub(spec=None)
    hub.add_repo("acme/shop", people="ana")
    hub.add_repo("acme/other", people="ana")
    hub.hooks.to("http://127.0.0.1:9/nobody", SECRET.decode())
    return hub


def test_what_people_do_leads_to_their_issue(hub: Hub) -> None:
    ana = Person.at(hub, "ana", "acme/shop")
    number = ana.open("Rotate the keys")
    ana.comment(number, "done")
    ana.close(number)
    ana.delete(number)
    told = hub.hooks.lose()
    assert {delivery.event for delivery in told} == {"issues", "issue_comment"}
    assert {hints(delivery.event, delivery.payload) for delivery in told} == {(at(hub.names["acme/shop"], number),)}


def test_a_transfer_is_told_from_both_ends(hub: Hub) -> None:
    ana = Person.at(hub, "ana", "acme/shop")
    number = ana.open("Rotate the keys")
    hub.hooks.lose()
    there = ana.transfer(number, "acme/other")
    old, new = at(hub.names["acme/shop"], number), at(hub.names["acme/other"], there)
    assert [hints(one.event, one.payload) for one in hub.hooks.lose()] == [(old, new), (new, old)]

"""What Jira's webhooks tell us to read again, whoever sent them and whatever else they say."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmtrack.trackers.hooks import Hint
from pmtrack.trackers.jira import refs
from pmtrack.trackers.jira.hooks import READERS, read

OF_ISSUE = sorted(event for event in READERS if not event.startswith("issuelink"))
OF_LINK = sorted(event for event in READERS if event.startswith("issuelink"))


def told(event: object, **more: object) -> tuple[Hint, ...]:
    return read({}, {"timestamp": 1795000000000, "webhookEvent": event, **more})


def issue(ident: object = "10001", **more: object) -> dict[str, object]:
    return {"id": ident, "self": "https://acme.atlassian.net/rest/api/2/issue/10001", "key": "OPS-7", **more}


def test_what_is_understood() -> None:
    assert set(OF_ISSUE) == {
        "jira:issue_created",
        "jira:issue_updated",
        "jira:issue_deleted",
        "comment_created",
        "comment_updated",
        "comment_deleted",
    }
    assert OF_LINK == ["issuelink_created", "issuelink_deleted"]


@pytest.mark.parametrize("event", OF_ISSUE)
def test_an_issue_is_read_again_by_the_number_that_no_move_changes(event: str) -> None:
    assert told(event, issue=issue()) == (Hint("10001"),)
    assert told(event, issue=issue(key="NEW-1", fields={"status": {"name": "Done"}})) == (Hint("10001"),)


@pytest.mark.parametrize("event", OF_LINK)
def test_a_link_has_two_ends(event: str) -> None:
    link = {"id": 15408, "sourceIssueId": 18074, "destinationIssueId": 25877, "issueLinkType": {"name": "Relates"}}
    assert told(event, issueLink=link) == (Hint("18074"), Hint("25877"))
    assert told(event, issueLink={**link, "destinationIssueId": 18074}) == (Hint("18074"),)


@pytest.mark.parametrize("event", ["", "sprint_started", "JIRA:ISSUE_UPDATED", None, 7, ["jira:issue_updated"], {}])
def test_anything_else_is_none_of_our_business(event: object) -> None:
    assert told(event, issue=issue()) == ()


@pytest.mark.parametrize(
    "ident", ["", "0", "-1", "1.0", "OPS-7", " 10001", "10001\n", "1" * 19, True, None, 0, 10.0, 10**18, ["10001"]]
)
def test_what_is_no_number_of_an_issue_is_no_hint(ident: object) -> None:
    assert told("jira:issue_updated", issue=issue(ident)) == ()
    assert told("issuelink_created", issueLink={"sourceIssueId": ident}) == ()


@pytest.mark.parametrize("payload", [None, [], "jira:issue_updated", 7, {}, {"webhookEvent": "jira:issue_updated"}])
def test_what_has_another_shape_is_no_hint(payload: object) -> None:
    assert read({}, payload) == ()


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
NEARLY = st.fixed_dictionaries(
    {"webhookEvent": st.sampled_from(sorted(READERS)) | ANYTHING},
    optional={
        "issue": ANYTHING | st.fixed_dictionaries({"id": ANYTHING | st.text("0123456789", max_size=20)}),
        "issueLink": st.dictionaries(st.sampled_from(["sourceIssueId", "destinationIssueId"]), ANYTHING),
    },
)


@given(ANYTHING | NEARLY)
def test_no_payload_breaks_it_and_every_hint_can_be_asked_for(payload: Any) -> None:
    assert all(hint.issue and refs.is_id(hint.issue) for hint in read({}, payload))

"""GitHub's JSON to our values, and our values to what is sent; without a request."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pmtrack.model import Fields, Marker, Status, Who
from pmtrack.trackers.github import edits, hands, region, shape
from pmtrack.trackers.github.names import Names, Native
from pmtrack.trackers.settings import GitHubSettings

NAMES = Names.of(GitHubSettings(kind="github", repository="acme/shop"))
DAY = date(2026, 12, 1)
FIELDS = Fields("Add retries", Status.OPEN, ("ana",), "P1", DAY)
MARK = Marker("01J0", "a.md", "d")
NATIVE = Native(due=5, priority=6, options=("Urgent", "High", "Medium", "Low"))
some = settings(max_examples=200, deadline=None, derandomize=True)


def raw(**changes: Any) -> dict[str, Any]:
    told = {
        "id": 1007,
        "number": 7,
        "state": "open",
        "state_reason": None,
        "title": "Add retries",
        "body": region.composed("Words", DAY, MARK),
        "labels": [{"name": "postmortem"}, {"name": "P1"}],
        "assignees": [{"login": "ana"}],
    }
    return {**told, **changes}


def value(name: str, kind: str, said: Any, ident: int = 5, option: str | None = None) -> dict[str, Any]:
    chosen = {"id": 1, "name": option, "color": "red"} if option else None
    told = {"issue_field_id": ident, "issue_field_name": name, "data_type": kind, "value": said}
    return {**told, "single_select_option": chosen}


def chosen(option: str) -> dict[str, Any]:
    return value("Priority", "single_select", 1, option=option)


def labels(*names: str) -> list[dict[str, str]]:
    return [{"name": name} for name in names]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({}, FIELDS),
        ({"title": " two\nlines\x1b[0m "}, replace(FIELDS, title="two lines")),
        ({"labels": labels("In Progress", "P1")}, replace(FIELDS, status=Status.IN_PROGRESS)),
        ({"state": "closed"}, replace(FIELDS, status=Status.DONE)),
        ({"state": "closed", "state_reason": "completed"}, replace(FIELDS, status=Status.DONE)),
        ({"state": "closed", "state_reason": "not_planned"}, replace(FIELDS, status=Status.CANCELLED)),
        ({"state": "closed", "state_reason": "duplicate"}, replace(FIELDS, status=Status.CANCELLED)),
        ({"state": "closed", "labels": labels("in progress", "P1")}, replace(FIELDS, status=Status.DONE)),
        ({"state_reason": "reopened"}, FIELDS),
        ({"assignees": []}, replace(FIELDS, owners=())),
        ({"assignees": [{"login": "Zoe"}, {"login": "ana"}]}, replace(FIELDS, owners=("ana", "Zoe"))),
        ({"labels": []}, replace(FIELDS, priority=None)),
        ({"labels": ["p0", "P1"]}, replace(FIELDS, priority="P0")),
        ({"body": None}, replace(FIELDS, due=None)),
        ({"body": "no region"}, replace(FIELDS, due=None)),
        ({"issue_field_values": [value("due DATE", "date", "2027-01-02")]}, replace(FIELDS, due=date(2027, 1, 2))),
        ({"issue_field_values": [value("Due date", "date", None)]}, FIELDS),
        ({"issue_field_values": [value("Due date", "text", "2027-01-02")]}, FIELDS),
        ({"issue_field_values": [value("Start date", "date", "2027-01-02")]}, FIELDS),
        ({"issue_field_values": [chosen("Urgent")]}, replace(FIELDS, priority="P0")),
        ({"issue_field_values": [chosen("Later")]}, replace(FIELDS, priority="Later")),
        ({"issue_field_values": [value("Priority", "single_select", None)]}, FIELDS),
    ],
)  # fmt: skip
def test_what_an_issue_says(said: dict[str, Any], expected: Fields) -> None:
    assert shape.fields(raw(**said), NAMES) == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["ana", "@Bo", "ANA", "zoe"], ("ana", "Bo", "zoe")),
        (["Lisa Meier", "lisa-m", "-x", "x-", "a--b", "", "a" * 40], ("lisa-m",)),
        (["a" * 39, "lisa_acme", "pmtrack[bot]"], ("a" * 39, "lisa_acme", "pmtrack[bot]")),
        ([f"u{number:02}" for number in range(12)], tuple(f"u{number:02}" for number in range(10))),
        (["\u0661", "ünder", "a b", "a/b"], ()),
    ],
)
def test_who_can_be_an_account(words: list[str], expected: tuple[str, ...]) -> None:
    assert shape.logins(words) == expected
    assert shape.logins(expected) == expected


class TestEdits:
    def edit(self, wanted: Fields, native: Native = Native(), marker: Marker | None = None, **said: Any) -> edits.Edit:  # noqa: B008
        return edits.edit(raw(**said), wanted, NAMES, native, marker)

    @pytest.mark.parametrize(
        ("wanted", "patch"),
        [
            (FIELDS, {}),
            (replace(FIELDS, title="New"), {"title": "New"}),
            (replace(FIELDS, owners=("ANA",)), {}),
            (replace(FIELDS, owners=("ana", "bo")), {"assignees": ["ana", "bo"]}),
            (replace(FIELDS, owners=()), {"assignees": []}),
            (replace(FIELDS, priority="P0"), {"labels": ["postmortem", "P0"]}),
            (replace(FIELDS, priority=None), {"labels": ["postmortem"]}),
            (replace(FIELDS, status=Status.IN_PROGRESS), {"labels": ["postmortem", "P1", "in progress"]}),
            (replace(FIELDS, status=Status.DONE), {"state": "closed", "state_reason": "completed"}),
            (replace(FIELDS, status=Status.CANCELLED), {"state": "closed", "state_reason": "not_planned"}),
        ],
    )
    def test_only_what_differs_is_sent(self, wanted: Fields, patch: dict[str, Any]) -> None:
        assert self.edit(wanted) == edits.Edit(patch)
        assert bool(self.edit(wanted)) == bool(patch)

    @pytest.mark.parametrize(
        ("status", "now", "patch", "reopen"),
        [
            (Status.OPEN, {"state": "closed"}, {"state": "open"}, False),
            (
                Status.IN_PROGRESS,
                {"state": "closed"},
                {"state": "open", "labels": ["postmortem", "P1", "in progress"]},
                False,
            ),
            (Status.OPEN, {"labels": labels("P1", "in progress", "mine")}, {"labels": ["P1", "mine"]}, False),
            (
                Status.DONE,
                {"labels": labels("P1", "in progress")},
                {"state": "closed", "state_reason": "completed", "labels": ["P1"]},
                False,
            ),
            (
                Status.CANCELLED,
                {"state": "closed"},
                {"state": "closed", "state_reason": "not_planned"},
                True,
            ),
        ],
    )
    def test_states(self, status: Status, now: dict[str, Any], patch: dict[str, Any], reopen: bool) -> None:
        assert self.edit(replace(FIELDS, status=status), **now) == edits.Edit(patch, reopen=reopen)

    def test_a_date_goes_into_the_region_and_the_marker_is_refreshed(self) -> None:
        found = self.edit(replace(FIELDS, due=date(2027, 1, 1)), marker=replace(MARK, digest="e"))
        assert found.patch == {"body": region.composed("Words", date(2027, 1, 1), replace(MARK, digest="e"))}

    def test_native_fields_are_set_and_cleared_and_the_old_ways_tidied_up(self) -> None:
        wanted = replace(FIELDS, due=date(2027, 1, 1), priority="P0")
        found = self.edit(wanted, NATIVE)
        assert found.values == ({"field_id": 6, "value": "Urgent"}, {"field_id": 5, "value": "2027-01-01"})
        assert found.patch == {"labels": ["postmortem"], "body": region.composed("Words", None, MARK)}
        has = [value("Due date", "date", "2026-12-01"), value("Priority", "single_select", 1, 6, "High")]
        found = self.edit(replace(FIELDS, due=None, priority=None), NATIVE, issue_field_values=has)
        assert (sorted(found.cleared), found.values) == ([5, 6], ())

    def test_a_new_issue(self) -> None:
        assert edits.creation(FIELDS, "Words", MARK, NAMES, Native()) == {
            "title": "Add retries",
            "body": region.composed("Words", DAY, MARK),
            "labels": ["postmortem", "P1"],
            "assignees": ["ana"],
        }
        sent = edits.creation(FIELDS, "Words", MARK, NAMES, NATIVE)
        assert sent["issue_field_values"] == [{"field_id": 5, "value": "2026-12-01"}, {"field_id": 6, "value": "High"}]
        assert (sent["labels"], sent["body"]) == (["postmortem"], region.composed("Words", None, MARK))

    @some
    @given(
        wanted=st.builds(
            Fields,
            st.sampled_from(["Add retries", "New"]),
            st.sampled_from(Status),
            st.sampled_from([(), ("ana",), ("ana", "bo")]),
            st.sampled_from([None, "P0", "P1", "P4"]),
            st.none() | st.dates(),
        ),
        there=st.lists(st.sampled_from(["P0", "p1", "P4", "in progress", "mine", "postmortem"]), unique=True),
        state=st.sampled_from(["open", "closed"]),
    )
    def test_what_is_sent_makes_the_issue_say_it(self, wanted: Fields, there: list[str], state: str) -> None:
        before = raw(labels=labels(*there), state=state)
        patch = edits.edit(before, wanted, NAMES, Native()).patch
        after = {**before, **patch}
        if "assignees" in patch:
            after["assignees"] = [{"login": login} for login in patch["assignees"]]
        assert shape.fields(after, NAMES) == wanted
        assert {"mine", "postmortem"} & set(there) <= set(shape.labels(after))
        assert not edits.edit(after, wanted, NAMES, Native())


def test_fields_of_an_organisation_are_found_by_name_and_kind() -> None:
    known = [
        {"id": 1, "name": "Due date", "data_type": "text"},
        {"id": 2, "name": "target date", "data_type": "date"},
        {"id": 3, "name": "PRIORITY", "data_type": "single_select", "options": [{"name": "High"}]},
    ]
    assert NAMES.native(known) == Native(2, 3, ("High",))
    assert NAMES.native([]) == Native()


@pytest.mark.parametrize(
    ("priority", "options", "expected"),
    [
        ("P0", ("Urgent", "High"), "Urgent"),
        ("P1", ("high", "p1"), "p1"),
        ("P3", ("High",), None),
        ("P9", ("High",), None),
    ],
)
def test_which_option_means_a_priority(priority: str, options: tuple[str, ...], expected: str | None) -> None:
    assert NAMES.option(priority, options) == expected


def test_who_did_what_by_the_last_event() -> None:
    def event(ident: int, kind: str, login: str | None, **more: Any) -> dict[str, Any]:
        return {"id": ident, "event": kind, "actor": {"login": login} if login else None, **more}

    events = [
        event(1, "labeled", "ana", label={"name": "P1"}),
        event(2, "closed", "ana"),
        event(3, "assigned", "bo"),
        event(4, "labeled", "bo", label={"name": "in progress"}),
        event(5, "labeled", "bo", label={"name": "mine"}),
        event(6, "subscribed", "bo"),
        event(7, "reopened", None),
        {},
    ]
    assert hands.told(events, "https://x/7", NAMES) == {
        "priority": Who("ana", "https://x/7#event-1"),
        "owners": Who("bo", "https://x/7#event-3"),
        "status": Who("bo", "https://x/7#event-4"),
    }

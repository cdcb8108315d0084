"""What every tracker promises. A tracker's own test file makes one, and says how a person changes its issues."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from unicodedata import category

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pmtrack.errors import TrackerError
from pmtrack.model import Draft, FieldChange, Fields, Issue, IssueRef, Marker, Status
from pmtrack.text import digest
from pmtrack.trackers.base import KeepsLinks, Missing, TellsWho, Tracker

FIELDS = Fields("Add retries to the importer", Status.OPEN, ("Ana",), "P1", date(2026, 12, 1))

HOSTILE = [
    "two\nlines\r\nand more",
    "\x1b[31mred\x1b[0m and \x07 a bell",
    "x" * 5_000,
    "--- - -- leading dashes",
    "a: b # c ' \" { [ ] } , & * ! | > % @ `",
    "evil \u202egnp.exe\u202c name",
    "~",
    "null",
    "2026-12-01",
    "\ufeff\u200bzero width\u2028line separator\x85next line",
    "flag \U0001f3f4 family \U0001f468\u200d\U0001f469 \ud800 lone",
    "\x7f\ufffe\uffff",
    "",
]


def draft(fields: Fields = FIELDS, ident: str = "01J0000000000000000000000A", **changes: Any) -> Draft:
    marker = Marker(ident, "2026/check out.md", digest(fields.title))
    return replace(Draft(marker, fields, fields.title, "Checkout outage", "postmortems", line=12), **changes)


def between(before: Fields, after: Fields) -> list[FieldChange]:
    pairs = [(name, getattr(before, name), getattr(after, name)) for name in Fields.__slots__]
    return [FieldChange(name, old, new) for name, old, new in pairs if old != new]


words = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=60))
everything = st.builds(
    Fields,
    title=words,
    status=st.sampled_from([None, *Status]),
    owners=st.lists(words, max_size=3).map(tuple),
    priority=st.none() | words,
    due=st.none() | st.dates(),
)
some = settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


def _stands(before: str, after: str) -> bool:
    """Whether a cursor says that nothing changed."""
    return bool(before) and before == after


class TrackerContract:
    """Inherit, and define these four."""

    def fresh(self, folder: Path) -> Tracker:
        """A tracker without issues."""
        raise NotImplementedError

    def edit(self, tracker: Tracker, issue: Issue, status: str, title: str) -> None:
        """A person changes these two by the tracker's own means."""
        raise NotImplementedError

    def delete(self, tracker: Tracker, issue: Issue) -> None:
        """A person deletes the issue."""
        raise NotImplementedError

    def trace(self, tracker: Tracker) -> object:
        """Something that differs after every write."""
        raise NotImplementedError

    @pytest.fixture
    def tracker(self, tmp_path: Path) -> Tracker:
        return self.fresh(tmp_path)

    def test_a_new_tracker_is_empty(self, tracker: Tracker) -> None:
        found = tracker.listing("")
        assert (found.issues, found.present or frozenset(), dict(found.broken)) == ((), frozenset(), {})
        assert tracker.high_mark() == ""

    def test_a_created_issue_is_listed_with_its_marker_as_ours(self, tracker: Tracker) -> None:
        made = tracker.create(draft())
        found = tracker.listing("")
        assert found.issues == (made,)
        assert (made.marker, made.ours, made.ref.tracker) == (draft().marker, True, tracker.name)
        assert found.present is None or found.present == {made.ref.id}

    def test_what_is_about_to_be_made_is_announced_while_it_is_not_there_yet(self, tracker: Tracker) -> None:
        there: list[int] = []
        made = tracker.create(draft(), lambda: there.append(len(tracker.listing("").issues)))
        assert there
        assert there[0] == 0
        assert tracker.listing("").issues == (made,)

    def test_fields_come_back_in_the_trackers_terms(self, tracker: Tracker) -> None:
        assert tracker.create(draft()).fields == tracker.normalise(FIELDS) == FIELDS

    def test_what_is_not_stated_is_open_and_empty(self, tracker: Tracker) -> None:
        assert tracker.create(draft(Fields("Do it"))).fields == Fields("Do it", Status.OPEN)

    def test_nobody_owns_an_issue_twice(self, tracker: Tracker) -> None:
        made = tracker.create(draft(replace(FIELDS, owners=("Ana", " Ana\n", "", "Ben", "Ana"))))
        assert made.fields.owners == ("Ana", "Ben")

    def test_an_update_changes_what_it_was_told_and_nothing_else(self, tracker: Tracker) -> None:
        made, other = tracker.create(draft()), tracker.create(draft(ident="B"))
        after = replace(FIELDS, owners=("Ben", "Carla"), due=None)
        updated = tracker.update(made.ref, between(FIELDS, after), draft())
        assert (updated.ref, updated.fields, updated.marker) == (made.ref, after, made.marker)
        assert {issue.ref.id: issue.fields for issue in tracker.listing("").issues} == {
            made.ref.id: after,
            other.ref.id: FIELDS,
        }

    def test_every_field_can_be_taken_away_and_given_back(self, tracker: Tracker) -> None:
        made, bare = tracker.create(draft()), Fields(FIELDS.title, Status.OPEN)
        assert tracker.update(made.ref, between(FIELDS, bare), draft()).fields == bare
        assert tracker.update(made.ref, between(bare, FIELDS), draft()).fields == FIELDS

    def test_a_retitle_refreshes_the_marker(self, tracker: Tracker) -> None:
        made = tracker.create(draft())
        renamed = draft(replace(FIELDS, title="Add retries everywhere"))
        updated = tracker.update(made.ref, between(FIELDS, renamed.fields), renamed)
        assert updated.marker == renamed.marker != made.marker
        assert tracker.listing("").issues == (updated,)

    def test_an_update_to_what_it_says_already_writes_nothing(self, tracker: Tracker) -> None:
        made, before = tracker.create(draft()), self.trace(tracker)
        changes = [FieldChange("status", Status.DONE, Status.OPEN), FieldChange("priority", "P2", "P1")]
        assert tracker.update(made.ref, changes, draft()) == made
        assert self.trace(tracker) == before

    def test_what_a_person_changed_meanwhile_is_not_overwritten(self, tracker: Tracker) -> None:
        made = tracker.create(draft())
        self.edit(tracker, made, "in_progress", "A person's title")
        before = self.trace(tracker)
        with pytest.raises(TrackerError, match="title was changed a moment ago: the next run"):
            tracker.update(made.ref, [FieldChange("title", FIELDS.title, "Ours")], draft())
        assert self.trace(tracker) == before

    def test_a_persons_edit_is_seen(self, tracker: Tracker) -> None:
        made = tracker.create(draft())
        cursor = tracker.listing("").cursor
        self.edit(tracker, made, "done", "A person's title")
        (seen,) = tracker.listing(cursor).issues
        assert seen.fields == replace(FIELDS, status=Status.DONE, title="A person's title")
        assert (seen.ref.id, seen.marker) == (made.ref.id, made.marker)

    def test_what_is_deleted_moves_the_cursor_where_the_tracker_tells_what_there_is(self, tracker: Tracker) -> None:
        made = tracker.create(draft())
        before = tracker.listing("")
        self.delete(tracker, made)
        after = tracker.listing(before.cursor)
        assert before.present is None or (after.present == frozenset() and not _stands(before.cursor, after.cursor))

    def test_an_update_leaves_a_persons_edit_of_another_field(self, tracker: Tracker) -> None:
        made = tracker.create(draft())
        self.edit(tracker, made, "done", "A person's title")
        updated = tracker.update(made.ref, [FieldChange("priority", "P1", "P0")], draft())
        assert updated.fields == replace(FIELDS, status=Status.DONE, title="A person's title", priority="P0")

    @pytest.mark.parametrize("last", Status)
    @pytest.mark.parametrize("first", Status)
    def test_status_moves_from_each_to_each(self, tracker: Tracker, first: Status, last: Status) -> None:
        made = tracker.create(draft(replace(FIELDS, status=first)))
        assert made.fields.status == first
        assert tracker.update(made.ref, [FieldChange("status", first, last)], draft()).fields.status == last

    def test_an_issue_is_fetched_by_id_and_by_its_key(self, tracker: Tracker) -> None:
        made = tracker.create(draft())
        by_key = tracker.understands(made.ref.key)
        assert by_key is not None
        assert tracker.fetch([made.ref.id, by_key, made.ref.key]) == dict.fromkeys(
            [made.ref.id, by_key, made.ref.key], made
        )

    def test_an_issue_that_never_was_is_gone(self, tracker: Tracker) -> None:
        made = tracker.create(draft())
        assert tracker.fetch(["999", made.ref.id]) == {"999": Missing.GONE, made.ref.id: made}

    def test_a_deleted_issue_is_gone(self, tracker: Tracker) -> None:
        made, other = tracker.create(draft()), tracker.create(draft(ident="B"))
        self.delete(tracker, made)
        found = tracker.listing("")
        assert found.issues == (other,)
        assert found.present is None or found.present == {other.ref.id}
        assert tracker.fetch([made.ref.id])[made.ref.id] is Missing.GONE

    def test_writing_to_a_deleted_issue_says_what_to_do(self, tracker: Tracker) -> None:
        made = tracker.create(draft())
        self.delete(tracker, made)
        with pytest.raises(TrackerError, match="remove the item"):
            tracker.update(made.ref, [FieldChange("priority", "P1", "P0")], draft())
        with pytest.raises(TrackerError, match="remove the item"):
            tracker.comment(made.ref, "removed", "It is gone.")

    def test_since_finds_what_was_created_after_the_mark(self, tracker: Tracker) -> None:
        assert tracker.since("") == []
        tracker.create(draft())
        mark = tracker.high_mark()
        assert list(tracker.since(mark)) == []
        later = [tracker.create(draft(ident=ident)) for ident in "BC"]
        assert list(tracker.since(mark)) == later
        assert len(tracker.since("")) == 3

    def test_ids_and_keys_are_never_used_twice_at_a_time(self, tracker: Tracker) -> None:
        made = [tracker.create(draft(ident=ident)).ref for ident in "ABCDEFGHIJKL"]
        assert len({ref.id for ref in made}) == len({ref.key for ref in made}) == len({ref.url for ref in made}) == 12

    def test_the_id_of_a_deleted_issue_is_never_given_again(self, tracker: Tracker) -> None:
        """Else the old item would be tied to the new issue, and a look behind the mark would miss it."""
        made = [tracker.create(draft(ident=ident)) for ident in "AB"]
        mark = tracker.high_mark()
        for issue in made:
            self.delete(tracker, issue)
        assert tracker.high_mark() == mark
        new = tracker.create(draft(ident="C"))
        assert new.ref.id not in {issue.ref.id for issue in made}
        assert list(tracker.since(mark)) == [new]

    def test_the_cursor_stays_where_nothing_changed(self, tracker: Tracker) -> None:
        made = tracker.create(draft())
        cursor = tracker.listing("").cursor
        assert tracker.listing(cursor).cursor == cursor
        tracker.update(made.ref, [FieldChange("priority", "P1", "P0")], draft())
        assert made.ref.id in {issue.ref.id for issue in tracker.listing(cursor).issues}

    def test_a_comment_is_written_once_and_edited_in_place(self, tracker: Tracker) -> None:
        made = tracker.create(draft())
        tracker.comment(made.ref, "removed", "It left the document.")
        once = self.trace(tracker)
        tracker.comment(made.ref, "removed", "It left the document.")
        assert self.trace(tracker) == once
        tracker.comment(made.ref, "removed", "It left the document, again.")
        tracker.comment(made.ref, "overdue", "It is late.")
        assert self.trace(tracker) != once
        assert tracker.fetch([made.ref.id])[made.ref.id].fields == FIELDS  # type: ignore[union-attr]

    def test_who_changed_a_field_is_told_by_a_tracker_that_can(self, tracker: Tracker) -> None:
        made = tracker.create(draft())
        self.edit(tracker, made, "done", "A person's title")
        before = self.trace(tracker)
        if isinstance(tracker, TellsWho):
            told = tracker.who(made.ref, ["status", "due"])
            assert told.keys() == {"status"}, "only what was changed, and only what was asked for"
            assert None not in (told["status"].actor, told["status"].evidence)
            assert tracker.who(made.ref, []) == {}
        assert self.trace(tracker) == before

    def test_a_tracker_that_can_tell_says_that_it_wrote_what_we_wrote(self, tracker: Tracker) -> None:
        made = tracker.create(draft())
        self.edit(tracker, made, "in_progress", "A person's title")
        tracker.update(made.ref, [FieldChange("status", Status.IN_PROGRESS, Status.DONE)], draft())
        if isinstance(tracker, TellsWho):
            assert tracker.who(made.ref, ["status"])["status"].actor == tracker.whoami()

    def test_foreign_tickets_are_not_understood(self, tracker: Tracker) -> None:
        foreign = ["OPS-3", "owner/repo#4", "https://github.com/o/r/issues/7", "see #7", "", "#", "!7", "\u0667"]
        assert [tracker.understands(ticket) for ticket in foreign] == [None] * len(foreign)

    def test_looking_writes_nothing(self, tracker: Tracker) -> None:
        made = tracker.create(draft())
        before = self.trace(tracker)
        tracker.listing("")
        tracker.fetch([made.ref.id])
        tracker.since("")
        tracker.high_mark()
        tracker.normalise(FIELDS)
        assert tracker.whoami()
        assert self.trace(tracker) == before

    def test_a_failed_update_leaves_the_issue_as_it_was(self, tracker: Tracker) -> None:
        tracker.create(draft())
        before = self.trace(tracker)
        nowhere = IssueRef(tracker.name, "999", "#999", "nowhere")
        with pytest.raises(TrackerError):
            tracker.update(nowhere, [FieldChange("priority", "P1", "P0")], draft())
        assert self.trace(tracker) == before

    @some
    @given(fields=everything)
    @example(fields=Fields(HOSTILE[4], Status.CANCELLED, tuple(HOSTILE), HOSTILE[4], date.min))
    def test_hostile_fields_come_back_harmless_and_stable(
        self, tmp_path_factory: pytest.TempPathFactory, fields: Fields
    ) -> None:
        tracker = self.fresh(tmp_path_factory.mktemp("hostile"))
        expected = tracker.normalise(fields)
        made = tracker.create(draft(fields, postmortem=fields.title, notes=(fields.title,)))
        assert made.fields == expected == tracker.normalise(expected)
        assert tracker.listing("").issues == (made,)
        for text in (expected.title, *expected.owners, expected.priority or ""):
            assert not [c for c in text if category(c) in ("Cc", "Cs", "Zl", "Zp") or "\u202a" <= c <= "\u202e"]
        assert 0 < len(expected.title) <= 256

    @some
    @given(before=everything, after=everything)
    def test_any_fields_can_become_any_others(
        self, tmp_path_factory: pytest.TempPathFactory, before: Fields, after: Fields
    ) -> None:
        tracker = self.fresh(tmp_path_factory.mktemp("update"))
        made = tracker.create(draft(before))
        wanted = tracker.normalise(after)
        updated = tracker.update(made.ref, between(made.fields, wanted), draft(after))
        assert updated.fields == wanted
        assert updated.ref == made.ref

    # ------------------------------------------------------------ our link to the postmortem

    def test_our_link_leads_where_it_was_made_to_and_then_where_it_is_told_to(self, tracker: Tracker) -> None:
        assert isinstance(tracker, KeepsLinks)
        here, there = draft(link=page("a", 12)), draft(link=page("b", 40), line=40)
        made, other = tracker.create(here), tracker.create(draft(ident="01J0000000000000000000000B"))
        ids = dict.fromkeys((made.ref.id, other.ref.id), there)
        assert tracker.leads(ids) == {made.ref.id: here.link}, "an issue without such a link is left out"
        tracker.lead(made.ref, there)
        assert tracker.leads(ids) == {made.ref.id: there.link}
        assert tracker.fetch([made.ref.id])[made.ref.id] == replace(made, updated_at=_fetched(tracker, made).updated_at)

    def test_our_link_follows_with_any_other_change_where_its_line_moved(self, tracker: Tracker) -> None:
        assert isinstance(tracker, KeepsLinks)
        made = tracker.create(draft(link=page("a", 12)))
        later, moved = draft(link=page("b", 12)), draft(link=page("c", 40), line=40)
        tracker.update(made.ref, between(FIELDS, replace(FIELDS, priority="P0")), later)
        assert tracker.leads({made.ref.id: moved}) == {made.ref.id: page("a", 12)}, "the same line of a later commit"
        tracker.update(made.ref, between(FIELDS, replace(FIELDS, status=Status.DONE)), moved)
        assert tracker.leads({made.ref.id: moved}) == {made.ref.id: page("c", 40)}
        now = _fetched(tracker, made)
        assert now.fields == replace(FIELDS, priority="P0", status=Status.DONE)
        assert now.marker == made.marker

    def test_a_change_without_an_address_leaves_our_link_alone(self, tracker: Tracker) -> None:
        assert isinstance(tracker, KeepsLinks)
        made = tracker.create(draft(link=page("a", 12)))
        tracker.update(made.ref, between(FIELDS, replace(FIELDS, priority="P0")), draft())
        assert tracker.leads({made.ref.id: draft(link=page("b", 1))}) == {made.ref.id: page("a", 12)}


def page(commit: str, line: int) -> str:
    """The address of the document of `draft`."""
    return f"https://git.acme.example/acme/pm/blob/{commit * 40}/2026/check%20out.md?plain=1#L{line}"


def _fetched(tracker: Tracker, issue: Issue) -> Issue:
    found = tracker.fetch([issue.ref.id])[issue.ref.id]
    assert isinstance(found, Issue)
    return found

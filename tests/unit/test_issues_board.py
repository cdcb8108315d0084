"""What one tracker says, seen from our links: what is new, gone or a stray, and when nothing may rest on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import pytest

from pmtrack.errors import TrackerError
from pmtrack.model import Event, Fields, Issue, Link, Marker
from pmtrack.sync.issues import HIDDEN, Board, read_board
from pmtrack.sync.world import Unseen
from pmtrack.text import digest
from pmtrack.trackers.base import Listing, Missing
from pmtrack.trackers.memory import MemoryTracker
from support.bench import BenchStore, Lagging
from support.worlds import DOCUMENT, FIELDS, NOW, intention, issue, known, link, ref

TITLE = FIELDS.title
OTHER = replace(FIELDS, title="Buy servers")


def number(n: int, ident: str = "", **changes: object) -> Issue:
    """The issue n, made for the item In."""
    return issue(number=n, ident=ident or f"I{n}", **changes)


def of(path: str, title: str = TITLE, n: int = 1) -> Issue:
    """An issue with this marker."""
    return number(n, marker=Marker(f"I{n}", path, digest(title)))


@dataclass(slots=True)
class Patchy(MemoryTracker):
    """Attributes:
    listed: what the listing says instead of all issues. unreadable: ids that a direct read cannot show now.
    fetched: what was asked for by direct reads.
    """

    listed: frozenset[str] | None = None
    unreadable: frozenset[str] = frozenset()
    sentences: Mapping[str, str] = field(default_factory=dict)
    fetched: list[list[str]] = field(default_factory=list)

    def listing(self, cursor: str) -> Listing:
        found = MemoryTracker.listing(self, cursor)
        present = found.present if self.listed is None else self.listed
        issues = tuple(one for one in found.issues if present is None or one.ref.id in present)
        return replace(found, issues=issues, present=present, broken=self.sentences)

    def fetch(self, refs: Sequence[str]) -> Mapping[str, Issue | Missing]:
        self.fetched.append(sorted(refs))
        found = MemoryTracker.fetch(self, refs)
        return {ref: Missing.UNKNOWN if ref in self.unreadable else one for ref, one in found.items()}


def tracker(*issues: Issue, kind: type[MemoryTracker] = Patchy) -> Patchy:
    made = kind("board")
    for one in issues:
        made.put(one)
    return made  # type: ignore[return-value]


def store(*links: Link, items: Sequence[str] = (), cursor: str = "") -> BenchStore:
    made = BenchStore()
    with made.writing() as writer:
        writer.save_document(DOCUMENT)
        writer.save_items([known(ident) for ident in (*items, *(one.ident for one in links))])
        for one in links:
            writer.save_link(one)
        writer.beat("tracker:board", at=None, cursor=cursor)
    return made


def linked(*numbers: int, **changes: object) -> list[Link]:
    return [link(ident=f"I{n}", number=n, **changes) for n in numbers]


def strays(board: Board) -> list[str]:
    return [one.ref.id for one in board.strays]


class TestSight:
    BOARD = Board("board", MemoryTracker("board"), {"1": number(1)}, gone=frozenset({"I2"}), broken={"3": "torn"})

    def test_an_issue_that_changed_is_seen(self) -> None:
        assert self.BOARD.sight(link()) == number(1)

    def test_one_that_did_not_change_is_as_it_was(self) -> None:
        assert self.BOARD.sight(link(ident="I9", number=9)) is Unseen.UNCHANGED

    def test_one_that_is_not_there_any_more_is_gone(self) -> None:
        assert self.BOARD.sight(link(ident="I2", number=2)) is Unseen.GONE

    def test_of_one_that_cannot_be_understood_nothing_is_known(self) -> None:
        assert self.BOARD.sight(link(ident="I3", number=3)) is Unseen.UNKNOWN

    def test_of_one_that_is_not_known_to_exist_nothing_is_known(self) -> None:
        assert self.BOARD.sight(link(ref=None)) is Unseen.UNKNOWN

    def test_while_the_tracker_cannot_be_read_nothing_is_known(self) -> None:
        assert replace(self.BOARD, error="timed out").sight(link()) is Unseen.UNKNOWN


class TestNews:
    @pytest.mark.parametrize(
        ("remembered", "news"),
        [
            (link(), set()),
            (link(issue=OTHER), {"I1"}),
            (link(gone=True), {"I1"}),
            (link(ref=replace(ref(), key="OPS-1")), {"I1"}),
            (link(document=OTHER, agreed=OTHER), set()),
        ],
        ids=["nothing", "other fields", "it was gone", "another key", "what the document says is no news"],
    )
    def test_an_issue_that_is_not_as_it_is_remembered_is_news(self, remembered: Link, news: set[str]) -> None:
        board = Board("board", None, {"1": number(1)}, {"1": "I1"})

        assert board.news({"I1": remembered}) == news

    def test_an_item_of_which_nothing_is_remembered_is_no_news(self) -> None:
        assert Board("board", None, {"1": number(1)}, {"1": "I1"}).news({}) == set()

    def test_what_is_gone_is_news(self) -> None:
        board = Board("board", None, {"1": number(1)}, {"1": "I1"}, gone=frozenset({"I2"}))

        assert board.news({"I1": link(issue=OTHER)}) == {"I1", "I2"}


class TestAgain:
    def test_what_a_direct_read_says_goes_before_the_list(self) -> None:
        made = tracker(number(1, fields=OTHER), number(2))
        board = Board("board", made, {"1": number(1), "3": number(3)}, gone=frozenset({"I9"}), broken={"8": "torn"})

        again = board.again({"1": "I1", "2": "I2", "4": "I4"})

        assert {n: one.fields for n, one in again.issues.items()} == {"1": OTHER, "2": FIELDS, "3": FIELDS}
        assert again.gone == {"I9", "I4"}
        assert again.broken == {"8": "torn"}
        assert made.fetched == [["1", "2", "4"]]

    def test_of_what_cannot_be_read_now_nothing_is_known(self) -> None:
        made = tracker(number(1))
        made.unreadable = frozenset({"1"})

        again = Board("board", made, {}).again({"1": "I1"})

        assert again.sight(link()) is Unseen.UNKNOWN
        assert again.broken == {"1": HIDDEN}
        assert HIDDEN == "it cannot be read now: nothing was done with it"
        assert again.gone == frozenset()

    def test_where_nothing_is_to_be_read_nothing_is_asked(self) -> None:
        made = tracker()
        board = Board("board", made, {})

        assert board.again({}) is board
        assert made.fetched == []

    def test_a_tracker_that_could_not_be_read_is_not_asked_again(self) -> None:
        made = tracker(number(1))

        assert Board("board", made, error="timed out").again({"1": "I1"}).error == "timed out"
        assert Board("board", None).again({"1": "I1"}) == Board("board", None)
        assert made.fetched == []

    def test_a_direct_read_that_fails_leaves_nothing_to_rest_on(self) -> None:
        made = tracker(number(1))
        made.fault = failing("fetch")

        again = Board("board", made, {"1": number(1)}, since="7", cursor="9").again({"1": "I1"})

        assert again == Board("board", made, since="7", error="timed out")


def failing(verb: str) -> Callable[[str, str], None]:
    def fault(called: str, _when: str) -> None:
        if called == verb:
            raise TrackerError("timed out")

    return fault


class TestStrays:
    BOARD = Board("board", None, strays=(of("a.md", n=1), of("b.md", OTHER.title, n=2), of("a.md", n=3)))

    def test_by_the_ident_in_its_marker(self) -> None:
        assert self.BOARD.by_ident("I2") == of("b.md", OTHER.title, n=2)
        assert self.BOARD.by_ident("I9") is None

    def test_by_its_document_and_its_words_the_oldest_first(self) -> None:
        assert self.BOARD.by_text("a.md", TITLE.upper(), ()) == of("a.md", n=1)
        assert self.BOARD.by_text("a.md", TITLE, {"I1"}) == of("a.md", n=3)
        assert self.BOARD.by_text("a.md", TITLE, {"I1", "I3"}) is None
        assert self.BOARD.by_text("a.md", OTHER.title, ()) is None
        assert self.BOARD.by_text("b.md", TITLE, ()) is None

    def test_by_its_words_alone_where_its_document_is_not_there(self) -> None:
        assert self.BOARD.by_words(TITLE.upper(), (), {"b.md"}) == of("a.md", n=1)
        assert self.BOARD.by_words(TITLE, {"I1"}, ()) == of("a.md", n=3)
        assert self.BOARD.by_words(TITLE, (), {"a.md"}) is None
        assert self.BOARD.by_words("Sell servers", (), ()) is None
        assert self.BOARD.by_words(OTHER.title, {"I2"}, ()) is None

    def test_an_issue_without_a_marker_is_nobodys(self) -> None:
        board = Board("board", None, strays=(number(4, marker=None), of("a.md")))

        assert board.by_ident("I1") == board.by_text("a.md", TITLE, ()) == board.by_words(TITLE, (), ()) == of("a.md")


class TestTicket:
    def test_it_is_looked_up_where_it_is_this_trackers(self) -> None:
        made = tracker(number(7))

        assert Board("board", made).ticket("#7") == made.issues["7"]
        assert made.fetched == [["7"]]

    def test_one_of_another_tracker_is_not_looked_up(self) -> None:
        made = tracker(number(7))

        assert Board("board", made).ticket("OPS-7") is None
        assert Board("board", None, error="gone").ticket("#7") is None
        assert made.fetched == []

    def test_one_that_is_not_there_is_gone(self) -> None:
        assert Board("board", tracker()).ticket("#7") is Unseen.GONE

    def test_while_the_tracker_cannot_be_read_it_is_not_looked_up(self) -> None:
        made = tracker(number(7))

        assert Board("board", made, error="timed out").ticket("#7") is Unseen.UNKNOWN
        assert made.fetched == []

    def test_one_that_cannot_be_read_now_is_said_once(self) -> None:
        made = tracker(number(7))
        made.unreadable = frozenset({"7"})

        with pytest.raises(TrackerError, match=r"^it is there, and not readable now: the next run looks again$"):
            Board("board", made).ticket("#7")
        assert Board("board", made, broken={"7": "torn"}).ticket("#7") is Unseen.UNKNOWN


class TestReadBoard:
    def test_all_that_there_is_the_first_time(self) -> None:
        made = tracker(number(1), number(2))

        board = read_board("board", made, store(*linked(1, 3)))

        assert (board.name, board.tracker) == ("board", made)
        assert set(board.issues) == {"1", "2"}
        assert board.linked == {"1": "I1"}
        assert board.gone == {"I3"}
        assert strays(board) == ["2"]
        assert board.since == ""
        assert not board.lags
        assert board.error is None
        assert board.problems == ()
        assert board.broken == {}

    def test_what_changed_since_the_last_time(self) -> None:
        board = read_board("board", tracker(number(1), number(2)), store(*linked(1, 2), cursor="1"))

        assert (set(board.issues), board.linked) == ({"2"}, {"2": "I2"})
        assert (board.since, board.cursor) == ("1", "2")

    def test_so_long_as_something_belongs_to_nothing_all_is_read_again(self) -> None:
        """A stray is an item's as soon as its document is there again, and a copy is told until it is mended."""
        assert read_board("board", tracker(number(1)), store()).cursor == ""
        assert read_board("board", tracker(number(1), number(2, "I1")), store(*linked(1))).cursor == ""
        assert read_board("board", tracker(number(1), number(2)), store(*linked(1, 2))).cursor == "2"

    def test_where_the_list_may_lag_it_is_read_from_where_it_was(self) -> None:
        assert read_board("board", tracker(number(1), kind=Lagging), store()).cursor == "1"

    def test_where_nothing_changed_nothing_is_looked_for(self) -> None:
        """A tracker that says that nothing changed has not lost an issue either."""
        made = tracker(number(1))
        made.listed = frozenset()

        board = read_board("board", made, store(*linked(1), cursor="1"))

        assert (board.error, board.gone, board.cursor) == (None, frozenset(), "1")

    def test_from_its_beginning_where_it_is_to_be_read_whole(self) -> None:
        board = read_board("board", tracker(number(1)), store(*linked(1), cursor="1"), whole=True)

        assert (set(board.issues), board.since) == ({"1"}, "")

    def test_a_failure_is_an_answer(self) -> None:
        made = tracker(number(1))
        made.fault = failing("listing")

        assert read_board("board", made, store(cursor="1")) == Board("board", made, since="1", error="timed out")

    def test_what_was_intended_is_looked_for_by_direct_reads_from_the_oldest_on(self) -> None:
        """The list was made before the issue whose answer was lost."""
        made = tracker(number(1), number(2), number(3), kind=Lagging)
        made.shown = ()  # type: ignore[attr-defined]
        wanted = [intention("I2", high_mark="1"), intention("I3", high_mark="2")]

        assert strays(read_board("board", made, store(), wanted)) == ["2", "3"]
        assert made.calls["since"] == 1
        assert strays(read_board("board", made, store())) == []
        assert made.calls["since"] == 1

    def test_a_look_for_what_was_intended_that_fails_is_a_failure(self) -> None:
        made = tracker()
        made.fault = failing("since")

        assert read_board("board", made, store(), [intention()]).error == "timed out"

    def test_an_issue_that_cannot_be_understood_is_said_and_left(self) -> None:
        made = tracker(number(1), number(2))
        made.sentences = {"1": "issue 1: no title"}

        board = read_board("board", made, store(*linked(2)))

        assert board.problems == ("issue 1: no title",)
        assert board.broken == {"1": "issue 1: no title"}


class TestWhoIsAStray:
    def test_only_an_issue_of_ours_with_a_marker(self) -> None:
        made = tracker(number(1, ours=False), number(2, marker=None), number(3))

        assert strays(read_board("board", made, store())) == ["3"]

    def test_one_that_is_linked_is_none(self) -> None:
        assert strays(read_board("board", tracker(number(1), number(2)), store(*linked(1)))) == ["2"]

    def test_a_copy_of_an_issue_that_an_item_has_is_said(self) -> None:
        made = tracker(number(1), number(2, "I1"))

        board = read_board("board", made, store(*linked(1)))

        assert board.strays == ()
        assert board.problems == (
            "0002 carries the marker of an item that has its issue already: remove the marker from the copy",
        )

    def test_of_several_that_nobody_has_the_oldest_is_the_one(self) -> None:
        made = tracker(number(2, "I1"), number(3, "I1"), number(4, "I1"), number(5, "I0"))

        board = read_board("board", made, store())

        assert strays(board) == ["5", "2"]
        assert [sentence[:4] for sentence in board.problems] == ["0003", "0004"]

    @pytest.mark.parametrize("remembered", [link(ref=None), link(gone=True)], ids=["intended", "deleted"])
    def test_an_item_whose_issue_is_not_there_may_get_it_back(self, remembered: Link) -> None:
        assert strays(read_board("board", tracker(number(2, "I1")), store(remembered))) == ["2"]

    def test_where_the_list_may_lag_the_strays_of_known_items_are_read_directly(self) -> None:
        """It shows what was deleted by now, and what somebody changed as it was before."""
        made = tracker(number(1), number(2, fields=OTHER), number(3), kind=Lagging)
        made.shown = (*map(number, (1, 2)), number(3))  # type: ignore[attr-defined]
        made.delete("1")

        board = read_board("board", made, store(items=["I1", "I2"]))

        assert board.lags
        assert strays(board) == ["2", "3"]
        assert board.strays[0].fields == OTHER
        assert made.calls["fetch"] == 1

    def test_a_deleted_issue_does_not_hide_the_answer_that_was_lost(self) -> None:
        """Both carry the marker of one item, and the list still shows the first, which a person deleted."""
        made = tracker(number(1), number(2, "I1"), kind=Lagging)
        made.shown = (number(1), number(2, "I1"))  # type: ignore[attr-defined]
        made.delete("1")

        assert strays(read_board("board", made, store(items=["I1"]))) == ["2"]

    def test_a_failure_of_that_is_a_failure(self) -> None:
        made = tracker(number(1), kind=Lagging)
        made.fault = failing("fetch")

        board = read_board("board", made, store(items=["I1"], cursor="0"))

        assert board == Board("board", made, since="0", error="timed out")

    def test_strays_of_nobody_are_taken_as_the_list_has_them(self) -> None:
        made = tracker(number(1), kind=Lagging)

        assert strays(read_board("board", made, store())) == ["1"]
        assert made.calls["fetch"] == 0


class TestWhatTheListDoesNotShow:
    def test_only_what_a_direct_read_does_not_find_either_is_gone(self) -> None:
        made = tracker(*map(number, (1, 2, 4)))
        made.listed = frozenset({"1"})

        board = read_board("board", made, store(*linked(1, 2, 3)))

        assert board.gone == {"I3"}
        assert made.fetched == [["2", "3"]]
        assert set(board.issues) == {"1", "2"}

    def test_so_long_as_a_missing_one_cannot_be_read_the_next_run_looks_again(self) -> None:
        made = tracker(*map(number, (1, 2)))
        made.listed, made.unreadable = frozenset({"1"}), frozenset({"2"})

        board = read_board("board", made, store(*linked(1, 2), cursor="1"))

        assert (board.gone, board.broken, board.cursor) == (frozenset(), {"2": HIDDEN}, "1")

    def test_where_all_are_there_nothing_is_asked(self) -> None:
        made = tracker(*map(number, (1, 2)))

        read_board("board", made, store(*linked(1, 2)))

        assert made.fetched == []

    def test_what_was_looked_for_and_found_is_there(self) -> None:
        """It was made after the list, and so it is not in it."""
        made = tracker(number(1), number(2))
        made.listed = frozenset({"1"})

        board = read_board("board", made, store(*linked(1, 2)), [intention(high_mark="1")])

        assert made.fetched == []
        assert board.gone == frozenset()

    def test_a_tracker_without_a_single_issue_is_another_place(self) -> None:
        board = read_board("board", tracker(), store(*linked(1)))

        assert board.error == (
            "board lists no issue at all although 1 are linked: nothing was done with it; "
            "check that its place and permissions in the configuration are right"
        )
        assert board.gone == frozenset()

    def test_a_new_tracker_is_empty_and_that_is_no_error(self) -> None:
        assert read_board("board", tracker(), store()).error is None

    def test_three_issues_do_not_vanish_all_at_once(self) -> None:
        board = read_board("board", tracker(number(9)), store(*linked(1, 2, 3)))

        assert board.error == (
            "board has none of our issues any more although 3 are linked: nothing was done with it; "
            "check that its place and permissions in the configuration are right"
        )

    def test_two_may(self) -> None:
        assert read_board("board", tracker(number(9)), store(*linked(1, 2))).gone == {"I1", "I2"}

    def test_all_but_one_may(self) -> None:
        board = read_board("board", tracker(number(1)), store(*linked(1, 2, 3)))

        assert (board.error, board.gone) == (None, {"I2", "I3"})


class TestStrangers:
    """The configuration names another place by now, where other people's issues have the same numbers."""

    SENTENCE = (
        "board shows no marker of ours any more although 3 are linked: nothing was done with it; "
        "check that its place and permissions in the configuration are right"
    )

    @staticmethod
    def read(*issues: Issue, links: Sequence[Link] = ()) -> Board:
        return read_board("board", tracker(*issues), store(*(links or linked(1, 2, 3))))

    def test_three_of_our_numbers_without_one_of_our_markers_are_other_peoples(self) -> None:
        for marker in (None, Marker("X", "x.md", "d")):
            board = self.read(*(number(n, marker=marker) for n in (1, 2, 3)))

            assert board.error == self.SENTENCE
            assert board.linked == {"1": "I1", "2": "I2", "3": "I3"}

    def test_an_issue_that_was_linked_by_its_words_keeps_the_marker_that_it_had(self) -> None:
        """After the store was lost the items got new idents, and their issues kept the old ones."""
        made = tracker(*(number(n, f"OLD{n}") for n in (1, 2, 3)))
        remembered = store(*linked(1, 2, 3))
        told = Event(NOW, "I2", "relinked", evidence="marker OLD2")
        for one in (replace(told, evidence="marker OLD9"), replace(told, kind="changed"), replace(told, ident="I1")):
            with remembered.writing() as writer:
                writer.record(one)
            assert read_board("board", made, remembered).error == self.SENTENCE
        with remembered.writing() as writer:
            writer.record(told)

        assert read_board("board", made, remembered).error is None

    @pytest.mark.parametrize("n", [1, 2, 3])
    def test_one_marker_of_ours_is_enough(self, n: int) -> None:
        board = self.read(*(number(m, **({} if m == n else {"marker": None})) for m in (1, 2, 3)))

        assert board.error is None

    def test_two_numbers_are_too_few_to_tell(self) -> None:
        assert self.read(*(number(n, marker=None) for n in (1, 2)), links=linked(1, 2)).error is None

    def test_where_only_some_changed_the_others_are_not_seen(self) -> None:
        made = tracker(*(number(n, marker=None) for n in (1, 2, 3)))

        assert read_board("board", made, store(*linked(1, 2, 3), cursor="1")).error is None

    def test_issues_that_were_there_before_us_carry_no_marker(self) -> None:
        adopted = linked(1, adopted=True)
        issues = [number(n, marker=None) for n in (1, 2, 3, 4)]

        assert self.read(*issues[:3], links=[*adopted, *linked(2, 3)]).error is None
        assert self.read(*issues, links=[*adopted, *linked(2, 3, 4)]).error == self.SENTENCE.replace("3 are", "4 are")


def test_a_board_of_which_nothing_was_read() -> None:
    board = Board("board", None)

    assert board.issues == board.linked == board.broken == {}
    assert (board.gone, board.strays, board.problems) == (frozenset(), (), ())
    assert (board.lags, board.since, board.cursor, board.error) == (False, "", "", None)


def test_fields_that_nobody_gave_are_no_news() -> None:
    assert Board("board", None, {"1": number(1, fields=Fields())}, {"1": "I1"}).news({"I1": link(Fields())}) == set()

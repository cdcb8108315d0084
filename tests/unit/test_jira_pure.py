"""The parts of the Jira tracker that know no network: forms of text, names, ways, screens, bookmarks."""

from __future__ import annotations

import json
import re
import tomllib
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pmtrack.errors import TrackerError
from pmtrack.model import Fields, Marker, Status
from pmtrack.text import neutral_markdown
from pmtrack.trackers.jira import adf, answers, batch, connect, hands, paging, refs, region, values, ways, wiki
from pmtrack.trackers.jira.answers import Answer, Broken
from pmtrack.trackers.jira.batch import Made
from pmtrack.trackers.jira.cursor import Cursor, parse
from pmtrack.trackers.jira.edits import Sheet, placed
from pmtrack.trackers.jira.names import Names
from pmtrack.trackers.jira.pace import Pace
from pmtrack.trackers.jira.screen import EPIC_LINK, Screen
from pmtrack.trackers.jira.ways import Way
from pmtrack.trackers.settings import Credential, JiraSettings, Limits
from support.jira import adf as schema
from support.jira_shop import draft

SETTINGS = JiraSettings(kind="jira", url="https://acme.example", project="OPS")
NAMES = Names.of(SETTINGS)
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SAMPLE = """\
Para *em* **st *both*** `code` [link *em*](https://x.y) <https://a.b> ~~no~~
next\\
hard

# Head

1. one
2. two
   - nested

   # head in a list

   > quote in a list

> quoted
>
> # head

```py
code {noformat}
```

| a | b |
|---|---|
| 1 | **2** |

---
![img](http://x/y.png) [bad](javascript:x) <b>html</b>

<div>
block
</div>
"""
some = settings(max_examples=300, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
markdown = st.one_of(st.text(), st.text(alphabet="*_`[]()#>-+|~ \n\\1.a<!", max_size=80))


class TestNodes:
    @some
    @given(markdown)
    @example(SAMPLE)
    @example("> " * 500 + "deep")
    @example("- " * 3 + "deep")
    @example("*a **b " * 300)
    def test_whatever_the_words_are_they_make_a_document(self, source: str) -> None:
        assert schema.problems(adf.document(adf.of_markdown(neutral_markdown(source)))) == []

    def test_the_words_of_a_sample(self) -> None:
        blocks = adf.of_markdown(SAMPLE)
        kinds = [block["type"] for block in blocks]
        assert kinds == [
            *("paragraph", "heading", "orderedList", "blockquote", "codeBlock", "table", "rule", "paragraph"),
            "paragraph",
        ]
        assert adf.words(blocks[0]) == "Para em st both code link em https://a.b no next\nhard"
        links = json.dumps(blocks).split('"href": ')[1:]
        assert [link.split('"')[1] for link in links] == [
            *("https://x.y", "https://x.y", "https://a.b", "http://x/y.png"),
        ]

    def test_text_that_nests_without_end_is_read_in_no_time(self) -> None:
        for sign in ("> ", "- ", "1. "):
            assert adf.words(adf.document(adf.of_markdown(sign * 5_000 + "deep"))) == "deep"

    @pytest.mark.parametrize("junk", [None, 5, [], {}, {"content": 5}, {"content": [None, {"type": "text"}]}])
    def test_nodes_of_others_may_be_anything(self, junk: Any) -> None:
        assert adf.words(junk) == ""


class TestMarkup:
    @pytest.mark.parametrize(
        ("words", "markup"),
        [
            ("plain words, e-mail a_b snake_case 2026-12-01", "plain words, e-mail a_b snake_case 2026-12-01"),
            ("*bold* _em_ -no- +yes+", r"\*bold\* \_em\_ \-no\- \+yes\+"),
            ("{macro} [~ana] !x.png! a|b ^up^ ~low~", r"\{macro\} \[\~ana\] \!x.png\! a\|b \^up\^ \~low\~"),
            ("C:\\dir", "C:&#92;dir"),
            ("??cite??", r"\?\?cite\?\?"),
            ("# list\nh1. head\nbq. quote", "\u200b# list\n\u200bh1. head\n\u200bbq. quote"),
            ("no (!) icon :) here", "no (\\!) icon :\u200b) here"),
        ],
    )
    def test_signs_say_only_themselves(self, words: str, markup: str) -> None:
        assert wiki.escaped(words) == markup

    def test_a_sample(self) -> None:
        markup = wiki.of_nodes(adf.of_markdown(SAMPLE))
        assert markup.split("\n\n")[0] == (
            "Para {_}em{_} {*}st{*} {*}{_}both{_}{*} {{code}} [link |https://x.y][{_}em{_}|https://x.y] "
            "[https://a.b|https://a.b] {-}no{-} next\nhard"
        )
        assert "h1. Head\n\n# one\n# two \\\\ head in a list \\\\ quote in a list\n#* nested" in markup
        assert "{quote}\nquoted\n\nhead\n{quote}\n\n{noformat}\ncode {\u200bnoformat}\n{noformat}" in markup
        assert "||a||b||\n|1|{*}2{*}|\n\n----" in markup

    @some
    @given(st.text())
    def test_no_words_open_a_macro_a_link_or_an_image(self, words: str) -> None:
        markup = wiki.escaped(words)
        for at, sign in enumerate(markup):
            assert sign not in "{}[]|!^~" or markup[at - 1] == "\\"


class TestRegion:
    LINES: ClassVar = {"Due": "2026-12-01", "Owner": "lisa_m", "Priority": "P1"}

    @pytest.mark.parametrize("nodes", [True, False])
    def test_what_is_kept_comes_back(self, nodes: bool) -> None:
        made = region.composed("Words", self.LINES, Marker("01J", "a-b/ü }.md", "d1"), nodes=nodes)
        assert region.kept(made) == self.LINES
        assert region.due(region.kept(made)) == date(2026, 12, 1)
        assert region.marker(made) == (None if nodes else Marker("01J", "a-b/ü }.md", "d1"))
        without = region.with_kept(made, {}, nodes=nodes)
        assert region.kept(without) == {}
        assert region.kept(region.with_kept(without, {"Owner": "x"}, nodes=nodes)) == {"Owner": "x"}

    def test_a_person_may_write_the_panel_in_other_words(self) -> None:
        text = "mine\r\n{panel:borderStyle=solid|title=pmtrack}\r\n * *Due date:* 2026-12-02 \r\n{panel}\r\nmore"
        assert region.kept(text) == {"Due": "2026-12-02"}
        after = region.with_kept(text, {}, nodes=False)
        assert after == "mine\n\nmore"

    def test_other_panels_are_not_ours(self) -> None:
        assert region.kept("{panel:title=Other}\nDue: 2026-12-01\n{panel}") == {}
        panel = {"type": "panel", "attrs": {"panelType": "note"}, "content": [adf.paragraph("Due: 2026-12-01")]}
        assert region.kept(adf.document([panel])) == {}

    @pytest.mark.parametrize("words", ["", "-", "none", "TBD"])
    def test_nothing_is_nothing(self, words: str) -> None:
        assert region.kept(f"{region.OPENING}\nDue: {words}\n{region.CLOSING}") == {}

    @some
    @given(st.text(), st.text(alphabet="ab-/%~. }{", max_size=20))
    def test_any_marker_comes_back_from_any_text(self, text: str, path: str) -> None:
        mark = Marker("01J", path, "digest")
        assert region.marker(region.with_marker(text, mark)) == mark

    def test_the_marker_is_renewed_in_its_place(self) -> None:
        text = region.composed("Words", {}, Marker("A", "p", "d"), nodes=False)
        after = region.with_marker(f"{text}\n\nA person's words", Marker("A", "p", "e"))
        assert str(after).endswith("A person's words")
        assert region.marker(after) == Marker("A", "p", "e")


class TestCursor:
    BASE = Cursor("https://acme.example", "OPS", "10000", "OPS", cloud=True, me="5b10")

    def test_it_comes_back(self) -> None:
        moved = self.BASE.moved([NOW], NOW)
        assert parse(str(moved)) == moved
        assert moved.since == "2026-11-21T11:45:00Z"
        assert moved.minutes(NOW + timedelta(seconds=1)) == 16

    def test_it_never_goes_back(self) -> None:
        moved = self.BASE.moved([NOW], NOW)
        assert moved.moved([NOW - timedelta(days=1)], NOW) == moved.moved([], NOW) == moved

    def test_a_long_answer_is_passed_once_it_is_certain(self) -> None:
        many = [NOW] * 60
        fresh = self.BASE.moved(many, NOW + timedelta(minutes=1))
        settled = fresh.moved(many, NOW + timedelta(hours=1))
        assert fresh.since == "2026-11-21T11:45:00Z"
        assert settled.since == "2026-11-21T12:45:00Z"

    def test_a_clock_before_the_moment_asks_for_the_last_minute(self) -> None:
        assert self.BASE.moved([NOW], NOW).minutes(NOW - timedelta(days=1)) == 1

    @given(st.text())
    def test_any_text_is_none_of_ours(self, text: str) -> None:
        assert parse(text) is None


class TestRefs:
    @pytest.mark.parametrize(
        ("ticket", "key"),
        [
            ("OPS-7", "OPS-7"),
            (" ops-7 ", "OPS-7"),
            ("https://acme.example/browse/OPS-7", "OPS-7"),
            ("https://acme.example/browse/OPS-7?focusedId=3#x", "OPS-7"),
            ("https://acme.example/jira/boards/3?selectedIssue=OPS-9", "OPS-9"),
            ("OPS-0", None),
            ("OPS-7-8", None),
            ("XOPS-7", None),
            ("https://elsewhere.example/browse/OPS-7", None),
            ("https://acme.example/browse/XX-7", None),
            ("https://[", None),
            ("OPS-\u0667", None),
        ],
    )
    def test_what_people_call_an_issue(self, ticket: str, key: str | None) -> None:
        assert refs.ours(ticket, frozenset({"OPS"}), "https://acme.example") == key

    def test_a_server_under_a_path(self) -> None:
        assert refs.ours("https://a.example/jira/browse/OPS-7", frozenset({"OPS"}), "https://a.example/jira") == "OPS-7"


class TestWays:
    @staticmethod
    def way(ident: str, to: str, category: str = "new", **fields: Any) -> Way:
        return Way(ident, f"go {to}", to, {"name": to, "statusCategory": {"key": category}}, fields)

    def test_the_shortest_known_way_goes_first(self) -> None:
        graph = {
            "a": [self.way("1", "b"), self.way("2", "c")],
            "b": [self.way("3", "d")],
            "c": [self.way("4", "end", "done")],
            "d": [self.way("5", "end", "done")],
        }
        found = ways.next_way(graph, "a", frozenset(), lambda way: way.to == "end")
        assert found
        assert found.id == "2"

    def test_what_is_not_known_is_tried_and_nothing_is_entered_twice(self) -> None:
        graph = {"a": [self.way("1", "b"), self.way("2", "c")], "b": [self.way("3", "a")]}
        found = ways.next_way(graph, "a", frozenset(), lambda way: way.to == "end")
        assert found
        assert found.id == "2"
        assert ways.next_way(graph, "b", frozenset({"a"}), lambda way: way.to == "end") is None

    def test_of_the_closing_ways_the_resolution_decides(self) -> None:
        both = {"resolution": {"required": True, "allowedValues": [{"name": "Done"}, {"name": "Won't Do"}]}}
        close = self.way("1", "Closed", "done", **both)
        silent, off = self.way("2", "Closed", "done"), self.way("3", "Rejected", "done")
        table = {(way.id, wanted): ways.leads(way, wanted, NAMES) for way in (close, silent, off) for wanted in Status}
        assert [key for key, leads in table.items() if leads] == [
            ("1", Status.DONE),
            ("1", Status.CANCELLED),
            ("2", Status.DONE),
            ("3", Status.CANCELLED),
        ]
        assert ways.given(close, Status.CANCELLED, NAMES, lambda *_: None) == ({"resolution": {"name": "Won't Do"}}, [])

    def test_what_nobody_fills_is_named(self) -> None:
        way = self.way("1", "Closed", "done", cf={"required": True, "name": "Cause"}, other={"required": False})
        assert ways.given(way, Status.DONE, NAMES, lambda *_: None) == ({}, ["Cause"])
        assert ways.given(way, Status.DONE, NAMES, lambda *_: "x") == ({"cf": "x"}, [])


class TestScreens:
    def test_data_center_has_fields_of_its_own_for_epics(self) -> None:
        on = Screen.of([{"fieldId": "customfield_1", "name": "Epic Link", "schema": {"custom": EPIC_LINK}}])
        assert (on.custom(EPIC_LINK), on.custom("other"), on.named("epic link")) == (
            "customfield_1",
            None,
            "customfield_1",
        )

    def test_the_default_priority_means_nothing_in_particular(self) -> None:
        options = [{"id": str(number), "name": name} for number, name in enumerate(("High", "Medium", "Low"))]
        told: dict[str, Any] = {"fieldId": "priority", "allowedValues": options}
        assert Screen.of([told]).neutral() == "1"
        assert Screen.of([{**told, "defaultValue": {"id": "2"}}]).neutral() == "2"
        assert Screen.of([]).neutral() is None

    def test_what_is_required_and_filled_by_nobody(self) -> None:
        fields = [
            {"fieldId": "summary", "required": True},
            {"fieldId": "cf1", "name": "Severity", "required": True},
            {"fieldId": "cf2", "name": "Team", "required": True, "hasDefaultValue": True},
            {"fieldId": "cf3", "name": "Cause", "required": True},
        ]
        assert Screen.of(fields).unfilled({"cf3"}) == ["Severity"]

    def test_people_are_called_otherwise_in_each_jira(self) -> None:
        on, fields = Screen.of([{"fieldId": "assignee"}]), Fields("x", owners=("ana",))
        assert placed(fields, Sheet(on, NAMES, nodes=True, cloud=True)).fields == {"assignee": {"accountId": "ana"}}
        assert placed(fields, Sheet(on, NAMES, nodes=False, cloud=False)).fields == {"assignee": {"name": "ana"}}


@pytest.mark.parametrize(
    ("schema", "given", "value"),
    [
        ({"type": "string"}, "a\nb", "a b"),
        ({"type": "number"}, "3.5", 3.5),
        ({"type": "option"}, "A", {"value": "A"}),
        ({"type": "user"}, "ana", {"accountId": "ana"}),
        ({"type": "version"}, "1.0", {"name": "1.0"}),
        ({"type": "issuelink"}, "OPS-1", {"key": "OPS-1"}),
        ({"type": "date"}, "2026-12-01", "2026-12-01"),
        ({"type": "array", "items": "string"}, ("a b", "c"), ["a-b", "c"]),
        ({"type": "array", "items": "option"}, "A", [{"value": "A"}]),
        ({"type": "array", "items": "component"}, ("A",), [{"name": "A"}]),
        ({"type": "string"}, "", None),
    ],
)
def test_each_field_takes_its_own_form(schema: dict[str, Any], given: Any, value: Any) -> None:
    assert values.value({"schema": schema}, given, nodes=True, cloud=True) == value


def test_a_list_is_no_single_value() -> None:
    with pytest.raises(ValueError, match="it takes one value"):
        values.value({"schema": {"type": "string"}}, ("a", "b"), nodes=True, cloud=True)


def test_words_that_look_like_a_place_are_filled_in_once() -> None:
    known = values.known(draft(words="x"))
    assert values.filled("{title} {{title}} {nobody}", {**known, "title": "{path}"}) == "{path} {{path}} {nobody}"


class TestAnswers:
    @pytest.mark.parametrize(
        ("headers", "seconds"),
        [
            ({"retry-after": "7"}, 7),
            ({"retry-after": "Sat, 21 Nov 2026 12:00:30 GMT", "date": "Sat, 21 Nov 2026 12:00:00 GMT"}, 30),
            ({"retry-after": "soon"}, 60),
            ({}, 60),
            ({"x-ratelimit-reset": "2026-11-21T12:05Z"}, 300),
        ],
    )
    def test_how_long_to_wait(self, headers: dict[str, str], seconds: float) -> None:
        assert answers.wait(Answer(429, headers, ""), NOW.timestamp()) == seconds
        assert answers.wait(Answer(200, headers, ""), NOW.timestamp()) is None

    @pytest.mark.parametrize("text", ["", "[]", "5", '{"errorMessages": 5, "errors": 7}', '{"errors": ["x"]}'])
    def test_a_refusal_in_other_words_is_one_sentence(self, text: str) -> None:
        for status in (302, 400, 401, 403, 404, 409, 410, 418, 429):
            error = answers.refusal(Answer(status, {}, text), "OPS", "PMTRACK_OPS_TOKEN", key="OPS-1")
            assert ":" in str(error)
            assert "\n" not in str(error)

    def test_of_many_creates_each_has_its_outcome(self) -> None:
        made = {"id": "1", "key": "OPS-1"}
        error = {"status": 400, "failedElementNumber": 0, "elementErrors": {"errors": {"duedate": "bad"}}}
        done = batch.outcomes(Answer(201, {}, json.dumps({"issues": [made], "errors": [error]})), 2)
        assert done[1] == Made("1", "OPS-1")
        assert isinstance(done[0], Answer)
        assert done[0].message == "duedate: bad"

    @pytest.mark.parametrize(
        "body",
        [
            {"issues": [{"id": "1", "key": "OPS-1"}], "errors": []},
            {"issues": [], "errors": [{}, {}]},
            {"issues": [{}, {}]},
            {"issues": 5},
            {},
        ],
    )
    def test_one_that_does_not_account_for_all_is_broken(self, body: dict[str, Any]) -> None:
        with pytest.raises(Broken):
            batch.outcomes(Answer(201, {}, json.dumps(body)), 2)

    def test_hands_know_a_label_that_is_a_priority(self) -> None:
        item = {"field": "labels", "fromString": "a P1", "toString": "a P2"}
        history = {"id": "7", "author": {"accountId": "x"}, "items": [item, {"field": "labels", "toString": "b"}]}
        assert hands.told([history], "page", NAMES).keys() == {"priority"}


class TestPages:
    @staticmethod
    def page(*numbers: int, **more: Any) -> Answer:
        fields = {"updated": "2026-11-21T12:00:00.000+0000"}
        issues = [{"id": str(number), "key": f"OPS-{number}", "fields": fields} for number in numbers]
        return Answer(200, {}, json.dumps({"issues": issues, **more}))

    def test_a_small_page_that_is_always_small_is_taken(self) -> None:
        pages = {"": self.page(1, nextPageToken="x", isLast=False), "x": self.page(2, isLast=True)}
        assert paging.by_token(lambda token: pages[token]).keys() == {"1", "2"}

    @pytest.mark.parametrize(
        "pages",
        [
            {"": (1, "x"), "x": (1, "")},
            {"": (1, "x"), "x": (2, "y"), "y": (3, "x")},
        ],
    )
    def test_pages_that_repeat_are_an_error(self, pages: dict[str, tuple[int, str]]) -> None:
        def ask(token: str) -> Answer:
            number, following = pages[token]
            return self.page(number, **({"nextPageToken": following} if following else {"isLast": True}))

        with pytest.raises(TrackerError, match=r"same page twice|in a circle"):
            paging.by_token(ask)

    @pytest.mark.parametrize("more", [{"isLast": False}, {"isLast": True, "nextPageToken": "x"}])
    def test_a_page_that_leads_nowhere_is_an_error(self, more: dict[str, Any]) -> None:
        with pytest.raises(TrackerError, match="does not lead to its next page"):
            paging.by_token(lambda _token: self.page(1, **more))

    def test_on_data_center_the_total_has_to_be_reached(self) -> None:
        with pytest.raises(TrackerError, match="entries missing"):
            paging.by_offset(lambda at: self.page(1, startAt=at, maxResults=2, total=3))

    def test_a_list_that_keeps_changing_is_left_to_the_next_run(self) -> None:
        totals = iter(range(3, 100))
        with pytest.raises(TrackerError, match="kept changing"):
            paging.by_offset(lambda at: self.page(at, startAt=at, maxResults=1, total=next(totals)))

    def test_a_list_without_end_ends(self) -> None:
        with pytest.raises(TrackerError, match="empty page"):
            list(paging.everything(lambda at: Answer(200, {}, json.dumps({"values": [], "total": 5})), "values"))


def test_one_issue_is_written_to_no_faster_than_jira_allows() -> None:
    now = [0.0]
    pace = Pace(lambda: now[0], lambda seconds: now.__setitem__(0, now[0] + seconds))
    stamps = []
    for _ in range(300):
        pace.enter("1")
        stamps.append(now[0])
        pace.enter("")
    for seconds, limit in ((2, 20), (30, 100)):
        assert max(sum(at <= other < at + seconds for other in stamps) for at in stamps) < limit
    assert pace.wait("2") == 0


def test_what_the_example_has_commented_out_is_understood() -> None:
    text = (Path(__file__).parents[2] / "config" / "jira.toml").read_text(encoding="utf-8")
    told = tomllib.loads(re.sub(r"^# (?=\w+ = |\[)", "", text, flags=re.MULTILINE))
    example = JiraSettings.model_validate(told["trackers"]["ops"])
    plain = JiraSettings(kind="jira", url=example.url, project="OPS")
    same = {"label", "priorities", "done", "epics", "epic_type", "api", "patience", "limits", "issue_type"}
    assert {name for name in same if getattr(example, name) != getattr(plain, name)} == set()


class TestConnecting:
    @staticmethod
    def connected(folder: Path, environment: dict[str, str], **changes: Any) -> Any:
        given: dict[str, Any] = {"url": "https://acme.example", "project": "OPS", **changes}
        known = {"acme": Credential(), "slow": Credential(limits=Limits(writes_per_second=2))}
        settings = JiraSettings(kind="jira", **given)
        return connect("ops", settings, folder, known, environment=environment)

    def test_a_missing_token_is_one_sentence(self, tmp_path: Path) -> None:
        with pytest.raises(TrackerError, match="there is no PMTRACK_OPS_TOKEN in the environment: set it"):
            self.connected(tmp_path, {})

    def test_a_credential_that_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(TrackerError, match=r"trackers.ops.credential: there is no \[credentials.nobody\]"):
            self.connected(tmp_path, {}, credential="nobody")

    def test_whose_secret_and_whose_limits(self, tmp_path: Path) -> None:
        shared = {"PMTRACK_ACME_TOKEN": "a", "PMTRACK_ACME_EMAIL": "a@example.org", "PMTRACK_SLOW_TOKEN": "s"}
        assert self.connected(tmp_path, shared, credential="acme").client.account.email == "a@example.org"
        assert self.connected(tmp_path, shared, credential="acme").gate.budget._pause == 1 / 40
        assert self.connected(tmp_path, shared, credential="slow").gate.budget._pause == 1 / 2
        own = {**shared, "PMTRACK_OPS_TOKEN": "o"}
        assert self.connected(tmp_path, own, credential="acme").client.account.variable == "PMTRACK_OPS_TOKEN"

    def test_nothing_is_sent_and_no_secret_is_shown(self, tmp_path: Path) -> None:
        tracker = self.connected(tmp_path, {"PMTRACK_OPS_TOKEN": "hush"})
        assert "hush" not in repr(tracker.client.account)

    @pytest.mark.parametrize(
        ("given", "says"),
        [
            ({"label": "two words"}, "a label without spaces"),
            ({"done": ["Fixed"], "cancelled": ["fixed"]}, "would mean two things"),
            ({"priorities": {"P0": "High"}, "done": ["High"]}, "would mean two things"),
        ],
    )
    def test_a_mistake_is_named(self, given: dict[str, Any], says: str) -> None:
        with pytest.raises(ValueError, match=says):
            JiraSettings(kind="jira", url="https://acme.example", project="OPS", **given)

"""When a document is ready: how a team says it, and what each rule makes of what is known of a document."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from pmtrack.documents import extract
from pmtrack.model import LONG_AGO, Document
from pmtrack.ready import ALWAYS, HOW, Ready, Wait, ready, wait
from pmtrack.sources.settings import FolderSettings, GitSettings
from support.worlds import DOCUMENT, NOW

FINAL = Ready("status", ("final",))
DAY = Ready(quiet=timedelta(days=1))


def document(matter: Mapping[str, str] | None = None, changed_at: datetime = LONG_AGO) -> Document:
    return replace(DOCUMENT, matter=matter, changed_at=changed_at)


RULES = {
    "always": ALWAYS,
    " Always ": ALWAYS,
    "status: final": FINAL,
    "status:final": FINAL,
    "Status : final , published": Ready("Status", ("final", "published")),
    "status: final,": FINAL,
    "published: yes": Ready("published", ("yes",)),
    "doc state: in force": Ready("doc state", ("in force",)),
    "état: publié": Ready("état", ("publié",)),
    "url: https://x": Ready("url", ("https://x",)),
    "quiet 24h": DAY,
    "QUIET  1d": DAY,
    "quiet 90m": Ready(quiet=timedelta(minutes=90)),
    "quiet 24 h": DAY,
}


@pytest.mark.parametrize(("words", "rule"), RULES.items())
def test_a_rule_as_a_configuration_says_it(words: str, rule: Ready) -> None:
    assert ready(words) == rule


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (ALWAYS, "always"),
        (Ready("status", ("final", "published")), "status: final, published"),
        (DAY, "quiet 1d"),
        (Ready(quiet=timedelta(minutes=90)), "quiet 90m"),
        (Ready(quiet=timedelta(seconds=61)), "quiet 61s"),
    ],
)
def test_a_rule_is_shown_as_it_may_be_written(rule: Ready, words: str) -> None:
    assert str(rule) == words
    assert ready(words) == rule
    assert ready(rule) is rule


NO_RULES = ("", " ", "final", "status", "status:", "status: ,", ": final", "status = final", "quiet", "quiet: 24h",
            "quiets 24h", "?: !", 24, True, None, ["always"], {"status": "final"})  # fmt: skip


@pytest.mark.parametrize("value", NO_RULES)
def test_anything_else_is_answered_with_how_to_write_it(value: object) -> None:
    with pytest.raises(ValueError, match='write "always", a key of the front matter') as raised:
        ready(value)
    assert str(raised.value) == HOW


@pytest.mark.parametrize(("words", "said"), [("quiet soon", "write a time"), ("quiet 0s", "write a time of at least")])
def test_a_time_that_is_none_is_answered_with_how_to_write_a_time(words: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        ready(words)


@pytest.mark.parametrize("value", NO_RULES)
@pytest.mark.parametrize("kind", [FolderSettings, GitSettings])
def test_every_kind_of_source_has_the_rule(kind: type[Any], value: object) -> None:
    given = {"name": "pm", "kind": "git" if kind is GitSettings else "folder", "tracker": "board"}
    given |= {"remote": "https://host/x.git"} if kind is GitSettings else {"path": "docs"}
    assert kind.model_validate(given).ready == ALWAYS
    assert kind.model_validate({**given, "ready": "quiet 1d"}).ready == DAY
    with pytest.raises(ValidationError, match='write "always"'):
        kind.model_validate({**given, "ready": value})


class TestAlways:
    @pytest.mark.parametrize("matter", [None, {}, {"status": "draft"}])
    @pytest.mark.parametrize("changed_at", [LONG_AGO, NOW, NOW + timedelta(days=1)])
    def test_every_document_is_ready(self, matter: Mapping[str, str] | None, changed_at: datetime) -> None:
        assert wait(ALWAYS, document(matter, changed_at), NOW) is None


SAYS = [
    # rule, front matter, ready?
    ("status: final", {"status": "final"}, True),
    ("status: final", {"status": "Final"}, True),
    ("status: final", {"status": " FINAL! "}, True),
    ("status: final", {"status": "final ✅"}, True),
    ("STATUS: Final", {"status": "final"}, True),
    ("status: final, published", {"status": "published"}, True),
    ("status: final, published", {"status": "final, published"}, False),
    ("status: final", {"status": "draft"}, False),
    ("status: final", {"status": "not final"}, False),
    ("status: final", {"status": "finalised"}, False),
    ("status: final", {"status": ""}, False),
    ("status: final", {"state": "final"}, False),
    ("status: final", {}, False),
    ("status: final", None, False),
    ("doc_state: in force", {"doc state": "in-force"}, True),
    ("état: publié", {"etat": "Publie"}, True),
    ("状態: 公開", {"状態": "公開"}, True),
    ("published: yes", {"published": "true"}, True),
    ("published: true", {"published": "yes"}, True),
    ("published: yes", {"published": "false"}, False),
    ("draft: no", {"draft": "false"}, True),
    ("draft: no", {"draft": "true"}, False),
    ("draft: no", {}, False),
]


@pytest.mark.parametrize(("rule", "matter", "is_ready"), SAYS)
def test_a_rule_on_the_front_matter(rule: str, matter: Mapping[str, str] | None, *, is_ready: bool) -> None:
    for changed_at in (LONG_AGO, NOW):
        assert (wait(ready(rule), document(matter, changed_at), NOW) is None) is is_ready


@pytest.mark.parametrize(
    ("front", "rule"),
    [
        ("---\nstatus: Final\n---\n", "status: final"),
        ('---\n"Doc-State": in force\n---\n', "doc state: in force"),
        ("+++\nstatus = 'final'\n+++\n", "status: final"),
        ("---\npublished: yes\n---\n", "published: yes"),
        ("---\npublished: True\n---\n", "published: yes"),
        ("---\nrelease: 3\n---\n", "release: 3"),
        ("---\nrelease: 2026-11-20\n---\n", "release: 2026-11-20"),
    ],
)
def test_what_the_front_matter_of_a_real_document_says(front: str, rule: str) -> None:
    read = extract(f"{front}# Outage\n".encode(), "a.md")
    assert wait(ready(rule), document(read.matter), NOW) is None


class TestWhatIsKeptOfAFrontMatter:
    @staticmethod
    def kept(front: str) -> Mapping[str, str]:
        return extract(f"---\n{front}\n---\n# Outage\n".encode(), "a.md").matter

    def test_plain_values_as_text_under_folded_keys(self) -> None:
        front = "Doc-Status: ' In review '\nn: 3\nf: 1.5\nyes_or_no: No\nday: 2026-11-20\nno:\nlist: [a]\nin: {a: b}"
        expected = {"doc status": "In review", "n": "3", "f": "1.5", "yes or no": "false", "day": "2026-11-20"}
        assert self.kept(front) == expected

    def test_no_more_than_a_few_and_short_ones(self) -> None:
        kept = self.kept("\n".join(f"k{n:03}: {'x' * 300}" for n in range(100)) + f"\n{'y' * 300}: a")
        assert list(kept) == [f"k{n:03}" for n in range(64)]
        assert {len(value) for value in kept.values()} == {200}
        assert len(next(iter(self.kept(f"{'y' * 300}: a")))) == 200

    @pytest.mark.parametrize("number", [f"0x{'f' * 9000}", f"1{':59' * 9000}", f"0b{'1' * 9000}"])
    def test_a_number_that_nobody_can_write_out_is_none(self, number: str) -> None:
        assert self.kept(f"a: {number}\nstatus: final") == {"status": "final"}

    @pytest.mark.parametrize("front", ["- a list", "a: [", "a: *b", "<<: x", ""])
    def test_of_what_cannot_be_read_nothing(self, front: str) -> None:
        assert self.kept(front) == {}


QUIET = [
    # changed before now, rule, ready?
    (timedelta(), "quiet 1s", False),
    (timedelta(seconds=1), "quiet 1s", True),
    (timedelta(hours=23, minutes=59, seconds=59), "quiet 24h", False),
    (timedelta(hours=24), "quiet 24h", True),
    (timedelta(days=400), "quiet 24h", True),
    (timedelta(days=-1), "quiet 24h", False),  # the clock was set back
    (timedelta(days=400), "quiet 999999d", False),
]


@pytest.mark.parametrize(("ago", "rule", "is_ready"), QUIET)
def test_a_rule_on_time(ago: timedelta, rule: str, *, is_ready: bool) -> None:
    for matter in (None, {"status": "draft"}):
        assert (wait(ready(rule), document(matter, NOW - ago), NOW) is None) is is_ready


class TestWhatIsSaid:
    @pytest.mark.parametrize("after", [timedelta(microseconds=1), timedelta(seconds=1)])
    def test_a_minute_in_which_it_is_ready_from_the_beginning(self, after: timedelta) -> None:
        full = NOW.replace(second=0, microsecond=0)
        found = wait(DAY, document(changed_at=full + after), full + after)
        assert found
        assert found.until.startswith(f"{full + timedelta(days=1, minutes=1):%Y-%m-%d %H:%M} UTC")

    def test_in_utc_wherever_the_machine_is(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with monkeypatch.context() as there:
            there.setenv("TZ", "Asia/Kolkata")
            time.tzset()
            found = wait(DAY, document(changed_at=NOW), NOW)
        time.tzset()
        assert found
        assert f"{NOW:%H:%M} UTC" in found.why

    @pytest.mark.parametrize(
        ("matter", "why"),
        [
            ({"status": "draft"}, "status is “draft”"),
            ({"status": "being\nwritten  still"}, "status is “being written still”"),
            ({"status": "x" * 200}, f"status is “{'x' * 39}…”"),
            ({"status": " "}, "status is not stated"),
            ({}, "status is not stated"),
            (None, "status is not stated"),
        ],
    )
    def test_of_the_front_matter(self, matter: Mapping[str, str] | None, why: str) -> None:
        found = wait(ready("status: final, published"), document(matter), NOW)
        assert found == Wait(why, "it says “status: final” or “status: published”")

    def test_of_time_are_moments_that_do_not_move(self) -> None:
        changed = document(changed_at=NOW)
        said = {wait(DAY, changed, NOW + timedelta(hours=hours)) for hours in range(24)}
        until = "2026-11-22 12:00 UTC, if nobody changes it before"
        assert said == {Wait("its words changed 2026-11-21 12:00 UTC", until)}

    def test_the_minute_that_is_said_is_none_in_which_it_is_not_ready(self) -> None:
        late = document(changed_at=NOW + timedelta(seconds=1))
        found = wait(DAY, late, NOW)
        assert found is not None
        assert found.until.startswith("2026-11-22 12:01 UTC")

    @pytest.mark.parametrize("zone", [UTC, ZoneInfo("Asia/Tokyo")])
    def test_the_words_are_the_same_in_every_zone(self, zone: tzinfo) -> None:
        """So a change of the configured zone changes no stored sentence."""
        changed = document(changed_at=NOW)
        assert wait(DAY, changed, NOW.astimezone(zone)) == wait(DAY, changed, NOW)

    def test_a_rule_says_what_it_waits_for(self) -> None:
        assert FINAL.until == "it says “status: final”"
        assert DAY.until == "nobody has changed it for 1d"

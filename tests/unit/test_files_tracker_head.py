"""Only the bytes of a changed value change; everything else in an issue is a person's."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from pmtrack.trackers.frontmatter import DEPTH, HeadError, change, line, parse

BY_HAND = """\
---
# Written by a person.
title:   'Add retries'   # short, please
status: open
labels: [net, "import"]
owner:
  - Ana   # lead
  - "Ben, the other one"
# who decides?
due:
priority: >-
  P1

nested: {a: [b, {c: d}]}
---
Body with --- and trailing spaces.   
"""  # noqa: W291

some = settings(max_examples=150, deadline=None, derandomize=True)


def test_values_are_read_in_every_way_that_people_write_them() -> None:
    sheet = parse(BY_HAND)
    assert {key: sheet.words(key) for key in (*sheet.values, "absent")} == {
        "title": ("Add retries",),
        "status": ("open",),
        "labels": ("net", "import"),
        "owner": ("Ana", "Ben, the other one"),
        "due": (),
        "priority": ("P1",),
        "nested": (),
        "absent": (),
    }


@pytest.mark.parametrize(
    ("key", "words", "old", "new"),
    [
        ("title", "Add backoff", "'Add retries'   #", "Add backoff   #"),
        ("status", "done", "status: open\n", "status: done\n"),
        ("labels", ["net"], '[net, "import"]', "[net]"),
        ("owner", "Carla", '\n  - Ana   # lead\n  - "Ben, the other one"\n#', " Carla\n#"),
        ("owner", [], '\n  - Ana   # lead\n  - "Ben, the other one"\n#', "\n#"),
        ("due", "2026-12-01", "due:\n", "due: 2026-12-01\n"),
        ("priority", "P0", ">-\n  P1\n\nnested", "P0\n\nnested"),
        ("nested", "x", "{a: [b, {c: d}]}", "x"),
        ("new", "y", "---\nBody", "new: y\n---\nBody"),
        ("new", "", "---\nBody", "new:\n---\nBody"),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
def test_one_value_is_replaced_and_no_other_byte(
    key: str, words: str | list[str], old: str, new: str, newline: str, bom: str
) -> None:
    text = bom + BY_HAND.replace("\n", newline)
    old, new = old.replace("\n", newline), new.replace("\n", newline)
    assert text.count(old) == 1
    assert change(parse(text), {key: words}) == text.replace(old, new)


def test_several_values_change_at_once() -> None:
    changed = parse(change(parse(BY_HAND), {"title": "x", "status": "done", "due": "2026-12-01", "z": ["a", "b"]}))
    assert [changed.words(key) for key in ("title", "status", "due", "z")] == [
        ("x",),
        ("done",),
        ("2026-12-01",),
        ("a", "b"),
    ]


STRANGE = [
    "{title: x, status: open}",
    "  title: x\n  status: open",
    "title: x\n...",
    "title: &a x",
    "? title\n: x",
    '"title": x',
    "title : x",
    "title: !!str x",
    "title: |+\n  x\n\n",
    "title: x\n  y\n  z",
    "title: # comment",
    "title:\n  # comment\n  x",
    "title:\n- x\n- \nb: c",
    "title: [x,\n  y] # z",
    "title:\n  a: b\n# end",
    "a: |\n  ---x\ntitle: x",
    "",
]
REFUSED = {(STRANGE[0], "other"), (STRANGE[1], "other"), (STRANGE[2], "other"), (STRANGE[4], "title")}


@pytest.mark.parametrize("key", ["title", "other"])
@pytest.mark.parametrize("head", STRANGE)
def test_a_strange_head_is_changed_right_or_not_at_all(head: str, key: str) -> None:
    """What is written always reads back, with all other keys as they were; else the file is left alone."""
    sheet = parse(f"---\n{head}\n---\nbody")
    if (head, key) in REFUSED:
        with pytest.raises(HeadError, match="`key: value`"):
            change(sheet, {key: "new"})
        return
    text = change(sheet, {key: "new"})
    others = {name: value.words for name, value in sheet.values.items() if name != key}
    assert {name: value.words for name, value in parse(text).values.items()} == {**others, key: ("new",)}
    assert text.endswith("\n---\nbody")


@some
@given(words=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40))
def test_any_words_read_back_alone_and_in_a_list(words: str) -> None:
    for value in (words, [words], [words, "and", words]):
        sheet = parse(f"---\n{line('key', value)}\nnext: 1\n---\n")
        assert sheet.words("key") == ((words,) if value == words else tuple(value))
        assert sheet.words("next") == ("1",)
        assert change(sheet, {"key": value}) == sheet.text


@some
@given(words=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40))
def test_other_readers_of_yaml_see_the_same_words(words: str) -> None:
    read = yaml.safe_load(line("key", [words]))["key"][0]
    assert read == words or not isinstance(read, str)  # dates, numbers and the like have a type there


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("Add retries, and alerts (soon)", "key: Add retries, and alerts (soon)"),
        ("2026-12-01", "key: 2026-12-01"),
        ("Use a: b", 'key: "Use a: b"'),
        ("none", 'key: "none"'),
        ("", "key:"),
        ([], "key:"),
        (["Ana", "Ben, jr"], 'key: [Ana, "Ben, jr"]'),
        ("- x", 'key: "- x"'),
        ("x #1", 'key: "x #1"'),
        ("\u65e5\u672c", "key: \u65e5\u672c"),
        ("a\u2028b\x7f", 'key: "a\\U00002028b\\U0000007f"'),
    ],
)
def test_words_are_quoted_only_where_they_must_be(words: str | list[str], expected: str) -> None:
    assert line("key", words) == expected


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "first line is not ---"),
        ("title: x\n", "first line is not ---"),
        ("---\ntitle: x\n", "ends its head is missing"),
        ("---\ntitle: x\n----\n", "ends its head is missing"),
        ("---\n" + "x: y\n" * 20_000 + "---\n", "ends its head is missing"),
        ("---\ntitle: [x\n---\n", "line 3: did not find expected"),
        ("---\na: 1\ntitle: x: y\n---\n", "line 3: mapping values are not allowed"),
        ("---\n- a\n- b\n---\n", "`key: value` lines"),
        ("---\njust words\n---\n", "`key: value` lines"),
        ("---\na: &x [1]\nb: *x\n---\n", "alias"),
        ("---\na: 1\na: 2\n---\n", "a stands there twice"),
        ("---\n? [a]\n: b\n---\n", "not a word"),
        ("---\na: \x07\n---\n", "not valid YAML"),
        (f"---\na: {'[' * 30_000}\n---\n", "nested"),
        (f"---\n{'- ' * 30_000}\n---\n", "nested"),
    ],
)
def test_what_cannot_be_understood_is_said(text: str, says: str) -> None:
    with pytest.raises(HeadError, match=says):
        parse(text)


@pytest.mark.parametrize(("depth", "refused"), [(DEPTH - 1, False), (DEPTH, True)])
def test_values_may_be_nested_to_a_limit(depth: int, refused: bool) -> None:
    """The head itself is the first level."""
    text = f"---\na: {'[' * depth}x{']' * depth}\n---\n"
    if refused:
        with pytest.raises(HeadError, match="nested more than 20 deep"):
            parse(text)
    else:
        assert parse(text).words("a") == ("x",)


def test_a_comment_after_a_nested_value_stays() -> None:
    text = "---\ntitle:\n  a: b\n# end\nowner:\n- x\n\n# next\nz: 1\n---\n"
    assert change(parse(text), {"title": "t", "owner": "o"}) == (
        "---\ntitle: t\n# end\nowner: o\n\n# next\nz: 1\n---\n"
    )


@pytest.mark.parametrize("piece", ["a", "---x\n", " \t", "\n", "--- \t x\n", "\r"])
def test_time_is_linear(piece: str) -> None:
    start = time.process_time()
    for text in (piece, "---\n" + piece):
        with suppress(HeadError):
            parse(text * (500_000 // len(text)) + "-")
    assert time.process_time() - start < 1.5

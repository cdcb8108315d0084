"""Our link to the postmortem: found in a text that is people's by now, and led elsewhere without another change."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmtrack.model import Draft, Fields, Marker
from pmtrack.trackers import body, links
from pmtrack.trackers.jira import adf, region, wiki
from pmtrack.trackers.jira import links as descriptions

A, B = "a" * 40, "b" * 40
WEB = "https://github.com/acme/pm"
PATHS = ["2026/a b.md", "old.md"]


def draft(link: str, line: int = 12, path: str = PATHS[0], words: str = "Add an alert") -> Draft:
    return Draft(Marker("I1", path, "d"), Fields(words), words, "Outage", "pm", line, link=link)


def page(commit: str = A, line: int = 12, web: str = WEB, path: str = "2026/a%20b.md") -> str:
    return f"{web}/blob/{commit}/{path}?plain=1#L{line}"


NOW = draft(page(B, 40), 40)
LINK = body.link(NOW)


def test_the_link_is_the_one_of_a_new_body() -> None:
    assert LINK in body.markdown(NOW)
    expected = f"[`2026/a b.md`, line 40]({page(B, 40)})"
    assert expected == LINK


def test_it_is_found_and_led_by_the_words_of_a_new_body_wherever_it_led() -> None:
    text = body.markdown(draft("https://elsewhere.example/x"))
    assert links.leads(text, LINK, PATHS) == "https://elsewhere.example/x"
    assert links.led(text, LINK, PATHS) == body.markdown(NOW)


@pytest.mark.parametrize(
    "address",
    [
        page(),
        page(web="https://github.com/old/name"),
        page(path="old.md"),
        f"https://gitlab.com/x/y/-/blob/{A}/2026/a%20b.md?plain=1#L1",
        page(B, 7),
    ],
)
def test_in_words_of_a_teams_own_it_is_found_by_its_address(address: str) -> None:
    text = f"See <{address}> and ({address}), but not {WEB}/blob/main/2026/a%20b.md or {address}0."
    assert links.leads(text, LINK, PATHS) == address
    now = page(B, 40)
    assert links.led(text, LINK, PATHS) == (
        f"See <{now}> and ({now}), but not {WEB}/blob/main/2026/a%20b.md or {address}0."
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no link at all",
        f"a person's: {WEB}/blob/main/2026/a%20b.md#causes",
        f"another document's: {WEB}/blob/{A}/2026/c.md?plain=1#L12",
        f"another document's: {WEB}/blob/{A}/x2026/a%20b.md?plain=1#L12",
        "`2026/a b.md`, line 12",
    ],
)
def test_what_is_not_ours_is_nobodys_business(text: str) -> None:
    assert links.leads(text, LINK, PATHS) == ""
    assert links.led(text, LINK, PATHS) == text


def test_an_address_without_a_commit_is_ours_but_for_its_line() -> None:
    now = draft("https://wiki.example/2026/a%20b.md#40", 40)
    text = "(https://wiki.example/2026/a%20b.md#12) https://wiki.example/2026/c.md#12"
    assert links.led(text, body.link(now), PATHS) == (
        "(https://wiki.example/2026/a%20b.md#40) https://wiki.example/2026/c.md#12"
    )


def test_two_that_differ_by_a_commit_lead_to_the_same_place() -> None:
    assert not links.differ(page(A), page(B))
    assert links.differ(page(A, 1), page(A, 2))
    assert not links.differ("https://h/%7Ea/x.md", "https://h/~a/x.md")
    text = body.markdown(draft(page(A, 40), 40))
    assert links.led(text, LINK, PATHS, only_moved=True) == text
    assert links.led(text, LINK, PATHS) == body.markdown(NOW)


before = st.text(alphabet="ab \n*`[]()<>|{}\\~!:/#.é\u202e", max_size=60)


@given(before, before)
def test_everything_else_stays_byte_for_byte(first: str, last: str) -> None:
    ours = body.link(draft(page()))
    text = f"{first}\n\n{ours}\n\n{last}"
    if links.leads(text, LINK, PATHS) == page():
        assert links.led(text, LINK, PATHS) == f"{first}\n\n{LINK}\n\n{last}"


# ------------------------------------------------------------ descriptions


def description(one: Draft, *, nodes: bool) -> region.Description:
    return region.composed(body.markdown(one), {"Due": "2026-12-01"}, None, nodes=nodes)


@pytest.mark.parametrize("nodes", [True, False])
@pytest.mark.parametrize("path", ["2026/a b.md", "a-b_c*{d}!.md", "~x/ü.md"])
def test_in_a_description_it_is_found_and_led_as_in_markdown(nodes: bool, path: str) -> None:
    old = draft("https://h.example/x~y/blob?a=1#L3", 3, path)
    now = draft(page(B, 40, path="p.md"), 40, path)
    found = descriptions.leads(description(old, nodes=nodes), body.link(now), [path])
    assert not links.differ(found, old.link)
    led = descriptions.led(description(old, nodes=nodes), body.link(now), [path])
    assert led == description(now, nodes=nodes)
    assert descriptions.led(led, body.link(now), [path]) == led


def test_in_nodes_with_other_words_only_the_address_is_changed() -> None:
    link = {"type": "link", "attrs": {"href": page(), "title": "t"}}
    strong = {"type": "strong"}
    text = [{"type": "text", "text": "the postmortem", "marks": [strong, link]}]
    person = {"type": "text", "text": "mine", "marks": [{"type": "link", "attrs": {"href": "https://x.example"}}]}
    table = {"type": "panel", "attrs": {"panelType": "info"}, "content": [{"type": "paragraph", "content": text}]}
    node: dict[str, Any] = {"version": 1, "type": "doc", "content": [{"type": "paragraph", "content": [person]}, table]}
    after = descriptions.led(node, LINK, PATHS)
    assert isinstance(after, dict)
    assert after["content"][0] == node["content"][0]
    led = after["content"][1]["content"][0]["content"][0]
    assert led == {**text[0], "marks": [strong, {"type": "link", "attrs": {"href": page(B, 40), "title": "t"}}]}


@pytest.mark.parametrize("odd", [None, "", {}, {"content": None}, {"content": [1, {"marks": [3]}, {"marks": "x"}]}])
def test_what_is_no_description_leads_nowhere_and_stays(odd: Any) -> None:
    assert descriptions.leads(odd, LINK, PATHS) == ""
    assert descriptions.led(odd, LINK, PATHS) == odd


def test_a_link_in_markup_is_made_of_two_with_one_address() -> None:
    (block,) = adf.of_markdown(LINK)
    assert descriptions.MARKUP.fullmatch(wiki.of_nodes([block]))


def test_a_templates_link_is_found_too(tmp_path: Path) -> None:
    (tmp_path / "t.j2").write_text("Asked for in [{{ postmortem }}]({{ link }}) by {{ owners }}.")
    template = body.template(tmp_path / "t.j2")
    text = body.markdown(draft(page()), template=template)
    assert links.led(text, LINK, PATHS) == body.markdown(replace(NOW), template=template)

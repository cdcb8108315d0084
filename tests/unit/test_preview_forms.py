"""A preview as people read it: whatever a document says, nothing in it acts; and it stays short."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from pmtrack.model import IssueRef, State, Status
from pmtrack.reports.preview import ASIDE, FORMS, MOST, Coming, Moving, Preview, render
from pmtrack.reports.values import ReportRow
from pmtrack.sources.git.checkout import _key

HOSTILE = "Ask @everyone | closes #1 <img src=x> [x](javascript:alert(1)) `a` \x1b[31mred"
ROW = ReportRow(
    id="I1",
    source="pm",
    postmortem="a.md",
    postmortem_title="Outage",
    line=7,
    text="Alert on refusals",
    status=Status.OPEN,
    owners=("Ana",),
    priority="P1",
    due=date(2026, 12, 1),
    due_source=None,
    overdue_days=0,
    ticket=None,
    state=State.NOT_CREATED,
)
BEFORE = replace(ROW, id="I0", postmortem="b.md", line=3, ticket=IssueRef("shop", "1", "#1", "https://host/issues/1"))
MOVING = Moving("close", "Rotate the key", "a.md", 9, BEFORE.ticket, "status: open -> done", "https://host/a.md#L9")


DRAFT = Coming(ROW, "shop", waits="draft: a.md waits until it says “status: final”", draft=True)


def hostile() -> Preview:
    row = replace(ROW, text=HOSTILE, owners=(HOSTILE,), priority=HOSTILE, postmortem=HOSTILE)
    coming = Coming(
        row, HOSTILE, "https://host/a", HOSTILE, (HOSTILE,), HOSTILE, (replace(BEFORE, postmortem=HOSTILE),)
    )
    return Preview((coming,), (replace(MOVING, text=HOSTILE, words=HOSTILE),), {"closed": 1}, (HOSTILE,))


@pytest.mark.parametrize("form", ["text", "markdown"])
def test_hostile_words_reach_no_terminal(form: str) -> None:
    assert "\x1b" not in render(hostile(), form)


def test_hostile_words_do_nothing_on_a_page() -> None:
    said = render(hostile(), "markdown")
    for trigger in ("@everyone", "#1 <", "<img", "](javascript:"):
        assert trigger not in said, trigger
    rows = [line for line in said.splitlines() if line.startswith("|")]
    assert {line.count(" | ") for line in rows[2:]} == {4}, "a bar in a title is no column"


def test_the_whole_of_it() -> None:
    coming = Coming(ROW, "shop", "https://host/a.md#L7", "", ("no owner",), "asked for 2 times", (BEFORE,))
    said = render(Preview((coming,), (MOVING,), {"closed": 2}), "markdown")
    assert said == (
        "### pmtrack: merging creates 1 issue, closes 1\n"
        "\n"
        "| Action item | Owner | Due | Priority | Issue in |\n"
        "| --- | --- | --- | --- | --- |\n"
        "| [Alert on refusals](https://host/a.md#L7) | Ana | 2026-12-01 | P1 | shop |\n"
        "\n"
        "**To mend before anybody forgets**\n"
        "\n"
        "- [a.md:7](https://host/a.md#L7): no owner\n"
        "\n"
        "**Asked for before**\n"
        "\n"
        "- Alert on refusals: asked for 2 times (b.md:3, [#\u200b1](https://host/issues/1))\n"
        "\n"
        "**Also**\n"
        "\n"
        "- close [#\u200b1](https://host/issues/1): [Rotate the key](https://host/a.md#L9) (status: open -> done)\n"
        f"- 2 new {ASIDE['closed']}\n"
    )


@pytest.mark.parametrize(
    ("preview", "headline"),
    [
        (Preview(), "merging changes nothing that concerns action items"),
        (Preview(aside={"closed": 1}), "merging creates no issue"),
        (Preview(problems=("x",)), "merging creates no issue"),
        (Preview((Coming(ROW, "shop"),) * 2), "merging creates 2 issues"),
        (Preview((Coming(ROW, "shop", waits="held"),)), "merging would create 1 more after a yes"),
        (Preview((DRAFT,)), "merging keeps 1 item in a draft"),
        (
            Preview((Coming(ROW, "shop"), Coming(ROW, "shop", waits="held"), DRAFT, DRAFT)),
            "merging creates 1 issue, would create 1 more after a yes, keeps 2 items in a draft",
        ),
        (Preview((), (MOVING, replace(MOVING, verb="update"))), "merging closes 1, updates 1"),
    ],
)
def test_the_headline_says_what_matters(preview: Preview, headline: str) -> None:
    assert preview.headline == headline
    for form in FORMS:
        assert headline in render(preview, form)


def test_a_draft_is_told_once_and_apart_from_what_needs_a_yes() -> None:
    said = render(Preview((DRAFT, DRAFT, Coming(ROW, "shop", waits="held"))), "markdown")
    assert said.count("| shop, of a draft |") == 2
    assert said.count("| shop, after a yes |") == 1
    assert "**Waits for a yes after merging**\n\n- held\n\n**Drafts**\n\n- draft: a.md waits until it says" in said
    assert said.count("waits until") == 1
    assert render(Preview((DRAFT,)), "text").count("draft: a.md waits until") == 1
    (one,) = json.loads(render(Preview((DRAFT,)), "json"))["create"]
    assert (one["draft"], one["waits"]) == (True, DRAFT.waits)


def test_nothing_is_longer_than_a_comment_may_be() -> None:
    long = replace(ROW, text="x" * 200, owners=("y" * 100,))
    found, address = ("z" * 200,), "https://host/" + "p" * 80
    coming = tuple(Coming(replace(long, id=str(at)), "shop", address, "", found) for at in range(500))
    said = render(Preview(coming), "markdown")
    assert f"and {500 - MOST} more" in said
    assert len(said) < 65_536
    assert len(json.loads(render(Preview(coming), "json"))["create"]) == 500


@pytest.mark.parametrize(
    "address",
    [
        "https://github.com/acme/shop",
        "https://github.com/acme/shop.git",
        "https://x-access-token@GitHub.com/Acme/Shop.git/",
        "ssh://git@github.com/acme/shop.git",
        "git@github.com:acme/shop.git",
        "github.com:acme/shop",
    ],
)
def test_every_way_to_write_an_address_names_the_same_repository(address: str) -> None:
    assert _key(address, Path("/x")) == "github.com/acme/shop"


def test_other_repositories_are_others() -> None:
    others = ["https://github.com/acme/shop2", "https://gitlab.com/acme/shop", "../shop.git", "/srv/shop.git"]
    keys = {_key(address, Path("/x/y")) for address in others}
    assert len(keys) == len(others)
    assert _key("../shop.git", Path("/x/y")) == _key("/x/shop", Path("/elsewhere"))

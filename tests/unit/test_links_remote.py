"""Our link to the postmortem in issues on GitHub and in Jira: what is asked and sent, and what of people's stays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from pmtrack.errors import TrackerError
from pmtrack.model import Draft, FieldChange, Status
from pmtrack.trackers.jira import adf
from support.github import Person
from support.github.people import typed
from support.github_shop import REPOSITORY
from support.github_shop import Shop as GitHubShop
from support.github_shop import draft as on_github
from support.github_shop import open_shop as open_github
from support.jira_shop import Shop as JiraShop
from support.jira_shop import draft as in_jira
from support.jira_shop import open_shop as open_jira

DONE = [FieldChange("status", Status.OPEN, Status.DONE)]


def page(commit: str, line: int, owner: str = "acme") -> str:
    return f"https://github.com/{owner}/pm/blob/{commit * 40}/2026/checkout.md?plain=1#L{line}"


def moved(one: Draft, line: int = 40, owner: str = "acme") -> Draft:
    return replace(one, link=page("b", line, owner), line=line)


# ------------------------------------------------------------ GitHub


@pytest.fixture
def shop() -> Iterator[GitHubShop]:
    with open_github() as opened:
        yield opened


def test_on_github_it_is_one_look_and_one_write(shop: GitHubShop) -> None:
    old = replace(on_github(), link=page("a", 12))
    tracker = shop.connect()
    made = tracker.create(old)
    before = typed(f"Before.\n\n{shop.person().look(1).body}\n\nAfter, see {page('a', 120)}.")
    shop.person().edit(1, body=before)
    shop.requests()
    tracker.lead(made.ref, moved(old))
    assert shop.requests() == ["GET /issues/1 200", "PATCH /issues/1 200"]
    told = f"[`2026/checkout.md`, line 12]({page('a', 12)})", f"[`2026/checkout.md`, line 40]({page('b', 40)})"
    assert shop.person().look(1).body == before.replace(*told)
    tracker.lead(made.ref, moved(old))
    assert shop.requests() == ["GET /issues/1 200"], "what leads there already is not written"


def test_on_github_many_are_looked_at_by_pages(shop: GitHubShop) -> None:
    tracker = shop.connect()
    olds = [replace(on_github(ident=f"I{at}"), link=page("a", at)) for at in range(1, 41)]
    made = [tracker.create(old) for old in olds]
    shop.requests()
    found = tracker.leads({issue.ref.id: moved(old) for issue, old in zip(made, olds, strict=True)})
    assert found == {issue.ref.id: old.link for issue, old in zip(made, olds, strict=True)}
    assert shop.requests() == ["GET /issues 200"]
    assert len(tracker.leads({made[0].ref.id: moved(olds[0])})) == 1
    assert shop.requests() == ["GET /issues/1 200"]


def test_on_github_a_transferred_issue_is_followed_and_another_persons_is_none(shop: GitHubShop) -> None:
    shop.hub.add_repo("acme/other", people="bot ana")
    old = replace(on_github(), link=page("a", 12))
    tracker = shop.connect()
    made = tracker.create(old)
    shop.person().transfer(1, "acme/other")
    tracker = shop.connect()
    assert tracker.leads({made.ref.id: moved(old)}) == {made.ref.id: old.link}
    tracker.lead(made.ref, moved(old))
    assert page("b", 40) in (Person.at(shop.hub, "ana", "acme/other").look(1).body or "")
    theirs = shop.person("ana").open("Mine", f"see [`2026/checkout.md`, line 12]({page('a', 12)})")
    ident = f"{shop.hub.repo(REPOSITORY).id}/{theirs}"
    assert tracker.leads({ident: moved(old)}) == {}


def test_on_github_what_cannot_be_written_is_said(shop: GitHubShop) -> None:
    old = replace(on_github(), link=page("a", 12))
    tracker = shop.connect()
    made = tracker.create(old)
    shop.person().archive()
    with pytest.raises(TrackerError, match="is archived"):
        tracker.lead(made.ref, moved(old))
    assert tracker.leads({made.ref.id: moved(old)}) == {made.ref.id: old.link}


# ------------------------------------------------------------ Jira


@pytest.fixture(params=[("cloud", 3), ("cloud", 2), ("center", 2)], ids=lambda one: f"{one[0]} {one[1]}")
def jira(request: pytest.FixtureRequest) -> Iterator[tuple[JiraShop, dict[str, Any]]]:
    kind, api = request.param
    with open_jira(cloud=kind == "cloud") as opened:
        yield opened, {"api": api} if kind == "cloud" else {}


def words(shop: JiraShop, ident: str) -> str:
    told = shop.hub.issue(ident).values.get("description")
    return told if isinstance(told, str) else adf.words(told)


def beside(shop: JiraShop, ident: str) -> list[tuple[int, str]]:
    return [(link.id, link.what["object"]["url"]) for link in shop.hub.issue(ident).links]


def test_in_jira_the_link_beside_an_issue_follows_too(jira: tuple[JiraShop, dict[str, Any]]) -> None:
    shop, given = jira
    old = in_jira(link=page("a", 12))
    tracker = shop.connect(**given)
    made = tracker.create(old)
    ((number, address),) = beside(shop, made.ref.id)
    assert address == old.link
    shop.requests()
    tracker.lead(made.ref, moved(old))
    assert beside(shop, made.ref.id) == [(number, page("b", 40))], "the same one, by its global id"
    assert [line.split()[0] for line in shop.writes()] == ["POST", "PUT"]
    assert tracker.leads({made.ref.id: moved(old)}) == {made.ref.id: page("b", 40)}
    assert "line 40" in words(shop, made.ref.id)
    assert shop.connect(**given).fetch([made.ref.id])[made.ref.id].fields == made.fields  # type: ignore[union-attr]


def test_in_jira_it_follows_with_another_change_and_costs_nothing_where_it_did_not_move(
    jira: tuple[JiraShop, dict[str, Any]],
) -> None:
    shop, given = jira
    old = in_jira(link=page("a", 12))
    tracker = shop.connect(**given)
    made = tracker.create(old)
    shop.writes()
    tracker.update(made.ref, DONE, replace(old, link=page("b", 12)))
    assert [line for line in shop.writes() if "remotelink" in line or line.startswith("PUT")] == []
    tracker.update(made.ref, [FieldChange("status", Status.DONE, Status.OPEN)], moved(old))
    assert beside(shop, made.ref.id)[0][1] == page("b", 40)
    assert "line 40" in words(shop, made.ref.id)


def test_in_jira_a_link_that_is_beside_the_issue_only_is_known(jira: tuple[JiraShop, dict[str, Any]]) -> None:
    shop, given = jira
    shop.person().take_off_screen("description")
    old = in_jira(link=page("a", 12))
    tracker = shop.connect(**given)
    made = tracker.create(old)
    assert tracker.leads({made.ref.id: moved(old)}) == {made.ref.id: old.link}
    tracker.lead(made.ref, moved(old))
    assert tracker.leads({made.ref.id: moved(old)}) == {made.ref.id: page("b", 40)}


def test_in_jira_a_description_that_cannot_be_edited_is_said_before_anything_is_sent(
    jira: tuple[JiraShop, dict[str, Any]],
) -> None:
    shop, given = jira
    old = in_jira(link=page("a", 12))
    tracker = shop.connect(**given)
    made = tracker.create(old)
    shop.person().take_off_screen("description")
    shop.writes()
    with pytest.raises(TrackerError, match="its description cannot be edited: put it on the project's edit screen"):
        tracker.lead(made.ref, moved(old))
    assert shop.writes() == []
    tracker.update(made.ref, DONE, moved(old))
    assert beside(shop, made.ref.id) == [(beside(shop, made.ref.id)[0][0], old.link)], "it stays with its description"


def test_in_jira_many_are_looked_at_together() -> None:
    with open_jira() as shop:
        tracker = shop.connect()
        olds = [in_jira(ident=f"I{at}", link=page("a", at)) for at in range(1, 8)]
        made = [tracker.create(old) for old in olds]
        shop.requests()
        found = tracker.leads({issue.ref.id: moved(old) for issue, old in zip(made, olds, strict=True)})
        assert list(found.values()) == [old.link for old in olds]
        assert shop.requests() == ["POST issue/bulkfetch 200"]

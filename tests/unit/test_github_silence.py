"""The library has a log of its own on standard error; what it would say there is not ours to say."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pmtrack.model import Issue
from support.github_shop import Shop, draft, open_shop


@pytest.fixture
def shop() -> Iterator[Shop]:
    with open_shop() as made:
        yield made


def test_an_issue_that_was_transferred_is_followed_without_a_word(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    tracker = shop.connect()
    made = tracker.create(draft())
    shop.hub.add_repo("acme/attic", people="bot")
    shop.person().transfer(shop.number(made), "acme/attic")
    found = shop.connect().fetch([made.ref.id])[made.ref.id]
    assert isinstance(found, Issue)
    assert (found.ref.id, found.ref.key) == (made.ref.id, "acme/attic#1")
    assert [record.getMessage() for record in caplog.records if record.name.startswith("github")] == []

"""What an answer means: a limit, a refusal that somebody can mend, or nothing certain. Tables, no request."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pmtrack.trackers.github import answers
from pmtrack.trackers.github.answers import Answer, Broken

NOW = 1_800_000_000.0
DATE = {"date": "Fri, 15 Jan 2027 08:00:00 GMT"}  # the same moment
SECONDARY = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
PRIMARY = "API rate limit exceeded for user ID 1."


def answer(status: int, message: str = "", headers: dict[str, str] | None = None, **more: Any) -> Answer:
    return Answer(status, headers or {}, json.dumps({"message": message, **more}))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (answer(403, SECONDARY, {"retry-after": "42"}), 42),
        (answer(429, SECONDARY, {"retry-after": "42"}), 42),
        (answer(429, "", {"retry-after": "0"}), 1),
        (answer(403, SECONDARY), 60),
        (answer(429), 60),
        (answer(403, "abuse detection mechanism"), 60),
        (answer(403, "No", {"retry-after": "7"}), 7),
        (answer(429, "", {"retry-after": "Fri, 15 Jan 2027 08:00:30 GMT", **DATE}), 30),
        (answer(429, "", {"retry-after": "soon"}), 60),
        (answer(403, PRIMARY, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(NOW) + 600), **DATE}), 600),
        (answer(403, PRIMARY, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(NOW) + 600)}), 600),
        (answer(403, PRIMARY, {"x-ratelimit-remaining": "0"}), 60),
        (answer(403, "Resource not accessible by integration"), None),
        (answer(200, "", errors=[{"type": "RATE_LIMITED", "message": "API rate limit exceeded"}]), 60),
        (answer(200, "rate limit in the words of an issue"), None),
        (answer(404), None),
        (answer(502, SECONDARY), None),
        (Answer(200, {}, '[{"title": "rate limit"}]'), None),
    ],
)
def test_which_answers_are_limits_and_how_long(given: Answer, expected: float | None) -> None:
    assert answers.wait(given, NOW) == expected


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, None),
        ({"x-ratelimit-remaining": "1", "x-ratelimit-reset": str(int(NOW) + 5)}, None),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(NOW) + 5), **DATE}, 5),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(NOW) - 5), **DATE}, 1),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "x"}, 60),
    ],
)
def test_when_the_account_may_go_on(headers: dict[str, str], expected: float | None) -> None:
    assert answers.until_reset(Answer(200, headers, ""), NOW) == expected


@pytest.mark.parametrize(
    ("given", "says", "permanent"),
    [
        (answer(401, "Bad credentials"), "does not accept the token: put a valid one into PMTRACK_SHOP_TOKEN", True),
        (answer(403, "Repository was archived so is read-only."), "acme/shop is archived: unarchive it", True),
        (answer(410, "Issues are disabled for this repo"), "issues are switched off in acme/shop", True),
        (answer(410, "Issues has been disabled in this repository."), "issues are switched off in acme/shop", True),
        (answer(403, "x", {"x-github-sso": "required"}), "authorised for single sign-on", True),
        (answer(403, "Unable to create comment because issue is locked."), "#7 is locked: unlock it", False),
        (answer(403, "x", {"x-accepted-github-permissions": "issues=write"}), "the permission issues=write", True),
        (answer(403, "Must have admin rights"), "may not do that in acme/shop (Must have admin rights): give", True),
        (answer(410, "This issue was deleted"), "#7 was deleted: remove the item, or let it have a new issue", True),
        (answer(404, "Not Found"), "acme/shop is not there, or the token cannot see it: check its name", True),
        (
            answer(422, "Validation Failed", errors=[{"field": "title", "code": "bad"}, {"message": "too long"}, 5]),
            "GitHub does not take it (Validation Failed: title bad, too long, 5): mend the item",
            True,
        ),
        (answer(400, "Problems parsing JSON"), "does not take it (Problems parsing JSON)", True),
        (answer(418, "teapot"), "GitHub answered 418 for #7: the next run tries again", False),
        (Answer(403, {}, "<html>"), "the token may not do that in acme/shop", True),
        (Answer(403, {}, ""), "the token may not do that in acme/shop", True),
    ],
)
def test_a_refusal_is_one_sentence_with_what_to_do(given: Answer, says: str, permanent: bool) -> None:
    error = answers.refusal(given, "acme/shop", "PMTRACK_SHOP_TOKEN", "#7")
    assert says in str(error)
    assert error.permanent is permanent
    assert "\n" not in str(error)


def test_hostile_words_of_a_server_stay_on_one_line() -> None:
    error = answers.refusal(answer(403, "a\nb\x1b[31m{repository}" + "x" * 1000), "acme/shop", "V")
    assert "a b{repository}" in str(error)
    assert len(str(error)) < 500


@pytest.mark.parametrize("text", ["", "{", "<html>", '{"id": 1', "null", "[]", "5", '{"id": "1"}'])
def test_a_cut_answer_is_no_issue(text: str) -> None:
    with pytest.raises(Broken):
        Answer(201, {}, text).issue()


@pytest.mark.parametrize("text", ["", "[", "{}", "null", "[1]", '[{"id": 1}, null]'])
def test_a_cut_answer_is_no_list(text: str) -> None:
    with pytest.raises(Broken):
        Answer(200, {}, text).entries()

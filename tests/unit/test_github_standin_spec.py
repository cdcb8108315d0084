"""The stand-in's reading of GitHub's API description: it must catch what the description forbids."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
import requests

from support.github import Hub, Person, serve
from support.github.core import ROUTES
from support.github.limits import creates_content
from support.github.spec import ABSENT, BEYOND, Spec, description
from support.github.wire import Answer, Request

ISSUES = "/repos/acme/shop/issues"


@pytest.fixture
def spec() -> Spec:
    found = description()
    if found is None:
        pytest.skip(ABSENT)
    return found


def asked(method: str, path: str, body: Any = None, **query: str) -> Request:
    return Request(method, path, query, body=b"" if body is None else json.dumps(body).encode())


@pytest.mark.parametrize(
    "request_",
    [
        asked("POST", ISSUES, {"title": "A", "labels": ["x"], "assignees": ["ana"], "milestone": None}),
        asked("PATCH", f"{ISSUES}/1", {"state": "closed", "state_reason": "not_planned", "milestone": ""}),
        asked("GET", ISSUES, state="all", since="2026-11-21T12:00:00Z", per_page="100"),
        asked("GET", "/repositories/7/issues", page="2"),
        asked("POST", f"{ISSUES}/1/sub_issues", {"sub_issue_id": 7}),
        asked("DELETE", "/installation/token"),
    ],
)
def test_what_is_right_passes(spec: Spec, request_: Request) -> None:
    assert spec.request_problems(request_) == []


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (asked("POST", ISSUES, {"body": "x"}), "'title' is missing"),
        (asked("POST", ISSUES), "the body is missing"),
        (asked("POST", ISSUES, {"title": "A", "assignees": "ana"}), "is not of type array"),
        (asked("POST", ISSUES, {"title": "A", "due_on": "2026-12-01"}), "no key 'due_on'"),
        (asked("PATCH", f"{ISSUES}/1", {"state_reason": "wontfix"}), "'wontfix' is none of"),
        (asked("PATCH", f"{ISSUES}/1", {"milestone": [1]}), "fits none of 2 forms"),
        (asked("POST", f"{ISSUES}/1/sub_issues", {"sub_issue_id": True}), "is not of type integer"),
        (asked("GET", ISSUES, state="done"), "'done' is none of"),
        (asked("GET", ISSUES, since="yesterday"), "is not a date-time"),
        (asked("GET", ISSUES, per_page="many"), "is not of type integer"),
        (asked("GET", ISSUES, sort_by="updated"), "no query parameter 'sort_by'"),
        (asked("GET", "/repos/acme/shop/problems"), "knows no GET /repos/acme/shop/problems"),
        (asked("PUT", ISSUES, {}), "knows no PUT"),
        (Request("POST", ISSUES, body=b"{"), "is not JSON"),
    ],
)
def test_what_is_wrong_in_a_request_is_named(spec: Spec, request_: Request, words: str) -> None:
    (problem,) = spec.request_problems(request_)
    assert words in problem


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(200, {"login": "ana"}), "fits none of 2 forms"),
        (Answer(201, {}), "knows no answer 201"),
        (Answer(304, {}), "a body where none belongs"),
        (Answer(403, {"message": 1}), "is not of type string"),
    ],
)
def test_what_is_wrong_in_an_answer_is_named(spec: Spec, answer: Answer, words: str) -> None:
    (problem,) = spec.answer_problems(asked("GET", "/user"), answer)
    assert words in problem


SCHEMAS: tuple[tuple[Mapping[str, Any], Any, Any], ...] = (
    ({"type": "integer"}, 1, True),
    ({"type": "number"}, 1.5, "1"),
    ({"type": "string", "nullable": True}, None, 1),
    ({"type": "string"}, "", None),
    ({"enum": ["a", None]}, None, "b"),
    ({"type": "array", "items": {"type": "string"}}, ["a"], ["a", 1]),
    ({"properties": {"a": {"type": "string"}}, "additionalProperties": False}, {"a": "b"}, {"b": "b"}),
    ({"additionalProperties": {"type": "string"}}, {"a": "b"}, {"a": 1}),
    ({"anyOf": [{"type": "string"}, {"type": "integer"}]}, 1, 1.5),
    ({"oneOf": [{"type": "number"}, {"type": "integer"}]}, 1.5, 1),
    ({"allOf": [{"required": ["a"]}, {"required": ["b"]}]}, {"a": 1, "b": 1}, {"a": 1}),
    ({"format": "uri"}, "http://host/x", "x"),
    ({"format": "date-time"}, "2026-11-21T12:00:00Z", "2026-11-21"),
    ({"$ref": "#/components/schemas/basic-error"}, {"message": "No"}, {"message": None}),
)


@pytest.mark.parametrize(("schema", "good", "bad"), SCHEMAS, ids=str)
def test_each_keyword(spec: Spec, schema: Mapping[str, Any], good: Any, bad: Any) -> None:
    assert list(spec.problems(schema, good)) == []
    assert len(list(spec.problems(schema, bad))) == 1


def test_every_operation_that_is_served_is_described(spec: Spec) -> None:
    described = {(method, template) for method, template, _ in spec.templates()} | set(BEYOND)
    assert {(route.method, route.template) for route in ROUTES} <= described


def test_the_description_says_which_requests_create_content(spec: Spec) -> None:
    for method, template, what in spec.templates():
        said = "Creating content too quickly" in what["description"]
        path = template.replace("{issue_number}", "1").replace("{issue_field_id}", "2")
        assert creates_content(Request(method, path)) == said, (method, template)


def test_a_wrong_request_fails_the_test_that_sent_it(spec: Spec) -> None:
    hub = Hub(spec=spec)
    hub.add_repo("acme/shop")
    with pytest.raises(AssertionError, match="no query parameter 'what'"), serve(hub) as url:
        requests.get(f"{url}{ISSUES}?what=all", timeout=5)


def test_a_wrong_answer_fails_the_test_that_met_it(spec: Spec) -> None:
    hub = Hub(spec=spec, web="nowhere")
    hub.add_repo("acme/shop", private=False)
    with pytest.raises(AssertionError, match=r"html_url: 'nowhere/acme/shop' is not a uri"), serve(hub) as url:
        requests.get(f"{url}/repos/acme/shop", timeout=5)


def test_without_the_description_all_else_works() -> None:
    hub = Hub(spec=None)
    hub.add_repo("acme/shop", people="ana")
    for number in (1, 2):  # a hub may be served again, and remembers
        with serve(hub):
            assert Person.at(hub, "ana", "acme/shop").open("One") == number

"""The stand-in's reading of Jira's API description and of the schema of ADF: they must catch what these forbid."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests

from support.jira import Hub, serve
from support.jira.adf import ABSENT as NO_SCHEMA
from support.jira.adf import problems, schema
from support.jira.core import BOTH, CLOUD, ROUTES
from support.jira.desk import KEY, Desk, adf, body, serving
from support.jira.spec import ABSENT, Spec, description
from support.jira.wire import Answer, Request

V3 = "/rest/api/3"


@pytest.fixture
def spec() -> Spec:
    found = description()
    if found is None:
        pytest.skip(ABSENT)
    return found


def asked(method: str, path: str, sent: Any = None, **query: str) -> Request:
    return Request(method, V3 + path, query, body=b"" if sent is None else json.dumps(sent).encode())


RIGHT = (
    asked("POST", "/issue", {"fields": body(), "properties": [{"key": "pm", "value": {"id": 1}}]}),
    asked("GET", "/issue/OPS-1", fields="summary,status", properties="pm", expand="changelog"),
    asked("POST", "/issue/OPS-1/transitions", {"transition": {"id": 31}}),
    asked("POST", "/search/jql", {"jql": "project = OPS", "reconcileIssues": [1], "expand": None}),
    asked("GET", "/search/jql", jql="project = OPS", reconcileIssues="1,2", maxResults="100"),
    asked("PUT", "/issue/OPS-1", {"fields": {}}, notifyUsers="False"),
    asked("PUT", "/issue/OPS-1/properties/pm", {"anything": [1, None]}),
    Request("GET", "/rest/api/2/issue/OPS-1"),
    Request("GET", "/rest/applinks/latest/listApplicationlinks"),
)


@pytest.mark.parametrize("request_", RIGHT)
def test_what_is_right_passes(spec: Spec, request_: Request) -> None:
    assert spec.request_problems(request_) == []


WRONG = (
    (asked("POST", "/issue"), "the body is missing"),
    (asked("POST", "/issue", {"fields": []}), "is not of type object"),
    (asked("POST", "/issue", {"field": {}}), "no key 'field'"),
    (asked("POST", "/search/jql", {"jql": 1}), "is not of type string"),
    (asked("POST", "/search/jql", {"jql": "a = b", "startAt": 5}), "no key 'startAt'"),
    (asked("GET", "/search/jql", jql="a = b", reconcileIssues="1,x"), "is not of type integer"),
    (asked("GET", "/issue/OPS-1", expands="changelog"), "no query parameter 'expands'"),
    (asked("PUT", "/issue/OPS-1", {}, notifyUsers="no"), "is not of type boolean"),
    (asked("POST", "/issue/OPS-1/remotelink", {"globalId": "a"}), "'object' is missing"),
    (asked("POST", "/issue/OPS-1/transitions", {"transition": "31"}), "is not of type object"),
    (asked("GET", "/issues"), "knows no GET /rest/api/3/issues"),
)


@pytest.mark.parametrize(("request_", "words"), WRONG)
def test_what_is_wrong_in_a_request_is_named(spec: Spec, request_: Request, words: str) -> None:
    (problem,) = spec.request_problems(request_)
    assert words in problem


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(200, {"displayName": 1}), "is not of type string"),
        (Answer(201, {}), "knows no such answer"),
        (Answer(404, {"message": "No"}), "no key 'message'"),
    ],
)
def test_what_is_wrong_in_an_answer_is_named(spec: Spec, answer: Answer, words: str) -> None:
    (problem,) = spec.answer_problems(asked("GET", "/myself"), answer)
    assert words in problem


def test_every_operation_that_cloud_serves_is_described(spec: Spec) -> None:
    described = {(method, template) for method, template, _ in spec.templates()}
    served = {(route.method, V3 + route.template) for route in ROUTES if route.where in (BOTH, CLOUD)}
    assert served <= described


def test_a_wrong_request_fails_the_test_that_sent_it(spec: Spec) -> None:
    with pytest.raises(AssertionError, match="no query parameter 'what'"), serving(Desk(spec=spec)) as desk:
        desk.raw("GET", "/myself?what=all")


def test_data_center_is_not_held_against_the_description() -> None:
    with serving(Desk(cloud=False)) as desk:
        desk.raw("GET", "/myself?what=all")
    assert desk.hub.violations == []


def test_a_client_that_does_not_wait_fails_the_test() -> None:
    desk = Desk()
    desk.hub.limits.amounts["burst"] = 1
    with pytest.raises(AssertionError, match="told to wait"), serving(desk):
        assert [desk.raw("GET", "/myself").status_code for _ in range(3)] == [200, 429, 429]


def test_without_the_description_all_else_works() -> None:
    hub = Hub(spec=None)
    hub.add_project(KEY, people="ana")
    with serve(hub) as url:
        assert requests.get(f"{url}/rest/api/3/serverInfo?x=1", timeout=5).json()["deploymentType"] == "Cloud"


# ---------------------------------------------------------------- ADF


def node(kind: str, *content: Any, **attrs: Any) -> dict[str, Any]:
    return {"type": kind, **({"content": list(content)} if content else {}), **({"attrs": attrs} if attrs else {})}


def text(words: str, *marks: Any) -> dict[str, Any]:
    return {"type": "text", "text": words, **({"marks": list(marks)} if marks else {})}


LINK = {"type": "link", "attrs": {"href": "https://wiki/1"}}
GOOD = (
    node("paragraph", text("a"), node("hardBreak"), text("b", LINK, {"type": "strong"})),
    node("heading", text("Why"), level=2),
    node("bulletList", node("listItem", node("paragraph", text("a")))),
    node("codeBlock", text("x = 1"), language="python"),
    node("rule"),
    node("panel", node("paragraph", text("a")), panelType="info"),
)
BAD = (
    text("bare"),
    node("paragraph", text("")),
    node("paragraph", {"type": "text"}),
    node("paragraph", text("a", {"type": "blink"})),
    node("heading", text("Why")),
    node("heading", text("Why"), level=9),
    node("bulletList", node("paragraph", text("a"))),
    node("codeBlock", text("a", LINK)),
    node("nonsense"),
)


@pytest.fixture
def _schema() -> None:
    if schema() is None:
        pytest.skip(NO_SCHEMA)


@pytest.mark.usefixtures("_schema")
@pytest.mark.parametrize("block", GOOD)
def test_a_good_document_passes(block: Any) -> None:
    assert problems({**adf(), "content": [block]}) == []


@pytest.mark.usefixtures("_schema")
@pytest.mark.parametrize("block", BAD)
def test_a_bad_document_is_caught(block: Any) -> None:
    assert problems({**adf(), "content": [block]})


@pytest.mark.parametrize("value", [None, "words", [], {}, {"type": "doc"}, {"type": "doc", "version": 1}])
def test_what_is_no_document_at_all_is_caught_without_the_schema(value: Any) -> None:
    assert problems(value)

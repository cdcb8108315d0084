"""What the stand-in tells by itself: signed as GitHub signs, and as unreliably delivered."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from support.github import Hub, Person
from support.github.spec import DESCRIPTION

SECRET = "between us"
EXAMPLES = DESCRIPTION.with_name("github-webhook-examples.json")


class Receiver(HTTPServer):
    """Keeps what comes, and answers with `status`."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Receiving)
        self.came: list[tuple[dict[str, str], bytes]] = []
        self.status = 204
        self.url = f"http://127.0.0.1:{self.server_port}/hook"

    def actions(self) -> list[str]:
        return [json.loads(body)["action"] for _, body in self.came]


class _Receiving(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.came.append((dict(self.headers.items()), body))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *_args: Any) -> None: ...


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        thread = threading.Thread(target=receiver.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield receiver
        receiver.shutdown()
        thread.join()


@pytest.fixture
def hub(receiver: Receiver) -> Hub:
    hub = Hub()
    hub.add_repo("acme/shop", people="ana bo")
    hub.hooks.to(receiver.url, SECRET)
    return hub


@pytest.fixture
def ana(hub: Hub) -> Person:
    return Person.at(hub, "ana", "acme/shop")


def test_it_is_signed_over_its_bytes(hub: Hub, ana: Person, receiver: Receiver) -> None:
    ana.open("Übung")
    assert hub.hooks.deliver() == [204]
    ((headers, body),) = receiver.came
    assert headers["X-Hub-Signature-256"] == "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    assert headers["X-Github-Event"] == "issues"
    assert json.loads(body)["issue"]["title"] == "Übung"


def test_each_change_is_told(hub: Hub, ana: Person, receiver: Receiver) -> None:
    ana.open("One")
    ana.edit(1, title="Other")
    ana.label(1, "P1")
    ana.assign(1, "bo")
    ana.close(1)
    ana.comment(1, "Done")
    ana.delete(1)
    hub.hooks.deliver()
    assert receiver.actions() == ["opened", "edited", "labeled", "assigned", "closed", "created", "deleted"]


def test_it_comes_out_of_order_twice_or_never(hub: Hub, ana: Person, receiver: Receiver) -> None:
    ana.open("One")
    ana.close(1)
    hub.hooks.deliver("backwards", times=2)
    assert receiver.actions() == ["closed", "closed", "opened", "opened"]
    assert len({headers["X-Github-Delivery"] for headers, _ in receiver.came}) == 2
    ana.reopen(1)
    (lost,) = hub.hooks.lose()
    assert hub.hooks.deliver() == []
    assert hub.hooks.send(lost) == 204


def test_it_can_be_forged_and_refused(hub: Hub, ana: Person, receiver: Receiver) -> None:
    ana.open("One")
    receiver.status = 401
    assert hub.hooks.send(hub.hooks.pending[0], signed="") == 401
    assert "X-Hub-Signature-256" not in receiver.came[0][0]


def test_its_form_is_that_of_the_vendors_examples(hub: Hub, ana: Person) -> None:
    if not EXAMPLES.exists():
        pytest.skip("needs ../shared/specs/github-webhook-examples.json, which is not part of the project")
    ana.open("One")
    ana.edit(1, body="More")
    ana.comment(1, "Hello")
    ana.rename("store")
    told = json.loads(EXAMPLES.read_bytes())
    for delivery in hub.hooks.pending:
        ours, examples = delivery.payload, next(one["examples"] for one in told if one["name"] == delivery.event)
        theirs = [set(one) for one in examples if one["action"] == ours["action"]]
        assert any(set(ours) <= keys for keys in theirs), (delivery.event, ours["action"])

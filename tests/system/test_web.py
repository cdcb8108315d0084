"""What the daemon answers by HTTP, on a real socket: to those who ask well, and to those who do not."""

from __future__ import annotations

import json
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pmtrack.errors import ConfigError
from pmtrack.service import behind, server, web
from pmtrack.service import front as front_module
from support import canary
from support.front import Front, Said, drained, front
from support.github import Hub, Person, serve
from support.github.hooks import signature
from support.scratch import CONFIG, Scratch

SECRET = f"{canary.WORD}-between-us"
LISTEN = '[service]\nlisten = "127.0.0.1:0"\n'
TRACKER = """
[trackers.board]
kind = "github"
repository = "acme/shop"
base_url = "{url}"
limits = {{ writes_per_second = 1000, settle_seconds = 0 }}
"""


def make(folder: Path, extra: str = LISTEN) -> Scratch:
    return Scratch.make(folder, extra=extra)


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """A synced folder with a tracker of files."""
    scratch = make(tmp_path_factory.mktemp("here"))
    scratch.sync("--yes")
    with front(scratch.config) as found:
        yield found


# ---------------------------------------------------------------- health


def test_it_says_that_it_lives_and_that_it_is_ready(here: Front) -> None:
    assert (here.ask("/healthz").status, here.ask("/healthz").text) == (200, "alive\n")
    assert (here.ask("/readyz").status, here.ask("/readyz").text) == (200, "ready\n")


def test_before_a_first_sync_it_lives_and_is_not_ready(tmp_path: Path) -> None:
    with front(make(tmp_path).config) as found:
        answer = found.ask("/readyz")
        assert found.ask("/healthz").status == 200
    assert (answer.status, answer.text) == (
        503,
        "source postmortems was never read with success: look into the log\n",
    )


def test_without_its_store_it_lives_and_says_no_more_than_that_it_is_not_ready(tmp_path: Path) -> None:
    scratch = make(tmp_path)
    config = scratch.config.read_text().replace(scratch.store.url, "sqlite:///nowhere/pmtrack.db")
    scratch.config.write_text(config)
    with front(scratch.config) as found:
        ready, page = found.ask("/readyz"), found.ask("/metrics").text
        assert found.ask("/healthz").status == 200
    assert (ready.status, ready.text) == (503, "the store cannot be read: look into the log\n")
    assert "pmtrack_store_up 0.0" in page
    assert "pmtrack_items{" not in page
    assert any("nowhere" in str(more) for level, _, more in found.log.lines if level in ("warning", "error"))


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_a_head_is_answered_without_a_body(here: Front, path: str) -> None:
    asked, looked = here.ask(path), here.ask(path, "HEAD")
    assert (looked.status, looked.body) == (200, b"")
    assert asked.headers["Content-Type"] == looked.headers["Content-Type"]


@pytest.mark.parametrize(
    ("verb", "path", "status"),
    [
        ("GET", "/", 404),  # there is no page unless it is asked for
        ("GET", "/nothing", 404),
        ("GET", "/healthz/", 404),
        ("GET", "//evil.example/healthz", 404),
        ("GET", "/../../etc/passwd", 404),
        ("GET", "/%2e%2e/%2e%2e/etc/passwd", 404),
        ("GET", "/webhooks/github", 405),
        ("HEAD", "/webhooks/github", 405),
        ("PUT", "/webhooks/github", 405),
        ("POST", "/webhooks/gitlab", 404),
        ("POST", "/webhooks/", 404),
        ("POST", "/webhooks/github/x", 404),
        ("POST", "/healthz", 405),
        ("DELETE", "/metrics", 405),
        ("OPTIONS", "/readyz", 405),
        ("TRACE", "/", 405),
    ],
)
def test_what_is_not_there_is_not_there(here: Front, verb: str, path: str, status: int) -> None:
    answer = here.ask(path, verb, headers={"Host": "evil.example"})
    assert answer.status == status
    assert "location" not in answer.headers
    assert b"evil" not in answer.body
    assert "server" not in answer.headers


# ---------------------------------------------------------------- webhooks


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[tuple[Hub, Front, Scratch]]:
    """Three issues at the stand-in, which tells of what people do there."""
    hub = Hub()
    hub.add_repo("acme/shop", people="bot ana bo")
    secrets = {"PMTRACK_BOARD_TOKEN": hub.add_token("bot").value, "PMTRACK_BOARD_WEBHOOK_SECRET": SECRET}
    with serve(hub) as url:
        before, _, _ = CONFIG.partition("[trackers.board]")
        scratch = Scratch.make(tmp_path, config=before + TRACKER.format(url=url), extra=LISTEN)
        assert scratch.run("sync", "--yes", environment=secrets).code == 0
        with front(scratch.config, secrets) as found:
            hub.hooks.to(f"http://{found.address}/webhooks/github", SECRET)
            yield hub, found, scratch


def hinted(scratch: Scratch) -> list[tuple[str, str]]:
    from pmtrack.store.database import Store

    with Store.open(scratch.store.url, scratch.folder) as store:
        return sorted((hint.tracker, hint.issue) for hint in store.hints(["board"]))


def ids(hub: Hub) -> list[tuple[str, str]]:
    """Our three issues, as links name them."""
    return [("board", f"{hub.names['acme/shop']}/{issue.number}") for issue in hub.issues("acme/shop")]


def test_what_people_do_in_the_tracker_is_heard(shop: tuple[Hub, Front, Scratch]) -> None:
    hub, found, scratch = shop
    mine = ids(hub)
    person = Person.at(hub, "ana", "acme/shop")
    other = person.open("None of ours")
    assert set(hub.hooks.deliver()) == {200}
    assert hinted(scratch) == []

    person.close(hub.issues("acme/shop")[0].number)
    person.comment(other, "still none of ours")
    assert set(hub.hooks.deliver("shuffled", times=2)) == {200, 202}
    assert hinted(scratch) == mine[:1]
    assert found.metric('pmtrack_webhooks_total{kind="github",outcome="accepted"}') >= 1
    assert found.metric('pmtrack_webhooks_total{kind="github",outcome="repeated"}') >= 1


def test_a_forged_delivery_is_refused_and_leaves_nothing(shop: tuple[Hub, Front, Scratch]) -> None:
    hub, found, scratch = shop
    Person.at(hub, "ana", "acme/shop").close(hub.issues("acme/shop")[0].number)
    (delivery, *_) = hub.hooks.lose()
    forged = ["", "sha256=", "sha1=" + "0" * 40, signature("another", delivery.body), signature(SECRET, b"{}")]
    assert [hub.hooks.send(delivery, signed) for signed in forged] == [401] * len(forged)
    assert hinted(scratch) == []
    assert hub.hooks.send(delivery) == 202  # a forger cannot use an id up
    assert found.metric('pmtrack_webhooks_total{kind="github",outcome="unsigned"}') == len(forged)


def test_a_flood_about_one_issue_is_one_hint_and_keeps_nobody_waiting(shop: tuple[Hub, Front, Scratch]) -> None:
    hub, found, scratch = shop
    body = json.dumps({"issue": {"number": 1}, "repository": {"id": hub.names["acme/shop"]}}).encode()
    headers = {"X-GitHub-Event": "issues", "X-Hub-Signature-256": signature(SECRET, body)}

    def post(at: int) -> int:
        return found.ask("/webhooks/github", "POST", body, {**headers, "X-GitHub-Delivery": f"d{at}"}).status

    with ThreadPoolExecutor(16) as pool:
        flood = [pool.submit(post, at) for at in range(500)]
        slowest = max(timed(found) for _ in range(10))
        assert {one.result() for one in flood} == {202}
    assert slowest < 2
    assert hinted(scratch) == ids(hub)[:1]
    assert found.log.events().count("webhook") == 1


def timed(found: Front) -> float:
    began = time.monotonic()
    assert found.ask("/healthz").status == 200
    return time.monotonic() - began


def test_without_a_secret_everything_is_refused_and_the_log_says_what_to_set(tmp_path: Path) -> None:
    before, _, _ = CONFIG.partition("[trackers.board]")
    scratch = Scratch.make(tmp_path, config=before + TRACKER.format(url="http://127.0.0.1:9"), extra=LISTEN)
    with front(scratch.config) as found:
        signed = {"X-GitHub-Event": "ping", "X-Hub-Signature-256": signature("", b"{}")}
        assert found.ask("/webhooks/github", "POST", b"{}", signed).status == 401
        assert found.ask("/webhooks/jira", "POST", b"{}").status == 401
    (line,) = [more["reason"] for _, event, more in found.log.lines if event == "no webhooks"]
    assert line.startswith("webhooks of github are refused: there is no PMTRACK_BOARD_WEBHOOK_SECRET ")


def test_a_secret_is_in_no_answer_and_in_no_line(shop: tuple[Hub, Front, Scratch]) -> None:
    hub, found, _ = shop
    body = f'{{"secret": "{SECRET}"}}'.encode()
    signed = {"X-Hub-Signature-256": signature(SECRET, body), "X-GitHub-Event": SECRET, "X-GitHub-Delivery": SECRET}
    answers = [
        found.ask("/webhooks/github", "POST", body, signed),
        found.ask("/webhooks/github", "POST", b"{", {"X-Hub-Signature-256": signature(SECRET, b"{")}),
        found.ask("/webhooks/github", "POST", body, {"X-Hub-Signature-256": SECRET}),
        found.ask(f"/{SECRET}"),
        found.ask("/metrics"),
    ]
    assert [answer.status for answer in answers] == [200, 400, 401, 404, 200]
    tokens = (SECRET, *(token.value for token in hub.tokens.values()))
    said = "".join(f"{answer.headers}{answer.body!r}" for answer in answers) + repr(found.log.lines)
    assert not [token for token in tokens if token in said]


def test_a_failure_is_told_to_the_log_and_not_to_who_asks(
    shop: tuple[Hub, Front, Scratch], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, found, _ = shop

    def broken(*_: object) -> None:
        raise RuntimeError("a secret of ours")

    monkeypatch.setattr(behind.Ear, "hear", broken)
    answer = found.ask("/webhooks/github", "POST", b"{}")
    assert (answer.status, answer.body) == (500, b"failed\n")
    assert ("exception", "request failed by a bug: please report it", {"path": "/webhooks/{kind}"}) in found.log.lines


# ---------------------------------------------------------------- clients that ask badly


def test_a_body_that_says_that_it_is_too_large_is_not_even_read(here: Front) -> None:
    with here.connected() as connection:
        head = f"POST /webhooks/github HTTP/1.1\r\nHost: x\r\nContent-Length: {web.LARGEST + 1}\r\n\r\n"
        connection.sendall(head.encode())
        assert connection.recv(1024).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize("declared", [True, False])
def test_a_body_that_is_too_large_is_refused_while_it_comes(here: Front, declared: bool) -> None:
    body = b"x" * (web.LARGEST + 1)
    headers = {} if declared else {"Transfer-Encoding": "chunked"}
    chunked = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    before = here.metric('pmtrack_webhooks_total{kind="github",outcome="too_large"}')
    assert here.ask("/webhooks/github", "POST", body if declared else chunked, headers).status == 413
    assert here.metric('pmtrack_webhooks_total{kind="github",outcome="too_large"}') == before + 1


def test_a_body_of_the_largest_size_is_read(here: Front) -> None:
    assert here.ask("/webhooks/github", "POST", b"x" * web.LARGEST).status == 401


def test_who_sends_a_body_too_slowly_is_told_so(here: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "PATIENCE", 0.3)
    with here.connected() as connection:
        connection.sendall(b"POST /webhooks/github HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{")
        assert connection.recv(1024).startswith(b"HTTP/1.1 408 ")


def test_who_leaves_before_the_end_of_a_body_does_no_harm(here: Front) -> None:
    with here.connected() as connection:
        connection.sendall(b"POST /webhooks/github HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{")
    assert here.ask("/healthz").status == 200
    assert "request failed by a bug: please report it" not in here.log.events()


@pytest.mark.parametrize("begun", [b"", b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: "])
def test_who_takes_too_long_to_ask_is_hung_up_on(here: Front, begun: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "ASKING", 0.5)
    with here.connected() as connection:
        connection.sendall(begun)
        began = time.monotonic()
        assert drained(connection) == b""
        assert time.monotonic() - began < 5


def test_a_crowd_of_slow_clients_keeps_nobody_out_for_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "AT_ONCE", 8)
    monkeypatch.setattr(server, "ASKING", 1.0)
    with front(make(tmp_path).config) as found:
        crowd = [found.connected() for _ in range(20)]
        time.sleep(0.2)
        assert found.ask("/healthz").status == 503
        time.sleep(1.5)
        assert found.ask("/healthz").status == 200
        for one in crowd:
            one.close()


@pytest.mark.parametrize(
    "raw",
    [
        b"\x00\x01\x02\r\n\r\n",
        b"GET /\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
        b"GET /heal\r\nX: y thz HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /webhooks/github HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /webhooks/github HTTP/1.1\r\nHost: x\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n",
        b"POST /webhooks/github HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        b"POST /webhooks/github HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST /webhooks/jira HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Long: " + b"x" * 2_000_000 + b"\r\n\r\n",
    ],
)
def test_what_is_no_request_is_refused(here: Front, raw: bytes) -> None:
    status = here.send(raw)[:12]
    assert status in (b"", b"HTTP/1.1 400", b"HTTP/1.1 413", b"HTTP/1.1 401"), status
    assert here.ask("/healthz").status == 200


@pytest.mark.parametrize("host", ["[::1", "a b", "é", "", "x" * 1000, "evil.example/..%0d%0a"])
def test_no_host_breaks_anything(here: Front, host: str) -> None:
    for path in ("/healthz", "/healthz/", "/nothing"):
        answer = here.send(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode("latin-1"))
        assert answer[:12] in (b"HTTP/1.1 200", b"HTTP/1.1 400", b"HTTP/1.1 404")
        assert b"ocation" not in answer


NAMES = st.sampled_from(["X-GitHub-Event", "X-GitHub-Delivery", "Content-Type", "X-Atlassian-Webhook-Identifier"])
VALUES = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30)


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(["github", "jira"]), st.binary(max_size=300), st.dictionaries(NAMES, VALUES))
def test_no_signed_body_is_ever_a_failure(
    shop: tuple[Hub, Front, Scratch], kind: str, body: bytes, headers: dict[str, str]
) -> None:
    signed = {**headers, "X-Hub-Signature-256": signature(SECRET, body), "X-Hub-Signature": signature(SECRET, body)}
    assert shop[1].ask(f"/webhooks/{kind}", "POST", body, signed).status in (200, 400, 401)


# ---------------------------------------------------------------- where it listens, and when it ends


@pytest.mark.parametrize("listen", ["[::1]:0", "localhost:0", "127.0.0.1:0"])
def test_it_listens_where_it_is_told_to(tmp_path: Path, listen: str) -> None:
    if "::1" in listen and not _has_ipv6():
        pytest.skip("needs an IPv6 loopback address")
    with front(make(tmp_path, f'[service]\nlisten = "{listen}"\n').config) as found:
        assert found.ask("/healthz").status == 200
        assert found.address.startswith("[::1]:" if "::1" in listen else "127.0.0.1:")


def _has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as found:
            found.bind(("::1", 0))
    except OSError:
        return False
    return True


def test_a_port_that_is_taken_is_a_sentence(tmp_path: Path, here: Front) -> None:
    folder = tmp_path / "second"
    folder.mkdir()
    scratch = make(folder, f'[service]\nlisten = "{here.address}"\n')
    with pytest.raises(ConfigError) as caught, front(scratch.config):
        pass
    words = "is in use by another process: stop that, or name another port"
    assert str(caught.value) == f"service.listen: {here.address} {words}"


@pytest.mark.parametrize("listen", ["127.0.0.1:99999", "192.0.2.1:0", "no-such-host.invalid:1"])
def test_an_address_that_nobody_has_is_a_sentence(tmp_path: Path, listen: str) -> None:
    with (
        pytest.raises(ConfigError, match=r"^service.listen: \S+ is no address"),
        front(make(tmp_path, f'[service]\nlisten = "{listen}"\n').config),
    ):
        pass


def test_where_the_usual_port_is_taken_the_daemon_goes_on_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def taken(_address: str) -> socket.socket:
        raise ConfigError(["service.listen: 127.0.0.1:8750 is in use"])

    monkeypatch.setattr(server, "bind", taken)
    with front(make(tmp_path, "").config) as found:
        assert found.log.lines == [("warning", "no HTTP", {"reason": "service.listen: 127.0.0.1:8750 is in use"})]


def test_without_an_address_there_is_no_http(tmp_path: Path) -> None:
    with front(make(tmp_path, '[service]\nlisten = ""\n').config) as found:
        found.listener.ran("postmortems", 0.1, "ok", {})
        assert (found.address, found.log.lines) == ("", [])


def test_without_the_extra_the_daemon_goes_on_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front_module, "find_spec", lambda name: None if name == "uvicorn" else object())
    with front(make(tmp_path).config) as found:
        found.listener.sent("digest", "sent")
    ((level, event, _),) = found.log.lines
    assert (level, event.partition(":")[0]) == ("warning", "no HTTP")


def test_it_ends_within_a_second_whatever_clients_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hanging, let_go = threading.Event(), threading.Event()

    def hang(_self: object) -> list[str]:
        hanging.set()
        let_go.wait(30)
        return []

    monkeypatch.setattr(behind.Behind, "_ready", hang)
    with front(make(tmp_path).config) as found:
        idle, slow, asking = (found.connected() for _ in range(3))
        slow.sendall(b"POST /webhooks/github HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{")
        asking.sendall(b"GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert hanging.wait(10)
        began = time.monotonic()
    seconds = time.monotonic() - began
    let_go.set()
    for one in (idle, slow, asking):
        one.close()
    assert seconds < 2
    with pytest.raises(OSError, match="refused"):
        found.connected()


def test_the_configuration_may_get_other_sources_while_it_answers(tmp_path: Path) -> None:
    scratch = make(tmp_path)
    scratch.sync("--yes")
    with front(scratch.config) as found:
        (tmp_path / "wiki").mkdir()
        more = '[[sources]]\nname = "wiki"\nkind = "folder"\npath = "wiki"\ntracker = "board"\n'
        scratch.config.write_text(scratch.config.read_text() + more)
        assert found.ask("/readyz").status == 200
        assert found.watched
        found.watched.look(found.log)
        assert found.ask("/readyz").text == "source wiki was never read with success: look into the log\n"
        found.listener.ran("wiki", 0.2, "failed", {})
        assert found.metric('pmtrack_run_failures_total{source="wiki"}') == 1


# ---------------------------------------------------------------- the daemon itself


def until(happened: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not happened():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.1)


def test_the_daemon_answers_while_it_works_and_ends_with_it(tmp_path: Path) -> None:
    scratch = make(tmp_path, f"{LISTEN}page = true\n")
    with scratch.start("serve") as process:
        try:
            assert process.stderr is not None
            lines = (json.loads(line) for line in process.stderr)
            address = next(line["address"] for line in lines if line["event"] == "listening")
            found = Front(address, Said(), None, None)
            assert found.ask("/healthz").status == 200
            until(lambda: found.ask("/readyz").status == 200)
            until(lambda: found.metric('pmtrack_changes_total{source="postmortems",verb="created"}') == 3)
            until(
                lambda: (
                    'pmtrack_items{source="postmortems",state="linked",status="open"} 3' in found.ask("/metrics").text
                )
            )
            assert "Write the runbook" in found.ask("/").text
            process.send_signal(signal.SIGTERM)
            assert [line["event"] for line in lines][-1] == "stopped"
            assert process.wait(10) == 0
        finally:
            process.kill()
    with pytest.raises(OSError, match="refused"):
        found.connected()


def test_a_daemon_whose_port_is_taken_says_so_and_does_not_start(tmp_path: Path, here: Front) -> None:
    answer = make(tmp_path, f'[service]\nlisten = "{here.address}"\n').run("serve")
    assert answer.code == 1
    words = "is in use by another process: stop that, or name another port"
    assert answer.complaints == [f"pmtrack: service.listen: {here.address} {words}"]

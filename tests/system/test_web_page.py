"""The page as a browser gets it from the daemon: by a token, through a proxy, or on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pmtrack.errors import ConfigError
from support import canary
from support.front import Answer, Front, front
from support.scratch import OUTAGE, Scratch

TOKEN = f"{canary.WORD}-battery"
PAGE = '[service]\nlisten = "127.0.0.1:0"\npage = true\n'


@contextmanager
def shown(folder: Path, extra: str = PAGE, **environment: str) -> Iterator[Front]:
    late = OUTAGE.replace("due 2099-12-01", "due 2020-12-01")
    scratch = Scratch.make(folder, {"outage.md": late}, extra=extra)
    scratch.sync("--yes")
    with front(scratch.config, environment) as found:
        yield found


def policy(answer: Answer) -> str:
    return " ".join(answer.headers.get_all("Content-Security-Policy") or [])


def test_on_this_machine_it_is_open_under_its_own_name_only(tmp_path: Path) -> None:
    with shown(tmp_path) as found:
        page = found.ask("/")
        assert page.status == 200
        assert "Add an alert on card refusals" in page.text
        assert found.ask("/", headers={"Host": f"evil.example:{found.place[1]}"}).status == 403
        assert found.ask("/", headers={"X-Forwarded-For": "10.0.0.7"}).status == 403
        assert found.ask("/", "POST").status == 405
        head = found.ask("/", "HEAD")
        assert (head.status, head.body, head.headers["ETag"]) == (200, b"", page.headers["ETag"])


def test_it_cannot_be_framed_cached_by_others_or_taken_for_something_else(tmp_path: Path) -> None:
    with shown(tmp_path) as found:
        page = found.ask("/")
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert page.headers["X-Frame-Options"] == "DENY"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["Cache-Control"] == "private, no-cache"
    assert "frame-ancestors 'none'" in policy(page)
    assert "default-src" not in policy(page)  # the page itself names its style and its script
    assert "script-src" in page.text


def test_a_filter_shows_a_part_and_a_wrong_one_is_refused(tmp_path: Path) -> None:
    with shown(tmp_path) as found:
        mine, late = found.ask("/?owner=Bo").text, found.ask("/?overdue=1").text
        assert found.ask("/?state=nosuch").status == 400
    assert "Rotate the gateway certificate" in mine
    assert "Write the runbook" not in mine + late
    assert "Add an alert on card refusals" in late


def test_what_is_known_already_is_not_sent_again(tmp_path: Path) -> None:
    with shown(tmp_path) as found:
        tag = found.ask("/").headers["ETag"]
        again = found.ask("/", headers={"If-None-Match": tag})
    assert (again.status, again.body) == (304, b"")


def test_the_token_becomes_a_cookie_and_the_cookie_opens(tmp_path: Path) -> None:
    with shown(tmp_path, PMTRACK_PAGE_TOKEN=TOKEN) as found:
        shut = found.ask("/")
        assert shut.status == 401
        assert shut.headers["WWW-Authenticate"] == "Bearer"
        assert "card refusals" not in shut.text
        assert "<a href=/>" in shut.text

        led = found.ask(f"/?token={TOKEN}&owner=Bo")
        assert (led.status, led.headers["Location"], led.body) == (303, "/?owner=Bo", b"")
        cookie = led.headers["Set-Cookie"].partition(";")[0]
        assert found.ask("/?owner=Bo", headers={"Cookie": cookie}).status == 200
        assert found.ask("/", headers={"Authorization": f"Bearer {TOKEN}", "Host": "status.example"}).status == 200

        assert found.ask("/?token=another-word-entirely").status == 401
        assert found.ask("/", headers={"Cookie": cookie[:-1]}).status == 401
        said = repr(found.log.lines) + found.ask("/metrics").text
    assert TOKEN not in said


def test_who_is_named_by_the_proxy_is_let_in(tmp_path: Path) -> None:
    with shown(tmp_path, f'{PAGE}page_header = "X-Forwarded-User"\n') as found:
        through = {"Host": "status.example", "X-Forwarded-For": "10.0.0.7"}
        assert found.ask("/", headers={**through, "X-Forwarded-User": "ana"}).status == 200
        assert found.ask("/", headers=through).status == 401
        assert found.ask("/").status == 401


def test_a_proxy_that_is_not_trusted_names_nobody(tmp_path: Path) -> None:
    with shown(tmp_path, f'{PAGE}page_header = "X-Forwarded-User"\ntrusted_proxies = ["10.0.0.1"]\n') as found:
        forged = {"X-Forwarded-User": "ana", "X-Forwarded-For": "10.0.0.1", "Forwarded": "for=10.0.0.1"}
        assert found.ask("/", headers=forged).status == 401


def test_beyond_this_machine_it_is_not_opened_without_a_guard(tmp_path: Path) -> None:
    scratch = Scratch.make(tmp_path, extra=PAGE.replace("127.0.0.1", "0.0.0.0"))
    with pytest.raises(ConfigError, match="nobody guards the page"), front(scratch.config):
        pass
    with front(scratch.config, {"PMTRACK_PAGE_TOKEN": TOKEN}) as found:
        assert found.ask("/").status == 401


@pytest.mark.sqlite
def test_a_failing_store_is_no_page_and_no_trace(tmp_path: Path) -> None:
    with shown(tmp_path) as found:
        (tmp_path / "pmtrack.db").write_bytes(b"no database at all, and long enough to be looked at" * 100)
        answer = found.ask("/")
    assert (answer.status, answer.text) == (503, "not now: try again later\n")
    assert "request failed" in found.log.events()

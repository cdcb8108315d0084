"""Who may see the page, and what of it is asked for; decided from values alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmtrack.config import Config
from pmtrack.errors import ConfigError
from pmtrack.model import State
from pmtrack.reports.selection import Selection
from pmtrack.service.guard import COOKIE, FORWARDED, Guard, Refused, Visit, guard, is_loopback
from pmtrack.service.kept import Kept
from pmtrack.service.page import Page, selection
from support import canary

TOKEN = f"{canary.WORD}-battery"
HOME = {"host": "127.0.0.1:8750"}


def config(tmp_path: Path, **service: Any) -> Config:
    return Config.model_validate({"base": tmp_path, "file": tmp_path / "x.toml", "service": {"page": True, **service}})


def visit(client: str = "127.0.0.1", query: str = "", **headers: str) -> Visit:
    return Visit(client, {**HOME, **{name.replace("_", "-"): value for name, value in headers.items()}}, query)


def refusal(guarding: Guard, who: Visit) -> int | None:
    """The status of the refusal, None where somebody is let in."""
    try:
        guarding.admit(who)
    except Refused as refused:
        return refused.reply.status
    return None


# ---------------------------------------------------------------- this machine


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8750", "127.0.0.1", "localhost:8750", "LOCALHOST", "[::1]:8750", "127.9.9.9:1"]
)
def test_somebody_on_this_machine_who_calls_it_so_is_let_in(host: str) -> None:
    assert refusal(Guard(), visit(host=host)) is None
    assert refusal(Guard(), visit("::1", host=host)) is None


@pytest.mark.parametrize(
    "host",
    ["", "evil.example", "evil.example:8750", "127.0.0.1.evil.example", "localhost.evil.example", "[::1", "0.0.0.0"],
)
def test_a_name_that_somebody_else_may_own_is_refused(host: str) -> None:
    """A stranger's page in a browser here may ask under its own name (DNS rebinding)."""
    assert refusal(Guard(), visit(host=host)) == 403


@pytest.mark.parametrize("client", ["10.0.0.7", "192.0.2.1", "", "testclient", "fe80::1"])
def test_somebody_elsewhere_is_refused_whatever_they_call_it(client: str) -> None:
    assert refusal(Guard(), visit(client)) == 403


@pytest.mark.parametrize("header", FORWARDED)
def test_what_comes_through_a_proxy_that_nobody_trusts_is_refused(header: str) -> None:
    assert refusal(Guard(), Visit("127.0.0.1", {**HOME, header: "10.0.0.7"})) == 403


# ---------------------------------------------------------------- with a token


def test_with_a_token_nobody_is_let_in_without_it_not_even_here() -> None:
    assert refusal(Guard(TOKEN), visit()) == 401


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER "])
def test_the_token_opens(scheme: str) -> None:
    assert refusal(Guard(TOKEN), visit("192.0.2.1", host="status.example", authorization=f"{scheme} {TOKEN}")) is None


@pytest.mark.parametrize(
    "said", ["", TOKEN, f"Basic {TOKEN}", "Bearer ", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", "Bearer é"]
)
def test_another_word_does_not(said: str) -> None:
    assert refusal(Guard(TOKEN), visit(authorization=said)) == 401


def test_the_token_is_exchanged_for_a_cookie_and_leaves_the_address() -> None:
    reply = Guard(TOKEN).exchange(TOKEN, [("owner", "Ana & Bo\r\nX: y"), ("overdue", "1")], visit())
    assert reply.status == 303
    assert reply.headers["Location"] == "/?owner=Ana+%26+Bo%0D%0AX%3A+y&overdue=1"
    cookie, _, rest = reply.headers["Set-Cookie"].partition("; ")
    assert rest == "Path=/; HttpOnly; SameSite=Strict"
    assert TOKEN not in repr(reply)
    assert refusal(Guard(TOKEN), visit(cookie=f"other=1; {cookie}")) is None
    assert refusal(Guard(f"{TOKEN}2"), visit(cookie=cookie)) == 401


def test_behind_tls_the_cookie_keeps_to_it() -> None:
    trusting = guard_with_header()
    secure = trusting.exchange(TOKEN, [], visit(x_forwarded_proto="https")).headers["Set-Cookie"]
    assert secure.endswith("; Secure")
    assert (
        "Secure"
        not in trusting.exchange(TOKEN, [], visit("192.0.2.1", x_forwarded_proto="https")).headers["Set-Cookie"]
    )


@pytest.mark.parametrize("cookie", ["", COOKIE, f"{COOKIE}=", f"{COOKIE}={TOKEN}", f"x{COOKIE}=1", ";;;=;", "é=é"])
def test_another_cookie_does_not_open(cookie: str) -> None:
    assert refusal(Guard(TOKEN), visit(cookie=cookie)) == 401


@pytest.mark.parametrize("offered", ["", "x", TOKEN.upper(), f" {TOKEN}"])
def test_another_token_gets_no_cookie(offered: str) -> None:
    with pytest.raises(Refused) as caught:
        Guard(TOKEN).exchange(offered, [], visit())
    assert caught.value.reply.status == 401
    assert "Set-Cookie" not in caught.value.reply.headers


def test_without_a_token_there_is_none_to_be_exchanged() -> None:
    with pytest.raises(Refused):
        Guard().exchange("", [], visit())


# ---------------------------------------------------------------- with a proxy


def guard_with_header(*proxies: str) -> Guard:
    made = Config.model_validate(
        {
            "base": ".",
            "file": "x",
            "service": {
                "page": True,
                "page_header": "X-Forwarded-User",
                "trusted_proxies": proxies or ("127.0.0.1", "::1"),
            },
        }
    )
    return guard(made, {"PMTRACK_PAGE_TOKEN": TOKEN})


def test_whom_a_trusted_proxy_names_is_let_in() -> None:
    guarding = guard_with_header()
    for client in ("127.0.0.1", "::1", "::ffff:127.0.0.1"):
        assert refusal(guarding, visit(client, host="status.example", x_forwarded_user="ana")) is None
    assert refusal(guarding, visit(x_forwarded_user=" ")) == 401
    assert refusal(guarding, visit()) == 401
    assert refusal(guarding, visit("10.0.0.7", x_forwarded_user="ana")) == 401


def test_proxies_may_be_a_network() -> None:
    guarding = guard_with_header("10.0.0.0/24", "2001:db8::/32")
    assert refusal(guarding, visit("10.0.0.7", x_forwarded_user="ana")) is None
    assert refusal(guarding, visit("2001:db8::7", x_forwarded_user="ana")) is None
    assert refusal(guarding, visit("10.0.1.7", x_forwarded_user="ana")) == 401
    assert refusal(guarding, visit("127.0.0.1", x_forwarded_user="ana")) == 401


# ---------------------------------------------------------------- what a configuration may say


@pytest.mark.parametrize("listen", ["0.0.0.0:8750", "[::]:8750", "192.0.2.1:80", "status.example:80"])
def test_a_page_that_anybody_could_see_is_refused_at_the_start(tmp_path: Path, listen: str) -> None:
    with pytest.raises(ConfigError, match="nobody guards the page: set PMTRACK_PAGE_TOKEN"):
        guard(config(tmp_path, listen=listen), {})
    assert guard(config(tmp_path, listen=listen), {"PMTRACK_PAGE_TOKEN": TOKEN}).token == TOKEN
    assert guard(config(tmp_path, listen=listen, page_header="X-User"), {}).header == "x-user"


@pytest.mark.parametrize("listen", ["127.0.0.1:8750", "[::1]:8750", "localhost:8750", "127.0.1.1:1"])
def test_on_this_machine_it_needs_no_guard(tmp_path: Path, listen: str) -> None:
    assert guard(config(tmp_path, listen=listen), {}) == Guard(proxies=guard(config(tmp_path), {}).proxies)


def test_a_token_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(f"{TOKEN}\n", encoding="utf-8")
    assert guard(config(tmp_path), {"PMTRACK_PAGE_TOKEN_FILE": str(tmp_path / "token")}).token == TOKEN


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"PMTRACK_PAGE_TOKEN": "short"}, "PMTRACK_PAGE_TOKEN is too short"),
        ({"PMTRACK_PAGE_TOKEN": "two words of a token"}, "PMTRACK_PAGE_TOKEN holds spaces"),
        ({"PMTRACK_PAGE_TOKEN_FILE": "/nowhere"}, "the file that PMTRACK_PAGE_TOKEN_FILE names cannot be read"),
    ],
)
def test_a_token_that_is_none_is_a_sentence(tmp_path: Path, environment: dict[str, str], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        guard(config(tmp_path), environment)


def test_the_token_of_a_tracker_is_no_token_of_the_page(tmp_path: Path) -> None:
    trackers = {"page": {"kind": "github", "repository": "acme/shop"}}
    made = config(tmp_path).model_copy(update={"trackers": trackers})
    with pytest.raises(ConfigError, match="is the token of 'page' as well"):
        guard(made, {"PMTRACK_PAGE_TOKEN": TOKEN})


def test_a_proxy_that_is_no_address_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="'nginx' is no address"):
        guard(config(tmp_path, trusted_proxies=["nginx"]), {})


def test_a_token_is_never_shown() -> None:
    assert TOKEN not in repr(Guard(TOKEN))
    assert TOKEN not in repr(visit(query=f"token={TOKEN}", authorization=TOKEN))


@pytest.mark.parametrize(("host", "expected"), [("127.0.0.1", True), ("[::1]", True), ("", False), ("10.0.0.1", False)])
def test_what_only_this_machine_reaches(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


# ---------------------------------------------------------------- what is asked for


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ([], Selection()),
        ([("owner", "Ana"), ("utm_source", "mail")], Selection(owner="Ana")),
        ([("team", "payments")], Selection(owner="payments")),
        ([("overdue", "1"), ("due_within", "2w")], Selection(overdue=True, due_within=14)),
        ([("overdue", "no"), ("owner", " ")], Selection()),
        (
            [("source", "docs"), ("postmortem", "a.md"), ("priority", "P1")],
            Selection(priority="P1", source="docs", postmortem="a.md"),
        ),
        ([("state", "held")], Selection(state=State.HELD)),
    ],
)
def test_a_query_is_read_as_status_reads_its_options(query: list[tuple[str, str]], expected: Selection) -> None:
    assert selection(query) == expected


@pytest.mark.parametrize("query", [[("state", "lost")], [("due_within", "soon")]])
def test_a_filter_that_there_is_none_of_is_an_error(query: list[tuple[str, str]]) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        selection(query)


def page(guarding: Guard | None = None) -> Page:
    return Page(guarding or Guard(), Kept(lambda only: f"page of {only.owner}".encode(), lambda: 0.0, 4))


def test_a_page_that_is_known_already_is_not_sent_again() -> None:
    first = page().answer(visit(query="owner=Ana"))
    assert (first.status, first.body) == (200, b"page of Ana")
    for asked in (first.headers["ETag"], f'W/{first.headers["ETag"]}, "x"', "*"):
        again = page().answer(visit(query="owner=Ana", if_none_match=asked))
        assert (again.status, again.body, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
    assert page().answer(visit(query="owner=Bo", if_none_match=first.headers["ETag"])).status == 200


def test_who_is_not_let_in_does_not_learn_whether_it_changed() -> None:
    assert page(Guard(TOKEN)).answer(visit(if_none_match="*")).status == 401


@given(
    st.text(max_size=60),
    st.dictionaries(st.sampled_from(["host", "cookie", "authorization", "if-none-match"]), st.text()),
)
def test_no_query_and_no_header_breaks_it(query: str, headers: dict[str, str]) -> None:
    for guarding in (Guard(), Guard(TOKEN)):
        assert page(guarding).answer(Visit("127.0.0.1", headers, query)).status in (200, 303, 304, 400, 401, 403)

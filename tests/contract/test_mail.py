"""Mail through a real SMTP server on this machine."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest

from pmtrack.reports.channels import MailServer, Means, Message, NotSent, Unsure, send
from pmtrack.reports.channels.mail import message_id, written
from pmtrack.reports.digest_letter import Letter, Line, Link, Section
from support.receivers import PASSWORD, Mailbox, mail_server

pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH")  # of the server, which speaks TLS from the start

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
ANA = "mailto:ana@acme.example"
LINE = Line("Alert on card refusals", ("Ana Ruiz", "overdue since 2026-11-02"), (Link("#12", "https://x.example/12"),))
LETTER = Letter("Action items, week 48 of 2026", ("1 item: 1 open",), (Section("Overdue", (LINE,), 1),), ("fresh",))
MESSAGE = Message(LETTER, "2026-W48", NOW)
SERVER = MailServer("127.0.0.1", 25, "pmtrack@acme.example", security="none")


def means(
    box: Mailbox | None, folder: Path, patience: float = 5.0, environment: dict[str, str] | None = None, **more: object
) -> Means:
    server = replace(SERVER, port=box.port if box else 1, **more)  # type: ignore[arg-type]
    return Means(folder, server, origin="here", environment=environment or {}, patience=patience)


def test_a_mail_has_both_parts_and_says_how_to_be_left_out(tmp_path: Path) -> None:
    with mail_server(tmp_path) as box:
        send(ANA, MESSAGE, means(box, tmp_path))
    (mail,) = box.mails
    assert box.envelopes == [("pmtrack@acme.example", ["ana@acme.example"])]
    assert (mail["From"], mail["To"]) == ("pmtrack@acme.example", "ana@acme.example")
    assert mail["Subject"] == "Action items, week 48 of 2026"
    assert mail["List-Unsubscribe"] == "<mailto:pmtrack@acme.example?subject=unsubscribe>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Date"].datetime == NOW
    assert mail["Message-ID"] == message_id("ana@acme.example", "2026-W48", "pmtrack@acme.example", "here")
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain
    assert html
    assert (
        "* Alert on card refusals (Ana Ruiz, overdue since 2026-11-02, #12)\n  https://x.example/12\n"
        in plain.get_content().replace("\r\n", "\n")
    )
    assert '<a href="https://x.example/12">#12</a>' in html.get_content()


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_mail_is_sent_in_secret_with_a_name_and_a_password(tmp_path: Path, security: str) -> None:
    with mail_server(tmp_path, security=security, login=True) as box:
        given = means(
            box, tmp_path, security=security, user="pmtrack", authority=tmp_path / "ca.pem",
            environment={"PMTRACK_SMTP_PASSWORD": PASSWORD},
        )  # fmt: skip
        send(ANA, MESSAGE, given)
    assert len(box.mails) == 1
    assert box.logins == ["pmtrack"]


def test_a_password_may_be_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "password").write_text(f"{PASSWORD}\n")
    environment = {"PMTRACK_SMTP_PASSWORD_FILE": str(tmp_path / "password")}
    with mail_server(tmp_path, security="tls", login=True) as box:
        given = means(
            box, tmp_path, security="tls", user="pmtrack", authority=tmp_path / "ca.pem", environment=environment
        )
        send(ANA, MESSAGE, given)
    assert len(box.mails) == 1


def test_a_server_that_nobody_vouches_for_gets_no_mail(tmp_path: Path) -> None:
    with mail_server(tmp_path, security="starttls") as box, pytest.raises(NotSent, match=r"certificate verify failed"):
        send(ANA, MESSAGE, means(box, tmp_path, security="starttls"))
    assert box.raw == []


def test_a_server_without_starttls_gets_no_mail(tmp_path: Path) -> None:
    with mail_server(tmp_path) as box, pytest.raises(NotSent, match=r"STARTTLS"):
        send(ANA, MESSAGE, means(box, tmp_path, security="starttls"))
    assert box.raw == []


def test_a_wrong_password_is_said_without_it(tmp_path: Path) -> None:
    with mail_server(tmp_path, security="tls", login=True) as box:
        given = means(
            box, tmp_path, security="tls", user="pmtrack", authority=tmp_path / "ca.pem",
            environment={"PMTRACK_SMTP_PASSWORD": "wrong-and-secret"},
        )  # fmt: skip
        with pytest.raises(NotSent) as refused:
            send(ANA, MESSAGE, given)
    assert "535" in str(refused.value)
    assert "wrong-and-secret" not in str(refused.value)


def test_a_missing_password_is_named_by_its_variable(tmp_path: Path) -> None:
    with pytest.raises(NotSent, match="there is no PMTRACK_SMTP_PASSWORD in the environment"):
        send(ANA, MESSAGE, means(None, tmp_path, user="pmtrack"))


def test_without_a_server_mail_says_what_to_add() -> None:
    with pytest.raises(NotSent, match=r"add \[digest.smtp\] with host and sender"):
        send(ANA, MESSAGE, Means(Path()))


def test_a_server_that_is_not_there_got_nothing(tmp_path: Path) -> None:
    with pytest.raises(NotSent, match=r"127\.0\.0\.1:1 cannot be reached \(Connection refused\)"):
        send(ANA, MESSAGE, means(None, tmp_path))


def test_an_address_that_is_refused_got_nothing(tmp_path: Path) -> None:
    with mail_server(tmp_path) as box:
        box.refused = {"ana@acme.example"}
        with pytest.raises(NotSent, match=r"did not take mail to ana@acme\.example \(550 nobody of that name\)"):
            send(ANA, MESSAGE, means(box, tmp_path))


def test_a_message_that_is_refused_was_not_sent(tmp_path: Path) -> None:
    with mail_server(tmp_path) as box:
        box.answer = "451 try again later"
        with pytest.raises(NotSent, match=r"refused the mail to ana@acme\.example \(451 try again later\)"):
            send(ANA, MESSAGE, means(box, tmp_path))


def test_a_server_that_takes_it_and_says_nothing_leaves_us_unsure(tmp_path: Path) -> None:
    with mail_server(tmp_path) as box:
        box.slow = 1.0
        with pytest.raises(
            Unsure, match=r"did not confirm the mail to ana@acme\.example \(it did not answer in time\)"
        ):
            send(ANA, MESSAGE, means(box, tmp_path, patience=0.3))
        box.slow, box.drops = 0.0, True
        with pytest.raises(Unsure, match="did not confirm"):
            send(ANA, MESSAGE, means(box, tmp_path))
    one, other = box.mails
    assert one["Message-ID"] == other["Message-ID"]


def test_a_message_has_one_name_however_often_it_is_tried() -> None:
    names = {
        message_id(to, period, sender, origin)
        for to in ("ana@acme.example", "bo@acme.example")
        for period in ("2026-W47", "2026-W48")
        for sender in ("a@acme.example", "b@acme.example")
        for origin in ("here", "there")
    }
    assert len(names) == 16
    assert all(name.isascii() and len(name) < 100 and " " not in name for name in names)


EVIL = "x\r\nBcc: eve@evil.example\r\n\r\n<script>alert(1)</script><img src=https://evil.example> \u202e@all"


def test_nobodys_words_are_a_header_or_a_tag() -> None:
    line = Line(EVIL, (EVIL,), (Link(EVIL, 'https://x.example/"><script>'), Link("no", "javascript:alert(1)")))
    letter = Letter(EVIL, (EVIL,), (Section(EVIL, (line,), 1, (EVIL,)),), (EVIL,))
    mail = written("ana@acme.example", Message(letter, "2026-W48", NOW), SERVER)
    raw = mail.as_bytes()
    head = raw.split(b"\r\n\r\n", 1)[0]
    assert b"\nBcc:" not in head
    assert set(mail.keys()) == {
        "From", "To", "Subject", "Date", "Message-ID", "List-Unsubscribe", "Auto-Submitted", "X-Auto-Response-Suppress",
        "MIME-Version", "Content-Type",
    }  # fmt: skip
    html = mail.get_body(("html",))
    assert html
    tags = _Tags()
    tags.feed(html.get_content())
    assert tags.seen <= {"html", "head", "meta", "title", "body", "h1", "h2", "p", "ul", "li", "a", "hr"}
    assert all(address.startswith("https://") for address in tags.addresses)


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src")]


def test_lines_of_a_mail_are_short_enough_for_every_server() -> None:
    """RFC 5322: 998 characters."""
    letter = Letter("ü" * 900, ("ö" * 5000,), (Section("Overdue", (Line("鍵" * 3000),), 1),))
    raw = written("ana@acme.example", Message(letter, "2026-W48", NOW), SERVER).as_bytes()
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert raw.isascii()

"""Digests and reminders as processes: a real mail server, real webhooks, real deaths, and two at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from pmtrack.app import App, Scope, notify
from pmtrack.config import load
from support.github import Hub, serve
from support.receivers import Mailbox, mail_server, webhook
from support.scratch import OUTAGE, Scratch, assert_quiet

PEOPLE = """\
[[person]]
name = "Ana Ruiz"
aliases = ["Ana"]
email = "ana@acme.example"
[[person]]
name = "Bo Chen"
aliases = ["Bo"]
email = "bo@acme.example"
[[team]]
name = "payments"
lead = "Ana Ruiz"
channel = "webhook:payments"
"""
SMTP = """
[digest.smtp]
host = "127.0.0.1"
port = {port}
security = "none"
sender = "pmtrack@acme.example"
"""


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Mailbox]:
    with mail_server(tmp_path) as found:
        yield found


def made(tmp_path: Path, box: Mailbox, digest: str, policy: str = "", document: str = OUTAGE) -> Scratch:
    """A working folder that was synced once."""
    (tmp_path / "people.toml").write_text(PEOPLE)
    folder = tmp_path / "work"
    folder.mkdir()
    scratch = Scratch.make(
        folder, {"outage.md": document}, extra=f"[digest]\n{digest}\n{SMTP.format(port=box.port)}\n{policy}"
    )
    scratch.config.write_text('people = "../people.toml"\n' + scratch.config.read_text())
    scratch.sync()
    return scratch


def rows(scratch: Scratch) -> list[tuple[str, str, int]]:
    return scratch.store.ask("SELECT recipient, outcome, tries FROM digests ORDER BY recipient")


def test_it_prints_and_then_sends_once(tmp_path: Path, box: Mailbox) -> None:
    scratch = made(tmp_path, box, 'to = ["mailto:team@acme.example", "file:digest.md"]')
    printed = scratch.run("digest")
    assert printed.out.startswith("# Action items, week ")
    assert not (scratch.folder / "digest.md").exists()
    sent = scratch.run("digest", "--send")
    assert (sent.code, sent.out, sent.err) == (0, "sent to mailto:team@acme.example\nsent to file:digest.md\n", "")
    again = scratch.run("digest", "--send")
    assert (again.code, again.out) == (0, "everybody has it already: send it once more with --again\n")
    assert len(box.mails) == 1
    assert scratch.run("digest", "--send", "--to", "mailto:team@acme.example", "--again").code == 0
    one, other = box.mails
    assert one["Message-ID"] == other["Message-ID"]
    assert_quiet(scratch)


def test_everybody_gets_their_own(tmp_path: Path, box: Mailbox) -> None:
    document = OUTAGE.replace("- [ ] Write the runbook", "- [ ] Write the runbook (owner: payments)")
    with webhook() as hook:
        scratch = made(
            tmp_path, box, 'to = ["mailto:team@acme.example"]\nowners = true\nteams = true', document=document
        )
        answer = scratch.run("digest", "--send", environment={"PMTRACK_PAYMENTS_URL": hook.url})
    assert (answer.code, answer.err) == (0, "")
    told = {str(mail["To"]): text(mail) for mail in box.mails}
    assert told.keys() == {"team@acme.example", "ana@acme.example", "bo@acme.example"}
    assert all(len(recipients) == 1 for _, recipients in box.envelopes)
    assert "Add an alert" in told["ana@acme.example"]
    assert "Rotate" not in told["ana@acme.example"]
    assert "Rotate" in told["bo@acme.example"]
    assert "of Bo Chen" in told["bo@acme.example"]
    assert "3 items" in told["team@acme.example"]
    (payments,) = hook.got
    assert "of team payments" in payments["title"]
    assert "Write the runbook" in payments["text"]


def text(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part
    return str(part.get_content())


def test_who_is_meant_twice_gets_one_with_both(tmp_path: Path, box: Mailbox) -> None:
    digest = "to = []\nowners = true\n[digest.sources]\npostmortems = ['mailto:team@acme.example']"
    scratch = made(tmp_path, box, digest)
    people = tmp_path / "people.toml"
    people.write_text(people.read_text().replace("bo@", "ana@"))
    assert scratch.run("digest", "--send").code == 0
    told = {str(mail["To"]): text(mail) for mail in box.mails}
    assert told.keys() == {"team@acme.example", "ana@acme.example"}
    assert len(box.mails) == 2
    assert "of Ana Ruiz and Bo Chen" in told["ana@acme.example"]
    assert "Add an alert" in told["ana@acme.example"]
    assert "Rotate" in told["ana@acme.example"]
    assert "runbook" not in told["ana@acme.example"]
    assert "of source postmortems" in told["team@acme.example"]


def test_one_channel_fails_and_the_others_get_it(tmp_path: Path, box: Mailbox) -> None:
    with webhook() as hook:
        hook.statuses = [404, 200]
        scratch = made(tmp_path, box, 'to = ["mailto:team@acme.example", "slack:ops", "file:digest.md"]')
        environment = {"PMTRACK_OPS_URL": hook.url}
        first = scratch.run("digest", "--send", environment=environment)
        assert first.code == 1
        assert first.complaints == [
            "pmtrack: not sent to slack:ops: slack:ops refused the message (404): its address is not known there any "
            "more, make a new one"
        ]
        assert "was not delivered yet: slack:ops refused" in scratch.run("digest").out
        second = scratch.run("digest", "--send", environment=environment)
        assert (second.code, second.out) == (0, "sent to slack:ops\n")
    assert (len(box.mails), len(hook.got)) == (1, 2)
    assert "T0KEN" not in repr(scratch.rows()) + first.err
    assert scratch.store.is_served or b"T0KEN" not in scratch.database.read_bytes()


def test_a_recipient_that_is_none_is_a_sentence(tmp_path: Path, box: Mailbox) -> None:
    scratch = made(tmp_path, box, 'to = ["file:digest.md"]')
    assert "--to: 'ftp:x' is no recipient" in scratch.run("digest", "--send", "--to", "ftp:x").err
    assert scratch.run("digest", "--to", "stdout:").code == 2


DIE = """
import os, signal, sys
from pathlib import Path
from pmtrack.app import App, post
from pmtrack.config import load

real = post.send

def send(*given):
    if sys.argv[2] == "after":
        real(*given)
    os.kill(os.getpid(), signal.SIGKILL)

post.send = send
list(App(load(Path(sys.argv[1]))).send_digest())
"""


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("to", ["mailto:team@acme.example", "slack:ops"])
def test_a_process_that_is_killed_while_it_sends(tmp_path: Path, box: Mailbox, when: str, to: str) -> None:
    """A mail is sent again under the same name; a chat is not, and is told as unknown."""
    with webhook() as hook:
        scratch = made(tmp_path, box, f'to = ["{to}"]')
        environment = {**os.environ, "PMTRACK_OPS_URL": hook.url}
        killed = subprocess.run([sys.executable, "-c", DIE, str(scratch.config), when], env=environment, check=False)
        assert killed.returncode == -signal.SIGKILL
        scratch.store.forget_leases()
        assert rows(scratch) == [(to, "sending", 1)]
        answer = scratch.run("digest", "--send", environment={"PMTRACK_OPS_URL": hook.url})
        scratch.run("digest", "--send", environment={"PMTRACK_OPS_URL": hook.url})
    if to.startswith("mailto:"):
        assert len({mail["Message-ID"] for mail in box.mails}) == 1
        assert len(box.mails) == (2 if when == "after" else 1)
        assert (answer.code, rows(scratch)) == (0, [(to, "sent", 2)])
    else:
        assert len(hook.got) == (1 if when == "after" else 0)
        assert (answer.code, rows(scratch)) == (1, [(to, "unknown", 1)])
        assert "may not have arrived: pmtrack ended while it was sent" in scratch.run("digest").out


def test_two_workers_send_one(tmp_path: Path, box: Mailbox) -> None:
    box.slow = 0.5
    scratch = made(tmp_path, box, 'to = ["mailto:team@acme.example"]')
    both = [scratch.start("digest", "--send") for _ in range(2)]
    answers = [process.communicate(timeout=60) for process in both]
    assert len(box.mails) == 1, answers
    assert rows(scratch) == [("mailto:team@acme.example", "sent", 1)]
    assert 0 in [process.returncode for process in both]


@pytest.mark.sqlite
def test_one_waits_for_nobody(tmp_path: Path, box: Mailbox) -> None:
    scratch = made(tmp_path, box, 'to = ["mailto:team@acme.example"]')
    from pmtrack.store.lock import Lock

    with Lock("sqlite:///pmtrack.db", scratch.folder, suffix="sending"):
        answer = scratch.run("digest", "--send")
    assert (answer.code, box.raw) == (1, [])
    assert answer.complaints == [
        "pmtrack: another pmtrack is sending messages: wait for it to end, then try again (nothing was sent)"
    ]


def test_a_comment_is_edited_in_place(tmp_path: Path, box: Mailbox) -> None:
    scratch = made(tmp_path, box, 'to = ["issue:board/0001"]')
    issue = scratch.issue("Add an alert")
    before = issue.read_text(encoding="utf-8")
    assert scratch.run("digest", "--send").code == 0
    first = issue.read_text(encoding="utf-8")
    assert first.count("Action items, week") == before.count("Action items, week") + 1
    scratch.run("digest", "--send", "--again")
    assert issue.read_text(encoding="utf-8") == first
    assert_quiet(scratch)


# ------------------------------------------------------------ reminders and the budget, day by day

REMINDERS = """
[policy.reminders]
before = ["7d", "1d"]
overdue_every = "3d"
escalate_after = "5d"
escalate_to = ["mailto:head@acme.example"]
unowned_to = ["mailto:ana@acme.example"]
quiet = ["saturday", "sunday"]
"""
DUE = (
    OUTAGE.replace("due 2099-12-01", "due 2026-12-10")
    .replace("Bo)", "Bo, due 2026-12-09)")
    .replace("payment queue", "payment queue (due 2026-12-02)")
)
FIRST = datetime(2026, 11, 30, 0, 30, tzinfo=UTC)  # a Monday


class Days:
    """A month of a daemon, an hour at a time; the mail server sees who got something on which day."""

    def __init__(self, scratch: Scratch, box: Mailbox) -> None:
        self.now = FIRST
        self.box = box
        self.got: Counter[tuple[str, str]] = Counter()
        self.subjects: list[str] = []
        self.app = App(load(scratch.config), now=lambda: self.now)

    def hours(self, count: int) -> None:
        for _ in range(count):
            seen = len(self.box.raw)
            list(self.app.send_reminders())
            for mail in self.box.mails[seen:]:
                self.got[str(mail["To"]), f"{self.now:%a %d}"] += 1
                self.subjects.append(str(mail["Subject"]))
            self.now += timedelta(hours=1)


def test_there_is_at_most_one_reminder_a_day_and_none_on_quiet_days(tmp_path: Path, box: Mailbox) -> None:
    days = Days(made(tmp_path, box, "to = []", REMINDERS, DUE), box)
    days.hours(24 * 21)
    assert set(days.got.values()) == {1}
    by = {to: [day for name, day in days.got if name == to] for to, _ in days.got}
    assert by == {  # nobody's is due on the 2nd, Bo's on the 9th, Ana's on the 10th; what fell on a Saturday waits
        "ana@acme.example": ["Tue 01", "Thu 03", "Mon 07", "Wed 09", "Fri 11", "Mon 14", "Tue 15", "Thu 17", "Fri 18"],
        "bo@acme.example": ["Wed 02", "Tue 08", "Thu 10", "Mon 14", "Wed 16"],
        "head@acme.example": ["Mon 07", "Thu 10", "Mon 14", "Tue 15", "Wed 16", "Thu 17", "Fri 18"],
    }
    assert not any(day.startswith(("Sat", "Sun")) for _, day in days.got)


def test_what_a_daemon_missed_is_said_once_when_it_is_back(tmp_path: Path, box: Mailbox) -> None:
    days = Days(made(tmp_path, box, "to = []", REMINDERS, DUE), box)
    days.hours(24)
    days.now += timedelta(days=7)  # down from the 1st to the 8th
    days.hours(24)
    assert days.got["bo@acme.example", "Tue 08"] == 1
    assert days.got["ana@acme.example", "Tue 08"] == 1
    assert sum(days.got.values()) == 3  # and the head, of what is five days late


def test_a_snoozed_item_is_not_reminded_of(tmp_path: Path, box: Mailbox) -> None:
    scratch = made(tmp_path, box, "to = []", REMINDERS, DUE)
    row = scratch.row("Rotate the gateway")
    answer = scratch.run("snooze", row["id"], "--until", "2030-01-01", "--reason", "the vendor is on holiday")
    assert (answer.code, answer.out) == (0, "no reminders before 2030-01-01: Rotate the gateway certificate\n")
    days = Days(scratch, box)
    days.hours(24 * 14)
    assert "bo@acme.example" not in {to for to, _ in days.got}
    assert "Snoozed (1)" in scratch.run("digest").out
    assert scratch.run("snooze", row["id"], "--end").code == 0
    assert "Snoozed" not in scratch.run("digest").out
    assert_quiet(scratch)


def test_a_refused_reminder_is_sent_later_that_day(tmp_path: Path, box: Mailbox) -> None:
    days = Days(made(tmp_path, box, "to = []", REMINDERS, DUE), box)
    box.refused = {"ana@acme.example"}
    days.hours(24 + 12)  # Tuesday noon: it was due at nine
    assert days.got == {}
    box.refused = set()
    days.hours(3)
    assert days.got == {("ana@acme.example", "Tue 01"): 1}
    days.hours(24 - 15)
    assert sum(days.got.values()) == 1


def test_who_waits_for_a_refused_message_does_not_read_the_store_all_the_time(
    tmp_path: Path, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    days = Days(made(tmp_path, box, "to = []", REMINDERS, DUE), box)
    box.refused, read, reads = {"ana@acme.example"}, notify.Facts.read, []
    monkeypatch.setattr(notify.Facts, "read", lambda setup: reads.append(setup) or read(setup))
    days.now = FIRST + timedelta(days=1, hours=9)
    for _ in range(60):
        list(days.app.send_reminders())
        days.now += timedelta(seconds=30)
    assert len(reads) == 5  # at once, then after 1, 2, 4 and 8 minutes more


def test_by_cron_reminders_are_a_command(tmp_path: Path, box: Mailbox) -> None:
    due = OUTAGE.replace("due 2099-12-01", f"due {(datetime.now(UTC) - timedelta(days=1)).date()}")
    policy = REMINDERS.replace('quiet = ["saturday", "sunday"]', 'at = "00:00"')
    scratch = made(tmp_path, box, "to = []", policy, due)
    first = scratch.run("digest", "--send", "--reminders")
    assert (first.code, first.out, first.err) == (0, "sent to mailto:ana@acme.example\n", "")
    assert scratch.run("digest", "--send", "--reminders").out == "nobody is to be reminded now\n"
    assert scratch.run("digest", "--reminders").code == 2
    assert len(box.mails) == 1


def test_check_says_which_secret_is_missing_and_sends_nothing(tmp_path: Path, box: Mailbox) -> None:
    scratch = made(tmp_path, box, 'to = ["slack:ops", "mailto:team@acme.example"]')
    scratch.config.write_text(scratch.config.read_text().replace('security = "none"', 'security = "tls"\nuser = "x"'))
    answer = scratch.run("check")
    assert answer.code == 1
    assert answer.out.splitlines() == [
        "slack:ops: there is no PMTRACK_OPS_URL in the environment: set it, or PMTRACK_OPS_URL_FILE to a file",
        "mailto:team@acme.example: there is no PMTRACK_SMTP_PASSWORD in the environment: set it, or "
        "PMTRACK_SMTP_PASSWORD_FILE to a file",
    ]
    environment = {"PMTRACK_OPS_URL": "https://x.example/y", "PMTRACK_SMTP_PASSWORD": "z"}
    told = scratch.run("check", environment=environment)
    assert (told.code, box.raw) == (0, [])
    assert "pmtrack explain" in scratch.run("check", "--help").out


def test_an_unchanged_run_tells_nobody_anything(tmp_path: Path, box: Mailbox) -> None:
    """The budget: no mail, no chat, no comment, no issue written, no document written."""
    with webhook() as hook:
        scratch = made(tmp_path, box, 'to = ["mailto:team@acme.example"]', REMINDERS, DUE)
        app = App(load(scratch.config), now=lambda: FIRST + timedelta(days=1, hours=12))
        app.sync(Scope())
        sent = [*app.send_digest(), *app.send_reminders()]
        assert len(sent) == 2
        before, mails, files = rows(scratch), len(box.raw), scratch.files()
        for _ in range(3):
            app.sync(Scope())
            assert [*app.send_digest(), *app.send_reminders()] == []
        assert (rows(scratch), len(box.raw), scratch.files(), hook.got) == (before, mails, files, [])


def test_cancel_leaves_the_issue_and_the_document_alone(tmp_path: Path, box: Mailbox) -> None:
    scratch = made(tmp_path, box, "to = []", REMINDERS, DUE)
    before = scratch.files()
    answer = scratch.run("cancel", "0003", "--reason", "the gateway goes away")
    assert answer.code == 0
    assert answer.out.startswith("called off: Rotate the gateway certificate\n")
    assert scratch.files() == before
    assert scratch.row("Rotate")["status"] == "open"
    assert "Called off, and still open (1)" in scratch.run("digest").out
    assert "called off, the gateway goes away" in scratch.run("explain", "0003").out
    assert_quiet(scratch)


def test_a_webhook_that_says_nothing_keeps_no_other_channel_waiting(tmp_path: Path, box: Mailbox) -> None:
    with webhook() as hook:
        hook.drops = True
        scratch = made(tmp_path, box, 'to = ["slack:ops", "file:digest.md"]')
        answer = scratch.run("digest", "--send", environment={"PMTRACK_OPS_URL": hook.url})
    assert answer.code == 1
    assert "slack:ops did not answer" in answer.err
    assert rows(scratch) == [("file:digest.md", "sent", 1), ("slack:ops", "unknown", 1)]


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["snooze", "0001", "--reason", "x"], 2, "say either --until DATE or --end"),
        (["snooze", "0001", "--until", "2030-01-01", "--end"], 2, "say either --until DATE or --end"),
        (["snooze", "0001", "--until", "2020-01-01", "--reason", "x"], 1, "2020-01-01 is not after today"),
        (["snooze", "0001", "--until", "2030-01-01"], 1, "it needs a reason"),
        (["snooze", "0001", "0099", "--until", "2030-01-01", "--reason", "x"], 1, "there is no item '0099'"),
        (["cancel", "0001", "--reason", " "], 1, "it needs a reason"),
        (["explain", "0099"], 1, "there is no item '0099'"),
        (["digest", "--source", "nosuch"], 1, "there is no source 'nosuch': use one of postmortems"),
        (["digest", "--send", "--owner", "Ana"], 2, "who gets what stands in [digest]"),
    ],
)
def test_a_mistake_is_a_sentence_and_changes_nothing(
    tmp_path: Path, box: Mailbox, arguments: list[str], code: int, sentence: str
) -> None:
    scratch = made(tmp_path, box, "to = []")
    before = scratch.rows()
    answer = scratch.run(*arguments)
    assert answer.code == code
    assert sentence in " ".join(answer.err.replace("│", " ").split())
    assert scratch.rows() == before


GITHUB = """
[[sources]]
name = "postmortems"
path = "postmortems"
tracker = "shop"
[trackers.shop]
kind = "github"
repository = "acme/shop"
base_url = "{url}"
"""


def test_a_digest_on_github_is_one_comment_that_is_edited(tmp_path: Path) -> None:
    hub = Hub()
    hub.add_repo("acme/shop", people="pmtrack-bot")
    with serve(hub) as url:
        scratch = Scratch.make(tmp_path, config=GITHUB.format(url=url))
        secrets = {"PMTRACK_SHOP_TOKEN": hub.add_token("pmtrack-bot").value}

        def run(*arguments: str) -> str:
            answer = scratch.run(*arguments, environment=secrets)
            assert answer.code == 0, answer
            return answer.out

        run("sync", "--yes")
        assert run("digest", "--send", "--to", "issue:shop/#1") == "sent to issue:shop/#1\n"
        run("digest", "--send", "--to", "issue:shop/#1", "--again")
        run("snooze", "#1", "--until", "2099-01-01", "--reason", "for another digest")
        run("digest", "--send", "--to", "issue:shop/#1", "--again")
        writes = [one for one in hub.log if one.method != "GET" and "/comments" in one.path]
        (comment,) = hub.issue("acme/shop", 1).comments
    assert [one.method for one in writes] == ["POST", "PATCH"]
    assert "## Snoozed (1)" in comment.body

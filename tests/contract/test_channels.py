"""Files, comments and chats: what is sent, and what each failure means. Webhooks are real ones on this machine."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pmtrack.errors import TrackerError, UnknownOutcome
from pmtrack.reports.channels import Means, Message, NotSent, Unsure, scheme_of, send
from pmtrack.reports.digest_forms import CHAT_LIMIT, COMMENT_LIMIT, as_chat, as_comment, as_html, as_markdown
from pmtrack.reports.digest_letter import Letter, Line, Link, Section
from support.receivers import Webhook, webhook

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated")  # of what apprise imports

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
LINE = Line("Alert on card refusals", ("Ana Ruiz", "overdue since 2026-11-02"), (Link("#12", "https://x.example/12"),))
LETTER = Letter("Action items, week 48 of 2026", ("1 item: 1 open",), (Section("Overdue", (LINE,), 1),), ("fresh",))
MESSAGE = Message(LETTER, "2026-W48", NOW)
CHATS = ("slack", "teams", "discord", "webhook", "apprise")


@pytest.mark.parametrize(
    ("to", "scheme"),
    [
        ("file:digest.md", "file"), ("file:out/week: 47.md", "file"), ("stdout:", "stdout"), ("slack:ops", "slack"),
        ("mailto:ana.ruiz+x@mail.acme.example", "mailto"), ("issue:shop/#12", "issue"), ("issue:ops/OPS-3", "issue"),
        ("teams:on-call", "teams"), ("discord:a", "discord"), ("apprise:pager.2", "apprise"), ("webhook:x", "webhook"),
    ],
)  # fmt: skip
def test_a_recipient_names_its_channel(to: str, scheme: str) -> None:
    assert scheme_of(to) == scheme


@pytest.mark.parametrize(
    "to",
    [
        "file:", "digest.md", "", "stdout", "stdout:x", "FILE:x", "ftp:x", "mailto:", "mailto:ana", "slack:#ops",
        "slack:",
        "mailto:ana@acme.example, bo@acme.example", "mailto:ana@acme.example\nBcc: eve@x.example", "issue:OPS-3",
        "mailto:ana@acme.example?cc=x", "mailto:Ana <ana@acme.example>", "issue:/x", "issue:a/b c",
        "slack:https://hooks.slack.com/services/T/B/x",
    ],
)  # fmt: skip
def test_an_unknown_recipient_is_refused_in_a_sentence(to: str) -> None:
    with pytest.raises(ValueError, match=r"is no recipient: write file:digest\.md, mailto:"):
        scheme_of(to)


# ------------------------------------------------------------ files and comments


def text(words: str) -> Message:
    return Message(Letter(words), "2026-W48", NOW)


def test_a_file_is_made_and_then_replaced_whole(tmp_path: Path) -> None:
    send("file:digest.md", text("a first, longer digest"), Means(tmp_path))
    send("file:digest.md", text("zweite: ü"), Means(tmp_path))
    assert (tmp_path / "digest.md").read_text(encoding="utf-8").startswith("# zweite: ü\n")
    assert [file.name for file in tmp_path.iterdir()] == ["digest.md"]


def test_a_path_may_hold_colons_and_folders(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    send("file:out/week: 47.md", MESSAGE, Means(tmp_path))
    assert (tmp_path / "out" / "week: 47.md").read_text(encoding="utf-8") == as_markdown(LETTER)


def test_a_file_may_be_a_page(tmp_path: Path) -> None:
    send("file:digest.html", MESSAGE, Means(tmp_path))
    assert (tmp_path / "digest.html").read_text(encoding="utf-8") == as_html(LETTER)


def test_the_standard_output_gets_the_text_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    send("stdout:", MESSAGE, Means(Path("unused")))
    assert capsys.readouterr().out == as_markdown(LETTER)


def test_what_cannot_be_written_is_a_sentence_with_a_next_step(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "target").write_text("somebody's")
    (tmp_path / "link").symlink_to(tmp_path / "target")
    for to, why in (("missing/digest.md", "No such file"), ("folder", "not a regular file"), ("link", "symbolic link")):
        with pytest.raises(NotSent, match=rf"^the digest cannot be written to {to} \(.*{why}.*\): see that its"):
            send(f"file:{to}", MESSAGE, Means(tmp_path))
    assert (tmp_path / "target").read_text() == "somebody's"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["folder", "link", "target"]


def test_a_comment_is_handed_to_the_tracker() -> None:
    got = []
    means = Means(Path(), comment=lambda *said: got.append(said))
    send("issue:ops/OPS-3", MESSAGE, means)
    assert got == [("ops", "OPS-3", as_comment(LETTER))]


@pytest.mark.parametrize(("error", "kind"), [(TrackerError("no"), NotSent), (UnknownOutcome("perhaps"), Unsure)])
def test_what_a_tracker_says_of_a_comment_is_what_it_means(error: TrackerError, kind: type[Exception]) -> None:
    def comment(*_said: str) -> None:
        raise error

    with pytest.raises(kind, match=str(error)):
        send("issue:ops/OPS-3", MESSAGE, Means(Path(), comment=comment))


def test_a_comment_and_a_chat_are_short_however_much_there_is() -> None:
    many = tuple(Line(f"Item {at} " + "x" * 60, ("Ana",)) for at in range(5_000))
    letter = Letter("Week", (), tuple(Section(f"S{at}", many, len(many)) for at in range(9)))
    assert len(as_comment(letter)) <= COMMENT_LIMIT
    assert "- and 4996 more" in as_comment(letter)
    long = Letter("Week", (), (Section("S", (Line("y" * 9_000),), 1),))
    assert len(as_comment(long)) <= COMMENT_LIMIT
    assert len(as_chat(letter)) <= CHAT_LIMIT + 40
    assert as_chat(letter).endswith("… see `pmtrack digest`")


# ------------------------------------------------------------ chats


def address(scheme: str, hook: Webhook) -> str:
    """Apprise has addresses of its own: this one is a Mattermost on this machine."""
    return f"json://{hook.url.removeprefix('http://')}" if scheme == "apprise" else hook.url


def means(scheme: str, hook: Webhook, patience: float = 5.0) -> Means:
    return Means(Path(), environment={"PMTRACK_OPS_URL": address(scheme, hook)}, patience=patience)


def payload(scheme: str, letter: Letter = LETTER) -> object:
    with webhook() as hook:
        send(f"{scheme}:ops", Message(letter, "2026-W48", NOW), means(scheme, hook))
    (got,) = hook.got
    return got


def test_slack_gets_text_in_which_nothing_is_a_command() -> None:
    assert payload("slack") == {
        "text": "Action items, week 48 of 2026\n1 item: 1 open\n\nOverdue (1):\n"
        "• Alert on card refusals (Ana Ruiz, overdue since 2026-11-02, #\u200b12) https://x.example/12",
        "unfurl_links": False,
        "unfurl_media": False,
    }


def test_discord_may_call_nobody() -> None:
    got = payload("discord")
    assert isinstance(got, dict)
    assert got["allowed_mentions"] == {"parse": []}
    assert got["content"].startswith("Action items, week 48 of 2026\n")


def test_teams_gets_a_card_with_a_block_for_each_line() -> None:
    got = payload("teams")
    assert isinstance(got, dict)
    (card,) = [attachment["content"] for attachment in got["attachments"]]
    assert (got["type"], card["type"]) == ("message", "AdaptiveCard")
    assert [block["text"] for block in card["body"]][:3] == ["Action items, week 48 of 2026", "1 item: 1 open", " "]


def test_any_webhook_gets_json() -> None:
    got = payload("webhook")
    assert isinstance(got, dict)
    assert (got["schema"], got["period"], got["title"]) == (1, "2026-W48", LETTER.title)
    assert got["markdown"] == as_markdown(LETTER)


def test_apprise_gets_the_rest() -> None:
    pytest.importorskip("apprise")
    got = payload("apprise")
    assert isinstance(got, dict)
    assert got["title"] == LETTER.title
    assert "Alert on card refusals" in got["message"]


EVIL = "@channel <!channel> <@U123> <#C1|x> @everyone [x](https://evil.example) `@here` &lt;!here&gt; *b*"


@pytest.mark.parametrize("scheme", ["slack", "teams", "discord", "webhook"])
def test_nobodys_words_call_anybody(scheme: str) -> None:
    evil = Line(EVIL, (EVIL,), (Link(EVIL, None),))
    got = payload(scheme, Letter(EVIL, (EVIL,), (Section(EVIL, (evil,), 1),)))
    assert isinstance(got, dict)
    assert not re.search(r"@\w|<!", json.dumps(got, ensure_ascii=False))
    got.pop("markdown", None)  # in which other signs act
    assert not re.search(r"<[@#]|\]\(", json.dumps(got, ensure_ascii=False))


@pytest.fixture(params=CHATS)
def chat(request: pytest.FixtureRequest) -> str:
    if request.param == "apprise":
        pytest.importorskip("apprise", reason="needs the extra pmtrack[notify]")
    return str(request.param)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 429, 503])
def test_what_is_refused_was_not_sent(chat: str, status: int) -> None:
    with webhook() as hook:
        hook.statuses = [status]
        with pytest.raises(NotSent, match=rf"{chat}:ops refused the message \({status}\)"):
            send(f"{chat}:ops", MESSAGE, means(chat, hook))
    assert len(hook.got) == 1


@pytest.mark.parametrize("status", [500, 502, 504])
def test_a_server_that_fails_may_have_done_it_before(chat: str, status: int) -> None:
    with webhook() as hook:
        hook.statuses = [status]
        with pytest.raises(Unsure, match=rf"{chat}:ops answered {status}: look there whether"):
            send(f"{chat}:ops", MESSAGE, means(chat, hook))
    assert len(hook.got) == 1


def test_a_server_that_hangs_may_have_done_it(chat: str) -> None:
    with webhook() as hook:
        hook.hangs = 6.0 if chat == "apprise" else 1.0
        with pytest.raises(Unsure, match=f"{chat}:ops did not answer .ReadTimeout."):
            send(f"{chat}:ops", MESSAGE, means(chat, hook, patience=0.3))
    assert len(hook.got) == 1


def test_a_server_that_closes_the_line_may_have_done_it(chat: str) -> None:
    with webhook() as hook:
        hook.drops = True
        with pytest.raises(Unsure, match=f"{chat}:ops did not answer"):
            send(f"{chat}:ops", MESSAGE, means(chat, hook))


def test_a_server_that_is_not_there_got_nothing(chat: str) -> None:
    with webhook() as hook:
        gone = means(chat, hook)
    with pytest.raises(NotSent, match=f"{chat}:ops cannot be reached"):
        send(f"{chat}:ops", MESSAGE, gone)


FAILURES: list[Callable[[Webhook], None]] = [
    lambda hook: setattr(hook, "statuses", [404]),
    lambda hook: setattr(hook, "statuses", [500]),
    lambda hook: setattr(hook, "drops", True),
]


@pytest.mark.parametrize("failure", FAILURES)
def test_no_failure_says_the_address(
    chat: str, failure: Callable[[Webhook], None], caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Its path is the secret. Neither in the error, nor in a log, nor on a stream."""
    caplog.set_level(logging.DEBUG, logger="apprise")
    with webhook("T0KEN-very-secret") as hook:
        failure(hook)
        with pytest.raises((NotSent, Unsure)) as failed:
            send(f"{chat}:ops", MESSAGE, means(chat, hook))
    assert "T0KEN" in hook.paths[0]
    assert "T0KEN" not in f"{failed.value}{failed.value.__cause__}{''.join(capfd.readouterr())}"
    assert failed.value.__suppress_context__ or failed.value.__context__ is None
    assert not [
        record for record in caplog.records if record.name.startswith("apprise") and "T0KEN" in record.getMessage()
    ]


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({}, "there is no PMTRACK_OPS_URL in the environment: set it, or PMTRACK_OPS_URL_FILE to a file"),
        ({"PMTRACK_OPS_URL": "https://x", "PMTRACK_OPS_URL_FILE": "y"}, "are both set"),
        ({"PMTRACK_OPS_URL": "https://x /y"}, "PMTRACK_OPS_URL holds spaces"),
    ],
)
def test_an_address_comes_from_the_environment(chat: str, environment: dict[str, str], sentence: str) -> None:
    with pytest.raises(NotSent, match=re.escape(sentence)):
        send(f"{chat}:ops", MESSAGE, Means(Path(), environment=environment))


@pytest.mark.parametrize("scheme", ["slack", "teams", "discord", "webhook"])
def test_an_address_of_another_kind_is_refused_without_saying_it(scheme: str) -> None:
    with pytest.raises(NotSent, match=rf"the address of {scheme}:ops does not begin with https://") as refused:
        send(f"{scheme}:ops", MESSAGE, Means(Path(), environment={"PMTRACK_OPS_URL": "xoxb-secret"}))
    assert "secret" not in str(refused.value)


def test_without_apprise_it_is_said_how_to_have_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "apprise", None)
    with pytest.raises(NotSent, match=r"install pmtrack with its extra, pmtrack\[notify\]"):
        send("apprise:ops", MESSAGE, Means(Path(), environment={"PMTRACK_OPS_URL": "json://x"}))


def test_what_apprise_does_not_understand_is_said() -> None:
    pytest.importorskip("apprise")
    with pytest.raises(NotSent, match="PMTRACK_OPS_URL is no address that apprise understands"):
        send("apprise:ops", MESSAGE, Means(Path(), environment={"PMTRACK_OPS_URL": "nonsense://x"}))

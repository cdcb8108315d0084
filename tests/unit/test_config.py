"""The configuration: what is read, and every problem as a sentence of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from pmtrack import config as module
from pmtrack.config import Config, find, load
from pmtrack.errors import ConfigError
from pmtrack.model import Side
from pmtrack.sources.settings import GitSettings
from pmtrack.trackers.settings import Credential, FilesSettings, GitHubSettings, JiraSettings, Limits

EXAMPLES = Path(__file__).parents[2] / "config"

MINIMAL = """\
[[sources]]
name = "postmortems"
path = "postmortems"
tracker = "board"

[trackers.board]
kind = "files"
path = "issues"
"""


def read(folder: Path, text: str) -> Config:
    path = folder / "pmtrack.toml"
    path.write_text(text, encoding="utf-8")
    return load(path)


def problems(folder: Path, text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read(folder, text)
    assert all(line.startswith(str(folder)) for line in caught.value.problems), caught.value.problems
    return [line.split(".toml: ", 1)[1] for line in caught.value.problems]


class TestWhatIsRead:
    def test_everything_but_a_source_and_a_tracker_has_a_default(self, tmp_path: Path) -> None:
        config = read(tmp_path, MINIMAL)
        assert (config.timezone, config.store, config.base) == ("UTC", "sqlite:///pmtrack.db", tmp_path)
        assert config.publish.report
        assert config.service.sync_every == timedelta(minutes=5)
        assert (config.sync.brake.creates, config.sync.brake.others, config.sync.brake.percent) == (25, 10, 20)
        assert (config.sync.wins.title, config.sync.wins.owner) == (Side.DOCUMENT, Side.TRACKER)
        assert (config.digest.day, config.digest.at, config.digest.to) == ("monday", time(9), ("file:digest.md",))
        assert config.sources[0].include == ("**/*.md",)

    def test_every_value_that_is_written_is_taken(self, tmp_path: Path) -> None:
        config = read(
            tmp_path,
            """
            timezone = "Europe/Paris"
            store = "sqlite:///state/x.db"
            since = 2026-01-01
            [sync]
            brake = { creates = 1, others = 2, percent = 3 }
            wins = { title = "tracker", owner = "document" }
            [publish]
            report = false
            [service]
            sync_every = "90s"
            [digest]
            day = "Friday"
            at = "17:30"
            to = ["file:a.md", "file:b.md"]
            """
            + MINIMAL.replace('name = "postmortems"', 'name = "postmortems"\nmax_bytes = "2MB"\nexclude = ["x/**"]'),
        )
        assert config.zone.key == "Europe/Paris"
        assert (config.since, config.publish.report) == (date(2026, 1, 1), False)
        assert config.sync.brake.percent == 3
        assert (config.sync.wins.title, config.sync.wins.owner) == (Side.TRACKER, Side.DOCUMENT)
        assert config.service.sync_every == timedelta(seconds=90)
        assert (config.digest.day, config.digest.at) == ("friday", time(17, 30))
        assert (config.sources[0].max_bytes, config.sources[0].exclude) == (2_000_000, ("x/**",))

    def test_a_date_may_be_written_as_text(self, tmp_path: Path) -> None:
        assert read(tmp_path, f'since = "2026-01-01"\n{MINIMAL}').since == date(2026, 1, 1)

    def test_a_byte_order_mark_is_no_part_of_it(self, tmp_path: Path) -> None:
        assert read(tmp_path, f"\ufeff{MINIMAL}").timezone == "UTC"

    def test_a_preset_is_the_base_and_own_days_win(self, tmp_path: Path) -> None:
        table = '[policy]\npreset = "atlassian-4-8-weeks"\ndue = { P0 = "3d" }\nseverity = { sev1 = "1w" }\n'
        policy = read(tmp_path, MINIMAL + table).policy.policy()
        assert policy.due == {"P0": 3, "P1": 28, "P2": 56, "P3": 56}
        assert policy.severity == {"sev1": 7}

    def test_without_a_policy_nothing_is_dated(self, tmp_path: Path) -> None:
        assert read(tmp_path, MINIMAL).policy.policy().due == {}

    @pytest.mark.parametrize("written", ["SEV1", "sev-1", "Sev 1"])
    def test_a_severity_means_the_same_however_it_is_written(self, tmp_path: Path, written: str) -> None:
        from pmtrack.policy import due_by_policy

        policy = read(tmp_path, f'{MINIMAL}[policy]\nseverity = {{ "{written}" = "1w" }}\n').policy.policy()
        for words in ("SEV1", "sev-1", "Sev 1"):
            assert due_by_policy(policy, None, words, date(2026, 3, 1)) == date(2026, 3, 8)

    def test_people_are_read_from_the_file_beside_it(self, tmp_path: Path) -> None:
        (tmp_path / "people.toml").write_text('[[person]]\nname = "Ana Lopez"\naliases = ["@ana"]\ngithub = "al"\n')
        config = read(tmp_path, f'people = "people.toml"\n{MINIMAL}')
        assert config.directory.account("Bo", "github") == "Bo"
        assert config.directory.account("@ana", "github") == "al"

    def test_it_is_found_by_option_then_environment_then_place(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match="pmtrack init"):
            find(None, {}, tmp_path)
        (tmp_path / "config").mkdir()
        (tmp_path / "config" / "pmtrack.toml").touch()
        assert find(None, {}, tmp_path) == tmp_path / "config" / "pmtrack.toml"
        (tmp_path / "pmtrack.toml").touch()
        assert find(None, {}, tmp_path) == tmp_path / "pmtrack.toml"
        assert find(None, {"PMTRACK_CONFIG": "x.toml"}, tmp_path) == Path("x.toml")
        assert find(Path("y.toml"), {"PMTRACK_CONFIG": "x.toml"}, tmp_path) == Path("y.toml")


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        ("line", "sentence"),
        [
            ('stor = "x"', "stor: unknown key: remove it, or did you mean 'store'?"),
            ("publish = { reprot = true }", "publish.reprot: unknown key: remove it, or did you mean 'report'?"),
            ("zzqqx = 1", "zzqqx: unknown key: remove it"),
            ('base = "/tmp"', "base: unknown key: remove it"),
            ('file = "x"', "file: unknown key: remove it"),
            ("directory = {}", "directory: unknown key: remove it"),
            ('timezone = "Mars/Base"', "timezone: there is no time zone 'Mars/Base': use a name such as Europe/Paris"),
            ('timezone = "/etc/passwd"', "timezone: there is no time zone '/etc/passwd'"),
            ("timezone = 3", "timezone: "),
            ('since = "last year"', "since: "),
            ('service = { sync_every = "often" }', "service.sync_every: write a time such as 30s, 5m, 1h or 2d"),
            ('service = { sync_every = "0s" }', "service.sync_every: write a time of at least 1s, such as 30s"),
            ("service = { sync_every = 5 }", "service.sync_every: write a time such as 30s, 5m, 1h or 2d"),
            ('policy = { preset = "best" }', "policy.preset: there is no preset 'best': use one of "),
            ('policy = { due = { P9 = "7d" } }', "policy.due.P9"),
            ('policy = { due = { P1 = "soon" } }', "policy.due.P1: 'soon' is no length of time"),
            ("policy = { due = { P1 = -1 } }", "policy.due.P1: "),
            ("sync = { brake = { percent = 101 } }", "sync.brake.percent: "),
            ("sync = { brake = { creates = -1 } }", "sync.brake.creates: "),
            ('sync = { wins = { title = "me" } }', "sync.wins.title: "),
            ('digest = { day = "payday" }', "digest.day: 'payday' is no weekday"),
            ('digest = { at = "25:00" }', "digest.at: "),
            ('digest = { to = ["pigeon:loft"] }', "digest.to.1: "),
            ('people = "nosuch.toml"', "there is no such file"),
        ],
    )
    def test_a_wrong_value_is_named_by_its_key(self, tmp_path: Path, line: str, sentence: str) -> None:
        (problem,) = problems(tmp_path, f"{line}\n{MINIMAL}")
        assert problem.startswith(sentence), problem

    @pytest.mark.parametrize(
        ("old", "new", "sentence"),
        [
            ('path = "postmortems"\n', "", "sources.1.path: is missing: add it"),
            ('tracker = "board"', 'tracker = "bord"', "sources.postmortems.tracker: there is no [trackers.bord]: "),
            ('name = "postmortems"', 'name = "a b"', "sources.1.name: "),
            (
                'tracker = "board"',
                'tracker = "board"\nkind = "git"\nremote = "x.git"',
                "sources.1.path: unknown key: remove it",
            ),
            ('tracker = "board"', 'tracker = "board"\nkind = "ftp"', "sources.1.kind: "),
            ('tracker = "board"', 'tracker = "board"\nmax_bytes = "much"', "sources.1.max_bytes: 'much' is no size"),
            ('tracker = "board"', 'tracker = "board"\ninclude = ["/x"]', "sources.1.include.1: '/x' matches nothing"),
            ('tracker = "board"', 'tracker = "board"\ninclud = ["*"]', "sources.1.includ: unknown key: remove it"),
            ('path = "issues"', "", "trackers.board.path: is missing: add it"),
            ('kind = "files"\n', "", "trackers.board: "),
            ('kind = "files"', 'kind = "excel"', "trackers.board: "),
            ('path = "issues"', 'path = "issues"\ntoken = "x"', "trackers.board.token: unknown key: remove it"),
        ],
    )
    def test_a_wrong_source_or_tracker_is_named_by_its_key(
        self, tmp_path: Path, old: str, new: str, sentence: str
    ) -> None:
        (problem,) = problems(tmp_path, MINIMAL.replace(old, new, 1))
        assert problem.startswith(sentence), problem

    def test_every_problem_is_said_at_once(self, tmp_path: Path) -> None:
        (tmp_path / "people.toml").write_text("[[person]]\nnam = 'x'\n")
        text = f'people = "people.toml"\nstor = 1\ntimezone = "x"\nbase = 3\n{MINIMAL}'.replace('"board"', '"bord"')
        found = "\n".join(problems(tmp_path, text))
        for words in ("stor: ", "timezone: ", "base: ", "[trackers.bord]", "person.1.name: ", "person.1.nam: "):
            assert words in found

    def test_no_source_at_all_is_a_problem(self, tmp_path: Path) -> None:
        assert any("add a [[sources]] table" in line for line in problems(tmp_path, 'timezone = "UTC"\n'))

    def test_two_sources_of_one_name_are_a_problem(self, tmp_path: Path) -> None:
        first = MINIMAL.partition("[trackers")[0]
        assert any("is used twice" in line for line in problems(tmp_path, first + MINIMAL))

    def test_a_secret_in_the_file_is_not_repeated(self, tmp_path: Path) -> None:
        text = MINIMAL.replace('path = "issues"', 'path = "issues"\ntoken = "hunter2-very-secret"')
        assert "hunter2" not in "\n".join(problems(tmp_path, text))

    def test_one_name_for_two_people_is_a_problem(self, tmp_path: Path) -> None:
        people = '[[person]]\nname = "Ana {}"\naliases = ["Ana"]\n'
        (tmp_path / "people.toml").write_text(people.format("Lopez") + people.format("Novak"))
        (problem,) = problems(tmp_path, f'people = "people.toml"\n{MINIMAL}')
        assert "Ana Lopez and Ana Novak" in problem

    @pytest.mark.parametrize("content", [b"a = ", b"\xff\xfe", b"a = 1\na = 2\n"], ids=["cut", "utf-16", "twice"])
    def test_what_is_no_toml_is_said(self, tmp_path: Path, content: bytes) -> None:
        path = tmp_path / "pmtrack.toml"
        path.write_bytes(content)
        with pytest.raises(ConfigError, match=r"not valid TOML|UTF-8"):
            load(path)

    def test_shapes_of_another_kind_are_problems_and_no_crash(self, tmp_path: Path) -> None:
        for text in ("sources = 1", "sources = [1]", "trackers = 1", "trackers = { a = 1 }", "people = 1", "sync = []"):
            assert problems(tmp_path, f"{text}\n")


class TestExamples:
    def test_the_example_that_init_writes_is_the_one_that_is_documented(self) -> None:
        written = Path(module.__file__).parent / "cli" / "pmtrack.toml"
        assert written.read_text(encoding="utf-8") == (EXAMPLES / "pmtrack.toml").read_text(encoding="utf-8")

    @pytest.mark.parametrize("name", ["pmtrack.toml", "github.toml", "jira.toml", "git.toml"])
    def test_every_example_loads(self, name: str) -> None:
        assert load(EXAMPLES / name).sources

    def test_the_example_of_people_loads_through_a_configuration_that_names_it(self) -> None:
        directory = load(EXAMPLES / "github.toml").directory
        assert directory.account("@lisa", "github") == "lisa-m"
        assert directory.problems() == []

    def test_what_is_commented_out_loads_as_well(self, tmp_path: Path) -> None:
        text = (EXAMPLES / "pmtrack.toml").read_text(encoding="utf-8")
        (tmp_path / "people.toml").write_text((EXAMPLES / "people.toml").read_text(encoding="utf-8"))
        assert read(tmp_path, re.sub(r"^# (?=\w+ = )", "", text, flags=re.MULTILINE)).since

    @pytest.mark.parametrize(
        ("name", "model"),
        [
            ("pmtrack.toml", Config),
            ("pmtrack.toml", FilesSettings),
            ("github.toml", GitHubSettings),
            ("github.toml", Limits),
            ("github.toml", Credential),
            ("jira.toml", JiraSettings),
            ("git.toml", GitSettings),
            ("people.toml", module._PeopleSettings),
        ],
        ids=lambda value: value if isinstance(value, str) else value.__name__,
    )
    def test_every_key_is_shown(self, name: str, model: type[BaseModel]) -> None:
        text = (EXAMPLES / name).read_text(encoding="utf-8")
        assert [key for key in sorted(set(_keys(model))) if not re.search(rf"\b{key}\b", text)] == []


def _keys(model: type[BaseModel]) -> Iterator[str]:
    elsewhere = {"base", "file", "directory", "credentials"}
    for name, field in model.model_fields.items():
        if name in elsewhere:
            continue
        yield name
        for inner in _models(field.annotation):
            yield from _keys(inner)


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, (GitHubSettings, JiraSettings, GitSettings)):
        return
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in getattr(annotation, "__args__", ()):
        yield from _models(argument)


class TestMessages:
    """What a configuration may say of digests and reminders, across its tables."""

    SMTP = '[digest.smtp]\nhost = "mail.acme.example"\nsender = "pmtrack@acme.example"\n'

    @pytest.mark.parametrize(
        ("text", "sentence"),
        [
            ('[digest]\nto = ["mailto:ana@acme.example"]\n', "digest.smtp: is missing: add it with host and sender"),
            ('[digest.sources]\nnosuch = ["file:a.md"]\n', "digest.sources.nosuch: there is no source 'nosuch'"),
            ('[policy.sources.nosuch]\npreset = "default"\n', "policy.sources.nosuch: there is no source 'nosuch'"),
            ("[digest]\nteams = true\n", "people: the channel of team payments: '#payments' is no recipient"),
            ("[digest]\nowners = true\n", "digest.smtp: is missing"),
            ('[policy.reminders]\nbefore = ["1d"]\n', "digest.smtp: is missing"),
            (f'{SMTP}security = "none"\nuser = "x"\n', "a password must not travel in the open"),
            (f'{SMTP}password = "hunter2"\n', "digest.smtp.password: unknown key"),
            (SMTP.replace("pmtrack@", "Us <pmtrack@"), "is no mail address: write it as ana@acme.example"),
            (
                f'{SMTP}unsubscribe = "http://x"\n',
                "leads nowhere: write an address that begins with https:// or mailto:",
            ),
            ('[policy.reminders]\nbefor = ["1d"]\n', "did you mean 'before'?"),
        ],
    )
    def test_a_contradiction_is_a_sentence(self, tmp_path: Path, text: str, sentence: str) -> None:
        people = (
            '[[person]]\nname = "Ana"\nemail = "ana@acme.example"\n[[team]]\nname = "payments"\nchannel = "#payments"\n'
        )
        (tmp_path / "people.toml").write_text(people)
        found = problems(tmp_path, f'people = "people.toml"\n{MINIMAL}\n{text}')
        assert any(sentence in problem for problem in found), found
        assert "hunter2" not in "\n".join(found)

    def test_the_tables_of_the_example_load_when_their_comments_are_taken_away(self, tmp_path: Path) -> None:
        text = (EXAMPLES / "pmtrack.toml").read_text(encoding="utf-8")
        policy, digest = (text.partition(start)[2].partition("\n\n[")[0] for start in ("\n[policy]\n", "\n[digest]\n"))
        told = re.sub(
            r"^# +(?=\[[a-z.]+\]|\w+ = )", "", f"[policy]\n{policy}\n[digest]\n{digest}\n", flags=re.MULTILINE
        )
        people = (EXAMPLES / "people.toml").read_text(encoding="utf-8")
        (tmp_path / "people.toml").write_text(people)
        config = read(tmp_path, f'people = "people.toml"\n{MINIMAL}\n{told}')
        assert config.digest.smtp
        assert config.digest.smtp.server(tmp_path).authority == tmp_path / "ca.pem"
        assert config.policy.reminding()["postmortems"].escalate_to == ("mailto:shop-lead@acme.example",)
        assert config.policy.reminders.calendar().quiet == {"saturday", "sunday", date(2026, 12, 25)}

"""The configuration: one TOML file, one tree of settings, every problem at once.

Paths in the file are relative to it. Secrets are never in it: they come from the environment.
"""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from pmtrack.errors import ConfigError
from pmtrack.model import Side
from pmtrack.people import Directory, Person, Team
from pmtrack.reports.policy_settings import PolicySettings, unreachable
from pmtrack.reports.settings import DigestSettings
from pmtrack.secrets import shown
from pmtrack.sources.settings import GitPublishSettings, SourceSettings, unpublishable, with_shared
from pmtrack.spans import Interval
from pmtrack.store.place import chosen
from pmtrack.trackers.settings import Credential, TrackerSettings

OURS = frozenset({"base", "file", "directory"})
"""Attributes of `Config` that no file may set."""

PLACES = ("pmtrack.toml", "config/pmtrack.toml")
VARIABLE = "PMTRACK_CONFIG"


class Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"there is no time zone {name!r}: use a name such as Europe/Paris") from None
    return name


def _url(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError(  # noqa: TRY004 - what stands there is not told, since it may be a password
            "write a text such as sqlite:///pmtrack.db or postgresql://user@host/database"
        )
    return value


def _address(value: str) -> str:
    if value and not re.fullmatch(r"(\[[0-9a-fA-F:.]+\]|[\w.-]+):\d{1,5}", value):
        raise ValueError(f"{value!r} is no address: write it as 127.0.0.1:8750 or [::1]:8750")
    return value


class BrakeSettings(Settings):
    """How much one run may do before it asks.

    Attributes:
        creates: so many new issues of one source.
        others, percent: of closing, reopening, changing and losing items each as many, or as many percent of the
            source's linked items, whichever is more.
    """

    creates: int = Field(25, ge=0)
    others: int = Field(10, ge=0)
    percent: int = Field(20, ge=0, le=100)


class WinsSettings(Settings):
    """Who wins where both sides changed one field differently; the other value is kept in the history, and shown.

    Attributes:
        title, owner, priority, due: whose word it is.
    """

    title: Side = Side.DOCUMENT
    owner: Side = Side.TRACKER
    priority: Side = Side.TRACKER
    due: Side = Side.TRACKER


class SyncSettings(Settings):
    """What a sync may do."""

    brake: BrakeSettings = BrakeSettings()
    wins: WinsSettings = WinsSettings()


class LintSettings(Settings):
    """What `pmtrack lint` does not ask for; the command, which alone knows the rules, checks their names.

    Attributes:
        off: rules that are not wanted; docs/extraction.md lists them.
    """

    off: tuple[str, ...] = ()


class ServiceSettings(Settings):
    """How the daemon runs.

    Attributes:
        sync_every: how often each source is synced that does not say so itself.
        lease: how long a worker may give no sign of life until another one takes over, where several share a store.
        log: how its log is written: auto is for people on a terminal, and JSON elsewhere.
        listen: where it answers by HTTP, "127.0.0.1:8750"; "" for nowhere.
        ready_after: so many intervals without a successful sync of a source are too many for `/readyz`.
        page: whether the report is shown at `/`.
        page_header: the header by which a reverse proxy says who somebody is, where it guards the page.
        trusted_proxies: the addresses from which that header is believed.
    """

    sync_every: Interval = timedelta(minutes=5)
    lease: Interval = timedelta(seconds=30)
    log: Literal["auto", "json", "console"] = "auto"
    listen: Annotated[str, AfterValidator(_address)] = "127.0.0.1:8750"
    ready_after: int = Field(3, ge=1)
    page: bool = False
    page_header: str | None = Field(None, pattern=r"^[A-Za-z0-9-]+$")
    trusted_proxies: tuple[str, ...] = ("127.0.0.1", "::1")


class Config(Settings):
    """The whole configuration.

    Attributes:
        base: the folder that paths are relative to. file: where it was read from.
        timezone: where days begin and end; an item that is due today is not late yet.
        store: what is remembered between two runs: sqlite:///FILE or postgresql://USER@HOST/DATABASE.
        people: the file that says who is who, people.toml.
        since: older postmortems are read and reported, and make no new issues.
        sources: where postmortems are, a [[sources]] table for each place; at least one.
        trackers: where issues are, by name; at least the one that each source names.
        credentials: accounts that several trackers and sources share, by name.
        directory: what the file of people says.
    """

    base: Path
    file: Path
    timezone: Annotated[str, AfterValidator(_zone)] = "UTC"
    store: Annotated[str, BeforeValidator(_url)] = Field("sqlite:///pmtrack.db", repr=False)  # may hold a password
    people: Path | None = None
    since: date | None = None
    sync: SyncSettings = SyncSettings()
    policy: PolicySettings = PolicySettings()
    publish: GitPublishSettings = GitPublishSettings()
    digest: DigestSettings = DigestSettings()
    service: ServiceSettings = ServiceSettings()
    lint: LintSettings = LintSettings()
    sources: tuple[SourceSettings, ...] = ()
    trackers: dict[str, TrackerSettings] = {}
    credentials: dict[str, Credential] = {}
    directory: Directory = Directory()

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


def find(option: Path | None, environment: Mapping[str, str] = os.environ, folder: Path | None = None) -> Path:
    """The configuration file: `--config`, else the environment, else the usual places.

    Raises:
        ConfigError: there is none.
    """
    named = option or (Path(environment[VARIABLE]) if environment.get(VARIABLE) else None)
    if named:
        return named
    for place in PLACES:
        if (found := (folder or Path.cwd()) / place).is_file():
            return found
    raise ConfigError([f"there is no {' or '.join(PLACES)} here: run `pmtrack init`, or name one with --config FILE"])


def load(path: Path) -> Config:
    """Read a configuration file and the people file that it names.

    Raises:
        ConfigError: every problem of both files, one sentence each.
    """
    raw = _toml(path)
    base = path.resolve().parent
    problems = [f"{path}: {key}: unknown key: remove it" for key in OURS if raw.pop(key, None) is not None]
    directory, found = _people(base / raw["people"]) if isinstance(raw.get("people"), str) else (Directory(), [])
    problems += [*found, *(f"{path}: {problem}" for problem in _contradictions(raw))]
    try:
        config = Config.model_validate({**raw, "base": base, "file": path, "directory": directory})
    except ValidationError as error:
        raise ConfigError([*_sentences(path, Config, error), *problems]) from None
    config = config.model_copy(update={"sources": tuple(with_shared(one, config.publish) for one in config.sources)})
    names = {source.name for source in config.sources}
    problems += [f"{path}: {problem}" for problem in map(unpublishable, config.sources) if problem]
    problems += [f"{path}: {problem}" for problem in unreachable(config.digest, config.policy, names, config.directory)]
    if problems:
        raise ConfigError(problems)
    return config.model_copy(update={"store": chosen(config.store)})


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise ConfigError(
            [f"{path}: there is no such file: run `pmtrack init`, or name another with --config"]
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([f"{path}: cannot be read ({_why(error)}): make it readable, in UTF-8"]) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([f"{path}: is not valid TOML: {error}"]) from None


def _why(error: Exception) -> str:
    return getattr(error, "strerror", None) or "not UTF-8"


def _contradictions(raw: Mapping[str, Any]) -> Iterable[str]:
    """What no single key shows. From the raw file, so that it is found beside the mistakes in single keys."""
    sources = [source for source in _list(raw.get("sources")) if isinstance(source, dict)]
    trackers = raw["trackers"] if isinstance(raw.get("trackers"), dict) else {}
    if not sources:
        yield "sources: there is none: add a [[sources]] table that says where your postmortems are"
    names = [str(source["name"]) for source in sources if "name" in source]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"sources: the name {name!r} is used twice: give each source a name of its own"
    for source in sources:
        tracker = source.get("tracker")
        if isinstance(tracker, str) and tracker not in trackers:
            known = ", ".join(sorted(trackers)) or "none yet"
            yield f"sources.{source.get('name')}.tracker: there is no [trackers.{tracker}]: known trackers are {known}"


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


class _PersonSettings(Settings):
    """Somebody who may own items.

    Attributes:
        name: as reports are to show it.
        aliases: how documents write it as well; case does not matter.
        github: the login on GitHub. jira: the accountId on Cloud, the user name on Data Center.
        email: where digests and reminders go; on Jira Cloud an account is found by it too.
        until: the last day in the team; open items from then on are shown as such.
        successor: who is meant by that name from then on.
    """

    name: str = Field(min_length=1)
    aliases: tuple[str, ...] = ()
    github: str | None = None
    jira: str | None = None
    email: str | None = None
    until: date | None = None
    successor: str | None = None


class _TeamSettings(Settings):
    """A team that may own items, which counts as an owner.

    Attributes:
        name: as reports are to show it.
        aliases: how documents write it as well.
        lead: who is assigned, by name.
        label: on the team's issues on GitHub. jira_component: the same in Jira.
        channel: where the team's digest goes, with `teams` in `[digest]`: a recipient.
    """

    name: str = Field(min_length=1)
    aliases: tuple[str, ...] = ()
    lead: str | None = None
    label: str | None = None
    jira_component: str | None = None
    channel: str | None = None


class _PeopleSettings(Settings):
    person: tuple[_PersonSettings, ...] = ()
    team: tuple[_TeamSettings, ...] = ()


def _people(path: Path) -> tuple[Directory, list[str]]:
    try:
        settings = _PeopleSettings.model_validate(_toml(path))
    except ConfigError as error:
        return Directory(), list(error.problems)
    except ValidationError as error:
        return Directory(), _sentences(path, _PeopleSettings, error)
    directory = Directory(
        tuple(Person(**person.model_dump()) for person in settings.person),
        tuple(Team(**team.model_dump()) for team in settings.team),
    )
    return directory, [f"{path}: {problem}" for problem in directory.problems()]


def _sentences(path: Path, model: type[BaseModel], error: ValidationError) -> list[str]:
    return [f"{path}: {_key(problem['loc'])}: {_sentence(model, problem)}" for problem in error.errors()]


def _key(location: tuple[int | str, ...]) -> str:
    parts = [str(part + 1) if isinstance(part, int) else part for part in location]
    kinds = {"folder", "git", "files", "github", "jira"}  # the names of union members are no keys
    return ".".join(part for at, part in enumerate(parts) if not (at == 2 and part in kinds)) or "the file"


def _sentence(model: type[BaseModel], problem: Any) -> str:
    kind, message = problem["type"], str(problem["msg"])
    say: Mapping[str, Callable[[], str]] = {
        "extra_forbidden": lambda: f"unknown key: remove it{_meant(model, problem['loc'])}",
        "missing": lambda: "is missing: add it",
        "value_error": lambda: message.removeprefix("Value error, "),
    }
    return say[kind]() if kind in say else f"{message[0].lower()}{message[1:]} (found {shown(problem['input'])})"


def _meant(model: type[BaseModel], location: tuple[int | str, ...]) -> str:
    """The key that a mistyped one stands for, among all keys of the tree."""
    close = difflib.get_close_matches(str(location[-1]), sorted(_keys(model)), n=1, cutoff=0.7)
    return f", or did you mean {close[0]!r}?" if close else ""


def _keys(model: type[BaseModel]) -> set[str]:
    found = set(model.model_fields) - OURS
    for field in model.model_fields.values():
        for inner in _models(field.annotation):
            found |= _keys(inner)
    return found


def _models(annotation: Any) -> Iterable[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in getattr(annotation, "__args__", ()):
        yield from _models(argument)

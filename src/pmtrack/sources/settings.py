"""What a configuration may say of a source."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag

from pmtrack.ready import ALWAYS, Ready, ready
from pmtrack.spans import Interval, Span

UNITS = {"": 1, "b": 1, "kb": 1_000, "mb": 1_000_000, "gb": 1_000_000_000}
LOCAL = ("localhost", "127.0.0.1", "::1")
_WIKI = re.compile(r"(\.wiki(\.git)?|\.git/wiki)/?$")


def _bytes(value: object) -> object:
    """`16MB` as 16000000."""
    if not isinstance(value, str):
        return value
    found = re.fullmatch(r"([0-9]{1,12})\s*([kmg]?b)?", value.strip().lower())
    if not found:
        raise ValueError(f"{value!r} is no size: write it as 16MB")
    return int(found[1]) * UNITS[found[2] or ""]


def _folder(value: object) -> object:
    if value != "folder":
        raise ValueError(f"there is no kind of source {value!r}: use folder or git")
    return value


def _glob(value: object) -> object:
    if isinstance(value, str) and (value.startswith("/") or {"", ".", ".."} & set(value.split("/"))):
        raise ValueError(f"{value!r} matches nothing: write it relative to the source's path, such as **/*.md")
    return value


def _pattern(value: str, allowed: frozenset[str] = frozenset({"path", "line"})) -> str:
    names = set(re.findall(r"\{([^}]*)\}", value))
    if not re.fullmatch(r"https?://[^\s/]+/\S*", value) or "path" not in names or names - allowed:
        raise ValueError(
            f"{value!r} leads nowhere: write it as https://host/{{path}}, or https://host/{{path}}#L{{line}}"
        )
    return value


def _commit_pattern(value: str) -> str:
    return _pattern(value, frozenset({"path", "line", "commit"}))


def _remote(value: str) -> str:
    """Raises:
    ValueError: it is no address, or carries a secret, which would stand on disk and in the arguments of git.
    """
    parts = urlsplit(value) if "://" in value else None
    if parts and (parts.password or (parts.username and parts.scheme in ("http", "https"))):
        raise ValueError("the address holds a user or a secret: take it out, and set the token in the environment")
    if parts and parts.scheme not in ("https", "ssh", "file") and parts.hostname not in LOCAL:
        raise ValueError(f"{parts.scheme}:// is no way to reach it: write https://, ssh:// or a path")
    if value.startswith("-") or "::" in value or not value.isprintable() or not value.strip():
        raise ValueError("this is no address of a repository: write https://, ssh://, git@host:path or a path")
    return value


def _web(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or not value.isprintable():
        raise ValueError("write the repository's page as https://host/owner/name, without a user or a password")
    return value


def _branch(value: str) -> str:
    if not re.fullmatch(r"(?!-)(?!.*(\.\.|//|@\{|\.lock(/|$)))[^\x00-\x20\x7f~^:?*\[\\]+(?<![/.])", value):
        raise ValueError(f"{value!r} is no name of a branch: write it as main or team/postmortems")
    return value


def _author(value: str) -> str:
    if not re.fullmatch(r"[^<>\n]*[^<>\s][^<>\n]* <[^<>\s]+>", value):
        raise ValueError(f"{value!r} is no author: write it as Name <mail@host.example>")
    return value


Size = Annotated[int, BeforeValidator(_bytes), Field(gt=0)]
Glob = Annotated[str, BeforeValidator(_glob)]
Pattern = Annotated[str, AfterValidator(_pattern)]
ReadyRule = Annotated[Ready, BeforeValidator(ready)]


class PublishSettings(BaseModel):
    """What is written into people's documents; what a source does not say itself, `[publish]` says for all.

    Attributes:
        report: whether a document holds the report on its items.
        items: whether the items' own lines are kept in step with their issues as well.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    report: bool = True
    items: bool = False


class GitPublishSettings(PublishSettings):
    """What is written into people's documents, and how it comes into a repository.

    Attributes:
        mode: push: a commit on the branch itself; pull-request: a branch of ours and one pull request, updated in
            place; off: nothing is written.
        per_folder: a branch and a pull request for each folder, for its owners' review. Folders are counted from the
            one that `include` names on.
        min_interval: the least time between two commits; what changes meanwhile waits for the next one.
        author: who makes the commits. skip_ci: whether `[skip ci]` stands in the subject of each.
    """

    mode: Literal["push", "pull-request", "off"] = "push"
    per_folder: bool = False
    min_interval: Span = timedelta(hours=1)
    author: Annotated[str, AfterValidator(_author)] = "pmtrack <pmtrack@localhost>"
    skip_ci: bool = False


class FolderSettings(BaseModel):
    """A folder of postmortems.

    Attributes:
        name: what it is called in commands, reports and the store. A new name is a new source.
        path: relative to the configuration file.
        include, exclude: globs relative to `path`: `**/` is any number of folders, `*` and `?` stay within one.
        tracker: the name of the tracker where new issues go.
        ready: when the items of a document become issues: "always"; a key of its front matter with the values that
            make it ready, "status: final, published"; or "quiet 24h", once its words have been the same for so long.
        max_bytes: larger documents are left out, with a problem that says so; also written as "16MB".
        link: the address where people read a document, for the issues: "https://host/{path}#L{line}". The line is that
            of the day the issue was made.
        sync_every: how often this source is synced; None for `service.sync_every`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, pattern=r"^[\w.-]+$")
    kind: Annotated[Literal["folder"], BeforeValidator(_folder)] = "folder"
    path: Path
    include: tuple[Glob, ...] = ("**/*.md",)
    exclude: tuple[Glob, ...] = ()
    tracker: str
    ready: ReadyRule = ALWAYS
    max_bytes: Size = 16_000_000
    link: Pattern | None = None
    sync_every: Interval | None = None
    publish: PublishSettings = PublishSettings()


class GitSettings(BaseModel):
    """Postmortems in a git repository; its token is in the environment (`PMTRACK_NAME_TOKEN`), never here.

    Attributes:
        name: what it is called in commands, reports, commits and the store. A new name is a new source.
        remote: https://host/owner/name.git, ssh://, git@host:owner/name.git, or a path relative to the configuration
            file. A wiki is a repository too: https://host/owner/name.wiki.git.
        branch: None for the remote's default branch.
        include, exclude: globs relative to the repository's root.
        tracker, ready, max_bytes: as for a folder.
        credential: whose token is used; without it, the one of the source's own name, where there is one.
        user: the name that goes with the token, where the host wants a certain one.
        host, web: whose forms of links are used, and the repository's page, where `remote` does not tell.
        link: the address where people read a document instead: "https://host/{path}", also with {line} and {commit}.
        cache: where the clone is kept, relative to the configuration file; it belongs to pmtrack.
        depth: how many commits of the history the first clone has, None for all (their files are left out anyway).
        timeout: how long a conversation with the remote may take.
        sync_every: how often this source is synced; None for `service.sync_every`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, pattern=r"^[\w.-]+$")
    kind: Literal["git"]
    remote: Annotated[str, AfterValidator(_remote)]
    branch: Annotated[str, AfterValidator(_branch)] | None = None
    include: tuple[Glob, ...] = ("**/*.md",)
    exclude: tuple[Glob, ...] = ()
    tracker: str
    ready: ReadyRule = ALWAYS
    max_bytes: Size = 16_000_000
    credential: str | None = None
    user: str | None = Field(None, pattern=r"^[^:\s]+$")
    host: Literal["github", "gitlab", "bitbucket", "bitbucket-server", "gitea"] | None = None
    web: Annotated[str, AfterValidator(_web)] | None = None
    link: Annotated[str, AfterValidator(_commit_pattern)] | None = None
    cache: Path | None = None
    depth: int | None = Field(None, gt=0)
    timeout: Span = timedelta(minutes=10)
    sync_every: Interval | None = None
    publish: GitPublishSettings = GitPublishSettings()

    @property
    def is_wiki(self) -> bool:
        """Whether it is the repository of a wiki, which has neither lines nor pull requests."""
        return _WIKI.search(self.remote) is not None


def _kind(value: Any) -> str:
    """Whose settings are meant: those of a folder also where no kind is named, or one that there is none of."""
    kind = value.get("kind") if isinstance(value, dict) else getattr(value, "kind", None)
    return "git" if kind == "git" else "folder"


SourceSettings = Annotated[
    Annotated[FolderSettings, Tag("folder")] | Annotated[GitSettings, Tag("git")], Discriminator(_kind)
]


def with_shared(source: SourceSettings, shared: GitPublishSettings) -> SourceSettings:
    """The source with what `[publish]` says for all sources, where it does not say it itself."""
    own = source.publish
    said = {name: getattr(shared, name) for name in shared.model_fields_set & type(own).model_fields.keys()}
    said |= {name: getattr(own, name) for name in own.model_fields_set}
    return source.model_copy(update={"publish": own.model_copy(update=said)})


def unpublishable(source: SourceSettings) -> str | None:
    """What cannot be published as the configuration wants it, in a sentence with the key; None where all can."""
    if isinstance(source, GitSettings) and source.is_wiki and source.publish.mode == "pull-request":
        return f'sources.{source.name}.publish.mode: a wiki has no pull requests: set it to "push" or "off"'
    return None

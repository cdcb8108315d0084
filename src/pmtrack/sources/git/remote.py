"""Addresses: what a remote's tells about its host, and the pages where people read a document there (pure)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

from pmtrack.sources.base import Host
from pmtrack.sources.settings import GitSettings

_SCP = re.compile(r"(?:[\w.-]+@)?(?P<host>[\w.-]+|\[[0-9a-fA-F:]+\]):(?!//)(?P<path>.+)")

HOSTS: tuple[tuple[str, str], ...] = (
    ("github", "github"),
    ("gitlab", "gitlab"),
    ("bitbucket.org", "bitbucket"),
    ("bitbucket", "bitbucket-server"),
    ("gitea", "gitea"),
    ("forgejo", "gitea"),
    ("codeberg.org", "gitea"),
)
"""A word in a host's name -> whose forms of addresses it uses."""

PAGES: Mapping[str, tuple[str, str]] = {
    "github": ("{web}/blob/{commit}/{path}", "?plain=1#L{line}"),
    "gitlab": ("{web}/-/blob/{commit}/{path}", "?plain=1#L{line}"),
    "bitbucket": ("{web}/src/{commit}/{path}", "#lines-{line}"),
    "bitbucket-server": ("{web}/browse/{path}?at={commit}", "#{line}"),
    "gitea": ("{web}/src/commit/{commit}/{path}", "?display=source#L{line}"),
}
"""Kind of host -> a document's page at a commit, and what leads to a line (only the source of Markdown has lines)."""

BRANCHES: Mapping[str, str] = {
    "bitbucket-server": "{web}/browse/{path}",
    "gitea": "{web}/src/branch/{branch}/{path}",
}
"""Kind of host -> a document's page as it is now, where that differs from the one at a commit."""

COMMITS: Mapping[str, str] = {
    "gitlab": "{web}/-/commit/{commit}",
    "bitbucket": "{web}/commits/{commit}",
    "bitbucket-server": "{web}/commits/{commit}",
}
WIKIS: Mapping[str, str] = {
    "github": "{web}/wiki/{name}",
    "gitlab": "{web}/-/wikis/{page}",
    "gitea": "{web}/wiki/{page}",
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a repository is to be read by people.

    Attributes:
        kind: of its host, None where that is not known. web: its page, "" for none. wiki: it is one.
    """

    kind: str | None
    web: str
    wiki: bool = False

    def page(self, path: str, commit: str, line: int | None = None) -> str:
        """The document as it was at a commit, at a line; "" where there is no page. A wiki shows what is there now."""
        if self.wiki:
            return self._filled(WIKIS.get(self.kind or "", ""), path, commit)
        page, anchor = PAGES.get(self.kind or "", ("", ""))
        return self._filled(page + (anchor if line else ""), path, commit, line)

    def current(self, path: str, branch: str) -> str:
        """The document as it is now."""
        if self.wiki:
            return self.page(path, "")
        form = BRANCHES.get(self.kind or "") or PAGES.get(self.kind or "", ("",))[0]
        return self._filled(form, path, quote(branch, safe="/"), branch=quote(branch, safe="/"))

    def commit(self, commit: str) -> str:
        """The page of a commit, else its id, for people."""
        form = COMMITS.get(self.kind or "", "{web}/commit/{commit}") if self.kind and not self.wiki else ""
        return self._filled(form, "", commit) or f"commit {commit[:12]}"

    def _filled(self, form: str, path: str, commit: str, line: int | None = None, branch: str = "") -> str:
        page = path.rpartition(".")[0] or path
        values = {
            "{web}": self.web,
            "{commit}": commit,
            "{branch}": branch,
            "{line}": str(line or ""),
            "{path}": quote(path, safe="/"),
            "{page}": quote(page, safe="/"),
            "{name}": quote(page.rpartition("/")[2], safe=""),
        }
        return filled(form, values) if self.web else ""


def filled(form: str, values: Mapping[str, str]) -> str:
    """The form with its names replaced, each once: what is put in is not looked at again."""
    return re.sub(r"\{\w+\}", lambda name: values.get(name[0], name[0]), form)


def address(settings: GitSettings, base: Path) -> str:
    """The remote as git takes it: a path is relative to the configuration file."""
    if "://" in settings.remote or _SCP.fullmatch(settings.remote):
        return settings.remote
    return str((base / Path(settings.remote).expanduser()).resolve())


def place(settings: GitSettings) -> Place:
    """Where people read the repository, by its address or by what the configuration says of it."""
    host, path = _split(settings.remote)
    bare = re.sub(r"\.git$", "", path.strip("/"))
    name = re.sub(r"(\.wiki|\.git/wiki)$", "", bare)
    kind: str | None = settings.host or next((kind for word, kind in HOSTS if host and word in host), None)
    web = settings.web or (f"https://{host}/{_web_path(kind, name)}" if host else "")
    return Place(kind, web.rstrip("/") if kind else "", settings.is_wiki)


def host(place: Place) -> Host | None:
    """Where the repository is talked with otherwise than by git, None where nobody knows."""
    parts = urlsplit(place.web)
    if not place.kind or not parts.netloc:
        return None
    return Host(place.kind, f"{parts.scheme}://{parts.netloc}", parts.path.strip("/"))


def _split(remote: str) -> tuple[str, str]:
    """Host (with the port of a web address) and path; no host for a path on this machine."""
    if "://" in remote:
        parts = urlsplit(remote)
        web = parts.scheme in ("http", "https")
        return (parts.netloc if web else parts.hostname or "") if parts.scheme != "file" else "", parts.path
    found = _SCP.fullmatch(remote)
    return (found["host"], found["path"]) if found else ("", remote)


def _web_path(kind: str | None, name: str) -> str:
    """The page's path: a Bitbucket server has its repositories in projects."""
    project, _, repository = name.removeprefix("scm/").rpartition("/")
    if kind != "bitbucket-server" or not project:
        return quote(name, safe="/~")
    owner = f"users/{project[1:]}" if project.startswith("~") else f"projects/{project}"
    return quote(f"{owner}/repos/{repository}", safe="/")

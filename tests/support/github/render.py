"""The JSON that GitHub answers with. URLs are in tables; `{api}` is the address that the caller used."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from .access import Token, at_least, role_of
from .model import Comment, Event, Issue, IssueField, Label, Milestone, Repo, User, stamp

if TYPE_CHECKING:
    from .apps import App
    from .hub import Hub

Json = dict[str, Any]

_USER_URL = "{api}/users/{login}"
USER_URLS = {
    "avatar_url": "{web}/avatars/{id}",
    "url": _USER_URL,
    "html_url": "{web}/{login}",
    "followers_url": _USER_URL + "/followers",
    "following_url": _USER_URL + "/following{{/other_user}}",
    "gists_url": _USER_URL + "/gists{{/gist_id}}",
    "starred_url": _USER_URL + "/starred{{/owner}}{{/repo}}",
    "subscriptions_url": _USER_URL + "/subscriptions",
    "organizations_url": _USER_URL + "/orgs",
    "repos_url": _USER_URL + "/repos",
    "events_url": _USER_URL + "/events{{/privacy}}",
    "received_events_url": _USER_URL + "/received_events",
}
_REPO_URL = "{api}/repos/{full_name}"
_PARTS = {
    "archive": "/{{archive_format}}{{/ref}}",
    "assignees": "/assignees{{/user}}",
    "blobs": "/git/blobs{{/sha}}",
    "branches": "/branches{{/branch}}",
    "collaborators": "/collaborators{{/collaborator}}",
    "comments": "/comments{{/number}}",
    "commits": "/commits{{/sha}}",
    "compare": "/compare/{{base}}...{{head}}",
    "contents": "/contents/{{+path}}",
    "contributors": "/contributors",
    "deployments": "/deployments",
    "downloads": "/downloads",
    "events": "/events",
    "forks": "/forks",
    "git_commits": "/git/commits{{/sha}}",
    "git_refs": "/git/refs{{/sha}}",
    "git_tags": "/git/tags{{/sha}}",
    "hooks": "/hooks",
    "issue_comment": "/issues/comments{{/number}}",
    "issue_events": "/issues/events{{/number}}",
    "issues": "/issues{{/number}}",
    "keys": "/keys{{/key_id}}",
    "labels": "/labels{{/name}}",
    "languages": "/languages",
    "merges": "/merges",
    "milestones": "/milestones{{/number}}",
    "notifications": "/notifications{{?since,all,participating}}",
    "pulls": "/pulls{{/number}}",
    "releases": "/releases{{/id}}",
    "stargazers": "/stargazers",
    "statuses": "/statuses/{{sha}}",
    "subscribers": "/subscribers",
    "subscription": "/subscription",
    "tags": "/tags",
    "teams": "/teams",
    "trees": "/git/trees{{/sha}}",
}
REPO_URLS = {
    "url": _REPO_URL,
    "html_url": "{web}/{full_name}",
    "clone_url": "{web}/{full_name}.git",
    "svn_url": "{web}/{full_name}",
    "git_url": "git://github.com/{full_name}.git",
    "ssh_url": "git@github.com:{full_name}.git",
    **{f"{name}_url": _REPO_URL + rest for name, rest in _PARTS.items()},
}
_ISSUE_URL = _REPO_URL + "/issues/{number}"
ISSUE_URLS = {
    "url": _ISSUE_URL,
    "repository_url": _REPO_URL,
    "labels_url": _ISSUE_URL + "/labels{{/name}}",
    "comments_url": _ISSUE_URL + "/comments",
    "events_url": _ISSUE_URL + "/events",
    "timeline_url": _ISSUE_URL + "/timeline",
    "html_url": "{web}/{full_name}/{place}/{number}",
}
PULL_URLS = {
    "url": _REPO_URL + "/pulls/{number}",
    "html_url": "{web}/{full_name}/pull/{number}",
    "diff_url": "{web}/{full_name}/pull/{number}.diff",
    "patch_url": "{web}/{full_name}/pull/{number}.patch",
}
NOTHING: Mapping[str, Json] = {
    "user": {"company": None, "blog": "", "location": None, "email": None, "hireable": None, "bio": None},
    "repo": {"description": None, "homepage": None, "language": None, "license": None, "mirror_url": None},
}
NONE_OF_IT = {
    "user": ("public_repos", "public_gists", "followers", "following"),
    "own": ("private_gists", "total_private_repos", "owned_private_repos", "disk_usage", "collaborators"),
    "repo": ("forks", "forks_count", "stargazers_count", "watchers", "watchers_count", "size"),
    "counted": ("network_count", "subscribers_count"),
    "no": ("fork", "disabled", "has_pages", "has_wiki", "has_projects", "has_downloads", "has_discussions"),
    "reactions": ("total_count", "+1", "-1", "laugh", "confused", "heart", "hooray", "eyes", "rocket"),
    "dependencies": ("blocked_by", "blocking", "total_blocked_by", "total_blocking"),
}
OPTION_COLORS = ("red", "orange", "yellow", "green", "blue", "purple", "pink", "gray")


def zeros(what: str) -> Json:
    return dict.fromkeys(NONE_OF_IT[what], 0)


def node_id(kind: str, ident: int) -> str:
    return f"{kind}_{base64.urlsafe_b64encode(str(ident).encode()).decode().rstrip('=')}"


@dataclass(frozen=True, slots=True)
class Show:
    """Everything as one caller sees it. `api` is the address in the URLs, `token` decides the permissions shown."""

    hub: Hub
    api: str
    token: Token | None = None

    def _urls(self, table: Mapping[str, str], **names: Any) -> Json:
        return {key: url.format(api=self.api, web=self.hub.web, **names) for key, url in table.items()}

    # ------------------------------------------------------------ people and repositories

    def user(self, login: str | None) -> Json | None:
        return None if login is None else self._person(self.hub.users[login.lower()])

    def _person(self, user: User) -> Json:
        urls = self._urls(USER_URLS, login=user.login, id=user.id)
        more = {"node_id": node_id("U", user.id), "gravatar_id": "", "site_admin": False, "user_view_type": "public"}
        return {"login": user.login, "id": user.id, "type": user.kind, **urls, **more}

    def profile(self, user: User, *, own: bool = False) -> Json:
        born = {"created_at": "2020-01-01T00:00:00Z", "updated_at": "2020-01-01T00:00:00Z", "name": user.name}
        public = {**self._person(user), **born, **NOTHING["user"], **zeros("user")}
        return {**public, **zeros("own"), "two_factor_authentication": True} if own else public

    def repo(self, repo: Repo, *, full: bool = False) -> Json:
        count = sum(issue.state == "open" for issue in repo.issues())
        shown = {
            "id": repo.id,
            "node_id": node_id("R", repo.id),
            "name": repo.name,
            "full_name": repo.full_name,
            "owner": self.user(repo.owner),
            "private": repo.private,
            "visibility": "private" if repo.private else "public",
            "archived": repo.archived,
            "has_issues": repo.issues_on,
            "default_branch": "main",
            "open_issues": count,
            "open_issues_count": count,
            **{name: stamp(repo.created_at) for name in ("created_at", "updated_at", "pushed_at")},
            **self._urls(REPO_URLS, full_name=repo.full_name),
            **NOTHING["repo"],
            **zeros("repo"),
            **dict.fromkeys(NONE_OF_IT["no"], False),
        }
        if self.token is not None:
            shown["permissions"] = self._permissions(repo, self.token)
        return {**shown, **zeros("counted")} if full else shown

    def _permissions(self, repo: Repo, token: Token) -> Json:
        role = role_of(token, repo)
        names = {"pull": "read", "triage": "triage", "push": "write", "maintain": "maintain", "admin": "admin"}
        return {name: at_least(role, wanted) for name, wanted in names.items()}

    def app(self, app: App) -> Json:
        return {
            "id": app.id,
            "slug": app.name,
            "node_id": node_id("A", app.id),
            "owner": self.user(app.owner),
            "name": app.name,
            "description": None,
            "external_url": f"{self.hub.web}/apps/{app.name}",
            "html_url": f"{self.hub.web}/apps/{app.name}",
            "created_at": stamp(app.created_at),
            "updated_at": stamp(app.created_at),
            "permissions": dict(app.permissions),
            "events": ["issues", "issue_comment", "repository"],
        }

    def installation(self, app: App) -> Json:
        owner = self.hub.users[app.owner.lower()]
        return {
            "id": app.installation,
            "account": self.user(app.owner),
            "repository_selection": "all" if app.repos is None else "selected",
            "access_tokens_url": f"{self.api}/app/installations/{app.installation}/access_tokens",
            "repositories_url": f"{self.api}/installation/repositories",
            "html_url": f"{self.hub.web}/organizations/{app.owner}/settings/installations/{app.installation}",
            "app_id": app.id,
            "app_slug": app.name,
            "target_id": owner.id,
            "target_type": owner.kind,
            "permissions": dict(app.permissions),
            "events": [],
            "created_at": stamp(app.created_at),
            "updated_at": stamp(app.created_at),
            **dict.fromkeys(("single_file_name", "suspended_by", "suspended_at")),
        }

    def _through(self, app: int | None) -> Json | None:
        return None if app is None else self.app(self.hub.apps[app])

    # ------------------------------------------------------------ issues

    def issue(self, repo: Repo, issue: Issue) -> Json:
        names = {"full_name": repo.full_name, "number": issue.number}
        shown = {
            **self._urls(ISSUE_URLS, place="pull" if issue.pull_request else "issues", **names),
            **self._identity(repo, issue),
            **self._state(issue),
            "labels": [self.label(repo, repo.labels[one]) for one in issue.labels if one in repo.labels],
            "assignees": [self.user(login) for login in issue.assignees],
            "assignee": self.user(issue.assignees[0] if issue.assignees else None),
            "milestone": self.milestone(repo, issue.milestone),
            "type": self.kind(issue.kind),
            "issue_field_values": self.values(repo, issue),
            "sub_issues_summary": self._children(issue),
            "issue_dependencies_summary": zeros("dependencies"),
            "reactions": {
                "url": f"{self.api}/repos/{repo.full_name}/issues/{issue.number}/reactions",
                **zeros("reactions"),
            },
        }
        if issue.pull_request:
            shown["pull_request"] = {**self._urls(PULL_URLS, **names), "merged_at": None}
        return shown

    def _identity(self, repo: Repo, issue: Issue) -> Json:
        return {
            "id": issue.id,
            "node_id": node_id("PR" if issue.pull_request else "I", issue.id),
            "number": issue.number,
            "title": issue.title,
            "body": issue.body,
            "user": self.user(issue.author),
            "author_association": self.association(repo, issue.author),
            "performed_via_github_app": self._through(issue.app),
            "comments": len(issue.comments),
        }

    def _state(self, issue: Issue) -> Json:
        return {
            "state": issue.state,
            "state_reason": issue.state_reason,
            "locked": issue.locked,
            "active_lock_reason": None,
            "created_at": stamp(issue.created_at),
            "updated_at": stamp(issue.updated_at),
            "closed_at": stamp(issue.closed_at),
            "closed_by": self.user(issue.closed_by),
        }

    def _children(self, issue: Issue) -> Json:
        found = {one.id: one for repo in self.hub.repos.values() for one in repo.issues()} if issue.children else {}
        done = sum(found[child].state == "closed" for child in issue.children if child in found)
        total = len(issue.children)
        return {"total": total, "completed": done, "percent_completed": 100 * done // total if total else 0}

    def association(self, repo: Repo, login: str) -> str:
        if login.lower() == repo.owner.lower():
            return "OWNER"
        return "COLLABORATOR" if login.lower() in repo.roles else "NONE"

    def kind(self, name: str | None) -> Json | None:
        if name is None:
            return None
        ident = 1 + sum(map(ord, name))
        return {"id": ident, "node_id": node_id("IT", ident), "name": name, "description": None, "is_enabled": True}

    def label(self, repo: Repo, label: Label) -> Json:
        return {
            "id": label.id,
            "node_id": node_id("LA", label.id),
            "url": f"{self.api}/repos/{repo.full_name}/labels/{quote(label.name)}",
            "name": label.name,
            "description": label.description,
            "color": label.color,
            "default": False,
        }

    def milestone(self, repo: Repo, number: int | None) -> Json | None:
        return None if number is None else self._milestone(repo, repo.milestones[number])

    def _milestone(self, repo: Repo, milestone: Milestone) -> Json:
        url = f"{self.api}/repos/{repo.full_name}/milestones/{milestone.number}"
        states = [issue.state for issue in repo.issues() if issue.milestone == milestone.number]
        return {
            "url": url,
            "html_url": f"{self.hub.web}/{repo.full_name}/milestone/{milestone.number}",
            "labels_url": f"{url}/labels",
            "id": milestone.id,
            "node_id": node_id("MI", milestone.id),
            "number": milestone.number,
            "state": "open",
            "title": milestone.title,
            "description": None,
            "creator": self.user(milestone.creator),
            "open_issues": states.count("open"),
            "closed_issues": states.count("closed"),
            "created_at": stamp(milestone.created_at),
            "updated_at": stamp(milestone.created_at),
            "closed_at": None,
            "due_on": stamp(milestone.due_on),
        }

    # ------------------------------------------------------------ fields

    def values(self, repo: Repo, issue: Issue) -> list[Json]:
        known = {one.id: one for one in self.hub.fields.get(repo.owner.lower(), ())} if repo.fields_on else {}
        return [self._value(known[ident], value) for ident, value in issue.values.items() if ident in known]

    def _value(self, field: IssueField, value: Any) -> Json:
        names = {"issue_field_id": field.id, "issue_field_name": field.name, "node_id": node_id("IF", field.id)}
        shown = {**names, "data_type": field.kind, "value": value}
        if field.kind == "single_select":
            option = self._option(field, field.options.index(value))
            shown |= {"value": option["id"], "single_select_option": option}  # the id, as in GitHub's example
        return shown

    def _option(self, field: IssueField, index: int) -> Json:
        color = OPTION_COLORS[index % len(OPTION_COLORS)]
        return {"id": field.id * 100 + index, "name": field.options[index], "color": color}

    def field(self, field: IssueField) -> Json:
        shown: Json = {"id": field.id, "node_id": node_id("IF", field.id), "name": field.name}
        shown |= {"description": None, "data_type": field.kind}
        if field.options:
            shown["options"] = [self._option(field, index) for index in range(len(field.options))]
        return shown

    # ------------------------------------------------------------ comments and history

    def comment(self, repo: Repo, issue: Issue, comment: Comment) -> Json:
        here = f"{self.api}/repos/{repo.full_name}/issues"
        return {
            "id": comment.id,
            "node_id": node_id("IC", comment.id),
            "url": f"{here}/comments/{comment.id}",
            "html_url": f"{self.hub.web}/{repo.full_name}/issues/{issue.number}#issuecomment-{comment.id}",
            "issue_url": f"{here}/{issue.number}",
            "user": self.user(comment.author),
            "body": comment.body,
            "created_at": stamp(comment.created_at),
            "updated_at": stamp(comment.updated_at),
            "author_association": self.association(repo, comment.author),
            "performed_via_github_app": self._through(comment.app),
        }

    def event(self, repo: Repo, event: Event) -> Json:
        more = dict(event.more)
        if "assignee" in more:
            more |= {"assignee": self.user(more["assignee"]), "assigner": self.user(event.actor)}
        return {
            "id": event.id,
            "node_id": node_id("EV", event.id),
            "url": f"{self.api}/repos/{repo.full_name}/issues/events/{event.id}",
            "actor": self.user(event.actor),
            "event": event.kind,
            "commit_id": None,
            "commit_url": None,
            "created_at": stamp(event.at),
            "performed_via_github_app": None,
            **more,
        }

    def commented(self, repo: Repo, issue: Issue, comment: Comment) -> Json:
        """A comment as an entry of the timeline."""
        return {**self.comment(repo, issue, comment), "event": "commented", "actor": self.user(comment.author)}

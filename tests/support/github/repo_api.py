"""What the interface does apart from issues: people, repositories, labels, milestones, apps, limits."""

from __future__ import annotations

from . import apps, changes, checks
from .call import Call
from .limits import LIMITS
from .model import Label, stamp
from .pages import page_of
from .wire import Answer, Refused, error, invalid, not_found

# ---------------------------------------------------------------- people


def me(call: Call) -> Answer:
    if call.token.kind == "anonymous":
        raise Refused(401, "Requires authentication")
    if call.token.kind == "installation":
        raise Refused(403, "Resource not accessible by integration")
    return Answer(200, call.show.profile(call.hub.users[call.token.login.lower()], own=True))


def user(call: Call) -> Answer:
    found = call.hub.users.get(call.args["username"].lower())
    if found is None:
        raise not_found()
    return Answer(200, call.show.profile(found))


def assignees(call: Call) -> Answer:
    found = [call.show.user(login) for login in checks.assignable(call.repo)]
    return page_of(call, found, f"/repositories/{call.repo.id}/assignees")


def assignee_checked(call: Call) -> Answer:
    if call.args["assignee"].lower() not in checks.assignable(call.repo):
        raise not_found()
    return Answer(204)


def permission_of(call: Call) -> Answer:
    login = call.args["username"].lower()
    if login not in call.hub.users:
        raise not_found()
    role = call.repo.roles.get(login, "none" if call.repo.private else "read")
    known = {"maintain": "write", "triage": "read"}.get(role, role)
    person = {**(call.show.user(login) or {}), "role_name": role}
    return Answer(200, {"permission": known, "role_name": role, "user": person})


# ---------------------------------------------------------------- repositories


def repository(call: Call) -> Answer:
    return Answer(200, call.show.repo(call.repo, full=True))


def labels(call: Call) -> Answer:
    found = [call.show.label(call.repo, label) for label in call.repo.labels.values()]
    return page_of(call, found, f"/repositories/{call.repo.id}/labels")


def _label(call: Call) -> Label:
    found = call.repo.label_named(call.args["name"])
    if found is None:
        raise not_found()
    return found


def label(call: Call) -> Answer:
    return Answer(200, call.show.label(call.repo, _label(call)))


def label_created(call: Call) -> Answer:
    """422 `already_exists` for a name that is taken: create-if-absent in one step."""
    name = call.body.get("name")
    if not isinstance(name, str) or not name.strip():
        raise invalid(error("name", "missing_field", "Label"))
    if len(name) > checks.LABEL_LIMIT:
        raise invalid(checks.too_long("name", checks.LABEL_LIMIT, "Label"))
    if call.repo.label_named(name):
        raise invalid(error("name", "already_exists", "Label"))
    _check_push(call)
    color, words = call.body.get("color", "ededed"), call.body.get("description")
    return Answer(201, call.show.label(call.repo, changes.add_label(call.hub, call.repo, name, color, words)))


def _check_push(call: Call) -> None:
    if not call.may_push:
        raise not_found()


def milestones(call: Call) -> Answer:
    found = [call.show.milestone(call.repo, number) for number in call.repo.milestones]
    return page_of(call, found, f"/repositories/{call.repo.id}/milestones")


def milestone(call: Call) -> Answer:
    number = int(call.args["milestone_number"])
    if number not in call.repo.milestones:
        raise not_found()
    return Answer(200, call.show.milestone(call.repo, number))


def milestone_created(call: Call) -> Answer:
    title = call.body.get("title")
    if not isinstance(title, str) or not title.strip():
        raise invalid(error("title", "missing_field", "Milestone"))
    if any(one.title == title for one in call.repo.milestones.values()):
        raise invalid(error("title", "already_exists", "Milestone"))
    _check_push(call)
    made = changes.add_milestone(call.hub, call.repo, call.doer, title)
    return Answer(201, call.show.milestone(call.repo, made.number))


def issue_types(call: Call) -> Answer:
    return Answer(200, [call.show.kind(name) for name in call.repo.types])


def issue_fields(call: Call) -> Answer:
    """404 where the organisation, or the feature, does not exist."""
    found = call.hub.fields.get(call.args["org"].lower())
    if found is None:
        raise not_found()
    return Answer(200, [call.show.field(field) for field in found])


# ---------------------------------------------------------------- apps


def _app(call: Call) -> apps.App:
    if call.token.kind != "app" or call.token.app is None:
        raise Refused(401, "A JSON web token could not be decoded")
    return call.hub.apps[call.token.app]


def app(call: Call) -> Answer:
    return Answer(200, call.show.app(_app(call)))


def installation(call: Call) -> Answer:
    """The installation at a repository: how a program finds the number that it needs for a token."""
    return Answer(200, call.show.installation(_app(call)))


def installation_token(call: Call) -> Answer:
    token = apps.new_token(call.hub, _app(call), int(call.args["installation_id"]), call.body)
    selection = "all" if _app(call).repos is None else "selected"
    shown = {"token": token.value, "expires_at": stamp(token.expires_at), "permissions": token.permissions}
    return Answer(201, {**shown, "repository_selection": selection})


def token_revoked(call: Call) -> Answer:
    """ "The token is invalidated and cannot be used" ("Revoke an installation access token")."""
    if call.token.kind != "installation":
        raise Refused(401, "Bad credentials")
    call.token.revoked = True
    return Answer(204)


# ---------------------------------------------------------------- limits


def rate_limit(call: Call) -> Answer:
    """What is left; asking costs nothing."""
    limits, account, now = call.hub.limits, call.token.account, call.hub.now()
    shown = {}
    for limit in LIMITS[:2]:
        amount, used = limits.amount(limit, account), limits.used(account, limit, now)
        reset = int(limits.reset(account, limit, now).timestamp())
        shown[limit.name] = {"limit": amount, "used": used, "remaining": max(0, amount - used), "reset": reset}
    return Answer(200, {"resources": shown, "rate": shown["core"]})

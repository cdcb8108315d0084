"""What is not about one issue: the server, oneself, other people, projects, and the lists of names."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from . import meta
from .access import GLOBAL, KNOWN, assignable
from .call import Call
from .model import User
from .pages import page_of, part_of
from .text import stamp
from .wire import Answer, Refused


def server_info(call: Call) -> Answer:
    """Anybody may ask."""
    cloud = call.hub.cloud
    numbers = [1001, 0, 0] if cloud else list(call.hub.version)
    version = "1001.0.0-SNAPSHOT" if cloud else ".".join(map(str, numbers))
    told = {"baseUrl": call.request.api, "version": version, "versionNumbers": numbers, "buildNumber": 100271}
    kind = {"deploymentType": "Cloud" if cloud else "Server", "serverTitle": "Jira"}
    now = stamp(call.hub.now(), call.show.zone)
    return Answer(200, {**told, **kind, "serverTime": now, "buildDate": "2026-10-01T00:00:00.000+0000", "scmInfo": "x"})


def application_links(_call: Call) -> Answer:
    """What the client library asks before it makes a remote link."""
    return Answer(200, {"list": []})


# ---------------------------------------------------------------- people


def _known(call: Call) -> None:
    if not call.account:
        raise Refused(401, "Client must be authenticated to access this resource.")


def myself(call: Call) -> Answer:
    _known(call)
    return Answer(200, call.show.person(call.hub.users[call.account]))


def user(call: Call) -> Answer:
    """By account id in Cloud, by name or key in Data Center."""
    _known(call)
    name = "accountId" if call.hub.cloud else "username"
    wanted = call.request.query.get(name) or call.request.query.get("" if call.hub.cloud else "key", "")
    if not wanted:
        raise Refused(400, f"The '{name}' query parameter needs to be provided.")
    for one in call.hub.users.values():
        if wanted == one.account_id or (not call.hub.cloud and wanted == one.name):
            return Answer(200, call.show.person(one))
    raise Refused(
        404, f"The user with the id '{wanted}' does not exist." if call.hub.cloud else "The user does not exist"
    )


def users_found(call: Call) -> Answer:
    """Empty for who may not see other people."""
    _known(call)
    allowed = call.may(None, "USER_PICKER")
    rows = [one for one in _matching(call, call.hub.users.values()) if one.active or call.flag("includeInactive")]
    return _people(call, rows if allowed else [])


def assignable_found(call: Call) -> Answer:
    """Who can be assigned in a project, or to an issue."""
    _known(call)
    query = call.request.query
    issue = call.hub.find(query.get("issueKey") or query.get("issueId") or "")
    key = str(issue.project) if issue else query.get("project", "")
    if not key:
        raise Refused(400, "Issue key or project key must be specified.")
    project = call.hub.find_project(key)
    if project is None or not call.may(project, "BROWSE_PROJECTS"):
        raise Refused(404, f"No project could be found with key '{key}'.")
    rows = _matching(call, call.hub.users.values(), needed=False)
    return _people(call, [one for one in rows if assignable(call.hub, one.account_id, project)])


def _matching(call: Call, people: Iterable[User], *, needed: bool = True) -> list[User]:
    """Those whose name or address, or a word of it, begins with the text; the hidden address only as a whole."""
    name = "query" if call.hub.cloud else "username"
    query = call.request.query
    if call.hub.cloud and query.get("accountId"):
        return [one for one in people if one.account_id == query["accountId"]]
    text = query.get(name, "").lower()
    if needed and not text:
        raise Refused(400, f"The '{name}' query parameter needs to be provided.")
    everybody = "." if not call.hub.cloud else ""  # "." finds all in Data Center
    return [one for one in people if text == everybody or _fits(one, text, cloud=call.hub.cloud)]


def _fits(one: User, text: str, *, cloud: bool) -> bool:
    words = [one.display_name, *one.display_name.split(), *([] if cloud else [one.name])]
    if one.hidden_mail:
        return one.email.lower() == text or any(word.lower().startswith(text) for word in words)
    return any(word.lower().startswith(text) for word in (*words, one.email))


def _people(call: Call, rows: list[User]) -> Answer:
    part, _ = part_of(call, rows)
    return Answer(200, [call.show.person(one) for one in part])


def my_permissions(call: Call) -> Answer:
    """Cloud wants to know which; an unknown one is refused."""
    wanted = call.words("permissions")
    if call.hub.cloud and not wanted:
        raise Refused(400, "The 'permissions' query parameter is required.")
    unknown = [one for one in wanted if one not in KNOWN]
    if unknown:
        raise Refused(400, f"Unrecognized permission: {unknown[0]}")
    project = _asked_about(call)
    rows = {name: _permission(call, name, held=call.may(project, name)) for name in wanted or KNOWN}
    return Answer(200, {"permissions": rows})


def _asked_about(call: Call) -> Any:
    query = call.request.query
    issue = call.hub.find(query.get("issueKey") or query.get("issueId") or "")
    key = str(issue.project) if issue else query.get("projectKey") or query.get("projectId") or ""
    found = call.hub.find_project(key) if key else None
    if key and (found is None or not call.may(found, "BROWSE_PROJECTS")):
        raise Refused(404, f"No project could be found with key '{key}'.")
    return found


def _permission(call: Call, name: str, *, held: bool) -> dict[str, Any]:
    kind = "GLOBAL" if name in GLOBAL else "PROJECT"
    words = name.replace("_", " ").capitalize()
    told = {"id": str(KNOWN.index(name)), "key": name, "name": words, "type": kind, "description": words}
    return {**told, "havePermission": held}


# ---------------------------------------------------------------- projects and names


def project(call: Call) -> Answer:
    """By key, by a key that it once had, or by number; the answer has the key of now."""
    return Answer(200, call.show.whole_project(call.project))


def statuses_of_project(call: Call) -> Answer:
    show = call.show
    rows = [show.status(call.hub.statuses.ensure(name)) for name in call.project.workflow.statuses]
    kinds = (call.hub.types[one] for one in call.project.types)
    own = [{**show.issue_type(kind), "statuses": rows} for kind in kinds]
    for row in own:
        row.pop("hierarchyLevel", None)
        row.pop("description", None)
    return Answer(200, own)


def fields(call: Call) -> Answer:
    known = {**meta.NAMES, **meta.READ_ONLY}
    rows = []
    for name in (*known, *call.hub.custom):
        custom = name in call.hub.custom
        told = {"id": name, "key": name, "name": meta.title(call.hub, name), "custom": custom, "orderable": True}
        clauses = [f"cf[{name.rpartition('_')[2]}]"] if custom else [name]
        more = {"navigable": True, "searchable": True, "clauseNames": clauses, "schema": meta.schema(call.hub, name)}
        rows.append(
            {**told, **more} if call.hub.cloud else {key: one for key, one in {**told, **more}.items() if key != "key"}
        )
    return Answer(200, rows)


def priorities(call: Call) -> Answer:
    """All of them, whatever project: which ones a project allows is told elsewhere."""
    return Answer(200, [call.show.priority(one) for one in call.hub.priorities])


def priorities_found(call: Call) -> Answer:
    """In pages, and only those of some projects where `projectId` is given."""
    wanted = set(map(str, call.hub.priorities))
    for key in call.words("projectId"):
        found = call.hub.find_project(key)
        wanted &= set(map(str, meta.allowed_priorities(call.hub, found))) if found else set()
    rows = [call.show.priority(one) for one in call.hub.priorities if str(one) in wanted]
    return page_of(call, rows, "values")


def resolutions(call: Call) -> Answer:
    return Answer(200, [call.show.resolution(one) for one in call.hub.resolutions])


def statuses(call: Call) -> Answer:
    return Answer(200, [call.show.status(one) for one in call.hub.statuses if one in call.hub.categories])


def issue_types(call: Call) -> Answer:
    return Answer(200, [call.show.issue_type(one) for one in call.hub.types.values()])

"""What hangs on an issue: comments, entity properties, remote links, watchers."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from . import changes, checks
from .call import Call
from .issue_api import NO_EDIT
from .making import PROPERTY_LIMIT
from .model import Comment, Link
from .pages import page_of
from .wire import Answer, Refused, invalid

# ---------------------------------------------------------------- comments


def comments(call: Call) -> Answer:
    issue = call.issue
    newest = call.request.query.get("orderBy", "").startswith("-")
    rows = issue.comments[::-1] if newest else issue.comments
    return page_of(call, rows, "comments", lambda one: call.show.comment(issue, one), usual=100)


def comment(call: Call) -> Answer:
    return Answer(200, call.show.comment(call.issue, _comment(call)))


def commented(call: Call) -> Answer:
    issue = call.issue
    call.must(issue, "ADD_COMMENTS", "You do not have the permission to comment on this issue.")
    made = changes.add_comment(call.hub, issue, call.account, _body(call))
    return Answer(201, call.show.comment(issue, made))


def comment_edited(call: Call) -> Answer:
    issue, old = call.issue, _own(call)
    new = replace(old, body=_body(call), updated=call.hub.now())
    rows = tuple(new if one.id == old.id else one for one in issue.comments)
    changes.change(call.hub, issue, call.account, {}, comments=rows)
    return Answer(200, call.show.comment(issue, new))


def comment_deleted(call: Call) -> Answer:
    issue, old = call.issue, _own(call)
    rows = tuple(one for one in issue.comments if one.id != old.id)
    changes.change(call.hub, issue, call.account, {}, comments=rows)
    return Answer(204)


def _comment(call: Call) -> Comment:
    found = {str(one.id): one for one in call.issue.comments}
    if call.args["id"] not in found:
        raise Refused(404, f"Can not find a comment for the id: {call.args['id']}.")
    return found[call.args["id"]]


def _own(call: Call) -> Comment:
    found = _comment(call)
    if found.author != call.account:
        raise Refused(400, f"You do not have permission to edit comment with id: {found.id}.")
    return found


def _body(call: Call) -> Any:
    try:
        text = checks.long_text(call, call.body.get("body"))
    except checks.Wrong as wrong:
        told = "Comment body is not valid!" if str(wrong) == checks.NO_DOCUMENT else str(wrong)
        raise invalid({"comment": told}) from wrong
    if not text:
        raise invalid({"comment": "Comment body can not be empty!"})
    return text


# ---------------------------------------------------------------- entity properties


def property_keys(call: Call) -> Answer:
    at = f"issue/{call.issue.id}/properties"
    return Answer(200, {"keys": [{"self": call.show.at(f"{at}/{key}"), "key": key} for key in call.issue.properties]})


def property_got(call: Call) -> Answer:
    key, known = call.args["propertyKey"], call.issue.properties
    if key not in known:
        raise _no_property(key)
    return Answer(200, {"key": key, "value": known[key]})


def _no_property(key: str) -> Refused:
    return Refused(404, f"The property with key '{key}' does not exist.")


def property_put(call: Call) -> Answer:
    """Made (201) or replaced (200); the issue counts as changed by neither."""
    issue, key = call.issue, call.args["propertyKey"]
    call.must(issue, "EDIT_ISSUES", NO_EDIT)
    if not call.request.body:
        raise Refused(400, "The property value cannot be empty.")
    if len(key) > 255 or len(json.dumps(call.body)) > PROPERTY_LIMIT:
        raise Refused(400, f"The property value is larger than {PROPERTY_LIMIT} characters, or its key than 255.")
    known = key in issue.properties
    changes.quietly(call.hub, issue, properties={**issue.properties, key: call.body})
    return Answer(200 if known else 201, {})


def property_deleted(call: Call) -> Answer:
    issue, key = call.issue, call.args["propertyKey"]
    call.must(issue, "EDIT_ISSUES", NO_EDIT)
    if key not in issue.properties:
        raise _no_property(key)
    changes.quietly(call.hub, issue, properties={name: one for name, one in issue.properties.items() if name != key})
    return Answer(204)


# ---------------------------------------------------------------- remote links


def links(call: Call) -> Answer:
    """All, or the one with a `globalId` (404 where there is none)."""
    issue, wanted = call.issue, call.request.query.get("globalId")
    if wanted is None:
        return Answer(200, [call.show.link(issue, one) for one in issue.links])
    found = next((one for one in issue.links if one.global_id == wanted), None)
    if found is None:
        raise Refused(404, f"No remote link with the global id '{wanted}' was found.")
    return Answer(200, call.show.link(issue, found))


def link_put(call: Call) -> Answer:
    """One with the same `globalId` is replaced (200), so that sending twice makes one (201)."""
    issue = call.issue
    call.must(issue, "LINK_ISSUES", "You do not have permission to link issues in this project.")
    what, name = call.body.get("object") or {}, call.body.get("globalId")
    missing = {key: f"'{key}' is required." for key in ("title", "url") if not what.get(key)}
    checks.stop(missing)
    if name is not None and len(name) > 255:
        raise invalid({"globalId": "The global id cannot be longer than 255 characters."})
    known = next((one for one in issue.links if name and one.global_id == name), None)
    kept = {key: value for key, value in call.body.items() if key != "globalId"}
    link = Link(known.id if known else call.hub.new_id(), name, kept)
    changes.put_link(call.hub, issue, call.account, link)
    return Answer(200 if known else 201, {"id": link.id, "self": call.show.link(issue, link)["self"]})


def link_got(call: Call) -> Answer:
    return Answer(200, call.show.link(call.issue, _link(call)))


def _link(call: Call) -> Link:
    found = next((one for one in call.issue.links if str(one.id) == call.args["linkId"]), None)
    if found is None:
        raise Refused(404, f"No remote link with the id '{call.args['linkId']}' was found.")
    return found


def link_deleted(call: Call) -> Answer:
    """By its number in the path, or by its `globalId` in the query."""
    issue = call.issue
    call.must(issue, "LINK_ISSUES", "You do not have permission to link issues in this project.")
    if "linkId" in call.args:
        gone = _link(call)
    else:
        wanted = call.request.query.get("globalId")
        found = [one for one in issue.links if one.global_id == wanted]
        if not found:
            raise Refused(404, f"No remote link with the global id '{wanted}' was found.")
        gone = found[0]
    rows = tuple(one for one in issue.links if one.id != gone.id)
    changes.change(call.hub, issue, call.account, {}, links=rows)
    return Answer(204)


# ---------------------------------------------------------------- watchers


def watchers(call: Call) -> Answer:
    issue = call.issue
    told = {"self": call.show.at(f"issue/{issue.id}/watchers"), "isWatching": call.account in issue.watchers}
    people = [call.show.user(one) for one in issue.watchers]
    return Answer(200, {**told, "watchCount": len(people), "watchers": people})


def watched(call: Call) -> Answer:
    """The body is the account as bare text; none for oneself."""
    issue = call.issue
    account = _watcher(call, call.body if isinstance(call.body, str) else "")
    if account != call.account:
        call.must(issue, "MANAGE_WATCHERS", "You do not have permission to manage the watcher list of this issue.")
    changes.quietly(call.hub, issue, watchers=tuple(dict.fromkeys((*issue.watchers, account))))
    return Answer(204)


def unwatched(call: Call) -> Answer:
    issue = call.issue
    account = _watcher(call, call.request.query.get("accountId" if call.hub.cloud else "username", ""))
    if account != call.account:
        call.must(issue, "MANAGE_WATCHERS", "You do not have permission to manage the watcher list of this issue.")
    changes.quietly(call.hub, issue, watchers=tuple(one for one in issue.watchers if one != account))
    return Answer(204)


def _watcher(call: Call, name: str) -> str:
    if not name:
        return call.account
    known = call.hub.users.values()
    found = next((one for one in known if (one.account_id if call.hub.cloud else one.name) == name), None)
    if found is None:
        raise Refused(404 if call.hub.cloud else 400, f"User '{name}' does not exist.")
    return found.account_id

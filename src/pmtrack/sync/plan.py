"""The decision table: `plan(world, rules)` says what has to be done, and does nothing (pure).

Every rule is written as what happened in the world. Steps that a person should see first (the brake, an emptied
document, a wording that may be another item) are held in groups; a hold keeps its id as long as it holds the same.
"""

from __future__ import annotations

from dataclasses import replace

from pmtrack.model import TRACK, Acceptance, DueSource, Fields, Intention, Issue, Link, Side, Status
from pmtrack.sync.hold import hold_back
from pmtrack.sync.merge import NAMES, Conflict, Merged, given, merge, reported, silent
from pmtrack.sync.world import Plan, Rules, Step, Tracked, Unseen, Verb, World

ORDER = tuple(Verb)
CLOSED_FIRST = "it was closed before its issue was made"


def plan(world: World, rules: Rules) -> Plan:
    """What has to be done in this world by these rules."""
    steps = [step for tracked in world.tracked if (step := decide(tracked, rules))]
    found = hold_back(steps, world, rules)
    wanted = [step for step in found.free if rules.postmortem in (None, step.tracked.known.path)]
    partial = len(wanted) < len(found.free) or any(step.verb is Verb.WAIT for step in wanted)
    return Plan(tuple(sorted(wanted, key=_order)), found.held, partial=partial, released=found.released)


def _order(step: Step) -> tuple[int, str, str, int]:
    known = step.tracked.known
    return ORDER.index(step.verb), known.source, known.path, known.position


def decide(tracked: Tracked, rules: Rules) -> Step | None:
    """The one step for one item, or None where nothing happened."""
    link = tracked.link
    if link is None or link.ref is None:
        return _without_issue(tracked, rules)
    if link.gone and tracked.found:  # somebody brought the deleted issue back
        tracked = replace(tracked, sight=tracked.found)
    if tracked.sight is Unseen.UNKNOWN:  # its tracker was not read: whatever the document says can wait
        return None
    if tracked.sight is Unseen.GONE:  # somebody deleted the issue: said, and never made again by itself
        return None if link.gone else Step(Verb.LOSE, tracked, reason="the issue was deleted in the tracker")
    if link.gone and tracked.sight is Unseen.UNCHANGED:
        return None
    if tracked.intention:
        return _unanswered(tracked, replace(link, gone=False), tracked.intention, rules)
    return _with_issue(tracked, replace(link, gone=False), rules)


def _unanswered(tracked: Tracked, link: Link, intention: Intention, rules: Rules) -> Step | None:
    """A change was tried, and no answer is recorded: what stands there as it was sent, no person typed."""
    told = tracked.sight.fields if isinstance(tracked.sight, Issue) else link.issue
    sent = [name for name in NAMES if getattr(intention.sent, name) != getattr(link.issue, name)]
    came = [name for name in sent if getattr(intention.sent, name) == getattr(told, name)]
    if came != sent and rules.now - intention.sent_at < tracked.settle:
        return Step(Verb.WAIT, tracked, reason="what was sent may still come")
    ours = {name: getattr(intention.sent, name) for name in came}
    heard = {name: getattr(intention.document, name) for name in came}
    due = tracked.stated if "due" in came and tracked.stated.raw.due == intention.document.due else None
    link = replace(
        link,
        document=replace(link.document, **heard),
        issue=replace(link.issue, **ours),
        agreed=replace(link.agreed, **ours),
        due_source=due.due_source if due else link.due_source,
    )
    return _with_issue(replace(tracked, link=link), link, rules)


def _without_issue(tracked: Tracked, rules: Rules) -> Step | None:
    if tracked.found:  # an issue of ours carries its marker: a lost answer, or a lost store
        return _relink(tracked, tracked.found, rules)
    if tracked.intention:
        return _intended(tracked, rules)
    if not tracked.known.present or not tracked.document_read:
        return None
    if isinstance(tracked.ticket, Issue):  # the document names an issue that was there before
        return Step(Verb.ADOPT, tracked, _adopted(tracked, tracked.ticket))
    if tracked.link and _is_closed(tracked):  # an earlier try was refused
        return Step(Verb.FORGET, tracked, reason=CLOSED_FIRST)
    return Step(Verb.CREATE, tracked) if _is_to_be_filed(tracked, rules) else None


def _is_to_be_filed(tracked: Tracked, rules: Rules) -> bool:
    document, known = tracked.document, tracked.known
    day = document.written or document.incident_date
    return (
        known.acceptance is Acceptance.ACCEPTED
        and known.decision != TRACK
        and known.ticket is None  # another tracker's, or one that is not readable: followed, never doubled
        and not _is_closed(tracked)  # done before we came: counted, not filed
        and not (rules.since and day and day < rules.since)
        and not document.confidential
    )


def _intended(tracked: Tracked, rules: Rules) -> Step | None:
    """A create was tried, and no answer is recorded."""
    intention = tracked.intention
    assert intention is not None  # noqa: S101 - by the caller's condition
    if tracked.sight is Unseen.UNKNOWN:
        return None
    if rules.now - intention.sent_at < tracked.settle:
        return Step(Verb.WAIT, tracked, reason="an issue that was asked for may still appear")
    if not tracked.known.present:
        return Step(Verb.FORGET, tracked, reason="it left its document before its issue was made")
    if _is_closed(tracked):
        return Step(Verb.FORGET, tracked, reason=CLOSED_FIRST)
    return Step(Verb.CREATE, tracked, reason="no issue came of an earlier try")


def _is_closed(tracked: Tracked) -> bool:
    status = tracked.known.stated.status
    return status is not None and status.closed


def _relink(tracked: Tracked, issue: Issue, rules: Rules) -> Step:
    intention = tracked.intention
    if intention is None:  # the store was lost: without a past, nothing is closed, cleared or overwritten
        return Step(Verb.RELINK, tracked, _without_past(tracked, issue))
    sent = Link(
        ident=tracked.ident,
        tracker=tracked.tracker,
        ref=issue.ref,
        document=intention.document,
        issue=intention.sent,
        agreed=reported(intention.sent, intention.document),
        due_source=tracked.link.due_source if tracked.link else None,
    )
    step = _with_issue(replace(tracked, sight=issue, link=sent), sent, rules)
    assert step is not None  # noqa: S101 - what an intention came to is always something to write down
    return Step(Verb.RELINK, tracked, step.merged) if step.verb is Verb.NOTE else step


def _with_issue(tracked: Tracked, link: Link, rules: Rules) -> Step | None:
    issue = tracked.sight.fields if isinstance(tracked.sight, Issue) else link.issue
    if isinstance(tracked.sight, Issue):
        link = replace(link, ref=tracked.sight.ref)
    if not tracked.known.present:
        if not link.orphaned:  # the item left its document
            merged = silent(replace(link, orphaned=True), issue)
            return Step(Verb.ORPHAN, tracked, merged, "it is no longer in its document")
        return _step(tracked, silent(link, issue))
    if not tracked.document_read:
        return _step(tracked, silent(link, issue))
    merged = merge(replace(link, orphaned=False), tracked.stated, issue, rules.wins)
    if link.orphaned and not merged.write:
        return Step(Verb.RESTORE, tracked, merged, _said(merged))
    return _step(tracked, merged)


def _step(tracked: Tracked, merged: Merged) -> Step | None:
    if merged.write:
        return Step(_verb(merged), tracked, merged, _said(merged))
    if merged.link == tracked.link and not tracked.intention:
        return None
    return Step(Verb.NOTE, tracked, merged, _said(merged))


def _verb(merged: Merged) -> Verb:
    for change in merged.write:
        if change.name == "status":
            before, after = Status(str(change.before or Status.OPEN)), Status(str(change.after))
            if after.closed != before.closed:
                return Verb.CLOSE if after.closed else Verb.REOPEN
    return Verb.UPDATE


def _said(merged: Merged) -> str:
    parts = [f"{c.name} is now {_words(c.after)} in the tracker" for c in merged.pull]
    parts += [f"conflict: {c.name} {_words(c.won)} wins over {_words(c.lost)}" for c in merged.conflicts]
    return "; ".join(parts)


def _words(value: object) -> str:
    return (", ".join(value) if isinstance(value, tuple) else str(value)) if given(value) else "none"


def _without_past(tracked: Tracked, issue: Issue) -> Merged:
    """Both sides stay as they are; where they differ the tracker's value is reported and the document's is kept."""
    told, said = issue.fields, tracked.stated.said
    agreed = Fields(**{name: getattr(told, name) or getattr(said, name) for name in NAMES})
    conflicts = tuple(
        Conflict(name, Side.TRACKER, getattr(told, name), getattr(said, name))
        for name in NAMES
        if given(getattr(said, name)) and given(getattr(told, name)) and getattr(told, name) != getattr(said, name)
    )
    return Merged(_new_link(tracked, issue, reported(agreed, tracked.stated.raw)), conflicts=conflicts)


def _adopted(tracked: Tracked, issue: Issue) -> Merged:
    return Merged(replace(_new_link(tracked, issue, issue.fields), adopted=True))


def _new_link(tracked: Tracked, issue: Issue, agreed: Fields) -> Link:
    return Link(
        ident=tracked.ident,
        tracker=issue.ref.tracker,
        ref=issue.ref,
        document=tracked.stated.raw,
        issue=issue.fields,
        agreed=agreed,
        due_source=DueSource.TRACKER if issue.fields.due else tracked.stated.due_source,
    )

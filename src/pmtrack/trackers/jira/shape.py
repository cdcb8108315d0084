"""An issue as Jira's JSON says it, in our values (pure).

The JSON is that of `GET /rest/api/{2,3}/issue/{id}` with the fields `FIELDS` and the property `PROPERTY`, which
searches answer too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from pmtrack.model import Fields, Marker
from pmtrack.text import one_line
from pmtrack.trackers.base import OWNER_LIMIT, PRIORITY_LIMIT
from pmtrack.trackers.jira import region
from pmtrack.trackers.jira.names import Names, tag

Json = Mapping[str, Any]

FIELDS = (
    *("summary", "status", "resolution", "assignee", "priority", "duedate", "labels", "description"),
    *("creator", "issuetype", "project", "updated"),
)
PROPERTY = "pmtrack"
"""The entity property with our marker, and with `unset`: the id of the priority that means none, or `ANY`."""
VERSION = 1
ANY = "*"
"""The priority was on no screen when we set ours, so that Jira's own says nothing."""

TITLE_LIMIT = 255

ODD = (KeyError, TypeError, ValueError, AttributeError)
"""What these functions raise for JSON that is no issue."""

_ACCOUNT = re.compile(r"[\w:.@+-]{1,100}")
"""An accountId of Cloud or a name of Data Center; names of people have spaces."""


def fields(raw: Json, names: Names) -> Fields:
    """What an issue says.

    Raises:
        region.Unreadable: a person wrote no date where one should be. One of `ODD`: it is no issue.
    """
    said = raw["fields"]
    lines = region.kept(said.get("description"))
    return Fields(
        title=one_line(str(said["summary"]), TITLE_LIMIT),
        status=names.status(said["status"], said.get("resolution")),
        owners=_owners(said, lines),
        priority=_priority(raw, names, lines),
        due=date.fromisoformat(said["duedate"]) if said.get("duedate") else region.due(lines),
    )


def account(person: Any) -> str:
    """What a person is called by programs, "" for nobody."""
    return str(person.get("accountId") or person.get("name") or "") if isinstance(person, Mapping) else ""


def display_names(raw: Json) -> dict[str, str]:
    """The account of the assignee -> what people call them."""
    person = raw["fields"].get("assignee")
    name = one_line(str(person.get("displayName") or ""), OWNER_LIMIT) if isinstance(person, Mapping) else ""
    return {account(person): name} if name and account(person) not in ("", name) else {}


def accounts(words: Iterable[str]) -> tuple[str, ...]:
    """The first that can be an account, alone: Jira assigns no more to one issue."""
    found = (word.strip().removeprefix("@") for word in words)
    return tuple(word for word in found if _ACCOUNT.fullmatch(word))[:1]


def property_of(raw: Json) -> Json:
    """Our entity property, empty where there is none."""
    found = (raw.get("properties") or {}).get(PROPERTY)
    return found if isinstance(found, Mapping) and found.get("v") == VERSION else {}


def marker(raw: Json) -> Marker | None:
    """Ours, from the property; else from the description, where the property could not be set in time."""
    told = [property_of(raw).get(name) for name in ("ident", "path", "digest")]
    if all(isinstance(word, str) for word in told):
        return Marker(*(str(word) for word in told))
    return region.marker((raw.get("fields") or {}).get("description"))


def unset(raw: Json) -> str | None:
    """The id of the priority that means none, or `ANY`: from the same places as the marker."""
    told = property_of(raw)
    return told.get("unset") if told else region.unset((raw.get("fields") or {}).get("description"))


def property_value(mark: Marker | None, unset: str | None) -> dict[str, Any]:
    told = {"ident": mark.ident, "path": mark.path, "digest": mark.digest} if mark else {}
    return {"v": VERSION, **told, **({"unset": unset} if unset else {})}


def updated_at(raw: Json) -> datetime:
    return datetime.fromisoformat(raw["fields"]["updated"]).astimezone(UTC)


def workflow(raw: Json) -> str:
    """What issues have in common that go the same ways and have the same screens: their project and type."""
    parts = (raw["fields"].get(name) or {} for name in ("project", "issuetype"))
    return " ".join(str(part.get("id")) for part in parts)


def labels(raw: Json) -> list[str]:
    return [str(label) for label in raw["fields"].get("labels") or ()]


def same(one: object, other: object) -> bool:
    """Whether two values of a field are the same to Jira, which compares names without regard to case."""
    if isinstance(one, tuple) and isinstance(other, tuple):
        return [str(name).casefold() for name in one] == [str(name).casefold() for name in other]
    return one == other


def tags(*groups: Iterable[str]) -> list[str]:
    """Labels, each once."""
    return list(dict.fromkeys(label for group in groups for word in group if (label := tag(word))))


def native_priority(raw: Json) -> Json | None:
    """Jira's own priority, where it says something."""
    found, none = raw["fields"].get("priority"), unset(raw)
    return found if found and none not in (ANY, str(found.get("id"))) else None


def _owners(said: Json, lines: Mapping[str, str]) -> tuple[str, ...]:
    name = account(said.get("assignee")) or lines.get(region.OWNER, "")
    return (one_line(name, OWNER_LIMIT),) if name else ()


def _priority(raw: Json, names: Names, lines: Mapping[str, str]) -> str | None:
    native = native_priority(raw)
    if native:
        return one_line(names.meant(str(native["name"])), PRIORITY_LIMIT) or None
    return names.labelled(labels(raw)) or lines.get(region.PRIORITY)

"""What a query finds. A name or a key that does not exist is an error, not an empty answer, as in Jira."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from .access import may, sees
from .jql import Clause, Node, Query
from .model import Issue
from .text import as_wiki
from .wire import Refused

if TYPE_CHECKING:
    from .hub import Hub

TIMES = {"updated": "updated", "updateddate": "updated", "created": "created", "createddate": "created"}
KEYS = ("key", "issuekey", "issue", "id")
EQUAL, LISTS, ORDERED = ("=", "!="), ("in", "not in"), (">", ">=", "<", "<=")
_DAY = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?: (\d{1,2}):(\d{2}))?")
_AGO = re.compile(r"([+-]?)(\d+)([wdhm])")
UNITS = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes"}
Test = Callable[[Issue], bool]


@dataclass(frozen=True, slots=True)
class Finder:
    """For one caller: its time zone, and what it may see."""

    hub: Hub
    account: str

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.hub.users[self.account].zone if self.account else "UTC")

    def find(self, query: Query, known: Mapping[int, Issue]) -> list[Issue]:
        """Those of `known` (what search knows by now) that the caller sees and the query means, in its order."""
        test = self._test(query.where) if query.where else lambda _issue: True
        rows = [issue for issue in known.values() if self._visible(issue) and test(issue)]
        rows.sort(key=lambda issue: issue.id, reverse=True)
        for name, falling in reversed(query.order):
            rows.sort(key=self._sorted_by(name), reverse=falling)
        return rows

    def _visible(self, issue: Issue) -> bool:
        """Nothing of an archived project is found."""
        return sees(self.hub, self.account, issue) and not self.hub.projects[issue.project].archived

    # ------------------------------------------------------------ clauses

    def _test(self, node: Node) -> Test:
        if isinstance(node, Clause):
            return self._clause(node)
        tests = [self._test(part) for part in node.parts]
        if node.kind == "not":
            return lambda issue: not tests[0](issue)
        every = all if node.kind == "and" else any
        return lambda issue: every(test(issue) for test in tests)

    def _clause(self, clause: Clause) -> Test:
        name = clause.field.lower()
        if name in TIMES:
            return self._time(clause, TIMES[name])
        if name == "summary" or name == "text" or name == "description":
            return self._words(clause, name)
        if name.startswith("issue.property["):
            return self._property(clause)
        if name in KEYS:
            return self._key(clause)
        if name in ("due", "duedate"):
            return self._due(clause)
        return self._plain(clause, self._reader(name, clause.field))

    def _plain(self, clause: Clause, read: Callable[[Issue], tuple[str, ...]]) -> Test:
        """Equal to one of the values; None stands for no value at all."""
        if clause.operator not in (*EQUAL, *LISTS, "is", "is not"):
            raise Refused(400, f"The operator '{clause.operator}' is not supported by the '{clause.field}' field.")
        wanted = {self._checked(clause.field, value) for value in clause.values}
        negative = clause.operator in ("!=", "not in", "is not")

        def test(issue: Issue) -> bool:
            have = tuple(one.lower() for one in read(issue))
            hit = any(one in have if one is not None else not have for one in wanted)
            return (bool(have) or None in wanted) and not hit if negative else hit

        return test

    def _reader(self, name: str, written: str) -> Callable[[Issue], tuple[str, ...]]:
        hub = self.hub
        readers: dict[str, Callable[[Issue], tuple[str, ...]]] = {
            "project": lambda issue: (str(issue.project),),
            "labels": lambda issue: tuple(issue.values.get("labels", ())),
            "status": lambda issue: (hub.statuses[issue.values["status"]], str(issue.values["status"])),
            "statuscategory": lambda issue: _category(hub.categories[issue.values["status"]]),
            "assignee": lambda issue: self._person(issue.values.get("assignee")),
            "reporter": lambda issue: self._person(issue.values.get("reporter")),
            "priority": lambda issue: _named(hub.priorities, issue.values.get("priority")),
            "resolution": lambda issue: _named(hub.resolutions, issue.values.get("resolution")),
            "issuetype": lambda issue: (hub.types[issue.values["issuetype"]].name, str(issue.values["issuetype"])),
            "parent": lambda issue: tuple(str(one) for one in [issue.values.get("parent")] if one),
        }
        readers["type"] = readers["issuetype"]
        if name not in readers:
            raise Refused(400, f"Field '{written}' does not exist or you do not have permission to view it.")
        return readers[name]

    def _person(self, account: str | None) -> tuple[str, ...]:
        if account is None:
            return ()
        return (account,) if self.hub.cloud else (account, self.hub.users[account].name)

    def _checked(self, field: str, value: str | None) -> str | None:
        """The value in the form to compare, if there is such a thing at all."""
        name = field.lower()
        if value is None:
            return None
        if name == "project":
            found = self.hub.find_project(value)
            if found is None or not may(self.hub, self.account, found, "BROWSE_PROJECTS"):
                raise self._no_value(value, field)
            return str(found.id)
        if name == "parent":
            return str(self._existing(value, field))
        if value.lower() == "currentuser()":
            return self.account.lower()
        tables = {"status": self.hub.statuses, "priority": self.hub.priorities, "resolution": self.hub.resolutions}
        if name in tables and not (tables[name].id_of(value) or value.isdigit()):
            raise self._no_value(value, field)
        return value.lower()

    def _no_value(self, value: str, field: str) -> Refused:
        return Refused(400, f"The value '{value}' does not exist for the field '{field}'.")

    # ------------------------------------------------------------ single fields

    def _key(self, clause: Clause) -> Test:
        if clause.operator in ORDERED:
            return self._key_order(clause)
        if clause.operator not in (*EQUAL, *LISTS):
            raise Refused(400, f"The operator '{clause.operator}' is not supported by the '{clause.field}' field.")
        wanted = {self._existing(value or "", clause.field) for value in clause.values}
        return lambda issue: (issue.id in wanted) == (clause.operator in ("=", "in"))

    def _existing(self, value: str, field: str) -> int:
        """A key or id that is unknown, deleted or hidden spoils the whole query."""
        found = self.hub.find(value)
        if found is None or not sees(self.hub, self.account, found):
            if value.isdigit():
                raise Refused(400, f"A value with ID '{value}' does not exist for the field '{field}'.")
            raise Refused(400, f"An issue with key '{value}' does not exist for field '{field}'.")
        return found.id

    def _key_order(self, clause: Clause) -> Test:
        """`id > 10010` and `key > OPS-7`: within a project by number."""
        issue = self.hub.find(self._text(clause))
        number = issue.id if issue else int(self._text(clause)) if self._text(clause).isdigit() else None
        if number is None:
            raise Refused(400, f"An issue with key '{self._text(clause)}' does not exist for field '{clause.field}'.")
        return lambda one: _compared(one.id, clause.operator, number)

    def _text(self, clause: Clause) -> str:
        return clause.values[0] or ""

    def _words(self, clause: Clause, name: str) -> Test:
        """All words of the text, as whole words; `*` at the end of one for any ending."""
        if clause.operator not in ("~", "!~"):
            raise Refused(400, f"The operator '{clause.operator}' is not supported by the '{clause.field}' field.")
        wanted = re.findall(r"[\w*]+", self._text(clause).lower())

        def test(issue: Issue) -> bool:
            texts = [issue.values["summary"]] if name != "description" else []
            texts += [as_wiki(issue.values.get("description")) or ""] if name != "summary" else []
            have = re.findall(r"\w+", " ".join(texts).lower())
            hit = all(any(re.fullmatch(word.replace("*", ".*"), one) for one in have) for word in wanted)
            return hit == (clause.operator == "~")

        return test

    def _property(self, clause: Clause) -> Test:
        """Only what an app has declared is known to search."""
        found = re.fullmatch(r"issue\.property\[([^\]]+)\](?:\.([\w.]+))?", clause.field, re.IGNORECASE)
        assert found is not None
        key, path = found[1].strip("\"'"), (found[2] or "").split(".")
        if key not in self.hub.indexed:
            raise Refused(400, f"Field '{clause.field}' does not exist or you do not have permission to view it.")
        return self._plain(clause, lambda issue: _at(issue.properties.get(key), path))

    # ------------------------------------------------------------ times

    def _time(self, clause: Clause, name: str) -> Test:
        """With the precision of a minute, in the caller's time zone."""
        if clause.operator not in (*ORDERED, *EQUAL):
            raise Refused(400, f"The operator '{clause.operator}' is not supported by the '{clause.field}' field.")
        moment = self._moment(clause)
        return lambda issue: _compared(getattr(issue, name), clause.operator, moment)

    def _moment(self, clause: Clause) -> datetime:
        text = self._text(clause)
        ago, day = _AGO.fullmatch(text), _DAY.fullmatch(text)
        if ago:
            by = timedelta(**{UNITS[ago[3]]: int(ago[2])})
            return self.hub.now() - by if ago[1] == "-" else self.hub.now() + by
        try:
            if text.isdigit():
                return datetime.fromtimestamp(int(text) / 1000, self.zone)
            if day:
                year, month, date, hour, minute = (int(one or 0) for one in day.groups())
                return datetime(year, month, date, hour, minute, tzinfo=self.zone)
        except ValueError:
            pass
        raise Refused(
            400,
            f"Date value '{text}' for field '{clause.field}' is invalid. Valid formats include: 'yyyy/MM/dd HH:mm', "
            "'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period format e.g. '-5d', '4w 2d'.",
        )

    def _due(self, clause: Clause) -> Test:
        if clause.operator.startswith("is"):
            return lambda issue: ("duedate" in issue.values) == (clause.operator == "is not")
        day = self._moment(clause).astimezone(self.zone).date().isoformat()
        return lambda issue: "duedate" in issue.values and _compared(issue.values["duedate"], clause.operator, day)

    # ------------------------------------------------------------ order

    def _sorted_by(self, name: str) -> Callable[[Issue], Any]:
        lower = name.lower()
        if lower in TIMES:
            return lambda issue: getattr(issue, TIMES[lower])
        if lower in KEYS:
            return lambda issue: (self.hub.projects[issue.project].key, issue.number) if lower != "id" else issue.id
        keys: dict[str, Callable[[Issue], Any]] = {
            "summary": lambda issue: issue.values["summary"].lower(),
            "priority": lambda issue: -list(self.hub.priorities).index(issue.values.get("priority", 1)),
            "duedate": lambda issue: issue.values.get("duedate", "9999"),
            "status": lambda issue: issue.values["status"],
        }
        if lower not in keys:
            raise Refused(400, f"Field '{name}' does not exist or this field cannot be viewed by anonymous users.")
        return keys[lower]


def _compared(have: Any, operator: str, wanted: Any) -> bool:
    if operator in EQUAL:
        return bool((have == wanted) == (operator == "="))
    return bool({">": have > wanted, ">=": have >= wanted, "<": have < wanted, "<=": have <= wanted}[operator])


def _category(key: str) -> tuple[str, ...]:
    names = {"new": ("new", "To Do", "2"), "indeterminate": ("indeterminate", "In Progress", "4")}
    return names.get(key, ("done", "Done", "3"))


def _named(table: Mapping[int, str], ident: int | None) -> tuple[str, ...]:
    return () if ident is None else (table.get(ident, ""), str(ident))


def _at(value: Any, path: list[str]) -> tuple[str, ...]:
    for step in path:
        value = value.get(step) if isinstance(value, dict) and step else value
    if value is None or isinstance(value, dict):
        return ()
    return tuple(map(str, value)) if isinstance(value, list) else (str(value),)

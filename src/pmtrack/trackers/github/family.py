"""One issue for each postmortem, whose sub-issues the issues of its items become. Made once, never changed."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from pmtrack.errors import TrackerError, UnknownOutcome
from pmtrack.model import Draft
from pmtrack.text import one_line
from pmtrack.trackers.github import neutral, region
from pmtrack.trackers.github.answers import Answer, Broken
from pmtrack.trackers.github.desk import Desk, Json, Key
from pmtrack.trackers.github.news import News
from pmtrack.trackers.github.probe import Probe
from pmtrack.trackers.github.refs import Place
from pmtrack.trackers.limits import SAID_FROM, Gate, Kind
from pmtrack.trackers.settings import GitHubSettings

PATH_LIMIT = 1_000

REFUSED = {
    404: "it is not there, or not in this repository any more",
    410: "it was deleted",
    422: "GitHub does not take it ({message}); one issue has at most 100 sub-issues",
}
"""Why a parent takes no sub-issue, as half a sentence; other answers have their usual one."""

_LINK = re.compile(r"https?://[^\s<>\"'`\\]+")


@dataclass(slots=True)
class Family:
    """Attributes:
    harmless: makes foreign words harmless. host: of the pages.
    settle: seconds that a lost request may still take; unsettled: an earlier run may have sent one.
    """

    desk: Desk
    news: News
    gate: Gate
    settings: GitHubSettings
    harmless: Callable[[str], str]
    host: str
    settle: float
    unsettled: bool = False
    _looked: bool = False
    _doubtful: set[Key] = field(default_factory=set)
    _lost: set[int] = field(default_factory=set)

    # ------------------------------------------------------------ the parent

    def parent_of(self, draft: Draft) -> int | None:
        """The number of the issue that a new one goes under, None where it goes under none. Made where it is missing.

        Raises:
            UnknownOutcome: it may be there or not. TrackerError: it is not, and could not be made.
        """
        if not self.settings.parents:
            return self.settings.parent
        key, known = (draft.source, draft.marker.path), self.desk.parents
        if key not in known and key not in self._doubtful:
            self._look()
        if key not in known:
            self._make(key, draft)
        return known[key]

    def _look(self) -> None:
        """Note every parent that there is. A list lags, and what an earlier run sent may still take effect."""
        if self._looked:
            return
        if self.desk.listed is None:
            self.news.since("")
        if self.unsettled and self.settle:
            if self.settle >= SAID_FROM:
                self.gate.say(f"waiting {self.settle:.0f} s for what GitHub may still do")
            self.gate.sleep(self.settle)
        for _, raw in Probe(self.desk).after(Place(self.desk.home.id, self.desk.listed or 0)):
            self.desk.is_parent(raw)
        self._looked = True

    def _make(self, key: Key, draft: Draft) -> None:
        home = self.desk.home
        sent = {"title": self._title(draft), "body": region.with_parent(self._words(draft), *key)}
        labels = [home.names.label] if home.names.label else []
        home.have_labels(labels)
        try:
            if key in self._doubtful:
                raise Broken
            answer = home.client.write(Kind.CREATE, "POST", f"{home.path}/issues", {**sent, "labels": labels})
            self._take(key, home.good(answer))
        except (UnknownOutcome, Broken):
            self._doubtful.add(key)
            sentence = (
                f"the issue for {one_line(key[1])} as a whole may be there or not: the next run looks, and goes on"
            )
            raise UnknownOutcome(sentence) from None

    def _take(self, key: Key, answer: Answer) -> None:
        raw = answer.issue()
        self.desk.met(raw)
        if not self.desk.is_parent(raw) or key not in self.desk.parents:
            raise Broken  # it shows another issue than the one that we asked for

    def _title(self, draft: Draft) -> str:
        words = draft.postmortem if self.settings.body == "full" else ""
        title = neutral.title(self.harmless(words), self.host)
        return title if title != neutral.UNTITLED else neutral.title(self.harmless(draft.marker.path), self.host)

    def _words(self, draft: Draft) -> str:
        path = self.harmless(one_line(draft.marker.path, PATH_LIMIT).replace("`", "'"))
        title = f"{self._title(draft)} " if self.settings.body == "full" else ""
        link = draft.link.partition("#")[0]  # of the document, and not of one line
        bare = _LINK.fullmatch(link) and self.harmless(link) == neutral.neutral(link, self.host)
        return f"The action items of the postmortem {title}(`{path}`)." + (f"\n\n<{link}>" if bare else "")

    # ------------------------------------------------------------ the child

    def takes(self, parent: int) -> bool:
        """Whether nothing is known yet that keeps this parent from taking sub-issues."""
        return parent not in self._lost

    def join(self, raw: Json, parent: int) -> bool:
        """Put an issue under its parent, by its id and not its number; whether it is there then.

        Where it is not, the issue is there all the same, so that this is only said: once for each parent.
        """
        if parent in self._lost:
            return False
        path = f"{Place(self.desk.home.id, parent).path}/sub_issues"
        key = f"#{raw['number']}"
        try:
            answer = self.desk.home.client.write(Kind.CREATE, "POST", path, {"sub_issue_id": raw["id"]})
            why = self._refused(answer, parent)
            if why is None and (answer.issue().get("number") == parent or self._is_under(raw, parent)):
                return True
        except (UnknownOutcome, Broken) as error:
            if self._is_under(raw, parent):
                return True
            why = str(error)
        except TrackerError as error:
            why = str(error)
        self.gate.say(f"{key} did not become a sub-issue of #{parent}: {why or 'GitHub does not show it there'}")
        return False

    def _refused(self, answer: Answer, parent: int) -> str | None:
        """Why this parent takes no sub-issues in this run, None where it took one."""
        if answer.status < 300:
            return None
        self._lost.add(parent)
        if answer.status in REFUSED:
            return REFUSED[answer.status].format(message=answer.message) + ": later ones say so in their text"
        try:
            self.desk.home.good(answer, key=f"#{parent}")
        except TrackerError as error:
            return str(error)
        return None

    def _is_under(self, raw: Json, parent: int) -> bool:
        """Whether GitHub says so when it is asked."""
        try:
            answer = self.desk.home.client.read(f"{Place(self.desk.home.id, raw['number']).path}/parent")
            return answer.status == 200 and answer.issue().get("number") == parent
        except TrackerError:
            return False

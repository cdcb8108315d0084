"""What a configuration may say of the policy: due dates and reminders, for all sources and for one."""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import replace
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict

from pmtrack.people import Directory, Team
from pmtrack.policy import PRESETS, Policy, normal_severity
from pmtrack.reports.channels import scheme_of
from pmtrack.reports.remind import Reminding
from pmtrack.reports.settings import Days, DigestSettings, OwnReminderSettings, ReminderSettings

Priority = Literal["P0", "P1", "P2", "P3", "P4"]


def _preset(name: str) -> str:
    if name not in PRESETS:
        raise ValueError(f"there is no preset {name!r}: use one of {', '.join(sorted(PRESETS))}")
    return name


class RuleSettings(BaseModel):
    """Due dates for items that state none.

    Attributes:
        preset: "default" or "atlassian-4-8-weeks", under what the two keys below say.
        due: how long an item of a priority has.
        severity: how long one without a priority has, by the severity of its postmortem.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    preset: Annotated[str, AfterValidator(_preset)] | None = None
    due: dict[Priority, Days] = {}
    severity: dict[str, Days] = {}

    def rules(self, otherwise: Policy) -> Policy:
        """These over those of the preset; where there is no preset, over the given ones."""
        base = PRESETS[self.preset] if self.preset else otherwise
        due = {**base.due, **{str(priority): days for priority, days in self.due.items()}}
        severity = {normal_severity(words): days for words, days in self.severity.items()}
        return Policy(due=due, severity={**base.severity, **severity})


class OwnPolicySettings(RuleSettings):
    """What one source has otherwise; what it does not say is as it is for all.

    Attributes:
        reminders: of items of this source.
    """

    reminders: OwnReminderSettings = OwnReminderSettings()


class PolicySettings(RuleSettings):
    """Due dates for items that state none, and reminders; for all sources.

    Attributes:
        sources: what one of them has otherwise, by its name.
    """

    reminders: ReminderSettings = ReminderSettings()
    sources: dict[str, OwnPolicySettings] = {}

    def policy(self) -> Policy:
        base = self.rules(Policy())
        return replace(base, sources={name: own.rules(base) for name, own in self.sources.items()})

    def reminding(self) -> dict[str, Reminding]:
        """By source, and "" for all the others."""
        base = self.reminders.reminding()
        return {"": base, **{name: own.reminders.reminding(base) for name, own in self.sources.items()}}


def unreachable(digest: DigestSettings, policy: PolicySettings, names: Set[str], directory: Directory) -> Iterator[str]:
    """A sentence for each source that there is none of, and for recipients that nothing can be sent to.

    Args:
        names: of the sources.
    """
    for key, given in (("digest.sources", digest.sources.keys()), ("policy.sources", policy.sources.keys())):
        for name in sorted(given - names):
            yield f"{key}.{name}: there is no source {name!r}: use one of {', '.join(sorted(names))}"
    for team in directory.teams if digest.teams else ():
        if problem := _channel_problem(team):
            yield problem
    if digest.smtp is None and any(to.startswith("mailto:") for to in recipients(digest, policy, directory)):
        yield "digest.smtp: is missing: add it with host and sender, or leave the mailto: recipients out"


def _channel_problem(team: Team) -> str | None:
    try:
        scheme_of(team.channel or "stdout:")
    except ValueError as error:
        return f"people: the channel of team {team.name}: {error}"
    return None


def recipients(digest: DigestSettings, policy: PolicySettings, directory: Directory) -> Iterator[str]:
    """Everybody who is written to; people and teams where the settings say that they are."""
    remindings = policy.reminding().values()
    yield from digest.to
    for several in digest.sources.values():
        yield from several
    for one in remindings:
        yield from (*one.escalate_to, *one.unowned_to)
    if digest.owners or any(one.is_on for one in remindings):
        yield from (f"mailto:{person.email}" for person in directory.people if person.email)
    yield from (team.channel for team in directory.teams if team.channel and digest.teams)

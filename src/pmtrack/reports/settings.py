"""What a configuration may say of the digest and of reminders."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, time
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from pmtrack.policy import parse_days
from pmtrack.reports.channels import MailServer, scheme_of
from pmtrack.reports.digest import WEEKDAYS
from pmtrack.reports.remind import Calendar, Reminding

_CLOCK = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d", re.ASCII)


def _weekday(name: str) -> str:
    if name.lower() not in WEEKDAYS:
        raise ValueError(f"{name!r} is no weekday: write one of {', '.join(WEEKDAYS)}")
    return name.lower()


def _clock(value: object) -> object:
    """TOML has times of its own, so `09:00:00` without quotes is one too; a zone would contradict `timezone`."""
    if isinstance(value, time):
        return value
    if not isinstance(value, str) or not _CLOCK.fullmatch(value):
        raise ValueError(f"{str(value)!r} is no time of day: write it as 09:00")
    return time.fromisoformat(value)


def _days(value: object) -> object:
    return parse_days(value) if isinstance(value, str) else value


Days = Annotated[int, BeforeValidator(_days), Field(ge=0, le=3650)]


def _recipient(to: str) -> str:
    scheme_of(to)
    return to


Recipient = Annotated[str, AfterValidator(_recipient)]
Clock = Annotated[time, BeforeValidator(_clock)]
Weekday = Annotated[str, AfterValidator(_weekday)]


def _mail_address(value: str) -> str:
    try:
        scheme_of(f"mailto:{value}")
    except ValueError:
        raise ValueError(f"{value!r} is no mail address: write it as ana@acme.example") from None
    return value


def _unsubscribe(value: str) -> str:
    if not re.fullmatch(r"(?:https://|mailto:)[!-~]+", value) or set("<>,") & set(value):
        raise ValueError(f"{value!r} leads nowhere: write an address that begins with https:// or mailto:")
    return value


PORTS = {"starttls": 587, "tls": 465, "none": 25}
"""How a connection is secured -> the usual port."""


class SmtpSettings(BaseModel):
    """The server that takes our mail. With a user, the password is in PMTRACK_SMTP_PASSWORD.

    Attributes:
        host: the name of the server. port: the usual one of its security without it.
        user: the name that goes with a password; None to send without one.
        security: "starttls" (no mail goes out where the server has none), "tls", or "none" within one machine.
        sender: the address in From.
        unsubscribe: what List-Unsubscribe says; the sender by default.
        authority: a file with the certificates to trust instead of the system's.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: str = Field(min_length=1, pattern=r"^[\w.:-]+$")
    port: int | None = Field(None, gt=0, lt=65536)
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str | None = None
    sender: Annotated[str, AfterValidator(_mail_address)]
    unsubscribe: Annotated[str, AfterValidator(_unsubscribe)] | None = None
    authority: Path | None = None

    @model_validator(mode="after")
    def _no_open_password(self) -> Self:
        if self.user and self.security == "none":
            raise ValueError(
                "a password must not travel in the open: set security to starttls or tls, or leave user out"
            )
        return self

    def server(self, base: Path) -> MailServer:
        """Args:
        base: the folder that `authority` is relative to.
        """
        return MailServer(
            self.host,
            self.port or PORTS[self.security],
            self.sender,
            self.security,
            self.user,
            self.unsubscribe,
            base / self.authority if self.authority else None,
        )


class DigestSettings(BaseModel):
    """When the weekly digest is due, and where it goes.

    Attributes:
        day, at: when it is due, in the configured time zone.
        to: who gets the digest of everything. sources: who gets the digest of one source, by its name.
        owners: whether everybody in people.toml with a mail address gets their own; teams: whether each team with a
            channel gets its own.
        empty: whether it is sent where there is nothing to say.
        smtp: the server that mail goes through; needed for it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    day: Weekday = "monday"
    at: Clock = time(9)
    to: tuple[Recipient, ...] = ("file:digest.md",)
    sources: dict[str, tuple[Recipient, ...]] = {}
    owners: bool = False
    teams: bool = False
    empty: bool = False
    smtp: SmtpSettings | None = None


def _quiet(value: object) -> object:
    """A weekday, or a date with or without quotes."""
    if isinstance(value, date) or not isinstance(value, str):
        return value
    try:
        return date.fromisoformat(value)
    except ValueError:
        return _weekday(value)


class ReminderSettings(BaseModel):
    """When people are reminded, and who else is told.

    Attributes:
        before: days before the due date. overdue_every: days from one reminder of an overdue item to the next, the
            first on the day after its due date; 0 for none.
        escalate_after: days overdue after which `escalate_to` is told too; 0 for never. escalate_to: who else.
        unowned_to: who is reminded of items without an owner that has an address.
        at: not before this time of day. quiet: weekdays and dates on which nothing is sent; the next day says it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    before: tuple[Days, ...] = ()
    overdue_every: Days = 0
    escalate_after: Days = 0
    escalate_to: tuple[Recipient, ...] = ()
    unowned_to: tuple[Recipient, ...] = ()
    at: Clock = time(9)
    quiet: tuple[Annotated[date | str, BeforeValidator(_quiet)], ...] = ()

    @model_validator(mode="after")
    def _has_somebody(self) -> Self:
        if self.escalate_after and not self.escalate_to:
            raise ValueError("escalate_after needs somebody to tell: add escalate_to")
        if set(WEEKDAYS) <= set(self.quiet):
            raise ValueError("every weekday is quiet: leave one day on which reminders may go out")
        return self

    def reminding(self) -> Reminding:
        return Reminding(self.before, self.overdue_every, self.escalate_after, self.escalate_to, self.unowned_to)

    def calendar(self) -> Calendar:
        return Calendar(self.at, frozenset(self.quiet))


class OwnReminderSettings(BaseModel):
    """What one source has otherwise; when reminders go out is the same for all.

    Attributes:
        before, overdue_every, escalate_after, escalate_to, unowned_to: in place of those for all sources; what is left
            out is as for all.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    before: tuple[Days, ...] | None = None
    overdue_every: Days | None = None
    escalate_after: Days | None = None
    escalate_to: tuple[Recipient, ...] | None = None
    unowned_to: tuple[Recipient, ...] | None = None

    def reminding(self, base: Reminding) -> Reminding:
        return replace(base, **{name: value for name, value in self.model_dump().items() if value is not None})

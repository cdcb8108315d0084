"""The commands: each parses, makes one call, prints, and returns an exit code.

0 fine; 1 an error that a person can mend; 2 usage; 3 a bug; 4 an asked-for check failed. What a command does stands in
the module of its name; imports are inside the commands, so that each starts as fast as what it uses.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from copy import copy
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pmtrack import __version__
from pmtrack.errors import PmtrackError
from pmtrack.text import plain

if TYPE_CHECKING:
    from pmtrack.app import App

FINE, MENDABLE, BUG, CHECK_FAILED, INTERRUPTED = 0, 1, 3, 4, 130


class TableFormat(StrEnum):
    table = "table"
    json = "json"


class TextFormat(StrEnum):
    text = "text"
    json = "json"


class PreviewFormat(StrEnum):
    text = "text"
    markdown = "markdown"
    json = "json"


class LintFormat(StrEnum):
    text = "text"
    json = "json"
    sarif = "sarif"


class StatusFormat(StrEnum):
    table = "table"
    json = "json"
    markdown = "markdown"
    csv = "csv"
    html = "html"


class StatusState(StrEnum):
    linked = "linked"
    proposed = "proposed"
    held = "held"
    template = "template"
    not_created = "not_created"
    removed = "removed"
    followed = "followed"
    failed = "failed"
    conflict = "conflict"


class StatusSort(StrEnum):
    due = "due"
    owner = "owner"
    priority = "priority"
    postmortem = "postmortem"
    status = "status"
    age = "age"


class LogFormat(StrEnum):
    table = "table"
    json = "json"
    csv = "csv"


class DigestFormat(StrEnum):
    markdown = "markdown"
    text = "text"
    html = "html"
    chat = "chat"
    json = "json"


Source = Annotated[str | None, typer.Option("--source", help="Only this source.", metavar="NAME")]
OnePostmortem = Annotated[
    str | None, typer.Option("--postmortem", help="Only this document, by its path in its source.", metavar="PATH")
]

commands = typer.Typer(
    name="pmtrack",
    help="Keeps the action items of your postmortems and the issues of your tracker in step.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def main() -> None:
    """Run the command line and exit."""
    try:
        _named(sys.argv[1:])()
    except PmtrackError as error:
        for line in str(error).splitlines():
            print(f"pmtrack: {plain(line)}", file=sys.stderr)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        # The reader of a pipe went away: Python would complain once more while flushing at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(MENDABLE)
    except Exception:  # noqa: BLE001 - whatever it is, it is a bug, and said as one
        traceback.print_exc()
        print(
            f"pmtrack: this is a bug in pmtrack {__version__}: please report it with the lines above, "
            "after taking out what is private",
            file=sys.stderr,
        )
        sys.exit(BUG)


def _named(words: Sequence[str]) -> typer.Typer:
    """The command line with the commands that are named, since it is built anew at each start; else with all."""
    known = commands.registered_commands
    found = [one for one in known if one.callback and (one.name or one.callback.__name__) in words]
    line = copy(commands)
    line.registered_commands = found or known
    return line


def _version(asked: bool) -> None:
    if asked:
        print(f"pmtrack {__version__}")
        raise typer.Exit


@commands.callback()
def _options(
    context: typer.Context,
    config: Annotated[
        Path | None,
        typer.Option(
            "--config", help="The configuration; else $PMTRACK_CONFIG, ./pmtrack.toml, ./config/pmtrack.toml."
        ),
    ] = None,
    _asked: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    context.obj = config


def _app(context: typer.Context) -> App:
    from pmtrack.app import App
    from pmtrack.config import find, load

    return App(load(find(context.obj)))


@commands.command()
def extract(
    paths: Annotated[list[Path], typer.Argument(help="Documents, or folders of them.", metavar="PATH...")],
    output: Annotated[TableFormat, typer.Option("--format")] = TableFormat.table,
) -> None:
    """Show the action items that documents hold. Needs no configuration."""
    from pmtrack.cli.extract import run

    raise typer.Exit(run(paths, output))


@commands.command()
def lint(
    context: typer.Context,
    paths: Annotated[list[Path], typer.Argument(help="Documents, or folders of them.", metavar="PATH...")],
    output: Annotated[LintFormat, typer.Option("--format")] = LintFormat.text,
    off: Annotated[list[str] | None, typer.Option("--off", help="Do not ask for this.", metavar="RULE")] = None,
) -> None:
    """Show what is to be mended in the action items of documents; exit with 4 where something is."""
    from pmtrack.cli.lint import run

    raise typer.Exit(run(paths, output, off or (), context.obj))


@commands.command()
def plan(  # noqa: PLR0917 - typer's own form: one parameter an option
    context: typer.Context,
    source: Source = None,
    postmortem: OnePostmortem = None,
    output: Annotated[TextFormat, typer.Option("--format")] = TextFormat.text,
    check: Annotated[bool, typer.Option("--check", help="Exit with 4 where there is something to do.")] = False,
    reextract: Annotated[
        bool, typer.Option("--reextract", help="Show what this version reads otherwise in unchanged documents.")
    ] = False,
) -> None:
    """Show what `sync` would do. Writes nothing."""
    from pmtrack.app import Scope
    from pmtrack.cli.sync import run_differences, run_plan

    if reextract:
        raise typer.Exit(run_differences(_app(context), Scope(source, postmortem), output, check=check))
    raise typer.Exit(run_plan(_app(context), Scope(source, postmortem), output, check=check))


@commands.command()
def preview(
    context: typer.Context,
    base: Annotated[str, typer.Option("--base", help="The commit or branch to merge into.", metavar="REF")],
    head: Annotated[str, typer.Option("--head", help="The commit or branch to be merged.", metavar="REF")] = "HEAD",
    output: Annotated[PreviewFormat, typer.Option("--format")] = PreviewFormat.text,
) -> None:
    """Show what merging would do: new issues, what they lack, what was asked for before. Asks no tracker."""
    from pmtrack.cli.preview import run

    raise typer.Exit(run(_app(context), base, head, output))


@commands.command()
def sync(  # noqa: PLR0917
    context: typer.Context,
    source: Source = None,
    postmortem: OnePostmortem = None,
    yes: Annotated[bool, typer.Option("--yes", help="Let all happen that waits for a yes in this scope.")] = False,
    hold: Annotated[list[str] | None, typer.Option("--hold", help="Let this one happen.", metavar="ID")] = None,
    output: Annotated[TextFormat, typer.Option("--format")] = TextFormat.text,
    reextract: Annotated[
        bool, typer.Option("--reextract", help="Take what this version reads in unchanged documents as their word.")
    ] = False,
) -> None:
    """Bring documents and issues in step, and the reports in the documents up to date."""
    from pmtrack.app import Scope
    from pmtrack.cli.sync import run_sync

    scope = Scope(source, postmortem, yes, tuple(hold or ()), reextract)
    raise typer.Exit(run_sync(_app(context), scope, output))


Day = Annotated[
    datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="Count as of this day.", metavar="DATE")
]


def _days(words: str | None) -> int | None:
    """A length of time as a number of days."""
    from pmtrack.policy import parse_days

    try:
        return None if words is None else parse_days(words)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


@commands.command()
def status(  # noqa: PLR0917
    context: typer.Context,
    source: Source = None,
    postmortem: OnePostmortem = None,
    output: Annotated[StatusFormat, typer.Option("--format")] = StatusFormat.table,
    overdue: Annotated[bool, typer.Option("--overdue", help="Only what is overdue.")] = False,
    within: Annotated[
        str | None,
        typer.Option("--due-within", help="Only what is due in this time, such as 7d or 2w.", metavar="TIME"),
    ] = None,
    owner: Annotated[str | None, typer.Option("--owner", help="Only this owner or team.", metavar="X")] = None,
    priority: Annotated[str | None, typer.Option("--priority", help="Only this priority.", metavar="P0-P4")] = None,
    state: Annotated[StatusState | None, typer.Option("--state", help="Only what is tracked like this.")] = None,
    sort: Annotated[StatusSort | None, typer.Option("--sort", help="Else what is overdue first.")] = None,
    as_of: Day = None,
    check: Annotated[bool, typer.Option("--check", help="Exit with 4 where something is overdue.")] = False,
) -> None:
    """Show every action item, what is overdue first."""
    from pmtrack.cli.status import run
    from pmtrack.model import State
    from pmtrack.reports.selection import Selection

    tracked = State(state) if state else None
    selection = Selection(overdue, owner, priority, source, postmortem, tracked, _days(within))
    day = as_of.date() if as_of else None
    raise typer.Exit(run(context.obj, selection, output, sort, day, check=check))


@commands.command()
def report(
    context: typer.Context,
    postmortem: Annotated[
        str | None, typer.Argument(help="Only this document: its report as its block has it.", metavar="POSTMORTEM")
    ] = None,
    html: Annotated[
        Path | None, typer.Option("--html", help="Write a page for the whole store.", metavar="FILE")
    ] = None,
    output: Annotated[TextFormat, typer.Option("--format")] = TextFormat.text,
    as_of: Day = None,
) -> None:
    """Show the numbers: how much is done, late and in time, by postmortem, owner and week."""
    from pmtrack.cli.report import run, run_one, write_page

    day = as_of.date() if as_of else None
    if postmortem and html:
        raise typer.BadParameter("the page is for the whole store: leave POSTMORTEM out")
    if html:
        raise typer.Exit(write_page(_app(context), html, day))
    if postmortem:
        raise typer.Exit(run_one(_app(context), postmortem, output, day))
    raise typer.Exit(run(_app(context), output, day))


@commands.command()
def review(  # noqa: PLR0917
    context: typer.Context,
    output: Annotated[TextFormat, typer.Option("--format")] = TextFormat.text,
    export: Annotated[
        Path | None, typer.Option("--export", help="Write it as a sheet with a column to decide in.", metavar="FILE")
    ] = None,
    sheet: Annotated[
        Path | None, typer.Option("--import", help="Take the decisions of such a sheet.", metavar="FILE")
    ] = None,
    acknowledge: Annotated[
        list[str] | None, typer.Option("--acknowledge", help="The conflicts of this item were seen.", metavar="ITEM")
    ] = None,
    keep: Annotated[
        list[str] | None,
        typer.Option("--keep-block", help="Leave a report block as a person edited it.", metavar="PATH"),
    ] = None,
    replace: Annotated[
        list[str] | None,
        typer.Option("--replace-block", help="Write such a block anew with the next sync.", metavar="PATH"),
    ] = None,
) -> None:
    """Show what waits for a person: held changes, proposals, conflicts, failures and edited reports."""
    from pmtrack.cli.review import decide, run, take_in, write_sheet
    from pmtrack.reports import Decision

    app = _app(context)
    if export:
        raise typer.Exit(write_sheet(app, export))
    if sheet:
        raise typer.Exit(take_in(app, sheet))
    said = {"acknowledge": acknowledge, "keep": keep, "replace": replace}
    if chosen := [Decision(0, name, words, "") for words, names in said.items() for name in names or ()]:
        raise typer.Exit(decide(app, chosen))
    raise typer.Exit(run(app, output))


Items = Annotated[list[str], typer.Argument(help="Ids, keys of issues, or path:line.", metavar="ITEM...")]


@commands.command()
def accept(context: typer.Context, items: Items) -> None:
    """Say that proposed items are action items."""
    from pmtrack.cli.review import decide
    from pmtrack.reports import Decision

    raise typer.Exit(decide(_app(context), [Decision(0, item, "accept", "") for item in items]))


@commands.command()
def dismiss(
    context: typer.Context,
    items: Items,
    reason: Annotated[str, typer.Option("--reason", help="Why; it is kept in the history.", metavar="TEXT")],
) -> None:
    """Say that items are no action items, and why."""
    from pmtrack.cli.review import decide
    from pmtrack.reports import Decision

    raise typer.Exit(decide(_app(context), [Decision(0, item, "dismiss", reason) for item in items]))


@commands.command()
def history(
    context: typer.Context,
    item: Annotated[
        str | None, typer.Argument(help="An id, the key of an issue, or path:line.", metavar="ITEM")
    ] = None,
    since: Annotated[datetime | None, typer.Option("--since", formats=["%Y-%m-%d"], metavar="DATE")] = None,
    output: Annotated[LogFormat, typer.Option("--format")] = LogFormat.table,
) -> None:
    """Show what changed, when, from which side, and who did it where that is known."""
    from pmtrack.cli.review import show_history

    raise typer.Exit(show_history(_app(context), item, since.date() if since else None, output))


@commands.command()
def undo(
    context: typer.Context,
    run: Annotated[str, typer.Argument(help="The id of a run, see `pmtrack history`.", metavar="RUN")],
    yes: Annotated[bool, typer.Option("--yes", help="Do it, instead of showing it.")] = False,
) -> None:
    """Take a run back: close what it made and nobody touched, and take the blocks out."""
    from pmtrack.cli.review import undo as run_undo

    raise typer.Exit(run_undo(_app(context), run, yes=yes))


@commands.command("refresh-links")
def refresh_links(
    context: typer.Context,
    source: Source = None,
    postmortem: OnePostmortem = None,
    yes: Annotated[bool, typer.Option("--yes", help="Let all follow, however many there are.")] = False,
) -> None:
    """Let the links in issues follow to where their items stand now: a moved line, a renamed file or repository."""
    from pmtrack.app import Scope
    from pmtrack.cli.refresh import run

    raise typer.Exit(run(_app(context), Scope(source, postmortem=postmortem, yes=yes)))


@commands.command()
def digest(  # noqa: PLR0917
    context: typer.Context,
    source: Source = None,
    postmortem: OnePostmortem = None,
    owner: Annotated[str | None, typer.Option("--owner", help="Only this owner or team.", metavar="X")] = None,
    output: Annotated[DigestFormat, typer.Option("--format")] = DigestFormat.markdown,
    send: Annotated[bool, typer.Option("--send", help="Send it to whoever has not got it, instead.")] = False,
    to: Annotated[
        list[str] | None, typer.Option("--to", help="With --send: only to these.", metavar="RECIPIENT")
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="With --send: also to whoever has it.")] = False,
    reminders: Annotated[
        bool, typer.Option("--reminders", help="With --send: today's reminders, instead of the digest.")
    ] = False,
) -> None:
    """Print the digest of this week as it stands now, or send it."""
    from pmtrack.cli.digest import run, run_reminders, run_send
    from pmtrack.reports.selection import Selection

    if reminders:
        if to or again or not send:
            raise typer.BadParameter("--reminders goes with --send, and to those whom it is time to remind")
        raise typer.Exit(run_reminders(_app(context)))
    if send:
        if source or postmortem or owner:
            raise typer.BadParameter("who gets what stands in [digest]: leave --source, --postmortem and --owner out")
        raise typer.Exit(run_send(_app(context), to or (), again=again))
    if to or again:
        raise typer.BadParameter("--to and --again are for sending: add --send")
    raise typer.Exit(run(_app(context), Selection(source=source, postmortem=postmortem, owner=owner), output))


@commands.command()
def snooze(
    context: typer.Context,
    items: Items,
    until: Annotated[
        datetime | None,
        typer.Option("--until", formats=["%Y-%m-%d"], help="The day on which reminders begin again.", metavar="DATE"),
    ] = None,
    reason: Annotated[str, typer.Option("--reason", help="Why; it is kept in the history.", metavar="TEXT")] = "",
    end: Annotated[bool, typer.Option("--end", help="Begin with reminders again, after snooze or cancel.")] = False,
) -> None:
    """Send no reminders of items for a while; they are listed apart in the digest."""
    from pmtrack.cli.snooze import run_end, run_snooze

    if end == bool(until):
        raise typer.BadParameter("say either --until DATE or --end")
    day = until.date() if until else None
    raise typer.Exit(run_snooze(_app(context), items, day, reason) if day else run_end(_app(context), items))


@commands.command()
def cancel(
    context: typer.Context,
    items: Items,
    reason: Annotated[str, typer.Option("--reason", help="Why; it is kept in the history.", metavar="TEXT")],
) -> None:
    """Call items off: no reminders any more. Their issues and documents are left as they are."""
    from pmtrack.cli.snooze import run_cancel

    raise typer.Exit(run_cancel(_app(context), items, reason))


@commands.command()
def explain(
    context: typer.Context,
    item: Annotated[str, typer.Argument(help="An id, the key of an issue, or path:line.", metavar="ITEM")],
    output: Annotated[TextFormat, typer.Option("--format")] = TextFormat.text,
) -> None:
    """Say why an item has its due date, its owner and its state, and who is reminded of it."""
    from pmtrack.cli.explain import run

    raise typer.Exit(run(_app(context), item, output))


@commands.command()
def check(context: typer.Context) -> None:
    """Find every problem of the configuration, the documents and the trackers. Reads only.

    Why one item has its due date, its owner and its state: `pmtrack explain ITEM`.
    """
    from pmtrack.cli.check import run

    raise typer.Exit(run(_app(context)))


@commands.command()
def backup(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="Where to write the copy.", metavar="FILE")],
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
) -> None:
    """Copy the store into a file, also while others write to it. The file is a store of its own: sqlite:///FILE."""
    from pmtrack.cli.backup import run

    raise typer.Exit(run(_app(context), file, force=force))


@commands.command()
def init(
    folder: Annotated[Path, typer.Argument(help="Where to write it.")] = Path(),
) -> None:
    """Write a commented pmtrack.toml. Never overwrites one."""
    from pmtrack.cli.init import run

    raise typer.Exit(run(folder))


@commands.command()
def serve(
    context: typer.Context,
    once: Annotated[
        bool, typer.Option("--once", help="Sync each source once, send what is due, and end: for cron and CronJobs.")
    ] = False,
) -> None:
    """Sync on an interval and send digests and reminders, until it is told to stop."""
    from pmtrack.service import serve as run

    raise typer.Exit(run(_app(context), once=once))

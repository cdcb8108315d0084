"""The stand-in by itself, for people who want to try pmtrack without an account at Jira.

From the folder of the project: python -m tests.support.jira --port 8766
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import timedelta
from threading import Event

from . import Hub, Person, Workflow, serve

WORDS = """\
Jira's stand-in ({kind}) runs at {url}  (Ctrl-C ends it; nothing is kept)

  address for pmtrack  {url}
  project              {key}   people: {people}
  user                 {user}
  token                {token}

  curl {auth} {url}/rest/api/2/issue/{key}-1
"""
PEOPLE = "ana bo"
BOT = "pmtrack-bot"


def options(words: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="support.jira", description=__doc__)
    parser.add_argument("--port", type=int, default=8766, help="0 for any free one")
    parser.add_argument("--key", default="OPS", help="the example project (default: %(default)s)")
    parser.add_argument("--data-center", action="store_true", help="Data Center in place of Cloud")
    parser.add_argument("--strict", action="store_true", help="a workflow of several steps, which wants a resolution")
    parser.add_argument("--search-lag", type=float, default=5, metavar="S", help="seconds until search knows a change")
    return parser.parse_args(words)


def example(chosen: argparse.Namespace) -> Hub:
    """A project with a bot, two people and two issues."""
    hub = Hub(cloud=not chosen.data_center, search_lag=timedelta(seconds=chosen.search_lag))
    project = hub.add_project(chosen.key, people=f"{BOT} {PEOPLE}")
    if chosen.strict:
        project.workflow = Workflow.strict()
    ana = Person.at(hub, "ana", chosen.key)
    ana.open("The checkout page needs a second look", "Opened by hand.", priority="High")
    ana.transition(ana.open("Write down what we learned"), "Done")
    return hub


def main(words: Sequence[str] | None = None, until: Event | None = None) -> None:
    """Run until it is interrupted, or until the event is set."""
    chosen = options(words)
    hub = example(chosen)
    token = hub.add_token(BOT)
    user = token.email or BOT
    auth = f"-u {user}:{token.value}" if hub.cloud else f'-H "Authorization: Bearer {token.value}"'
    kind = "Cloud" if hub.cloud else "Data Center"
    with serve(hub, chosen.port) as url:
        told = {"url": url, "kind": kind, "key": chosen.key, "user": user, "token": token.value, "auth": auth}
        print(WORDS.format(people=PEOPLE, **told), flush=True)
        try:
            (until or Event()).wait()
        except KeyboardInterrupt:
            print("ended")
        hub.violations.clear()  # for tests; a person sees the refusals
        hub.bans.clear()


if __name__ == "__main__":
    main()

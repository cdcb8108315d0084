"""The stand-in by itself, for people who want to try pmtrack without an account at GitHub.

From the folder of the project: python -m tests.support.github --port 8755
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import timedelta
from threading import Event

from . import Hub, Person, serve

WORDS = """\
GitHub's stand-in runs at {url}  (Ctrl-C ends it; nothing is kept)

  address for pmtrack  {url}
  repository           {repo}   people: {people}
  token                {token}
  token of a person    {person}
  the issues, to look at and to edit: {url}/{repo}/issues

  curl -H "Authorization: Bearer {token}" {url}/repos/{repo}/issues
"""
PEOPLE = "ana bo"


def options(words: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="support.github", description=__doc__)
    parser.add_argument("--port", type=int, default=8755, help="0 for any free one")
    parser.add_argument("--repo", default="acme/shop", help="the example repository (default: %(default)s)")
    parser.add_argument("--public", action="store_true", help="let everybody read it")
    parser.add_argument("--list-lag", type=float, default=0, metavar="S", help="seconds until lists know a change")
    parser.add_argument("--search-lag", type=float, default=20, metavar="S", help="the same for search")
    parser.add_argument("--webhook", default="", metavar="URL", help="tell this address of every change, at once")
    parser.add_argument("--secret", default="", help="what the webhooks are signed with")
    return parser.parse_args(words)


def example(chosen: argparse.Namespace) -> Hub:
    """A repository of an organisation with issue fields, two people and two issues."""
    hub = Hub(list_lag=timedelta(seconds=chosen.list_lag), search_lag=timedelta(seconds=chosen.search_lag))
    owner = chosen.repo.split("/")[0]
    hub.add_repo(chosen.repo, private=not chosen.public, people=f"pmtrack-bot {PEOPLE}")
    hub.add_field(owner, "Priority", "single_select", "P0", "P1", "P2", "P3")
    hub.add_field(owner, "Due date", "date")
    ana = Person.at(hub, "ana", chosen.repo)
    ana.open("The checkout page needs a second look", "Opened by hand.", "P2")
    ana.close(ana.open("Write down what we learned"))
    hub.hooks.to(chosen.webhook, chosen.secret)
    hub.hooks.at_once = bool(chosen.webhook)
    return hub


def main(words: Sequence[str] | None = None, until: Event | None = None) -> None:
    """Run until it is interrupted, or until the event is set."""
    chosen = options(words)
    hub = example(chosen)
    token, person = hub.add_token("pmtrack-bot").value, hub.add_token("bo").value
    with serve(hub, chosen.port, page_for="ana") as url:
        print(WORDS.format(url=url, repo=chosen.repo, people=PEOPLE, token=token, person=person), flush=True)
        try:
            (until or Event()).wait()
        except KeyboardInterrupt:
            print("ended")
        hub.violations.clear()  # for tests; a person sees the refusals
        hub.bans.clear()


if __name__ == "__main__":
    main()

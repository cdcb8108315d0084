"""What other programs read of the same repositories on their second run, measured beside ours.

They live in an environment of their own, and talk with us over a pipe: a name in, seconds out.

bugwarrior (2.1.0): its reading only. The rest of a pull needs Taskwarrior. It reads open issues, each time all of them,
only over https; here it is led to the stand-in by its one method that knows the address. Pull requests, comments and
the lists of repositories are left out, to its advantage.

perceval (1.6.1): what changed since the newest issue of its first run, without people's profiles, to its advantage.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, Any


@dataclass(frozen=True, slots=True)
class Peers:
    """Attributes:
    works: name -> lets that one do its second run, and gives its seconds.
    """

    works: dict[str, Callable[[], float]] = field(default_factory=dict)

    @staticmethod
    @contextmanager
    def at(python: str, server: Any, names: Sequence[str]) -> Iterator[Peers]:
        """Those of an environment; none where there is none."""
        if not python:
            yield Peers()
            return
        command = [python, __file__, server.url, server.token, *names]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdin
            assert process.stdout
            known = json.loads(process.stdout.readline())
            yield Peers({name: _work(name, process.stdin, process.stdout) for name in known})
            process.stdin.close()


def _work(name: str, told: IO[str], answers: IO[str]) -> Callable[[], float]:
    def work() -> float:
        told.write(f"{name}\n")
        told.flush()
        return float(answers.readline())

    return work


# ---------------------------------------------------------------- in their environment


def main() -> None:
    url, token, *names = sys.argv[1:]
    makers = {"bugwarrior, reading": bugwarrior, "perceval, second fetch": perceval}
    works = {name: make(url, token, names) for name, make in makers.items()}
    print(json.dumps(list(works)), flush=True)
    for line in sys.stdin:
        started = time.perf_counter()
        works[line.strip()]()
        print(time.perf_counter() - started, flush=True)


def bugwarrior(url: str, token: str, names: Sequence[str]) -> Callable[[], object]:
    from bugwarrior.services.github import GithubClient  # noqa: PLC0415 - it is there only in that environment

    class Client(GithubClient):  # type: ignore[misc]
        def _api_url(self, path: str, **context: str) -> str:
            return url + path.format(**context)

    def pull() -> None:
        client = Client("localhost", {"token": token})
        for name in names:
            client.get_issues("acme", name)

    return pull


def perceval(url: str, token: str, names: Sequence[str]) -> Callable[[], object]:
    from perceval.backends.core.github import GitHub  # noqa: PLC0415 - it is there only in that environment

    def fetch(name: str, since: Any = None) -> list[Any]:
        backend = GitHub("acme", name, [token], base_url=url)
        return [item["data"] for item in backend.fetch(from_date=since, filter_classified=True)]

    newest = {name: max(issue["updated_at"] for issue in fetch(name)) for name in names}
    from dateutil.parser import parse  # noqa: PLC0415 - perceval brings it

    return lambda: [fetch(name, parse(newest[name])) for name in names]


if __name__ == "__main__":
    main()

"""A stand-in for GitHub: an HTTP server on this machine that keeps GitHub's rules.

A test sets up a `Hub`, runs it with `serve`, and points an unpatched client at the address:

    hub = Hub()
    hub.add_repo("acme/shop", people="ana bo")
    token = hub.add_token("ana")
    with serve(hub) as url:
        repo = Github(base_url=url, auth=Auth.Token(token.value)).get_repo("acme/shop")
    assert hub.bans == []

What goes wrong is queued with `hub.faults.next("POST", "/issues", faults.dropped_after())`; what people do is done by a
`Person.at(hub, "bo", "acme/shop")`; time is moved with `Hub(clock=HandClock())`; webhooks go out with
`hub.hooks.to(url, secret)` and `hub.hooks.deliver()`. `hub.log` has every request, `hub.issues(name)` what exists.
"""

from . import faults
from .clock import HandClock
from .hub import Hub
from .people import Person
from .serve import serve

__all__ = ["HandClock", "Hub", "Person", "faults", "serve"]

"""A stand-in for Jira: an HTTP server on this machine that keeps Jira's rules, as Cloud and as Data Center.

A test sets up a `Hub`, runs it with `serve`, and points an unpatched client at the address:

    hub = Hub()                                   # Hub(cloud=False) for Data Center
    hub.add_project("OPS", people="ana bo")       # all usual permissions; hub.revoke("ana", "OPS", "EDIT_ISSUES")
    token = hub.add_token("ana")
    with serve(hub) as url:
        jira = JIRA(url, basic_auth=token.basic)  # Data Center: JIRA(url, token_auth=token.value)

A person acts with `Person.at(hub, "bo", "OPS")`: open, edit, transition, assign, comment, move, change_type, delete.
What goes wrong is queued with `hub.faults.next("POST", "/issue", faults.dropped_after())`; time is moved with
`Hub(clock=HandClock())`; search knows a change only after `Hub(search_lag=timedelta(...))`. `hub.log` has every
request, `hub.issues("OPS")` what exists, `hub.fields(key)` the values of one by name. The workflow, screens, required
fields and priorities are attributes of `hub.project("OPS")`; limits are in `hub.limits`. `serve` fails at its end on
requests and answers that do not follow the API description (`hub.violations`) and on a client that did not wait
(`hub.bans`).
"""

from ..github.clock import HandClock
from . import faults
from .hub import Hub
from .people import Person
from .serve import serve
from .workflow import Transition, Workflow

__all__ = ["HandClock", "Hub", "Person", "Transition", "Workflow", "faults", "serve"]

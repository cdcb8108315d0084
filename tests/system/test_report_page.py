"""The page in a real browser: wide and narrow, light and dark, with and without its script, and by axe's rules.

Chromium is told by WebDriver, which is JSON over HTTP: no library is needed for it.
"""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from pmtrack.documents import normal_priority
from pmtrack.model import Event, IssueRef, Row, Side, Snapshot, Status
from pmtrack.reports import build, render
from support.rows import DIRECTORY, DOCUMENT, TODAY, everything, history, linked

HOSTILE = (
    "<script>window.evil = 1</script>",
    "\"><img src=x onerror='window.evil = 2'>",
    "{{ 7 * 7 }}${7 * 7}",
    "</title></style></svg><h1>mine</h1>",
    "pneumonoultramicroscopic" * 12,
    "https://example.com/" + "a" * 300,
    "古い鍵を消す" * 30,
    "\u202egnitirw\u2066 \x1b[2J",
)
WIDTHS = {"desktop": 1280, "tablet": 820, "phone": 360}
WITHOUT_BROWSER = "needs a browser: apt-get install chromium chromium-driver"
WITHOUT_AXE = "needs axe: pip install axe-core-python"

SPILLS = """
return [...document.body.querySelectorAll("*")]
  .filter((element) => !element.closest("svg") && element.getBoundingClientRect().right > innerWidth + 1)
  .map((element) => element.outerHTML.slice(0, 200));
"""
AXE = """
const done = arguments[arguments.length - 1];
axe.run(document).then((found) => done(
  found.violations.map((one) => `${one.id}: ${one.help}: ${one.nodes.map((node) => node.html).slice(0, 3).join(" | ")}`)
), (error) => done([String(error)]));
"""
COLUMN = """
const table = document.querySelector(`table[aria-labelledby="${arguments[0]}"]`);
const at = [...table.tHead.rows[0].cells].findIndex((cell) => cell.textContent.trim() === arguments[1]);
if (arguments[2]) table.tHead.rows[0].cells[at].querySelector("button").click();
return [table.tHead.rows[0].cells[at].getAttribute("aria-sort"),
        [...table.tBodies[0].rows].map((row) => row.cells[at].textContent.trim())];
"""


@dataclass(frozen=True, slots=True)
class Browser:
    """One window; `session` is its address."""

    session: str

    def ask(self, verb: str, **body: Any) -> Any:
        return _post(f"{self.session}/{verb}", body)

    def run(self, script: str, *arguments: object) -> Any:
        return self.ask("execute/sync", script=script, args=arguments)

    def order(self, command: str, **parameters: Any) -> Any:
        return self.ask("goog/cdp/execute", cmd=command, params=parameters)

    def show(self, page: Path, width: int = 1280, scheme: str = "light") -> None:
        self.order(
            "Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=width < 500
        )
        self.order("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.ask("url", url=page.as_uri())


def _post(url: str, body: object, method: str = "POST") -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60) as answer:
        return json.load(answer)["value"]


@contextmanager
def driver(path: str) -> Iterator[str]:
    """The address of a chromedriver that listens on this machine only."""
    with subprocess.Popen([path, "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout
        try:
            port = next(found[1] for line in process.stdout if (found := re.search(r"success\w* on port (\d+)", line)))
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    chromedriver = shutil.which("chromedriver")
    if not chromium or not chromedriver:
        pytest.skip(WITHOUT_BROWSER)
    arguments = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"]
    arguments += ["--disable-background-networking", "--host-resolver-rules=MAP * ~NOTFOUND"]
    wanted = {"goog:chromeOptions": {"binary": chromium, "args": arguments}, "timeouts": {"script": 60_000}}
    with driver(chromedriver) as address:
        made = _post(f"{address}/session", {"capabilities": {"alwaysMatch": wanted}})
        session = f"{address}/session/{made['sessionId']}"
        yield Browser(session)
        _post(session, None, "DELETE")


@pytest.fixture(scope="module")
def axe() -> str:
    """The script of axe-core, from the package that carries it."""
    found = importlib.util.find_spec("axe_core_python")
    if not found or not found.submodule_search_locations:
        pytest.skip(WITHOUT_AXE)
    return (Path(found.submodule_search_locations[0]) / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everything that a page can show, and words that want to be more than words."""
    again = linked("Alert on refusals", line=90, document=replace(DOCUMENT, path="2026/again.md"))
    rows = [*everything().rows, *hostile(), again]
    happened = [*history(), *moved()]
    snapshot = replace(everything(), rows=tuple(rows))
    report = build(snapshot, TODAY, normal_priority=normal_priority, directory=DIRECTORY, history=happened)
    file = tmp_path_factory.mktemp("page") / "page.html"
    file.write_text(render(report, "html"), encoding="utf-8")
    return file


def hostile() -> Iterator[Row]:
    for at, words in enumerate(HOSTILE):
        document = replace(DOCUMENT, source=words, path=f"{words}.md", title=words, incident_date=date(2026, 1 + at, 1))
        ref = IssueRef("board", words, words, "javascript:window.evil=3" if at % 2 else f"https://x.example/{words}")
        due = TODAY - timedelta(days=at)
        yield linked(
            words, line=30 + at, document=document, owners=(words,), priority=words, due=due,
            link={"ref": ref, "error": words}, problems=(words,), first_seen=date(2026, 9, 1 + at),
        )  # fmt: skip


def moved() -> Iterator[Event]:
    for at in range(len(HOSTILE)):
        moment = datetime(2026, 10, 1 + 3 * at, tzinfo=UTC)
        yield Event(moment, f"I{30 + at}", "changed", "due", "2026-10-01", "2026-11-10", Side.TRACKER)
        yield Event(moment, f"I{30 + at}", "changed", "status", Status.DONE, Status.OPEN, Side.TRACKER)


@pytest.mark.parametrize(("width", "scheme"), [*product(WIDTHS, ("light", "dark"))])
def test_nothing_is_wider_than_the_window_and_axe_finds_nothing(
    browser: Browser, axe: str, page: Path, width: str, scheme: str
) -> None:
    browser.show(page, WIDTHS[width], scheme)
    browser.run("document.querySelectorAll('details').forEach((one) => { one.open = true; });")
    shown = "[innerWidth, matchMedia('(prefers-color-scheme: dark)').matches]"
    assert browser.run(f"return {shown}") == [WIDTHS[width], scheme == "dark"]
    assert browser.run("return document.documentElement.scrollWidth") <= WIDTHS[width]
    assert browser.run(SPILLS) == []
    browser.run(axe)
    assert browser.ask("execute/async", script=AXE, args=[]) == []


def test_foreign_words_stay_words(browser: Browser, page: Path) -> None:
    browser.show(page)
    assert browser.run("return typeof window.evil") == "undefined"
    assert browser.run("return document.querySelectorAll('img, iframe, object, form, [onerror], [style]').length") == 0
    assert browser.run("return document.querySelectorAll('script, style, h1').length") == 3
    shown = browser.run("return document.body.textContent")
    for words in HOSTILE[:4]:
        assert words in shown
    assert "{{ 7 * 7 }}${7 * 7}" in shown
    links = browser.run("return [...document.querySelectorAll('a')].map((link) => link.protocol)")
    assert set(links) == {"https:"}


def test_the_page_may_run_nothing_but_its_own_script(browser: Browser, page: Path) -> None:
    browser.show(page)
    browser.run("document.body.append(document.createElement('script'))")
    browser.run("document.body.lastChild.textContent = 'window.evil = 4'")
    assert browser.run("return typeof window.evil") == "undefined"
    assert browser.run("return getComputedStyle(document.body).marginTop") == "0px"
    assert browser.run("return document.querySelectorAll('[src], link, base, [href]:not(a)').length") == 0
    style = browser.run("return document.querySelector('style').textContent")
    assert not {"url(", "@import"} & {found for found in ("url(", "@import") if found in style}


def test_a_table_is_sorted_by_a_click_on_its_head(browser: Browser, page: Path) -> None:
    browser.show(page)
    order, first = browser.run(COLUMN, "items", "Due")
    assert order is None
    order, days = browser.run(COLUMN, "items", "Due", "click")
    given = [day for day in days if day]
    assert (order, given) == ("ascending", sorted(given))
    assert days == [*given, *[""] * (len(days) - len(given))]
    order, days = browser.run(COLUMN, "items", "Due", "click")
    assert (order, [day for day in days if day]) == ("descending", sorted(given, reverse=True))
    assert not days[-1]
    assert sorted(first) == sorted(days)
    browser.run(COLUMN, "by-owner", "Items", "click")
    _, counts = browser.run(COLUMN, "by-owner", "Items")
    assert [int(count) for count in counts] == sorted(int(count) for count in counts)


def test_without_its_script_the_page_is_whole(browser: Browser, page: Path) -> None:
    browser.order("Emulation.setScriptExecutionDisabled", value=True)
    try:
        browser.show(page)
        shown = browser.order("DOM.getOuterHTML", nodeId=browser.order("DOM.getDocument")["root"]["nodeId"])[
            "outerHTML"
        ]
    finally:
        browser.order("Emulation.setScriptExecutionDisabled", value=False)
    assert "<button" not in shown
    assert shown.count("<svg") == 5
    assert "Alert on refusals" in shown


def test_every_picture_says_in_words_what_it_shows(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    titles = re.findall(r'<svg [^>]*role="img" aria-labelledby="([\w-]+)"><title id="([\w-]+)">([^<]+)</title>', text)
    assert len(titles) == text.count("<svg") == 5
    assert all(one == other for one, other, _ in titles)
    assert len({one for one, _, _ in titles}) == 5
    said = " ".join(words for _, _, words in titles)
    for words in ("Completion over time: ", "of over 180 days", "Overdue by owner: ", "Overdue by postmortem: "):
        assert words in said


def test_it_prints(browser: Browser, page: Path) -> None:
    browser.show(page)
    assert len(browser.ask("print")) > 10_000


def test_a_page_of_nothing_is_a_page(browser: Browser, axe: str, tmp_path: Path) -> None:
    file = tmp_path / "empty.html"
    report = build(Snapshot(), TODAY, normal_priority=normal_priority, history=())
    file.write_text(render(report, "html"), encoding="utf-8")
    browser.show(file, 360)
    browser.run(axe)
    assert browser.ask("execute/async", script=AXE, args=[]) == []
    assert "0 items" in browser.run("return document.body.textContent")

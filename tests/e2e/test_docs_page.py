"""The page at /docs in a real browser: it shows every operation, sends requests, and loads nothing from elsewhere."""

import json
from collections.abc import Iterator

import pytest

from local import programs
from local.paths import ROOT
from tests.support.browser import Page, browser_page
from tests.support.stacks import RunningStack
from tests.support.waiting import until

pytestmark = pytest.mark.kinds("embedded")
_DOCUMENT = json.loads((ROOT / "docs/openapi.json").read_text())
_OPERATIONS = sum(map(len, _DOCUMENT["paths"].values()))
_HEALTH = "#operations-service-service_health"


@pytest.fixture(scope="module")
def page(stack: RunningStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """The page at its top, after all operations were shown."""
    program = programs.find("chromium")
    if program is None:
        pytest.skip("no Chromium on this machine: install it, for example with local/tools/get-chromium")
    with browser_page(program, tmp_path_factory.mktemp("browser")) as found:
        found.call("Page.navigate", url=f"{stack.url}/docs")
        seen = set[str]()
        until(lambda: _seen(found, seen) == _OPERATIONS, 90)
        found.value("window.scrollTo(0, 0)")
        _wait(found, f"!!document.querySelector('{_HEALTH}')")
        yield found


def _seen(page: Page, seen: set[str]) -> int:
    """The number of operations that were shown so far; scrolls on. From 125 on, only those in view are in the page."""
    seen.update(page.value("[...document.querySelectorAll('.opblock')].map(each => each.id)"))
    page.value("window.scrollTo(0, (window.scrollY + 300) % document.body.scrollHeight)")
    return len(seen)


def _faults(page: Page) -> list[object]:
    """Errors of scripts, what the console has, and what the policy has blocked."""
    errors = [each["entry"] for each in page.parameters("Log.entryAdded")]
    console = page.parameters("Runtime.consoleAPICalled")
    issues = [each["issue"] for each in page.parameters("Audits.issueAdded")]
    blocked = [each for each in issues if each["code"] == "ContentSecurityPolicyIssue"]
    return [*errors, *console, *blocked, *page.parameters("Runtime.exceptionThrown")]


def _wait(page: Page, expression: str) -> object:
    return until(lambda: page.value(expression), 20)


def test_try_it_out_shows_the_answer_of_a_public_route(page: Page, stack: RunningStack) -> None:
    page.value(f"document.querySelector('{_HEALTH} .opblock-summary-control').click()")
    _wait(page, f"!!document.querySelector('{_HEALTH} .try-out__btn')")
    page.value(f"document.querySelector('{_HEALTH} .try-out__btn').click()")
    _wait(page, f"!!document.querySelector('{_HEALTH} .execute')")
    page.value(f"document.querySelector('{_HEALTH} .execute').click()")
    answer = f"document.querySelector('{_HEALTH} .live-responses-table .response')"
    _wait(page, f"!!{answer}")
    shown = str(page.value(f"{answer}.innerText"))
    assert "200" in shown
    assert '"status": "ok"' in shown
    assert _faults(page) == []
    sent = {each["request"]["url"] for each in page.parameters("Network.requestWillBeSent")}
    own = {f"{stack.url}/docs", f"{stack.url}/openapi.json", f"{stack.url}/healthz"}
    assert {url for url in sent if not url.startswith("data:")} == own


def test_the_policy_stops_scripts_and_requests_of_others(page: Page) -> None:
    before = len(_faults(page))
    put = "const s = document.createElement('script'); s.textContent = 'window.hit = 1'; document.body.append(s);"
    assert page.value(f"(() => {{ {put} return window.hit ?? 0 }})()") == 0
    assert page.value("fetch('https://other.example.com/').then(() => 'sent', () => 'stopped')") == "stopped"
    until(lambda: page.value("1") and len(_faults(page)) >= before + 2, 20)

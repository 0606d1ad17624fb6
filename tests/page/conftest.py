"""A browser, a page and a desk of make-believe."""

from __future__ import annotations

import functools
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from tests.page import made_up
from tests.page.mock_desk import DIST, MockDesk

WAIT_MS = 30_000
"""How long is waited for what comes at once on an idle machine. What is measured has a clock of its own."""
expect.set_options(timeout=WAIT_MS)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@functools.cache
def pictures() -> dict[str, bytes]:
    """Evidence, the same for all candidates."""
    return {
        "still": made_up.jpeg(made_up.scene(4, 9)),
        "still_boxes": made_up.jpeg(made_up.scene(4, 9, boxes=True)),
        "preview": made_up.clip(4, 9),
    }


@pytest.fixture
def desk() -> Iterator[MockDesk]:
    """Four cameras, three open candidates, one judged."""
    mock = MockDesk()
    fill(mock)
    mock.start()
    yield mock
    mock.stop()


def fill(mock: MockDesk) -> None:
    now = mock.now()
    names = ("县中心广场", "汽车站站前", "沙头渡口", "横岭湖北岸")
    mock.cameras = [made_up.camera(f"cam-{n}", name, now) for n, name in enumerate(names, 1)]
    mock.workers = [made_up.worker(now)]
    for number, camera in enumerate(mock.cameras):
        mock.looks[camera["id"]] = lambda seed=number: made_up.jpeg(made_up.scene(seed, 3 + seed))  # type: ignore[misc]
        raised = now - timedelta(minutes=3 * (4 - number), seconds=7)
        candidate = made_up.candidate(number + 1, camera, raised)
        mock.candidates[candidate["id"]] = candidate
    judged = {"verdict": "false", "verdict_by": "seat-1", "verdict_at": made_up.stamp(now)}
    ended = {"phase": "ended", "end": made_up.stamp(now), "end_reason": "cleared"}
    mock.candidates["cand-0001"] |= judged | ended
    mock.stills = dict(pictures())


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's chromium. Module-wide only: while it runs, this thread has a running event loop."""
    if not (DIST / "index.html").is_file():
        pytest.skip("the page is not built (make page)")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS, timeout=90_000)
        yield chromium
        chromium.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A fresh browser profile at the size of a seat's screen."""
    fresh = browser.new_context(
        viewport={"width": 1920, "height": 1080}, locale="zh-CN", timezone_id="Asia/Shanghai"
    )
    fresh.set_default_timeout(WAIT_MS)
    yield fresh
    fresh.close()


def until(page: Page, script: str, within_s: float = WAIT_MS / 1000) -> None:
    """Wait until a script is true. (Playwright's own waiting evaluates strings, which the policy forbids.)"""
    deadline = time.monotonic() + within_s
    while not page.evaluate(script):
        assert time.monotonic() < deadline, f"not true within {within_s} s: {script}"
        page.wait_for_timeout(50)


class Faults:
    """What a page must never do: break its content policy, throw, or speak to another host."""

    def __init__(self, page: Page, desk: MockDesk) -> None:
        self.found: list[str] = []
        page.on("pageerror", lambda error: self.found.append(f"thrown: {error}"))
        page.on("console", self._said)
        page.on("request", lambda request: self._asked(request.url, desk.url))

    def _said(self, message: ConsoleMessage) -> None:
        # A browser reports every failed request as an error; those are what the tests are about.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.found.append(f"console: {message.text}")

    def _asked(self, url: str, home: str) -> None:
        if not url.startswith((f"{home}/", f"blob:{home}/")):
            self.found.append(f"asked another host: {url}")


@pytest.fixture
def page(context: BrowserContext, desk: MockDesk) -> Iterator[Page]:
    """A page that is not signed in yet; its faults fail the test at the end."""
    fresh = context.new_page()
    faults = Faults(fresh, desk)
    yield fresh
    assert not faults.found


@pytest.fixture
def seat(page: Page, desk: MockDesk) -> Page:
    """A page that is signed in and shows the newest candidate."""
    page.goto(f"{desk.url}/#/signin/fresh")
    page.locator("[role=option]").first.wait_for()
    page.locator(".frame img").wait_for()
    return page


@pytest.fixture
def stopped(seat: Page, desk: MockDesk) -> Page:
    """A seat whose clock stands: its timers, and what it takes for now, move only by `stopped.clock`."""
    now = desk.now()
    seat.clock.install(time=now)
    seat.clock.pause_at(now + timedelta(hours=1))
    seat.reload()
    seat.locator("[role=option]").first.wait_for()
    seat.locator(".frame img").wait_for()
    return seat

"""Everybody can use it: axe finds nothing in any view, theme or language."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.page.mock_desk import MockDesk

pytestmark = pytest.mark.chromium
AXE = Path(__file__).parents[2] / "patrol" / "console" / "web" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def faults(page: Page) -> list[str]:
    if not AXE.is_file():
        pytest.skip("axe-core is not installed (make page installs it)")
    page.evaluate(AXE.read_text())
    found: dict[str, Any] = page.evaluate(
        "rules => axe.run({ runOnly: { type: 'tag', values: rules } })", RULES
    )
    return [f"{one['id']}: {node['html'][:160]}" for one in found["violations"] for node in one["nodes"]]


@pytest.mark.parametrize("theme", ["dark", "light", "contrast"])
def test_axe_finds_nothing_in_triage(seat: Page, theme: str) -> None:
    seat.get_by_label("配色").select_option(theme)
    seat.get_by_test_id("history").wait_for()
    assert faults(seat) == []
    seat.get_by_label("语言").select_option("en")
    seat.keyboard.press("f")
    expect(seat.get_by_test_id("undo")).to_be_visible()
    assert faults(seat) == []


def test_axe_finds_nothing_in_the_other_views(seat: Page, desk: MockDesk) -> None:
    desk.cameras[2] |= {"state": "blind"}
    desk.tell_cameras()
    seat.keyboard.press("c")
    seat.get_by_test_id("cell-cam-3").get_by_test_id("veil").wait_for()
    assert faults(seat) == []
    seat.get_by_test_id("cell-cam-3").click()
    seat.get_by_test_id("veil").wait_for()
    assert faults(seat) == []
    seat.keyboard.press("?")
    expect(seat.get_by_role("heading", name="快捷键")).to_be_visible()
    assert faults(seat) == []


def test_axe_finds_nothing_before_signing_in(page: Page, desk: MockDesk) -> None:
    page.goto(f"{desk.url}/#/signin/used-up")
    expect(page.locator("code")).to_be_visible()
    assert faults(page) == []


def test_the_focus_can_be_seen(seat: Page) -> None:
    seat.keyboard.press("Tab")
    outline = seat.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"

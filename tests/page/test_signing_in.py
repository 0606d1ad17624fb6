"""The way in: a link that works once, and whose token is nowhere to be seen afterwards."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.page.mock_desk import MockDesk

pytestmark = pytest.mark.chromium


def test_a_link_signs_in_and_its_token_leaves_the_address_bar(page: Page, desk: MockDesk) -> None:
    page.goto(f"{desk.url}/#/signin/fresh")
    page.locator("[role=option]").first.wait_for()
    assert "fresh" not in page.url
    assert page.evaluate("history.length") <= 2
    expect(page.get_by_role("banner")).to_contain_text("县指挥中心")
    expect(page.get_by_role("banner")).to_contain_text("seat-3")


def test_a_used_link_says_how_to_get_another(page: Page, desk: MockDesk) -> None:
    page.goto(f"{desk.url}/#/signin/used-up")
    expect(page.get_by_role("heading", level=1)).to_have_text("登录链接已失效")
    expect(page.locator("code")).to_have_text("patrol link")
    assert "used-up" not in page.url


def test_without_a_session_there_is_no_way_in(page: Page, desk: MockDesk) -> None:
    page.goto(desk.url)
    expect(page.get_by_role("heading", level=1)).to_have_text("未登录")
    assert page.locator("[role=option]").count() == 0


def test_a_used_link_in_a_browser_that_is_signed_in_goes_on(seat: Page, desk: MockDesk) -> None:
    seat.goto(f"{desk.url}/?again#/signin/fresh")
    seat.locator("[role=option]").first.wait_for()
    assert "signin" not in seat.url


def test_signing_out_ends_it(seat: Page, desk: MockDesk) -> None:
    seat.get_by_role("button", name="退出").click()
    expect(seat.get_by_role("heading", level=1)).to_have_text("未登录")
    seat.goto(f"{desk.url}/?anew")
    expect(seat.get_by_role("heading", level=1)).to_have_text("未登录")


def test_a_desk_that_does_not_answer_is_named(page: Page, desk: MockDesk) -> None:
    page.goto(desk.url)
    expect(page.get_by_role("heading", level=1)).to_have_text("未登录")
    desk.down = True
    page.evaluate("location.hash = '#/signin/fresh'")
    expect(page.get_by_role("heading", level=1)).to_have_text("无法连接指挥台")
    desk.down = False
    page.get_by_role("button", name="再试一次").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("未登录")

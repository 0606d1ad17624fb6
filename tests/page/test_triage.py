"""The main work: look, judge, take back, go on; by keyboard."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.page import made_up
from tests.page.conftest import until
from tests.page.mock_desk import MockDesk

pytestmark = pytest.mark.chromium


def rows(page: Page) -> Locator:
    return page.get_by_role("listbox", name="候选事件").locator("[role=option]")


def chosen(page: Page) -> Locator:
    return page.locator("[role=option][aria-selected=true]")


def test_candidates_stand_newest_first_and_the_newest_is_shown(seat: Page) -> None:
    expect(rows(seat)).to_have_count(3)
    expect(rows(seat)).to_contain_text(["横岭湖北岸", "沙头渡口", "汽车站站前"])
    expect(chosen(seat)).to_contain_text("横岭湖北岸")
    expect(seat.get_by_test_id("open-count")).to_have_text("3")
    box = seat.locator(".frame").bounding_box()
    assert box is not None
    assert box["width"] >= 1100


def test_why_it_fired_is_said_in_words(seat: Page) -> None:
    side = seat.get_by_role("complementary")
    for words in ("人员聚集", "中心广场", "触发数量", "gathering-plaza", "22 秒", "已就绪"):
        expect(side).to_contain_text(words)


def test_one_key_judges_and_goes_on(seat: Page, desk: MockDesk) -> None:
    seat.keyboard.press("r")
    expect(chosen(seat)).to_contain_text("沙头渡口")
    expect(rows(seat)).to_have_count(2)
    expect(seat.get_by_test_id("open-count")).to_have_text("2")
    seat.keyboard.press("d")
    expect(chosen(seat)).to_contain_text("汽车站站前")
    seat.keyboard.press("f")
    expect(seat.get_by_role("heading", name="没有待研判的候选事件")).to_be_visible()
    seat.get_by_role("button", name="全部").click()
    expect(rows(seat)).to_have_count(4)
    expect(rows(seat).nth(2)).to_contain_text("误报")
    until(seat, "sessionStorage.getItem('patrol.queue') === '[]'")
    said = [(row["id"], row["verdict"]) for row in desk.decisions]
    assert said == [("cand-0004", "real"), ("cand-0003", "unsure"), ("cand-0002", "false")]


def test_a_verdict_is_taken_back_within_five_seconds(stopped: Page, desk: MockDesk) -> None:
    stopped.keyboard.press("f")
    stopped.clock.run_for(4900)
    expect(stopped.get_by_test_id("undo")).to_contain_text("误报")
    stopped.keyboard.press("u")
    expect(chosen(stopped)).to_contain_text("横岭湖北岸")
    expect(rows(stopped)).to_have_count(3)
    expect(stopped.get_by_test_id("history")).to_contain_text("撤回研判")
    assert [row["verdict"] for row in desk.decisions] == ["false", None]


def test_after_five_seconds_there_is_nothing_to_take_back(stopped: Page, desk: MockDesk) -> None:
    stopped.keyboard.press("f")
    expect(stopped.get_by_test_id("undo")).to_be_visible()
    stopped.clock.run_for(5100)
    expect(stopped.get_by_test_id("undo")).to_be_hidden()
    stopped.keyboard.press("u")
    expect(rows(stopped)).to_have_count(2)
    until(stopped, "sessionStorage.getItem('patrol.queue') === '[]'")
    assert [row["verdict"] for row in desk.decisions] == ["false"]


def test_keys_walk_the_list_and_change_the_picture(seat: Page) -> None:
    seat.keyboard.press("j")
    expect(chosen(seat)).to_contain_text("沙头渡口")
    seat.keyboard.press("ArrowUp")
    expect(chosen(seat)).to_contain_text("横岭湖北岸")
    seat.keyboard.press("1")
    expect(seat.locator(".frame img")).to_have_attribute(
        "src", "/api/candidates/cand-0004/evidence/still?v=1"
    )


def test_the_preview_plays_and_space_stops_it(seat: Page) -> None:
    seat.keyboard.press("3")
    until(seat, "document.querySelector('video')?.currentTime > 0.3")
    assert seat.evaluate("document.querySelector('video').muted")
    seat.keyboard.press(" ")
    until(seat, "document.querySelector('video').paused")


def test_letters_in_the_filter_judge_nothing(seat: Page, desk: MockDesk) -> None:
    seat.keyboard.press("/")
    seat.keyboard.type("汽车")
    expect(rows(seat)).to_have_count(1)
    seat.keyboard.type("rfd")
    seat.keyboard.press("Escape")
    seat.keyboard.press("Escape")
    expect(rows(seat)).to_have_count(3)
    assert desk.decisions == []


def test_an_arrival_moves_nothing_that_the_eye_or_the_focus_is_on(seat: Page, desk: MockDesk) -> None:
    seat.get_by_test_id("history").wait_for()
    seat.evaluate(
        """() => { window.shifts = []; new PerformanceObserver((list) => {
           for (const entry of list.getEntries().filter((one) => !one.hadRecentInput))
             // An age that counts on is no arrival.
             window.shifts.push(...entry.sources.map(({ node }) => node?.parentElement)
               .filter((place) => !place?.closest('.age')).map((place) => place?.outerHTML));
        }).observe({ type: 'layout-shift' }); }"""
    )
    seat.get_by_role("group", name="证据种类").get_by_role("button", name="预览视频").focus()
    before = [rows(seat).nth(at).bounding_box() for at in range(3)]
    for number in (7, 8):
        now = desk.now() + timedelta(seconds=number)
        desk.arrive(made_up.candidate(number, desk.cameras[0], now))
    expect(rows(seat)).to_have_count(5)
    expect(seat.get_by_test_id("open-count")).to_have_text("5")
    expect(seat.get_by_test_id("above")).to_contain_text("新到 2 条")
    expect(chosen(seat)).to_contain_text("横岭湖北岸")
    assert [rows(seat).nth(at + 2).bounding_box() for at in range(3)] == before
    assert seat.evaluate("document.activeElement.textContent.includes('预览视频')")
    assert seat.evaluate("window.shifts") == []
    seat.keyboard.press("2")
    expect(seat.get_by_test_id("above")).to_be_hidden()
    expect(rows(seat).first).to_be_in_viewport()
    expect(chosen(seat)).to_contain_text("横岭湖北岸")
    seat.keyboard.press("n")
    expect(chosen(seat)).to_contain_text("县中心广场")


def test_a_first_arrival_is_announced_and_waits_to_be_opened(seat: Page, desk: MockDesk) -> None:
    for _ in range(3):
        seat.keyboard.press("f")
    expect(seat.get_by_role("heading", name="没有待研判的候选事件")).to_be_visible()
    desk.arrive(made_up.candidate(9, desk.cameras[0], desk.now()))
    expect(rows(seat)).to_have_count(1)
    expect(seat.get_by_role("heading", name="有 1 条候选事件待研判")).to_be_visible()
    assert chosen(seat).count() == 0
    seat.keyboard.press("j")
    expect(chosen(seat)).to_contain_text("县中心广场")


def test_an_original_is_opened_with_a_purpose_and_recorded(seat: Page, desk: MockDesk) -> None:
    asked = seat.get_by_role("button", name="登记并调阅")
    expect(asked).to_be_disabled()
    seat.get_by_label("调阅用途").fill("核对现场人数")
    asked.click()
    until(seat, "document.querySelector('video')?.src.includes('/original/')")
    expect(seat.get_by_test_id("history")).to_contain_text("调阅原始录像：核对现场人数")
    assert [row["purpose"] for row in desk.openings] == ["核对现场人数"]


def test_a_missing_piece_says_why(seat: Page, desk: MockDesk) -> None:
    candidate = made_up.candidate(6, desk.cameras[0], desk.now())
    reason = "the worker restarted before the clip was cut"
    candidate["evidence"]["preview"] |= {"status": "missing", "url": None, "size": 0, "reason": reason}
    candidate["evidence"]["still"] |= {"status": "pending", "url": None, "size": 0}
    desk.arrive(candidate)
    expect(rows(seat)).to_have_count(4)
    seat.keyboard.press("n")
    seat.keyboard.press("3")
    expect(seat.locator(".frame")).to_contain_text("分析节点在剪辑前重启")
    seat.keyboard.press("1")
    expect(seat.locator(".frame")).to_contain_text("正在生成")


def test_the_language_is_switched_and_remembered(seat: Page, desk: MockDesk) -> None:
    seat.get_by_label("语言").select_option("en")
    expect(seat.get_by_role("heading", name="Why did this fire")).to_be_visible()
    seat.reload()
    expect(seat.get_by_role("heading", name="Why did this fire")).to_be_visible()
    assert seat.evaluate("document.documentElement.lang") == "en"
    assert desk.session_out()["language"] == "zh-CN"


def test_the_theme_is_dark_at_first_and_follows_the_system_when_told(seat: Page) -> None:
    theme = "document.documentElement.dataset.theme"
    assert seat.evaluate(theme) == "dark"
    seat.get_by_label("配色").select_option("system")
    seat.emulate_media(color_scheme="light")
    until(seat, f"{theme} === 'light'")
    seat.emulate_media(color_scheme="dark")
    until(seat, f"{theme} === 'dark'")


def test_a_place_in_the_page_has_an_address(seat: Page, desk: MockDesk) -> None:
    seat.goto(f"{desk.url}/?again#/candidate/cand-0001")
    expect(seat.get_by_test_id("judged")).to_contain_text("seat-1")


def test_no_cameras_says_what_to_do(page: Page, desk: MockDesk) -> None:
    desk.cameras, desk.workers = [], []
    desk.candidates.clear()
    page.goto(f"{desk.url}/#/signin/fresh")
    expect(page.get_by_role("heading", name="没有摄像机", exact=True)).to_be_visible()
    expect(page.get_by_text("patrol run")).to_be_visible()

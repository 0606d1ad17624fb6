"""What the page may claim: ages, veils, a lost line, verdicts that have to wait."""

from __future__ import annotations

import re
import time
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.page import made_up
from tests.page.conftest import WAIT_MS, until
from tests.page.mock_desk import MockDesk

pytestmark = pytest.mark.chromium
BANNER_WITHIN_MS = 5000


def open_camera(page: Page, name: str) -> None:
    page.locator(f"#camera-{name}").click()
    page.get_by_test_id("look").wait_for()


def test_a_fresh_look_carries_its_age_and_no_veil(seat: Page, desk: MockDesk) -> None:
    desk.look(desk.cameras[0])
    desk.tell_cameras()
    open_camera(seat, "cam-1")
    expect(seat.get_by_test_id("age")).to_contain_text("前")
    expect(seat.get_by_test_id("veil")).to_be_hidden()


def test_a_look_older_than_twice_its_interval_wears_a_veil(seat: Page, desk: MockDesk) -> None:
    old = desk.now() - timedelta(seconds=15)
    desk.cameras[0] |= {"last_look_at": made_up.stamp(old), "look_id": "old"}
    desk.tell_cameras()
    open_camera(seat, "cam-1")
    expect(seat.get_by_test_id("veil")).to_contain_text("画面已过时")
    expect(seat.get_by_test_id("veil")).to_contain_text("秒前")
    desk.look(desk.cameras[0])
    desk.tell_cameras()
    expect(seat.get_by_test_id("veil")).to_be_hidden()


def test_a_look_that_stops_coming_ages_by_itself(seat: Page, desk: MockDesk) -> None:
    desk.look(desk.cameras[0])
    desk.tell_cameras()
    open_camera(seat, "cam-1")
    expect(seat.get_by_test_id("veil")).to_be_hidden()
    expect(seat.get_by_test_id("veil")).to_contain_text("画面已过时")


@pytest.mark.parametrize(
    ("state", "word", "todo"),
    [
        ("stalled", "视频中断", "自动重连"),
        ("blind", "失明", "检查镜头"),
        ("auth-failed", "认证失败", "核对"),
        ("unknown", "分析节点失联", "无法得知现场情况"),
    ],
)
def test_a_camera_that_is_not_live_never_looks_live(
    seat: Page, desk: MockDesk, state: str, word: str, todo: str
) -> None:
    desk.look(desk.cameras[0])
    since = made_up.stamp(desk.now() - timedelta(seconds=70))
    desk.cameras[0] |= {"state": state, "since": since, "detail": "said by the worker"}
    desk.tell_cameras()
    open_camera(seat, "cam-1")
    veil = seat.get_by_test_id("veil")
    for words in (word, todo, "1 分", "said by the worker"):
        expect(veil).to_contain_text(words)
    expect(seat.get_by_role("complementary")).to_contain_text("看不到不等于没有")


def test_looks_follow_their_id_and_are_swapped_when_decoded(seat: Page, desk: MockDesk) -> None:
    open_camera(seat, "cam-1")
    first = seat.get_by_test_id("look").get_attribute("src")
    seat.keyboard.press("l")
    until(seat, f"document.querySelector('[data-testid=look]').src !== '{first}'")
    assert seat.evaluate("document.querySelector('[data-testid=look]').naturalWidth") == made_up.SIZE[0]


def test_the_wall_shows_every_camera_with_age_and_state(seat: Page, desk: MockDesk) -> None:
    desk.cameras[2] |= {"state": "stalled"}
    desk.tell_cameras()
    seat.keyboard.press("c")
    for number in range(1, 5):
        expect(seat.get_by_test_id(f"cell-cam-{number}").get_by_test_id("age")).to_be_visible()
    expect(seat.get_by_test_id("cell-cam-3")).to_contain_text("视频中断")
    expect(seat.get_by_test_id("cell-cam-3").get_by_test_id("veil")).to_be_visible()
    seat.keyboard.press("Escape")
    expect(seat.get_by_test_id("cell-cam-3")).to_be_hidden()


def test_a_line_that_breaks_is_shown_within_five_seconds(stopped: Page, desk: MockDesk) -> None:
    desk.down = True
    desk.cut()
    asked(stopped, desk, "/api/session")  # it has seen that the line broke
    stopped.clock.run_for(1500)
    assert stopped.get_by_test_id("banner").is_hidden()  # a short gap is no news
    stopped.clock.run_for(BANNER_WITHIN_MS - 1500)
    expect(stopped.get_by_test_id("banner")).to_contain_text("连接中断")
    expect(stopped.get_by_test_id("line")).to_have_attribute("data-lost", "true")
    expect(stopped.locator("#camera-cam-1")).to_contain_text("断线前")
    desk.down = False
    stopped.clock.resume()
    expect(stopped.get_by_test_id("banner")).to_be_hidden()
    expect(stopped.locator("#camera-cam-1")).to_contain_text("在线")


def test_a_line_that_falls_silent_without_breaking_is_shown_too(stopped: Page, desk: MockDesk) -> None:
    desk.mute = True
    desk.cameras[0] |= {"name": "最后听到的"}
    desk.tell_cameras()
    expect(stopped.locator("#camera-cam-1")).to_contain_text("最后听到的")
    assert stopped.get_by_test_id("banner").is_hidden()
    stopped.clock.run_for(BANNER_WITHIN_MS)
    expect(stopped.get_by_test_id("banner")).to_contain_text("连接中断")
    desk.mute = False
    expect(stopped.get_by_test_id("banner")).to_be_hidden()


def test_verdicts_pressed_meanwhile_wait_and_are_applied_once(seat: Page, desk: MockDesk) -> None:
    desk.down = True
    desk.cut()
    expect(seat.get_by_test_id("banner")).to_be_visible()
    seat.keyboard.press("r")
    seat.keyboard.press("f")
    expect(seat.get_by_test_id("waiting")).to_contain_text("2 条")
    assert desk.decisions == []
    desk.down = False
    expect(seat.get_by_test_id("banner")).to_be_hidden()
    until(seat, "sessionStorage.getItem('patrol.queue') === '[]'")
    said = [(row["id"], row["verdict"]) for row in desk.decisions]
    assert said == [("cand-0004", "real"), ("cand-0003", "false")]
    expect(seat.get_by_test_id("open-count")).to_have_text("1")


def test_a_verdict_whose_answer_is_lost_is_applied_once(seat: Page, desk: MockDesk) -> None:
    desk.lose_answers = True
    seat.keyboard.press("r")
    expect(seat.get_by_test_id("banner")).to_contain_text("暂未送达")
    desk.lose_answers = False
    expect(seat.get_by_test_id("banner")).to_be_hidden()
    assert [row["verdict"] for row in desk.decisions] == ["real"]


def test_verdicts_that_wait_survive_a_reload(seat: Page, desk: MockDesk) -> None:
    seat.route("**/verdict", lambda route: route.abort())
    seat.keyboard.press("r")
    expect(seat.get_by_test_id("waiting")).to_contain_text("1 条")
    seat.unroute("**/verdict")
    seat.reload()
    expect(seat.get_by_test_id("open-count")).to_have_text("2")
    expect(seat.get_by_test_id("banner")).to_be_hidden()
    assert [row["verdict"] for row in desk.decisions] == ["real"]


def asked(page: Page, desk: MockDesk, ending: str, within_s: float = WAIT_MS / 1000) -> None:
    """Wait until the page has asked for something that nobody answered."""
    deadline = time.monotonic() + within_s
    while not any(call.endswith(ending) for call in desk.hung_up):
        assert time.monotonic() < deadline, f"nothing that ends with {ending} was asked: {desk.hung_up}"
        page.wait_for_timeout(20)


def test_what_somebody_else_said_meanwhile_stands(seat: Page, desk: MockDesk) -> None:
    desk.down = True
    desk.cut()
    expect(seat.get_by_test_id("banner")).to_be_visible()
    seat.keyboard.press("r")
    asked(seat, desk, "/verdict")
    # A browser sends what was hung up once more by itself: the page, too, must know that it failed.
    until(seat, "JSON.parse(sessionStorage.getItem('patrol.queue'))[0]?.late")
    desk.seat = "seat-1"
    desk.judge("cand-0004", "false", None)
    desk.seat = "seat-3"
    desk.down = False
    expect(seat.get_by_text("以其为准")).to_be_visible()
    assert [(row["who"], row["verdict"]) for row in desk.decisions] == [("seat-1", "false")]


def test_what_happened_during_a_gap_is_there_afterwards(seat: Page, desk: MockDesk) -> None:
    desk.down = True
    desk.cut()
    candidate = made_up.candidate(8, desk.cameras[0], desk.now())
    desk.candidates[candidate["id"]] = candidate
    desk.judge("cand-0003", "real", None)
    desk.down = False
    expect(seat.locator("#row-cand-0008")).to_be_attached()
    expect(seat.locator("#row-cand-0003")).to_be_hidden()


def test_a_session_that_ends_leads_to_the_way_in(seat: Page, desk: MockDesk) -> None:
    seat.context.clear_cookies()
    desk.cut()
    expect(seat.get_by_role("heading", level=1)).to_have_text("未登录")


def test_problems_of_the_system_are_named(seat: Page, desk: MockDesk) -> None:
    desk.workers[0] |= {"stale": True, "at": made_up.stamp(desk.now() - timedelta(seconds=30))}
    desk.tell_cameras()
    expect(seat.get_by_label("系统状态")).to_contain_text(re.compile(r"edge-1 已失联 [345]\d 秒"))


def test_a_rule_that_cannot_see_says_why_and_shows_no_count(seat: Page, desk: MockDesk) -> None:
    desk.cameras[0] |= {
        "tasks": [
            made_up.task("gathering-plaza"),
            made_up.task("ramp", "blind", "no-class", classes="boat"),
            made_up.task("quay", "refused", "a-code-of-tomorrow", metres=3.5),
        ],
        "counts": {"gathering-plaza": 3.0, "ramp": 0.0},
    }
    desk.tell_cameras()
    open_camera(seat, "cam-1")
    expect(seat.get_by_test_id("task-gathering-plaza")).to_contain_text("3")
    expect(seat.get_by_test_id("task-ramp")).to_contain_text("看不见")
    expect(seat.get_by_test_id("task-ramp")).to_contain_text("检测器不认识：boat")
    expect(seat.get_by_test_id("task-ramp")).not_to_contain_text("0")
    expect(seat.get_by_test_id("task-quay")).to_contain_text("a-code-of-tomorrow · metres 3.5")
    expect(seat.locator("#camera-cam-1")).to_contain_text("部分看不见")


def test_a_camera_whose_every_rule_is_blind_is_not_shown_as_seeing(seat: Page, desk: MockDesk) -> None:
    desk.cameras[0] |= {"tasks": [made_up.task("gathering-plaza", "blind", "cannot-tell")]}
    desk.tell_cameras()
    open_camera(seat, "cam-1")
    expect(seat.locator("#camera-cam-1")).to_contain_text("看不见")
    expect(seat.get_by_text("看不到不等于没有")).to_be_visible()

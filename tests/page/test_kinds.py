"""Fishing and density on the page: what they rest on, in words of both languages."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.page import made_up
from tests.page.made_up import Json
from tests.page.mock_desk import MockDesk

pytestmark = pytest.mark.chromium


def shown(seat: Page, desk: MockDesk, candidate: Json) -> Locator:
    """The side of a candidate that arrives now and is opened."""
    desk.arrive(candidate)
    seat.locator(f"#row-{candidate['id']}").click()
    return seat.get_by_role("complementary")


def fact(side: Locator, name: str) -> Locator:
    """What stands beside a name."""
    return side.locator("dl > div").filter(has=side.page.locator(f"dt:text-is('{name}')")).locator("dd")


def english(seat: Page) -> None:
    seat.get_by_label("语言").select_option("en")


def test_fishing_says_gear_law_and_clause_in_words(seat: Page, desk: MockDesk) -> None:
    side = shown(seat, desk, made_up.fishing(7, desk.cameras[2], desk.now()))
    expect(seat.locator("#stage-title")).to_contain_text("违规垂钓捕捞 · 沙头渡口")
    for name, said in (
        ("停留人数", "1"), ("看到人的次数占比", "0.72"), ("鱼竿（至少，根）", "2"), ("渔网", "0"),
        ("夜间", "否"), ("判定", "禁止"), ("条款", "鱼竿超过允许数量"),
    ):  # fmt: skip
        expect(fact(side, name)).to_have_text(said)
    english(seat)
    for name, said in (
        ("Share of looks with people", "0.72"), ("Rods, at least", "2"), ("Ruling", "forbidden"),
        ("Clause", "more rods than allowed"),
    ):  # fmt: skip
        expect(fact(side, name)).to_have_text(said)


def test_gear_that_cannot_be_seen_is_never_none(seat: Page, desk: MockDesk) -> None:
    far = made_up.fishing(7, desk.cameras[2], desk.now())
    unseen = {"rods": "cannot see", "nets": "cannot see", "cannot_see": "rods-too-far", "clause": "fishing"}
    side = shown(seat, desk, far | {"parts": far["parts"] | unseen})
    for name, said in (
        ("鱼竿（至少，根）", "看不清"), ("渔网", "看不清"), ("渔具看不清，因为", "距离太远"),
        ("条款", "禁止一切垂钓捕捞"),
    ):  # fmt: skip
        expect(fact(side, name)).to_have_text(said)
    english(seat)
    expect(fact(side, "Rods, at least")).to_have_text("cannot see")
    expect(fact(side, "Gear cannot be seen")).to_have_text("too far off")


def test_the_words_of_the_notice_are_a_paragraph_and_no_figure(seat: Page, desk: MockDesk) -> None:
    side = shown(seat, desk, made_up.fishing(7, desk.cameras[2], desk.now()))
    notice = side.get_by_test_id("notice")
    expect(notice.get_by_role("heading")).to_have_text("依据的通告")
    quoted = notice.locator("blockquote")
    assert quoted.inner_text() == made_up.WORDS
    expect(notice).to_contain_text(f"出处：{made_up.SOURCE}")
    expect(notice).to_contain_text("county-angling")
    expect(side.locator("dl")).not_to_contain_text([made_up.SOURCE] * side.locator("dl").count())
    box, panel = quoted.bounding_box(), side.bounding_box()
    assert box is not None
    assert panel is not None
    assert box["width"] > 0.8 * panel["width"]
    assert side.evaluate("node => node.scrollWidth <= node.clientWidth")


def test_what_rests_on_no_notice_has_no_such_paragraph(seat: Page) -> None:
    expect(seat.get_by_role("complementary")).to_contain_text("为何触发")
    expect(seat.get_by_test_id("notice")).to_have_count(0)


def test_density_is_in_persons_per_square_metre_with_its_band(seat: Page, desk: MockDesk) -> None:
    side = shown(seat, desk, made_up.dense(7, desk.cameras[0], desk.now()))
    expect(side.locator(".value")).to_contain_text("5.83")
    expect(side.locator(".value")).to_contain_text("人/m²")
    for name, said in (
        ("密度等级", "危险"), ("估算依据", "密度网络"), ("估计人数", "640"), ("可能未检出的人数", "18.2"),
        ("估计下限（人/m²）", "5.1"), ("估计上限（人/m²）", "6.6"),
    ):  # fmt: skip
        expect(fact(side, name)).to_have_text(said)
    english(seat)
    expect(side.locator(".value")).to_contain_text("persons/m²")
    expect(fact(side, "Band")).to_have_text("dangerous")


def test_a_crowd_that_cannot_be_read_says_why_and_how_people_are_known(seat: Page, desk: MockDesk) -> None:
    side = shown(seat, desk, made_up.unreadable(7, desk.cameras[0], desk.now()))
    expect(seat.locator("#stage-title")).to_contain_text("人群密度看不出")
    expect(fact(side, "估算依据")).to_have_text("看不出")
    expect(fact(side, "有人的依据")).to_have_text("检出有人")
    expect(fact(side, "原因")).to_have_text("画面像是有人，检出太少")


def test_the_same_word_means_another_thing_in_traffic(seat: Page, desk: MockDesk) -> None:
    jam = made_up.candidate(7, desk.cameras[0], desk.now())
    jam |= {"kind": "congestion", "parts": {"grade": "free", "share": 0.5}}
    side = shown(seat, desk, jam)
    expect(fact(side, "路况")).to_have_text("畅通")
    expect(fact(side, "占画面比例")).to_have_text("0.5")
    calm = made_up.dense(8, desk.cameras[0], desk.now(), parts={"band": "free"})
    side = shown(seat, desk, calm)
    expect(fact(side, "密度等级")).to_have_text("宽松")


def test_a_rule_that_cannot_see_rods_says_so_with_its_figures(seat: Page, desk: MockDesk) -> None:
    tasks = [
        made_up.task("no-fishing", "blind", "rods-too-far", px_per_m=18.4, needed=30.0) | {"kind": "fishing"},
        made_up.task("crowd", "blind", "crowd-too-dense", limit_per_m2=2.1, found=48.0) | {"kind": "density"},
        made_up.task("crowd.companion") | {"kind": "density-unreadable"},
    ]
    zones = [{"id": "boats", "name": "渡口", "kind": "mooring", "polygon": made_up.PLAZA}]
    desk.cameras[2] |= {"tasks": tasks, "counts": {"crowd.companion": 0.0}, "zones": zones}
    desk.tell_cameras()
    seat.get_by_role("option", name="沙头渡口").last.click()
    task = seat.get_by_test_id("task-no-fishing")
    expect(task).to_contain_text("看不清鱼竿：每米 18.4 像素，至少要 30")
    expect(seat.get_by_test_id("task-crowd")).to_contain_text("逐人检出只到 2.1 人/m²，已检出 48 人")
    expect(seat.get_by_test_id("task-crowd.companion")).to_contain_text("没有看不出密度的人群")
    desk.cameras[2]["counts"]["crowd.companion"] = 0.9
    desk.tell_cameras()
    expect(seat.get_by_test_id("task-crowd.companion")).to_contain_text("人群密度看不出 0.9")
    english(seat)
    expect(task).to_contain_text("too far off to see rods: 18.4 pixels per metre, 30 needed")

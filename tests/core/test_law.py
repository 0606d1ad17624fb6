"""What laws say: by examples of the county notice, and as laws of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.core.days import Days
from patrol.core.law import Clause, Finding, Judgement, Law, Notice, Ruling, judge
from patrol.core.sight import Reason

COUNTY = Notice("county-2021", "一人一竿、一线一钩", "示范县〔2021〕1号")
SEASON = Notice("season", "每年3月1日0时至6月30日24时禁止垂钓", "示范县〔2022〕2号")
NO_FISHING = Law(COUNTY, "forbidden")
ONE_ROD = Law(COUNTY, "leisure", rods=1)
BY_DAY = replace(ONE_ROD, night=frozenset({20, 21, 22, 23, 0, 1, 2, 3, 4, 5}))
CLOSED = Law(SEASON, "forbidden", days=(Days((3, 1), (6, 30)),))
SITE = ZoneInfo("Asia/Shanghai")


def local(*when: int) -> datetime:
    """Year, month, day, hour, minute."""
    year, month, day, hour, minute = (*when, 0, 0)[:5]
    return datetime(year, month, day, hour, minute, tzinfo=SITE)


NOON = local(2026, 8, 1, 12)
ANGLER = Finding(people=1, rods=1, nets=0)
UNSEEN = Finding(people=1, unseeable=Reason("too-few-pixels"))
MILD = (Ruling.ALLOWED, Ruling.CANNOT_SAY, Ruling.FORBIDDEN)


def clause(said: Judgement) -> tuple[Ruling, Clause | None]:
    return said.ruling, said.clause


# -- by example ---------------------------------------------------------------------------------------------


def test_no_fishing_at_all_forbids_whatever_is_seen_or_not() -> None:
    for finding in (ANGLER, UNSEEN, Finding(people=3, rods=0, nets=0), Finding(people=0, nets=1)):
        said = judge((NO_FISHING,), finding, NOON)
        assert clause(said) == (Ruling.FORBIDDEN, Clause.FISHING)
        assert said.notice == COUNTY


@pytest.mark.parametrize(
    ("finding", "ruling", "by"),
    [
        (ANGLER, Ruling.ALLOWED, None),
        (Finding(people=1, rods=0, nets=0), Ruling.ALLOWED, None),
        (Finding(people=2, rods=2, nets=0), Ruling.ALLOWED, None),
        (Finding(people=1, rods=2, nets=0), Ruling.FORBIDDEN, Clause.RODS),
        (Finding(people=2, rods=3, nets=0), Ruling.FORBIDDEN, Clause.RODS),
        (Finding(people=0, rods=1, nets=0), Ruling.ALLOWED, None),
        (Finding(people=0, rods=2, nets=0), Ruling.FORBIDDEN, Clause.RODS),
        (Finding(people=1, rods=1, nets=1), Ruling.FORBIDDEN, Clause.NETS),
        (Finding(people=1, rods=None, nets=1), Ruling.FORBIDDEN, Clause.NETS),
        (Finding(people=1, rods=2, nets=None), Ruling.FORBIDDEN, Clause.RODS),
        (Finding(people=1, rods=1, nets=0, from_boat=True), Ruling.FORBIDDEN, Clause.BOATS),
        (Finding(people=1, from_boat=True), Ruling.FORBIDDEN, Clause.BOATS),
        (Finding(people=1, rods=None, nets=0), Ruling.CANNOT_SAY, Clause.RODS),
        (Finding(people=1, rods=1, nets=None), Ruling.CANNOT_SAY, Clause.NETS),
    ],
)
def test_leisure_angling_with_one_rod(finding: Finding, ruling: Ruling, by: Clause | None) -> None:
    said = judge((ONE_ROD,), finding, NOON)
    assert clause(said) == (ruling, by)
    assert said.notice == COUNTY


@pytest.mark.parametrize("allowed", [1, 2, 3])
@pytest.mark.parametrize("people", range(4))
def test_from_one_rod_too_many_on_it_is_forbidden(allowed: int, people: int) -> None:
    law, enough = replace(ONE_ROD, rods=allowed), allowed * max(1, people)
    rulings = [judge((law,), Finding(people, rods, nets=0), NOON).ruling for rods in range(enough + 9)]
    assert rulings == [Ruling.ALLOWED] * (enough + 1) + [Ruling.FORBIDDEN] * 8


def test_what_cannot_be_seen_is_said_with_its_reason_and_never_allowed() -> None:
    said = judge((ONE_ROD,), UNSEEN, NOON)
    assert (said.ruling, said.why) == (Ruling.CANNOT_SAY, Reason("too-few-pixels"))
    assert judge((ONE_ROD,), Finding(people=1, nets=0), NOON).why == Reason("rods-unseen")
    assert judge((ONE_ROD,), Finding(people=1, rods=1), NOON).why == Reason("nets-unseen")


def test_boats_and_more_rods_may_be_allowed() -> None:
    law = replace(ONE_ROD, rods=2, boats="allowed")
    assert judge((law,), Finding(people=1, rods=2, nets=0, from_boat=True), NOON).ruling is Ruling.ALLOWED
    assert judge((law,), Finding(people=1, rods=3, nets=0), NOON).clause is Clause.RODS


def test_a_night_over_midnight() -> None:
    said = [judge((BY_DAY,), ANGLER, NOON.replace(hour=hour)) for hour in range(24)]
    assert [hour for hour, each in enumerate(said) if each.clause is Clause.NIGHT] == [
        *range(6),
        *range(20, 24),
    ]
    assert judge((BY_DAY,), UNSEEN, NOON.replace(hour=19, minute=59)).ruling is Ruling.CANNOT_SAY
    assert judge((BY_DAY,), UNSEEN, NOON.replace(hour=20)).ruling is Ruling.FORBIDDEN


def test_the_small_hours_belong_to_the_day_on_whose_morning_they_lie() -> None:
    """`3月1日0时至6月30日24时`: a range of days begins at 0:00 and ends at 24:00."""
    summer = replace(BY_DAY, days=(Days((3, 1), (6, 30)),))
    hours = [local(2026, 2, 28, 23), local(2026, 3, 1, 0), local(2026, 3, 1, 2)]
    assert [judge((summer,), ANGLER, at).clause for at in hours] == [None, Clause.NIGHT, Clause.NIGHT]
    hours = [local(2026, 6, 30, 23, 59), local(2026, 7, 1, 0), local(2026, 7, 1, 2)]
    assert [judge((summer,), ANGLER, at).clause for at in hours] == [Clause.NIGHT, None, None]


def test_hours_and_days_are_those_of_the_site() -> None:
    at = datetime(2026, 2, 28, 17, 30, tzinfo=UTC)
    assert judge((CLOSED,), ANGLER, at).ruling is Ruling.ALLOWED
    assert judge((CLOSED,), ANGLER, at.astimezone(SITE)).ruling is Ruling.FORBIDDEN


def test_a_closed_season_beside_leisure_angling() -> None:
    laws = (ONE_ROD, CLOSED)
    assert judge(laws, ANGLER, NOON) == Judgement(Ruling.ALLOWED, None, COUNTY)
    in_april = judge(laws, ANGLER, local(2026, 4, 1, 12))
    assert in_april == Judgement(Ruling.FORBIDDEN, Clause.FISHING, SEASON)


def test_of_several_that_forbid_the_one_without_exception_is_named() -> None:
    said = judge((BY_DAY, CLOSED), ANGLER, local(2026, 4, 1, 22))
    assert (said.clause, said.notice) == (Clause.FISHING, SEASON)
    other = replace(ONE_ROD, notice=SEASON)
    two_rods = Finding(people=1, rods=2, nets=0)
    assert judge((other, ONE_ROD), two_rods, NOON).notice == SEASON
    assert judge((ONE_ROD, other), two_rods, NOON).notice == COUNTY


def test_without_a_law_in_force_nothing_is_forbidden_and_no_notice_is_named() -> None:
    poacher = Finding(people=1, rods=9, nets=2, from_boat=True)
    assert judge((), poacher, NOON) == Judgement(Ruling.ALLOWED)
    assert judge((CLOSED,), poacher, NOON) == Judgement(Ruling.ALLOWED)


# -- whatever the laws --------------------------------------------------------------------------------------

DAY = st.tuples(st.integers(1, 12), st.integers(1, 28)) | st.just((2, 29))
LAWS = st.builds(
    Law,
    st.sampled_from([COUNTY, SEASON]),
    st.sampled_from(["forbidden", "leisure"]),
    rods=st.integers(1, 4),
    boats=st.sampled_from(["forbidden", "allowed"]),
    night=st.frozensets(st.integers(0, 23)),
    days=st.lists(st.builds(Days, DAY, DAY), max_size=2).map(tuple),
)
BOOKS = st.lists(LAWS, max_size=4)
COUNT = st.none() | st.integers(0, 12)
FINDINGS = st.builds(Finding, st.integers(0, 4), COUNT, COUNT, st.booleans())
MOMENTS = st.builds(
    lambda minutes: local(2020, 1, 1) + timedelta(minutes=minutes), st.integers(0, 10 * 365 * 24 * 60)
)


def severity(laws: Sequence[Law], finding: Finding, at: datetime) -> int:
    return MILD.index(judge(laws, finding, at).ruling)


@given(BOOKS, FINDINGS, MOMENTS, st.integers(0, 5), st.integers(0, 5))
def test_more_rods_or_nets_or_a_boat_are_never_judged_milder(
    laws: list[Law], finding: Finding, at: datetime, rods: int, nets: int
) -> None:
    more = replace(
        finding,
        rods=None if finding.rods is None else finding.rods + rods,
        nets=None if finding.nets is None else finding.nets + nets,
        from_boat=True,
    )
    assert severity(laws, more, at) >= severity(laws, finding, at)


@given(BOOKS, FINDINGS, MOMENTS, st.integers(0, 12), st.integers(0, 12))
def test_what_is_forbidden_unseen_stays_so_and_nothing_unseen_is_allowed(
    laws: list[Law], finding: Finding, at: datetime, rods: int, nets: int
) -> None:
    unseen = judge(laws, replace(finding, rods=None), at)
    if unseen.ruling is Ruling.FORBIDDEN:
        assert judge(laws, replace(finding, rods=rods), at).ruling is Ruling.FORBIDDEN
    assert unseen.ruling is not Ruling.ALLOWED or unseen.notice is None
    blind = judge(laws, replace(finding, nets=None), at)
    assert blind.ruling is not Ruling.ALLOWED or blind.notice is None


@given(BOOKS, FINDINGS, MOMENTS, st.integers(1, 5))
def test_more_people_to_the_same_rods_are_never_judged_harder(
    laws: list[Law], finding: Finding, at: datetime, people: int
) -> None:
    more = replace(finding, people=finding.people + people)
    assert severity(laws, more, at) <= severity(laws, finding, at)


@given(BOOKS, FINDINGS, MOMENTS)
def test_several_laws_are_as_hard_as_the_hardest(laws: list[Law], finding: Finding, at: datetime) -> None:
    assert severity(laws, finding, at) == max((severity((law,), finding, at) for law in laws), default=0)


@given(BOOKS, FINDINGS, MOMENTS, LAWS, st.integers(0, 4))
def test_a_law_that_is_not_in_force_changes_nothing(
    laws: list[Law], finding: Finding, at: datetime, law: Law, place: int
) -> None:
    idle = replace(law, days=(Days(date(2040, 1, 1), date(2041, 1, 1)),))
    assert judge([*laws[:place], idle, *laws[place:]], finding, at) == judge(laws, finding, at)


@given(st.permutations(range(3)), st.lists(LAWS, min_size=3, max_size=3), FINDINGS, MOMENTS)
def test_the_order_of_laws_changes_no_ruling(
    order: list[int], laws: list[Law], finding: Finding, at: datetime
) -> None:
    assert severity([laws[n] for n in order], finding, at) == severity(laws, finding, at)


@given(BOOKS, FINDINGS, MOMENTS)
def test_an_answer_names_what_it_rests_on(laws: list[Law], finding: Finding, at: datetime) -> None:
    said = judge(laws, finding, at)
    in_force = [law for law in laws if law.in_force(at.date())]
    assert (said.notice is None) is (not in_force)
    assert (said.clause is None) is (said.ruling is Ruling.ALLOWED)
    assert (said.why is not None) is (said.ruling is Ruling.CANNOT_SAY)
    if said.notice is not None:
        assert said.notice in [law.notice for law in in_force]


@given(LAWS, FINDINGS, MOMENTS)
def test_a_law_holds_for_whole_days(law: Law, finding: Finding, at: datetime) -> None:
    """But for its hours, nothing changes within a day."""
    plain = replace(law, night=frozenset())
    morning = local(at.year, at.month, at.day)
    rulings = [judge((plain,), finding, morning + timedelta(hours=hour)) for hour in range(24)]
    assert all(said == rulings[0] for said in rulings)

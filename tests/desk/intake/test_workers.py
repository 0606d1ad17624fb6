from __future__ import annotations

from datetime import timedelta

from patrol.core.zone import WHOLE_PICTURE
from patrol.desk.intake.workers import SILENT_S, Roster
from patrol.desk.store.rows import Place
from tests.fakes.clock import ManualClock
from tests.fakes.desk import status


def test_silence_is_measured_by_the_desk_not_by_the_workers_clock() -> None:
    clock = ManualClock()
    roster = Roster(clock)
    wrong = clock.now() + timedelta(days=400)
    for second in range(20):
        roster.update([status(wrong + timedelta(seconds=second))])
        clock.advance(1)
    (seen,) = roster.all()
    assert not seen.stale
    roster.update([status(wrong + timedelta(seconds=19))])
    clock.advance(SILENT_S)
    roster.update([status(wrong + timedelta(seconds=19))])
    assert roster.all()[0].stale
    assert roster.address_of("w1") is None


def test_a_worker_that_died_before_the_desk_started_is_silent_at_once() -> None:
    clock = ManualClock()
    roster = Roster(clock)
    roster.update([status(clock.now() - timedelta(hours=3))])
    assert roster.all()[0].stale
    roster.update([status(clock.now() - timedelta(hours=2))])
    assert not roster.all()[0].stale


def test_a_worker_that_was_forgotten_is_forgotten() -> None:
    clock = ManualClock()
    roster = Roster(clock)
    roster.update([status(clock.now())])
    roster.update([])
    assert roster.all() == []
    assert roster.find_camera("gate") is None


def test_a_camera_that_moved_is_that_of_the_worker_that_speaks() -> None:
    clock = ManualClock()
    roster = Roster(clock)
    old, now = clock.now() - timedelta(hours=1), clock.now()
    roster.update([status(old, "a-dead"), status(now, "b-alive", "http://127.0.0.1:2")])
    found = roster.find_camera("gate")
    assert found is not None
    assert found[0].status.worker_id == "b-alive"
    assert roster.address_of("b-alive") == "http://127.0.0.1:2"


def test_places() -> None:
    clock = ManualClock()
    roster = Roster(clock)
    roster.update([status(clock.now())])
    assert roster.place_of("w1", "gate", "square").zone_name == "The square"
    assert roster.place_of("w1", "gate", "picture") == Place("North gate", "", WHOLE_PICTURE.polygon)
    assert roster.place_of("w1", "gate", "gone") == Place("North gate")
    assert roster.place_of("w1", "other", "square") == Place()
    assert roster.place_of("w2", "gate", "square") == Place()


def test_a_worker_that_is_not_understood_any_more_grows_silent_and_does_not_vanish() -> None:
    clock = ManualClock()
    roster = Roster(clock)
    roster.update([status(clock.now())])
    clock.advance(SILENT_S + 1)
    roster.update([], {"w1": "state: not one that this desk knows"})
    (seen,) = roster.all()
    assert seen.stale

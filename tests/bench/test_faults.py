from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.bench.faults import Fault, FaultKind, parse_fault


def test_a_fault_lasts_from_its_start_to_before_its_end() -> None:
    fault = Fault(FaultKind.SILENT, 40, 65)
    assert [fault.active(t) for t in (0, 39.9, 40, 64.9, 65, 1000)] == [
        False,
        False,
        True,
        True,
        False,
        False,
    ]


@given(start=st.integers(0, 50), length=st.integers(1, 50), rest=st.integers(1, 50), at=st.integers(0, 500))
def test_a_fault_that_comes_again_does_so_at_each_period(start: int, length: int, rest: int, at: int) -> None:
    fault = Fault(FaultKind.SILENT, start, start + length, length + rest)
    assert fault.active(start + at) == fault.active(start + at + fault.every_s * 3 if fault.every_s else 0)
    assert fault.active(start + at) == (at % (length + rest) < length)


def test_a_schedule_is_read() -> None:
    assert parse_fault(FaultKind.VANISH, "cam3:40:65:120") == ("cam3", Fault(FaultKind.VANISH, 40, 65, 120))
    assert parse_fault(FaultKind.SLOW, "cam0:1:2") == ("cam0", Fault(FaultKind.SLOW, 1, 2))


@pytest.mark.parametrize("text", ["", "cam3", "cam3:40", "cam3:a:b", "cam3:1:2:3:4", ":1:2"])
def test_what_is_no_schedule_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not CAMERA:FROM:TO"):
        parse_fault(FaultKind.SILENT, text)


@pytest.mark.parametrize("text", ["cam3:5:5", "cam3:9:5", "cam3:-1:5", "cam3:0:50:20"])
def test_impossible_times_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="a fault"):
        parse_fault(FaultKind.SILENT, text)

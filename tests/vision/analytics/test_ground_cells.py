"""A zone's ground in cells."""

from __future__ import annotations

import numpy as np
import pytest

from patrol.core.place import Place
from patrol.core.zone import WHOLE_PICTURE, Zone
from patrol.vision.analytics.ground_cells import Cells, cells_of
from patrol.vision.analytics.unexplained import hidden_per_m2
from tests.fakes.crowds import CAMERA, NOTHING, SIZE, SQUARE, boxes_of, crowd, place


def cells(where: Place | None = None, cell_m2: float = 10.0, least: float = 25.0) -> Cells:
    where = where or place()
    assert where.ground is not None
    found = cells_of(where, where.ground, cell_m2, least, SIZE)
    assert found is not None
    return found


@pytest.mark.parametrize("cell_m2", [4.0, 10.0, 30.0, 120.0, 400.0])
def test_they_cover_the_zone_once(cell_m2: float) -> None:
    found = cells(cell_m2=cell_m2)
    assert found.area_m2.sum() == pytest.approx(SQUARE.area_m2, rel=0.03)
    assert found.area_m2[found.whole].mean() == pytest.approx(min(cell_m2, SQUARE.area_m2), rel=0.35)
    assert len(found) == max(1, len(found))


def test_people_are_counted_where_they_stand() -> None:
    people = crowd(0.5)
    found = cells()
    at = found.cells_at(people.places.astype(np.float32))
    assert found.sums(at).sum() == pytest.approx(SQUARE.holds(people.places).sum(), abs=2)
    by_boxes = found.sums(found.cells_at(found.standing(boxes_of(people)))).sum()
    assert by_boxes == pytest.approx(SQUARE.holds(people.places).sum(), rel=0.12)


def test_nobody_stands_nowhere() -> None:
    found = cells()
    assert found.sums(found.cells_at(found.standing(NOTHING))).tolist() == [0.0] * len(found)
    nowhere = np.array([[np.nan, np.nan], [1e6, -1e6]], np.float32)
    assert found.cells_at(nowhere).tolist() == [-1, -1]


def test_a_head_that_is_cut_off_is_no_head() -> None:
    whole = boxes_of(crowd(0.05))[:1]
    cut = whole.copy()
    cut[:, 1] = 0.0
    feet = cells().viewpoint.ground.metres(np.stack([(cut[:, 0] + cut[:, 2]) / 2, cut[:, 3]], axis=1))
    assert np.allclose(cells().standing(cut), feet)


def test_far_ground_and_excluded_ground_are_left_out() -> None:
    cut = Zone("cut", "cut", "parking", ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0)))
    half = cells(place(excluded=(cut,)))
    assert half.area_m2.sum() == pytest.approx(SQUARE.area_m2 / 2, rel=0.05)
    everywhere = Place(WHOLE_PICTURE, ground=CAMERA.ground())
    assert cells(everywhere, least=60.0).area_m2.sum() < cells(everywhere, least=25.0).area_m2.sum()
    assert cells_of(everywhere, CAMERA.ground(), 10.0, 5000.0, SIZE) is None


def test_more_texture_is_more_people() -> None:
    found = cells()
    none, some, all_ = (hidden_per_m2(np.full(len(found), share), found) for share in (0.0, 0.4, 1.0))
    assert (none == 0).all()
    assert (some < all_).all()
    assert np.isfinite(all_).all()

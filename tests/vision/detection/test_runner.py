from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from patrol.core.errors import ModelContractError
from patrol.core.geometry import non_maximum_suppression
from patrol.core.protocols import Prepared
from patrol.vision.detection.layouts import Raw, grid_cells
from patrol.vision.detection.runner import OVERLAP, ManifestDetector, suppressed
from tests.fakes.models import SIZE, ArrayPicture, FakeEngine, manifest, plain, rows


def detector(
    *found: tuple[float, float, float, float, float, int], threshold: float = 0.3
) -> ManifestDetector:
    return ManifestDetector(FakeEngine(rows(*found)), manifest(), SIZE, threshold, "a test")


def test_info_says_what_runs() -> None:
    info = detector((0, 0, 9, 9, 0.5, 0)).info
    assert (info.model_id, info.runtime, info.precision) == ("toy", "fake 1", "f32")
    assert (info.width, info.height, info.note) == (96, 64, "a test")
    assert info.labels[0] == "person"


def test_boxes_are_fractions_of_the_picture_and_not_of_the_padded_input() -> None:
    built = detector((8, 16, 16, 48, 0.5, 0))
    tall = ArrayPicture(np.zeros((128, 64, 3), np.uint8))  # stands in the left 32 of 96 columns
    (found,) = built.detect([built.prepare(tall)])
    np.testing.assert_allclose(found.boxes, [[0.25, 0.25, 0.5, 0.75]])


def test_best_first_threshold_and_names() -> None:
    built = detector((0, 0, 9, 9, 0.4, 2), (20, 20, 40, 40, 0.9, 0), (50, 0, 60, 9, 0.29, 0))
    (found,) = built.detect([built.prepare(plain(0))])
    assert [found.label_of(i) for i in range(len(found))] == ["person", "car"]
    np.testing.assert_allclose(found.scores, [0.9, 0.4])


@pytest.mark.parametrize(
    "box", [(30, 30, 30, 40), (40, 30, 30, 40), (97, 0, 120, 20), (-20, 0, -1, 20), (10, 70, 20, 90)]
)
def test_boxes_without_an_area_in_the_picture_are_dropped(box: tuple[float, float, float, float]) -> None:
    built = detector((*box, 0.9, 0))
    assert len(built.detect([built.prepare(plain(0))])[0]) == 0


def test_ids_without_a_name_are_dropped_and_impossible_ones_are_a_failure() -> None:
    ssd = manifest(layout="tf-ssd", labels="coco-90")

    def outputs(class_id: float) -> FakeEngine:
        return FakeEngine(
            np.array([[[0.1, 0.1, 0.5, 0.5]]]), np.array([[0.9]]), np.array([[class_id]]), np.array([1.0])
        )

    gap = ManifestDetector(outputs(12), ssd, SIZE, 0.3, "")
    assert len(gap.detect([gap.prepare(plain(0))])[0]) == 0
    for impossible in (91, -1):
        with pytest.raises(ModelContractError, match="class ids"):
            ManifestDetector(outputs(impossible), ssd, SIZE, 0.3, "")


def test_a_network_that_breaks_later_is_a_failure_then() -> None:
    engine = FakeEngine(rows((0, 0, 9, 9, 0.5, 0)))
    built = ManifestDetector(engine, manifest(), SIZE, 0.3, "")
    engine.outputs[0][0, 0, 0] = np.nan
    with pytest.raises(ModelContractError, match="not finite"):
        built.detect([built.prepare(plain(0))])


def test_outputs_that_do_not_fit_are_refused_when_it_is_built() -> None:
    with pytest.raises(ModelContractError, match="do not fit"):
        ManifestDetector(FakeEngine(np.zeros((1, 5, 7))), manifest(), SIZE, 0.3, "")


def test_an_input_of_another_detector_is_refused() -> None:
    foreign = Prepared(np.zeros((32, 32, 3), np.uint8), (32, 32), (0, 0))
    with pytest.raises(ModelContractError, match="prepare"):
        detector((0, 0, 9, 9, 0.5, 0)).detect([foreign])


def test_doubles_of_one_class_are_suppressed_and_neighbours_of_another_are_not() -> None:
    out = np.zeros((1, grid_cells(SIZE), 85), np.float32)
    for cell, class_id, objectness in ((0, 0, 0.9), (1, 0, 0.8), (2, 2, 0.7)):
        # Cells 0, 1 and 2 lie side by side: shifted back by their column, the boxes are the same.
        out[0, cell, :5] = (2 - cell, 2, np.log(4.0), np.log(4.0), objectness)
        out[0, cell, 5 + class_id] = 1.0
    built = ManifestDetector(FakeEngine(out), manifest(layout="yolox-grid"), SIZE, 0.3, "")
    (found,) = built.detect([built.prepare(plain(0))])
    assert [found.label_of(i) for i in range(len(found))] == ["person", "car"]
    np.testing.assert_allclose(found.scores, [0.9, 0.7])


corners = hnp.arrays(np.float32, st.tuples(st.integers(0, 25), st.just(2)), elements=st.integers(0, 60))


@given(corners, st.data())
def test_suppression_is_the_textbook_one_within_each_class(corner: np.ndarray, data: st.DataObject) -> None:
    n = len(corner)
    sizes = data.draw(hnp.arrays(np.float32, (n, 2), elements=st.integers(1, 40)))
    ids = data.draw(hnp.arrays(np.int32, n, elements=st.integers(0, 2)))
    scores = np.linspace(0.95, 0.3, n).astype(np.float32)  # all different: no ties to break
    boxes = np.concatenate([corner, corner + sizes], axis=1)
    expected = {
        int(index)
        for class_id in range(3)
        for index in np.flatnonzero(ids == class_id)[
            non_maximum_suppression(boxes[ids == class_id], scores[ids == class_id], OVERLAP)
        ]
    }
    kept = suppressed(Raw(boxes, scores, ids))
    assert {int(np.flatnonzero(scores == score)[0]) for score in kept.scores} == expected

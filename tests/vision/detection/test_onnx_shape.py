from __future__ import annotations

from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.core.errors import ModelContractError
from patrol.vision.detection.onnx_shape import with_input_shape
from tests.fakes import toy_onnx

TOY = toy_onnx.model(np.zeros((1, 2, 6), np.float32), (64, 96))


def test_the_declared_input_changes_and_later_shapes_are_dropped() -> None:
    changed = with_input_shape(TOY, (1, 3, 320, 416))
    assert toy_onnx.declared_shape((1, 3, 64, 96)) not in changed
    assert toy_onnx.declared_shape((1, 3, 320, 416)) in changed
    assert toy_onnx.declared_shape((1, 2, 6)) in TOY
    assert toy_onnx.declared_shape((1, 2, 6)) not in changed


def test_it_can_be_done_twice() -> None:
    once = with_input_shape(TOY, (1, 3, 320, 416))
    assert with_input_shape(once, (1, 3, 320, 416)) == once
    assert with_input_shape(with_input_shape(TOY, (1, 3, 32, 32)), (1, 3, 320, 416)) == once


def test_an_input_of_another_rank_is_left_alone() -> None:
    assert toy_onnx.declared_shape((1, 3, 64, 96)) in with_input_shape(TOY, (3, 320, 416))


@given(st.integers(0, len(TOY) - 1))
def test_a_file_cut_off_anywhere_is_an_error_or_a_message_and_never_a_crash(length: int) -> None:
    with suppress(ModelContractError):
        with_input_shape(TOY[:length], (1, 3, 32, 32))


@given(st.binary(max_size=200))
def test_so_is_any_other_file(content: bytes) -> None:
    with suppress(ModelContractError):
        with_input_shape(content, (1, 3, 32, 32))


def test_garbage_is_refused() -> None:
    with pytest.raises(ModelContractError, match="ONNX"):
        with_input_shape(b"\xff" * 40, (1, 3, 32, 32))

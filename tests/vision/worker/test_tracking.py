"""The Eye of a camera with rules follows what it sees; one without rules does not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from patrol.bench.evaluation.scenes_rule import CAMERA
from patrol.core.detections import Look
from patrol.vision.candidates.evidence.people import DecodedPicture
from patrol.vision.worker.eye import Eye
from patrol.vision.worker.eyes import build_eye
from patrol.vision.worker.rules import build_rules
from tests.fakes.replays import loaded, squares
from tests.fakes.sources import keyframe
from tests.fakes.squares import draw


def eye(**camera: Any) -> Eye:
    config = loaded(**camera)
    return build_eye(config.streams.cameras[0], squares(), build_rules(config).get(CAMERA, ()))


def looked(eye: Eye, seconds: float, count: int, scene: int = 0) -> Look:
    frame = keyframe(b"")
    frame = replace(frame, packet=replace(frame.packet, arrived=seconds))
    glimpse = eye.glimpse(DecodedPicture(draw(640, 360, count)))
    return eye.judge(frame, glimpse, eye.detector.detect(glimpse.prepared), scene).counted


def tracks(look: Look) -> list[int]:
    assert look.tracks is not None
    ids: list[int] = look.tracks.tolist()
    return ids


def test_a_camera_with_a_rule_follows_and_each_eye_for_itself() -> None:
    one, other = eye(), eye()
    first, second = looked(one, 0.0, 3), looked(one, 2.0, 3)
    assert len(set(tracks(first))) == 3
    assert tracks(first) == tracks(second)
    assert tracks(looked(other, 2.0, 3)) == tracks(first)  # ids are of the stream, from 0 in each


def test_a_splice_ends_every_track() -> None:
    one = eye()
    before, after = looked(one, 0.0, 3), looked(one, 2.0, 3, scene=1)
    assert not set(tracks(before)) & set(tracks(after))


def test_a_camera_without_rules_follows_nobody() -> None:
    assert looked(eye(rules=[]), 0.0, 3).tracks is None

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest

from patrol.core.errors import EvidenceError
from patrol.core.media import ClipPart, Pixels
from patrol.vision.candidates.evidence.clip import write_clip
from patrol.vision.packets import packet_of
from tests.fakes.clips import clip_part, damaged
from tests.media import ClipSpec

SPECS = {
    "h264": ClipSpec(frames=75),
    "h264 with B-frames": ClipSpec(frames=75, bframes=2),
    "hevc": ClipSpec(codec="hevc", frames=75),
    "hevc with B-frames": ClipSpec(codec="hevc", frames=75, bframes=2),
}


def pictures(path: Path) -> list[Pixels]:
    with av.open(str(path)) as clip:
        return [np.asarray(f.to_ndarray(format="rgb24"), np.uint8) for f in clip.decode(video=0)]


def decoded(part: ClipPart) -> list[Pixels]:
    context = av.CodecContext.create(part.video.codec, "r")
    assert isinstance(context, av.VideoCodecContext)
    frames = [f for p in part.packets for f in context.decode(packet_of(p.data))] + context.decode(None)
    return [np.asarray(f.to_ndarray(format="rgb24"), np.uint8) for f in frames]


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)
def test_the_clip_holds_what_was_sent_at_the_right_times(spec: ClipSpec, tmp_path: Path) -> None:
    part = clip_part(spec)
    info = write_clip([part], tmp_path / "clip.tmp")

    assert info.duration_s == pytest.approx(3.0)
    assert (info.codec, info.width, info.height, info.packets) == (spec.codec, 320, 240, 75)
    with av.open(str(tmp_path / "clip.tmp")) as clip:
        assert (clip.duration or 0) / av.time_base == pytest.approx(3.0, abs=0.05)
        packets = [p for p in clip.demux(video=0) if p.size]
    assert packets[0].is_keyframe
    assert sum(p.is_keyframe for p in packets) == 3
    shown, sent = pictures(tmp_path / "clip.tmp"), decoded(part)
    assert len(shown) == len(sent) == 75
    assert all(np.array_equal(a, b) for a, b in zip(shown, sent, strict=True))


def test_the_index_comes_first(tmp_path: Path) -> None:
    write_clip([clip_part()], tmp_path / "clip.mp4")
    data = (tmp_path / "clip.mp4").read_bytes()
    assert 0 < data.index(b"moov") < data.index(b"mdat")


def test_two_connections_make_one_file(tmp_path: Path) -> None:
    info = write_clip([clip_part(), clip_part(start=110.0)], tmp_path / "clip.mp4")
    assert info.duration_s == pytest.approx(12.0)
    assert len(pictures(tmp_path / "clip.mp4")) == 100
    assert "8.0 s" in info.notes[0]


def test_a_part_of_another_size_is_left_out_and_said(tmp_path: Path) -> None:
    other = clip_part(ClipSpec(width=160, height=120), start=103.0)
    info = write_clip([clip_part(), other], tmp_path / "clip.mp4")
    assert info.packets == 50
    assert "left out" in info.notes[0]


def test_damage_in_the_middle_is_kept_as_it_came(tmp_path: Path) -> None:
    info = write_clip([damaged(clip_part(), 30)], tmp_path / "clip.mp4")
    assert (info.packets, info.notes) == (50, ())


def test_what_is_no_video_at_all_is_left_out_and_said(tmp_path: Path) -> None:
    info = write_clip([damaged(clip_part(), 30, 31, keep=0)], tmp_path / "clip.mp4")
    assert info.packets == 48
    assert info.duration_s == pytest.approx(2.0)
    assert info.notes == ("2 packets are left out: there was no video in them",)


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ([], "not one keyframe"),
        ([ClipPart(clip_part().video, ())], "not one keyframe"),
        ([damaged(clip_part(ClipSpec(frames=5)), *range(5), keep=0)], "not one keyframe"),
        ([damaged(clip_part(ClipSpec(frames=5)), *range(5))], "does not decode"),
        ([ClipPart(replace(clip_part().video, codec="nonsense"), clip_part().packets)], "nonsense"),
    ],
    ids=["nothing", "empty", "noise", "garbage", "unknown codec"],
)
def test_what_cannot_be_a_clip_is_an_error_in_words(
    parts: list[ClipPart], words: str, tmp_path: Path
) -> None:
    with pytest.raises(EvidenceError, match=words):
        write_clip(parts, tmp_path / "clip.mp4")


def test_a_folder_that_is_gone_is_an_error_in_words(tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match="ENOENT"):
        write_clip([clip_part()], tmp_path / "nowhere" / "clip.mp4")


FULL_DISK = """
import resource, sys
from pathlib import Path
from patrol.core.errors import DiskFull
from patrol.vision.candidates.evidence.clip import write_clip
from patrol.vision.packets import packet_of
from patrol.vision.candidates.evidence.preview import make_preview
from tests.fakes.clips import clip_part, nobody
from tests.media import ClipSpec
parts = [clip_part(ClipSpec(frames=250))]
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
for make in (write_clip, lambda p, f: make_preview(p, nobody, f)):
    try:
        make(parts, Path(sys.argv[1]))
    except DiskFull as error:
        print("DiskFull:", error)
"""


@pytest.mark.parametrize("limit", [0, 1000, 20_000])
def test_a_full_disk_is_said_wherever_it_strikes(limit: int, tmp_path: Path) -> None:
    answer = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path / "clip.mp4"), str(limit)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[4])},
    )
    assert answer.stdout.count("DiskFull: cannot write the") == 2, answer

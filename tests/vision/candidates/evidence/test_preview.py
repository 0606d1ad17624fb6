from __future__ import annotations

import weakref
from collections.abc import Sequence
from pathlib import Path

import av
import numpy as np
import pytest

from patrol.core.detections import Detections
from patrol.core.errors import EvidenceError, ModelError
from patrol.core.media import ClipPart, Pixels
from patrol.vision.candidates.evidence.preview import BATCH, REACH, make_preview
from tests.fakes.clips import clip_part, damaged, nobody, person_at
from tests.media import ClipSpec

LONG = ClipSpec(width=960, height=540, frames=150, gop=50)
EVERYWHERE = person_at((0.0, 0.0, 1.0, 1.0))


def pictures(path: Path) -> list[Pixels]:
    with av.open(str(path)) as clip:
        return [np.asarray(f.to_ndarray(format="rgb24"), np.uint8) for f in clip.decode(video=0)]


@pytest.mark.parametrize(
    "spec", [LONG, ClipSpec(codec="hevc", width=960, height=540, frames=150, gop=50, bframes=2)]
)
def test_a_preview_is_small_slow_h264_of_the_same_length(spec: ClipSpec, tmp_path: Path) -> None:
    info = make_preview([clip_part(spec)], nobody, tmp_path / "preview.tmp")

    assert (info.width, info.height, info.pictures, info.corrupt) == (640, 360, 30, 0)
    assert info.duration_s == pytest.approx(6.0)
    with av.open(str(tmp_path / "preview.tmp")) as clip:
        stream = clip.streams.video[0]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert (clip.duration or 0) / av.time_base == pytest.approx(6.0, abs=0.05)
        packets = [p for p in clip.demux(stream) if p.size]
    assert [i for i, p in enumerate(packets) if p.is_keyframe] == [0, 10, 20]
    data = (tmp_path / "preview.tmp").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def test_it_shows_what_was_seen(tmp_path: Path) -> None:
    """The bright block of the test clip moves right by 4 of 320 pixels a frame, 20 a preview picture."""
    make_preview([clip_part()], nobody, tmp_path / "p.mp4")
    for index, shown in enumerate(pictures(tmp_path / "p.mp4")):
        row = shown[90].astype(np.int32)
        bright = np.flatnonzero((row[:, 0] > 200) & (row[:, 1] > 180) & (row[:, 2] < 120))
        assert bright.mean() == pytest.approx(index * 20 + 20, abs=4)


def test_small_and_odd_pictures_are_not_enlarged_and_become_even(tmp_path: Path) -> None:
    info = make_preview([clip_part(ClipSpec(width=322, height=182))], nobody, tmp_path / "p.mp4", width=321)
    assert (info.width, info.height) == (320, 180)


def test_a_gap_between_connections_stays_in_the_timeline(tmp_path: Path) -> None:
    info = make_preview([clip_part(), clip_part(start=110.0)], nobody, tmp_path / "p.mp4")
    assert info.duration_s == pytest.approx(12.0)
    assert info.pictures == 20


def test_heads_are_blurred_in_the_neighbouring_pictures_too(tmp_path: Path) -> None:
    """One detection in picture 10 covers pictures 7 to 13, and no others."""
    seen = iter(range(10**6))

    def once(batch: Sequence[Pixels]) -> list[Detections]:
        return [EVERYWHERE if next(seen) == 10 else Detections.none(("person",)) for _ in batch]

    make_preview([clip_part(ClipSpec(frames=100))], once, tmp_path / "p.mp4")
    make_preview([clip_part(ClipSpec(frames=100))], nobody, tmp_path / "plain.mp4")
    both = zip(pictures(tmp_path / "p.mp4"), pictures(tmp_path / "plain.mp4"), strict=True)
    changed = [i for i, (a, b) in enumerate(both) if np.abs(a[:150].astype(int) - b[:150]).mean() > 5]
    assert changed == list(range(10 - REACH, 10 + REACH + 1))


def test_memory_does_not_grow_with_the_clip(tmp_path: Path) -> None:
    alive: weakref.WeakSet[_Watched] = weakref.WeakSet()
    most = 0

    def watching(batch: Sequence[Pixels]) -> list[Detections]:
        nonlocal most
        for pixels in batch:
            weakref.finalize(pixels, alive.discard, mark := _Watched())
            alive.add(mark)
        most = max(most, len(alive))
        return nobody(batch)

    make_preview([clip_part(ClipSpec(frames=250))], watching, tmp_path / "p.mp4")
    assert BATCH < most <= BATCH + 2 * REACH + 2


class _Watched:
    """Stands for one picture while that is alive."""


def test_damaged_packets_are_counted_and_the_rest_is_shown(tmp_path: Path) -> None:
    info = make_preview([damaged(clip_part(ClipSpec(frames=100)), 30, 31, 32)], nobody, tmp_path / "p.mp4")
    assert info.corrupt >= 1
    assert info.pictures >= 17
    assert info.duration_s == pytest.approx(4.0, abs=0.3)


@pytest.mark.parametrize(
    ("parts", "words"),
    [([], "not one keyframe"), ([damaged(clip_part(ClipSpec(frames=8)), *range(8))], "not one picture")],
)
def test_nothing_to_show_is_an_error_in_words(parts: list[ClipPart], words: str, tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match=words):
        make_preview(parts, nobody, tmp_path / "p.mp4")


def test_without_a_detector_nothing_is_shown(tmp_path: Path) -> None:
    def broken(_: Sequence[Pixels]) -> list[Detections]:
        raise ModelError("the model is gone")

    with pytest.raises(ModelError, match="gone"):
        make_preview([clip_part()], broken, tmp_path / "p.mp4")


def test_it_can_be_stopped(tmp_path: Path) -> None:
    asked = iter(range(100))
    with pytest.raises(EvidenceError, match="stopped"):
        make_preview([clip_part()], nobody, tmp_path / "p.mp4", cancelled=lambda: next(asked) == 3)
    assert next(asked) == 4

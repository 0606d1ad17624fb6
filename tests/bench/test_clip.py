from __future__ import annotations

from pathlib import Path

import av
import pytest

from patrol.bench.clip import Clip, load_clip
from patrol.core.errors import SourceGarbage, SourceNoVideo
from tests.bench.conftest import FPS, GOP_S, PICTURES, SIZE, moving_pictures


@pytest.mark.parametrize("which", ["h264", "hevc"])
def test_a_clip_knows_its_shape(which: str, request: pytest.FixtureRequest) -> None:
    clip: Clip = request.getfixturevalue(which)
    assert clip.codec == which
    assert (clip.width, clip.height) == SIZE
    assert len(clip.units) == PICTURES
    assert clip.rate == pytest.approx(FPS)
    assert clip.duration_s == pytest.approx(PICTURES / FPS)
    assert clip.gop_s == pytest.approx(GOP_S)
    assert clip.keyframes[:3] == (0, 10, 20)


def test_times_of_a_clip_are_even(h264: Clip) -> None:
    assert [unit.ticks for unit in h264.units[:3]] == [0, 3600, 7200]
    assert [unit.due_s for unit in h264.units[:3]] == pytest.approx([0, 0.04, 0.08])


@pytest.mark.parametrize(
    ("which", "words"),
    [
        ("h264", ["H264/90000", "sprop-parameter-sets="]),
        ("hevc", ["H265/90000", "sprop-vps=", "sprop-sps=", "sprop-pps="]),
    ],
)
def test_the_description_carries_the_parameter_sets(
    which: str, words: list[str], request: pytest.FixtureRequest
) -> None:
    sdp = request.getfixturevalue(which).sdp()
    assert all(word in sdp for word in words)
    assert sdp.count("m=") == 1


def test_phases_spread_keyframes_over_one_interval(h264: Clip) -> None:
    """The keyframe after each group's beginning falls at another moment."""
    moments = set()
    for phase in range(5):
        start = h264.start(phase, 5)
        following = next((k for k in h264.keyframes if k >= start), len(h264.units))
        moments.add(following - start)
    assert len(moments) == 5


def test_phases_begin_all_over_the_clip(h264: Clip) -> None:
    starts = [h264.start(phase, 4) for phase in range(4)]
    assert starts == sorted(starts)
    assert starts[-1] >= len(h264.units) // 2


def test_what_is_no_video_is_refused_in_words(tmp_path: Path) -> None:
    junk = tmp_path / "junk.mp4"
    junk.write_bytes(b"no video " * 100)
    with pytest.raises(SourceGarbage, match=r"junk\.mp4: cannot be read as a clip"):
        load_clip(junk)
    with pytest.raises(SourceGarbage, match="cannot be read"):
        load_clip(tmp_path / "absent.mp4")


def test_a_codec_that_no_camera_sends_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "old.avi"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height = SIZE
        for frame in moving_pictures(5):
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    with pytest.raises(SourceNoVideo, match="its video is mpeg4"):
        load_clip(path)

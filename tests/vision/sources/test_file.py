from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from patrol.core import annexb
from patrol.core.errors import SourceEnded, SourceError, SourceGarbage, SourceNoVideo, SourceRefused
from patrol.core.media import Packet
from patrol.vision.sources.file import Params, build
from tests.fakes.clock import ManualClock
from tests.media import ClipSpec, audio_file, clip, encode


def play(path: Path | str, count: int, speed: float = 1.0, clock: ManualClock | None = None) -> list[Packet]:
    session = build(Params(str(path), speed), clock or ManualClock()).open()
    return list(itertools.islice(session.packets(), count))


def steps(values: Sequence[int | None]) -> list[int]:
    whole = [value for value in values if value is not None]
    assert len(whole) == len(values)
    return [after - before for before, after in itertools.pairwise(whole)]


@pytest.mark.parametrize("codec", ["h264", "hevc"])
@pytest.mark.parametrize("suffix", ["mp4", "mkv", "ts"])
def test_packets_are_annex_b_at_the_file_s_pace_and_go_on_over_the_end(codec: str, suffix: str) -> None:
    spec = ClipSpec(codec=codec)
    packets = play(clip(spec, suffix, audio=suffix == "mp4"), 130)
    assert [at for at, one in enumerate(packets) if one.is_keyframe] == [0, 25, 50, 75, 100, 125]
    for one in packets:
        assert one.data.startswith((b"\0\0\1", b"\0\0\0\1"))
        assert not one.is_keyframe or annexb.has_parameter_sets(codec, one.data)
    pace = [after.arrived - before.arrived for before, after in itertools.pairwise(packets)]
    assert pace == pytest.approx([0.04] * 129, abs=0.002)
    assert min(steps([one.dts for one in packets])) > 0


def test_the_pictures_are_those_of_the_file() -> None:
    slices = [annexb_slices(one.data) for one in play(clip(), 100)]
    sent = [annexb_slices(one.data) for one in encode(ClipSpec())]
    assert [len(one) for one in slices] == [len(one) for one in sent + sent]
    assert slices[:50] == slices[50:]


def annexb_slices(data: bytes) -> list[bytes]:
    return [unit for unit in annexb.units(data) if annexb.is_slice("h264", annexb.unit_type("h264", unit))]


def test_frames_that_are_shown_out_of_order_keep_their_order() -> None:
    packets = play(clip(ClipSpec(bframes=2)), 120)
    assert min(steps([one.dts for one in packets])) > 0
    shown = [one.pts for one in packets if one.pts is not None]
    assert shown != sorted(shown)
    assert len(set(shown)) == len(shown)
    assert all(
        one.pts is not None and one.dts is not None and 0 <= one.pts - one.dts < 10**6 for one in packets
    )


def test_twice_the_speed_is_half_the_time() -> None:
    packets = play(clip(), 51, speed=2.0)
    assert packets[-1].arrived - packets[0].arrived == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_a_raw_stream_without_time_stamps_plays_at_a_plausible_pace(codec: str, tmp_path: Path) -> None:
    raw = tmp_path / f"clip.{codec}"
    raw.write_bytes(b"".join(one.data for one in encode(ClipSpec(codec=codec))))
    packets = play(raw, 100)
    assert packets[-1].arrived - packets[0].arrived == pytest.approx(99 / 25, abs=0.1)
    assert set(steps([one.dts for one in packets])) == {steps([one.dts for one in packets])[0]}


def test_a_codec_without_annex_b_passes_as_it_is() -> None:
    packets = play(clip(ClipSpec(codec="mjpeg"), "avi"), 5)
    assert all(one.is_keyframe and one.data.startswith(b"\xff\xd8") for one in packets)


def test_a_late_reader_gets_no_burst() -> None:
    clock = ManualClock()
    packets = build(Params(str(clip())), clock).open().packets()
    next(packets)
    clock.advance(30)
    late = [next(packets).arrived for _ in range(20)]
    assert late[-1] - late[1] == pytest.approx(18 * 0.04, abs=0.01)


def test_closing_ends_it_soon_even_in_a_long_pause() -> None:
    clock = ManualClock()
    session = build(Params(str(clip()), speed=0.001), clock).open()
    packets = session.packets()
    next(packets)
    session.close()
    session.close()
    before = clock.passed()
    with pytest.raises(SourceEnded, match="closed"):
        next(packets)
    assert clock.passed() - before <= 0.2


def _missing(folder: Path) -> Path:
    return folder / "no.mp4"


def _folder(folder: Path) -> Path:
    return folder


def _garbage(folder: Path) -> Path:
    path = folder / "garbage.mp4"
    path.write_bytes(random.Random(5).randbytes(20000))
    return path


def _empty(folder: Path) -> Path:
    path = folder / "empty.mp4"
    path.touch()
    return path


def _playlist(folder: Path) -> Path:
    """A playlist could make FFmpeg open addresses and other files of the machine."""
    path = folder / "list.m3u8"
    path.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{clip(suffix='ts')}\n#EXT-X-ENDLIST\n")
    return path


def _concatenation(folder: Path) -> Path:
    path = folder / "list.ffconcat"
    path.write_text(f"ffconcat version 1.0\nfile '{clip()}'\n")
    return path


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (_missing, SourceRefused),
        (_folder, SourceRefused),
        (_garbage, SourceGarbage),
        (_empty, SourceGarbage),
        (_playlist, SourceGarbage),
        (_concatenation, SourceGarbage),
        (lambda _: audio_file(), SourceNoVideo),
    ],
)
def test_what_is_no_video_file_is_named(make: object, kind: type[SourceError], tmp_path: Path) -> None:
    assert callable(make)
    path = make(tmp_path)
    with pytest.raises(SourceError) as caught:
        play(path, 1)
    assert type(caught.value) is kind
    assert str(path) in str(caught.value)


def test_a_name_with_a_colon_is_a_file(tmp_path: Path) -> None:
    path = tmp_path / "http:evil.mp4"
    path.write_bytes(clip().read_bytes())
    assert len(play(path, 2)) == 2


def test_a_file_that_is_cut_off_plays_as_far_as_it_goes(tmp_path: Path) -> None:
    path = tmp_path / "cut.ts"
    whole = clip(suffix="ts").read_bytes()
    path.write_bytes(whole[: len(whole) * 2 // 3])
    assert len(play(path, 200)) == 200


def test_a_file_that_disappears_while_it_plays_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "gone.mp4"
    path.write_bytes(clip().read_bytes())
    packets = build(Params(str(path)), ManualClock()).open().packets()
    next(packets)
    path.unlink()
    with pytest.raises(SourceRefused, match="no such file"):
        list(itertools.islice(packets, 100))


@pytest.mark.parametrize("seed", range(30))
def test_damaged_files_play_or_are_named(seed: int, tmp_path: Path) -> None:
    dice = random.Random(seed)
    data = bytearray(clip(suffix=dice.choice(["mp4", "ts", "mkv"])).read_bytes())
    for _ in range(dice.randrange(1, 60)):
        data[dice.randrange(len(data))] = dice.randrange(256)
    path = tmp_path / "damaged.bin"
    path.write_bytes(data)
    try:
        packets = play(path, 150)
    except SourceError as error:
        assert "damaged.bin" in str(error)  # noqa: PT017  both ends are right, an unnamed one is not
    else:
        assert min(steps([one.dts for one in packets])) > 0
        gaps = [after.arrived - before.arrived for before, after in itertools.pairwise(packets)]
        assert max(gaps) <= 10.01

"""Real footage for the demo and the benchmarks: where it comes from, and what a camera makes of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from pathlib import Path

import av

from patrol.bench import debian
from patrol.bench.download import KnownFile, download, sha256_of
from patrol.bench.encode import Encoded, Progress, StreamSettings, encode, look_at, pictures
from patrol.core.errors import ConfigError, DemoError

VTEST = KnownFile("vtest.avi", 8_131_690, "45cddc9490be69345cbdab64ca583be65987e864ca408038e648db99e10516cf")
"""OpenCV's sample of PETS 2009 S2.L1: four to eight people cross a square, 768x576, 795 pictures at 10/s."""
VTEST_URL = "https://raw.githubusercontent.com/opencv/opencv/4.x/samples/data/vtest.avi"

DEMO_KBPS = 1800
"""For 768x576 at 10 pictures a second; larger pictures get more, up to `MAX_KBPS`."""
MAX_KBPS = 6000
MAX_FPS = 25
"""More is thinned out: cameras of this trade send 25."""
MAX_DEMO_S = 180
"""Of a long file the demo plays the first three minutes, for ever."""
RATE_TOLERANCE = 0.1
"""A benchmark's stream may miss its nominal bit rate by this share, or it measures something else."""
NOISE = 5
"""Of scaled-up footage; see `StreamSettings.noise`."""

Fetch = Callable[[Path, Progress], None]
"""Puts the sample at a path, or raises DemoError with one sentence."""


@dataclass(frozen=True, slots=True)
class Source:
    """Footage as found."""

    path: Path
    origin: str
    """Where it came from, for people."""


def from_repository(url: str = VTEST_URL, answer_s: float = 10.0) -> tuple[str, Fetch]:
    """OpenCV's public repository."""
    return f"the sample at {url}", lambda target, progress: download(url, VTEST, target, progress, answer_s)


def from_debian() -> tuple[str, Fetch]:
    """Debian's package opencv-doc."""
    name = f"Debian's package {debian.PACKAGE}"
    return name, lambda target, progress: debian.from_package(VTEST, target, progress)


def find(
    named: Path | None,
    cache: Path,
    progress: Progress,
    ways: Sequence[tuple[str, Fetch]] | None = None,
) -> Source:
    """Footage for the demo: the named file, or the sample out of the cache, or by the first way that works.

    Raises:
        DemoError: none can be had; the message says what was tried and names three ways out.
    """
    if named is not None:
        if not named.is_file():
            raise DemoError(f"{named}: no such file; name a video file with --footage")
        return Source(named, f"the file {named}")
    kept = cache / VTEST.name
    if VTEST.is_at(kept):
        return Source(kept, f"the cache ({kept})")
    tried = []
    for name, fetch in ways if ways is not None else (from_repository(), from_debian()):
        try:
            fetch(kept, progress)
        except DemoError as error:
            progress(f"{name}: {error}")
            tried.append(f"  {name}: {error}")
        else:
            return Source(kept, name)
    raise DemoError(_no_footage(kept, tried))


def _no_footage(kept: Path, tried: list[str]) -> str:
    return "\n".join(
        (
            "the demo has no footage. Tried:",
            *tried,
            "Three ways to give it some:",
            "  1. name a file of your own: patrol demo --footage FILE (best: people, seen from above)",
            f"  2. fetch {VTEST_URL} where there is a network, and copy it to {kept}",
            f"  3. on Debian or Ubuntu, give apt a mirror that has {debian.PACKAGE}, and start again",
        )
    )


def demo_clip(source: Source, cache: Path, progress: Progress) -> Path:
    """What a demo camera sends: H.264, a closed GOP of 2 s, no B-frames. Made once, then out of the cache.

    Raises:
        SourceNoVideo, SourceGarbage: the footage cannot be used.
    """
    seen = look_at(source.path)
    step = math.ceil(seen.fps / MAX_FPS)
    settings = _demo_settings(seen.width, seen.height, seen.fps / step)
    out = cache / f"{source.path.stem}-{sha256_of(source.path)[:12]}-{settings.tag()}.mp4"
    if not out.exists():
        progress(f"transcoding {source.path.name} once, to {out.name}")
        longest = math.ceil(MAX_DEMO_S * settings.fps)
        encode(islice(pictures(source.path), 0, longest * step, step), out, settings, progress)
    return out


def _demo_settings(width: int, height: int, fps: Fraction) -> StreamSettings:
    shrink = min(1.0, 1920 / width, 1080 / height)
    width, height = (round(side * shrink / 2) * 2 for side in (width, height))
    kbps = min(MAX_KBPS, max(DEMO_KBPS, round(DEMO_KBPS * width * height / (768 * 576))))
    return StreamSettings(width, height, fps, 2.0, kbps)


def make_stream_clip(
    source: Path, out: Path, settings: StreamSettings, seconds: float = 40.0, progress: Progress | None = None
) -> Encoded:
    """A benchmark's stream, of nominal size and bit rate, from any footage.

    The source's pictures follow each other at the stream's rate, whatever theirs is, and from the beginning
    again where they run out: each picture of the stream differs from the one before, as a camera's do.

    Raises:
        ConfigError: the encoder missed the bit rate by more than `RATE_TOLERANCE`.
        SourceNoVideo, SourceGarbage: the source cannot be used.
    """
    count = math.ceil(seconds * settings.fps)
    made = encode(islice(_for_ever(source), count), out, settings, progress)
    if abs(made.kbps / settings.kbps - 1) > RATE_TOLERANCE:
        out.unlink()
        raise ConfigError(
            f"{source}: as {settings.tag()} it has {made.kbps:.0f} kb/s where {settings.kbps} are nominal; "
            f"take livelier footage, or another rate"
        )
    return made


def bench_settings(source: Path, width: int, height: int, fps: int, kbps: int) -> StreamSettings:
    """Settings of a benchmark's stream: noise where the source has to be scaled up."""
    seen = look_at(source)
    noise = NOISE if seen.width < width else 0
    return StreamSettings(width, height, Fraction(fps), 2.0, kbps, noise=noise)


def _for_ever(source: Path) -> Iterator[av.VideoFrame]:
    while True:
        empty = True
        for frame in pictures(source):
            empty = False
            yield frame
        if empty:
            raise DemoError(f"{source}: not one picture in it")

"""Pictures to be counted in: a folder of files by number, or every frame of a clip."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import av.error
import av.logging
from av.video.reformatter import VideoReformatter

from patrol.core.errors import ConfigError, SourceGarbage, SourceNoVideo
from patrol.core.media import Picture
from patrol.vision.decode.picture import FramePicture

av.logging.set_level(None)

SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp")
TROUBLE = (av.error.FFmpegError, OSError, IndexError, ValueError)
"""What FFmpeg's binding raises for a file that is none."""

Wanted = Callable[[int | None, str], bool]
"""Whether the frame of this number and name is to be decoded."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture with its place in the truth.

    Attributes:
        number: of the frame, as the truth counts them: in the file's name, or from 1 in a clip. None: the
            name has no digits.
        name: of the file; in a clip `frame N`.
        picture: only good until the next one.
    """

    number: int | None
    name: str
    picture: Picture


@dataclass(frozen=True, slots=True)
class Footage:
    """What there is to be counted in.

    Attributes:
        kind: `folder` or `clip`.
        frames: plays it, in order. Takes which frames to decode, and a list to which the names of those
            are added that cannot be decoded. May raise SourceNoVideo and SourceGarbage.
    """

    kind: str
    frames: Callable[[Wanted, list[str]], Iterator[Frame]]


def number_in(name: str) -> int | None:
    """The last number in a file's name without its ending: `S2L1_000123.jpg` is frame 123."""
    found = re.findall(r"[0-9]+", Path(name).stem)
    return int(found[-1]) if found else None


def folder(path: Path) -> Footage:
    """The pictures of a folder, by number and then by name.

    Raises:
        ConfigError: no such folder, no picture in it, or two with one number.
    """
    try:
        files = sorted(file for file in path.iterdir() if file.suffix.lower() in SUFFIXES and file.is_file())
    except OSError as error:
        raise ConfigError(f"--frames {path}: cannot be read: {error.strerror}; name a folder") from None
    if not files:
        raise ConfigError(
            f"--frames {path}: no pictures in it; expected files ending in {', '.join(SUFFIXES)}"
        )
    order = _in_order(path, files)
    scaler = VideoReformatter()

    def frames(wanted: Wanted, unreadable: list[str]) -> Iterator[Frame]:
        for file in order:
            number = number_in(file.name)
            if not wanted(number, file.name):
                continue
            decoded = _first_frame(file)
            if decoded is None:
                unreadable.append(file.name)
            else:
                yield Frame(number, file.name, FramePicture(decoded, scaler))

    return Footage("folder", frames)


def _in_order(path: Path, files: list[Path]) -> list[Path]:
    """By number; those without one at the end.

    Raises:
        ConfigError: two have one number.
    """
    numbered: dict[int, Path] = {}
    for file in files:
        number = number_in(file.name)
        if number is not None and numbered.setdefault(number, file) != file:
            raise ConfigError(
                f"--frames {path}: {numbered[number].name} and {file.name} are both frame {number}; "
                "a frame's number is the last number in the name of its file"
            )
    return [*(numbered[n] for n in sorted(numbered)), *(f for f in files if number_in(f.name) is None)]


def _first_frame(file: Path) -> av.VideoFrame | None:
    try:
        with av.open(str(file)) as container:
            decoded = next(container.decode(video=0), None)
    except TROUBLE:
        return None
    return None if decoded is None or decoded.is_corrupt else decoded


def clip(path: Path) -> Footage:
    """Every frame of a clip, numbered from 1 in the order of showing.

    A clip that ends early gives the frames that it has: the caller says which of the truth's are missing.

    Raises:
        ConfigError: no such file.
    """
    if not path.is_file():
        raise ConfigError(f"--clip {path}: no such file")
    scaler = VideoReformatter()

    def frames(wanted: Wanted, unreadable: list[str]) -> Iterator[Frame]:
        number = 0
        try:
            with av.open(str(path)) as container:
                if not container.streams.video:
                    raise SourceNoVideo(f"--clip {path}: no video in it; name an MP4 or MKV file")
                for number, decoded in enumerate(container.decode(video=0), 1):
                    if not wanted(number, _name(number)):
                        continue
                    if decoded.is_corrupt:
                        unreadable.append(_name(number))
                    else:
                        yield Frame(number, _name(number), FramePicture(decoded, scaler))
        except TROUBLE as error:
            if number == 0:
                raise SourceGarbage(
                    f"--clip {path}: cannot be read as video ({type(error).__name__}); "
                    "name an MP4 or MKV file"
                ) from None
            unreadable.append(f"{_name(number + 1)} and all after it")

    return Footage("clip", frames)


def _name(number: int) -> str:
    return f"frame {number}"

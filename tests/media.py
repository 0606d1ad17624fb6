"""Clips for tests, made with the encoders that PyAV brings, once per session."""

from __future__ import annotations

import atexit
import tempfile
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import cast

import av
import numpy as np
from av.video.codeccontext import VideoCodecContext

_ENCODER = {"h264": "libx264", "hevc": "libx265", "mjpeg": "mjpeg", "mpeg4": "mpeg4"}


@dataclass(frozen=True)
class ClipSpec:
    """What a clip is like. `gop` in frames; 0 keyframes after the first where it exceeds the length."""

    codec: str = "h264"
    width: int = 320
    height: int = 240
    fps: int = 25
    frames: int = 50
    gop: int = 25
    bframes: int = 0


@dataclass(frozen=True)
class Encoded:
    """One access unit, Annex B, as it comes out of the encoder. pts and dts count frames."""

    data: bytes
    is_keyframe: bool
    pts: int
    dts: int


def picture(spec: ClipSpec, index: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """A gradient with a bright block that moves right by four pixels a frame. RGB."""
    y, x = np.mgrid[0 : spec.height, 0 : spec.width]
    image = np.stack([x * 255 // spec.width, y * 255 // spec.height, (x + y) % 256], axis=2).astype(np.uint8)
    left = index * 4 % max(1, spec.width - 40)
    image[spec.height // 3 : spec.height // 3 + 40, left : left + 40] = (255, 240, 20)
    return image


@cache
def encode(spec: ClipSpec) -> tuple[Encoded, ...]:
    """The clip as access units, keyframes with their parameter sets in band."""
    encoder = _encoder(spec)
    packets: list[av.Packet[av.VideoStream]] = []
    for index in range(spec.frames):
        frame = av.VideoFrame.from_ndarray(picture(spec, index), format="rgb24")
        frame = frame.reformat(format=encoder.pix_fmt)
        frame.pts = index
        frame.time_base = Fraction(1, spec.fps)
        packets += encoder.encode(frame)
    packets += encoder.encode(None)
    return tuple(Encoded(bytes(p), p.is_keyframe, p.pts or 0, p.dts or 0) for p in packets)


def _encoder(spec: ClipSpec) -> VideoCodecContext:
    encoder = cast("VideoCodecContext", av.CodecContext.create(_ENCODER[spec.codec], "w"))
    encoder.width, encoder.height = spec.width, spec.height
    encoder.pix_fmt = "yuvj420p" if spec.codec == "mjpeg" else "yuv420p"
    encoder.time_base = Fraction(1, spec.fps)
    encoder.framerate = Fraction(spec.fps)
    encoder.gop_size = spec.gop
    encoder.thread_count = 1
    if spec.codec == "h264":
        params = f"keyint={spec.gop}:min-keyint={spec.gop}:scenecut=0:bframes={spec.bframes}:slices=4"
        encoder.options = {"preset": "ultrafast", "x264-params": params}
    if spec.codec == "hevc":
        params = f"keyint={spec.gop}:min-keyint={spec.gop}:scenecut=0:bframes={spec.bframes}:open-gop=0"
        encoder.options = {
            "preset": "ultrafast",
            "x265-params": f"{params}:repeat-headers=1:log-level=none:pools=1",
        }
    return encoder


@cache
def _folder() -> Path:
    folder = tempfile.TemporaryDirectory(prefix="patrol-test-media-")
    atexit.register(folder.cleanup)
    return Path(folder.name)


@cache
def clip(spec: ClipSpec = ClipSpec(), suffix: str = "mp4", *, audio: bool = False) -> Path:
    """The clip as a file; the container by suffix: mp4, mkv, ts, avi."""
    path = _folder() / f"{abs(hash((spec, audio))):x}.{suffix}"
    with av.open(str(path), "w") as out:
        video = out.add_stream(_ENCODER[spec.codec], rate=spec.fps)
        encoder = cast("VideoCodecContext", video.codec_context)
        model = _encoder(spec)
        encoder.width, encoder.height, encoder.pix_fmt = spec.width, spec.height, model.pix_fmt
        encoder.gop_size, encoder.options = spec.gop, model.options
        encoder.thread_count = 1
        sound = out.add_stream("aac", rate=16000) if audio else None
        for index in range(spec.frames):
            frame = av.VideoFrame.from_ndarray(picture(spec, index), format="rgb24")
            frame.pts = index
            frame.time_base = Fraction(1, spec.fps)
            out.mux(encoder.encode(frame.reformat(format=model.pix_fmt)))
        out.mux(encoder.encode(None))
        if sound is not None:
            _add_silence(out, sound, spec)
    return path


@cache
def audio_file() -> Path:
    """A file with sound and no video."""
    path = _folder() / "sound.mp4"
    with av.open(str(path), "w") as out:
        _add_silence(out, out.add_stream("aac", rate=16000), ClipSpec())
    return path


def _add_silence(out: av.container.OutputContainer, sound: av.AudioStream, spec: ClipSpec) -> None:
    for index in range(spec.frames * 16000 // spec.fps // 1024):
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        frame.sample_rate = 16000
        frame.pts = index * 1024
        frame.time_base = Fraction(1, 16000)
        out.mux(sound.encode(frame))
    out.mux(sound.encode(None))

"""`replay`: a clip through the vision room of one camera, on a virtual clock."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path

import av
import cv2
from av.video.reformatter import Interpolation, VideoReformatter

from patrol.bench.replay.clock import VirtualClock
from patrol.bench.replay.frames import ClipFrame, ClipReader, file_sha256
from patrol.bench.replay.nouns import Options, Replayed, Seen, SightChange, Transform
from patrol.bench.replay.room import Glance, Room
from patrol.bench.replay.tally import Tally
from patrol.config.load import Loaded
from patrol.config.models import CameraConfig, DetectorConfig
from patrol.config.plugins import effective_rules
from patrol.core.clock import SystemClock
from patrol.core.errors import ConfigError, DecodeError
from patrol.core.media import Pixels
from patrol.core.place import Uses
from patrol.vision.decode.picture import FramePicture
from patrol.vision.worker.detecting import SharedDetector, build_detectors
from patrol.vision.worker.eyes import build_eye
from patrol.vision.worker.means import means_facts
from patrol.vision.worker.rules import ANALYTICS, build_rules, refused_rules, uses_of
from patrol.vision.worker.sighting import fault_rules

_EARLY_S = 1e-6
"""By so much a frame may lie before the look that is due: sums of seconds are rounded."""


def camera_of(loaded: Loaded, camera_id: str) -> CameraConfig:
    """A camera of streams.yaml.

    Raises:
        ConfigError: there is none of that id.
    """
    for camera in loaded.streams.cameras:
        if camera.id == camera_id:
            return camera
    there_are = ", ".join(camera.id for camera in loaded.streams.cameras)
    raise ConfigError(f"{loaded.document.file} has no camera {camera_id!r}; there are: {there_are}")


def exact_detector(loaded: Loaded, camera_id: str, cache_dir: Path) -> SharedDetector:
    """The detector that a camera names, in f32 on one thread, whatever streams.yaml says of its precision.

    Raises:
        ConfigError: no such camera.
        PluginError: its plug-in cannot be used.
        ModelError: its model is not there, or does not do what its manifest says.
    """
    camera = camera_of(loaded, camera_id)
    config = loaded.streams.detectors.get(camera.detector, DetectorConfig())
    exact = {camera.detector: config.model_copy(update={"precision": "f32"})}
    alone = loaded.streams.model_copy(update={"detectors": exact, "cameras": (camera,)})
    return build_detectors(alone, cache_dir, SystemClock())[camera.detector]


def replay(
    clip: Path,
    loaded: Loaded,
    camera_id: str,
    detector: SharedDetector,
    options: Options = Options(),  # noqa: B008  frozen
    on_look: Callable[[Seen], None] | None = None,
) -> Replayed:
    """Replay a clip as if it were what a camera sees. Everything is built anew but the detector.

    Args:
        clip: a video file.
        loaded: streams.yaml; its own `url` of the camera is not used.
        camera_id: the camera whose rules are applied.
        detector: of `exact_detector`; may be used for one replay after the other.
        options: see `Options`.
        on_look: told of each look, after the rules were applied.

    Raises:
        ConfigError: no such camera, or its rules cannot be built.
        SourceError: the clip is missing, a folder, no video, or nothing of it can be decoded.
        ModelError: the detector failed.
    """
    camera = camera_of(loaded, camera_id)
    if options.look_every_s is not None:
        camera = camera.model_copy(update={"look_every_s": options.look_every_s})
        loaded = _with_camera(loaded, camera)
    cv2.setNumThreads(1)
    rules = build_rules(loaded).get(camera_id, ())
    refused = [SightChange(0.0, task) for task in refused_rules(loaded).get(camera_id, ())]
    reader = ClipReader(clip)
    worker_id = f"clip-{reader.sha256[:32]}"
    eye = build_eye(camera, detector, rules)
    faults = fault_rules(camera)
    room = Room(camera_id, worker_id, eye, rules, VirtualClock(options.at), faults)
    run = _Run(camera.look_every_s, options, {rule.id: Tally() for rule in rules})
    run.over(reader, room, on_look)
    return Replayed(
        clip=reader.facts(),
        camera_id=camera_id,
        at=options.at,
        look_every_s=camera.look_every_s,
        seconds=run.seconds,
        looks=run.looks,
        skipped=run.skipped,
        splices=tuple(run.splices),
        candidates=room.candidates,
        sights=(*refused, *room.sights),
        values=tuple(tally.measured(rule) for rule, tally in run.tallies.items()),
        model=detector.info,
        config_sha256=config_sha256(loaded, camera),
        zones={rule.id: rule.zone for rule in (*rules, *faults)},
    )


def config_sha256(loaded: Loaded, camera: CameraConfig) -> str:
    """Of all that may change what a replay gives.

    That is the camera but its address, its detector, the time zone, the notices of its laws, and what its
    rules look closer with. A view's reference, and a file that a parameter names, is in it as what it holds,
    not as a path: the same files elsewhere are the same.

    Raises:
        ConfigError: a rule cannot be built, or what it looks closer with.
    """
    detector = loaded.streams.detectors.get(camera.detector, DetectorConfig())
    references = [view.reference and file_sha256(Path(view.reference)) for view in camera.views]
    facts = {
        "camera": camera.model_dump(
            mode="json", exclude={"url": True, "credentials": True, "views": {"__all__": {"reference"}}}
        ),
        "references": references,
        "detector": detector.model_dump(mode="json"),
        "time_zone": loaded.streams.site.time_zone,
        "notices": _notices(loaded, camera),
        "means": means_facts(loaded, _uses(loaded, camera)),
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _notices(loaded: Loaded, camera: CameraConfig) -> dict[str, object]:
    """The notices that laws of the camera's zones rest on, by id."""
    named = {law.notice for zone in camera.zones for law in zone.laws}
    return {one.id: one.model_dump(mode="json") for one in loaded.streams.notices if one.id in named}


def _uses(loaded: Loaded, camera: CameraConfig) -> list[Uses]:
    refused = {task.rule_id for task in refused_rules(loaded).get(camera.id, ())}
    rules = [rule for rule in effective_rules(loaded, ANALYTICS) if rule.camera.id == camera.id]
    return [uses_of(rule) for rule in rules if rule.rule.id not in refused]


def _with_camera(loaded: Loaded, camera: CameraConfig) -> Loaded:
    """The same configuration with this camera in the place of the one of its id."""
    cameras = tuple(camera if one.id == camera.id else one for one in loaded.streams.cameras)
    streams = loaded.streams.model_copy(update={"cameras": cameras})
    return Loaded(streams, loaded.path, loaded.document)


@dataclass(slots=True)
class _Run:
    """One replay under way."""

    every_s: float
    options: Options
    tallies: Mapping[str, Tally]
    seconds: float = 0.0
    looks: int = 0
    skipped: int = 0
    splices: list[float] = field(default_factory=list)

    def over(self, reader: ClipReader, room: Room, on_look: Callable[[Seen], None] | None) -> None:
        """Look at the clip, again and again as long as it is asked for."""
        picture, due, waiting = _Pictures(self.options.transform), 0, False
        for second, frame in self._frames(reader):
            if second < due * self.every_s - _EARLY_S:
                continue
            seen = self._look(room, picture, second, frame)
            if seen is None:
                self.skipped, waiting = self.skipped + (not waiting), True
                continue
            due, waiting = math.floor(second / self.every_s + _EARLY_S) + 1, False
            if on_look is not None:
                on_look(seen)
        room.go_to(self.seconds)
        room.close()

    def _frames(self, reader: ClipReader) -> Iterator[tuple[float, ClipFrame]]:
        """Frames with the seconds since the replay began, until it is over."""
        until, begun = self.options.loop_for_s, 0.0
        while True:
            for frame in reader.frames():
                second = begun + frame.second
                if until is not None and second >= until:
                    self.seconds = until
                    return
                if begun and not frame.index:
                    self.splices.append(round(begun, 6))
                yield second, frame
            begun += float(reader.seconds)
            self.seconds = begun
            if until is None:
                return

    def _look(self, room: Room, picture: _Pictures, second: float, frame: ClipFrame) -> Seen | None:
        """One look; None where this frame cannot be judged."""
        if not frame.whole:
            return None
        try:
            seen = room.look(picture.glance(second, frame, len(self.splices)))
        except DecodeError:
            return None
        self.looks += 1
        for rule, said in seen.observations.items():
            self.tallies[rule].count(said)
        return seen


class _Pictures:
    """Frames as pictures, by the worker's own scaler."""

    def __init__(self, transform: Transform | None) -> None:
        self._transform = transform
        self._scaler = VideoReformatter()
        self._full = VideoReformatter()

    def glance(self, second: float, frame: ClipFrame, scene: int) -> Glance:
        """What is to be judged.

        Raises:
            DecodeError: the frame's pixel format cannot be converted.
        """
        shown = frame.frame
        if self._transform is not None:
            changed = self._transform(self._rgb(shown), second)
            # Back into the decoder's form, so that what is scaled is scaled as ever.
            shown = av.VideoFrame.from_ndarray(changed, format="rgb24").reformat(format="yuv420p", threads=1)
        picture = FramePicture(shown, self._scaler)
        return Glance(second, frame.index, scene, picture, cache(partial(self._rgb, shown)))

    def _rgb(self, frame: av.VideoFrame) -> Pixels:
        return FramePicture(frame, self._full, Interpolation.BICUBIC).pixels(frame.width, frame.height)

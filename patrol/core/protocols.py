"""The seams of Patrol: what a newcomer reads first, and all that tests put fakes behind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from patrol.core.candidate import Candidate
from patrol.core.closer import Closer, Crop
from patrol.core.crowd import Crowd
from patrol.core.detections import Detections, Ids, Look
from patrol.core.media import Grey, Keyframe, Packet, Picture, Pixels, VideoFormat
from patrol.core.observation import Observation


class Clock(Protocol):
    """The only way to learn the time."""

    def now(self) -> datetime:
        """Wall-clock time, aware, UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds, never backwards."""
        ...

    def sleep(self, seconds: float) -> None:
        """Block the calling thread."""
        ...


class Session(Protocol):
    """One open connection to a camera."""

    @property
    def video(self) -> VideoFormat:
        """What was announced when it opened."""
        ...

    def packets(self) -> Iterator[Packet]:
        """Video packets as they arrive.

        A live source never returns: its end raises SourceEnded.

        Raises:
            SourceError: every failure, translated.
        """
        ...

    def close(self) -> None:
        """Release the connection. May be called twice, and from another thread."""
        ...


class Source(Protocol):
    """A camera that can be connected to, again and again."""

    def open(self) -> Session:
        """Connect.

        Raises:
            SourceError: every failure, translated; the message carries no credentials.
        """
        ...


class Gate(Protocol):
    """Decides, before anything is decoded, whether a keyframe is worth a look."""

    def admit(self, packet: Packet) -> bool:
        """Whether this keyframe is looked at; counts the ones that are not."""
        ...


class Decoder(Protocol):
    """Turns keyframes into pictures; one instance serves many cameras."""

    def decode(self, keyframe: Keyframe) -> Picture:
        """Decode one keyframe by itself.

        Raises:
            CorruptPicture: it decoded with holes; it must not be judged.
            DecodeError: it did not decode.
        """
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """One picture in a detector's own input form, with the way back to picture fractions.

    Attributes:
        pixels: uint8 [height, width, 3] of the detector's input.
        scale: (sx, sy): input pixels per unit of picture fraction.
        offset: (ox, oy): input pixels of the picture's top left corner.
    """

    pixels: Pixels
    scale: tuple[float, float]
    offset: tuple[float, float]


@dataclass(frozen=True, slots=True)
class DetectorInfo:
    """What runs, for logs, status and evidence.

    Attributes:
        model_id: of the manifest.
        runtime: `openvino 2026.4.1`, ...
        precision: `f32`, `bf16`, ...
        width: of the input, pixels.
        height: of the input, pixels.
        labels: class names.
        note: why this model and precision were chosen, one sentence.
    """

    model_id: str
    runtime: str
    precision: str
    width: int
    height: int
    labels: tuple[str, ...]
    note: str


class Detector(Protocol):
    """Finds objects in pictures. Not thread-safe: one thread owns it."""

    @property
    def info(self) -> DetectorInfo:
        """What runs, and why."""
        ...

    def prepare(self, picture: Picture) -> Prepared:
        """Scale a picture to the input, once, by the decoder's own scaler."""
        ...

    def detect(self, batch: Sequence[Prepared]) -> list[Detections]:
        """One result per input, in order; an empty batch gives an empty list.

        Raises:
            ModelError: the model failed; never answered with empty detections.
        """
        ...


class DetectionPolicy(Protocol):
    """What one camera asks of its detector: the whole picture or tiles, which classes from which score on."""

    def prepare(self, picture: Picture, grey: Grey) -> tuple[Prepared, ...]:
        """The inputs that its detector is to judge.

        Args:
            picture: as decoded.
            grey: its small luma, by which day and night are told apart.

        Raises:
            DecodeError: the picture cannot be scaled.
        """
        ...

    def merge(self, answers: Sequence[Detections]) -> Detections:
        """One answer for the whole picture out of those to the inputs of `prepare`, in order."""
        ...

    def counted(self, look: Look) -> Detections:
        """Those of the look's detections that rules may count."""
        ...


class Tracker(Protocol):
    """Follows objects of one camera from look to look. Time is seconds; the look rate may change."""

    def update(self, look: Look) -> Ids:
        """The track of each detection of this look, shape [n]; -1 where it belongs to none yet.

        Looks come in order of arrival. A look of another `scene` begins anew; ids are never used twice.
        """
        ...


class Sighting(Protocol):
    """Judges what one camera shows, before any rule does: covered, frozen, moved, ..."""

    def examine(self, look: Look) -> Look:
        """The same look with `blind` and `scene` set as the picture says. Looks come in order of arrival."""
        ...


class Analytic(Protocol):
    """Measures one thing in one zone of one camera. Pure: state in, observation out, no clock, no I/O."""

    def observe(self, look: Look) -> Observation:
        """Judge one look. Looks come in order of arrival."""
        ...


class SecondLook(Protocol):
    """Looks for fishing gear in one crop. Stateless: what several looks say together, its caller knows.

    Not thread-safe; may be shared by cameras that are judged on one thread.
    """

    def examine(self, crop: Crop) -> Closer:
        """Judge one crop, of any size from 1 x 1 on.

        Raises:
            ModelError: the model failed; never answered with "nothing seen".
        """
        ...


class DensityNetwork(Protocol):
    """Says how many people stand where in a picture. Not thread-safe; may be shared as `SecondLook`."""

    def look(self, picture: Picture) -> Crowd:
        """Judge one picture.

        Raises:
            ModelError: the model failed; never answered with an empty map.
            DecodeError: the picture cannot be scaled.
        """
        ...


class CandidateSink(Protocol):
    """Takes every revision of every candidate, durably, before it returns."""

    def put(self, candidate: Candidate) -> None:
        """Store and queue for delivery.

        Raises:
            StoreError: not stored; the caller keeps the candidate and tries again.
        """
        ...

"""Which precision this machine should compute in: timed and compared once, then remembered.

bf16 is a third faster than f32 on CPUs that have it in silicon, slower on those that emulate it, and
whatever it gives has to be what f32 gives. So it is measured, not read off a list of CPUs.
"""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np
import structlog
from pydantic import TypeAdapter, ValidationError

from patrol.core.clock import cpu_seconds
from patrol.core.detections import Detections
from patrol.core.geometry import iou
from patrol.core.protocols import Detector, Prepared
from patrol.vision.detection import cache
from patrol.vision.detection.scene import DrawnStreet

log = structlog.get_logger(__name__)

WARM_UPS, ROUNDS = 3, 11
"""Eleven rounds of 5 to 25 ms: the median varies by about 3 % on a busy two-core machine."""
GAIN = 0.9
"""Reduced precision is taken when it needs at most this share of the time of f32."""
WEAK = 0.3
"""Threshold of the probe. Of weaker boxes suppression keeps now this one, now that."""
SAME_IOU = 0.8
SAME_SCORE = 0.1
"""bf16 keeps 8 bits. Measured on PETS09, YOLOX-nano: IoU of a box in bf16 with the same in f32 0.99 in the
median and 0.89 at the least, scores 0.002 apart in the median and 0.06 at the most. A broken kernel is not
near that."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a probe found.

    Attributes:
        precision: the one to run in.
        f32_ms: CPU time a picture, milliseconds.
        other_ms: the same for the reduced precision.
        agrees: whether its boxes are those of f32.
        compared: how many boxes of f32 that rests on; 0 proves nothing.
    """

    precision: str
    f32_ms: float
    other_ms: float
    agrees: bool
    compared: int

    def sentence(self, other: str) -> str:
        """For the detector's note."""
        times = f"{other} {self.other_ms:.1f} ms a picture, f32 {self.f32_ms:.1f} ms"
        if not self.compared:
            return f"f32, as the probe found nothing to compare {other} by ({times})"
        if not self.agrees:
            return f"f32, as {other} gives other boxes on this machine ({times})"
        return f"{self.precision} by a probe of this machine ({times})"


def compare(
    f32: Detector, reduced: Detector, precision: str, cpu: Callable[[], float] = cpu_seconds
) -> Verdict:
    """Time both on a drawn street, turn by turn, and compare what they find.

    Args:
        f32: the detector in f32, with the threshold WEAK.
        reduced: the same in reduced precision.
        precision: the name of the reduced one.
        cpu: CPU seconds used so far; tests give their own.
    """
    street = DrawnStreet()
    times: dict[str, list[float]] = {"f32": [], precision: []}
    for turn in range(WARM_UPS + ROUNDS):
        for name, detector in (("f32", f32), (precision, reduced)):
            took = _timed(detector, detector.prepare(street), cpu)
            if turn >= WARM_UPS:
                times[name].append(took)
    f32_ms, other_ms = (1000 * median(taken) for taken in times.values())
    found, expected = (d.detect([d.prepare(street)])[0] for d in (reduced, f32))
    compared, agrees = len(_sure(expected)), same(expected, found)
    better = compared and agrees and other_ms <= GAIN * f32_ms
    return Verdict(precision if better else "f32", f32_ms, other_ms, agrees, compared)


def _timed(detector: Detector, prepared: Prepared, cpu: Callable[[], float]) -> float:
    start = cpu()
    detector.detect([prepared])
    return cpu() - start


def same(expected: Detections, found: Detections) -> bool:
    """Whether each side's sure boxes are found again on the other: class, IoU, score."""
    return _covered(expected, found) and _covered(found, expected)


def _sure(detections: Detections) -> Detections:
    """Those that score so high above WEAK that their counterpart is above it, too."""
    return detections.where(detections.scores >= WEAK + SAME_SCORE)


def _covered(these: Detections, others: Detections) -> bool:
    sure = _sure(these)
    near = (
        (iou(sure.boxes, others.boxes) >= SAME_IOU)
        & (sure.class_ids[:, None] == others.class_ids)
        & (np.abs(sure.scores[:, None] - others.scores) <= SAME_SCORE)
    )
    return bool(near.any(axis=1).all())


def machine() -> str:
    """What makes a measured speed comparable: architecture, CPU model and its instruction sets."""
    facts = sorted(set(_cpu_facts()))
    return hashlib.sha256("\n".join((platform.machine(), *facts)).encode()).hexdigest()[:16]


def _cpu_facts() -> Iterator[str]:
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith(
                ("model name", "cpu family", "model\t", "stepping", "flags", "Features", "CPU part")
            ):
                yield line


_VERDICTS = TypeAdapter(dict[str, Verdict])


@dataclass(frozen=True, slots=True)
class VerdictStore:
    """Verdicts of earlier starts, by key, in one JSON file of the cache folder."""

    path: Path

    def recall(self, key: str) -> Verdict | None:
        """The verdict under that key; None where there is none, or none that can be read."""
        return self._all().get(key)

    def keep(self, key: str, verdict: Verdict) -> None:
        """Add one. A cache that cannot be written costs a probe at each start, and is logged."""
        try:
            with cache.put_in_place(self.path) as file:
                file.write(_VERDICTS.dump_json({**self._all(), key: verdict}, indent=1))
        except OSError as error:
            log.warning("probe_not_kept", path=str(self.path), reason=error.strerror)

    def _all(self) -> dict[str, Verdict]:
        try:
            return _VERDICTS.validate_json(self.path.read_bytes())
        except (OSError, ValidationError):
            return {}

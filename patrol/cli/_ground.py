"""What a calibration amounts to, as plain values and as text: error, pixels per metre, ground of zones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from patrol.config.calibration import CalibrationConfig
    from patrol.config.models import CameraConfig, ZoneConfig

Facts = dict[str, Any]
ROWS = (0.0, 0.25, 0.5, 0.75, 1.0)
"""Where pixels per metre are shown: heights in the middle of the picture, from its top."""


def grounds_of(camera: CameraConfig) -> list[Facts]:
    """Each calibration of a camera: its own, and those of its views."""
    found = [] if camera.calibration is None else [_facts(camera.calibration, "")]
    return found + [
        _facts(view.calibration, view.id) for view in camera.views if view.calibration is not None
    ]


def zone_facts(camera: CameraConfig, zone: ZoneConfig) -> Facts:
    """Ground of a zone, where that is known."""
    import numpy as np

    from patrol.vision.worker.seeing import calibration_of, ground_of

    ground, calibration = ground_of(camera, zone.view), calibration_of(camera, zone.view)
    if ground is None or calibration is None:
        return {}
    corners = np.asarray(zone.polygon, np.float32)
    facts: Facts = {"area_m2": round(ground.area_m2(corners), 1)}
    if calibration.picture is not None:
        there = ground.pixels_per_metre(corners, *calibration.picture)
        facts |= {"px_per_m_far": round(float(there.min()), 1), "px_per_m_near": round(float(there.max()), 1)}
    return facts


def ground_lines(ground: Facts) -> Iterator[str]:
    """One calibration for people."""
    of = f" of view {ground['view']}" if ground["view"] else ""
    error = f"error {ground['error_m']:.2f} m, most at {ground['worst']} ({ground['worst_m']:.2f} m)"
    if not ground["checked"]:
        error = "no error can be told: nothing is measured twice; a fifth point (or a sixth distance) tells"
    yield f"  calibration{of}: {ground['points']} points, {error}"
    if pose := ground.get("pose"):
        yield (
            f"    as from a camera {pose['height_m']:.1f} m up, {pose['view_deg']:.0f} degrees wide, "
            f"that looks {pose['tilt_deg']:.0f} degrees down"
        )
    if rows := ground.get("px_per_m"):
        said = ", ".join(f"{value:g} at {row}" for row, value in rows.items() if value > 0)
        yield f"    pixels per metre down the middle (0 top, 1 bottom): {said}"


def zone_words(facts: Facts) -> str:
    """A zone's ground for people; empty where nothing is known of it."""
    if "area_m2" not in facts:
        return ""
    words = f", {facts['area_m2']:g} m2"
    if "px_per_m_far" in facts:
        words += f", {facts['px_per_m_far']:g} to {facts['px_per_m_near']:g} pixels per metre"
    return words


def ground_warnings(ground: Facts) -> Iterator[str]:
    """What makes a calibration hard to believe though it fits."""
    pose = ground.get("pose")
    if pose is not None and not pose["plausible"]:
        yield (
            f"the calibration fits, but only a strange camera would see it so: {pose['height_m']:.0f} m up, "
            f"{pose['view_deg']:.0f} degrees wide, right angles {abs(pose['skew_deg']):.0f} degrees off; "
            "measure the points again"
        )
    if "pose" in ground and pose is None:
        yield "the calibration fits, but no camera would see it so; measure the points again"


def _facts(config: CalibrationConfig, view: str) -> Facts:
    import numpy as np

    from patrol.config.calibrating import calibrated
    from patrol.core.pose import pose_of

    found = calibrated(config)
    facts: Facts = {
        "view": view,
        "points": len(config.points),
        "checked": found.checked,
        "error_m": round(found.ground.error_m, 3),
        "worst": found.worst,
        "worst_m": round(found.errors_m[found.worst], 3),
    }
    if config.picture is not None:
        pose = pose_of(found.ground, *config.picture)
        facts["pose"] = None if pose is None else {**asdict(pose), "plausible": pose.plausible}
        middle = np.array([(0.5, row) for row in ROWS], np.float32)
        there = found.ground.pixels_per_metre(middle, *config.picture).round(1)
        facts["px_per_m"] = dict(zip(map(str, ROWS), there.tolist(), strict=True))
    return facts

"""Whether a camera of streams.yaml can see what one of its rules asks for, before anything is started."""

from __future__ import annotations

from collections.abc import Iterable

import structlog

from patrol.config.calibrating import calibrated
from patrol.config.calibration import CalibrationConfig
from patrol.config.load import Loaded
from patrol.config.models import CameraConfig, DetectorConfig
from patrol.core.detections import Look
from patrol.core.feasibility import NO_CALIBRATION, Needs, Resolution, input_scale, judge
from patrol.core.ground import Ground
from patrol.core.sight import Reason
from patrol.core.zone import Zone
from patrol.vision.detection.choose import PREFERRED
from patrol.vision.detection.manifests import Size, catalogue
from patrol.vision.detection.tiling import grid

log = structlog.get_logger(__name__)

SHAPE = 0.03
"""Difference in width to height that counts: 704 x 576 and 720 x 576 are 2.2 % apart and show the same;
4:3 and 16:9 are 33 % apart."""


def calibration_of(camera: CameraConfig, view: str | None) -> CalibrationConfig | None:
    """The calibration that holds in a view, or, without one, that of the camera."""
    if view is None:
        return camera.calibration
    return next((one.calibration for one in camera.views if one.id == view), None)


def ground_of(camera: CameraConfig, view: str | None) -> Ground | None:
    """The ground plane of a view, or of the camera; None: it is not calibrated.

    Raises:
        ConfigError: the calibration does not fit; loading has said so already.
    """
    calibration = calibration_of(camera, view)
    return None if calibration is None else calibrated(calibration).ground


def refusal(
    camera: CameraConfig, zone: Zone, view: str | None, needs: Needs, model_input: Size | None
) -> Reason | None:
    """Why a rule cannot see there; None: it can, or nobody knows (no calibration, or no size of picture).

    A rule that measures metres cannot see at all without a calibration.

    Args:
        camera: its section.
        zone: of the rule.
        view: that the zone belongs to.
        needs: of the rule's analytic.
        model_input: height and width of the detector's input, where they are known.
    """
    calibration = calibration_of(camera, view)
    if calibration is None and needs.ground:
        return Reason(NO_CALIBRATION)
    if calibration is None or calibration.picture is None:
        return None
    picture = picture_of(camera, calibration.picture, model_input)
    return judge(needs, zone, calibrated(calibration).ground, picture, calibration.enough_share)


def picture_of(camera: CameraConfig, size: tuple[int, int], model_input: Size | None) -> Resolution:
    """A camera's picture as its detector gets it: shrunk into the input, in tiles where it has some."""
    if model_input is None:
        return Resolution(*size)
    height, width = model_input
    left, top, right, bottom = grid(*camera.looking.tiles, camera.looking.tile_overlap)[0]
    return Resolution(*size, input_scale(size, (width, height), (right - left, bottom - top)))


def input_of(loaded: Loaded, camera: CameraConfig) -> Size | None:
    """Height and width of the input of a camera's detector, where they are known before it is loaded."""
    detector = loaded.streams.detectors.get(camera.detector, DetectorConfig())
    if detector.input is not None:
        return detector.input
    manifest = catalogue().get(PREFERRED if detector.model == "auto" else detector.model)
    return None if manifest is None else manifest.input.default


class PictureSizes:
    """Says, once for each size, where a camera sends another picture than the one it was calibrated on.

    Of another shape, it shows something else than the points and zones were drawn on; smaller, it has fewer
    pixels per metre than its rules were judged by.
    """

    def __init__(self, cameras: Iterable[CameraConfig]) -> None:
        self._calibrated = {
            camera.id: {
                one.picture
                for one in (camera.calibration, *(view.calibration for view in camera.views))
                if one is not None and one.picture is not None
            }
            for camera in cameras
        }
        self._said: set[tuple[str, int, int]] = set()

    def seen(self, look: Look) -> str:
        """What is to be said of this look's size, and is logged; empty where nothing is, or it was said."""
        sizes = self._calibrated.get(look.camera_id, set()) - {(look.width, look.height)}
        if not sizes or (look.camera_id, look.width, look.height) in self._said:
            return ""
        self._said.add((look.camera_id, look.width, look.height))
        words = f"{look.width} x {look.height} is sent, and the calibration was made on " + ", ".join(
            f"{width} x {height}" for width, height in sorted(sizes)
        )
        shapes = {width / height for width, height in sizes}
        if any(abs(shape * look.height / look.width - 1) > SHAPE for shape in shapes):
            words += ": another shape of picture; zones and calibration lie elsewhere in it"
        elif any(look.width < width for width, _ in sizes):
            words += ": fewer pixels per metre than the rules were judged by; correct `calibration.picture`"
        else:
            return ""
        log.warning("picture_is_not_the_calibrated_one", camera=look.camera_id, why=words)
        return words

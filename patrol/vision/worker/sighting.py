"""The sight of a camera out of its configuration: what judges its pictures, and its faults as incidents."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from types import ModuleType

import cv2
import structlog

from patrol.config.checks import RESERVED
from patrol.config.faults import FaultsConfig
from patrol.config.models import CameraConfig
from patrol.config.views import ViewConfig
from patrol.core.camera import CameraHealth, CameraState
from patrol.core.detections import GREY_WIDTH, Look
from patrol.core.errors import ConfigError
from patrol.core.media import Grey
from patrol.core.observation import Observation, Presence
from patrol.core.place import Place
from patrol.core.protocols import Analytic, Sighting
from patrol.core.sight import Light, Reason, Sight, TaskSight
from patrol.core.zone import WHOLE_PICTURE
from patrol.vision.candidates.debounce import Timing
from patrol.vision.candidates.engine import CandidateEngine, Rule
from patrol.vision.sight.bearing import View
from patrol.vision.sight.camera import PICTURE_FAULTS, CameraSight
from patrol.vision.sight.fault_rules import PictureFault, fault
from patrol.vision.sight.grain import Grain
from patrol.vision.sight.lit import Lit
from patrol.vision.sight.placed import Placed
from patrol.vision.sight.standing import STANDS_S
from patrol.vision.sight.unseen import MotionUnseen

log = structlog.get_logger(__name__)

PREFIX = RESERVED
"""Of the ids of built-in rules."""
SHARE = 0.7
"""Share of the looks within `for_s` that must show a fault: registration fails now and then where crowds walk
(one look in four on the square, shifted downwards)."""
LEAST_S = 2.0
"""Least time of a rule: one look more than the first, at the default rate."""
OWN_WORDS = frozenset(
    (
        *(*PICTURE_FAULTS, "turned", "no-view", "other-view", "no-class", "camera"),
        *("crowd-too-dense", "crowd-unreadable"),  # `density-unreadable`, where people are known to be there
        # Whether somebody who stays has gear is no fault of the camera's.
        *("rods-unsure", "rods-unseen", "nets-unseen", "no-second-look", "no-picture", "gear-not-looked"),
        *("rods-too-far", "rods-too-dark", "rods-no-contrast", "rods-blurred", "rods-by-night"),
    )
)
"""Reasons that have an incident of their own, or are no matter for the maintenance unit: a rule that is blind
for one of these raises no `camera.blind`."""
UNKNOWN = Observation(Presence.CANNOT_TELL, 0.0, "", 0.0, reason=Reason("cannot-tell"))


class _Told:
    """The analytic of a fault that no picture shows: `FaultWatch` tells the engine of it."""

    def observe(self, look: Look) -> Observation:
        """A picture says nothing about it."""
        del look
        return UNKNOWN


def build_sighting(camera: CameraConfig) -> Sighting | None:
    """What judges a camera's pictures; None where that is switched off, and it has no views.

    Raises:
        ConfigError: the reference picture of a view cannot be read.
    """
    if not camera.faults.enabled and not camera.views:
        return None
    views = tuple(View(view.id, _picture(view)) for view in camera.views)
    unknown = [view.id for view in views if view.picture is None][1:]
    if unknown:  # one is learnt where the dome points at the start; nothing tells the others apart
        log.warning("views_without_reference", camera=camera.id, never_known=unknown)
    return CameraSight(views, motion=bool(camera.rules))


def fault_rules(camera: CameraConfig) -> tuple[Rule, ...]:
    """The built-in rules about a camera itself, for `Watched.faults`."""
    config = camera.faults
    if not config.enabled:
        return ()
    pictures: Iterable[tuple[str, Analytic]] = (
        (code, PictureFault(code)) for code in PICTURE_FAULTS if code not in config.ignore
    )
    told: Iterable[tuple[str, Analytic]] = ((code, _Told()) for code in _TOLD if code not in config.ignore)
    return tuple(_rule(code, analytic, config) for code, analytic in (*pictures, *told))


_TOLD = ("offline", "blind")


def _rule(code: str, analytic: Analytic, config: FaultsConfig) -> Rule:
    lasts = {
        "offline": config.offline_s,
        "blind": config.blind_s,
        "frozen": max(LEAST_S, config.for_s - STANDS_S),  # it has stood still for so long already
    }.get(code, config.for_s)
    timing = Timing(lasts, config.clear_s, SHARE)
    return Rule(f"{PREFIX}{code}", "camera", f"camera-{code}", WHOLE_PICTURE, timing, analytic)


def seeing(
    analytic: Analytic, module: ModuleType, place: Place, view: str | None, grain: Grain | None = None
) -> Analytic:
    """A rule's analytic, which says when it cannot see: too little light, motion unseen, zone not in view.

    Args:
        analytic: as its plug-in has built it.
        module: the plug-in; `CLASSES`, where it has them, are what it counts, `LIGHT` is what it needs.
        place: where it looks.
        view: the dome's view that its zone belongs to.
        grain: of the camera, so that its rules measure noise once; None: the rule's own.
    """
    classes: tuple[str, ...] = getattr(module, "CLASSES", ())
    needed: Light | None = getattr(module, "LIGHT", None)
    watched = MotionUnseen(analytic, classes, place) if classes else analytic
    return placed(Lit(watched, needed, place, grain) if needed else watched, place, view)


def placed(analytic: Analytic, place: Place, view: str | None) -> Analytic:
    """An analytic that says when its zone is not in view; arguments as of `seeing`."""
    return analytic if place.zone is WHOLE_PICTURE else Placed(analytic, view)


class FaultWatch:
    """Tells the engine what no picture shows: cameras that are away, and rules that have long been blind.

    Args:
        engine: takes it.
    """

    def __init__(self, engine: CandidateEngine) -> None:
        self._engine = engine

    def step(self, health: CameraHealth) -> bool:
        """Once a second for each camera. False: nothing was told, a look holds the engine, and may hang."""
        with self._engine.held() as held:
            if held:
                self._tell(health)
        return held

    def _tell(self, health: CameraHealth) -> None:
        live = health.state is CameraState.LIVE
        away = None if live else Reason("offline", {"state": health.state.value, "detail": health.detail})
        self._engine.tell(health.camera_id, f"{PREFIX}offline", fault(away))
        said = _long_blind(self._engine.sights(health.camera_id)) if live else UNKNOWN
        self._engine.tell(health.camera_id, f"{PREFIX}blind", said)


def _long_blind(tasks: Iterable[TaskSight]) -> Observation:
    """Whether any rule is blind for a reason that has no incident of its own."""
    blind = [
        task
        for task in tasks
        if task.sight is Sight.BLIND and task.reason is not None and task.reason.code not in OWN_WORDS
    ]
    if not blind:
        return fault(None)
    first = blind[0].reason or Reason("cannot-tell")
    return fault(Reason(first.code, {**first.values, "rules": ", ".join(t.rule_id for t in blind)}))


def _picture(view: ViewConfig) -> Grey | None:
    """A view's reference picture, as small as a look's."""
    if view.reference is None:
        return None
    whole = cv2.imread(str(Path(view.reference)), cv2.IMREAD_GRAYSCALE)
    if whole is None:
        raise ConfigError(
            f"the reference picture of the view {view.id!r}, {view.reference}, cannot be read as JPEG or "
            "PNG; save one look of this view there, or leave `reference` out to have it learnt"
        )
    width = min(GREY_WIDTH, whole.shape[1])
    height = max(1, round(whole.shape[0] * width / whole.shape[1]))
    return cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA).astype("uint8", copy=False)

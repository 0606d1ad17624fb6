"""Rules of streams.yaml, built into what the engine applies; what a camera cannot see is refused."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from types import MappingProxyType, ModuleType

from patrol.config.load import Loaded
from patrol.config.models import ZoneConfig
from patrol.config.plugins import EffectiveRule, effective_rules
from patrol.core import plugins
from patrol.core.place import Place
from patrol.core.sight import Reason, Sight, TaskSight
from patrol.core.zone import WHOLE_PICTURE, Zone
from patrol.vision.candidates.debounce import Timing
from patrol.vision.candidates.engine import Rule
from patrol.vision.worker.seeing import ground_of, input_of, refusal

ANALYTICS = "patrol.vision.analytics"
Inputs = Mapping[str, tuple[int, int]]
"""Height and width of a detector's input, pixels, by the name that cameras use."""
NO_INPUTS: Inputs = MappingProxyType({})
"""No detector runs yet."""


def build_rules(loaded: Loaded, inputs: Inputs = NO_INPUTS) -> dict[str, tuple[Rule, ...]]:
    """The rules of all cameras that can see, by camera id; a camera without any is not in it.

    Args:
        loaded: the file.
        inputs: of detectors that run; of others, what the file and their manifests say.

    Raises:
        ConfigError: an analytic cannot be had, or a parameter is wrong; names file, line and key.
    """
    rules: dict[str, list[Rule]] = defaultdict(list)
    for effective, module, reason in _judged(loaded, inputs):
        if reason is None:
            rules[effective.camera.id].append(_build(effective, module, loaded.streams.site.time_zone))
    return {camera: tuple(found) for camera, found in rules.items()}


def refused_rules(loaded: Loaded, inputs: Inputs = NO_INPUTS) -> dict[str, tuple[TaskSight, ...]]:
    """The rules that their camera cannot see, with the reason, by camera id; they are not built.

    Args:
        loaded: the file.
        inputs: see `build_rules`.

    Raises:
        ConfigError: see `build_rules`.
    """
    refused: dict[str, list[TaskSight]] = defaultdict(list)
    for effective, module, reason in _judged(loaded, inputs):
        if reason is not None:
            task = TaskSight(effective.rule.id, module.KIND, Sight.REFUSED, reason)
            refused[effective.camera.id].append(task)
    return {camera: tuple(found) for camera, found in refused.items()}


def _judged(loaded: Loaded, inputs: Inputs) -> Iterator[tuple[EffectiveRule, ModuleType, Reason | None]]:
    """Each rule with its analytic, and why its camera cannot see what it asks for.

    An analytic says what it needs by exporting `needs(params) -> Needs`; one that does not runs anywhere.
    """
    for effective in effective_rules(loaded, ANALYTICS):
        module = plugins.load(ANALYTICS, effective.rule.use)
        reason = None
        if hasattr(module, "needs"):
            zone, view = _where(effective)
            camera = effective.camera
            model_input = inputs.get(camera.detector) or input_of(loaded, camera)
            reason = refusal(camera, zone, view, module.needs(effective.params), model_input)
        yield effective, module, reason


def _where(effective: EffectiveRule) -> tuple[Zone, str | None]:
    """A rule's zone, and the view that it belongs to."""
    for zone in effective.camera.zones:
        if zone.id == effective.rule.zone:
            return _zone(zone), zone.view
    return WHOLE_PICTURE, None


def _build(effective: EffectiveRule, module: ModuleType, time_zone: str) -> Rule:
    from patrol.vision.worker.sighting import seeing  # loads OpenCV, which `patrol check` has no use for

    rule, camera = effective.rule, effective.camera
    zone, view = _where(effective)
    place = Place(
        zone,
        excluded=tuple(
            _zone(z) for z in camera.zones if z.kind == "parking" and z.id != rule.zone and z.view == view
        ),
        ground=ground_of(camera, view),
        time_zone=time_zone,
        look_every_s=camera.look_every_s,
    )
    timing = Timing(rule.for_s, rule.clear_s, rule.share)
    analytic = seeing(module.build(effective.params, place), module, place, view)
    return Rule(rule.id, rule.use, module.KIND, zone, timing, analytic)


def _zone(zone: ZoneConfig) -> Zone:
    return Zone(zone.id, zone.name or zone.id, zone.kind, zone.polygon, zone.direction or "")

"""Rules of streams.yaml, built into what the engine applies; what a camera cannot see is refused."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from types import MappingProxyType, ModuleType
from typing import TYPE_CHECKING

from patrol.config.checks import COMPANION_SUFFIX
from patrol.config.load import Loaded
from patrol.config.models import ZoneConfig
from patrol.config.plugins import EffectiveRule, effective_rules
from patrol.config.problems import ConfigFileError
from patrol.core import plugins
from patrol.core.place import Means, Place, Uses
from patrol.core.sight import Reason, Sight, TaskSight
from patrol.core.zone import WHOLE_PICTURE, Zone
from patrol.vision.candidates.debounce import Timing
from patrol.vision.candidates.engine import Rule
from patrol.vision.worker.laws import laws_of
from patrol.vision.worker.means import build_means, missing_means
from patrol.vision.worker.seeing import ground_of, input_of, refusal

if TYPE_CHECKING:
    from patrol.vision.sight.grain import Grain

ANALYTICS = "patrol.vision.analytics"
EXCLUDED = ("parking", "mooring")
"""Kinds of zones in which nothing counts for other zones."""
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
        ConfigError: an analytic, or what it looks closer with, cannot be had, or a parameter is wrong; names
            file, line and key.
        ModelError: a model that a rule looks closer with is not there, or is none of its kind.
    """
    rules: dict[str, list[Rule]] = defaultdict(list)
    judged = [(rule, module) for rule, module, reason in _judged(loaded, inputs) if reason is None]
    means = build_means(loaded, (uses_of(rule) for rule, _ in judged))
    grains: dict[str, Grain] = {}
    for effective, module in judged:
        rules[effective.camera.id] += _build(loaded, effective, module, means, grains)
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
    rules = [
        (effective, plugins.load(ANALYTICS, effective.rule.use))
        for effective in effective_rules(loaded, ANALYTICS)
    ]
    if problems := missing_means(loaded, ((rule, uses_of(rule)) for rule, _ in rules)):
        raise ConfigFileError(problems)
    for effective, module in rules:
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


def uses_of(effective: EffectiveRule) -> Uses:
    """What a rule looks closer with: its analytic says so by exporting `uses(params) -> Uses`.

    Raises:
        PluginError: the analytic cannot be had.
    """
    module = plugins.load(ANALYTICS, effective.rule.use)
    found: Uses = module.uses(effective.params) if hasattr(module, "uses") else Uses()
    return found


def _build(
    loaded: Loaded, effective: EffectiveRule, module: ModuleType, means: Means, grains: dict[str, Grain]
) -> list[Rule]:
    """A rule, and its companion if it has one; `grains` are by camera, and are added to.

    An analytic whose module exports `COMPANION`, a kind, has an attribute `companion`: a second Analytic that
    is asked after it about the same look, as a rule of its own.
    """
    # These load OpenCV, which `patrol check` does not need.
    from patrol.vision.sight.grain import Grain
    from patrol.vision.worker.sighting import placed, seeing

    rule, (zone, view) = effective.rule, _where(effective)
    place = _place(loaded, effective, means)
    timing = Timing(rule.for_s, rule.clear_s, rule.share)
    analytic = module.build(effective.params, place)
    grain = grains.setdefault(effective.camera.id, Grain())
    sees = seeing(analytic, module, place, view, grain)
    rules = [Rule(rule.id, rule.use, module.KIND, zone, timing, sees)]
    if hasattr(module, "COMPANION"):
        second = placed(analytic.companion, place, view)
        rules.append(Rule(f"{rule.id}{COMPANION_SUFFIX}", rule.use, module.COMPANION, zone, timing, second))
    return rules


def _place(loaded: Loaded, effective: EffectiveRule, means: Means) -> Place:
    camera, rule = effective.camera, effective.rule
    zone, view = _where(effective)
    others = [one for one in camera.zones if one.id != rule.zone and one.view == view]
    own = next((one for one in camera.zones if one.id == rule.zone), None)
    return Place(
        zone,
        excluded=tuple(_zone(one) for one in others if one.kind in EXCLUDED),
        ground=ground_of(camera, view),
        time_zone=loaded.streams.site.time_zone,
        look_every_s=camera.look_every_s,
        laws=laws_of(loaded.streams, own) if own else (),
        neighbours=tuple(_zone(one) for one in others),
        means=means,
    )


def _zone(zone: ZoneConfig) -> Zone:
    return Zone(zone.id, zone.name or zone.id, zone.kind, zone.polygon, zone.direction or "")

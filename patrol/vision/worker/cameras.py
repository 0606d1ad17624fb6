"""One camera's parts, wired: source, ring, gate, reader, rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import structlog

from patrol.config.load import Loaded
from patrol.config.models import CameraConfig
from patrol.config.secrets import login_of
from patrol.core.feasibility import words
from patrol.core.protocols import Clock
from patrol.core.sight import TaskSight
from patrol.vision.candidates.engine import Watched
from patrol.vision.gating.pace import LookPacer
from patrol.vision.sources import source_for
from patrol.vision.sources.camera import CameraReader
from patrol.vision.sources.mailbox import Mailbox
from patrol.vision.sources.ring import PacketRing
from patrol.vision.worker.rules import NO_INPUTS, Inputs, build_rules, refused_rules
from patrol.vision.worker.sighting import fault_rules

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class CameraUnit:
    """A camera of this worker; `refused` are the rules that it cannot see for, and why."""

    config: CameraConfig
    reader: CameraReader
    watched: Watched
    refused: tuple[TaskSight, ...] = ()


def build_cameras(
    loaded: Loaded, environ: Mapping[str, str], mailbox: Mailbox, clock: Clock, inputs: Inputs = NO_INPUTS
) -> dict[str, CameraUnit]:
    """All cameras of streams.yaml by id, built and not started.

    Args:
        loaded: the file.
        environ: where passwords are.
        mailbox: takes the keyframes.
        clock: the time.
        inputs: of the detectors; a rule may ask for more than they leave of the picture.

    Raises:
        ConfigError: a password, a parameter or a file is not what it should be.
    """
    rules, refused = build_rules(loaded, inputs), refused_rules(loaded, inputs)
    units: dict[str, CameraUnit] = {}
    for camera in loaded.streams.cameras:
        evidence = camera.evidence
        ring = PacketRing(evidence.ring_s, int(evidence.ring_mb * 1_000_000))
        source = source_for(camera.url, login_of(camera, loaded.path.parent, environ), clock)
        reader = CameraReader(camera.id, source, ring, LookPacer(camera.look_every_s), mailbox, clock)
        watched = Watched(
            camera.id,
            rules.get(camera.id, ()),
            ring,
            evidence.pre_s,
            evidence.post_s,
            fault_rules(camera),
        )
        units[camera.id] = CameraUnit(camera, reader, watched, refused.get(camera.id, ()))
        for task in units[camera.id].refused:
            why = words(task.reason) if task.reason else ""
            log.warning("rule_refused", camera=camera.id, rule=task.rule_id, why=why)
    return units

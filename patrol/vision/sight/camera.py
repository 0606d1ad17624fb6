"""The sight of one camera: a `Sighting` that names faults of the picture, the dome's view, and what moves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from patrol.core.detections import Look
from patrol.core.geometry import Boxes
from patrol.core.sight import Reason, Seeing
from patrol.vision.sight import faults
from patrol.vision.sight.bearing import Bearing, Pointing, View
from patrol.vision.sight.measures import Measures, measure
from patrol.vision.sight.motion import Motion
from patrol.vision.sight.standing import Standing
from patrol.vision.sight.usual import Usual

PICTURE_FAULTS = ("black", "overexposed", "blurred", "covered", "frozen", "moved")
"""Codes of all faults that pictures show, the one that hides the others first."""
BLINDING = PICTURE_FAULTS[:-1]
"""Those that leave nothing to judge. A camera that was moved still shows something: only its zones are
off."""


@dataclass(frozen=True, slots=True, eq=False)
class _Judged:
    """Faults of one picture so far, and whether others may still be looked for."""

    faults: Mapping[str, Reason | None]

    @property
    def first(self) -> Reason | None:
        return next((reason for reason in self.faults.values() if reason), None)


class CameraSight:
    """A Sighting: see `patrol.core.protocols`. 0.5 to 0.8 ms a look (docs/design/cannot-see.md).

    Args:
        views: of a dome camera; none: it looks one way.
        motion: whether what moves is looked for.
    """

    def __init__(self, views: Sequence[View] = (), *, motion: bool = True) -> None:
        self._usual = Usual()
        self._standing = Standing()
        self._bearing = Bearing(views)
        self._motion = Motion() if motion else None
        self._scene: int | None = None
        self._turns = 0
        self._sound = True

    def examine(self, look: Look) -> Look:
        """The look with `seeing`, `blind` and `scene` set. One without a grey picture is not judged."""
        if look.grey is None:
            return look
        now = measure(look.grey)
        if self._jumped(look):
            self._meet_again(now)
        judged = _Judged(self._structural(look, now))
        pointing = Pointing()
        if judged.first is None:
            self._usual.learn(look.arrived, now)
            pointing = self._bearing.judge(look.arrived, now)
            if pointing.turned:
                self._turn()
            judged = _Judged({**judged.faults, **pointing.faults})
        self._sound = judged.first is None
        seeing = Seeing(
            faults=judged.faults,
            conditions=faults.conditions(now),
            view=pointing.view,
            astray=pointing.astray,
            motion=self._moving(now),
        )
        blind = next((judged.faults[code] for code in BLINDING if judged.faults.get(code)), None)
        return replace(look, seeing=seeing, blind=look.blind or blind, scene=look.scene + self._turns)

    def _jumped(self, look: Look) -> bool:
        before, self._scene = self._scene, look.scene
        return before is not None and before != look.scene

    def _meet_again(self, now: Measures) -> None:
        """After a jump that the source has told of.

        Another place has nothing to do with what was known; the same place, moved or half covered, has.
        """
        if self._motion is not None:
            self._motion.forget()
        place = faults.cover(now, self._usual) is None
        if self._sound and place and not self._bearing.recognises(now):
            self._usual.forget()
            self._bearing.forget()

    def _turn(self) -> None:
        """The dome looks elsewhere now: trackers begin anew, and so does what is usual."""
        self._turns += 1
        self._usual.forget()
        if self._motion is not None:
            self._motion.forget()

    def _structural(self, look: Look, now: Measures) -> dict[str, Reason | None]:
        """Faults up to the first one that is there: what it hides is left out, not denied."""
        assert look.grey is not None  # noqa: S101  examine has seen to it
        found: dict[str, Reason | None] = {}
        standing = self._standing.judge(look.arrived, look.grey)
        checks: tuple[tuple[str, Callable[[], Reason | None]], ...] = (
            ("black", lambda: faults.darkness(now)),
            ("overexposed", lambda: faults.overexposure(now)),
            ("blurred", lambda: faults.blur(now, self._usual)),
            ("covered", lambda: faults.cover(now, self._usual)),
            ("frozen", lambda: standing),
        )
        for code, check in checks:
            found[code] = check()
            if found[code] is not None:
                break
        return found

    def _moving(self, now: Measures) -> Boxes | None:
        return None if self._motion is None else self._motion.step(now.half, now.middle)

"""Follows a demo through the desk's own API, as an operator's page would."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from patrol.cli._demo_streams import CAMERAS
from patrol.cli._desk_client import DeskClient
from patrol.cli._milestones import Milestones
from patrol.core.errors import DeliveryError, StoreError
from patrol.core.protocols import Clock

EVERY_S = 1.0
SETTLE_S = 60.0
"""After the first row: its clip runs on for ten seconds, and its preview takes a few more to make."""
_SETTLED = {"ready", "missing"}


class DemoWatch:
    """What has been seen of the demo so far. Call it often; it asks the desk once a second.

    Args:
        connect: a session at the desk; asked again while it fails.
        milestones: told of cameras live and of the first gathering.
        say: takes a line for people whenever a camera's state changes.
    """

    def __init__(
        self,
        connect: Callable[[], DeskClient],
        milestones: Milestones,
        clock: Clock,
        say: Callable[[str], None],
    ) -> None:
        self._connect, self._milestones, self._clock, self._say = connect, milestones, clock, say
        self._desk: DeskClient | None = None
        self._next = 0.0
        self._seen_live: set[str] = set()
        self._states: dict[str, str] = {}
        self._found_at = 0.0
        self.row: dict[str, Any] | None = None
        """The first intake row, as the desk gave it last."""
        self.problem = "the desk has not been asked yet"
        self.detector = ""

    def look(self) -> None:
        """Ask the desk, if it is time again."""
        now = self._clock.monotonic()
        if now < self._next:
            return
        self._next = now + EVERY_S
        try:
            self._desk = self._desk or self._connect()
            self._look_at_cameras(self._desk.cameras())
            self._look_for_row(self._desk)
            self.problem = ""
        except (DeliveryError, StoreError) as error:
            self.problem = str(error)

    def settled(self) -> bool:
        """Whether the first row is there, with all its evidence, or as much as came within `SETTLE_S`."""
        if self.row is None:
            return False
        pieces = self.row["evidence"].values()
        complete = all(piece["status"] in _SETTLED for piece in pieces) and len(pieces) > 0
        return complete or self._clock.monotonic() - self._found_at > SETTLE_S

    def missing(self) -> list[str]:
        """What stands between the demo and its first gathering, in sentences."""
        lines = [self.problem] if self.problem else []
        unseen = [camera.id for camera in CAMERAS if camera.id not in self._seen_live]
        lines += [f"{name} was never live, but {self._states.get(name, 'not known')}" for name in unseen]
        if self.row is None:
            lines.append("no gathering has reached the desk")
        if self.detector:
            lines.append(f"detector: {self.detector}")
        return lines

    def close(self) -> None:
        """Sign off."""
        if self._desk is not None:
            self._desk.close()

    def _look_at_cameras(self, answer: dict[str, Any]) -> None:
        for worker in answer["workers"]:
            self.detector = str(worker["detector"])
        for camera in answer["cameras"]:
            state, before = str(camera["state"]), self._states.get(camera["id"])
            self._states[camera["id"]] = state
            if state == "live":
                self._seen_live.add(camera["id"])
            if before is not None and before != state:
                detail = f": {camera['detail']}" if camera["detail"] else ""
                self._say(f"camera {camera['id']} ({camera['name']}) is {state}, was {before}{detail}")
        if self._seen_live >= {camera.id for camera in CAMERAS}:
            self._milestones.reach("cameras live", f"all {len(CAMERAS)}, over RTSP")

    def _look_for_row(self, desk: DeskClient) -> None:
        if self.row is not None:
            self.row = desk.candidate(self.row["id"])
            return
        self.row = desk.first_candidate()
        if self.row is not None:
            self._found_at = self._clock.monotonic()
            what = (
                f"{self.row['kind']} at {self.row['camera_name']}, {self.row['value']:g} {self.row['unit']}"
            )
            self._milestones.reach("first gathering", what)

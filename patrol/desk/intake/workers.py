"""What the workers say of themselves, and since when one of them says nothing any more."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass
from datetime import datetime

from patrol.core.protocols import Clock
from patrol.core.zone import WHOLE_PICTURE
from patrol.desk.store.rows import Place
from patrol.queue.wire import CameraReport, WorkerStatus

SILENT_S = 10.0
"""Five reports missed: a worker that has said nothing for so long is not believed any more."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A worker's last report, and how long ago it came, in this desk's own time."""

    status: WorkerStatus
    silent_s: float

    @property
    def stale(self) -> bool:
        """What it said last must not be shown as how things are."""
        return self.silent_s > SILENT_S


class Roster:
    """All workers that ever reported. Silence is measured here, so a worker's wrong clock does not matter.

    Only for a worker's first report is its own clock asked, so that one which died long before the desk
    started is not taken for alive.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._seen: dict[str, tuple[WorkerStatus, float]] = {}

    def update(self, statuses: Iterable[WorkerStatus], unreadable: Container[str] = ()) -> None:
        """Take over what the queue holds now; workers that were forgotten there are forgotten here.

        Of an `unreadable` one the last report stays, and grows old: its cameras are not seen, and not gone.
        """
        now, instant = self._clock.now(), self._clock.monotonic()
        silent = {worker: seen for worker, seen in self._seen.items() if worker in unreadable}
        self._seen = silent | {s.worker_id: (s, self._heard_at(s, now, instant)) for s in statuses}

    def _heard_at(self, status: WorkerStatus, now: datetime, instant: float) -> float:
        if status.worker_id not in self._seen:
            return instant - max(0.0, (now - status.at).total_seconds())
        before, heard_at = self._seen[status.worker_id]
        return heard_at if before.at == status.at else instant

    def all(self) -> list[Seen]:
        """By worker id."""
        instant = self._clock.monotonic()
        return [Seen(status, instant - heard) for _, (status, heard) in sorted(self._seen.items())]

    def address_of(self, worker_id: str) -> str | None:
        """Where a worker's media is, None while it is silent or unknown."""
        found = next((seen for seen in self.all() if seen.status.worker_id == worker_id), None)
        return None if found is None or found.stale else found.status.media_url

    def find_camera(self, camera_id: str) -> tuple[Seen, CameraReport] | None:
        """A camera and its worker; one whose worker is not silent first."""
        for seen in sorted(self.all(), key=lambda one: one.stale):
            for camera in seen.status.cameras:
                if camera.id == camera_id:
                    return seen, camera
        return None

    def place_of(self, worker_id: str, camera_id: str, zone_id: str) -> Place:
        """How a worker calls and draws a camera and a zone now; empty where it has not said."""
        status, _ = self._seen.get(worker_id, (None, 0.0))
        cameras = () if status is None else status.cameras
        camera = next((camera for camera in cameras if camera.id == camera_id), None)
        if camera is None:
            return Place()
        zone = next((zone for zone in camera.zones if zone.id == zone_id), None)
        if zone is None:
            whole = zone_id == WHOLE_PICTURE.id
            return Place(camera.name, "", WHOLE_PICTURE.polygon if whole else ())
        return Place(camera.name, zone.name, zone.polygon)

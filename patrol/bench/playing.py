"""Playing a clip for ever to everybody who watches, in real time and at little cost."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from patrol.bench.clip import Clip
from patrol.bench.faults import Fault, FaultKind
from patrol.bench.login import Login
from patrol.bench.rtp import CLOCK_RATE
from patrol.core.protocols import Clock

BUFFER_BYTES = 4 << 20
"""What one slow client may have waiting: about 10 s of a 3 Mb/s camera. Beyond it, pictures are dropped."""


@dataclass(frozen=True, slots=True)
class CameraSpec:
    """One camera of a farm: `rtsp://127.0.0.1:PORT/NAME`."""

    name: str
    clip: Clip
    login: Login | None = None
    faults: tuple[Fault, ...] = ()


@dataclass(slots=True)
class Counts:
    """What one camera has done so far. Written by the farm's thread alone."""

    sessions: int = 0
    """PLAY requests granted."""
    sent: int = 0
    """Pictures handed to a connection."""
    sent_bytes: int = 0
    dropped: int = 0
    """Pictures that a client was too slow for."""


@dataclass(slots=True, eq=False)
class Camera:
    """A camera as it runs."""

    spec: CameraSpec
    counts: Counts = field(default_factory=Counts)
    injected: FaultKind | None = None
    """Set from outside, for tests that cannot wait for a schedule; outranks it."""

    def fault(self, elapsed_s: float) -> FaultKind | None:
        """What is wrong with it now."""
        if self.injected is not None:
            return self.injected
        for fault in self.spec.faults:
            if fault.active(elapsed_s):
                return fault.kind
        return None


@dataclass(slots=True, eq=False)
class Viewer:
    """One connection that plays one camera."""

    camera: Camera
    transport: asyncio.WriteTransport
    wants_keyframe: bool = True
    """True until the next keyframe: after joining, a silence or a drop, the rest could not be decoded."""

    def offer(self, data: bytes, *, is_keyframe: bool) -> None:
        """Send one picture, unless the client is behind."""
        if self.wants_keyframe and not is_keyframe:
            return
        counts, transport = self.camera.counts, self.transport
        if transport.is_closing():
            return
        if transport.get_write_buffer_size() > BUFFER_BYTES:
            counts.dropped += 1
            self.wants_keyframe = True
            return
        self.wants_keyframe = False
        counts.sent += 1
        counts.sent_bytes += len(data)
        transport.write(data)


class Pump:
    """One phase of one clip: stamps each picture once, whatever the number of cameras that show it."""

    def __init__(self, clip: Clip, phase: int, phases: int) -> None:
        self.viewers: set[Viewer] = set()
        self.late_s = 0.0
        """The most that a picture left after its time: how well the farm keeps up."""
        self._clip = clip
        self._start = clip.start(phase, phases)
        self._slot_s = phase / phases / clip.rate
        self._sequence = 0

    async def run(self, clock: Clock, began: float) -> None:
        """Play until cancelled. `began` is the farm's beginning, monotonic seconds."""
        units, loop_s = self._clip.units, self._clip.duration_s
        offset = began + self._slot_s - units[self._start].due_s
        index, loops = self._start, 0
        while True:
            unit = units[index]
            due = offset + loops * loop_s + unit.due_s
            # Even when it is late it lets the others run.
            await asyncio.sleep(max(0.0, due - clock.monotonic()))
            self.late_s = max(self.late_s, clock.monotonic() - due)
            if self.viewers:
                base = round(loops * loop_s * CLOCK_RATE)
                self._send(unit.stamped(self._sequence, base), clock.monotonic() - began, unit.is_keyframe)
            self._sequence = (self._sequence + len(unit.patches)) & 0xFFFF
            index += 1
            if index == len(units):
                index, loops = 0, loops + 1

    def _send(self, data: bytes, elapsed_s: float, is_keyframe: bool) -> None:  # noqa: FBT001  private
        for viewer in tuple(self.viewers):
            fault = viewer.camera.fault(elapsed_s)
            if fault in (FaultKind.VANISH, FaultKind.REFUSE):
                self.viewers.discard(viewer)
                viewer.transport.close()
            elif fault is FaultKind.SILENT:
                viewer.wants_keyframe = True
            else:
                viewer.offer(data, is_keyframe=is_keyframe)


MAX_PHASES = 32
"""Groups of cameras that show a clip at the same instant; their packets are stamped once."""


class Stage:
    """The cameras of a farm and what plays them."""

    def __init__(self, specs: Sequence[CameraSpec], clock: Clock) -> None:
        self.cameras = {spec.name: Camera(spec) for spec in specs}
        self._clock = clock
        self._began = clock.monotonic()
        self._pumps = _pumps(specs)

    @property
    def late_s(self) -> float:
        """The most that any picture left after its time so far."""
        return max(pump.late_s for pump in self._pumps.values())

    def fault_of(self, camera: Camera) -> FaultKind | None:
        """What is wrong with a camera now."""
        return camera.fault(self._clock.monotonic() - self._began)

    def enter(self, viewer: Viewer) -> None:
        """Play to this connection from the next keyframe on."""
        viewer.camera.counts.sessions += 1
        self._pumps[viewer.camera.spec.name].viewers.add(viewer)

    def leave(self, viewer: Viewer) -> None:
        """Stop playing to it."""
        self._pumps[viewer.camera.spec.name].viewers.discard(viewer)

    async def run(self) -> None:
        """Play until cancelled. The schedules of the faults begin now."""
        self._began = self._clock.monotonic()
        async with asyncio.TaskGroup() as tasks:
            for pump in set(self._pumps.values()):
                tasks.create_task(pump.run(self._clock, self._began))


def _pumps(cameras: Sequence[CameraSpec]) -> dict[str, Pump]:
    """Spread the cameras of each clip over its phases."""
    by_clip: dict[int, list[CameraSpec]] = {}
    for spec in cameras:
        by_clip.setdefault(id(spec.clip), []).append(spec)
    pumps: dict[str, Pump] = {}
    for group in by_clip.values():
        phases = min(len(group), MAX_PHASES)
        shared = [Pump(group[0].clip, phase, phases) for phase in range(phases)]
        pumps |= {spec.name: shared[index % phases] for index, spec in enumerate(group)}
    return pumps

"""`patrol bench cameras`: a farm, a queue and one real worker, measured over a steady window."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from pathlib import Path

import yaml

from patrol.bench.clip import Clip, load_clip
from patrol.bench.download import sha256_of
from patrol.bench.encode import StreamSettings
from patrol.bench.figures import Moment, between, fetch_figures
from patrol.bench.footage import bench_settings, find, make_stream_clip
from patrol.bench.machine import machine, source
from patrol.bench.process import usage
from patrol.bench.results import append
from patrol.cli._folder import media_token
from patrol.cli._output import progress
from patrol.cli._process import Child
from patrol.cli._stack import Machine, children, free_port, patrol
from patrol.cli._supervisor import Supervisor, stopped_by_signals
from patrol.config.settings import Settings
from patrol.core.clock import SystemClock, iso
from patrol.core.errors import ConfigError, DeliveryError, PatrolError
from patrol.core.protocols import Clock
from patrol.queue import names
from patrol.queue.client import Link
from patrol.queue.wire import WorkerStatus, parse_status

STREAMS = {"1080p": (1920, 1080, 25, 3000), "720p": (1280, 720, 25, 2000), "360p": (640, 360, 25, 500)}
"""Width, height, pictures a second, kilobits a second: what cameras of this trade are set to."""
CLIP_S = 40.0
WARM_UP_S = 15.0
"""After all cameras are live: reconnects have settled, caches are warm."""
LIVE_WITHIN_S = 90.0
FIRES_AFTER_S = WARM_UP_S + 10.0
"""`for_s` of the rules that can fire, so that their evidence is made inside the window."""
_MIN_COUNT, _NEVER = 3, 1000


@dataclass(frozen=True, slots=True)
class Scenario:
    """What is measured; see the options of the command."""

    cameras: int
    clip: Path | None
    stream: str
    look_every_s: float
    model: str
    gatherings: int
    seconds: float
    core: int


def measure(scenario: Scenario, values: Settings, results: Path | None) -> dict[str, object]:
    """Run it, keep the row where `results` says, and return it.

    Raises:
        ConfigError: the scenario is not possible here.
        PatrolError: something did not come up, or ended on the way.
    """
    _check(scenario)
    clock = SystemClock()
    clip = _clip(scenario, values)
    others = os.sched_getaffinity(0) - {scenario.core}
    if others:
        os.sched_setaffinity(0, others)  # and all children but the worker
    with tempfile.TemporaryDirectory(prefix="patrol-bench-") as folder:
        run = _Run(scenario, clip, Path(folder), values, clock)
        outcome = run.run()
    row = {
        "at": iso(clock.now()),
        **source(Path.cwd()),
        "machine": machine(),
        "scenario": {
            **asdict(scenario),
            "clip": clip.path.name,
            "model": Path(scenario.model).name,  # of a file: where it lay is nobody's business
            "clip_sha256": sha256_of(clip.path),
            "clip_kbps": round(clip.kbps),
            "clip_size": f"{clip.width}x{clip.height}",
            "clip_fps": round(clip.rate, 2),
            "clip_gop_s": round(clip.gop_s, 2),
            "clip_codec": clip.codec,
            "farm_on_another_core": bool(others),
        },
        **outcome,
    }
    if results is not None:
        append(results, row)
    return row


def _check(scenario: Scenario) -> None:
    if scenario.stream not in (*STREAMS, "as-is"):
        raise ConfigError(f"--stream {scenario.stream}: expected {', '.join(STREAMS)} or as-is")
    if scenario.stream == "as-is" and scenario.clip is None:
        raise ConfigError("--stream as-is needs a --clip")
    if scenario.core not in os.sched_getaffinity(0):
        raise ConfigError(f"--core {scenario.core}: this process may use {sorted(os.sched_getaffinity(0))}")


def _clip(scenario: Scenario, values: Settings) -> Clip:
    """The stream that the cameras send, made once and then out of the cache."""
    cache = values.cache_dir / "footage"
    if scenario.stream == "as-is" and scenario.clip is not None:
        return load_clip(scenario.clip)
    footage = find(scenario.clip, cache, progress)
    settings = bench_settings(footage.path, *STREAMS[scenario.stream])
    out = cache / f"{footage.path.stem}-{sha256_of(footage.path)[:12]}-{settings.tag()}-{CLIP_S:g}s.mp4"
    if not out.exists():
        progress(f"making the stream once: {_words(settings)}")
        make_stream_clip(footage.path, out, settings, CLIP_S, progress)
    return load_clip(out)


def _words(settings: StreamSettings) -> str:
    rate = Fraction(settings.fps)
    return f"{settings.width}x{settings.height}, {float(rate):g} fps, {settings.kbps} kb/s, {CLIP_S:g} s"


class _Run:
    """One measurement, from the start of the children to their end."""

    def __init__(self, scenario: Scenario, clip: Clip, folder: Path, values: Settings, clock: Clock) -> None:
        self._scenario, self._clip, self._folder, self._clock = scenario, clip, folder, clock
        self._values = replace(values, redis_url=None)  # its own queue, whatever the environment names
        self._farm_port = free_port()
        self._heard: list[dict[str, object]] = []
        self._queue_url = ""
        self._supervisor: Supervisor | None = None
        self._token = values.media_token or media_token(folder)
        self._live_by = 0.0
        self._measure_at: float | None = None
        self._moments: list[Moment] = []
        self._pid = 0
        self._status: WorkerStatus | None = None

    def run(self) -> dict[str, object]:
        """Results and detector."""
        stack = children(
            Machine(
                self._write_streams(),
                self._folder,
                free_port(),
                self._values,
                self._clock,
                desk=False,
                core=self._scenario.core,
            )
        )
        self._queue_url = stack[-1].env["PATROL_REDIS_URL"]
        self._supervisor = Supervisor([self._farm(), *stack])
        with stopped_by_signals(self._supervisor):
            self._supervisor.run(on_up=self._up, until=self._step)
        if len(self._moments) < 2 or self._status is None:
            raise PatrolError("stopped before the measurement was done")
        figures = between(self._moments[0], self._moments[1], self._scenario.look_every_s)
        progress(", ".join(f"{name} {value}" for name, value in figures.items()))
        return {"detector": self._status.detector, "farm": self._heard[-1], "result": figures}

    def _up(self) -> None:
        progress("all processes run; waiting for the cameras to be live")
        self._live_by = self._clock.monotonic() + LIVE_WITHIN_S

    def _step(self) -> bool:
        """One step of the measurement; True when it is done."""
        if not self._live_by:
            return False
        now = self._clock.monotonic()
        if self._measure_at is None:
            self._wait_for_cameras(now)
        elif now >= self._measure_at:
            self._moments.append(self._moment())
            self._measure_at = now + self._scenario.seconds
        return len(self._moments) == 2

    def _wait_for_cameras(self, now: float) -> None:
        self._status = self._ask_status()
        live = len(fetch_figures(self._status.media_url, self._token).live) if self._status else 0
        if live == self._scenario.cameras:
            progress(
                f"{live} cameras are live; measuring in {WARM_UP_S:g} s for {self._scenario.seconds:g} s"
            )
            self._measure_at = now + WARM_UP_S
        elif now > self._live_by:
            raise PatrolError(
                f"{live} of {self._scenario.cameras} cameras were live after {LIVE_WITHIN_S:g} s"
            )

    def _moment(self) -> Moment:
        pid = self._supervisor.pids().get("worker", 0) if self._supervisor else 0
        if self._status is None or (self._pid and pid != self._pid):
            raise PatrolError("the worker died while it was measured; its lines above say why")
        self._pid = pid
        figures = fetch_figures(self._status.media_url, self._token)
        return Moment(self._clock.monotonic(), figures, usage(pid))

    def _ask_status(self) -> WorkerStatus | None:
        try:
            with Link(self._queue_url) as link:
                flat = link.call("HGETALL", names.WORKERS)
                return parse_status(flat[1]) if flat else None
        except DeliveryError:
            return None

    def _farm(self) -> Child:
        def on_line(line: str) -> bool:
            if line.startswith("{"):
                self._heard.append(json.loads(line))
            return False

        count, port = str(self._scenario.cameras), str(self._farm_port)
        command = patrol("farm", str(self._clip.path), "--cameras", count, "--port", port, "--json")
        return Child("farm", command, ready=lambda: bool(self._heard), on_line=on_line)

    def _write_streams(self) -> Path:
        model = self._scenario.model
        model = str(Path(model).absolute()) if Path(model).is_file() else model
        streams = {
            "site": {"name": "benchmark", "language": "en"},
            "detectors": {"default": {"model": model}},
            "cameras": [self._camera(index) for index in range(self._scenario.cameras)],
        }
        path = self._folder / "streams.yaml"
        path.write_text(yaml.safe_dump(streams, allow_unicode=True, sort_keys=False), encoding="utf-8")
        return path

    def _camera(self, index: int) -> dict[str, object]:
        least = _MIN_COUNT if index < self._scenario.gatherings else _NEVER
        rule = {"id": "crowd", "use": "gathering", "for_s": FIRES_AFTER_S, "params": {"min_count": least}}
        return {
            "id": f"cam{index}",
            "name": f"camera {index}",
            "url": f"rtsp://127.0.0.1:{self._farm_port}/cam{index}",
            "look_every_s": self._scenario.look_every_s,
            "rules": [rule],
        }

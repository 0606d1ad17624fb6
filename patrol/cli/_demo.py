"""The demo, from footage to the first gathering."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from patrol.bench.footage import VTEST, demo_clip, find
from patrol.cli._demo_streams import CAMERAS, SILENCE, SILENT, demo_streams
from patrol.cli._demo_watch import DemoWatch
from patrol.cli._desk_client import DeskClient, sign_in
from patrol.cli._milestones import Milestones
from patrol.cli._output import progress
from patrol.cli._process import Child
from patrol.cli._stack import HOST, Machine, children, free_port, healthy, patrol
from patrol.cli._supervisor import Supervisor, stopped_by_signals
from patrol.config.settings import Settings
from patrol.core.clock import SystemClock
from patrol.core.errors import DeliveryError

_FARM_READY_S = 30.0


class Demo:
    """One demo, from footage to the end."""

    def __init__(self, values: Settings, folder: Path, port: int | None) -> None:
        # Its own queue and database, whatever the environment names: it is no place for real cases.
        self._values = replace(values, redis_url=None, database_url=None)
        self._folder, self._clock = folder, SystemClock()
        self._port = free_port(values.http_port if port is None else port)
        self._farm_port = free_port()
        self._milestones = Milestones(self._clock, progress)

    def run(self, footage: Path | None, timeout_s: float | None) -> dict[str, object]:
        """Until it is stopped, or with `timeout_s` until the first gathering or that time; what was found."""
        clip, sample = self._footage(footage)
        config = self._write_streams(sample=sample)
        machine = Machine(config, self._folder, self._port, self._values, env={"PATROL_DATABASE_URL": ""})
        supervisor = Supervisor([self._farm(clip), *children(machine)])
        watch = self._watch()

        def until() -> bool:
            watch.look()
            if timeout_s is None:
                return False
            return watch.settled() or self._milestones.elapsed_s >= timeout_s

        try:
            with stopped_by_signals(supervisor):
                supervisor.run(on_up=self._up, until=until, on_ready=self._milestones.reach)
        finally:
            watch.close()
        return self._found(watch, timeout_s)

    def _footage(self, named: Path | None) -> tuple[Path, bool]:
        """The clip that the cameras play, and whether it is the known sample."""
        cache = self._values.cache_dir / "footage"
        source = find(named, cache, progress)
        clip = demo_clip(source, cache, progress)
        self._milestones.reach("footage", source.origin)
        return clip, VTEST.is_at(source.path)

    def _write_streams(self, *, sample: bool) -> Path:
        path = self._folder / "streams.yaml"
        path.write_text(demo_streams(self._farm_port, sample=sample), encoding="utf-8")
        return path

    def _farm(self, clip: Path) -> Child:
        heard: list[str] = []

        def on_line(line: str) -> bool:
            if line.startswith("{"):  # the one line of --json, printed when it serves
                heard.append(line)
            return False

        names = ",".join(camera.id for camera in CAMERAS)
        command = patrol("farm", str(clip), "--names", names, "--port", str(self._farm_port), "--json")
        silence = ("--silent", f"{SILENT}:{SILENCE}")
        return Child(
            "farm",
            (*command, *silence),
            ready=lambda: bool(heard),
            ready_timeout_s=_FARM_READY_S,
            on_line=on_line,
        )

    def _watch(self) -> DemoWatch:
        def connect() -> DeskClient:
            if not healthy(self._port):
                raise DeliveryError("the desk is not up yet")
            return sign_in(
                self._values, self._folder / "desk", f"http://{HOST}:{self._port}", self._clock, "demo"
            )

        return DemoWatch(connect, self._milestones, self._clock, progress)

    def _up(self) -> None:
        progress(f"the page is at http://{HOST}:{self._port}/ (open the sign-in link above); Ctrl-C ends all")
        progress(f"another sign-in link: patrol link --data-dir {self._folder / 'desk'}")

    def _found(self, watch: DemoWatch, timeout_s: float | None) -> dict[str, object]:
        timings = {**self._milestones.reached, "total": round(self._milestones.elapsed_s, 1)}
        progress("seconds since the start: " + ", ".join(f"{name} {at:g}" for name, at in timings.items()))
        if watch.row is None:
            missing = watch.missing()
            if timeout_s is not None:
                progress(f"no gathering within {timeout_s:g} s: {'; '.join(missing)}")
            return {"missing": missing, "timings": timings}
        row = watch.row
        kept = {name: row[name] for name in ("id", "kind", "begin", "raised", "received_at", "value", "unit")}
        return {
            **kept,
            "camera": row["camera_id"],
            "rule": row["rule_id"],
            "evidence": row["evidence"],
            "detector": watch.detector,
            "timings": timings,
        }


def wipe(folder: Path) -> None:
    """Remove what an earlier demo left behind; the folder and its lock stay."""
    for name in ("queue", "desk", "worker"):
        if (folder / name).exists():
            shutil.rmtree(folder / name)

"""`patrol farm`: clips as RTSP cameras on the loopback, until it is stopped."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from patrol.cli._output import emit, progress
from patrol.core.errors import ConfigError

if TYPE_CHECKING:
    from patrol.bench.clip import Clip
    from patrol.bench.farm import Farm
    from patrol.bench.faults import Fault
    from patrol.bench.login import Login

LOGIN_VARIABLE = "PATROL_FARM_LOGIN"
_WHEN = "CAMERA:FROM:TO[:EVERY], in seconds; may be given again"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(farm)


def farm(
    clips: Annotated[list[Path], typer.Argument(metavar="CLIP...", help="Videos with H.264 or H.265.")],
    *,
    cameras: Annotated[int, typer.Option(min=1, max=2000, help="How many; they show the clips in turn.")] = 4,
    names: Annotated[str, typer.Option(help="Their paths, with commas between; default: cam0,cam1,...")] = "",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 0,
    silent: Annotated[list[str] | None, typer.Option(help=f"Keeps the line, sends nothing: {_WHEN}.")] = None,
    vanish: Annotated[list[str] | None, typer.Option(help=f"Hangs up on everybody: {_WHEN}.")] = None,
    refuse: Annotated[list[str] | None, typer.Option(help=f"Answers 503: {_WHEN}.")] = None,
    slow: Annotated[list[str] | None, typer.Option(help=f"Answers after 3 s: {_WHEN}.")] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print addresses when it serves, totals at the end.")
    ] = False,
) -> None:
    """Play clips as RTSP cameras on 127.0.0.1, until stopped.

    A login that every camera asks for comes from the environment: PATROL_FARM_LOGIN=digest:USER:PASSWORD
    (or basic:USER:PASSWORD).
    """
    from patrol.bench.clip import load_clip
    from patrol.bench.farm import Farm, cameras_of
    from patrol.config.logging import configure_logging
    from patrol.config.settings import settings

    configure_logging(settings(os.environ))
    paths = names.split(",") if names else [f"cam{index}" for index in range(cameras)]
    faults = _faults({"silent": silent, "vanish": vanish, "refuse": refuse, "slow": slow}, paths)
    login = _login(os.environ)
    loaded = [load_clip(path) for path in clips]
    for clip in loaded:
        progress(_described(clip))
    _serve(Farm(cameras_of(loaded, paths, login, faults), port=port), as_json=as_json)


def _described(clip: Clip) -> str:
    return (
        f"{clip.path.name}: {clip.codec} {clip.width}x{clip.height}, {clip.rate:.4g} fps, "
        f"{clip.kbps:.0f} kb/s, "
        f"a keyframe every {clip.gop_s:.2f} s, {clip.duration_s:.0f} s long"
    )


def _serve(farm: Farm, *, as_json: bool) -> None:
    import asyncio
    import signal

    names = list(farm.stage.cameras)

    def ready() -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, farm.stop)
        urls = [farm.url(name) for name in names]
        progress(f"{len(urls)} cameras: {' '.join(urls[:4])}{' ...' if len(urls) > 4 else ''}")
        if as_json:
            emit({"port": farm.port, "urls": urls})

    asyncio.run(farm.serve(ready))
    totals = _totals(farm)
    progress(
        f"sent {totals['pictures']} pictures, {totals['megabytes']} MB; dropped {totals['dropped']} for slow "
        f"clients; at most {totals['late_ms']} ms late"
    )
    if as_json:
        emit(totals)


def _totals(farm: Farm) -> dict[str, object]:
    counts = [camera.counts for camera in farm.stage.cameras.values()]
    return {
        "cameras": len(counts),
        "sessions": sum(c.sessions for c in counts),
        "pictures": sum(c.sent for c in counts),
        "megabytes": round(sum(c.sent_bytes for c in counts) / 1e6, 1),
        "dropped": sum(c.dropped for c in counts),
        "late_ms": round(farm.stage.late_s * 1000),
    }


def _faults(
    schedules: Mapping[str, Sequence[str] | None], cameras: Sequence[str]
) -> dict[str, tuple[Fault, ...]]:
    """Faults by camera.

    Raises:
        ConfigError: a schedule that cannot be read, or of a camera that is not there.
    """
    from patrol.bench.faults import FaultKind, parse_fault

    found: dict[str, tuple[Fault, ...]] = {}
    for kind, texts in schedules.items():
        for text in texts or ():
            try:
                camera, fault = parse_fault(FaultKind(kind), text)
            except ValueError as error:
                raise ConfigError(f"--{kind}: {error}") from None
            if camera not in cameras:
                raise ConfigError(
                    f"--{kind} {text}: no camera {camera!r}; there are {', '.join(cameras[:8])}"
                )
            found[camera] = (*found.get(camera, ()), fault)
    return found


def _login(environ: Mapping[str, str]) -> Login | None:
    from patrol.bench.login import Login
    from patrol.core.redact import Secret

    value = environ.get(LOGIN_VARIABLE)
    if not value:
        return None
    scheme, _, rest = value.partition(":")
    user, colon, password = rest.partition(":")
    if user and colon and scheme == "basic":
        return Login(user, Secret(password), "basic")
    if user and colon and scheme == "digest":
        return Login(user, Secret(password), "digest")
    raise ConfigError(f"{LOGIN_VARIABLE} is not digest:USER:PASSWORD or basic:USER:PASSWORD")

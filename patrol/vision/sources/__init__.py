"""Cameras: RTSP and files that play as cameras, their states, packet rings and reader threads.

A source is a plug-in: a module here that exports `Params` and `build(params, clock, login)`.
"""

from __future__ import annotations

from typing import Protocol, cast
from urllib.parse import urlsplit

from patrol.core import plugins
from patrol.core.errors import ConfigError
from patrol.core.protocols import Clock, Source
from patrol.core.redact import Secret, redact_url


class Login(Protocol):
    """User and password of a camera."""

    @property
    def username(self) -> str:
        """As the camera knows it."""
        ...

    @property
    def password(self) -> Secret:
        """Revealed only in the call that connects."""
        ...


def source_for(url: str, login: Login | None, clock: Clock) -> Source:
    """The source that an address of streams.yaml means: `rtsp://...`, `file://...` or a path.

    Raises:
        ConfigError: no source can read this kind of address.
    """
    scheme = urlsplit(url).scheme if "://" in url else ""
    if scheme.lower() == "rtsp":
        rtsp = plugins.load(__name__, "rtsp")
        return cast("Source", rtsp.build(rtsp.Params(url=url), clock, login))
    if scheme.lower() in ("", "file"):
        file = plugins.load(__name__, "file")
        path = url.partition("://")[2] if scheme else url
        return cast("Source", file.build(file.Params(path=path), clock, login))
    raise ConfigError(
        f"{redact_url(url)}: no source reads {scheme}:// addresses; use rtsp://host[:port]/path or a file"
    )

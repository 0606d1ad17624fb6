"""GStreamer's RTSP server as a subprocess: a second opinion on what RTSP is.

Run by the system's Python (it has `gi`), imported by tests for `gst_server`. Packages of Debian: see NEEDED.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

PYTHON = "/usr/bin/python3"
NEEDED = (
    "gir1.2-gst-rtsp-server-1.0 python3-gi gstreamer1.0-plugins-good gstreamer1.0-plugins-bad "
    "gstreamer1.0-plugins-ugly"
)
_PROBE = (
    "import gi; gi.require_version('GstRtspServer', '1.0'); from gi.repository import Gst, GstRtspServer; "
    "Gst.init(None); assert all(Gst.ElementFactory.find(n) for n in ('x264enc', 'x265enc', 'rtph265pay'))"
)
_ENCODERS = {
    "h264": "x264enc tune=zerolatency speed-preset=ultrafast key-int-max=10 ! rtph264pay name=pay0 pt=96",
    "hevc": "x265enc tune=zerolatency speed-preset=ultrafast key-int-max=10 ! rtph265pay name=pay0 pt=96",
}


def missing() -> str:
    """Empty, or why the server cannot run here, with what to install."""
    try:
        done = subprocess.run(
            [PYTHON, "-c", _PROBE], capture_output=True, text=True, timeout=100, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"{PYTHON} does not run ({type(error).__name__}); apt-get install {NEEDED}"
    return "" if done.returncode == 0 else f"apt-get install {NEEDED}"


@contextmanager
def gst_server(codec: str, user: str = "", password: str = "") -> Iterator[str]:
    """A running server; gives the address of its one camera. With a user, it asks for Digest."""
    command = [PYTHON, __file__, codec, user, password]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            port = server.stdout.readline().strip()
            yield f"rtsp://127.0.0.1:{port}/cam"
        finally:
            server.kill()


def _serve(codec: str, user: str, password: str) -> None:
    import gi  # type: ignore[import-not-found,unused-ignore]  # of the system's Python

    gi.require_version("Gst", "1.0")
    gi.require_version("GstRtspServer", "1.0")
    from gi.repository import (  # type: ignore[import-not-found,unused-ignore]
        GLib,
        Gst,
        GstRtsp,
        GstRtspServer,
    )

    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service("0")
    factory = GstRtspServer.RTSPMediaFactory()
    source = "videotestsrc is-live=true ! video/x-raw,width=320,height=240,framerate=10/1,format=I420"
    factory.set_launch(f"( {source} ! {_ENCODERS[codec]} )")
    factory.set_shared(True)
    if user:
        auth = GstRtspServer.RTSPAuth()
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
        token = GstRtspServer.RTSPToken()
        token.set_string(GstRtspServer.RTSP_TOKEN_MEDIA_FACTORY_ROLE, "viewer")
        auth.add_digest(user, password, token)
        server.set_auth(auth)
        permissions = GstRtspServer.RTSPPermissions()
        permissions.add_permission_for_role("viewer", "media.factory.access", True)
        permissions.add_permission_for_role("viewer", "media.factory.construct", True)
        factory.set_permissions(permissions)
    server.get_mount_points().add_factory("/cam", factory)
    server.attach(None)
    print(server.get_bound_port(), flush=True)  # noqa: T201  the test reads it
    GLib.MainLoop().run()


if __name__ == "__main__":
    _serve(*sys.argv[1:4])

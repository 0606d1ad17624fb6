"""Addresses in streams.yaml: what a camera's URL and a playback link may be. Their text is never repeated."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from patrol.core.redact import has_userinfo

_LOGIN = (
    "holds a user, a password or an access token; expected none: put them under `credentials` with "
    "password_env or password_file (an `@` that belongs to the path is written %40)"
)
_PLAYBACK_LOGIN = (
    "holds a user, a password or an access token, and the page shows this link; expected none: operators "
    "sign in to the platform by themselves (an `@` that belongs to the path is written %40)"
)


def camera_url_complaints(url: str, base: Path) -> Iterator[str]:
    """What is wrong with a camera's `url`; nothing, where it can be used.

    Args:
        url: `rtsp://host[:port]/path`, or a file.
        base: folder that a relative file path starts from.
    """
    file = camera_file(url, base)
    if file is not None:
        yield from _file_complaints(file)
    elif not url.lower().startswith("rtsp://"):
        if has_userinfo(url):
            yield _LOGIN
        yield _scheme_words(url)
    else:
        yield from _network_complaints(url, _LOGIN)


def camera_file(url: str, base: Path) -> Path | None:
    """The file that a camera's `url` names, or None where it names a network address."""
    if url.lower().startswith("file://"):
        return Path(url[len("file://") :])
    return None if "://" in url else base / Path(url).expanduser()


def picture_complaints(reference: str, base: Path) -> Iterator[str]:
    """What is wrong with the picture that a view names.

    Args:
        reference: path of a JPEG or PNG file.
        base: folder that a relative path starts from.
    """
    file = base / Path(reference).expanduser()
    if file.suffix.lower() not in (".jpg", ".jpeg", ".png"):
        yield "is no picture; expected a .jpg or .png file"
    elif not file.is_file():
        yield (
            "is a picture that does not exist; expected a file (relative paths start in the folder of "
            "streams.yaml)"
        )


def playback_complaints(url: str) -> Iterator[str]:
    """What is wrong with a link to the platform's own playback; the page shows it, so it is a web address."""
    if not url.lower().startswith(("http://", "https://")):
        yield "is no web address; expected http://... or https://..."
        return
    yield from _network_complaints(url, _PLAYBACK_LOGIN)


def _network_complaints(url: str, login: str) -> Iterator[str]:
    if has_userinfo(url):
        yield login
        return
    if any(char.isspace() or not char.isprintable() for char in url):
        yield "holds a space or a control character; expected it percent-encoded (a space is %20)"
        return
    try:
        parts = urlsplit(url)
        readable = bool(parts.hostname) and parts.port != 0 and not parts.netloc.endswith(":")
    except ValueError:
        readable = False
    if not readable:
        yield "has no host and port that can be read; expected scheme://host[:port]/path, port 1 to 65535"


def _scheme_words(url: str) -> str:
    scheme = url.partition("://")[0].lower()
    if scheme == "rtsps":
        return (
            "is rtsps (RTSP in TLS), which comes in a later version; expected rtsp://host[:port]/path for now"
        )
    shown = (
        f"has the scheme {scheme!r}"
        if scheme.isalnum() and len(scheme) <= 8
        else "has no scheme that is known"
    )
    return f"{shown}; expected rtsp://host[:port]/path, or the path of a file that plays as a camera"


def _file_complaints(file: Path) -> Iterator[str]:
    expected = (
        "expected a video file (relative paths start in the folder of this file), or rtsp://host[:port]/path"
    )
    try:
        if file.is_dir():
            yield f"is a folder; {expected}"
        elif not file.exists():
            yield f"is a file that does not exist; {expected}"
        else:
            with file.open("rb"):
                pass
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "no path"
        yield f"is a file that cannot be read ({reason}); {expected}"

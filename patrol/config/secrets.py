"""Logins of cameras: from the environment or a file, never from streams.yaml, never printed.

Neither the name of the variable nor that of the file is repeated in an error: people write the password
itself there by mistake. The line and the key say enough.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from patrol.config.models import CameraConfig, CredentialsConfig
from patrol.core.errors import ConfigError
from patrol.core.redact import Secret, register_login

MAX_PASSWORD_BYTES = 4096
"""A longer one is another file than was meant."""


@dataclass(frozen=True, slots=True)
class Login:
    """User and password of one camera."""

    username: str
    password: Secret

    def __repr__(self) -> str:
        return "Login(***)"


def login_of(camera: CameraConfig, base: Path, environ: Mapping[str, str]) -> Login | None:
    """The login of a camera, None where it has no credentials.

    Args:
        camera: of streams.yaml.
        base: the folder of streams.yaml, from which `password_file` starts.
        environ: where `password_env` is looked up.

    Raises:
        ConfigError: the password is not there, or cannot be read (`load` has checked; it may have changed).
    """
    credentials = camera.credentials
    if credentials is None:
        return None
    for key, complaint in credential_complaints(credentials, base, environ):
        raise ConfigError(f"camera {camera.id!r}: credentials.{key} {complaint}")
    password = Secret(_password(credentials, base, environ))
    register_login(credentials.username, password)
    return Login(credentials.username, password)


def credential_complaints(
    credentials: CredentialsConfig, base: Path, environ: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """What is wrong with a login, as key below `credentials` (empty: the section) and message."""
    if not credentials.username.isprintable():
        yield "username", "holds a control character; expected printable text"
    if (credentials.password_env is None) == (credentials.password_file is None):
        has = (
            "has neither password_env nor"
            if credentials.password_env is None
            else "has both password_env and"
        )
        yield "", f"{has} password_file; expected one of them"
        return
    key = "password_env" if credentials.password_env is not None else "password_file"
    try:
        password = _password(credentials, base, environ)
    except KeyError:
        yield key, "names an environment variable that is not set; expected one that holds the password"
    except (OSError, ValueError) as error:
        yield (
            key,
            f"names a file that {_reason(error)}; expected one that holds the password and nothing else",
        )
    else:
        if not password:
            yield key, "leads to an empty password; expected one"


def _password(credentials: CredentialsConfig, base: Path, environ: Mapping[str, str]) -> str:
    if credentials.password_env is not None:
        return environ[credentials.password_env]
    path = base / Path(credentials.password_file or "").expanduser()
    if not path.is_file():
        raise FileNotFoundError
    with path.open("rb") as stream:
        raw = stream.read(MAX_PASSWORD_BYTES + 1)
    if len(raw) > MAX_PASSWORD_BYTES:
        raise ValueError
    return raw.decode("utf-8").removesuffix("\n").removesuffix("\r")


def _reason(error: OSError | ValueError) -> str:
    match error:
        case FileNotFoundError():
            return "does not exist"
        case OSError():
            return f"cannot be read ({error.strerror})"
        case UnicodeDecodeError():
            return "is not UTF-8"
    return f"is longer than {MAX_PASSWORD_BYTES} bytes, or no path"

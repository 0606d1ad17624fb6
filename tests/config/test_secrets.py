from __future__ import annotations

import base64
from pathlib import Path

import pytest

from patrol.config.models import CameraConfig, CredentialsConfig
from patrol.config.secrets import Login, login_of
from patrol.core.errors import ConfigError
from patrol.core.redact import redact


def camera(**credentials: str) -> CameraConfig:
    login = CredentialsConfig(username="operator", **credentials) if credentials else None
    return CameraConfig(id="quay", name="quay", url="rtsp://192.0.2.1/live", credentials=login)


def test_no_credentials_no_login(tmp_path: Path) -> None:
    assert login_of(camera(), tmp_path, {}) is None


def test_from_the_environment(tmp_path: Path) -> None:
    login = login_of(camera(password_env="QUAY"), tmp_path, {"QUAY": " p@s%s:w "})
    assert login is not None
    assert (login.username, login.password.reveal()) == ("operator", " p@s%s:w ")
    assert "p@s" not in repr(login) + str(login)


@pytest.mark.parametrize(
    ("content", "password"),
    [
        (b"one-two", "one-two"),
        (b"one-two\n", "one-two"),
        (b"one-two\r\n", "one-two"),
        (b"a\n\n", "a\n"),
        ("密码".encode(), "密码"),
    ],
)
def test_from_a_file_without_its_last_newline(tmp_path: Path, content: bytes, password: str) -> None:
    (tmp_path / "secret").write_bytes(content)
    login = login_of(camera(password_file="secret"), tmp_path, {})
    assert login is not None
    assert login.password.reveal() == password


def test_password_and_basic_header_are_known_from_then_on(tmp_path: Path) -> None:
    login_of(camera(password_env="QUAY"), tmp_path, {"QUAY": "never-seen-before-1"})
    header = base64.b64encode(b"operator:never-seen-before-1").decode()
    cleaned = redact(f"never-seen-before-1 {header}")
    assert "never" not in cleaned
    assert header.rstrip("=") not in cleaned


def test_what_has_gone_since_the_check_is_an_error_that_names_the_camera(tmp_path: Path) -> None:
    for credentials in ({"password_env": "QUAY"}, {"password_file": "hunter2"}):
        with pytest.raises(ConfigError, match=r"camera 'quay': credentials\.password_") as caught:
            login_of(camera(**credentials), tmp_path, {})
        assert "hunter2" not in str(caught.value)


def test_a_login_serves_the_sources(tmp_path: Path) -> None:
    login = login_of(camera(password_env="QUAY"), tmp_path, {"QUAY": "some-password"})
    assert isinstance(login, Login)

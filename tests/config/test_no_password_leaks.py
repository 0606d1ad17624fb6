"""Whatever is wrong with a streams.yaml, no error repeats the password that stands in it or beside it."""

from __future__ import annotations

import json
import traceback
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from patrol.config.load import load
from patrol.config.settings import settings
from patrol.core.errors import ConfigError

ALPHABET = st.sampled_from("@%:/?#&+= \\'\"<>[]{}*!|,-`~密码éXQZxqz0189")
PASSWORDS = st.text(ALPHABET, min_size=3, max_size=16).map(lambda middle: f"Qz{middle}7J")


def places(password: str) -> dict[str, Any]:
    """One camera with the password in every place where somebody has once put one."""
    return {
        "id": "quay",
        "name": "x",
        "url": f"rtsp://admin:{password}@192.0.2.1/live",
        "playback_url": f"https://admin:{quote(password, safe='')}@192.0.2.1/live",
        "credentials": {"username": "admin", "password": password, "password_env": password},
        "zones": password,
        "rules": [{"id": "r", "use": "gathering", "params": {"password": password}, "for_s": password}],
        "look_every_s": password,
        "latitude": f"rtsp://admin:{password}@192.0.2.1/live",
        "evidence": {"password": password},
        "password": password,
    }


def error_of(folder: Path, text: str, environ: dict[str, str]) -> str:
    path = folder / "streams.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load(path, environ)
    return str(caught.value) + repr(caught.value) + repr(caught.value.__cause__)


@given(password=PASSWORDS)
@example(password="Qzp@s%s:7J")
def test_in_any_key(password: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    text = json.dumps({"site": {"name": "x"}, "cameras": [places(password)]}, ensure_ascii=False)
    error = error_of(tmp_path_factory.mktemp("leak"), text, {"UNRELATED": password})
    assert password not in error
    assert quote(password, safe="") not in error


@given(
    password=PASSWORDS,
    key=st.sampled_from(["url", "credentials", "password", "password_env", "password_file"]),
)
@example(password="Qz: {7J", key="credentials")
@example(password="{Qzab: 7J", key="credentials")
@example(password="{Qzabc7J}", key="credentials")
def test_written_without_quotes(key: str, password: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    where = f"    {key}: {password}\n"
    if key.startswith("password"):
        where = f"    credentials:\n      username: admin\n      {key}: {password}\n"
    if key == "url":
        where = f"    url: rtsp://admin:{password}@192.0.2.1/live\n"
    text = f"site: {{name: x}}\ncameras:\n  - id: quay\n    name: x\n    colour: red\n{where}"
    error = error_of(tmp_path_factory.mktemp("leak"), text, {})
    assert password not in error
    assert password.strip("{}[]") not in error


@given(password=PASSWORDS)
def test_in_the_environment(password: str) -> None:
    environ = {
        "PATROL_REDIS_URL": f"http://:{password}@192.0.2.1",
        "PATROL_DATABASE_URL": f"postgresql://u:{password}@[192.0.2.1",
        "PATROL_MEDIA_TOKEN": password[:12],
        "PATROL_HTTP_PORT": password,
        "PATROL_MEDIA_HOST": f"{password}@x",
        "PATROL_LOG": password,
    }
    with pytest.raises(ConfigError) as caught:
        settings(environ)
    assert password not in str(caught.value)
    assert password[:12] not in str(caught.value)
    assert str(caught.value).count("\n") == len(environ) - 1


def test_the_cause_that_python_shows_with_a_traceback_is_clean(tmp_path: Path) -> None:
    camera = places("Qzp@ss7J")
    path = tmp_path / "streams.yaml"
    path.write_text(json.dumps({"site": {"name": "x"}, "cameras": [camera]}))
    with pytest.raises(ConfigError) as caught:
        load(path, {})
    shown = "".join(traceback.format_exception(caught.value))
    assert "ss7J" not in shown

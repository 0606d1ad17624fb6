from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from patrol.config.models import CameraConfig, CredentialsConfig, SiteConfig, StreamsConfig
from patrol.config.settings import Settings, settings, unknown_variables
from patrol.config.variables import VARIABLES, markdown_table
from patrol.core.errors import ConfigError
from patrol.core.redact import redact

DOCUMENT = Path(__file__).parents[2] / "docs" / "reference" / "environment.md"


def test_defaults() -> None:
    assert settings({"HOME": "/home/operator"}) == Settings(
        redis_url=None,
        database_url=None,
        data_dir=Path("/home/operator/.local/share/patrol"),
        cache_dir=Path("/home/operator/.cache/patrol"),
        media_token=None,
        media_host="127.0.0.1",
        media_port=0,
        http_port=8642,
        log="text",
        log_level="info",
        evidence_max_mb=2000,
        evidence_min_free_mb=500,
    )


def test_every_setting_has_its_variable_and_its_line_in_the_documentation() -> None:
    assert [v.field for v in VARIABLES] == [field.name for field in dataclasses.fields(Settings)]
    assert "\n".join(markdown_table()) in DOCUMENT.read_text()


def test_folders_follow_the_xdg_specification() -> None:
    absolute = settings({"HOME": "/h", "XDG_DATA_HOME": "/data", "XDG_CACHE_HOME": "/cache"})
    assert (absolute.data_dir, absolute.cache_dir) == (Path("/data/patrol"), Path("/cache/patrol"))
    relative = settings({"HOME": "/h", "XDG_DATA_HOME": "data"})
    assert relative.data_dir == Path("/h/.local/share/patrol")
    named = settings({"PATROL_DATA_DIR": "here", "HOME": "/h"})
    assert named.data_dir == Path.cwd() / "here"


def test_an_empty_variable_is_one_that_is_not_set() -> None:
    assert settings({"PATROL_HTTP_PORT": "", "PATROL_MEDIA_TOKEN": ""}) == settings({})


def test_addresses_are_secrets_as_far_as_they_hold_one() -> None:
    read = settings(
        {
            "PATROL_REDIS_URL": "redis://:p%40ss-word-77@192.0.2.7:6379/1",
            "PATROL_DATABASE_URL": "sqlite:////var/lib/patrol-77/desk.db",
            "PATROL_MEDIA_TOKEN": "0123456789abcdef-77",
        }
    )
    assert read.redis_url is not None
    assert read.redis_url.reveal() == "redis://:p%40ss-word-77@192.0.2.7:6379/1"
    assert "ss-word" not in repr(read)
    assert redact("p@ss-word-77, p%40ss-word-77, 0123456789abcdef-77") == "***, ***, ***"
    assert redact("sqlite:////var/lib/patrol-77/desk.db") == "sqlite:////var/lib/patrol-77/desk.db"


@pytest.mark.parametrize(
    ("variable", "text", "expected"),
    [
        ("PATROL_HTTP_PORT", "http", "a whole number from 0 to 65535"),
        ("PATROL_HTTP_PORT", "65536", "a whole number from 0 to 65535"),
        ("PATROL_HTTP_PORT", "²", "a whole number from 0 to 65535"),
        ("PATROL_MEDIA_PORT", "-1", "a whole number from 0 to 65535"),
        ("PATROL_EVIDENCE_MAX_MB", "0", "a whole number from 1"),
        ("PATROL_EVIDENCE_MIN_FREE_MB", "9" * 5000, "a whole number from 0"),
        ("PATROL_LOG", "xml", "one of: text, json"),
        ("PATROL_LOG_LEVEL", "loud", "one of: debug, info, warning, error"),
        (
            "PATROL_REDIS_URL",
            "192.0.2.7:6379",
            "an address that begins with redis:// or rediss:// or unix://",
        ),
        ("PATROL_REDIS_URL", "redis://h:port", "host and port that can be read"),
        ("PATROL_DATABASE_URL", "mysql://h/x", "an address that begins with postgresql:// or sqlite://"),
        ("PATROL_MEDIA_TOKEN", "short", "16 characters or more"),
        ("PATROL_MEDIA_HOST", "http://h", "a host name or an IP address"),
        ("PATROL_MEDIA_HOST", "0.0.0.0", "an address that the desk can reach"),
        ("PATROL_DATA_DIR", "a\0b", "the path of a folder"),
    ],
)
def test_what_is_wrong_names_the_variable_and_what_was_expected(
    variable: str, text: str, expected: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        settings({variable: text})
    message = str(caught.value)
    assert message.startswith(f"environment variable {variable} is not usable; expected ")
    assert expected in message


def test_words_may_be_in_capitals() -> None:
    read = settings({"PATROL_LOG": "JSON", "PATROL_LOG_LEVEL": "Warning"})
    assert (read.log, read.log_level) == ("json", "warning")


def test_a_misspelt_variable_is_named_and_others_are_not() -> None:
    environ = {
        "PATROL_REDIS": "x",
        "PATROL_HTTP_PORT": "1",
        "PATROL_TEST_REDIS_URL": "x",
        "PATROL_QUAY_PASSWORD": "x",
        "HOME": "/",
    }
    login = CredentialsConfig(username="u", password_env="PATROL_QUAY_PASSWORD")
    camera = CameraConfig(id="quay", name="quay", url="rtsp://h", credentials=login)
    streams = StreamsConfig(site=SiteConfig(name="x"), cameras=(camera,))
    assert unknown_variables(environ, [streams]) == ("PATROL_REDIS",)
    assert unknown_variables(environ) == ("PATROL_QUAY_PASSWORD", "PATROL_REDIS")

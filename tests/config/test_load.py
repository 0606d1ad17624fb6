from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from patrol.config.load import Loaded, load
from patrol.config.problems import ConfigFileError

URL = "rtsp://192.0.2.1:554/live"


def camera(**changes: Any) -> dict[str, Any]:
    return {"id": "quay", "name": "北码头", "url": URL} | changes


def written(folder: Path, *cameras: dict[str, Any], **top: Any) -> Path:
    path = folder / "streams.yaml"
    tree = {"site": {"name": "示范县"}, "cameras": list(cameras), **top}
    path.write_text(yaml.safe_dump(tree, allow_unicode=True, sort_keys=False))
    return path


def wrong(
    folder: Path, *cameras: dict[str, Any], environ: dict[str, str] | None = None, **top: Any
) -> list[str]:
    with pytest.raises(ConfigFileError) as caught:
        load(written(folder, *cameras, **top), environ or {})
    return [f"{p.key}: {p.message}" for p in caught.value.problems]


def test_the_least_that_runs(tmp_path: Path) -> None:
    loaded = load(written(tmp_path, camera()), {})
    assert loaded.streams.cameras[0].look_every_s == 2
    assert list(loaded.streams.detectors) == ["default"]
    assert loaded.locate(("cameras", 0, "url")) == f"{tmp_path / 'streams.yaml'}:6"
    with pytest.raises(ValidationError, match="frozen"):
        setattr(loaded.streams.site, "name", "another")  # noqa: B010  mypy refuses the plain way, as it should


def test_everything_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    messages = wrong(
        tmp_path,
        camera(
            url="rtsp://u:hunter2@h/x",
            latitude="north",
            zones=[{"id": "a", "polygon": [[0, 0], [1, 1], [1, 0], [0, 1]]}],
            rules=[{"id": "r", "use": "gathering", "zone": "b", "for_s": -1}],
            credentials={"username": "u", "pasword": "hunter2"},
            detector="far",
            colour="red",
        ),
        camera(),
        site={"name": "", "time_zone": "Mars/Olympus"},
    )
    keys = [message.partition(": ")[0] for message in messages]
    assert keys == [
        "site.name",
        "site.time_zone",
        "cameras[0].url",
        "cameras[0].latitude",
        "cameras[0].zones[0].polygon",
        "cameras[0].rules[0].zone",
        "cameras[0].rules[0].for_s",
        "cameras[0].credentials.?",
        "cameras[0].detector",
        "cameras[0].colour",
        "cameras[1].id",
    ]
    assert "hunter2" not in "\n".join(messages)


@pytest.mark.parametrize(
    "url",
    [
        "rtsp://u:p@h/x",
        "rtsp://u@h/x",
        "rtsp://u:a/b@h/x",
        "rtsp://u:a@b@h/x",
        "rtsp://u:a:b@h/x",
        "rtsp://u:a#b@h/x",
        "rtsp://u%3Ap%40h/x",
        "RTSP://u:p@h/x",
        "rtsp://h/user=admin&password=p&channel=1",
        "rtsp://h/user=admin_password=p_channel=1.sdp",
        "rtsp://h/x?token=p",
        "http://u:p@h/x",
    ],
)
def test_a_login_in_a_url_is_refused_however_it_is_written(tmp_path: Path, url: str) -> None:
    messages = wrong(tmp_path, camera(url=url))
    assert messages[0].startswith("cameras[0].url: holds a user, a password or an access token")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("rtsp://", "no host and port"),
        ("rtsp://:554/x", "no host and port"),
        ("rtsp://h:/x", "no host and port"),
        ("rtsp://h:0/x", "no host and port"),
        ("rtsp://h:70000/x", "no host and port"),
        ("rtsp://h:hunter2/x", "no host and port"),
        ("rtsp://[::1/x", "no host and port"),
        ("rtsp://h/a b", "holds a space"),
        ("rtsp://h/a\x07b", "holds a space or a control character"),
        ("rtsps://h/x", "later version"),
        ("rtmp://h/x", "has the scheme 'rtmp'"),
        ("://x", "has no scheme that is known"),
        ("", "is a folder"),
        ("none.mp4", "is a file that does not exist"),
        ("file:///nowhere/none.mp4", "is a file that does not exist"),
    ],
)
def test_other_urls_that_no_camera_has(tmp_path: Path, url: str, words: str) -> None:
    messages = wrong(tmp_path, camera(url=url))
    assert words in messages[0]
    assert "hunter2" not in messages[0]


@pytest.mark.parametrize(
    "url", ["rtsp://[::1]:554/x", "RTSP://h/x", "rtsp://h/a%40b", "rtsp://h", "rtsp://h/?a=b"]
)
def test_urls_that_cameras_have(tmp_path: Path, url: str) -> None:
    assert load(written(tmp_path, camera(url=url)), {}).streams.cameras[0].url == url


@pytest.mark.parametrize("prefix", ["", "file://"])
def test_a_file_camera_becomes_an_absolute_path(tmp_path: Path, prefix: str) -> None:
    clip = tmp_path / "quay@north.mp4"
    clip.write_bytes(b"")
    named = f"{prefix}{clip}" if prefix else clip.name
    assert load(written(tmp_path, camera(url=named)), {}).streams.cameras[0].url == str(clip)


def test_a_file_is_found_from_the_folder_of_the_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "clip.mp4").write_bytes(b"")
    (tmp_path / "elsewhere").mkdir()
    written(tmp_path, camera(url="clip.mp4"))
    monkeypatch.chdir(tmp_path / "elsewhere")
    loaded = load(Path("../streams.yaml"), {})
    assert Path(loaded.streams.cameras[0].url).samefile(tmp_path / "clip.mp4")


@pytest.mark.parametrize(
    "credentials",
    [
        {"username": "u", "password_env": "hunter2"},
        {"username": "u", "password_env": "EMPTY"},
        {"username": "u", "password_file": "hunter2"},
        {"username": "u", "password_file": "/hunter2/\0"},
        {"username": "u", "password_file": "empty"},
        {"username": "u", "password_file": "long"},
        {"username": "u", "password_file": "latin-1"},
        {"username": "u", "password_file": "."},
        {"username": "u", "password_env": "QUAY", "password_file": "good"},
        {"username": "u\r\nX: y", "password_env": "QUAY"},
        {"username": "u"},
        {"username": "u", "hunter2": None},
        {"username": "u", "password": "hunter2"},
        {"username": "", "password_env": "QUAY"},
        {"password_env": "QUAY"},
        {"username": 5, "password_env": "QUAY"},
        "u:hunter2",
        ["hunter2"],
    ],
)
def test_logins_that_cannot_be_used(tmp_path: Path, credentials: object) -> None:
    for name, content in {"good": b"x", "empty": b"\n", "long": b"x" * 5000, "latin-1": b"\xe9"}.items():
        (tmp_path / name).write_bytes(content)
    messages = wrong(tmp_path, camera(credentials=credentials), environ={"QUAY": "p", "EMPTY": ""})
    assert all(message.startswith("cameras[0].credentials") for message in messages)
    assert "hunter2" not in "\n".join(messages)


@pytest.mark.parametrize("closed", [True, False])
def test_a_polygon_may_be_closed_or_open(tmp_path: Path, closed: bool) -> None:
    corners = [[0.1, 0.1], [0.9, 0.1], [0.9, 0.9]] + ([[0.1, 0.1]] if closed else [])
    load(written(tmp_path, camera(zones=[{"id": "z", "polygon": corners}])), {})


@pytest.mark.parametrize(
    ("corners", "words"),
    [
        ([[0.2, 0.2], [0.8, 0.8], [0.8, 0.2], [0.2, 0.8]], "crosses or touches itself at x=0.500, y=0.500"),
        ([[0.2, 0.2], [0.8, 0.2], [0.8, 0.8], [0.8, 0.2], [0.2, 0.8]], "itself at x=0.800, y=0.200"),
        ([[0.1, 0.1], [0.5, 0.5], [0.9, 0.9]], "encloses nothing"),
        ([[0.1, 0.1], [0.1, 0.1], [0.1, 0.1]], "encloses nothing"),
        ([[0.1, 0.1], [0.9, 0.1]], "expected 3 entries or more"),
        ([[0.1, 0.1], [0.9, 0.1], [0.9, 1.1]], "is the number 1.1; expected 1 or less"),
        ([[0.1, 0.1], [0.9, 0.1], [0.9]], "a corner is [x, y]"),
        ([[0.1, 0.1], [0.9, 0.1], [0.9, 0.9, 0.9]], "expected 2 entries or less"),
        ([[0.1, 0.1], [0.9, 0.1], [True, 0.9]], "is true; expected a number"),
        ("all", "expected a list"),
    ],
)
def test_polygons_that_are_none(tmp_path: Path, corners: object, words: str) -> None:
    (message,) = wrong(tmp_path, camera(zones=[{"id": "z", "polygon": corners}]))
    assert message.startswith("cameras[0].zones[0].polygon")
    assert words in message


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"look_every_s": "2"}, "is text; expected a number"),
        ({"look_every_s": True}, "is true; expected a number"),
        ({"look_every_s": None}, "is empty; expected a number"),
        ({"name": 12}, "is the number 12; expected text"),
        ({"name": ""}, "expected text of 1 characters or more"),
        ({"zones": {"a": 1}}, "is a mapping; expected a list"),
        ({"rules": [5]}, "is the number 5; expected a mapping"),
        ({"id": "A"}, "is the text 'A'; expected lower-case letters"),
        ({"playback_url": "ftp://h"}, "is no web address"),
        ({"playback_url": "https://h/play?access_token=hunter2"}, "and the page shows this link"),
        ({"detector": "far"}, "names the detector 'far', which is missing; expected one of: default"),
    ],
)
def test_values_of_the_wrong_kind(tmp_path: Path, change: dict[str, Any], words: str) -> None:
    (message,) = wrong(tmp_path, camera(**change))
    assert words in message
    assert "hunter2" not in message


def test_a_camera_that_names_no_detector_needs_the_default(tmp_path: Path) -> None:
    (message,) = wrong(tmp_path, camera(), detectors={"far": {}})
    assert (
        message == "cameras[0].detector: names none, and `detectors` has no `default`; expected one of: far"
    )


def test_ids_of_detectors_are_ids(tmp_path: Path) -> None:
    (message,) = wrong(tmp_path, camera(), detectors={"default": {}, "Far One": {}})
    assert message.startswith("detectors.Far One: is no id; expected lower-case letters")


def test_zones_and_rules_of_two_cameras_may_have_the_same_ids(tmp_path: Path) -> None:
    def parts() -> dict[str, Any]:
        return {
            "zones": [{"id": "z", "polygon": [[0, 0], [1, 0], [1, 1]]}],
            "rules": [{"id": "r", "use": "gathering", "zone": "z"}],
        }

    loaded = load(written(tmp_path, camera(**parts()), camera(**parts(), id="other")), {})
    assert [camera.rules[0].zone for camera in loaded.streams.cameras] == ["z", "z"]


def test_the_example_is_right_with_nothing_set() -> None:
    loaded = load(Path(__file__).parents[2] / "streams.example.yaml", {})
    assert isinstance(loaded, Loaded)


def test_the_example_names_every_key() -> None:
    from patrol.config import models
    from patrol.config.section import Section

    text = (Path(__file__).parents[2] / "streams.example.yaml").read_text()
    sections = [s for s in vars(models).values() if isinstance(s, type) and issubclass(s, Section)]
    keys = {key for section in sections for key in section.model_fields}
    assert [key for key in sorted(keys) if f"{key}:" not in text] == []


def test_a_folder_that_may_not_be_entered_is_no_crash(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir()
    (closed / "clip.mp4").write_bytes(b"")
    closed.chmod(0)
    try:
        path = written(tmp_path, camera(url="closed/clip.mp4"))
        try:
            load(path, {})  # root may
        except ConfigFileError as error:
            assert "cannot be read" in str(error)  # noqa: PT017  only where the account has no right to everything
    finally:
        closed.chmod(stat.S_IRWXU)

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from patrol.cli._folder import LOCK_NAME, TOKEN_NAME, media_token, to_ourselves
from patrol.core.errors import ConfigError


def test_a_second_run_in_one_folder_is_refused_in_words(tmp_path: Path) -> None:
    with (
        to_ourselves(tmp_path / "data"),
        pytest.raises(ConfigError, match=rf"already runs in .*data \(process {os.getpid()}\)"),
        to_ourselves(tmp_path / "data"),
    ):
        pass


def test_a_folder_is_free_again_after_a_run(tmp_path: Path) -> None:
    for _ in range(2):
        with to_ourselves(tmp_path):
            assert (tmp_path / LOCK_NAME).read_text() == str(os.getpid())


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="cannot be used"), to_ourselves(tmp_path / "file" / "data"):
        pass


def test_the_token_is_made_once_and_private(tmp_path: Path) -> None:
    token = media_token(tmp_path)
    assert len(token.reveal()) == 64
    assert media_token(tmp_path) == token
    assert stat.S_IMODE((tmp_path / TOKEN_NAME).stat().st_mode) == 0o600


@pytest.mark.parametrize("content", [b"", b"short", b"\xff" * 40])
def test_a_token_that_is_none_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / TOKEN_NAME).write_bytes(content)
    with pytest.raises(ConfigError, match="remove it, and it is made anew"):
        media_token(tmp_path)

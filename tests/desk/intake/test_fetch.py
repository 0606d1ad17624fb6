from __future__ import annotations

import asyncio
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from patrol.core.errors import DeliveryError, EvidenceError
from patrol.core.redact import Secret
from patrol.desk.intake.fetch import EvidenceGone, fetch, media_address, media_client
from tests.fakes.desk import TOKEN
from tests.fakes.media_server import MediaServer, Served

CONTENT = bytes(range(256)) * 400


@pytest.fixture
def media() -> Iterator[MediaServer]:
    with MediaServer(TOKEN) as server:
        yield server


def get(media: MediaServer, partial: Path, size: int = len(CONTENT), token: str = TOKEN) -> None:
    get_from(media.url, partial, size, token)


def get_from(url: str, partial: Path, size: int = len(CONTENT), token: str = TOKEN) -> None:
    async def run() -> None:
        async with media_client() as client:
            await fetch(client, f"{url}/f", Secret(token), partial, size)

    asyncio.run(run())


def test_a_file_comes_whole_and_private(media: MediaServer, tmp_path: Path) -> None:
    media.files["/f"] = Served(CONTENT)
    get(media, tmp_path / "p")
    assert (tmp_path / "p").read_bytes() == CONTENT
    assert stat.S_IMODE((tmp_path / "p").stat().st_mode) == 0o600


def test_a_cut_transfer_goes_on_where_it_was_cut(media: MediaServer, tmp_path: Path) -> None:
    media.files["/f"] = Served(CONTENT, ["cut:1000", "cut:50000"])
    for _ in range(2):
        with pytest.raises(DeliveryError, match="goes on"):
            get(media, tmp_path / "p")
    get(media, tmp_path / "p")
    assert (tmp_path / "p").read_bytes() == CONTENT
    assert [asked for _, asked in media.requests] == ["", "bytes=1000-", "bytes=51000-"]


def test_what_is_there_in_full_is_not_asked_for(media: MediaServer, tmp_path: Path) -> None:
    (tmp_path / "p").write_bytes(CONTENT)
    get(media, tmp_path / "p")
    assert media.requests == []


def test_a_partial_file_that_is_too_long_starts_again(media: MediaServer, tmp_path: Path) -> None:
    media.files["/f"] = Served(CONTENT)
    (tmp_path / "p").write_bytes(CONTENT + b"x")
    get(media, tmp_path / "p")
    assert (tmp_path / "p").read_bytes() == CONTENT


def test_more_than_announced_is_refused(media: MediaServer, tmp_path: Path) -> None:
    media.files["/f"] = Served(CONTENT, ["long"])
    with pytest.raises(EvidenceError, match="more than"):
        get(media, tmp_path / "p")
    assert not (tmp_path / "p").exists()


def test_a_file_that_became_shorter_starts_again(media: MediaServer, tmp_path: Path) -> None:
    media.files["/f"] = Served(CONTENT, ["status:416"])
    (tmp_path / "p").write_bytes(CONTENT[:-1])
    with pytest.raises(DeliveryError, match="shorter"):
        get(media, tmp_path / "p")
    get(media, tmp_path / "p")
    assert (tmp_path / "p").read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("fault", "words"), [("redirect", "not followed"), ("status:404", "no longer"), ("status:401", "token")]
)
def test_a_no_is_a_no(media: MediaServer, tmp_path: Path, fault: str, words: str) -> None:
    media.files["/f"] = Served(CONTENT, [fault])
    with pytest.raises(EvidenceGone, match=words):
        get(media, tmp_path / "p")
    assert len(media.requests) == 1


def test_another_token_is_refused_and_never_repeated(media: MediaServer, tmp_path: Path) -> None:
    media.files["/f"] = Served(CONTENT)
    with pytest.raises(EvidenceGone) as caught:
        get(media, tmp_path / "p", token="another-secret-token")
    assert "another-secret" not in str(caught.value)


def test_a_worker_that_is_not_there_is_named(tmp_path: Path) -> None:
    with socket.socket() as held:  # bound and not listening: nobody else can answer there meanwhile
        held.bind(("127.0.0.1", 0))
        with pytest.raises(DeliveryError, match="not reachable"):
            get_from(f"http://127.0.0.1:{held.getsockname()[1]}", tmp_path / "p")


@pytest.mark.parametrize(
    "base",
    [
        "file:///etc/passwd",
        "ftp://h/x",
        "http://user:pw@h/",
        "http://",
        "http://h?x=1",
        "http://[::1",
        "http://\u0130..x",
        "http://xn--/",
        "http://a\x00b",
        "",
        "h:1",
    ],
)
def test_addresses_other_than_plain_http_are_refused(base: str) -> None:
    with pytest.raises(DeliveryError) as caught:
        media_address(base, "evidence/x")
    assert "pw" not in str(caught.value)


def test_addresses() -> None:
    assert media_address("http://h:1/", "looks/a.jpg") == "http://h:1/looks/a.jpg"
    assert media_address("https://h/base", "x") == "https://h/base/x"

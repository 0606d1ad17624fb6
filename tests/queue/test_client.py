from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patrol.core.errors import ConfigError, DeliveryError
from patrol.core.redact import Secret
from patrol.queue.client import AsyncLink, GroupMissing, KeyMissing, Link, entries, id_order
from tests.queue.conftest import REDIS

# Hypothesis draws texts of the code, too: without an end that is in no message, a message's own words.
passwords = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=12, max_size=24
).map("{}\u2603".format)


@contextmanager
def closed_port() -> Iterator[int]:
    """A port on which nobody listens: taken, so that no other process can."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield int(taken.getsockname()[1])


def assert_absent(password: str, *texts: str) -> None:
    for text in texts:
        assert password not in text
        assert quote(password, safe="") not in text


@settings(max_examples=25, deadline=None)
@given(passwords)
def test_a_password_is_in_no_error(password: str) -> None:
    with closed_port() as port:
        url = f"redis://patrol:{quote(password, safe='')}@127.0.0.1:{port}/0"
        with Link(url) as link, pytest.raises(DeliveryError, match="cannot be reached") as caught:
            link.call("XADD", "s", "*", "event", "x")
    assert_absent(password, str(caught.value), repr(caught.value), link.address)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


@settings(max_examples=25, deadline=None)
@given(passwords)
def test_a_password_that_was_not_encoded_is_in_no_error(password: str) -> None:
    url = f"redis://patrol:{password}/?#@@127.0.0.1:1/0?unknown=1"
    with pytest.raises(ConfigError) as caught:
        Link(url)
    assert_absent(password, str(caught.value))


@pytest.mark.redis
def test_a_server_that_knows_no_password_is_named_without_it() -> None:
    # The embedded server is reached by a socket and takes no login.
    address = os.environ[REDIS].replace("redis://", "redis://:s3cret-of-the-county@")
    with Link(Secret(address)) as link, pytest.raises(DeliveryError, match="refused the login") as caught:
        link.call("PING")
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    ["http://host/", "redis://host:notaport/0", "redis://host/0?socket_timeout=1", "unix:///x?db=abc", "",
     "redis://[::1/0"],
)  # fmt: skip
def test_an_address_that_cannot_be_read_says_what_is_expected(url: str) -> None:
    with pytest.raises(ConfigError, match=r"expected redis://"):
        Link(url)


def test_lost_groups_and_missing_keys_are_told_apart_from_a_queue_that_is_away(link: Link) -> None:
    with pytest.raises(GroupMissing):
        link.call("XREADGROUP", "GROUP", "g", "c", "STREAMS", "s", ">")
    with pytest.raises(KeyMissing):
        link.call("XINFO", "STREAM", "s")
    with pytest.raises(DeliveryError, match="refused XADD"):
        link.call("XADD", "s")


def test_a_transaction_takes_effect_as_a_whole_or_not_at_all(link: Link) -> None:
    assert link.transaction([("XADD", "s", "1-1", "a", b"\xff"), ("XLEN", "s")]) == [b"1-1", 1]
    with pytest.raises(DeliveryError):
        link.transaction([("XADD", "s", "2-2", "a", "b"), ("XADD", "s")])
    assert [entry.id for entry in entries(link.call("XRANGE", "s", "-", "+"))] == ["1-1"]
    assert entries(link.call("XRANGE", "s", "-", "+"))[0].fields == {b"a": b"\xff"}


def test_the_asynchronous_link_does_the_same(url: str) -> None:
    async def talk() -> None:
        async with AsyncLink(url) as link:
            assert await link.transaction([("XADD", "s", "1-1", "a", "b"), ("XLEN", "s")]) == [b"1-1", 1]
            with pytest.raises(GroupMissing):
                await link.call("XREADGROUP", "GROUP", "g", "c", "STREAMS", "s", ">")
        async with AsyncLink("unix:///nowhere/queue.sock") as gone:
            with pytest.raises(DeliveryError, match="cannot be reached"):
                await gone.call("PING")
            with pytest.raises(DeliveryError, match="cannot be reached"):
                await gone.transaction([("PING",)])

    asyncio.run(talk())


def test_ids_sort_as_numbers() -> None:
    assert id_order("10-2") < id_order("10-10") < id_order("100-0")


def test_a_task_that_uses_a_link_can_be_cancelled_at_any_moment(url: str) -> None:
    async def work(link: AsyncLink) -> None:
        while True:
            await link.transaction([("XADD", "s", "*", "a", "b"), ("XLEN", "s")])

    async def cancel_many() -> None:
        async with AsyncLink(url) as link:
            for number in range(60):
                task = asyncio.create_task(work(link))
                for _ in range(number):
                    await asyncio.sleep(0)
                task.cancel()
                done, _ = await asyncio.wait({task}, timeout=60)
                assert done, f"the cancellation after {number} steps of the loop got lost"

    asyncio.run(cancel_many())

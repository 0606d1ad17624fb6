from __future__ import annotations

import asyncio

import pytest

from patrol.console.live.feed import BUFFERED, CLIENTS_MOST, KEPT, Event, Feed, Subscription, TooManyPages


async def drain(page: Subscription) -> list[Event]:
    found = []
    while (event := await page.next(0.0)) is not None:
        found.append(event)
    return found


def names(events: list[Event]) -> list[str]:
    return [event.name for event in events]


def test_numbers_rise_and_differ_from_those_of_another_start() -> None:
    async def go() -> None:
        feed = Feed()
        page = feed.subscribe("")
        for number in range(3):
            feed.candidate(str(number))
        ids = [event.id for event in await drain(page)]
        boots = {one.partition("-")[0] for one in ids}
        assert [int(one.partition("-")[2]) for one in ids] == [1, 2, 3]
        assert len(boots) == 1
        other = Feed()
        assert names(await drain(other.subscribe(ids[-1]))) == ["resync"]

    asyncio.run(go())


def test_a_slow_page_is_told_to_fetch_anew_and_goes_on_from_there() -> None:
    async def go() -> None:
        feed = Feed()
        page = feed.subscribe("")
        for number in range(BUFFERED + 1):
            feed.candidate(str(number))
        feed.candidate("after")
        found = await drain(page)
        assert names(found) == ["resync", "candidate"]
        feed.candidate("later")
        assert [event.data for event in await drain(feed.subscribe(found[0].id))] == ["after", "later"]

    asyncio.run(go())


def test_of_cameras_only_the_newest_counts() -> None:
    async def go() -> None:
        feed = Feed()
        page = feed.subscribe("")
        feed.cameras("old")
        feed.candidate("c")
        feed.cameras("new")
        assert [event.data for event in await drain(page)] == ["c", "new"]
        assert [event.data for event in await drain(feed.subscribe(""))] == ["new"]

    asyncio.run(go())


@pytest.mark.parametrize(
    "last_id", ["nonsense", "-", "x-1", "{boot}-9999", "{boot}-x", "{boot}--1", "{boot}-²"]
)
def test_an_id_that_means_nothing_is_a_resync(last_id: str) -> None:
    async def go() -> None:
        feed = Feed()
        page = feed.subscribe("")
        feed.candidate("c")
        boot = (await drain(page))[0].id.partition("-")[0]
        assert names(await drain(feed.subscribe(last_id.format(boot=boot)))) == ["resync"]

    asyncio.run(go())


def test_what_is_no_longer_kept_is_a_resync() -> None:
    async def go() -> None:
        feed = Feed()
        page = feed.subscribe("")
        feed.candidate("first")
        first = (await drain(page))[0].id
        for _ in range(KEPT + 1):
            feed.candidate("more")
        assert names(await drain(feed.subscribe(first))) == ["resync"]

    asyncio.run(go())


def test_pages_are_bounded_and_forgotten_when_they_go() -> None:
    async def go() -> None:
        feed = Feed()
        pages = [feed.subscribe("") for _ in range(CLIENTS_MOST)]
        with pytest.raises(TooManyPages):
            feed.subscribe("")
        feed.leave(pages[0])
        feed.subscribe("")
        del pages
        assert feed.pages == 0

    asyncio.run(go())


def test_a_page_that_waits_is_woken_and_the_end_is_said() -> None:
    async def go() -> None:
        feed = Feed()
        page = feed.subscribe("")
        waiting = asyncio.create_task(page.next(10))
        await asyncio.sleep(0)
        feed.candidate("c")
        event = await waiting
        assert event is not None
        assert event.data == "c"
        waiting = asyncio.create_task(page.next(10))
        await asyncio.sleep(0)
        feed.close()
        assert await waiting is None
        assert page.closed
        assert feed.subscribe("").closed

    asyncio.run(go())

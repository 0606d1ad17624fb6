from __future__ import annotations

import asyncio
from datetime import timedelta

from patrol.desk.intake.candidates import take_in
from patrol.desk.intake.news import News
from patrol.desk.store import Store
from patrol.desk.store.rows import Decision, IntakeRow, Place
from patrol.desk.triage.verdicts import decide
from tests.fakes.desk import BEGIN, FakeDoor, event


def test_what_changes_while_others_are_told_of_is_counted_too(sqlite_store: Store) -> None:
    for name in ("c-1", "c-2"):
        take_in(sqlite_store, event(name), lambda *_: Place(), BEGIN)
    news, heard = News(sqlite_store, FakeDoor().workers), list[IntakeRow]()

    def listener(row: IntakeRow) -> None:
        heard.append(row)
        if len(heard) == 1:
            decide(sqlite_store, "c-2", Decision("real", "", "seat 1", BEGIN + timedelta(minutes=1)))
            news.row_changed("c-2")

    async def go() -> None:
        news.listen(listener)
        news.row_changed("c-1")
        news.row_changed("c-2")
        telling = asyncio.create_task(news.run())
        async with asyncio.timeout(60):
            while news.open_by_camera != {"gate": 1} or len(heard) < 2:  # noqa: ASYNC110  counted in another thread
                await asyncio.sleep(0.01)
        telling.cancel()

    asyncio.run(go())
    assert [row.id for row in heard[:2]] == ["c-1", "c-2"]
    assert heard[-1].verdict == "real"

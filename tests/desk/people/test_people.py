from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text

from patrol.core.errors import ConfigError
from patrol.desk.people.links import LINK_LASTS, link_address, mint_link, note_port, noted_port
from patrol.desk.people.sessions import SESSION_LASTS, Sessions
from patrol.desk.store import Store
from tests.fakes.clock import ManualClock


@pytest.fixture
def sessions(store: Store, clock: ManualClock) -> Sessions:
    return Sessions(store, clock)


def test_a_link_opens_once(store: Store, clock: ManualClock, sessions: Sessions) -> None:
    token = mint_link(store, clock, "seat 3")
    found = sessions.sign_in(token)
    assert found is not None
    cookie, who = found
    assert who.label == "seat 3"
    assert sessions.find(cookie) == who
    assert sessions.sign_in(token) is None


def test_a_link_that_two_use_at_once_opens_for_one(
    store: Store, clock: ManualClock, sessions: Sessions
) -> None:
    token = mint_link(store, clock)
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda _: sessions.sign_in(token), range(6)))
    assert sum(one is not None for one in found) == 1


def test_a_link_expires(store: Store, clock: ManualClock, sessions: Sessions) -> None:
    token = mint_link(store, clock)
    clock.advance(LINK_LASTS.total_seconds())
    assert sessions.sign_in(token) is None


@pytest.mark.parametrize("token", ["", "guess", "x" * 5000, "' OR 1=1 --", "\u0000"])
def test_a_guess_opens_nothing(store: Store, clock: ManualClock, sessions: Sessions, token: str) -> None:
    mint_link(store, clock)
    assert sessions.sign_in(token) is None
    assert sessions.find(token) is None


def test_neither_token_nor_cookie_is_stored(store: Store, clock: ManualClock, sessions: Sessions) -> None:
    token = mint_link(store, clock)
    found = sessions.sign_in(token)
    assert found is not None
    with store.read() as tx:
        stored = str([tx.execute(text(f"SELECT * FROM {table}")).all() for table in ("links", "sessions")])
    assert token not in stored
    assert found[0] not in stored
    assert found[1].hash in stored


def test_a_session_ends_after_twelve_hours_however_much_it_is_used(
    store: Store, clock: ManualClock, sessions: Sessions
) -> None:
    found = sessions.sign_in(mint_link(store, clock))
    assert found is not None
    cookie, who = found
    for _ in range(11):
        clock.advance(3600)
        assert sessions.find(cookie) == who
    assert sessions.alive(who)
    clock.advance(SESSION_LASTS.total_seconds() - 11 * 3600)
    assert sessions.find(cookie) is None
    assert sessions.remembered(cookie) is None
    assert not sessions.alive(who)


def test_signing_out_ends_it_here_and_in_the_database(
    store: Store, clock: ManualClock, sessions: Sessions
) -> None:
    found = sessions.sign_in(mint_link(store, clock))
    assert found is not None
    cookie, who = found
    assert sessions.remembered(cookie) == who
    sessions.sign_out(who)
    assert sessions.remembered(cookie) is None
    assert sessions.find(cookie) is None
    assert not sessions.alive(who)
    assert Sessions(store, clock).find(cookie) is None


def test_a_session_outlives_the_desk_and_is_looked_up_again_now_and_then(
    store: Store, clock: ManualClock, sessions: Sessions
) -> None:
    found = sessions.sign_in(mint_link(store, clock))
    assert found is not None
    cookie, who = found
    clock.advance(31)
    assert sessions.remembered(cookie) is None
    assert sessions.find(cookie) == who
    assert sessions.remembered(cookie) == who
    restarted = Sessions(store, clock)
    assert restarted.remembered(cookie) is None
    assert restarted.find(cookie) == who


def test_what_opens_nothing_any_more_is_removed(store: Store, clock: ManualClock, sessions: Sessions) -> None:
    used = mint_link(store, clock)
    sessions.sign_in(used)
    mint_link(store, clock)
    clock.advance(SESSION_LASTS.total_seconds() + 1)
    mint_link(store, clock)
    with store.read() as tx:
        counts = [
            tx.execute(text(f"SELECT count(*) FROM {table}")).scalar() for table in ("links", "sessions")
        ]
    assert counts == [1, 0]


def test_the_token_stands_where_browsers_tell_nobody() -> None:
    assert link_address("127.0.0.1", 8642, "abc") == "http://127.0.0.1:8642/#/signin/abc"


def test_the_port_is_remembered_for_the_next_link(tmp_path: Path) -> None:
    folder = tmp_path / "desk"
    assert noted_port(folder) is None
    note_port(folder, 8642)
    assert noted_port(folder) == 8642
    (folder / "port").write_text("nonsense")
    assert noted_port(folder) is None
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="cannot be written"):
        note_port(tmp_path / "file", 1)

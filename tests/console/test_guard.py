from __future__ import annotations

import re
import socket
from collections.abc import Iterator

import httpx
import pytest
from fastapi.routing import APIRoute

from patrol.console.app import ROUTERS
from patrol.console.guard import COOKIE, MAX_BODY
from patrol.desk.people.links import mint_link
from tests.fakes.console import Console
from tests.fakes.desk import TOKEN, event

PUBLIC = {("POST", "/api/session"), ("GET", "/healthz")}


def routes() -> Iterator[tuple[str, str]]:
    for router in ROUTERS:
        for route in router.routes:
            assert isinstance(route, APIRoute)
            for method in route.methods or ():
                yield method, re.sub(r"{kind}", "still", re.sub(r"{(?!kind)\w+}", "x", route.path))


def test_the_walk_sees_the_whole_api() -> None:
    found = set(routes())
    assert len(found) >= 17
    assert {("DELETE", "/api/session"), ("GET", "/api/events"), ("GET", "/metrics")} | PUBLIC <= found


def test_every_route_but_two_needs_a_session(console: Console) -> None:
    with console.client() as stranger:
        for method, path in sorted(set(routes()) - PUBLIC):
            answer = stranger.request(method, path, json={} if method == "POST" else None)
            assert answer.status_code == 401, (method, path)
            assert answer.headers["content-type"] == "application/problem+json", (method, path)
            assert answer.json()["status"] == 401, (method, path)
        for method, path in PUBLIC:
            assert stranger.request(method, path, json={"token": "guess"}).status_code in {204, 401}


@pytest.mark.parametrize(
    "path", ["/api", "/api/", "/api/nothing", "/api/session/", "/api/../metrics", "/api//x"]
)
def test_what_is_not_there_needs_one_too(console: Console, path: str) -> None:
    with console.client() as stranger:
        assert stranger.get(path).status_code == 401


def test_a_session_opens_them(console: Console, seat: httpx.Client) -> None:
    for method, path in sorted(set(routes()) - PUBLIC - {("GET", "/api/events"), ("DELETE", "/api/session")}):
        answer = seat.request(method, path, json={} if method == "POST" else None)
        assert answer.status_code not in {401, 403, 500}, (method, path)


@pytest.mark.parametrize("cookie", ["", "guess", "a" * 200, '"', "x; patrol_session=y"])
def test_a_cookie_that_is_none_opens_nothing(console: Console, cookie: str) -> None:
    with console.client() as stranger:
        assert stranger.get("/api/session", headers={"Cookie": f"{COOKIE}={cookie}"}).status_code == 401


def test_a_change_must_come_from_the_page(console: Console, seat: httpx.Client) -> None:
    console.run(console.desk.handle(event()))
    path, body = "/api/candidates/c-1/verdict", {"verdict": "real"}
    own = {"Origin": console.origin, "X-Patrol": "1"}
    cookie = {"Cookie": f"{COOKIE}={seat.cookies[COOKIE]}"}
    refused: list[dict[str, str]] = [
        {},
        {"X-Patrol": "1"},
        {"Origin": console.origin},
        own | {"X-Patrol": "0"},
        own | {"Origin": "null"},
        own | {"Origin": "http://evil.example"},
        own | {"Origin": f"http://127.0.0.1:{console.port + 1}"},
        own | {"Origin": f"https://127.0.0.1:{console.port}"},
        own | {"Sec-Fetch-Site": "cross-site"},
        own | {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none", "X-Patrol": "1"},
    ]
    with console.client(page=False) as plain:
        for headers in refused:
            assert plain.post(path, json=body, headers=cookie | headers).status_code == 403, headers
        assert plain.get("/api/candidates/c-1", headers=cookie).json()["verdict"] is None
        for headers in (
            own,
            own | {"Sec-Fetch-Site": "same-origin"},
            {"Sec-Fetch-Site": "same-origin", "X-Patrol": "1"},
        ):
            assert plain.post(path, json=body, headers=cookie | headers).status_code == 200, headers


@pytest.mark.parametrize("method", ["PUT", "PATCH", "OPTIONS", "TRACE", "PROPFIND"])
def test_methods_nobody_uses_change_nothing(console: Console, seat: httpx.Client, method: str) -> None:
    assert seat.request(method, "/api/session").status_code == 405
    with console.client(page=False) as foreign:
        assert foreign.request(method, "/api/session").status_code == 403


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "", "[::1]:{port}"]
)
def test_another_name_for_this_machine_is_refused(console: Console, seat: httpx.Client, host: str) -> None:
    for path in ("/", "/api/session", "/healthz", "/metrics"):
        answer = seat.get(path, headers={"Host": host.format(port=console.port)})
        assert answer.status_code == 403, path


def test_localhost_is_this_machine(console: Console) -> None:
    with console.client() as client:
        assert client.get("/healthz", headers={"Host": f"localhost:{console.port}"}).status_code == 204


def test_every_answer_carries_the_headers(console: Console, seat: httpx.Client) -> None:
    for path in ("/", "/nothing", "/api/session", "/api/nothing", "/healthz", "/metrics"):
        headers = seat.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"], path
        assert "unsafe" not in headers["content-security-policy"], path
        assert headers["x-content-type-options"] == "nosniff", path
        assert headers["referrer-policy"] == "no-referrer", path
        assert "server" not in headers, path
    assert seat.get("/api/session").headers["cache-control"] == "no-store"


def test_bodies_are_bounded(console: Console, seat: httpx.Client) -> None:
    big = {"token": "x" * (MAX_BODY + 1)}
    assert seat.post("/api/session", json=big).status_code == 413
    assert seat.post("/api/session", content=iter([b"{}"])).status_code == 413
    assert seat.post("/api/session", content=b"{}", headers={"Content-Length": "2"}).status_code == 422


def test_it_listens_on_the_loopback_only(console: Console) -> None:
    with socket.socket() as other:
        other.settimeout(2)
        assert other.connect_ex(("127.0.0.2", console.port)) != 0


def test_metrics_take_the_media_token_and_nothing_else_does(console: Console) -> None:
    with console.client() as scraper:
        right = {"Authorization": f"Bearer {TOKEN}"}
        assert scraper.get("/metrics", headers=right).status_code == 200
        for wrong in (b"", b"Bearer", f"Bearer {TOKEN}x".encode(), TOKEN.encode(), b"Bearer \xfc"):
            assert scraper.get("/metrics", headers={b"Authorization": wrong}).status_code == 401
        assert scraper.get("/api/session", headers=right).status_code == 401


def test_docs_are_off(console: Console, seat: httpx.Client) -> None:
    for path in ("/docs", "/redoc", "/openapi.json", "/api/openapi.json"):
        assert seat.get(path).status_code == 404


def test_signing_in_and_out(console: Console) -> None:
    with console.client() as browser:
        token = mint_link(console.desk.store, console.clock, "seat 3")
        answer = browser.post("/api/session", json={"token": token})
        assert (answer.status_code, answer.content) == (204, b"")
        attributes = answer.headers["set-cookie"].lower()
        for attribute in ("httponly", "samesite=strict", "path=/", "max-age=43200"):
            assert attribute in attributes
        assert "domain" not in attributes
        assert browser.get("/api/session").json()["seat"] == "seat 3"
        with console.client() as second:
            again = second.post("/api/session", json={"token": token})
            assert again.status_code == 401
            assert token not in again.text
        cookie = browser.cookies[COOKIE]
        assert browser.delete("/api/session").status_code == 204
        assert browser.get("/api/session", headers={"Cookie": f"{COOKIE}={cookie}"}).status_code == 401


def test_sign_ins_that_fail_are_slowed_down(console: Console) -> None:
    with console.client() as browser:
        for _ in range(10):
            assert browser.post("/api/session", json={"token": "guess"}).status_code == 401
        token = mint_link(console.desk.store, console.clock)
        answer = browser.post("/api/session", json={"token": token})
        assert answer.status_code == 429
        assert 0 < int(answer.headers["retry-after"]) <= 61
        console.clock.advance(61)
        assert browser.post("/api/session", json={"token": token}).status_code == 204


@pytest.mark.parametrize(
    "other", ['prefs={"dark": true}', "theme=dark mode", "flag", "n[0]=1", "=", "x=\xe9"]
)
def test_cookies_of_other_programs_on_this_machine_do_not_shut_anybody_out(
    console: Console, seat: httpx.Client, other: str
) -> None:
    # Browsers keep cookies by host and not by port: whatever else runs on 127.0.0.1 has its own among them.
    own = f"{COOKIE}={seat.cookies[COOKIE]}"
    with console.client() as browser:
        for sent in (f"{other}; {own}", f"{own}; {other}"):
            answer = browser.get("/api/session", headers={b"Cookie": sent.encode("latin-1")})
            assert answer.status_code == 200, sent

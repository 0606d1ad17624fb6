"""The application: routers, guard, page, events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import structlog
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute

from patrol import __version__
from patrol.console import problems
from patrol.console.api import cameras, candidates, events, evidence, health, session
from patrol.console.api.asking import ALWAYS
from patrol.console.api.attempts import Attempts
from patrol.console.api.views import cameras_out, candidate_out
from patrol.console.guard import Guard
from patrol.console.live.feed import Feed
from patrol.console.live.looks import Looks
from patrol.console.page import DIST, Page
from patrol.desk.service import Desk
from patrol.desk.store.rows import IntakeRow

log = structlog.get_logger(__name__)
CAMERAS_EVERY_S = 2.0
"""As often as workers report."""
ROUTERS: Sequence[APIRouter] = (
    session.router,
    cameras.router,
    candidates.router,
    evidence.router,
    events.router,
    health.router,
)
"""All routes there are; besides them the page, which holds nothing secret."""


def build_app(desk: Desk, dist: Path = DIST) -> FastAPI:
    """The console of a desk. Its lifespan starts and stops the desk.

    Args:
        desk: not yet started.
        dist: the built page.
    """
    app = bare_app()
    app.router.lifespan_context = _lifespan
    app.state.desk = desk
    app.state.feed = Feed()
    app.state.looks = Looks(desk)
    app.state.attempts = Attempts(desk.clock)
    app.mount("/", Page(dist))
    app.add_middleware(Guard, desk=desk)
    return app


def bare_app() -> FastAPI:
    """The routes alone: enough for the OpenAPI document."""
    app = FastAPI(
        title="Patrol desk",
        version=__version__,
        description="The API of one desk, for the page that it serves. On 127.0.0.1 only; every route but "
        "signing in needs a session; every change needs the header `X-Patrol: 1` and the same origin.",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        generate_unique_id_function=_operation_id,
    )
    for router in ROUTERS:
        app.include_router(router, responses=ALWAYS)
    problems.install(app)
    return app


def _operation_id(route: APIRoute) -> str:
    return route.name


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    desk: Desk = app.state.desk
    feed: Feed = app.state.feed

    def tell(row: IntakeRow) -> None:
        feed.candidate(candidate_out(desk, row).model_dump_json())

    desk.listen(tell)
    await desk.start()
    board = asyncio.create_task(_show_cameras(desk, feed), name="cameras")
    try:
        yield
    finally:
        feed.close()
        board.cancel()
        await asyncio.gather(board, return_exceptions=True)
        await desk.stop()


async def _show_cameras(desk: Desk, feed: Feed) -> None:
    while True:
        if feed.pages:
            try:
                feed.cameras(cameras_out(desk).model_dump_json())
            except Exception:  # the supervisor of this task: one bad report must not end it
                log.exception("cameras_not_shown")
        await asyncio.sleep(CAMERAS_EVERY_S)

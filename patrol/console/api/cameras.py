"""Cameras, and their last looks."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Response

from patrol.console.api.asking import NOT_FOUND, DeskOf, LooksOf, Who
from patrol.console.api.shapes import CamerasOut
from patrol.console.api.views import cameras_out
from patrol.console.live.looks import NoCamera, NoLook

router = APIRouter(prefix="/api/cameras", tags=["cameras"])


@router.get("")
async def cameras(desk: DeskOf, _who: Who) -> CamerasOut:
    """All workers and cameras, as of now."""
    return cameras_out(desk)


@router.get(
    "/{camera_id}/look.jpg",
    response_class=Response,
    responses={200: {"content": {"image/jpeg": {}}}, **NOT_FOUND},
)
async def look(
    camera_id: str, looks: LooksOf, _who: Who, look: Annotated[str, Query(max_length=200)] = ""
) -> Response:
    """The last look, heads blurred by the worker. X-Look-At says when it was taken."""
    try:
        picture = await looks.get(camera_id, look)
    except (NoCamera, NoLook) as error:
        raise HTTPException(404, str(error)) from None
    headers = {"X-Look-At": picture.at, "X-Look-Id": picture.look_id}
    return Response(picture.jpeg, media_type="image/jpeg", headers=headers)


@router.post("/{camera_id}/look-now", status_code=202, responses=NOT_FOUND)
async def look_now(camera_id: str, desk: DeskOf, _who: Who) -> Response:
    """Ask the worker for a look at once; it shows as a new look_id."""
    if not await desk.look_now(camera_id):
        raise HTTPException(404, "no worker has this camera")
    return Response(status_code=202)

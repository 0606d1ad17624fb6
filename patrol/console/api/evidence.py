"""Evidence: what is blurred for every seat, the original only on purpose."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from fastapi import APIRouter, HTTPException, Response
from fastapi.responses import FileResponse

from patrol.console.api.asking import NOT_FOUND, DeskOf, Who
from patrol.console.api.shapes import OpenedOut, OpenIn
from patrol.core.candidate import EvidenceKind
from patrol.desk.store.rows import HeldEvidence

router = APIRouter(prefix="/api/candidates/{candidate_id}", tags=["evidence"])

_TYPES = {"image/jpeg": "jpg", "image/png": "png", "video/mp4": "mp4", "video/x-matroska": "mkv"}
"""What is served under its own type. A type that a worker made up could make a browser run something."""
_IMMUTABLE = "private, max-age=31536000, immutable"
_FILE: dict[int | str, dict[str, object]] = {
    200: {"content": {name: {} for name in _TYPES}},
    206: {"description": "a range of it"},
    **NOT_FOUND,
}


@router.get("/evidence/{kind}", response_class=Response, responses=_FILE)
async def evidence(
    candidate_id: str, kind: Literal["still", "still_boxes", "preview"], desk: DeskOf, _who: Who, v: str = ""
) -> Response:
    """A piece of evidence with heads blurred. Ranges are served. `v` is there to change with the file."""
    found = await desk.evidence_file(candidate_id, EvidenceKind(kind))
    if found is None:
        raise HTTPException(404, "the desk has no such piece of evidence, or not yet")
    named = v and found[1].sha256.startswith(v)
    return await _file(desk, found, _IMMUTABLE if named else "private, no-cache")


@router.post("/original", responses=NOT_FOUND)
async def open_original(candidate_id: str, body: OpenIn, desk: DeskOf, who: Who) -> OpenedOut:
    """Open the unblurred original for five minutes. Who, when and why is recorded first."""
    purpose = body.purpose.strip()
    if len(purpose) < 3:
        raise HTTPException(422, "purpose: say in three letters or more why the original is opened")
    grant = await desk.open_original(candidate_id, who, purpose)
    if grant is None:
        raise HTTPException(404, "the desk has no original of this candidate, or not yet")
    url = f"/api/candidates/{candidate_id}/original/{grant.code}"
    return OpenedOut(url=url, expires=grant.expires)


@router.get("/original/{grant}", response_class=Response, responses={**_FILE})
async def original(candidate_id: str, grant: str, desk: DeskOf, who: Who) -> Response:
    """The original, for the session that opened it, as long as that holds."""
    if not desk.may_read_original(candidate_id, grant, who):
        raise HTTPException(404, "not opened by this session, or more than five minutes ago; open it again")
    found = await desk.evidence_file(candidate_id, EvidenceKind.ORIGINAL)
    if found is None:
        raise HTTPException(404, "the desk no longer has this original")
    return await _file(desk, found, "no-store")


async def _file(desk: DeskOf, found: tuple[Path, HeldEvidence], caching: str) -> Response:
    path, piece = found
    if not await desk.store.run(path.is_file):
        raise HTTPException(
            404, "the file is gone from the desk's disk; it is fetched again at the next start"
        )
    suffix = _TYPES.get(piece.media_type)
    headers = {"Cache-Control": caching, "ETag": f'"{piece.sha256}"'}
    kind = piece.media_type if suffix else "application/octet-stream"
    name = f"{piece.kind.value}-{piece.sha256[:12]}.{suffix or 'bin'}"
    disposition = "inline" if suffix else "attachment"
    return FileResponse(
        path, headers=headers, media_type=kind, filename=name, content_disposition_type=disposition
    )

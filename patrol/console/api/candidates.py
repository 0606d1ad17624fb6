"""Candidates, and what people say of them."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Header, HTTPException, Query

from patrol.console.api.asking import NOT_FOUND, DeskOf, Who
from patrol.console.api.shapes import (
    CandidateOut,
    CandidatePage,
    DecisionOut,
    HistoryOut,
    OpeningOut,
    VerdictIn,
)
from patrol.console.api.views import candidate_out
from patrol.desk.triage.reading import Filter
from patrol.queue.wire import Instant

router = APIRouter(prefix="/api/candidates", tags=["candidates"])
_UNKNOWN = "there is no candidate of this id"
_LAST = 2**63 - 1
"""The greatest `seq` that a database can hold."""


@router.get("")
async def candidates(
    desk: DeskOf,
    _who: Who,
    *,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str, Query(max_length=20, pattern=r"^\d*$")] = "",
    verdict: Literal["open", "real", "false", "unsure", "all"] = "all",
    camera: Annotated[str, Query(max_length=200)] = "",
    since: Instant | None = None,
) -> CandidatePage:
    """A page, newest arrival first. `verdict=open`: not judged yet; `since`: raised since then."""
    wanted = Filter(verdict=verdict, camera_id=camera, since=since)
    rows = await desk.page(wanted, min(int(cursor), _LAST) if cursor else None, limit + 1)
    return CandidatePage(
        items=[candidate_out(desk, row) for row in rows[:limit]],
        next=str(rows[limit - 1].seq) if len(rows) > limit else None,
        open=sum(desk.open_by_camera.values()),
    )


@router.get("/{candidate_id}", responses=NOT_FOUND)
async def candidate(candidate_id: str, desk: DeskOf, _who: Who) -> CandidateOut:
    """One candidate."""
    row = await desk.candidate(candidate_id)
    if row is None:
        raise HTTPException(404, _UNKNOWN)
    return candidate_out(desk, row)


@router.get("/{candidate_id}/history", responses=NOT_FOUND)
async def history(candidate_id: str, desk: DeskOf, _who: Who) -> HistoryOut:
    """Every verdict, every undoing, every opening of the original."""
    found = await desk.history(candidate_id)
    if found is None:
        raise HTTPException(404, _UNKNOWN)
    return HistoryOut(
        decisions=[
            DecisionOut(verdict=d.verdict, reason=d.reason, who=d.who, at=d.at) for d in found.decisions
        ],
        openings=[OpeningOut(who=o.who, at=o.at, purpose=o.purpose) for o in found.openings],
    )


@router.post("/{candidate_id}/verdict", responses=NOT_FOUND)
async def verdict(
    candidate_id: str,
    body: VerdictIn,
    desk: DeskOf,
    who: Who,
    idempotency_key: Annotated[str | None, Header(min_length=1, max_length=100)] = None,
) -> CandidateOut:
    """Say real, false or unsure; null undoes. The same Idempotency-Key decides once."""
    row = await desk.decide(candidate_id, body.verdict, body.reason.strip(), who, idempotency_key)
    if row is None:
        raise HTTPException(404, _UNKNOWN)
    return candidate_out(desk, row)

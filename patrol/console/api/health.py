"""How the desk is: for people signed in, for supervisors, for Prometheus."""

from __future__ import annotations

from collections.abc import Iterator

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from patrol.console.api.asking import DeskOf, FeedOf, Who
from patrol.console.api.shapes import HealthOut, PartHealth, WorkersHealth
from patrol.core.errors import StoreError
from patrol.core.redact import redact

router = APIRouter(tags=["health"])
_TOTAL = "_total"


@router.get("/api/health")
async def health(desk: DeskOf, _who: Who) -> HealthOut:
    """What is wrong, in sentences for people, worst first."""
    problems = [redact(text) for text in desk.problems()]
    queue, database = redact(desk.queue_problem()), redact(desk.store.problem)
    seen = desk.roster.all()
    silent = sum(one.stale for one in seen)
    return HealthOut(
        ok=not problems,
        problems=problems,
        queue=PartHealth(ok=not queue, detail=queue),
        database=PartHealth(ok=not database, detail=database),
        workers=WorkersHealth(ok=bool(seen) and silent == 0, known=len(seen), silent=silent),
    )


@router.get("/healthz", status_code=204)
async def alive() -> Response:
    """Answers while the desk serves; says nothing else."""
    return Response(status_code=204)


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
async def metrics(desk: DeskOf, feed: FeedOf) -> Response:
    """Figures for Prometheus; with a session, or with the media token as bearer."""
    figures = desk.figures() | {"sse_clients": feed.pages}
    try:
        figures["intake_rows"] = await desk.count_rows()
    except StoreError:
        figures["database_ok"] = 0
    registry = CollectorRegistry()
    registry.register(_Figures(figures))
    return Response(generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})


class _Figures(Collector):
    """Fixed names, no labels: nothing that grows with what comes in."""

    def __init__(self, figures: dict[str, float]) -> None:
        self._figures = figures

    def collect(self) -> Iterator[CounterMetricFamily | GaugeMetricFamily]:
        for name, value in self._figures.items():
            words = name.removesuffix(_TOTAL).replace("_", " ")
            family = CounterMetricFamily if name.endswith(_TOTAL) else GaugeMetricFamily
            yield family(f"patrol_desk_{name.removesuffix(_TOTAL)}", f"Desk: {words}.", value=value)

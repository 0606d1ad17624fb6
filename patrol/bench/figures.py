"""A worker's own figures at two moments, and what happened between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx
from prometheus_client.parser import text_string_to_metric_families

from patrol.bench.process import Usage
from patrol.core.errors import DeliveryError
from patrol.core.redact import Secret, redact

_TIMEOUT_S = 5.0
_NOT_MISSED = ("not_due",)
"""Keyframes that the pace leaves out on purpose."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Counters of one worker at one moment.

    Attributes:
        looks: pictures judged, by camera.
        missed: looks that did not happen, by cause, all cameras together.
        live: cameras whose state is live.
        candidates: that ever began.
    """

    looks: Mapping[str, float] = field(default_factory=dict)
    missed: Mapping[str, float] = field(default_factory=dict)
    live: frozenset[str] = frozenset()
    candidates: float = 0.0


def fetch_figures(media_url: str, token: Secret) -> Figures:
    """Ask a worker's media endpoint for its metrics.

    Raises:
        DeliveryError: it did not answer, or refused.
    """
    header = {"Authorization": f"Bearer {token.reveal()}"}
    try:
        answer = httpx.get(f"{media_url}/metrics", headers=header, timeout=_TIMEOUT_S, trust_env=False)
        answer.raise_for_status()
    except httpx.HTTPError as error:
        raise DeliveryError(f"{media_url}/metrics gave no figures: {redact(str(error))}") from None
    return parse_figures(answer.text)


def parse_figures(text: str) -> Figures:
    """Read metrics in Prometheus' text format."""
    looks: dict[str, float] = {}
    missed: dict[str, float] = {}
    live, candidates = set(), 0.0
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if sample.name == "patrol_looks_total":
                looks[sample.labels["camera"]] = sample.value
            elif sample.name == "patrol_looks_missed_total":
                cause = sample.labels["cause"]
                missed[cause] = missed.get(cause, 0.0) + sample.value
            elif sample.name == "patrol_camera_state" and sample.labels["state"] == "live" and sample.value:
                live.add(sample.labels["camera"])
            elif sample.name == "patrol_candidates_total":
                candidates = sample.value
    return Figures(looks, missed, frozenset(live), candidates)


@dataclass(frozen=True, slots=True)
class Moment:
    """Everything known of a worker at one moment; `at` is monotonic seconds."""

    at: float
    figures: Figures
    worker: Usage


def between(first: Moment, last: Moment, look_every_s: float) -> dict[str, object]:
    """What a window of time cost and gave.

    `looks_missed_share` is counted two ways and the worse one is given: the looks that the worker says it
    missed, and what it did against what was due by the clock. The second is off by the looks at the window's
    two ends: at most one a camera either way, and half of them in the mean.
    """
    seconds = last.at - first.at
    cameras = len(last.figures.looks)
    looks = sum(last.figures.looks.values()) - sum(first.figures.looks.values())
    due = cameras * seconds / look_every_s
    missed = {
        cause: last.figures.missed[cause] - first.figures.missed.get(cause, 0.0)
        for cause in sorted(last.figures.missed)
    }
    counted = sum(count for cause, count in missed.items() if cause not in _NOT_MISSED)
    cpu_s = last.worker.cpu_s - first.worker.cpu_s
    return {
        "seconds": round(seconds, 2),
        "cpu_ms_per_camera_second": round(1000 * cpu_s / (cameras * seconds), 2),
        "core_share": round(cpu_s / seconds, 3),
        "looks": int(looks),
        "looks_due": round(due, 1),
        "looks_missed": {cause: int(count) for cause, count in missed.items() if count},
        "looks_missed_share": round(max(counted / max(looks + counted, 1), 1 - looks / due, 0.0), 4),
        "fewest_looks_of_a_camera": int(
            min(last.figures.looks[c] - first.figures.looks.get(c, 0.0) for c in last.figures.looks)
        ),
        "candidates": int(last.figures.candidates - first.figures.candidates),
        "rss_mb": round(last.worker.rss_mb, 1),
        "peak_mb": round(last.worker.peak_mb, 1),
        "threads": last.worker.threads,
    }

"""A desk's HTTP API, as much of it as the demo needs."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from patrol.config.settings import Settings
from patrol.core.errors import DeliveryError
from patrol.core.protocols import Clock
from patrol.core.redact import redact
from patrol.desk.people.links import mint_link
from patrol.desk.service import open_store

_TIMEOUT_S = 5.0
_PAGE = 200
"""Candidates asked for at once: the demo wants its first one, and stops asking then."""


class DeskClient:
    """One session at a desk of this machine."""

    def __init__(self, base: str, token: str) -> None:
        """Sign in with the token of a link.

        Raises:
            DeliveryError: the desk did not answer, or refused.
        """
        self._http = httpx.Client(
            base_url=base, timeout=_TIMEOUT_S, headers={"X-Patrol": "1", "Origin": base}, trust_env=False
        )
        try:
            self._ask("POST", "/api/session", {"token": token})
        except DeliveryError:
            self._http.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connection."""
        self._http.close()

    def cameras(self) -> dict[str, Any]:
        """Workers and cameras as they are now.

        Raises:
            DeliveryError: the desk did not answer, or refused.
        """
        return self._json("/api/cameras")

    def first_candidate(self) -> dict[str, Any] | None:
        """The intake row that came first; None while there is none.

        Raises:
            DeliveryError: the desk did not answer, or refused.
        """
        rows = self._json(f"/api/candidates?verdict=all&limit={_PAGE}")["items"]
        return min(rows, key=lambda row: str(row["received_at"]), default=None)

    def candidate(self, candidate_id: str) -> dict[str, Any]:
        """One intake row.

        Raises:
            DeliveryError: the desk did not answer, or refused.
        """
        return self._json(f"/api/candidates/{candidate_id}")

    def _json(self, path: str) -> dict[str, Any]:
        answer = self._ask("GET", path).json()
        if not isinstance(answer, dict):
            raise DeliveryError(f"the desk answered {path} with no object")
        return answer

    def _ask(self, method: str, path: str, body: dict[str, str] | None = None) -> httpx.Response:
        try:
            answer = self._http.request(method, path, json=body)
        except httpx.HTTPError as error:
            raise DeliveryError(f"the desk did not answer {path}: {redact(str(error))}") from None
        if answer.is_error:
            raise DeliveryError(f"the desk refused {path}: {answer.status_code} {redact(answer.text[:200])}")
        return answer


def sign_in(settings: Settings, folder: Path, base: str, clock: Clock, seat: str) -> DeskClient:
    """A session of its own at the desk whose data lies in `folder`; the printed link stays unused.

    Raises:
        DeliveryError: the desk did not answer, or refused.
        StoreError: its database cannot be written now.
    """
    store = open_store(settings, folder)
    try:
        token = mint_link(store, clock, seat)
    finally:
        store.close()
    return DeskClient(base, token)

"""The desk's side of the queue, as the desk needs it. `patrol.queue` has the real ones."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from patrol.queue.wire import Ack, CandidateEvent, Command, WorkerStatus

Handle = Callable[[CandidateEvent], Awaitable[Ack]]
"""Commits an event before it returns; idempotent."""


class CandidateQueue(Protocol):
    """The reading end of the candidate stream; `patrol.queue.consume.Consumer` is one."""

    @property
    def taken(self) -> int:
        """Events handled."""
        ...

    @property
    def dead_letters(self) -> int:
        """Events given up."""
        ...

    def problem(self) -> str:
        """Empty, or why nothing is taken in."""
        ...

    async def run(self) -> None:
        """Until cancelled."""
        ...


class WorkerLink(Protocol):
    """What the desk reads of workers and tells them; `patrol.queue.workers.Workers` is one."""

    @property
    def unreadable(self) -> Mapping[str, str]:
        """Workers whose last status could not be read, and why."""
        ...

    async def status_of_workers(self) -> list[WorkerStatus]:
        """The last status of every worker."""
        ...

    async def send_command(self, worker_id: str, command: Command) -> None:
        """Ask a worker for something."""
        ...

    async def send_ack(self, worker_id: str, ack: Ack) -> None:
        """Tell a worker what is held."""
        ...

    async def close(self) -> None:
        """Release the connections."""
        ...


@dataclass(frozen=True, slots=True)
class Door:
    """Both together."""

    candidates: CandidateQueue
    workers: WorkerLink


Connect = Callable[[Handle], Door]
"""Makes the door from the handler of candidate events."""

"""Room for evidence: what goes when the desk's disk or its quota is full, and what never does."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime

import structlog

from patrol.core.protocols import Clock
from patrol.desk.intake.files import EvidenceFiles
from patrol.desk.store import Store, evidence
from patrol.desk.store.rows import StoredFile, Wanted

log = structlog.get_logger(__name__)
_MB = 1_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """In bytes: what all evidence may take together, and what must stay free on its disk."""

    most: int
    least_free: int

    @staticmethod
    def of_mb(most: float, least_free: float) -> Limits:
        """From settings in megabytes of 1,000,000 bytes."""
        return Limits(int(most * _MB), int(least_free * _MB))


class Room:
    """Keeps evidence within its limits: the oldest that nobody has confirmed goes first. Blocking calls."""

    def __init__(self, store: Store, files: EvidenceFiles, limits: Limits, clock: Clock) -> None:
        self._store, self._files, self._limits, self._clock = store, files, limits, clock
        self._lock = threading.Lock()
        self._reserved = 0
        self.problem = ""
        """Empty, or why nothing is pulled, for people."""
        self.removed = 0
        """Files that went to make room, since the start."""

    def reserve(self, piece: Wanted) -> tuple[bool, list[str]]:
        """Set room aside for a piece, removing what is older and not confirmed.

        Returns:
            whether there is room, and the candidates that lost a file for it.

        Raises:
            StoreError: the database cannot be read or written now.
        """
        older_than = None if piece.confirmed else piece.raised
        with self._lock:
            fits, touched = self._remove_until_fits(piece.size, older_than)
            if fits:
                self._reserved += piece.size
            self.problem = "" if fits else self._in_words()
        return fits, touched

    def settle(self, piece: Wanted, file: StoredFile) -> list[str]:
        """The file is on the disk: write it into its rows, in place of the room set aside.

        Returns:
            the candidates that it belongs to.

        Raises:
            StoreError: not written; the room stays set aside until `release`.
        """
        with self._lock:
            with self._store.write() as tx:
                touched = evidence.mark_held(tx, file.sha256, self._clock.now(), original=file.original)
            self._reserved -= piece.size
        return touched

    def release(self, piece: Wanted) -> None:
        """The piece is not coming now: its room is no longer set aside."""
        with self._lock:
            self._reserved -= piece.size

    def sweep(self) -> list[str]:
        """Bring what is held under a quota that was lowered. Returns the candidates that lost a file."""
        with self._lock:
            touched: list[str] = []
            while self._held() > self._limits.most:
                gone = self._remove_oldest(None)
                if gone is None:
                    self.problem = self._in_words()
                    break
                touched += gone
            return touched

    def _remove_until_fits(self, size: int, older_than: datetime | None) -> tuple[bool, list[str]]:
        touched: list[str] = []
        # A disk that something else has filled is not helped by evidence that goes: then all of it stays.
        if self._missing(size) > self._removable(older_than):
            return False, touched
        while self._missing(size) > 0:
            gone = self._remove_oldest(older_than)
            if gone is None:
                return False, touched
            touched += gone
        return True, touched

    def _missing(self, size: int) -> int:
        """Bytes that must go before `size` fits; 0 or less where it does."""
        ahead = self._reserved + size
        for_disk = self._limits.least_free + ahead - self._files.free()
        return max(for_disk, self._held() + ahead - self._limits.most)

    def _removable(self, older_than: datetime | None) -> int:
        with self._store.read() as tx:
            return evidence.removable_bytes(tx, older_than)

    def _held(self) -> int:
        with self._store.read() as tx:
            return evidence.held_bytes(tx)

    def _remove_oldest(self, older_than: datetime | None) -> list[str] | None:
        # The row goes first: after a crash in between, the file is a stranger that the next start removes.
        with self._store.write() as tx:
            file = evidence.oldest_removable(tx, older_than)
            if file is None:
                return None
            touched = evidence.mark_removed(tx, file, self._clock.now())
        self._files.remove(file)
        self.removed += 1
        log.info("evidence_removed_to_make_room", sha256=file.sha256, size=file.size, candidates=touched)
        return touched

    def _in_words(self) -> str:
        most, least_free = self._limits.most // _MB, self._limits.least_free // _MB
        return (
            f"no room for evidence: at most {most} MB, with {least_free} MB left free on the disk, and what "
            "is there is newer or confirmed. New evidence stays with the workers. Free disk space, or raise "
            "PATROL_EVIDENCE_MAX_MB"
        )

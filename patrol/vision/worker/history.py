"""Which evidence may go: what the outbox says of candidates, and the vault of files, put together."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import structlog

from patrol.core.errors import EvidenceError, StoreError
from patrol.queue.outbox import Outbox
from patrol.vision.candidates.evidence.vault import Vault

log = structlog.get_logger(__name__)


def removable(outbox: Outbox, vault: Vault) -> Iterator[str]:
    """SHA-256 of evidence that may go when room is needed, in that order; files that no row names, too.

    Raises:
        StoreError: the outbox cannot be read now.
    """
    return outbox.removable_evidence(lambda: vault.strangers(outbox.evidence_named()))


def purge(outbox: Outbox, vault: Vault, now: datetime) -> None:
    """Drop old history, and the evidence that only it named: nothing else would ever remove that."""
    try:
        before = outbox.evidence_named()
        if outbox.purge(now):
            for sha256 in before - outbox.evidence_named():
                vault.delete(sha256)
    except (StoreError, EvidenceError) as error:
        log.warning("history_not_purged", why=str(error))

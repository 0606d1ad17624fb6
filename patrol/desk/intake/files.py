"""Evidence on the desk's disk. A file has its final name only once it is whole, checked and on the disk."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from patrol.core.errors import EvidenceError
from patrol.desk.store.rows import StoredFile

_CHUNK = 1 << 20


class EvidenceFiles:
    """Files named by their SHA-256, originals in a folder of their own.

    Args:
        root: made when missing, mode 0700.
        free: bytes free on its disk; given in tests.
    """

    def __init__(self, root: Path, free: Callable[[], int] | None = None) -> None:
        self._root = root
        self.free = free or (lambda: shutil.disk_usage(root).free)
        for folder in ("shown", "originals", "partial"):
            (root / folder).mkdir(mode=0o700, parents=True, exist_ok=True)

    def path(self, sha256: str, *, original: bool) -> Path:
        """Where a file is, or would be."""
        return self._root / ("originals" if original else "shown") / sha256[:2] / sha256

    def partial(self, sha256: str) -> Path:
        """Where a file grows until it is whole."""
        return self._root / "partial" / sha256

    def adopt(self, file: StoredFile) -> None:
        """Check a partial file and give it its final name; a wrong one is deleted. Blocks on the disk.

        Raises:
            EvidenceError: its bytes are not those that the worker announced.
            OSError: the disk refused.
        """
        partial = self.partial(file.sha256)
        with partial.open("rb") as opened:
            if _sha256(opened.fileno()) != file.sha256 or partial.stat().st_size != file.size:
                partial.unlink()
                raise EvidenceError("its bytes do not match the SHA-256 that the worker announced")
            os.fsync(opened.fileno())
        final = self.path(file.sha256, original=file.original)
        if not final.parent.is_dir():
            final.parent.mkdir(mode=0o700, exist_ok=True)
            _sync_folder(final.parent.parent)
        partial.replace(final)
        _sync_folder(final.parent)

    def holds(self, file: StoredFile) -> bool:
        """Whether the file is there in its full size."""
        try:
            return self.path(file.sha256, original=file.original).stat().st_size == file.size
        except FileNotFoundError:
            return False

    def remove(self, file: StoredFile) -> None:
        """Delete a file; one that is not there is no error."""
        self.path(file.sha256, original=file.original).unlink(missing_ok=True)

    def remove_strangers(self, held: set[StoredFile], wanted: set[str]) -> int:
        """Delete files that no row holds, and partial ones that nobody wants. Returns how many."""
        known = {self.path(file.sha256, original=file.original) for file in held}
        known |= {self.partial(sha256) for sha256 in wanted}
        strangers = [path for path in self._all() if path not in known]
        for path in strangers:
            path.unlink(missing_ok=True)
        return len(strangers)

    def _all(self) -> Iterator[Path]:
        for pattern in ("shown/*/*", "originals/*/*", "partial/*"):
            yield from self._root.glob(pattern)


def _sha256(descriptor: int) -> str:
    digest = hashlib.sha256()
    while chunk := os.read(descriptor, _CHUNK):
        digest.update(chunk)
    return digest.hexdigest()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

"""The worker's evidence on disk: files named by their SHA-256, durable when named, within a quota."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import threading
from collections.abc import Callable, Container, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import structlog

from patrol.core.errors import DiskFull, EvidenceError
from patrol.vision.candidates.evidence.failure import write_failure

log = structlog.get_logger(__name__)

MEDIA_TYPES = {"jpg": "image/jpeg", "mp4": "video/mp4"}
"""By extension: all that a vault takes."""

_SHA256 = re.compile(r"[0-9a-f]{64}")
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Piece:
    """One stored file.

    Attributes:
        original: unblurred, kept apart.
    """

    sha256: str
    path: Path
    size: int
    media_type: str
    original: bool


def free_bytes_of(folder: Path) -> int:
    """What an ordinary user may still write there."""
    stat = os.statvfs(folder)
    return stat.f_bavail * stat.f_frsize


class Vault:
    """A folder of evidence. Thread-safe; one process owns it.

    `shown/` holds what is blurred, `originals/` the clips as the camera sent them, each as
    `<first two digits>/<sha256>.<extension>`; `tmp/` what is being written. Folders are 0700, files 0600. A
    file is synced, renamed, and its folder synced before its name is returned, so a row that names it never
    points at nothing. No path is ever made from input: only 64 hexadecimal digits are looked up.

    Args:
        folder: made where it is missing; leftovers of a killed process in it are removed.
        max_bytes: quota of all files together.
        min_free_bytes: low-water mark: what must stay free on this disk for the database and the rest.
        free_bytes: how much is free on the disk of a folder.

    Raises:
        EvidenceError: the folder cannot be used.
    """

    def __init__(
        self,
        folder: Path,
        max_bytes: int,
        min_free_bytes: int,
        free_bytes: Callable[[Path], int] = free_bytes_of,
    ) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._min_free_bytes = min_free_bytes
        self._free_bytes = free_bytes
        self._lock = threading.Lock()
        with self._reported(f"cannot use the evidence folder {folder}"):
            for part in (folder, *(folder / name for name in ("shown", "originals", "tmp"))):
                part.mkdir(mode=0o700, parents=True, exist_ok=True)
                part.chmod(0o700)
            self._remove_leftovers()
            self._pieces = {piece.sha256: piece for piece in self._scan()}
        self._from_before = tuple(self._pieces)
        self._used = sum(piece.size for piece in self._pieces.values())

    @property
    def used_bytes(self) -> int:
        """Bytes of all files together."""
        return self._used

    def new_temp(self) -> Path:
        """A new, empty file on the vault's own disk, for `store_file`; gone after the next start.

        Raises:
            DiskFull, EvidenceError: it cannot be made.
        """
        path = self._folder / "tmp" / f"{secrets.token_hex(16)}.tmp"
        with self._reported(f"cannot write in {path.parent}"):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        return path

    def store_bytes(self, data: bytes, ext: str, *, original: bool = False) -> tuple[str, int]:
        """Keep `data`. Returns its SHA-256 and size; both are durable.

        Raises:
            DiskFull: quota, low-water mark, or the disk itself; nothing is left behind.
            EvidenceError: not written, for another reason.
        """
        self._demand(len(data), len(data))
        path = self.new_temp()
        with self._removed_after(path), self._reported(f"cannot write evidence in {self._folder}"):
            path.write_bytes(data)
            return self._adopt(path, hashlib.sha256(data).hexdigest(), len(data), ext, original=original)

    def store_file(self, path: Path, ext: str, *, original: bool = False) -> tuple[str, int]:
        """Keep a file that `new_temp` gave; it is gone from there afterwards, kept or not.

        Raises:
            DiskFull: quota, low-water mark, or the disk itself.
            EvidenceError: not kept, for another reason.
        """
        with self._removed_after(path), self._reported(f"cannot keep evidence in {self._folder}"):
            size = path.stat().st_size
            self._demand(size, 0)
            return self._adopt(path, _hash(path), size, ext, original=original)

    def find(self, sha256: str) -> Piece | None:
        """The stored file of that hash; None where there is none, or the text is no hash."""
        with self._lock:
            return self._pieces.get(sha256)

    def open(self, sha256: str) -> BinaryIO:
        """The stored file, for reading.

        Raises:
            EvidenceError: there is none.
        """
        piece = self.find(sha256)
        if piece is None:
            raise EvidenceError(f"no evidence {sha256[:64]!r} is kept here; it may have gone to make room")
        with self._reported(f"cannot read evidence {piece.path}"):
            return piece.path.open("rb")

    def verify(self, sha256: str) -> bool:
        """Whether the stored file is there and still has its hash."""
        piece = self.find(sha256)
        try:
            return piece is not None and _hash(piece.path) == sha256
        except OSError:
            return False

    def delete(self, sha256: str) -> bool:
        """Remove a file. Returns whether there was one."""
        with self._lock:
            piece = self._pieces.pop(sha256, None)
            self._used -= piece.size if piece else 0
        if piece is None:
            return False
        with self._reported(f"cannot remove evidence {piece.path}"):
            piece.path.unlink(missing_ok=True)
            _sync_folder(piece.path.parent)
        return True

    def strangers(self, named: Container[str]) -> list[str]:
        """Hashes of files from before this start that nobody names, the oldest first.

        A process that is killed between a file and the row that names it leaves one. What was stored since
        the start may still be on its way to its row, and is none.
        """
        pieces = [p for sha in self._from_before if sha not in named and (p := self.find(sha)) is not None]
        return [piece.sha256 for piece in sorted(pieces, key=_written_at)]

    def make_room(self, needed: int, removable: Iterable[str]) -> tuple[str, ...]:
        """Remove evidence until `needed` bytes fit; nothing is removed where that would not be enough.

        Args:
            needed: bytes.
            removable: hashes that may go, in the order in which they go: the oldest first, nothing that a
                person confirmed, nothing that another candidate still uses.

        Returns:
            the hashes that went, in order.

        Raises:
            DiskFull: it does not fit, and what may go does not help.
        """
        chosen, gained = list[str](), 0
        candidates = iter(removable)
        while lack := self._lack(needed, needed, gained):
            piece = next((p for sha in candidates if (p := self.find(sha)) and sha not in chosen), None)
            if piece is None:
                raise DiskFull(lack)
            chosen.append(piece.sha256)
            gained += piece.size
        for sha256 in chosen:
            self.delete(sha256)
        if chosen:
            log.info("evidence_removed_to_make_room", files=len(chosen), bytes=gained)
        return tuple(chosen)

    def shortage(self) -> str:
        """Empty while there is room, else what is short, in words."""
        return self._lack(1, 1, 0)

    def _demand(self, size: int, to_write: int) -> None:
        if lack := self._lack(size, to_write, 0):
            raise DiskFull(lack)

    def _lack(self, size: int, to_write: int, gained: int) -> str:
        """Why `size` more bytes of evidence, `to_write` of them yet to be written, do not fit."""
        if self._used - gained + size > self._max_bytes:
            return (
                f"the evidence folder {self._folder} is full: {_mb(self._used)} of {_mb(self._max_bytes)} "
                f"are in use; raise its quota, or settle open incidents so that old evidence may go"
            )
        free = self._free_bytes(self._folder)
        if free + gained - to_write < self._min_free_bytes:
            return (
                f"the disk of {self._folder} is nearly full: {_mb(free)} are free and "
                f"{_mb(self._min_free_bytes)} must stay so; free some space on it"
            )
        return ""

    def _adopt(self, path: Path, sha256: str, size: int, ext: str, *, original: bool) -> tuple[str, int]:
        """Sync a written file and give it its name."""
        _sync_file(path)
        target = self._folder / ("originals" if original else "shown") / sha256[:2] / f"{sha256}.{ext}"
        piece = Piece(sha256, target, size, MEDIA_TYPES[ext], original)
        with self._lock:
            known = self._pieces.get(sha256)
            if known is not None and known.path.exists():
                return sha256, size
            if not target.parent.exists():
                target.parent.mkdir(mode=0o700)
                _sync_folder(target.parent.parent)
            path.rename(target)
            _sync_folder(target.parent)
            self._pieces[sha256] = piece
            self._used += size - (known.size if known else 0)
        return sha256, size

    def _remove_leftovers(self) -> None:
        left = list((self._folder / "tmp").iterdir())
        for path in left:
            path.unlink()
        if left:
            log.info("unfinished_evidence_removed", files=len(left))

    def _scan(self) -> Iterator[Piece]:
        for part in ("shown", "originals"):
            for path in (self._folder / part).glob("??/*"):
                sha256, _, ext = path.name.partition(".")
                named_right = _SHA256.fullmatch(sha256) and path.parent.name == sha256[:2]
                if not named_right or ext not in MEDIA_TYPES or path.is_symlink() or not path.is_file():
                    log.warning("strange_file_among_evidence", path=str(path))
                    continue
                yield Piece(sha256, path, path.stat().st_size, MEDIA_TYPES[ext], part == "originals")

    @contextmanager
    def _reported(self, doing: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise write_failure(error.errno, doing) from None

    @contextmanager
    def _removed_after(self, path: Path) -> Iterator[None]:
        try:
            yield
        finally:
            with suppress(OSError):
                path.unlink(missing_ok=True)


def _written_at(piece: Piece) -> float:
    try:
        return piece.path.stat().st_mtime
    except OSError:
        return 0.0


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync_file(path: Path) -> None:
    handle = os.open(path, os.O_RDWR | os.O_NOFOLLOW)
    try:
        os.fchmod(handle, 0o600)
        os.fsync(handle)
    finally:
        os.close(handle)


def _sync_folder(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _mb(count: int) -> str:
    return f"{count / 1e6:.0f} MB"

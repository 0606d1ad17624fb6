"""Model files on this machine: found, verified on every start, and put in place whole or not at all."""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from patrol.core.errors import ChecksumMismatch, ModelUnavailable
from patrol.vision.detection.manifests import Manifest, StoredFile

CHUNK = 1 << 20


def cached_path(manifest: Manifest, cache_dir: Path) -> Path:
    """Where the model's file is, or would be, in the cache folder."""
    return cache_dir / "models" / manifest.file


def installed_path(stored: StoredFile) -> Path | None:
    """The file inside an installed wheel that its entry names, None where that is not installed.

    Only the wheel's record is read; its code is not imported.
    """
    for source in stored.source:
        if source.wheel is None or source.path is None:
            continue
        try:
            located = importlib.metadata.distribution(source.wheel).locate_file(source.path)
        except importlib.metadata.PackageNotFoundError:
            continue
        path = Path(str(located))
        if path.is_file():
            return path
    return None


def find(manifest: Manifest, cache_dir: Path) -> Path | None:
    """The model's file on this machine, not yet verified: in the cache, else in its wheel."""
    cached = cached_path(manifest, cache_dir)
    return cached if cached.is_file() else installed_path(manifest)


def verify(path: Path, manifest: Manifest, *, shown_as: str = "") -> Path:
    """Check size and SHA-256 of a file; hashing 70 MB takes about 50 ms, so this is done on every start.

    Args:
        path: the file.
        manifest: what it should be.
        shown_as: what the messages call the file; its path by default.

    Raises:
        ChecksumMismatch: it is not the file that the manifest names.
        ModelUnavailable: it cannot be read.
    """
    return _verified(
        path,
        manifest,
        shown_as or str(path),
        f"the file of model {manifest.id}",
        f"Get the right file with: patrol models pull {manifest.id} [--from FILE]",
    )


def _verified(path: Path, stored: StoredFile, name: str, role: str, remedy: str) -> Path:
    try:
        size, digest = _measure(path)
    except OSError as error:
        raise ModelUnavailable(f"{role} cannot be read: {path}: {error.strerror}") from None
    if (size, digest) != (stored.size, stored.sha256):
        raise ChecksumMismatch(
            f"{name} is not {role}: expected {stored.size} bytes with sha256 {stored.sha256}, "
            f"found {size} bytes with sha256 {digest}. It is not used. {remedy}"
        )
    return path


def companion(manifest: Manifest, beside: Path) -> Path:
    """The second file of a model, verified: from the folder `beside` (the model's own), else from its wheel.

    Raises:
        ChecksumMismatch: it is not the file that the manifest names.
        ModelUnavailable: the manifest names none, or it is not here.
    """
    wanted = manifest.companion
    if wanted is None:
        raise ModelUnavailable(
            f"this runtime reads a {manifest.format} file only with a companion, and the manifest of model "
            f"{manifest.id} names none; name another model, or the plug-in openvino where it is installed"
        )
    path = beside / wanted.file
    found = path if path.is_file() else installed_path(wanted)
    if found is None:
        wheels = "".join(f", or run `pip install {source.wheel}`" for source in wanted.source if source.wheel)
        raise ModelUnavailable(
            f"this runtime reads model {manifest.id} only with {wanted.file}, which is not here; "
            f"put it into {beside}{wheels}"
        )
    return _verified(
        found,
        wanted,
        str(found),
        f"the companion file of model {manifest.id}",
        f"Remove {found}, or replace it",
    )


def _measure(path: Path) -> tuple[int, str]:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return file.tell(), digest


@contextmanager
def put_in_place(target: Path) -> Iterator[BinaryIO]:
    """A temporary file beside `target` that replaces it when the block ends well, and vanishes if not.

    Written, fsynced and renamed, so that a power cut leaves the old file or the new one.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent)
    os.fchmod(handle, 0o644)  # what an administrator pulled, the service's own user reads
    os.close(handle)
    temporary = Path(name)
    try:
        with temporary.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
        _sync_folder(target.parent)
    finally:
        temporary.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def adopt(source: Path, manifest: Manifest, cache_dir: Path) -> Path:
    """Copy a file that the user brought into the cache, after verifying it.

    Raises:
        ChecksumMismatch: it is not that model's file; nothing is copied.
        ModelUnavailable: it cannot be read, or the cache cannot be written.
    """
    target = cached_path(manifest, cache_dir)
    try:
        with source.open("rb") as reader, put_in_place(target) as writer:
            shutil.copyfileobj(reader, writer, CHUNK)
            writer.flush()
            verify(Path(writer.name), manifest, shown_as=str(source))
    except OSError as error:
        raise ModelUnavailable(f"cannot copy {source} to {target}: {error.strerror}") from None
    return target

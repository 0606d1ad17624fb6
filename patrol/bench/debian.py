"""One file out of a Debian package, as an ordinary user: downloaded and unpacked here, never installed."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

from patrol.bench.download import KnownFile, store
from patrol.bench.encode import Progress
from patrol.core.errors import DemoError
from patrol.core.redact import redact

PACKAGE = "opencv-doc"
MEMBER = "usr/share/doc/opencv-doc/examples/data/vtest.avi"
APT_LIMIT_S = 120.0
"""For one apt-get command. The package has 95 MB: at 1 MB/s it is there in time."""
_CHUNK = 1 << 16


def from_package(known: KnownFile, target: Path, progress: Progress) -> None:
    """Fetch the package that carries a known file, take the file out, and drop the package.

    Raises:
        DemoError: not on this machine, not to be had, or another file; one sentence that says which.
    """
    missing = [tool for tool in ("apt-get", "dpkg-deb") if shutil.which(tool) is None]
    if missing:
        raise DemoError(f"this machine has no {' and no '.join(missing)}")
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".apt-") as folder:
        progress(f"fetching Debian's package {PACKAGE} (95 MB; nothing is installed)")
        package = _download(Path(folder))
        take_out(package, MEMBER, known, target)


def _download(folder: Path) -> Path:
    options = _own_state(folder)
    _apt([*options, "update"], folder)
    _apt([*options, "download", PACKAGE], folder)
    packages = list(folder.glob("*.deb"))
    if not packages:
        raise DemoError(f"apt-get downloaded no {PACKAGE}")
    return packages[0]


def _own_state(folder: Path) -> list[str]:
    """Options that make apt-get write nowhere but in `folder`."""
    state, cache = folder / "state", folder / "cache"
    (state / "lists" / "partial").mkdir(parents=True)
    (cache / "archives" / "partial").mkdir(parents=True)
    settings = {
        "Dir::State": state,
        "Dir::Cache": cache,
        "Dir::State::status": "/var/lib/dpkg/status",
        "APT::Sandbox::User": "",  # as root, apt would hand over to a user that may not write here
        "Acquire::Languages": "none",
        "Acquire::http::Timeout": "10",
        "Acquire::https::Timeout": "10",
        "Acquire::Retries": "0",
    }
    return [word for key, value in settings.items() for word in ("-o", f"{key}={value}")]


def _apt(arguments: list[str], folder: Path) -> None:
    try:
        done = subprocess.run(
            ["apt-get", "-q", *arguments],  # noqa: S607  wherever the system keeps it
            cwd=folder,
            env={**os.environ, "LC_ALL": "C"},
            capture_output=True,
            text=True,
            timeout=APT_LIMIT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise DemoError(f"apt-get {arguments[-1]} took longer than {APT_LIMIT_S:g} s") from None
    if done.returncode != 0:
        last = (done.stderr.strip() or "no reason given").splitlines()[-1]
        raise DemoError(f"apt-get {arguments[-1]} failed: {redact(last)}")


def take_out(package: Path, member: str, known: KnownFile, target: Path) -> None:
    """Copy one file of a .deb to `target`, checked.

    Raises:
        DemoError: the package cannot be read, or has no such file, or another one.
    """
    command = ["dpkg-deb", "--fsys-tarfile", str(package)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as unpacker:
        try:
            with tarfile.open(fileobj=unpacker.stdout, mode="r|") as archive:
                store(_content(archive, member), known, target)
        except tarfile.TarError as error:
            raise DemoError(f"{package.name} cannot be unpacked: {error}") from None
        finally:
            unpacker.kill()


def _content(archive: tarfile.TarFile, member: str) -> Iterator[bytes]:
    for entry in archive:
        if entry.name.removeprefix("./") == member and entry.isfile():
            file = archive.extractfile(entry)
            if file is not None:
                with contextlib.closing(file):
                    while chunk := file.read(_CHUNK):
                        yield chunk
                return
    raise DemoError(f"the package has no {member}")

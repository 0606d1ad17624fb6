"""What a process has used so far, as Linux counts it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from patrol.core.errors import PatrolError

_PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Usage:
    """One process at one moment.

    Attributes:
        cpu_s: user and system time of all its threads, those that have ended included; to 10 ms.
        rss_mb: memory that it holds now, mebibytes.
        peak_mb: the most it ever held.
        threads: that run now.
    """

    cpu_s: float
    rss_mb: float
    peak_mb: float
    threads: int


def usage(pid: int, proc: Path = _PROC) -> Usage:
    """Read it.

    Raises:
        PatrolError: there is no such process any more.
    """
    try:
        stat = (proc / str(pid) / "stat").read_text()
        status = (proc / str(pid) / "status").read_text()
    except OSError:
        raise PatrolError(f"process {pid} has ended while it was measured") from None
    fields = stat.rpartition(")")[2].split()  # the name before it may hold spaces and parentheses
    lines = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
    return Usage(
        cpu_s=(int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"),
        rss_mb=_mebibytes(lines.get("VmRSS", "0")),
        peak_mb=_mebibytes(lines.get("VmHWM", "0")),
        threads=int(lines.get("Threads", "0")),
    )


def _mebibytes(text: str) -> float:
    """`  123456 kB` of /proc, which means kibibytes."""
    return int(text.split(maxsplit=1)[0]) / 1024

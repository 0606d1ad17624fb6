"""What a failed write means, in words."""

from __future__ import annotations

import errno

from patrol.core.errors import DiskFull, EvidenceError

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""No space, over the user's quota, over the process's file size limit: each means that nothing more fits."""


def write_failure(code: int | None, doing: str) -> EvidenceError:
    """The error to raise when the operating system or FFmpeg refused a write.

    Args:
        code: errno, None where the library gives none.
        doing: what was being done, and where: `cannot write evidence in /data/evidence`.

    Returns:
        DiskFull where the disk said that nothing more fits, else EvidenceError; to be raised `from None`,
        because FFmpeg's own text may hold a camera's address.
    """
    if code in FULL:
        return DiskFull(f"{doing}: the disk is full; free some space, or move the folder to a larger disk")
    reason = errno.errorcode.get(code or 0, "unknown error")
    return EvidenceError(f"{doing}: {reason}; check the disk and the folder's permissions")

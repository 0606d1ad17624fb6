"""Take the lock of a data folder, then become the server. A script of its own: it starts in 20 ms.

    python -S -E exec_server.py LOCK SERVER CONFIG

The lock is inherited by the server, so that it is held exactly as long as that lives, whoever started it. The
server ends with the process that started it. Exit status 75 (EX_TEMPFAIL): another server has the folder.
"""

import ctypes
import fcntl
import os
import signal
import sys
import time

PR_SET_PDEATHSIG = 1
TRIES, PAUSE_S = 20, 0.1
"""A server that was killed may leave a child that still holds the lock for a moment."""
FOLDER_TAKEN = 75


def take_lock(path: str) -> bool:
    """Whether the lock is ours now; kept open for the program that follows."""
    lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    os.set_inheritable(lock, True)
    for _ in range(TRIES):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(PAUSE_S)
        else:
            return True
    return False


def end_with_parent() -> None:
    """Ask for SIGTERM when the starting thread ends; leave at once where it already has. Linux only."""
    parent = os.getppid()
    prctl = getattr(ctypes.CDLL(None), "prctl", None)
    if prctl is not None:
        prctl(PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)
    if os.getppid() != parent:
        sys.exit(1)


def main() -> None:
    """See the module."""
    lock, server, config = sys.argv[1:]
    end_with_parent()
    if not take_lock(lock):
        sys.stderr.write(f"another server uses the folder of {config}\n")
        sys.exit(FOLDER_TAKEN)
    os.execv(server, [server, config])  # noqa: S606  replaces this process, no shell


if __name__ == "__main__":
    main()

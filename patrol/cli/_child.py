"""Become a command that ends with the process that started it. A script of its own: it starts in 20 ms.

    python -I -S _child.py PARENT CORE COMMAND...

PARENT is the process id of the starter, CORE the processor to stay on, or `any`. The kernel ends the command
when the starter dies, however it dies; a hook between fork and exec could do the same, but is not safe in a
process with threads. Exit status 127: there is no such command.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
NO_COMMAND = 127


def end_with_parent(parent: int) -> None:
    """Ask for SIGKILL when the starting thread ends; leave at once where it already has. Linux only."""
    prctl = getattr(ctypes.CDLL(None), "prctl", None)
    if prctl is not None:
        prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    if os.getppid() != parent:
        sys.exit(1)


def main() -> None:
    """See the module."""
    parent, core, *command = sys.argv[1:]
    end_with_parent(int(parent))
    if core != "any":
        os.sched_setaffinity(0, {int(core)})
    try:
        os.execvp(command[0], command)  # noqa: S606  replaces this process, no shell
    except OSError as error:
        sys.stderr.write(f"{command[0]} cannot be started: {error.strerror}\n")
        sys.exit(NO_COMMAND)


if __name__ == "__main__":
    main()

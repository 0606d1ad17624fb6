"""What happens to an exception that nobody caught: its traceback is shown, without credentials."""

from __future__ import annotations

import sys
import threading
import traceback
from collections.abc import Callable
from types import TracebackType

from patrol.core.redact import redact

Report = Callable[[str, BaseException], None]
"""Takes a sentence, where it happened, and the exception."""


def print_redacted(where: str, error: BaseException) -> None:
    """Print a redacted traceback to stderr."""
    print(f"{where}:\n{redacted_traceback(error)}", file=sys.stderr)  # noqa: T201  the last resort


def redacted_traceback(error: BaseException) -> str:
    """The traceback as Python prints it, causes included, without credentials."""
    return redact("".join(traceback.format_exception(error)).rstrip("\n"))


def install(report: Report = print_redacted) -> None:
    """Hand every uncaught exception of the main thread, of threads and of finalisers to `report`.

    Ctrl-C and exits keep their ordinary way.
    """

    def main_thread(_: type[BaseException], error: BaseException, __: TracebackType | None) -> None:
        if isinstance(error, KeyboardInterrupt):
            print("stopped", file=sys.stderr)  # noqa: T201  the process ends here, whatever the log is
        else:
            report("uncaught exception", error)

    def thread(args: threading.ExceptHookArgs) -> None:
        name = args.thread.name if args.thread else "a thread that is gone"
        if args.exc_value is not None and args.exc_type is not SystemExit:
            report(f"uncaught exception in thread {name}", args.exc_value)

    def unraisable(args: sys.UnraisableHookArgs) -> None:
        if args.exc_value is not None:
            report(args.err_msg or "exception that nobody could catch", args.exc_value)

    sys.excepthook = main_thread
    threading.excepthook = thread
    sys.unraisablehook = unraisable

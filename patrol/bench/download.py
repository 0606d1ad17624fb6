"""Fetching one file whose size and checksum are known."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx

from patrol.bench.encode import Progress
from patrol.core.errors import DemoError
from patrol.core.redact import redact, redact_url

ANSWER_S = 10.0
"""A server that has not answered by then is out of reach: operators of closed networks wait for nothing."""
_CHUNK = 1 << 16


@dataclass(frozen=True, slots=True)
class KnownFile:
    """A file that can be told from any other."""

    name: str
    size: int
    sha256: str

    def is_at(self, path: Path) -> bool:
        """Whether this very file lies there."""
        return path.is_file() and path.stat().st_size == self.size and sha256_of(path) == self.sha256


def sha256_of(path: Path) -> str:
    """Checksum of a file, as hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def download(
    url: str, known: KnownFile, target: Path, progress: Progress, answer_s: float = ANSWER_S
) -> None:
    """Fetch a known file over HTTP.

    Raises:
        DemoError: no answer in time, a refusal, or another file; one sentence that says which.
    """
    progress(f"asking {url}")
    try:
        with _answer(url, answer_s) as response:
            if response.status_code != httpx.codes.OK:
                raise DemoError(f"it answered {response.status_code} {response.reason_phrase}")
            store(response.iter_bytes(_CHUNK), known, target)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise DemoError(f"it cannot be reached: {redact(str(error)) or type(error).__name__}") from None


def store(chunks: Iterable[bytes], known: KnownFile, target: Path) -> None:
    """Write a known file under its name, once it is complete, checked and on the disk.

    Raises:
        DemoError: what came is another file.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".part")
    part, digest, size = Path(name), hashlib.sha256(), 0
    try:
        with os.fdopen(handle, "wb") as out:
            for chunk in chunks:
                size += len(chunk)
                if size > known.size:
                    break
                digest.update(chunk)
                out.write(chunk)
            out.flush()
            os.fsync(out.fileno())
        if size != known.size or digest.hexdigest() != known.sha256:
            raise DemoError(
                f"it gave another file than {known.name}: {size} bytes, sha256 {digest.hexdigest()[:12]}..., "
                f"expected {known.size} bytes, sha256 {known.sha256[:12]}..."
            )
        part.chmod(0o644)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


@contextlib.contextmanager
def _answer(url: str, answer_s: float) -> Iterator[httpx.Response]:
    """The head of the answer, within `answer_s` in all.

    The library's own timeouts count each step anew, and none of them counts the look-up of the name: hence
    the thread, which cleans up by itself where it comes too late.
    """
    asking = _Asking(url, answer_s)
    threading.Thread(target=asking.ask, name="download", daemon=True).start()
    outcome = asking.wait(answer_s)
    if outcome is None:
        raise DemoError(f"no answer from {redact_url(url)} in {answer_s:g} s")
    if isinstance(outcome, Exception):
        raise outcome
    with contextlib.closing(asking.client), contextlib.closing(outcome):
        yield outcome


class _Asking:
    """A request that somebody waits for, and may give up."""

    def __init__(self, url: str, answer_s: float) -> None:
        self.client = httpx.Client(timeout=answer_s, follow_redirects=True)
        self._url = url
        self._settled = threading.Condition()
        self._outcome: httpx.Response | Exception | None = None
        self._given_up = False

    def ask(self) -> None:
        """Ask; belongs to the thread."""
        outcome: httpx.Response | Exception
        try:
            outcome = self.client.send(self.client.build_request("GET", self._url), stream=True)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            outcome = error
            self.client.close()
        with self._settled:
            self._outcome = outcome
            self._settled.notify()
            if self._given_up and isinstance(outcome, httpx.Response):
                outcome.close()
                self.client.close()

    def wait(self, seconds: float) -> httpx.Response | Exception | None:
        """What came of it; None after `seconds` without an answer, which then is nobody's any more."""
        with self._settled:
            self._settled.wait_for(lambda: self._outcome is not None, seconds)
            self._given_up = self._outcome is None
            return self._outcome

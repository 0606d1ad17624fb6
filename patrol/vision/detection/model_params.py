"""What every runtime is handed to load a model; each plug-in's `Params` is one of these."""

from __future__ import annotations

from dataclasses import dataclass

from patrol.vision.detection.manifests import Manifest, Size


@dataclass(frozen=True, slots=True)
class ModelParams:
    """A model and how to run it.

    Attributes:
        model_path: verified file.
        manifest: what is in it.
        input: height and width, None for the manifest's default.
        threshold: least score that is passed on.
        precision: `auto`, `f32`, `bf16`. What this machine cannot do falls back to f32, and the note says so.
        threads: of inference.
        cache_dir: for compiled networks and probe results; empty: nothing is kept.
        note: why this model, the beginning of the detector's note.
    """

    model_path: str
    manifest: Manifest
    input: Size | None = None
    threshold: float = 0.35
    precision: str = "auto"
    threads: int = 1
    cache_dir: str = ""
    note: str = ""

"""The ultralytics package behind a thin seam: kept off the network, asked on one thread, answered in numpy.

It is AGPL-3.0 and an optional extra; nothing imports it before a model is loaded. On import it patches parts
of OpenCV and PyTorch for the whole process, which is why a worker that uses it has an environment of its own
(docs/guide/second-look.md).
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import pickle
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from patrol.core.errors import ModelContractError, ModelError, ModelUnavailable, PluginUnavailable
from patrol.core.media import Pixels

PACKAGE = "ultralytics"
OFFLINE = {
    "YOLO_OFFLINE": "true",  # without it each import asks two hosts whether there is a network
    "YOLO_AUTOINSTALL": "false",  # it would run pip for packages that it misses
    "YOLO_VERBOSE": "false",
    "ULTRALYTICS_SAFE_LOAD": "true",  # a weights file is a pickle: load known classes, run no code of it
}
"""What keeps it off the network, by its own variables; read when it is imported."""
FAILURES: tuple[type[Exception], ...] = (
    RuntimeError, TypeError, ValueError, LookupError, AttributeError, AssertionError, OSError, ImportError,
    EOFError, ArithmeticError, pickle.UnpicklingError,
)  # fmt: skip
"""What it lets through where a file or a picture is not as it likes: it has no root of its own."""


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """What a model sees in one crop.

    Attributes:
        boxes: float32 [n, 4], pixels of the crop: left, top, right, bottom.
        scores: float32 [n], 0..1.
        names: of the classes, n.
        outlines: float32 [m, 2] each, n, pixels of the crop; empty for a model without masks.
    """

    boxes: NDArray[np.float32]
    scores: NDArray[np.float32]
    names: tuple[str, ...]
    outlines: tuple[NDArray[np.float32], ...] = ()


class Seer(Protocol):
    """A loaded model."""

    @property
    def names(self) -> frozenset[str]:
        """Its vocabulary."""
        ...

    def see(self, pixels: Pixels) -> Found:
        """Judge one crop, uint8 [h, w, 3], RGB.

        Raises:
            ModelError: it failed.
        """
        ...


class Boxes(Protocol):
    """Of `Results`, as numpy arrays."""

    xyxy: NDArray[Any]
    conf: NDArray[Any]
    cls: NDArray[Any]


class Masks(Protocol):
    """Of `Results`: one outline each."""

    xy: Sequence[NDArray[Any]]


class Results(Protocol):
    """What ultralytics says about one picture; `numpy()` gives the same with arrays for tensors."""

    names: Mapping[int, str]
    boxes: Boxes | None
    masks: Masks | None

    def numpy(self) -> Results:
        """With arrays for tensors."""
        ...


class Model(Protocol):
    """Of ultralytics' models what is used."""

    names: Mapping[int, str]

    def predict(self, source: Pixels, **settings: object) -> list[Results]:
        """Results for a BGR picture."""
        ...


def load(path: Path, threshold: float, side: int, device: str) -> Seer:
    """Load a weights file (.pt) and run it once.

    Args:
        path: the file; nothing is fetched in its place.
        threshold: least score.
        side: of the input, pixels.
        device: `cpu`, `cuda:0`, ...

    Raises:
        PluginUnavailable: ultralytics, or something that it needs, is not installed.
        ModelUnavailable: the file is not there.
        ModelContractError: it cannot be loaded, or does not run.
    """
    if importlib.util.find_spec(PACKAGE) is None:
        raise PluginUnavailable(
            "the second look open_vocabulary needs the package 'ultralytics' (AGPL-3.0), which is not "
            "installed; install Patrol with the extra `open-vocabulary` into an environment of its own, or "
            "name another second look, such as lines"
        )
    if path.suffix != ".pt":
        # It would take a name or an address for something to fetch, and a .yaml for a model without weights.
        raise ModelContractError(f"{path}: expected a weights file of ultralytics, .pt")
    if not path.is_file():
        raise ModelUnavailable(f"there is no weights file {path}; it is yours to bring, nothing is fetched")
    make, limit_threads = _imported()
    try:
        model = make(str(path))
        seer = Yoloe(model, path, {"conf": threshold, "imgsz": side, "device": device})
        seer.see(np.full((side, side, 3), 114, np.uint8))
    except ModelError as error:
        raise ModelContractError(f"it does not run on a first picture: {error}") from None
    except FAILURES as error:
        raise ModelContractError(
            f"{path} cannot be loaded as weights of ultralytics: {short(error)}"
        ) from None
    limit_threads(1)  # after the first run, which sets them by the number of cores
    return seer


class Yoloe:
    """A `Seer` over a model of ultralytics."""

    def __init__(self, model: Model, path: Path, settings: Mapping[str, object]) -> None:
        self._model = model
        self._path = path
        # nms: the head that needs none, where there is one, for its NMS gives up after so many seconds.
        self._settings = {**settings, "nms": False, "save": False, "verbose": False}

    @property
    def names(self) -> frozenset[str]:
        """See `Seer`."""
        return frozenset(self._model.names.values())

    def see(self, pixels: Pixels) -> Found:
        """See `Seer`."""
        try:
            (result,) = self._model.predict(np.ascontiguousarray(pixels[..., ::-1]), **self._settings)
            return found(result)
        except FAILURES as error:
            raise ModelError(f"ultralytics failed on {self._path}: {short(error)}") from None


def found(result: Results) -> Found:
    """Results of ultralytics for one picture in plain arrays."""
    plain = result.numpy()
    if plain.boxes is None or not len(plain.boxes.conf):
        return Found(np.zeros((0, 4), np.float32), np.zeros(0, np.float32), ())
    return Found(
        np.asarray(plain.boxes.xyxy, np.float32).reshape(-1, 4),
        np.asarray(plain.boxes.conf, np.float32).reshape(-1),
        tuple(plain.names[int(index)] for index in plain.boxes.cls),
        tuple(np.asarray(xy, np.float32).reshape(-1, 2) for xy in plain.masks.xy) if plain.masks else (),
    )


def _imported() -> tuple[Callable[[str], Model], Callable[[int], None]]:
    """What makes a model out of a file, and what limits PyTorch's threads."""
    with _alone():
        try:
            package: Any = importlib.import_module(PACKAGE)
            torch: Any = importlib.import_module("torch")
            package.settings.update({"sync": False})
            made: tuple[Callable[[str], Model], Callable[[int], None]] = (
                package.YOLOE,
                torch.set_num_threads,
            )
        except FAILURES as error:
            raise PluginUnavailable(
                "the second look open_vocabulary needs 'ultralytics', which is there and cannot be imported: "
                f"{short(error)}; install Patrol's extra `open-vocabulary` anew"
            ) from None
    return made


@contextmanager
def _alone() -> Iterator[None]:
    """Off the network for good, and its settings in a folder that is gone afterwards: they stay in memory."""
    before = os.environ.get("YOLO_CONFIG_DIR")
    os.environ.update(OFFLINE)
    with tempfile.TemporaryDirectory(prefix="patrol-") as folder:
        os.environ["YOLO_CONFIG_DIR"] = folder
        try:
            yield
        finally:
            del os.environ["YOLO_CONFIG_DIR"]
            if before is not None:
                os.environ["YOLO_CONFIG_DIR"] = before


def short(error: Exception) -> str:
    """What it says in one line, with what kind of error it is."""
    return f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"

"""Any ONNX density model: a grey or RGB picture in, a map out whose sum is the count.

How to bring one, and what it costs: docs/guide/density-networks.md.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from patrol.core.crowd import Crowd
from patrol.core.errors import ChecksumMismatch, ModelContractError, ModelError, ModelUnavailable
from patrol.core.media import Picture
from patrol.core.protocols import DensityNetwork
from patrol.vision.density.maps import Size, input_of, input_tensor, output_of, persons
from patrol.vision.density.runtimes import Engine, installed, load


@dataclass(frozen=True, slots=True)
class Params:
    """What `density_networks` says about one.

    Attributes:
        model: the file; a relative path starts from the folder of streams.yaml.
        sha256: of the file; where given it is checked at each start.
        error: relative error of a count in a dense crowd as published for this network, 0..1.
        max_width: of the input, pixels, where the file leaves it free; the picture keeps its shape. Heads of
            a few pixels are lost where a picture is made smaller, and a crowd then reads too low: on pictures
            of a beach MCNN counts 3 to 6 times as many people at 1920 x 1080 as at 1024 x 576 (measured; the
            guide has the table, and what it costs).
        max_height: of the input, same.
        multiple: of pixels that a free side is rounded to; a network that ends at a 16th wants 16.
        mean: taken from pixels of 0-255, one value or one for each of R, G, B. The default takes nothing.
            Networks trained with ImageNet's figures want [123.675, 116.28, 103.53].
        std: what is left is divided by it; 255 for pixels of 0-1, ImageNet's is [58.395, 57.12, 57.375].
        per_person: what the map sums to for each person; some are trained with maps times 100.
        output: name of the output that is the map, where the file has several.
        runtime: `auto`: OpenVINO where it is installed, else ONNX Runtime.
    """

    model: str
    sha256: str | None = None
    error: float | None = None
    max_width: int = 1920
    max_height: int = 1080
    multiple: int = 8
    mean: tuple[float, ...] = (0.0,)
    std: tuple[float, ...] = (1.0,)
    per_person: float = 1.0
    output: str | None = None
    runtime: Literal["auto", "openvino", "onnxruntime"] = "auto"

    def __post_init__(self) -> None:
        if not self.model:
            raise ValueError("model: name the ONNX file of a density network")
        if self.error is not None and not 0 <= self.error <= 1:
            raise ValueError(f"error: expected 0 to 1, a share of the count, not {self.error}")
        if min(self.max_width, self.max_height) < 8 or max(self.max_width, self.max_height) > 8192:
            raise ValueError("max_width, max_height: expected 8 to 8192 pixels")
        if not 1 <= self.multiple <= min(self.max_width, self.max_height):
            raise ValueError("multiple: expected 1 or more, and no more than max_width and max_height")
        if len(self.mean) not in (1, 3) or len(self.std) not in (1, 3):
            raise ValueError("mean, std: expected one value, or three: R, G, B")
        if not all(map(math.isfinite, self.mean)) or not all(0 < value < math.inf for value in self.std):
            raise ValueError("mean, std: expected numbers, those of std above 0")
        if not 0 < self.per_person < math.inf:
            raise ValueError("per_person: expected a number above 0")


def build(params: Params, base: Path) -> DensityNetwork:
    """Check the file, load it, and run it once at the largest size that it will see.

    Raises:
        ModelUnavailable: the file is not there, or no runtime is.
        ChecksumMismatch: it is another file.
        ModelContractError: it is no density model.
    """
    path = (base / Path(params.model).expanduser()).absolute()
    _verify(path, params.sha256)
    network = OnnxDensity(
        load(path, installed() if params.runtime == "auto" else params.runtime), path, params
    )
    network.try_out()
    return network


class OnnxDensity:
    """A `DensityNetwork` over a loaded model.

    Raises:
        ModelContractError: its input or outputs are not those of a density model.
    """

    def __init__(self, engine: Engine, path: Path, params: Params) -> None:
        self._engine = engine
        self._file = str(path)
        self._params = params
        self._channels, declared = input_of(self._file, engine.inputs)
        if self._channels == 1 and (len(params.mean), len(params.std)) != (1, 1):
            raise ModelContractError(
                f"{path} takes grey pictures; `mean` and `std` have one value there, not three"
            )
        self._size = Size(declared, (params.max_height, params.max_width), params.multiple)
        self._output = output_of(self._file, engine.outputs, params.output)
        self._mean = np.asarray(params.mean, np.float32).reshape(-1, 1, 1)
        self._std = np.asarray(params.std, np.float32).reshape(-1, 1, 1)

    @property
    def runtime(self) -> str:
        """What it runs on, name and version."""
        return self._engine.runtime

    def look(self, picture: Picture) -> Crowd:
        """Judge one picture. The same picture always gives the same map.

        Raises:
            ModelError: the model failed, or gave what is no map of persons.
            DecodeError: the picture cannot be scaled.
        """
        size = self._size.of(picture.height, picture.width)
        tensor = input_tensor(picture, size, self._channels, self._mean, self._std)
        output = self._engine.run(tensor, self._output)
        return Crowd(persons(self._file, output, size, self._params.per_person), self._params.error)

    def try_out(self) -> None:
        """Run it on a grey picture of the largest size, so that what is wrong is said at the start.

        Raises:
            ModelContractError: it does not run, or gives what is no map of persons.
        """
        size = self._size.greatest
        grey = np.full((1, self._channels, *size), 128, np.float32)
        try:
            output = self._engine.run(np.ascontiguousarray((grey - self._mean) / self._std), self._output)
        except ModelError as error:
            raise ModelContractError(f"it does not run on a first picture: {error}") from None
        persons(self._file, output, size, self._params.per_person)


def _verify(path: Path, sha256: str | None) -> None:
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelUnavailable(f"the density model cannot be read: {path}: {error.strerror}") from None
    if sha256 is not None and found != sha256.lower():
        raise ChecksumMismatch(
            f"{path} is not the density model that is named: expected sha256 {sha256}, found {found}"
        )

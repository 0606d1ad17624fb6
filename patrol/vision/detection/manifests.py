"""What is known of a model, and has to be true of its file: models/<id>.toml, validated."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from patrol.core.errors import ModelContractError, ModelUnavailable

Size = tuple[int, int]
"""Height and width, pixels."""
LayoutName = Literal["yolox-grid", "tf-ssd", "yolo-v8", "end-to-end"]
Side = Annotated[int, Field(ge=32, le=2048)]
PACKAGED = Path(__file__).with_name("manifests")
"""Where a built wheel carries the manifests."""
CHECKOUT = Path(__file__).parents[3] / "models"
"""Where they are in a checkout."""


class Entry(BaseModel):
    """Base of the manifest's tables: frozen; keys that are not known are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class InputSpec(Entry):
    """What the model wants to be given."""

    default: tuple[Side, Side]
    """Height and width, pixels."""
    multiple: Annotated[int, Field(ge=1)] | None = None
    """Other sizes are allowed, where both sides are multiples of this. None: the default only."""
    tensor: Literal["nchw-f32", "nhwc-u8"]
    resize: Literal["letterbox", "stretch"]
    """letterbox keeps the picture's shape and fills up at the right and at the bottom."""
    order: Literal["rgb", "bgr"]
    pad: Annotated[int, Field(ge=0, le=255)] = 114
    """Grey level of the filling."""
    range: Literal["0-255", "0-1"]
    """What the model expects pixel values to span."""

    def size(self, asked: Size | None) -> Size:
        """The input size to run at: what was asked for, else the default.

        Raises:
            ModelContractError: the model does not run at that size.
        """
        if asked is None or asked == self.default:
            return self.default
        if self.multiple is None:
            raise ModelContractError(
                f"this model runs at {self.default[0]} x {self.default[1]} (height x width) only, and the "
                f"configuration asks for {asked[0]} x {asked[1]}; remove `input` from the detector"
            )
        if any(side % self.multiple for side in asked):
            raise ModelContractError(
                f"input {asked[0]} x {asked[1]} (height x width) does not fit: both sides have to be "
                f"multiples of {self.multiple}"
            )
        return asked


class Source(Entry):
    """One place where the file comes from: an address, or an installed wheel. The checksum vouches for it."""

    url: Annotated[str, Field(pattern=r"^https?://[^@\s]+$")] | None = None
    wheel: str | None = None
    """Distribution that contains the file."""
    path: str | None = None
    """Inside that wheel."""

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if (self.url is None) == (self.wheel is None) or (self.wheel is None) != (self.path is None):
            raise ValueError("a source is either `url`, or `wheel` and `path`")
        return self


class Score(Entry):
    """A published measure of accuracy and where it was published."""

    metric: str
    value: float
    source: str


class StoredFile(Entry):
    """One file, where it comes from, and what vouches for it."""

    file: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]
    """Name in the cache folder."""
    size: Annotated[int, Field(gt=0)]
    """Bytes."""
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    source: tuple[Source, ...] = ()


class Manifest(StoredFile):
    """A model as Patrol knows it."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]{0,63}$")]
    name: Annotated[str, Field(min_length=1)]
    """For people."""
    task: Literal["detection"]
    format: Literal["onnx", "tf-frozen"]
    layout: LayoutName
    """How the outputs are read; see `layouts`."""
    labels: Literal["coco-80", "coco-90"]
    licence: Annotated[str, Field(min_length=1)]
    outputs: tuple[str, ...] = ()
    """Output names in the layout's order. Empty: the file's own order."""
    input: InputSpec
    companion: StoredFile | None = None
    """A second file that OpenCV needs for a TensorFlow graph: its text graph. Other runtimes do without."""
    score: Score | None = None

    @property
    def url(self) -> str | None:
        """The first address, None where only wheels are named."""
        return next((source.url for source in self.source if source.url), None)


def read(path: Path) -> Manifest:
    """Read one manifest file.

    Raises:
        ModelContractError: it is no TOML, or no manifest; names the file and the key.
    """
    try:
        return Manifest.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ModelContractError(f"{path} is no TOML: {error}") from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        key = ".".join(str(part) for part in first["loc"]) or "manifest"
        raise ModelContractError(f"{path}: {key}: {first['msg']}") from None


def catalogue(folder: Path | None = None) -> Mapping[str, Manifest]:
    """All manifests by id, those that came with Patrol unless a folder is named."""
    place = folder or (PACKAGED if PACKAGED.is_dir() else CHECKOUT)
    found = [read(path) for path in sorted(place.glob("*.toml"))]
    return {manifest.id: manifest for manifest in found}


def by_id(model_id: str, models: Mapping[str, Manifest] | None = None) -> Manifest:
    """The manifest of that id.

    Raises:
        ModelUnavailable: there is none; the message lists those there are.
    """
    known = catalogue() if models is None else models
    if model_id not in known:
        raise ModelUnavailable(f"no model {model_id!r} is known; there are: {', '.join(known) or 'none'}")
    return known[model_id]

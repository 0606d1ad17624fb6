"""What the endpoint serves, as protocols: it knows neither the camera's decoder nor the evidence's folder."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class LookImage:
    """A camera's last look as JPEG, heads blurred.

    Attributes:
        at: when the picture arrived, UTC.
    """

    jpeg: bytes
    look_id: str
    at: datetime


class LookProvider(Protocol):
    """Gives the last look of each camera. Thread-safe."""

    def current(self, camera_id: str) -> str:
        """Id of the camera's last look, "" where there is none. Cheap: nothing is decoded."""
        ...

    def look(self, camera_id: str) -> LookImage | None:
        """The picture; None where there is no look yet or it cannot be shown."""
        ...


class StoredFile(Protocol):
    """One file of evidence."""

    @property
    def path(self) -> Path:
        """Where it lies."""
        ...

    @property
    def media_type(self) -> str:
        """`image/jpeg`, `video/mp4`."""
        ...


class EvidenceProvider(Protocol):
    """Finds evidence by its hash. Thread-safe."""

    def find(self, sha256: str) -> StoredFile | None:
        """The file; None where there is none of this hash."""
        ...

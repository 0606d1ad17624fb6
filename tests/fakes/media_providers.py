"""What a media endpoint serves, in memory and on disk."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from patrol.vision.media.providers import LookImage, StoredFile

AT = datetime(2026, 11, 21, 6, 0, 1, 500000, tzinfo=UTC)


@dataclass(frozen=True)
class File:
    """Satisfies `StoredFile`."""

    path: Path
    media_type: str


class FakeLooks:
    """Satisfies `LookProvider`; counts how often a picture was asked for."""

    def __init__(self, **looks: str) -> None:
        self.ids = looks
        self.made = 0

    def current(self, camera_id: str) -> str:
        return self.ids.get(camera_id, "")

    def look(self, camera_id: str) -> LookImage | None:
        self.made += 1
        look_id = self.ids[camera_id]
        return None if look_id == "broken" else LookImage(b"jpeg of " + look_id.encode(), look_id, AT)


class FakeEvidence:
    """Satisfies `EvidenceProvider`."""

    def __init__(self, **files: File) -> None:
        self.files = files

    def find(self, sha256: str) -> StoredFile | None:
        return self.files.get(sha256)

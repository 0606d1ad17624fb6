"""streams.yaml, read and checked: `load` gives one frozen tree, or names everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from patrol.config.addresses import camera_file
from patrol.config.checks import Surroundings, complaints
from patrol.config.document import Document, read
from patrol.config.models import StreamsConfig
from patrol.config.problems import ConfigFileError, KeyPath, Problem
from patrol.config.shape import streams_of
from patrol.config.views import ViewConfig


@dataclass(frozen=True, slots=True)
class Loaded:
    """A streams.yaml that can run.

    Attributes:
        streams: what it says; the `url` of a file camera and a view's `reference` are absolute paths here.
        path: the file.
        document: its plain values and their lines.
    """

    streams: StreamsConfig
    path: Path
    document: Document

    def locate(self, key_path: KeyPath) -> str:
        """`file:line` of a key, or of the nearest thing around it that is in the file."""
        return f"{self.document.file}:{self.document.line(key_path)}"

    def problem(self, key_path: KeyPath, message: str) -> Problem:
        """A problem with the value at `key_path`, for checks that need more than this package knows."""
        return self.document.problem(key_path, message)


def load(path: Path, environ: Mapping[str, str]) -> Loaded:
    """Read streams.yaml. Opens no connection and imports no plug-in.

    Args:
        path: the file; relative paths in it start from its folder.
        environ: where `password_env` is looked up.

    Raises:
        ConfigFileError: with all problems; none of them repeats a credential.
    """
    document = read(path)
    base = path.absolute().parent
    streams, wrong = streams_of(document.data)
    wrong += complaints(document.data, Surroundings(base, environ))
    problems = [*document.repeated, *(document.problem(at, message) for at, message in wrong)]
    if problems or streams is None:
        raise ConfigFileError(problems)
    return Loaded(_with_absolute_files(streams, base), path, document)


def _with_absolute_files(streams: StreamsConfig, base: Path) -> StreamsConfig:
    def absolute(url: str) -> str:
        file = camera_file(url, base)
        return url if file is None else str(file)

    def found(view: ViewConfig) -> ViewConfig:
        if view.reference is None:
            return view
        return view.model_copy(update={"reference": str(base / Path(view.reference).expanduser())})

    cameras = tuple(
        camera.model_copy(
            update={"url": absolute(camera.url), "views": tuple(found(view) for view in camera.views)}
        )
        for camera in streams.cameras
    )
    return streams.model_copy(update={"cameras": cameras})

"""`patrol models`: which detector models there are, fetching their files, verifying them."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from patrol.cli._output import emit, progress
from patrol.core.errors import ChecksumMismatch

if TYPE_CHECKING:
    from patrol.vision.detection.manifests import Manifest

CacheOption = Annotated[
    Path | None,
    typer.Option(
        "--cache",
        metavar="DIR",
        help="Folder of fetched files. Default: PATROL_CACHE_DIR, else ~/.cache/patrol.",
        show_default=False,
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object on the last line.")]


def register(app: typer.Typer) -> None:
    """Add `patrol models` with its commands."""
    models = typer.Typer(help="Detector models: list, pull, verify.", no_args_is_help=True)
    models.command("list")(list_models)
    models.command("pull")(pull)
    models.command("verify")(verify)
    app.add_typer(models, name="models")


def list_models(cache: CacheOption = None, as_json: JsonOption = False) -> None:
    """List the models that Patrol knows, and where their files are."""
    from patrol.vision.detection.manifests import catalogue

    rows = [_row(manifest, _cache_dir(cache)) for manifest in catalogue().values()]
    if as_json:
        emit({"models": rows})
        return
    for row in rows:
        print(
            f"{row['id']:<24} {row['name']:<18} {row['licence']:<12} {_megabytes(row['size']):>8}  "
            f"{row['path'] or 'not here: patrol models pull ' + str(row['id'])}"
        )


def pull(
    model_id: Annotated[str, typer.Argument(metavar="ID", show_default=False)],
    file: Annotated[
        Path | None,
        typer.Option(
            "--from", metavar="FILE", help="Take this file instead of fetching it.", show_default=False
        ),
    ] = None,
    cache: CacheOption = None,
    as_json: JsonOption = False,
) -> None:
    """Fetch a model's file into the cache, or take it from FILE; either way it is verified first."""
    from patrol.vision.detection import cache as store
    from patrol.vision.detection import fetch
    from patrol.vision.detection.manifests import by_id

    manifest, folder = by_id(model_id), _cache_dir(cache)
    if file is not None:
        path = store.adopt(file, manifest, folder)
    elif (here := _good(manifest, folder)) is not None:
        path = here
    else:
        progress(f"fetching {manifest.name}, {_megabytes(manifest.size)}, licence {manifest.licence}")
        path = fetch.download(manifest, folder, progress=_Bar())
    if as_json:
        emit(_row(manifest, folder))
    else:
        print(f"{manifest.id}: {path}, sha256 as published")


def verify(
    model_id: Annotated[str | None, typer.Argument(metavar="[ID]", show_default=False)] = None,
    cache: CacheOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare the files that are here with their manifests. Exit code 1: one differs, or ID is not here."""
    from patrol.vision.detection.manifests import by_id, catalogue

    known = catalogue()
    wanted = [by_id(model_id, known)] if model_id else list(known.values())
    rows = [_verified(manifest, _cache_dir(cache)) for manifest in wanted]
    bad = [row for row in rows if row["state"] == "differs" or (model_id and row["state"] == "absent")]
    if as_json:
        emit({"ok": not bad, "models": rows})
    else:
        for row in rows:
            print(f"{row['id']:<24} {row['state']:<8} {row['detail']}")
    if bad:
        raise typer.Exit(1)


def _cache_dir(named: Path | None) -> Path:
    from patrol.config.settings import settings

    return named or settings(os.environ).cache_dir


def _row(manifest: Manifest, folder: Path) -> dict[str, object]:
    from patrol.vision.detection import cache as store

    path = store.find(manifest, folder)
    return {
        "id": manifest.id,
        "name": manifest.name,
        "licence": manifest.licence,
        "size": manifest.size,
        "sha256": manifest.sha256,
        "score": manifest.score.model_dump() if manifest.score else None,
        "sources": [source.model_dump(exclude_none=True) for source in manifest.source],
        "path": str(path) if path else None,
    }


def _verified(manifest: Manifest, folder: Path) -> dict[str, object]:
    from patrol.vision.detection import cache as store

    path = store.find(manifest, folder)
    if path is None:
        return {"id": manifest.id, "state": "absent", "detail": f"patrol models pull {manifest.id}"}
    try:
        store.verify(path, manifest)
    except ChecksumMismatch as error:
        return {"id": manifest.id, "state": "differs", "detail": str(error)}
    return {"id": manifest.id, "state": "ok", "detail": str(path)}


def _good(manifest: Manifest, folder: Path) -> Path | None:
    """The model's file where it is here and right; a wrong one is replaced by what is fetched."""
    from patrol.vision.detection import cache as store

    path = store.find(manifest, folder)
    try:
        return store.verify(path, manifest) if path else None
    except ChecksumMismatch as error:
        if manifest.url is None:
            raise
        progress(f"{error}")
        return None


def _megabytes(size: object) -> str:
    return f"{int(str(size)) / 1e6:.1f} MB"


class _Bar:
    """A progress bar on stderr: redrawn on a terminal, one line a tenth elsewhere."""

    WIDTH = 30

    def __init__(self) -> None:
        self._tenths = 0

    def __call__(self, done: int, size: int) -> None:
        text = f"{_megabytes(done)} of {_megabytes(size)}"
        if sys.stderr.isatty():
            filled = "#" * (self.WIDTH * done // size)
            end = "\n" if done >= size else ""
            print(f"\r[{filled:<{self.WIDTH}}] {text}", end=end, file=sys.stderr, flush=True)
        elif (tenths := 10 * done // size) > self._tenths:
            self._tenths = tenths
            progress(text)

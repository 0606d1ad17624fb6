"""SUMO's floating car data, as CSV: every vehicle at every second."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from patrol.bench.simulation.vehicles import SHAPES, Vehicle
from patrol.core.errors import ConfigError

ATTRIBUTES = "id,x,y,angle,type,speed"
"""What SUMO has to be asked for."""
_COLUMNS = ("timestep_time", *(f"vehicle_{name}" for name in ATTRIBUTES.split(",")))


def read_fcd(file: Path, reach: tuple[float, float]) -> Iterator[tuple[float, list[Vehicle]]]:
    """Instants in order of time, each with its vehicles. An instant without vehicles does not occur.

    Args:
        file: as SUMO wrote it.
        reach: x from and to, metres; vehicles elsewhere are left out.

    Raises:
        ConfigError: the file cannot be read, or is no floating car data of known vehicle types.
    """
    try:
        with file.open(encoding="utf-8", newline="") as text:
            rows = csv.reader(text, delimiter=";")
            titles = next(rows)
            columns = [titles.index(name) for name in _COLUMNS]
            for time, group in groupby(([row[i] for i in columns] for row in rows), key=lambda row: row[0]):
                here = (row for row in group if row[1] and reach[0] <= float(row[2]) < reach[1])
                yield float(time), [_vehicle(row) for row in here]
    except (OSError, StopIteration, IndexError, ValueError) as error:
        raise ConfigError(
            f"{file} is no floating car data as CSV ({type(error).__name__}: {error}); "
            f"ask SUMO for --fcd-output FILE.csv --fcd-output.attributes {ATTRIBUTES}"
        ) from None


def _vehicle(row: list[str]) -> Vehicle:
    _, name, x, y, angle, type_name, speed = row
    kind = type_name.partition(".")[0]
    if kind not in SHAPES:
        raise ValueError(f"vehicle type {kind!r} is none of {', '.join(SHAPES)}")
    # SUMO counts clockwise from north.
    return Vehicle(name, kind, float(x), float(y), 90.0 - float(angle), float(speed))

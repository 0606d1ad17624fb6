"""What has to be visible for a detector to count: pixels per metre, as measured. Shared by plug-ins."""

from __future__ import annotations

from patrol.core.feasibility import Level, Needs

PERSON_M = 1.7
"""Height of an adult; men of 18 to 44 are 1.697 m on average (National Health Commission of China, report on
nutrition and chronic diseases, 2020)."""
PERSON_HALF_PX = 17.9
"""Height in the detector's input at which half of the people that YOLOX-nano finds at best are still found
(recall 0.47 of 0.94 at a threshold of 0.35): benchmarks/recall_by_size.py persons, on PETS09-S2L1."""
VEHICLE_M = 1.64
"""Square root of the area of a car from the front: 1.8 m wide, 1.5 m high. From the side it has more."""
VEHICLE_HALF_PX = 15.6
"""Square root of the area, in the detector's input, at which half of the vehicles are still found that
YOLOX-nano is sure of at full size: benchmarks/recall_by_size.py vehicles, on the traffic clips."""

PERSON = Needs(
    "a person",
    Level.DETECT,
    PERSON_HALF_PX / PERSON_M,
    "EN 62676-4 (detect); recall of YOLOX-nano by height, benchmarks/recall_by_size.py",
)
VEHICLE = Needs(
    "a vehicle",
    # The standard's levels are for people. A car has nearly three times the area of one (2.7 m2 to 1.0 m2),
    # so it is as large at 15 pixels per metre as they are at 25: the level below.
    Level.MONITOR,
    VEHICLE_HALF_PX / VEHICLE_M,
    "EN 62676-4 (monitor); recall of YOLOX-nano by size, benchmarks/recall_by_size.py",
)

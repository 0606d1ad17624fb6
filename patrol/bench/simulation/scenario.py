"""Straight roads with a reason to jam, as the XML that SUMO reads. Pure text; nothing is run here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from xml.sax.saxutils import quoteattr

from patrol.bench.simulation.vehicles import SHAPES

LANE_M = 3.5
"""Width of a lane: CJJ 37 gives 3.25 to 3.75 m for urban roads."""
KINDS = {"car": 0.8, "van": 0.1, "truck": 0.06, "bus": 0.04}
"""Share of each type of vehicle on the road. Chosen: a town road by day."""
TEMPERS = (0.75, 1.0, 1.35)
"""Desired headways of drivers, by the mean one, a third of the drivers each. Chosen: where all want the
same, vehicles come like beads on a string, in step with the looks, as they never do on a road."""
EDGES = ("before", "seen", "after")


@dataclass(frozen=True, slots=True)
class Signal:
    """A traffic light at the end of the edge that is seen; seconds."""

    cycle: int
    green: int
    yellow: int = 3


@dataclass(frozen=True, slots=True)
class Driving:
    """How vehicles are driven, for SUMO's car-following model.

    Attributes:
        tau: desired headway, seconds.
        pace: desired speed by the limit.
        spread: standard deviation of desired speeds over drivers, by the limit.
        sigma: imperfection of Krauss' model, 0..1.
        tempers: desired headways of drivers, by `tau`, as many drivers each.
    """

    tau: float = 1.2
    pace: float = 1.0
    spread: float = 0.1
    sigma: float = 0.5
    tempers: tuple[float, ...] = TEMPERS


RAIN = Driving(tau=1.6, pace=0.85, sigma=0.6)
"""On a wet road. Chosen, in the range of published reductions of speed and capacity by rain."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """One road, one direction, along the x axis.

    Attributes:
        name: for the results.
        road: class of road, a key of `truth.BANDS`.
        lanes: in that direction.
        limit_kmh: speed limit.
        lengths: of the three edges, metres: before what is seen, seen, after it.
        seconds: how long it lasts.
        demand: (from second, vehicles an hour), rising.
        slow_after: (from second, km/h): speeds allowed on the edge after what is seen, a varying bottleneck.
        blocked: (from second, for seconds): a lane after what is seen is blocked by a vehicle that stands.
        signal: at the end of what is seen.
        even: demand comes at equal times, not by chance.
        driving: see `Driving`.
    """

    name: str
    road: Literal["expressway", "arterial", "secondary"]
    lanes: int
    limit_kmh: float
    lengths: tuple[float, float, float]
    seconds: int
    demand: tuple[tuple[int, float], ...]
    slow_after: tuple[tuple[int, float], ...] = ()
    blocked: tuple[int, int] | None = None
    signal: Signal | None = None
    even: bool = False
    driving: Driving = Driving()

    def nodes(self) -> str:
        """SUMO's plain node file."""
        ends = [0.0]
        for length in self.lengths:
            ends.append(ends[-1] + length)
        kinds = ["priority", "priority", "traffic_light" if self.signal else "priority", "priority"]
        rows = [_tag("node", id=f"n{i}", x=x, y=0.0, type=kinds[i]) for i, x in enumerate(ends)]
        return _document("nodes", rows)

    def edges(self) -> str:
        """SUMO's plain edge file."""
        common = {"numLanes": self.lanes, "speed": round(self.limit_kmh / 3.6, 3), "width": LANE_M}
        rows = [
            _tag("edge", id=name, **{"from": f"n{i}", "to": f"n{i + 1}"}, **common)
            for i, name in enumerate(EDGES)
        ]
        return _document("edges", rows)

    def routes(self) -> str:
        """Vehicle types and who drives when."""
        driving = self.driving
        types = [
            _tag(
                "vType",
                id=f"{kind}.{number}",
                probability=round(share / len(driving.tempers), 4),
                length=SHAPES[kind].length,
                width=SHAPES[kind].width,
                tau=round(driving.tau * temper, 3),
                sigma=driving.sigma,
                speedFactor=f"normc({driving.pace},{driving.spread},0.2,2)",
                maxSpeed=22.0 if kind in ("truck", "bus") else 50.0,
            )
            for kind, share in KINDS.items()
            for number, temper in enumerate(driving.tempers)
        ]
        route = _tag("route", id="through", edges=" ".join(EDGES))
        moves = [*self._flows(), *self._blocker()]
        moves.sort()
        return _document(
            "routes",
            [*(f"<vTypeDistribution id='mix'>{''.join(types)}</vTypeDistribution>",), route]
            + [row for _, row in moves],
        )

    def additional(self) -> str:
        """The signal's programme and the varying limit."""
        rows = []
        if self.signal:
            red = self.signal.cycle - self.signal.green - self.signal.yellow
            phases = ((self.signal.green, "G"), (self.signal.yellow, "y"), (red, "r"))
            inner = "".join(_tag("phase", duration=t, state=c * self.lanes) for t, c in phases)
            rows.append(f"<tlLogic id='n2' programID='fixed' type='static' offset='0'>{inner}</tlLogic>")
        if self.slow_after:
            lanes = " ".join(f"after_{i}" for i in range(self.lanes))
            steps = "".join(_tag("step", time=t, speed=round(v / 3.6, 3)) for t, v in self.slow_after)
            rows.append(f"<variableSpeedSign id='limit' lanes='{lanes}'>{steps}</variableSpeedSign>")
        return _document("additional", rows)

    def _flows(self) -> list[tuple[float, str]]:
        rows = []
        ends = [start for start, _ in self.demand[1:]] + [self.seconds]
        for number, ((start, hourly), end) in enumerate(zip(self.demand, ends, strict=True)):
            rate: Mapping[str, object] = (
                {"vehsPerHour": hourly} if self.even else {"period": f"exp({round(hourly / 3600, 5)})"}
            )
            flow = _tag(
                "flow",
                id=f"f{number}",
                type="mix",
                route="through",
                begin=start,
                end=end,
                departLane="best",
                departSpeed="desired",
                **rate,
            )
            rows.append((float(start), flow))
        return rows

    def _blocker(self) -> list[tuple[float, str]]:
        if self.blocked is None:
            return []
        start, lasts = self.blocked
        stop = _tag("stop", lane="after_0", endPos=round(self.lengths[2] / 2, 1), duration=lasts)
        head = f"<vehicle id='blocker' type='truck.0' route='through' depart='{start}' departLane='0'>"
        return [(float(start), f"{head}{stop}</vehicle>")]


def _tag(name: str, **values: object) -> str:
    inner = " ".join(f"{key}={quoteattr(str(value))}" for key, value in values.items())
    return f"<{name} {inner}/>"


def _document(root: str, rows: list[str]) -> str:
    body = "\n".join(rows)
    return f"<{root}>\n{body}\n</{root}>\n"

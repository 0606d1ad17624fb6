"""People who stand, stream and gather: JuPedSim moves them, everybody's place is kept at each look.

JuPedSim (https://www.jupedsim.org, LGPL-3.0-or-later) is imported only where a course is walked: it is the
extra `jupedsim`, and nothing that runs needs it. Its collision-free speed model (Tordeux et al., 2015,
https://arxiv.org/abs/1512.05597) moves discs. One seed is one course of events.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import astuple, dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from patrol.bench.simulation.packing import least_apart, packed
from patrol.bench.simulation.pedestrians import People
from patrol.core.errors import ConfigError

if TYPE_CHECKING:
    import jupedsim

LOOK_EVERY_S = 2.0
"""Seconds between instants that are kept."""
STEP_S = 0.1
"""Of the simulation."""
SLOW_STEP_S = 0.2
"""Of a crowd that mills at 3 per square metre or more: at 0.3 m/s a step is 6 cm. Its neighbours make each
step dear, and there is no room to move."""
RADIUS_M = 0.17
"""Of a disc. JuPedSim's default is 0.2, at which 6 per square metre cannot be reached in motion; discs of
0.17 jam between 7 and 8."""
PUSH_STEP_S = 0.05
"""Of a crowd that pushes against a wall: with a longer one somebody is pushed through it."""
CLOSE_M = 0.01
"""Less than two radii by so much is not let in by JuPedSim: places are given this much room."""
TURN_S, STROLL_M = 15.0, 3.0
"""Who mills makes up their mind anew each so many seconds (in the mean), and walks so far (standard deviation
along each axis), or half of the time stands. Chosen; farther walks would make the square's middle denser."""
VERSION = 2
"""Of the scenarios' code: a cache of another one is not used."""

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Course:
    """What one scenario gives: everybody's place, each `LOOK_EVERY_S` from 0 on.

    Attributes:
        instants: in order.
    """

    instants: tuple[People, ...]

    def timed(self) -> Iterator[tuple[float, People]]:
        """Seconds and who is where."""
        for number, people in enumerate(self.instants):
            yield number * LOOK_EVERY_S, people


@dataclass(frozen=True, slots=True)
class Milling:
    """A square full of people who stand and slowly wander, half of them at any time.

    They begin as a relaxed random packing: nobody could walk in at 6 per square metre. From 3 on there is
    hardly room to move, and the simulation only jostles them.

    Attributes:
        density: persons per square metre.
        seconds: of the course.
        size: width and depth, metres.
    """

    density: float
    seconds: float = 60.0
    size: tuple[float, float] = (20.0, 20.0)


@dataclass(frozen=True, slots=True)
class Stream:
    """People pour into a room with one gate: first they walk through, then they pile up before it.

    Room from (0, 0) to `size`; the gate in the middle of y = 0; they come from beyond y = depth.

    Attributes:
        seconds: of the course.
        first: persons a second that come at the beginning.
        last: persons a second from `full_s` on.
        full_s: until when the inflow grows evenly.
        gate: width, metres.
        size: width and depth, metres.
    """

    seconds: float = 360.0
    first: float = 0.5
    last: float = 3.5
    full_s: float = 180.0
    gate: float = 1.0
    size: tuple[float, float] = (8.0, 14.0)


@dataclass(frozen=True, slots=True)
class Gathering:
    """A square to which people come from all sides, stay around its middle, and leave.

    Attributes:
        people: who come, evenly over `coming_s`.
        coming_s: seconds.
        staying_s: seconds after that until they leave.
        leaving_s: seconds over which they turn to leave.
        spread: of the places where they stay, about the middle (standard deviation), metres.
        size: width and depth, metres.
    """

    people: int = 520
    coming_s: float = 600.0
    staying_s: float = 60.0
    leaving_s: float = 180.0
    spread: float = 4.5
    size: tuple[float, float] = (20.0, 20.0)

    @property
    def seconds(self) -> float:
        """Until the last ones are out."""
        return self.coming_s + self.staying_s + self.leaving_s + 60.0


Scenario = Milling | Stream | Gathering


def walked(scenario: Scenario, seed: int, cache: Path | None = None) -> Course:
    """The course of a scenario: out of the cache, or walked now and kept there.

    Args:
        scenario: what happens.
        seed: of its chance.
        cache: folder, made where it is missing; None: nothing is kept.

    Raises:
        ConfigError: JuPedSim is not installed.
    """
    words = f"{VERSION} {type(scenario).__name__} {astuple(scenario)} {seed}"
    file = cache / f"{sha256(words.encode()).hexdigest()[:24]}.npz" if cache else None
    if file and file.exists():
        return _read(file)
    course = Course(tuple(_walk(scenario, seed)))
    if file:
        file.parent.mkdir(parents=True, exist_ok=True)
        _write(file, course)
    return course


def _walk(scenario: Scenario, seed: int) -> Iterator[People]:
    match scenario:
        case Milling():
            return _mill(scenario, seed)
        case Stream():
            return _stream(scenario, seed)
        case Gathering():
            return _gather(scenario, seed)


def _box(low: Point, high: Point) -> list[Point]:
    return [low, (high[0], low[1]), high, (low[0], high[1])]


def _simulation(areas: Sequence[Sequence[Point]], step: float) -> jupedsim.Simulation:
    try:
        import jupedsim
    except ImportError:
        raise ConfigError("JuPedSim is not installed: pip install -c constraints.txt '.[jupedsim]'") from None
    from shapely import Polygon, union_all

    model = jupedsim.CollisionFreeSpeedModel(
        range_neighbor_repulsion=0.1, strength_geometry_repulsion=10.0, range_geometry_repulsion=0.1
    )
    return jupedsim.Simulation(model=model, geometry=union_all([Polygon(area) for area in areas]), dt=step)


class _Walkers:
    """A simulation in which everybody is steered to a point of their own."""

    def __init__(self, areas: Sequence[Sequence[Point]], step: float, exit_at: Sequence[Point] = ()) -> None:
        self.simulation = _simulation(areas, step)
        import jupedsim  # only now: where it is missing, the line before says what to install

        self.step = step
        self._parameters = jupedsim.CollisionFreeSpeedModelAgentParameters
        if exit_at:
            self._stage = self.simulation.add_exit_stage(list(exit_at))
        else:
            self._stage = self.simulation.add_direct_steering_stage()
        self._journey = self.simulation.add_journey(jupedsim.JourneyDescription([self._stage]))

    def add(self, place: Point, speed: float, radius: float = RADIUS_M) -> int | None:
        """Someone new; None: there is no room."""
        asked = self._parameters(
            journey_id=self._journey, stage_id=self._stage, position=place, radius=radius,
            desired_speed=speed, time_gap=0.5,
        )  # fmt: skip
        try:
            return int(self.simulation.add_agent(asked))
        except RuntimeError:
            return None

    def people(self) -> People:
        """Everybody now."""
        agents = list(self.simulation.agents())
        ids = np.array([agent.id for agent in agents], np.int64)
        places = np.array([agent.position for agent in agents], np.float64).reshape(-1, 2)
        ways = np.array([agent.orientation for agent in agents], np.float64).reshape(-1, 2)
        return People(ids, places, np.degrees(np.arctan2(ways[:, 1], ways[:, 0])))

    def looks(self, seconds: float, before: Callable[[float], None]) -> Iterator[People]:
        """Walk on; `before` is called with the time, once a second before the step that begins there."""
        every, each = round(LOOK_EVERY_S / self.step), round(1.0 / self.step)
        for number in range(round(seconds / self.step)):
            if number % each == 0:
                before(number * self.step)
            if number % every == 0:
                yield self.people()
            self.simulation.iterate(1)


def _mill(scenario: Milling, seed: int) -> Iterator[People]:
    random = np.random.default_rng([seed, 1])
    number = round(scenario.density * math.prod(scenario.size))
    slow = scenario.density >= 3
    walkers = _Walkers([_box((0, 0), scenario.size)], SLOW_STEP_S if slow else STEP_S)
    radius = min(RADIUS_M, least_apart(scenario.density) / 2 - CLOSE_M)
    for x, y in packed(number, scenario.size, seed):
        if walkers.add((float(x), float(y)), 0.3 if slow else 0.6, radius) is None:
            number -= 1
    far = np.array(scenario.size) - 0.4

    def wander(_: float) -> None:
        chosen = random.random(number) < 1 / TURN_S
        for agent, turns in zip(walkers.simulation.agents(), chosen, strict=True):
            if turns:
                goal = np.array(agent.position) + random.normal(0.0, STROLL_M, 2) * (random.random() < 0.5)
                # Off the walls like light: who would leave turns back, and nowhere people gather.
                goal = far - np.abs(far - (0.4 + np.abs(goal - 0.4)))
                agent.target = (float(goal[0].clip(0.4, far[0])), float(goal[1].clip(0.4, far[1])))

    for agent in walkers.simulation.agents():
        agent.target = agent.position
    return walkers.looks(scenario.seconds, wander)


def _stream(scenario: Stream, seed: int) -> Iterator[People]:
    random = np.random.default_rng([seed, 2])
    (wide, deep), half = scenario.size, scenario.gate / 2
    middle = wide / 2
    areas = [
        _box((0, 0), scenario.size),
        _box((middle - half, -3), (middle + half, 0.01)),
        _box((0, deep - 0.01), (wide, deep + 6)),
    ]
    walkers = _Walkers(areas, PUSH_STEP_S, _box((middle - half, -3), (middle + half, -2)))
    waiting = 0.0

    def come(second: float) -> None:
        nonlocal waiting
        waiting += min(
            scenario.last, scenario.first + second / scenario.full_s * (scenario.last - scenario.first)
        )
        for _ in range(3 * int(waiting)):
            place = (float(random.uniform(0.4, wide - 0.4)), float(random.uniform(deep + 0.5, deep + 5.6)))
            if waiting >= 1 and walkers.add(place, float(random.normal(1.2, 0.15))) is not None:
                waiting -= 1

    return walkers.looks(scenario.seconds, come)


def _gather(scenario: Gathering, seed: int) -> Iterator[People]:
    random = np.random.default_rng([seed, 3])
    size = np.array(scenario.size)
    walkers = _Walkers([_box((0, 0), scenario.size)], STEP_S)
    goals: dict[int, Point] = {}
    leave: dict[int, float] = {}
    came = 0

    def edge() -> Point:
        x, y = (float(v) for v in random.uniform(0.5, size - 0.5))
        low, far = random.random() < 0.5, size - 0.45
        return (
            ((0.45 if low else float(far[0])), y)
            if random.random() < 0.5
            else (x, 0.45 if low else float(far[1]))
        )

    def steer(second: float) -> None:
        nonlocal came
        while came < min(scenario.people, scenario.people * second / scenario.coming_s):
            one = walkers.add(edge(), float(random.normal(1.1, 0.15)))
            if one is None:
                break
            came += 1
            stays = size / 2 + random.normal(0, scenario.spread, 2)
            goals[one] = (float(stays[0].clip(1, size[0] - 1)), float(stays[1].clip(1, size[1] - 1)))
            leave[one] = scenario.coming_s + scenario.staying_s + float(random.uniform(0, scenario.leaving_s))
        for agent in list(walkers.simulation.agents()):
            if second > leave[agent.id]:
                x, y = agent.position
                if min(x, y, size[0] - x, size[1] - y) < 0.7:
                    walkers.simulation.mark_agent_for_removal(agent.id)
                    continue
                goals[agent.id] = _out(agent.position, scenario.size)
            agent.target = goals[agent.id]

    return walkers.looks(scenario.seconds, steer)


def _out(place: Point, size: tuple[float, float]) -> Point:
    """The nearest point of the edge."""
    x, y = place
    ways = {x: (0.3, y), y: (x, 0.3), size[0] - x: (size[0] - 0.3, y), size[1] - y: (x, size[1] - 0.3)}
    return ways[min(ways)]


def _write(file: Path, course: Course) -> None:
    counts = np.array([len(people) for people in course.instants], np.int64)
    parts = [
        np.concatenate([getattr(p, name) for p in course.instants]) for name in ("ids", "places", "headings")
    ]
    made = file.with_suffix(".tmp.npz")
    np.savez_compressed(made, counts=counts, ids=parts[0], places=parts[1], headings=parts[2])
    made.replace(file)


def _read(file: Path) -> Course:
    with np.load(file) as kept:
        ends = np.cumsum(kept["counts"])[:-1]
        parts = [np.split(kept[name], ends) for name in ("ids", "places", "headings")]
    return Course(tuple(People(*instant) for instant in zip(*parts, strict=True)))

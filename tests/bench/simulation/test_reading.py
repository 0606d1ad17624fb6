"""What is written for SUMO, what is read from it, and the measured recall."""

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.bench.simulation.fcd import read_fcd
from patrol.bench.simulation.recall import Curve, read_measured
from patrol.bench.simulation.scenario import Scenario, Signal
from patrol.core.errors import ConfigError

HEAD = "timestep_time;vehicle_id;vehicle_x;vehicle_y;vehicle_angle;vehicle_type;vehicle_speed;vehicle_lane\n"
MEASURED = Path(__file__).parents[3] / "benchmarks" / "results" / "visibility_recall.jsonl"

SCENARIO = Scenario(
    "a & b",
    "arterial",
    2,
    60.0,
    (1000.0, 300.0, 200.0),
    3600,
    ((0, 1000.0), (600, 2000.0)),
    slow_after=((0, 60.0), (900, 20.0)),
    blocked=(300, 1200),
    signal=Signal(90, 40),
)


def test_floating_car_data_is_read_second_by_second(tmp_path: Path) -> None:
    file = tmp_path / "fcd.csv"
    file.write_text(
        HEAD
        + "0.00;a;4.60;-4.80;90.00;car.0;17.67;in_0\n0.00;b;500.00;-4.80;90.00;bus.2;1.00;in_0\n"
        + "1.00;;;;;;;\n2.00;a;21.88;-4.80;90.00;car.0;17.32;in_0\n"
    )
    instants = list(read_fcd(file, (0.0, 100.0)))
    assert [(time, [v.id for v in vehicles]) for time, vehicles in instants] == [
        (0.0, ["a"]),
        (1.0, []),
        (2.0, ["a"]),
    ]
    vehicle = instants[0][1][0]
    assert (vehicle.kind, vehicle.heading, vehicle.speed) == ("car", 0.0, 17.67)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "time;id\n0;a\n",
        HEAD + "0.00;a;4.60;-4.80;90.00;tram;17.67;in_0\n",
        HEAD + "0.00;a;north;-4.80;90.00;car;17.67;in_0\n",
        HEAD + "0.00;a\n",
    ],
)
def test_other_files_are_refused_with_what_to_do(tmp_path: Path, text: str) -> None:
    file = tmp_path / "fcd.csv"
    file.write_text(text)
    with pytest.raises(ConfigError, match="--fcd-output"):
        list(read_fcd(file, (0.0, 100.0)))


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="FileNotFound"):
        list(read_fcd(tmp_path / "none.csv", (0.0, 1.0)))


def test_a_scenario_is_well_formed_and_says_what_it_was_told() -> None:
    nodes, edges, routes, additional = (
        ET.fromstring(text)
        for text in (SCENARIO.nodes(), SCENARIO.edges(), SCENARIO.routes(), SCENARIO.additional())
    )
    assert [float(node.get("x", "")) for node in nodes] == [0.0, 1000.0, 1300.0, 1500.0]
    assert [edge.get("numLanes") for edge in edges] == ["2", "2", "2"]
    assert sum(float(t.get("probability", "")) for t in routes.iter("vType")) == pytest.approx(1.0, abs=0.01)
    departures = [
        float(row.get("begin") or row.get("depart") or "") for row in routes if row.tag in ("flow", "vehicle")
    ]
    assert departures == sorted(departures) == [0.0, 300.0, 600.0]
    assert sum(float(phase.get("duration", "")) for phase in additional.iter("phase")) == 90
    assert [step.get("time") for step in additional.iter("step")] == ["0", "900"]


@given(st.lists(st.floats(0, 1000), min_size=1))
def test_a_curve_stays_within_its_values(points: list[float]) -> None:
    values = Curve((0.0, 10.0, 50.0), (0.1, 0.9, 0.7))(np.array(points))
    assert ((values >= 0.1) & (values <= 0.9)).all()


def test_a_curve_that_does_not_rise_is_refused() -> None:
    with pytest.raises(ConfigError):
        Curve((1.0, 1.0), (0.0, 1.0))


def test_the_stored_measurement_reads_and_hiding_never_helps() -> None:
    measured = read_measured(MEASURED)
    shares = np.linspace(0, 1, 21)
    recall = measured.recall(np.full(21, 30.0), shares)
    assert recall[0] < 0.1 < recall[10] < recall[20]
    assert measured.recall(np.array([4.0]), np.array([1.0]))[0] < 0.1
    assert measured.recall(np.array([100.0]), np.array([1.0]))[0] > 0.85


@pytest.mark.parametrize("text", ["", "[]", json.dumps({"result": {"by_size": []}})])
def test_results_without_a_measurement_are_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text(text)
    with pytest.raises(ConfigError, match=r"visibility_recall\.py"):
        read_measured(file)

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from patrol.bench.figures import Figures, Moment, between, fetch_figures, parse_figures
from patrol.bench.machine import machine, source
from patrol.bench.process import Usage, usage
from patrol.bench.results import append
from patrol.core.errors import ConfigError, DeliveryError, PatrolError
from patrol.core.redact import Secret

METRICS = """\
# HELP patrol_looks_total Pictures that were judged.
# TYPE patrol_looks_total counter
patrol_looks_total{camera="a"} 30.0
patrol_looks_total{camera="b"} 28.0
# TYPE patrol_looks_missed_total counter
patrol_looks_missed_total{camera="a",cause="replaced"} 1.0
patrol_looks_missed_total{camera="b",cause="replaced"} 2.0
patrol_looks_missed_total{camera="b",cause="corrupt"} 1.0
# TYPE patrol_camera_state gauge
patrol_camera_state{camera="a",state="live"} 1.0
patrol_camera_state{camera="a",state="stalled"} 0.0
patrol_camera_state{camera="b",state="live"} 0.0
patrol_camera_state{camera="b",state="stalled"} 1.0
# TYPE patrol_candidates_total counter
patrol_candidates_total 3.0
"""


def moment(at: float, looks: float, cpu_s: float, missed: float = 0.0) -> Moment:
    figures = Figures({"a": looks, "b": looks}, {"replaced": missed}, frozenset("ab"), 0)
    return Moment(at, figures, Usage(cpu_s, 300.0, 310.0, 20))


def test_figures_are_read_by_camera_and_cause() -> None:
    figures = parse_figures(METRICS)
    assert figures.looks == {"a": 30.0, "b": 28.0}
    assert figures.missed == {"replaced": 3.0, "corrupt": 1.0}
    assert figures.live == {"a"}
    assert figures.candidates == 3.0


def test_a_window_is_the_difference_of_its_ends() -> None:
    result = between(moment(100, 10, 5.0), moment(160, 40, 6.2), 2.0)
    assert result["cpu_ms_per_camera_second"] == pytest.approx(10.0)
    assert result["core_share"] == pytest.approx(0.02)
    assert result["looks"] == 60
    assert result["looks_due"] == pytest.approx(60)
    assert result["looks_missed_share"] == 0
    assert result["fewest_looks_of_a_camera"] == 30


def test_looks_that_nobody_counted_as_missed_are_missed_all_the_same() -> None:
    assert between(moment(100, 10, 5), moment(160, 37, 6), 2.0)["looks_missed_share"] == pytest.approx(0.1)


def test_looks_that_the_worker_counts_as_missed_are_given_by_cause() -> None:
    result = between(moment(100, 10, 5, missed=1), moment(160, 40, 6, missed=7), 2.0)
    assert result["looks_missed"] == {"replaced": 6}
    assert result["looks_missed_share"] == pytest.approx(6 / 66, abs=1e-4)


def test_a_worker_that_does_not_answer_is_said() -> None:
    with pytest.raises(DeliveryError, match="gave no figures"):
        fetch_figures("http://127.0.0.1:9", Secret("0123456789abcdef"))


def test_a_process_is_measured() -> None:
    before = usage(os.getpid())
    sum(number * number for number in range(3_000_000))
    after = usage(os.getpid())
    assert 0.01 <= after.cpu_s - before.cpu_s < 30
    assert after.peak_mb >= after.rss_mb * 0.9 > 10
    assert after.threads >= 1


def test_a_name_with_parentheses_does_not_shift_the_fields(tmp_path: Path) -> None:
    folder = tmp_path / "7"
    folder.mkdir()
    ticks = os.sysconf("SC_CLK_TCK")
    rest = " ".join(["S", *["0"] * 10, str(2 * ticks), str(ticks), *["0"] * 20])
    (folder / "stat").write_text(f"7 (odd) name) {rest}\n")
    (folder / "status").write_text("Name:\todd) name\nVmHWM:\t  4096 kB\nVmRSS:\t  2048 kB\nThreads:\t3\n")
    assert usage(7, tmp_path) == Usage(3.0, 2.0, 4.0, 3)


def test_a_process_that_has_gone_is_said(tmp_path: Path) -> None:
    with pytest.raises(PatrolError, match="process 7 has ended"):
        usage(7, tmp_path)


def test_a_machine_is_described() -> None:
    found = machine()
    assert found["cpu"]
    assert found["cores"] == os.cpu_count()
    assert isinstance(found["packages"], dict)
    assert "av" in found["packages"]
    json.dumps(found)


def test_a_commit_is_named_and_whether_the_tree_differs(tmp_path: Path) -> None:
    assert source(tmp_path) == {"commit": "", "dirty": None}
    git = ("git", "-C", str(tmp_path), "-c", "user.name=n", "-c", "user.email=n@example.org")
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "first"], check=True)
    clean = source(tmp_path)
    assert len(str(clean["commit"])) == 40
    assert clean["dirty"] is False
    (tmp_path / "new").touch()
    assert source(tmp_path)["dirty"] is True


def test_rows_are_added_and_never_rewritten(tmp_path: Path) -> None:
    path = tmp_path / "results" / "cameras.jsonl"
    append(path, {"n": 1, "name": "摄像头"})
    append(path, {"n": 2})
    assert [json.loads(line)["n"] for line in path.read_text("utf-8").splitlines()] == [1, 2]
    with pytest.raises(ConfigError, match="cannot be kept"):
        append(path / "below", {"n": 3})

"""What a worker says about its cameras."""

from __future__ import annotations

from patrol.config.models import CameraConfig, ZoneConfig
from patrol.core.camera import CameraHealth, CameraState
from patrol.core.sight import Reason, Sight, TaskSight
from patrol.queue.wire import CameraReport
from patrol.vision.worker.status import CameraFacts, WorkerFacts, camera_report, metrics
from tests.fakes.looks import at

CAMERA = CameraConfig(
    id="gate",
    name="三号闸",
    url="rtsp://10.0.0.1/main",
    zones=(ZoneConfig(id="z", polygon=((0, 0), (1, 0), (1, 1))),),
)


FAR = TaskSight("far", "gathering", Sight.REFUSED, Reason("too-few-pixels", {"needed": 25, "have": 8.5}))


def facts(state: CameraState) -> CameraFacts:
    health = CameraHealth("gate", state, at(0), "why", 3.5, 2.0, 1)
    return CameraFacts(
        config=CAMERA,
        health=health,
        last_packet_at=at(5),
        last_look_at=None,
        look_id="",
        looks=7,
        skipped={"corrupt": 2},
        values={"crowd": 4.0},
        counters={"packets": 100},
        tasks=(TaskSight("crowd", "gathering", Sight.LIVE), FAR),
    )


def test_a_rule_sees_only_while_its_camera_is_live() -> None:
    crowd, far = camera_report(facts(CameraState.LIVE)).tasks
    assert (crowd.sight, crowd.reason) == (Sight.LIVE, "")
    assert (far.sight, far.reason, far.values) == (
        Sight.REFUSED,
        "too-few-pixels",
        {"needed": 25, "have": 8.5},
    )
    for state in CameraState:
        if state is not CameraState.LIVE:
            crowd, again = camera_report(facts(state)).tasks
            assert (crowd.sight, crowd.reason, crowd.values) == (
                Sight.STALLED,
                "camera",
                {"state": state.value},
            )
            assert again == far


def test_the_report_says_what_the_page_needs_and_no_address() -> None:
    report = camera_report(facts(CameraState.STALLED))
    assert (report.state, report.detail, report.looks) == (CameraState.STALLED, "why", 7)
    assert report.zones[0].name == "z"
    assert "10.0.0.1" not in report.model_dump_json()
    assert CameraReport.model_validate_json(report.model_dump_json()) == report


def test_metrics_count_by_camera_and_cause() -> None:
    text = metrics([facts(CameraState.BLIND)], WorkerFacts(3, 1, 20, 1000, 0)).decode()
    assert 'patrol_looks_total{camera="gate"} 7.0' in text
    assert 'patrol_looks_missed_total{camera="gate",cause="corrupt"} 2.0' in text
    assert 'patrol_camera_state{camera="gate",state="blind"} 1.0' in text
    assert 'patrol_camera_state{camera="gate",state="live"} 0.0' in text
    assert 'patrol_rule_sight{camera="gate",rule="crowd",sight="stalled"} 1.0' in text
    assert 'patrol_rule_sight{camera="gate",rule="far",sight="refused"} 1.0' in text
    assert "patrol_outbox_depth 3.0" in text
    assert "patrol_candidates_total 20.0" in text
    assert "10.0.0.1" not in text

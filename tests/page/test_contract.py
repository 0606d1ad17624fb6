"""The desk of make-believe says what the real one says, field by field; else these tests prove nothing."""

from __future__ import annotations

from datetime import UTC, datetime

from pydantic import BaseModel

from patrol.console.api import shapes
from tests.page import made_up
from tests.page.conftest import fill
from tests.page.made_up import Json
from tests.page.mock_desk import MockDesk


def check(shape: type[BaseModel], said: Json) -> None:
    assert said.keys() == shape.model_fields.keys()
    shape.model_validate(said)


def test_the_mock_keeps_the_contract() -> None:
    desk = MockDesk()
    fill(desk)
    now = datetime.now(UTC)
    check(shapes.SessionOut, desk.session_out())
    check(shapes.CamerasOut, desk.cameras_out())
    check(shapes.CameraOut, desk.cameras_out()["cameras"][0])
    check(shapes.WorkerOut, made_up.worker(now))
    page = desk.page_out({"verdict": ["open"], "limit": ["2"]})
    check(shapes.CandidatePage, page)
    assert (len(page["items"]), page["open"], page["next"]) == (2, 3, "2")
    candidate = page["items"][0]
    check(shapes.CandidateOut, candidate)
    check(shapes.EvidenceOut, candidate["evidence"]["preview"])
    check(shapes.CandidateOut, desk.judge(candidate["id"], "real", "k"))
    check(shapes.HistoryOut, desk.history_out(candidate["id"]))


def test_a_key_of_idempotence_decides_once() -> None:
    desk = MockDesk()
    fill(desk)
    for _ in range(2):
        desk.judge("cand-0002", "real", "same")
    assert len(desk.decisions) == 1

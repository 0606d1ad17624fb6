from __future__ import annotations

import json
from pathlib import Path

import pytest

from patrol.queue import schema, wire
from tests.fakes.clock import START
from tests.queue.support import candidate, with_still

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"


@pytest.mark.parametrize("name", sorted(schema.documents()))
def test_the_committed_reference_is_current(name: str) -> None:
    assert (REFERENCE / name).read_text("utf-8") == schema.documents()[name], (
        "run: python -m patrol.queue.schema"
    )


def test_generating_writes_both_files(tmp_path: Path) -> None:
    schema.main(tmp_path / "new")
    assert {path.name for path in (tmp_path / "new").iterdir()} == {schema.SCHEMA_FILE, schema.PAGE_FILE}


def test_the_schema_names_every_field_that_an_event_has() -> None:
    event = json.loads(wire.dump(wire.candidate_event(with_still(candidate(1)), START)))
    published = schema.candidate_event_schema()
    assert event.keys() <= published["properties"].keys()
    assert event["data"].keys() <= published["$defs"]["CandidateData"]["properties"].keys()
    assert event["data"]["evidence"][0].keys() <= published["$defs"]["EvidenceData"]["properties"].keys()

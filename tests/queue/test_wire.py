from __future__ import annotations

import json
from typing import Any

import pytest

from patrol.core.errors import DeliveryError
from patrol.queue import wire
from tests.fakes.clock import START
from tests.queue.support import candidate

NO_UTC = ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00")


def event() -> dict[str, Any]:
    body: dict[str, Any] = json.loads(wire.dump(wire.candidate_event(candidate(1), START)))
    return body


@pytest.mark.parametrize("moment", NO_UTC)
@pytest.mark.parametrize("field", ["begin", "raised", "last_seen", "end"])
def test_a_time_that_no_database_can_hold_is_no_event(field: str, moment: str) -> None:
    # Taken for a fault of the database it would be tried again for ever.
    good = event()
    wire.parse_event(json.dumps(good).encode())
    good["data"][field] = moment
    with pytest.raises(DeliveryError, match=field):
        wire.parse_event(json.dumps(good).encode())

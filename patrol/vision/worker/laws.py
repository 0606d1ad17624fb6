"""The laws of a zone out of its configuration."""

from __future__ import annotations

from patrol.config.law import law_of
from patrol.config.models import StreamsConfig, ZoneConfig
from patrol.core.law import Law, Notice


def laws_of(streams: StreamsConfig, zone: ZoneConfig) -> tuple[Law, ...]:
    """What is allowed in a zone, with the notices that it rests on.

    Args:
        streams: has the notices; loading has checked that each law names one, and that its days and hours
            are some.
        zone: of one of its cameras.
    """
    notices = {one.id: Notice(one.id, one.words, one.source) for one in streams.notices}
    return tuple(law_of(config, notices[config.notice]) for config in zone.laws)

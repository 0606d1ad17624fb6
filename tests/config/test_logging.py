"""The log, as processes of their own: what is set up is global."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap

import pytest

PASSWORD = "p@s%s:w 77"
SETUP = f"""
import logging, sys, threading
import structlog
from patrol.config.logging import configure_logging
from patrol.config.settings import settings
from patrol.core.redact import Secret
configure_logging(settings({{"HOME": "/", "PATROL_LOG": sys.argv[1], "PATROL_LOG_LEVEL": "info"}}))
password = {PASSWORD!r}
secret = Secret(password)
url = "rtsp://admin:other-password@192.0.2.1/x"
log = structlog.get_logger("patrol.test")
"""


def run(body: str, form: str = "json") -> subprocess.CompletedProcess[str]:
    program = SETUP + textwrap.dedent(body)
    return subprocess.run(
        [sys.executable, "-c", program, form], capture_output=True, text=True, timeout=60, check=False
    )


def records(body: str) -> list[dict[str, object]]:
    done = run(body)
    assert PASSWORD not in done.stderr
    assert "other-password" not in done.stderr
    return [json.loads(line) for line in done.stderr.splitlines()]


def test_an_event_has_time_level_logger_and_its_values() -> None:
    (record,) = records("log.info('camera lives', camera='quay', looks=3, ok=True)")
    assert str(record.pop("timestamp")).endswith("Z")
    assert record == {
        "event": "camera lives",
        "camera": "quay",
        "looks": 3,
        "ok": True,
        "level": "info",
        "logger": "patrol.test",
    }


def test_no_value_carries_a_password() -> None:
    (record,) = records(
        """
        class Odd:
            def __repr__(self):
                return f"Odd({password!r})"
        log.warning(
            f"event {password}", url=url, odd=Odd(), raw=password.encode(), nested={"a": [password, url]},
            media_token="t", secret=secret, error=ValueError(password), **{password: 1},
        )
        """
    )
    assert record["url"] == "rtsp://***@192.0.2.1/x"
    assert record["nested"] == {"a": ["***", "rtsp://***@192.0.2.1/x"]}
    assert record["media_token"] == "***"
    assert record["odd"] == "Odd('***')"


def test_tracebacks_and_their_causes_are_clean() -> None:
    (record,) = records(
        """
        try:
            try:
                raise OSError(f"cannot open {url}")
            except OSError as error:
                raise RuntimeError(password) from error
        except RuntimeError:
            log.exception("failed", camera="quay")
        """
    )
    assert "RuntimeError: ***" in str(record["exception"])
    assert "OSError: cannot open rtsp://***@192.0.2.1/x" in str(record["exception"])


def test_libraries_come_the_same_way() -> None:
    first, second, third = records(
        """
        import warnings
        library = logging.getLogger("uvicorn.error")
        library.info("listening on %s, %s", url, password)
        try:
            raise ValueError(password)
        except ValueError:
            library.exception("failed %s", url)
        logging.getLogger("quiet").debug("not shown")
        warnings.warn(f"old: {url}")
        """
    )
    assert first["event"] == "listening on rtsp://***@192.0.2.1/x, ***"
    assert (first["level"], first["logger"]) == ("info", "uvicorn.error")
    assert "ValueError: ***" in str(second["exception"])
    assert third["logger"] == "py.warnings"


def test_handlers_that_a_library_put_in_front_before_are_gone() -> None:
    body = """
    library = logging.getLogger("uvicorn")
    library.addHandler(logging.StreamHandler())
    library.propagate = False
    configure_logging(settings({"HOME": "/", "PATROL_LOG": "json"}))
    library.info("once")
    """
    assert [record["event"] for record in records(body)] == ["once"]


def test_what_nobody_caught_is_logged_clean() -> None:
    (thread, finaliser, main) = records(
        """
        def fail():
            raise RuntimeError(f"thread {url} {password}")
        worker = threading.Thread(target=fail, name="reader")
        worker.start()
        worker.join()
        class Gone:
            def __del__(self):
                raise RuntimeError(password)
        Gone()
        raise RuntimeError(f"main {url} {password}")
        """
    )
    assert thread["event"] == "uncaught exception in thread reader"
    assert thread["level"] == "critical"
    assert "RuntimeError: ***" in str(finaliser["exception"])
    assert "RuntimeError: main rtsp://***@192.0.2.1/x ***" in str(main["exception"])


def test_a_record_that_cannot_be_written_is_told_without_what_it_held() -> None:
    done = run("logging.getLogger('library').warning('%d', password)")
    assert "a log message of library could not be written" in done.stderr
    assert PASSWORD not in done.stderr


@pytest.mark.parametrize("form", ["text", "json"])
def test_text_for_people_and_json_for_machines(form: str) -> None:
    done = run("log.info('camera lives', url=url, password=password, note=f'pw {password}')", form)
    assert done.stdout == ""
    assert "camera lives" in done.stderr
    assert PASSWORD not in done.stderr
    assert done.stderr.startswith("{") is (form == "json")


def test_ctrl_c_is_no_crash() -> None:
    done = run("raise KeyboardInterrupt")
    assert done.stderr == "stopped\n"


def test_a_misspelt_variable_is_warned_of() -> None:
    (record,) = records(
        "from patrol.config.settings import warn_unknown\nwarn_unknown({'PATROL_REDIS': 'x'})"
    )
    assert (record["level"], record["variable"]) == ("warning", "PATROL_REDIS")

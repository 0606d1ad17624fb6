from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import typer

import patrol
from patrol.cli import main
from patrol.cli._app import build
from patrol.cli._output import emit, progress
from patrol.core.redact import Secret

HEAVY = (
    "av",
    "cv2",
    "fastapi",
    "httpx",
    "numpy",
    "onnxruntime",
    "openvino",
    "pydantic",
    "redis",
    "sqlalchemy",
)
ROOT = Path(__file__).parents[2]


def python(program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=110, check=False, cwd=ROOT
    )


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert not ended.value.code
    assert capsys.readouterr().out == f"patrol {patrol.__version__}\n"


def test_every_subcommand_file_is_registered(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    shown = capsys.readouterr().out
    assert [name for name in ("check", "schema") if f"\n  {name} " not in shown] == []


def test_help_imports_nothing_heavy() -> None:
    program = (
        "import sys\nfrom patrol.cli._app import build\nimport typer\ntyper.main.get_command(build())\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    assert python(program).stdout == "[]\n"


def test_check_loads_no_inference_runtime_and_opens_nothing() -> None:
    program = (
        "import sys\nfrom patrol.cli import main\n"
        "try:\n    main(['check', 'streams.example.yaml'])\n"
        "except SystemExit as end:\n    assert not end.code\n"
        "heavy = ('av', 'cv2', 'openvino', 'onnxruntime', 'torch', 'redis')\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = python(program)
    assert done.stdout.splitlines()[-1:] == ["[]"], done.stderr


@pytest.mark.parametrize(("error", "code"), [("ConfigError", 2), ("DemoError", 1), ("StoreError", 1)])
def test_an_error_of_patrol_is_a_message_and_an_exit_code(error: str, code: int) -> None:
    program = (
        "import patrol.cli._app as cli, typer\nfrom patrol.core import errors\napp = typer.Typer()\n"
        f"@app.command()\ndef fail():\n    raise errors.{error}('no rtsp://u:hunter2@h/x here')\n"
        "cli.invoke(app, [])"
    )
    done = python(program)
    assert (done.returncode, done.stderr) == (code, "patrol: no rtsp://***@h/x here\n")


def test_any_other_error_is_a_redacted_traceback() -> None:
    program = (
        "import patrol.cli._app as cli, typer\napp = typer.Typer()\n"
        "@app.command()\ndef fail():\n    url = 'rtsp://u:hunter2' + '@h/x'\n    raise RuntimeError(url)\n"
        "cli.invoke(app, [])"
    )
    done = python(program)
    assert done.returncode == 1
    assert "RuntimeError: rtsp://***@h/x" in done.stderr
    assert "hunter2@" not in done.stderr


def test_a_wrong_option_ends_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["check", "--no-such-option"])
    assert ended.value.code == 2
    assert "No such option" in capsys.readouterr().err


def test_the_schema_is_printed_as_it_is_committed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["schema"])
    assert not ended.value.code
    printed = capsys.readouterr().out
    assert printed == (ROOT / "docs" / "reference" / "streams.schema.json").read_text()


def test_results_and_progress_keep_apart_and_clean(capsys: pytest.CaptureFixture[str]) -> None:
    Secret("some-password-5")
    emit({"url": "rtsp://u:p@h", "name": "码头", "note": "some-password-5", "token": "x"})
    progress("opening rtsp://u:p@h with some-password-5")
    shown = capsys.readouterr()
    assert json.loads(shown.out) == {"url": "rtsp://***@h", "name": "码头", "note": "***", "token": "***"}
    assert shown.err == "opening rtsp://***@h with ***\n"


def test_the_module_runs_like_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "patrol.cli", "--version"],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert done.stdout == f"patrol {patrol.__version__}\n"


def test_the_application_can_be_built_twice() -> None:
    assert isinstance(build(), typer.Typer)
    assert isinstance(build(), typer.Typer)

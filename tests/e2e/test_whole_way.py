"""The whole way in real processes: RTSP cameras, worker, Valkey, desk, and the page in a browser.

Cameras show drawn people, so that this needs neither footage nor a model; `tests/cli/test_demo.py` has both.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect, sync_playwright

from patrol.bench.clip import load_clip
from patrol.bench.farm import Farm, cameras_of, running
from patrol.bench.faults import FaultKind
from patrol.bench.login import Login
from patrol.core.redact import Secret
from tests.e2e import scenes
from tests.e2e.centre import SIGN_IN, Centre, wait_for
from tests.page.conftest import FLAGS, until

WAIT_MS = 60_000
PASSWORD = "p@ss%w:rd/1 #x"
ENCODED = ("p%40ss%25w%3Ard%2F1%20%23x", "p%40ss%25w%3ard%2f1%20%23x", "p%40ss%25w%3Ard/1%20%23x")
CONFIG = """
site: {{name: 测试中心, language: zh-CN}}
detectors: {{default: {{plugin: tests.fakes.squares}}}}
cameras:
  - id: square
    name: 中心广场
    url: {square}
    credentials: {{username: viewer, password_env: SQUARE_PASSWORD}}
    site_class: square
    look_every_s: 0.5
    evidence: {{pre_s: 2, post_s: 2, ring_s: 20}}
    faults: {{enabled: false}}
    zones: [{{id: middle, name: 广场中央, polygon: [[0, 0.3], [1, 0.3], [1, 1], [0, 1]]}}]
    rules:
      - {{id: crowd, use: gathering, zone: middle, for_s: 3, clear_s: 3, params: {{min_count: 4}}}}
      - {{id: traffic, use: vehicles, for_s: 3, clear_s: 3}}
  - id: gate
    name: 学校门口
    url: {gate}
    look_every_s: 0.5
    evidence: {{pre_s: 2, post_s: 2, ring_s: 20}}
    faults: {{enabled: false}}
"""


@pytest.fixture(scope="module")
def farm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Farm]:
    folder = tmp_path_factory.mktemp("clips")
    crowd = load_clip(scenes.crowd_for_ever(folder / "crowd.mp4"))
    empty = load_clip(scenes.scene(folder / "empty.mp4", 10, lambda _: 1))
    login = Login("viewer", Secret(PASSWORD))
    with running([*cameras_of([crowd], ["square"], login), *cameras_of([empty], ["gate"])]) as farm:
        yield farm


@pytest.fixture(scope="module")
def centre(farm: Farm, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Centre]:
    config = CONFIG.format(square=farm.url("square"), gate=farm.url("gate"))
    started = Centre(tmp_path_factory.mktemp("centre"), config, {"SQUARE_PASSWORD": PASSWORD}).start()
    try:
        yield started
    finally:
        started.kill()


@pytest.fixture(scope="module")
def client(centre: Centre) -> Iterator[httpx.Client]:
    signed_in = centre.sign_in()
    yield signed_in
    signed_in.close()


def new_link(centre: Centre) -> str:
    """Another sign-in link, by `patrol link`."""
    import subprocess
    import sys

    command = [sys.executable, "-m", "patrol.cli", "link", "--data-dir", str(centre.data / "desk")]
    env = {**os.environ, "PATROL_DATA_DIR": str(centre.data)}
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)
    found = SIGN_IN.search(done.stdout)
    assert found, done.stderr
    return found.group(0)


def candidate(client: httpx.Client) -> dict[str, object]:
    items = client.get("/api/candidates").json()["items"]
    return items[0] if items else {}


@pytest.fixture
def found(client: httpx.Client) -> dict[str, object]:
    """The gathering with all its evidence. Each test waits for it: tests run shuffled, over processes."""

    def complete() -> bool:
        evidence = candidate(client).get("evidence", {})
        assert isinstance(evidence, dict)
        return len(evidence) == 4 and all(e["status"] == "ready" for e in evidence.values())

    wait_for("a candidate with its evidence", complete, 120)
    return candidate(client)


@pytest.mark.timeout(500)
class TestApi:
    """Through the desk's own HTTP API."""

    def test_a_gathering_comes_with_all_its_evidence(
        self, client: httpx.Client, found: dict[str, object]
    ) -> None:
        assert (found["camera_name"], found["kind"], found["peak"]) == ("中心广场", "gathering", 6.0)
        still = client.get(f"/api/candidates/{found['id']}/evidence/still_boxes")
        assert still.content[:2] == b"\xff\xd8"

    def test_the_original_opens_with_a_purpose_and_that_is_recorded(
        self, client: httpx.Client, found: dict[str, object]
    ) -> None:
        id_ = found["id"]
        assert client.get(f"/api/candidates/{id_}/evidence/original").status_code in (403, 404, 422)
        assert client.post(f"/api/candidates/{id_}/original", json={"purpose": ""}).status_code == 422
        opened = client.post(f"/api/candidates/{id_}/original", json={"purpose": "exercise 7"})
        clip = client.get(opened.json()["url"])
        assert clip.content[4:8] == b"ftyp"
        assert "exercise 7" in client.get(f"/api/candidates/{id_}/history").text

    def test_a_camera_that_goes_silent_is_named_and_comes_back(
        self, client: httpx.Client, farm: Farm
    ) -> None:
        def state() -> str:
            cameras = client.get("/api/cameras").json()["cameras"]
            return str({c["id"]: c["state"] for c in cameras}.get("gate"))

        wait_for("the gate is live", lambda: state() == "live", 90)
        farm.inject("gate", FaultKind.SILENT)
        wait_for("the gate is stalled", lambda: state() == "stalled", 90)
        farm.inject("gate", None)
        wait_for("the gate is back", lambda: state() == "live", 90)

    def test_looks_are_pictures_with_an_age(self, client: httpx.Client) -> None:
        def square() -> dict[str, str]:
            cameras = client.get("/api/cameras").json()["cameras"]
            return next((c for c in cameras if c["id"] == "square" and c["last_look_at"]), {})

        wait_for("a look at the square", lambda: bool(square()), 60)
        look = client.get(square()["look_url"])
        assert look.content[:2] == b"\xff\xd8"
        assert look.headers["X-Look-At"]
        assert client.post("/api/cameras/square/look-now").status_code == 202

    def test_the_password_is_nowhere(self, client: httpx.Client, centre: Centre) -> None:
        shown = [
            client.get(path).text for path in ("/api/cameras", "/api/candidates", "/api/health", "/metrics")
        ]
        written = [centre.out, centre.err, *_texts(_small_files(centre.data))]
        processes = _texts(place / "cmdline" for place in Path("/proc").iterdir() if place.name.isdigit())
        for text in (*shown, *written, *processes):
            for form in (PASSWORD, *ENCODED):
                assert form not in text


@pytest.mark.chromium
@pytest.mark.timeout(500)
@pytest.mark.usefixtures("found")
def test_an_operator_sees_it_and_says_real(centre: Centre, client: httpx.Client, tmp_path: Path) -> None:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        context = chromium.new_context(viewport={"width": 1920, "height": 1080}, locale="zh-CN")
        page = context.new_page()
        page.goto(new_link(centre))
        _sees_the_candidate(page)
        page.screenshot(path=os.environ.get("PATROL_TEST_SCREENSHOT", str(tmp_path / "seat.png")))
        page.keyboard.press("3")
        until(page, "document.querySelector('video')?.currentTime > 0.5", 60)
        page.keyboard.press("r")
        wait_for("the verdict", lambda: candidate_verdict(client) == "real", 60)
        chromium.close()


def candidate_verdict(client: httpx.Client) -> object:
    return client.get("/api/candidates", params={"verdict": "all"}).json()["items"][0]["verdict"]


def _sees_the_candidate(page: Page) -> None:
    expect(page.get_by_test_id("open-count")).to_have_text("1", timeout=WAIT_MS)
    expect(page.locator("[role=option]").first).to_contain_text("中心广场", timeout=WAIT_MS)
    if page.locator("[role=option][aria-selected=true]").count() == 0:
        page.keyboard.press("j")
    expect(page.get_by_role("complementary")).to_contain_text("人员聚集", timeout=WAIT_MS)
    deadline = time.monotonic() + 60
    while page.evaluate("document.querySelector('.frame img')?.naturalWidth ?? 0") == 0:
        assert time.monotonic() < deadline, "no still on the screen"
        page.wait_for_timeout(100)


def _small_files(folder: Path) -> list[Path]:
    """Everything that Patrol has written except pictures and clips."""
    # Not rglob: a folder that is removed meanwhile ends it with an error.
    found = (Path(place, name) for place, _, names in os.walk(folder) for name in names)
    return [path for path in found if path.is_file() and "evidence" not in path.parts]


def _texts(paths: Iterable[Path]) -> list[str]:
    """What is in them; a journal that is deleted meanwhile, or a process that ends, has said nothing."""
    found = []
    for path in paths:
        with contextlib.suppress(OSError):
            found.append(path.read_text(errors="replace"))
    return found

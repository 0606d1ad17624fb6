"""What the page has to do with evidence, done by the browser itself."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from patrol.vision.candidates.evidence.clip import write_clip
from patrol.vision.candidates.evidence.preview import make_preview
from tests.fakes.clips import clip_part, nobody
from tests.media import ClipSpec

pytestmark = pytest.mark.chromium

CLIP = ClipSpec(width=640, height=360, frames=200, gop=50)
PLAY = """async () => {
  const video = document.querySelector("video");
  const happens = (name) => new Promise((yes, no) => {
    video.addEventListener(name, yes, {once: true});
    setTimeout(() => no(new Error(name + " did not happen: " + video.error?.message)), 60000);
  });
  video.muted = true;
  await video.play();
  while (video.currentTime <= 0.5) await happens("timeupdate");
  video.pause();
  const sought = happens("seeked");
  video.currentTime = 5.0;
  await sought;
  return [video.duration, video.currentTime, video.videoWidth, video.videoHeight];
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        chromium = play.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"], timeout=90_000
        )
        yield chromium
        chromium.close()


def played(browser: Any, folder: Path) -> list[float]:
    (folder / "page.html").write_text('<video src="clip.mp4"></video>')
    page = browser.new_page()
    page.goto((folder / "page.html").as_uri())
    numbers = page.evaluate(PLAY)
    page.close()
    return [float(number) for number in numbers]


def test_an_original_plays_and_seeks(browser: Any, tmp_path: Path) -> None:
    write_clip([clip_part(CLIP)], tmp_path / "clip.mp4")
    assert played(browser, tmp_path) == pytest.approx([8.0, 5.0, 640, 360], abs=0.3)


def test_an_original_with_b_frames_and_a_gap_plays_and_seeks(browser: Any, tmp_path: Path) -> None:
    spec = ClipSpec(width=640, height=360, frames=100, gop=50, bframes=2)
    write_clip([clip_part(spec), clip_part(spec, start=106.0)], tmp_path / "clip.mp4")
    assert played(browser, tmp_path) == pytest.approx([10.0, 5.0, 640, 360], abs=0.3)


def test_a_preview_of_h265_plays_and_seeks(browser: Any, tmp_path: Path) -> None:
    hevc = ClipSpec(codec="hevc", width=640, height=360, frames=200, gop=50)
    make_preview([clip_part(hevc)], nobody, tmp_path / "clip.mp4")
    assert played(browser, tmp_path) == pytest.approx([8.0, 5.0, 640, 360], abs=0.3)

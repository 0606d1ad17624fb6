"""A real web server on loopback that can misbehave, and real model files where they are."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from patrol.core.protocols import Detector
from patrol.vision.detection import cache, openvino
from patrol.vision.detection.manifests import catalogue

Answer = Callable[[BaseHTTPRequestHandler], None]


class WebServer:
    """Serves `answers[path]`; counts requests."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.requests: list[str] = []
        self.release = threading.Event()
        """Set at the end of a test: lets answers that hang go."""
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.requests.append(self.path)
                outer.answers[self.path](self)

            def log_message(self, *_: object) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        self.release.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def web() -> Iterator[WebServer]:
    with ExitStack() as stack:
        server = WebServer()
        stack.callback(server.close)
        yield server


@pytest.fixture(scope="session")
def ssd_file() -> Path:
    """The SSD of the wheel; only in tests marked `model`."""
    path = cache.installed_path(catalogue()["ssd_mobilenet_v2_coco"])
    assert path is not None
    return path


@pytest.fixture(scope="session")
def ssd_params(ssd_file: Path, tmp_path_factory: pytest.TempPathFactory) -> openvino.Params:
    """The SSD in f32 with one cache folder for all tests: compiling it takes 8 s."""
    folder = tmp_path_factory.mktemp("cache")
    model = catalogue()["ssd_mobilenet_v2_coco"]
    return openvino.Params(str(ssd_file), model, threshold=0.3, precision="f32", cache_dir=str(folder))


@pytest.fixture(scope="session")
def compiled_ssd(ssd_params: openvino.Params) -> Detector:
    """The SSD as the first start makes it."""
    return openvino.build(ssd_params)


@pytest.fixture
def ssd_cache(ssd_params: openvino.Params, compiled_ssd: Detector) -> Path:
    """A cache folder that has the compiled SSD."""
    return Path(ssd_params.cache_dir)


@pytest.fixture(scope="session")
def yolox_file() -> Path:
    """The official YOLOX-nano file, where PATROL_TEST_MODELS names a folder that has it."""
    path = Path(os.environ.get("PATROL_TEST_MODELS", "/nonexistent")) / "yolox_nano.onnx"
    if not path.is_file():
        pytest.skip("PATROL_TEST_MODELS names no folder with yolox_nano.onnx")
    return path

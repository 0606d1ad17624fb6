"""The page: files that `make page` has built, or a line that says that it has not."""

from __future__ import annotations

from pathlib import Path

from fastapi.responses import PlainTextResponse
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

DIST = Path(__file__).parent / "web" / "dist"
_NOT_BUILT = (
    "The page is not built. Run `make page` in the source tree, or install a released wheel.\n"
    "页面尚未构建：请在源码目录运行 `make page`，或安装发行包。\n"
)


class Page(StaticFiles):
    """Serves the built page. Names below `assets/` carry a hash of their content and may be kept for ever."""

    def __init__(self, dist: Path = DIST) -> None:
        super().__init__(directory=dist, html=True, check_dir=False)
        self._dist = dist

    async def check_config(self) -> None:
        """Nothing: a page that is built later is served without a restart."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """One file."""
        if path == "." and not (self._dist / "index.html").is_file():
            return PlainTextResponse(_NOT_BUILT, status_code=503)
        response = await super().get_response(path, scope)
        forever = path.startswith("assets/") and response.status_code in {200, 206, 304}
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if forever else "no-cache"
        return response


__all__ = ["DIST", "Page"]

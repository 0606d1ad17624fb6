"""The wheel's build hook: packs the page that is built, or fails with words. It never builds the page."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class PageHook(BuildHookInterface[Any]):
    """Refuses to make a wheel without the page. An editable install serves what `make page` built."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002  hatchling's signature
        """Check the page before anything is packed.

        Raises:
            RuntimeError: it is not built, or older than its sources.
        """
        if version == "editable":
            return
        web = Path(self.root) / "patrol" / "console" / "web"
        wrong: str = runpy.run_path(str(web / "build.py"))["staleness"](web)
        if wrong:
            raise RuntimeError(f"{wrong}: run `make page` first")

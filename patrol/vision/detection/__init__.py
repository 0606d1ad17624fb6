"""Object detection: models by manifest, one file a runtime, one probe of the machine. See docs/models.md."""

from __future__ import annotations

import sys

# OpenVINO reports each import to its maker over the network where the package `openvino_telemetry` is there,
# and leaves an id in the home folder. A command centre decides itself whom it tells what. Without the package
# OpenVINO uses its own stub. This runs before any file of this package imports it.
sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]  # None: as if not installed

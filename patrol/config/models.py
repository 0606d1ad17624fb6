"""The shape of streams.yaml. Frozen; keys that are not known are refused.

What a single value may be is said here; what depends on several places (duplicate ids, a rule's zone, plug-in
parameters, files) is checked by `patrol.config.load`, which knows the lines.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from patrol.config.calibration import CalibrationConfig
from patrol.config.faults import FaultsConfig
from patrol.config.law import LawConfig, NoticeConfig
from patrol.config.means import DensityNetworkConfig, SecondLookConfig
from patrol.config.policy import LookingConfig
from patrol.config.section import Corner, Fraction, Id, Seconds, Section
from patrol.config.views import ViewConfig


class SiteConfig(Section):
    """The centre that these cameras belong to."""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    """What the page is headed with."""
    time_zone: str = "Asia/Shanghai"
    """IANA name; what operators read is in this zone."""
    language: Literal["zh-CN", "en"] = "zh-CN"
    """Of the page, where a browser has not been told another."""


class DetectorConfig(Section):
    """A detector that cameras can name. Everything has a default that suits the machine."""

    plugin: str = "auto"
    """`auto`: openvino on x86-64, onnx on arm64."""
    model: str = "auto"
    """Manifest id. `auto`: yolox_nano, or ssd_mobilenet_v2_coco where that cannot be had."""
    input: tuple[Annotated[int, Field(ge=64, le=2048)], Annotated[int, Field(ge=64, le=2048)]] | None = None
    """Height and width, pixels, where the model allows a choice; default: the manifest's."""
    threshold: Fraction = 0.35
    """Least score of a detection that is passed on."""
    precision: Literal["auto", "f32", "bf16", "int8"] = "auto"
    """`auto`: the fastest whose results agree with f32, by a probe of this machine at start."""


class CredentialsConfig(Section):
    """How to log in to a camera. The password stands in the environment or in a file, never here."""

    username: Annotated[str, Field(min_length=1)]
    """The camera's user, best one that may only watch."""
    password_env: str | None = None
    """Name of an environment variable."""
    password_file: str | None = None
    """Path, relative to the folder of streams.yaml; its last newline does not count."""


class ZoneConfig(Section):
    """A polygon in 0..1 of the picture."""

    id: Id
    """What rules of the same camera name."""
    name: str = ""
    """What operators call it; none: the id."""
    kind: Literal["ground", "water", "shore", "channel", "mooring", "lane", "parking", "other"] = "ground"
    """What lies there; shown on the page. What stands in a `parking` zone, or lies in a `mooring`, counts for
    no other zone. `channel`: water in which boats pass. A `shore` band needs one of `water`, `channel` and
    `mooring` beside it."""
    polygon: Annotated[tuple[Corner, ...], Field(min_length=3, max_length=100)]
    """Corners `[x, y]` in order around the area, 3 to 100; `[0, 0]` is the picture's top left corner."""
    direction: Literal["away", "towards", "left", "right"] | None = None
    """Which way traffic runs in a `lane` zone, as the picture shows it; one zone each. None: unknown."""
    view: Id | None = None
    """View of a dome camera that it belongs to; away from it, its rules pause. None: it does not turn."""
    laws: tuple[LawConfig, ...] = ()
    """What is allowed there, in a `shore` band, on `water`, in a `channel` or a `mooring`. None: nothing is
    forbidden."""


class RuleConfig(Section):
    """A plug-in applied to a zone, with its timing. Times are seconds, never frames."""

    id: Id
    """Part of its candidates' ids; another id is another rule."""
    use: str
    """Name of an analytic."""
    zone: Id | None = None
    """Zone of the same camera; none: the whole picture."""
    for_s: Seconds = 20.0
    """How long it must be present before it becomes a candidate."""
    clear_s: Seconds = 30.0
    """How long it must be absent before it ends."""
    share: Annotated[float, Field(gt=0, le=1)] = 0.6
    """Share of the looks within `for_s` that must show it: detectors miss."""
    params: dict[str, Any] = Field(default_factory=dict)
    """The plug-in's own parameters."""


class EvidenceConfig(Section):
    """Evidence of one camera's candidates, and the ring that it is cut from."""

    pre_s: Annotated[float, Field(ge=0, le=120)] = 10.0
    """Seconds of clip before."""
    post_s: Annotated[float, Field(ge=0, le=120)] = 10.0
    """Seconds of clip after."""
    ring_s: Annotated[float, Field(ge=5, le=900)] = 60.0
    """Seconds of compressed packets kept in memory: pre_s + post_s + 5 or more."""
    ring_mb: Annotated[float, Field(ge=1, le=2000)] = 48.0
    """Megabytes of them at most; 60 s at 6 Mb/s are 45."""


class CameraConfig(Section):
    """One camera."""

    id: Id
    """Lower-case letters, digits, `.`, `_` and `-`; never used for another camera."""
    name: Annotated[str, Field(min_length=1, max_length=100)]
    """What operators call it."""
    url: str
    """`rtsp://host[:port]/path` without user and password, or a file that plays in real time, for ever."""
    credentials: CredentialsConfig | None = None
    """The login, where the camera wants one."""
    platform: str = ""
    """Where the feed comes from: `sharp-eyes`, `fishery`, `transport`, `urban`, `emergency`."""
    site_class: str = ""
    """Class of site, for rounds and filters: `学校`, `广场`, `禁渔重点堤段`..."""
    grid: str = ""
    """Area of the grid worker who can be sent to look."""
    latitude: Annotated[float, Field(ge=-90, le=90)] | None = None
    """Degrees north."""
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = None
    """Degrees east."""
    purpose: str = ""
    """Why this camera is watched; `patrol check --json` repeats it."""
    playback_url: str = ""
    """Link to the platform's own playback; without credentials."""
    detector: str = "default"
    """One of `detectors`."""
    look_every_s: Annotated[float, Field(ge=0.2, le=60)] = 2.0
    """At most one look in this time, at a keyframe."""
    looking: LookingConfig = LookingConfig()
    """What is asked of the detector: tiles, thresholds, day and night."""
    calibration: CalibrationConfig | None = None
    """Where points of the picture lie on the ground; without it nothing is known in metres."""
    views: tuple[ViewConfig, ...] = ()
    """Where a dome camera may look, for zones that belong to one of these."""
    faults: FaultsConfig = FaultsConfig()
    """What is said of the camera itself: frozen, black, covered, moved, ..."""
    zones: tuple[ZoneConfig, ...] = ()
    """Polygons that rules can name."""
    rules: tuple[RuleConfig, ...] = ()
    """What to look for."""
    evidence: EvidenceConfig = EvidenceConfig()
    """How much clip is kept with a candidate."""


class StreamsConfig(Section):
    """All of streams.yaml."""

    site: SiteConfig
    """The centre that these cameras belong to."""
    detectors: dict[Id, DetectorConfig] = Field(default_factory=lambda: {"default": DetectorConfig()})
    """How pictures are searched, by name; cameras choose by `detector`."""
    notices: tuple[NoticeConfig, ...] = ()
    """Published notices that the laws of zones rest on."""
    second_looks: dict[Id, SecondLookConfig] = Field(default_factory=lambda: {"lines": SecondLookConfig()})
    """How fishing gear is looked for, by name; rules choose by their parameter `second_look`. None: `lines`,
    with its defaults."""
    density_networks: dict[Id, DensityNetworkConfig] = Field(default_factory=dict)
    """Models for crowds too dense for a detector, by name; rules choose by their parameter `network`."""
    cameras: Annotated[tuple[CameraConfig, ...], Field(min_length=1)]
    """What is watched."""

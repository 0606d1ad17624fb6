"""Faults and conditions that one picture shows, some of them against what is usual for its camera. Pure.

Where a figure below says "13 clips", it was taken over the looks, two a second, of the clips that
`benchmarks/camera_faults.py` names with those of TUD, town centre, I-5, the Indian junction and both fishing
clips; "blurred" are the same looks after a Gaussian of so many pixels at a width of 320.
"""

from __future__ import annotations

import numpy as np

from patrol.core.sight import Reason
from patrol.vision.sight.measures import Measures, Plane, correlation
from patrol.vision.sight.usual import Usual

BLACK = 32.0
"""A picture is black when 98 % of it is darker: video black is 16 (ITU-R BT.601), which decoders may or may
not stretch to 0, and coding noise adds a few levels. The darkest of the 13 clips has 156 there."""
BURNT_SHARE = 0.5
"""Overexposed: half of the picture at 245 or above. At most 0.11 on the 13 clips (white sky of the highway);
a sky that fills half of the picture is seldom burnt out evenly, and no rule could see against it if it
were."""

SHARP = 0.25
"""`Measures.sharpness` at or above which no picture is out of focus: 0.36 to 1.7 on the 13 clips, at most
0.25 after a blur of 1 pixel (6 pixels of 1080p), at most 0.15 after 1.5."""
SOFTER = 0.6
"""Out of focus: under so many times the camera's own usual sharpness (naturally down to 0.85 of it) ..."""
FAINTER = 0.5
"""... while its fine detail falls under half: 0.13 to 0.39 after a blur of 1 pixel."""
GONE, SOFTER_STILL = 0.2, 0.75
"""... or under a fifth, with less of a fall in sharpness: after a blur of 5 pixels and more, little coarse
detail is left to measure it by, and fine detail is at 0.02 to 0.12. Haze alone leaves sharpness as it is
(1.0)."""
FLOOR = 0.17
"""Out of focus whatever is usual: a camera that was blurred when Patrol first saw it. 0.10 to 0.15 after a
blur of 1.5 to 3 pixels."""
STRUCTURE = 3.0
"""Least coarse detail for a word about sharpness by itself: a bare wall or fog has no edge to be sharp or
not. 14 to 47 on the 13 clips."""
LAYOUT = 0.5
"""Correlation of the blocks' light with what is usual from which on a picture without any detail is out of
focus, and not covered: defocus leaves light and dark where they were (0.61 or more, among walking crowds), a
uniform cover does not (0)."""

TEXTURED = 6.0
"""Standard deviation from which on a block has texture that can be lost; 41 % of the blocks or more on each
of the 13 clips."""
UNIFORM = 2.5
"""Standard deviation under which a block is uniform: a cover so close to the lens that nothing of it is in
focus, noise and a slope of light included (a slope of 100 levels over the picture gives 1.4)."""
LOST = 0.35
"""A block has lost its texture only where it keeps less than this part of what is usual."""
LIT_SHARE = 0.2
"""Texture fades with the light: when lamps go out, blocks turn uniform that nothing covers. How much light is
left is told by the fifth of the blocks that have kept most of it; what covers a part leaves the rest as it
was. The six clips of the benchmark, dimmed at once to 0.4, 0.25 and 0.15 of their light, denoised and noisy:
16 of 36 were called covered without this, none is with it (`test_a_place_whose_lamps_go_out_is_not_covered`
and the clips beside it)."""
COVERED_SHARE = 0.35
"""Covered: so much of what usually has texture has lost it. Naturally at most 0.14 (a handheld camera that
pans), 0.10 on fixed ones; after a blur of 5 pixels at most 0.16."""
NOTHING = 0.92
"""Covered whatever is usual: so much of the picture is uniform. At most 0.31 on the 13 clips."""
FEW = 0.1
"""Share of textured blocks under which nothing is said of a cover by what is lost."""

NIGHT = 45.0
"""Median light under which it is night: a condition, no fault. 88 to 208 on the 13 clips, all by day: the
figure is half of the lowest. In infrared, colour is gone too, which a grey picture does not show."""
BURNT_SUN = 0.03
"""Low sun: so much is burnt out ..."""
VEIL = 40.0
"""... while stray light lifts even the darkest 1 % of the picture. Of the 13 clips only the one in glare has
both (0.08 and 54); white sky alone leaves 14."""
HAZE = 60.0
"""Haze: 5 % and 95 % of light lie closer together by day. The smallest distance on the 13 clips is 80."""


def darkness(now: Measures) -> Reason | None:
    """Whether the picture is black."""
    return Reason("black", {"light": round(now.bright)}) if now.bright < BLACK else None


def overexposure(now: Measures) -> Reason | None:
    """Whether too much of the picture is burnt out."""
    if now.burnt < BURNT_SHARE:
        return None
    return Reason("overexposed", {"share": round(now.burnt, 2)})


def cover(now: Measures, usual: Usual) -> Reason | None:
    """Whether a large part of the picture has become uniform."""
    uniform = float(np.mean(now.texture < UNIFORM))
    lost = _lost(now, usual) if usual.known else 0.0
    if uniform < NOTHING and lost < COVERED_SHARE:
        return None
    return Reason("covered", {"share": round(max(lost, uniform if uniform >= NOTHING else 0.0), 2)})


def blur(now: Measures, usual: Usual) -> Reason | None:
    """Whether the picture is out of focus: fine detail gone, coarse detail still there."""
    by_itself = now.coarse >= STRUCTURE and now.sharpness < FLOOR
    if not by_itself and not _softer(now, usual):
        return None
    part = now.sharpness / usual.sharpness if usual.known else 0.0
    return Reason("blurred", {"sharpness": round(now.sharpness, 2), "of_usual": round(part, 2)})


def _softer(now: Measures, usual: Usual) -> bool:
    """Whether fine detail has gone, against what is usual."""
    if not usual.known:
        return False
    part = now.sharpness / max(usual.sharpness, 1e-6)
    detail = now.fine / max(usual.fine, 1e-6)
    if part < SOFTER and detail < FAINTER and now.sharpness < SHARP and now.coarse >= STRUCTURE:
        return True
    if detail >= GONE or part >= SOFTER_STILL or usual.layout.shape != now.layout.shape:
        return False
    return correlation(usual.layout, now.layout) >= LAYOUT


def conditions(now: Measures) -> tuple[Reason, ...]:
    """What makes seeing hard and is no fault."""
    found = []
    if now.middle < NIGHT:
        found.append(Reason("night", {"light": round(now.middle)}))
    elif now.burnt >= BURNT_SUN and now.dark >= VEIL:
        found.append(Reason("low-sun", {"burnt": round(now.burnt, 2)}))
    elif now.high - now.low < HAZE:
        found.append(Reason("haze", {"contrast": round(now.high - now.low)}))
    return tuple(found)


def _lost(now: Measures, usual: Usual) -> float:
    """Share of the usually textured blocks that have lost their texture, and not for want of light."""
    if usual.texture.shape != now.texture.shape:
        return 0.0
    light = np.float32(_dimmed(now.layout, usual.layout))
    expected = usual.texture * light
    textured = expected >= TEXTURED
    count = int(np.count_nonzero(textured))
    if count < FEW * textured.size:
        return 0.0
    lost = textured & (now.texture < UNIFORM * light) & (now.texture < LOST * expected)
    return float(np.count_nonzero(lost) / count)


def _dimmed(layout: Plane, usual: Plane) -> float:
    """How much darker than usual it is, 0..1, by the blocks that have kept most of their light."""
    return min(1.0, float(np.quantile(layout / np.maximum(usual, 1.0), 1 - LIT_SHARE)))

"""Laws, notices, shore bands and rules for fishing, as they stand together in a file."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from patrol.config.load import Loaded, load
from patrol.config.problems import ConfigFileError

BANK = [[0, 0.5], [1, 0.5], [1, 0.7], [0, 0.7]]
LAKE = {"id": "lake", "kind": "water", "polygon": [[0, 0.3], [1, 0.3], [1, 0.5], [0, 0.5]]}
NONE = {"notice": "county", "fishing": "forbidden"}
LEISURE = {"notice": "county", "fishing": "leisure"}
NIGHT = {"notice": "night", "fishing": "leisure", "night": "20-6"}
ANGLING = {"id": "angling", "use": "fishing", "zone": "bank"}


def written(folder: Path, zones: object, rules: object = (), **top: Any) -> Path:
    camera = {"id": "dike", "name": "大堤", "url": "rtsp://192.0.2.1/live", "zones": zones, "rules": rules}
    notices = [{"id": name, "words": name, "source": "示范县"} for name in ("county", "night")]
    path = folder / "streams.yaml"
    tree = {"site": {"name": "示范县"}, "notices": notices, "cameras": [camera]} | top
    path.write_text(json.dumps(tree))
    return path


def bank(*laws: object, **changes: Any) -> dict[str, Any]:
    return {"id": "bank", "kind": "shore", "polygon": BANK, "laws": list(laws)} | changes


def right(folder: Path, *zones: object, rules: tuple[object, ...] = (), **top: Any) -> Loaded:
    return load(written(folder, zones, rules, **top), {})


def wrong(folder: Path, *zones: object, rules: tuple[object, ...] = (), **top: Any) -> dict[str, str]:
    with pytest.raises(ConfigFileError) as caught:
        right(folder, *zones, rules=rules, **top)
    return {problem.key.removeprefix("cameras[0]."): problem.message for problem in caught.value.problems}


def lake(**changes: Any) -> dict[str, Any]:
    return LAKE | changes


def down_to(y: float) -> list[list[float]]:
    return [[0, 0.3], [1, 0.3], [1, y], [0, y]]


# -- laws ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "laws",
    [
        [NONE],
        [LEISURE | {"rods": 2, "boats": "allowed", "night": "20-6"}],
        [LEISURE, NIGHT],
        [
            LEISURE | {"days": [{"first": "07-01", "last": "02-29"}]},
            NONE | {"days": [{"first": "03-01", "last": "06-30"}]},
        ],
        [
            NONE | {"days": [{"first": "2025-01-01", "last": "2025-12-31"}]},
            LEISURE | {"days": [{"first": "2026-01-01", "last": "2026-12-31"}]},
        ],
    ],
    ids=["none", "leisure", "two-notices", "by-season", "by-year"],
)
def test_laws_that_hold_together(tmp_path: Path, laws: list[object]) -> None:
    loaded = right(tmp_path, LAKE, bank(*laws))
    assert len(loaded.streams.cameras[0].zones[1].laws) == len(laws)


@pytest.mark.parametrize(
    "other",
    [
        NONE,
        LEISURE | {"rods": 2},
        LEISURE | {"boats": "allowed"},
        LEISURE | {"night": "20-6"},
        NONE | {"days": [{"first": "07-01", "last": "08-01"}, {"first": "2026-03-01", "last": "2026-03-01"}]},
    ],
)
def test_one_notice_says_one_thing_a_day(tmp_path: Path, other: object) -> None:
    season = LEISURE | {"days": [{"first": "12-01", "last": "06-30"}]}
    for laws in ((season, other), (other, season)):
        told = wrong(tmp_path, LAKE, bank(*laws))
        assert list(told) == ["zones[1].laws[1]"]
        assert told["zones[1].laws[1]"].startswith("says something else than laws[0], by the same notice")


def test_the_same_law_on_other_days_is_no_other_law_of_another_zone(tmp_path: Path) -> None:
    right(tmp_path, lake(laws=[LEISURE]), bank(NONE))


def test_one_wrong_law_does_not_hide_another(tmp_path: Path) -> None:
    bad = {"notice": "nobody", "fishing": "forbidden", "rods": 2, "days": [{"first": "02-30", "last": "x"}]}
    told = wrong(tmp_path, LAKE, bank({"fishing": "all"}, bad, LEISURE | {"night": "20"}))
    assert sorted(told) == [
        "zones[1].laws[0].fishing",
        "zones[1].laws[0].notice",
        "zones[1].laws[1].days[0].first",
        "zones[1].laws[1].days[0].last",
        "zones[1].laws[1].notice",
        "zones[1].laws[1].rods",
        "zones[1].laws[2].night",
    ]


@pytest.mark.parametrize("kind", ["ground", "lane", "parking", "other"])
def test_no_law_where_nobody_fishes(tmp_path: Path, kind: str) -> None:
    told = wrong(tmp_path, bank(NONE, kind=kind), rules=(ANGLING,))
    assert told["zones[0].laws"].startswith(f"stand on a zone of kind '{kind}'")
    assert f"of kind '{kind}', where nobody fishes" in told["rules[0].zone"]


def test_a_zone_without_a_kind_is_ground(tmp_path: Path) -> None:
    told = wrong(tmp_path, {"id": "bank", "polygon": BANK, "laws": [NONE]})
    assert told["zones[0].laws"].startswith("stand on a zone of kind 'ground'")


@pytest.mark.parametrize("kind", ["water", "channel", "mooring"])
def test_laws_on_water_need_nothing_beside_it(tmp_path: Path, kind: str) -> None:
    right(tmp_path, bank(NONE, kind=kind), rules=(ANGLING,))


def test_laws_without_any_notice(tmp_path: Path) -> None:
    told = wrong(tmp_path, LAKE, bank(NONE), notices=[])
    assert told["zones[1].laws[0].notice"].endswith("expected one of: none (there are none)")


def test_a_notice_that_is_wrong_is_there_all_the_same(tmp_path: Path) -> None:
    assert list(wrong(tmp_path, LAKE, bank(NONE), notices=[{"id": "county", "words": "x"}])) == [
        "notices[0].source"
    ]


@pytest.mark.parametrize("key", ["words", "source"])
def test_a_notice_that_the_desk_would_refuse_is_refused_here(tmp_path: Path, key: str) -> None:
    """Quoted text may write control characters; a candidate with a NUL never reaches an operator."""
    notices = [{"id": "county", "words": "x", "source": "y", key: "禁止\0垂钓"}]
    told = wrong(tmp_path, LAKE, bank(NONE), notices=notices)
    assert told == {f"notices[0].{key}": "holds the control character U+0000; expected plain text"}
    right(tmp_path, LAKE, bank(NONE), notices=[{"id": "county", "words": "一\n二\t三", "source": "y"}])


def test_two_notices_may_have_the_same_words_of_two_authorities(tmp_path: Path) -> None:
    notices = [{"id": name, "words": "禁止垂钓", "source": name} for name in ("county", "night")]
    right(tmp_path, LAKE, bank(NONE), notices=notices)


# -- shore and water ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["water", "channel", "mooring"])
@pytest.mark.parametrize("edge", [0.471, 0.5, 0.6], ids=["near", "touching", "overlapping"])
def test_a_shore_band_with_water_beside_it(tmp_path: Path, kind: str, edge: float) -> None:
    right(tmp_path, lake(kind=kind, polygon=down_to(edge)), bank(NONE))


@pytest.mark.parametrize(
    "other",
    [
        lake(polygon=down_to(0.469)),
        lake(kind="lane"),
        lake(kind="shore"),
        lake(view="river"),
    ],
    ids=["too-far", "no-water", "another-shore", "another-view"],
)
def test_a_shore_band_without_water_beside_it(tmp_path: Path, other: dict[str, Any]) -> None:
    path = written(tmp_path, [other, bank(NONE)], [ANGLING])
    tree = json.loads(path.read_text())
    tree["cameras"][0]["views"] = [{"id": "river"}]
    path.write_text(json.dumps(tree))
    with pytest.raises(ConfigFileError) as caught:
        load(path, {})
    (problem,) = caught.value.problems
    assert problem.key == "cameras[0].zones[1].kind"
    assert "no water lies beside it in the same view" in problem.message


def test_a_rule_for_fishing_asks_for_water_though_the_law_is_missing(tmp_path: Path) -> None:
    assert sorted(wrong(tmp_path, bank(), rules=(ANGLING,))) == ["rules[0].zone", "zones[0].kind"]


def test_a_shore_band_that_nobody_asks_about_needs_no_water(tmp_path: Path) -> None:
    right(tmp_path, bank(), rules=({"id": "crowd", "use": "gathering", "zone": "bank"},))


def test_water_that_is_drawn_wrongly_is_one_problem(tmp_path: Path) -> None:
    crossing = lake(polygon=[[0, 0.1], [1, 0.2], [1, 0.1], [0, 0.2]])
    assert list(wrong(tmp_path, crossing, bank(NONE))) == ["zones[0].polygon"]
    assert list(wrong(tmp_path, lake(polygon=[[0, 0], [1, 0]]), bank(NONE))) == ["zones[0].polygon"]


def test_a_shore_band_that_is_drawn_wrongly_is_one_problem(tmp_path: Path) -> None:
    crossing = bank(NONE, polygon=[[0, 0.1], [1, 0.2], [1, 0.1], [0, 0.2]])
    assert list(wrong(tmp_path, LAKE, crossing)) == ["zones[1].polygon"]


# -- rules --------------------------------------------------------------------------------------------------


def test_a_rule_for_fishing_needs_a_zone(tmp_path: Path) -> None:
    rules = ({"id": "angling", "use": "fishing"}, ANGLING | {"id": "other", "zone": "nowhere"})
    told = wrong(tmp_path, LAKE, bank(), rules=rules)
    assert sorted(told) == ["rules[0].zone", "rules[1].zone"]
    assert "which this camera does not have" in told["rules[1].zone"]


def test_a_rule_for_fishing_needs_a_law(tmp_path: Path) -> None:
    told = wrong(tmp_path, LAKE, bank(), rules=(ANGLING,))
    assert told == {
        "rules[0].zone": "names the zone 'bank', which has no `laws`: nothing says what is forbidden there; "
        "expected one at least, with the notice that it rests on"
    }
    right(tmp_path, LAKE, bank(NONE), rules=(ANGLING,))


# -- whatever is written ------------------------------------------------------------------------------------

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-3, 30)
    | st.sampled_from(
        [
            "bank",
            "lake",
            "county",
            "night",
            "shore",
            "water",
            "fishing",
            "leisure",
            "forbidden",
            "20-6",
            "02-30",
            "",
        ]
    )
)
LAW_KEYS = ("notice", "fishing", "rods", "night", "days", "first", "last", "words", "source")
KEYS = st.sampled_from(("id", "kind", "polygon", "laws", "view", "zone", "use", *LAW_KEYS))
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=8,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ANYTHING, max_size=3), ANYTHING, ANYTHING, ANYTHING)
def test_nothing_that_is_written_ends_in_anything_but_problems(
    tmp_path: Path, zones: list[object], laws: object, rules: object, notices: object
) -> None:
    path = written(tmp_path, [LAKE, bank() | {"laws": laws}, *zones], rules, notices=notices)
    with suppress(ConfigFileError):
        load(path, {})

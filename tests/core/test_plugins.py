from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

from patrol.core import plugins
from patrol.core.errors import PluginInvalid, PluginNotFound, PluginUnavailable

GOOD = "\nclass Params:\n    pass\n\n\ndef build(params):\n    return params\n"


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    name = f"plugins_{tmp_path.name}".replace("-", "_")
    folder = tmp_path / name
    folder.mkdir()
    files = {
        "__init__": "",
        "good": GOOD,
        "needy": "import a_package_that_nobody_has\n" + GOOD,
        "broken": "raise RuntimeError('at import')\n" + GOOD,
        "no_build": "class Params:\n    pass\n",
        "no_params": "Params = 5\n\n\ndef build():\n    pass\n",
    }
    for module, text in files.items():
        (folder / f"{module}.py").write_text(text)
    (tmp_path / f"{name}_outside.py").write_text(GOOD)
    monkeypatch.syspath_prepend(tmp_path)
    return name


def test_only_what_is_named_is_imported(package: str) -> None:
    module = plugins.load(package, "good")
    assert plugins.is_plugin(module)
    assert f"{package}.needy" not in sys.modules


def test_a_name_with_a_dot_is_a_module_outside(package: str) -> None:
    (Path(sys.path[0]) / package / "inner.py").write_text(GOOD)
    assert plugins.load("patrol.core", f"{package}.inner").__name__ == f"{package}.inner"


@pytest.mark.parametrize(
    "name", ["nobody", "no.such.module", "..good", ".", "", "good.deeper", "a/b", "Good"]
)
def test_what_is_not_there(package: str, name: str) -> None:
    with pytest.raises(PluginNotFound) as caught:
        plugins.load(package, name)
    assert "there are: broken, good, needy" in str(caught.value)


def test_what_needs_a_package_that_is_not_installed(package: str) -> None:
    with pytest.raises(PluginUnavailable, match="needs the package 'a_package_that_nobody_has'"):
        plugins.load(package, "needy")


def test_what_needs_a_library_of_the_system(package: str) -> None:
    text = "raise ImportError('libGL.so.1: cannot open shared object file')\n"
    (Path(sys.path[0]) / package / "graphic.py").write_text(text + GOOD)
    with pytest.raises(PluginUnavailable, match=r"cannot be loaded: libGL\.so\.1"):
        plugins.load(package, "graphic")


@pytest.mark.parametrize("name", ["no_build", "no_params"])
def test_what_is_no_plugin(package: str, name: str) -> None:
    with pytest.raises(PluginInvalid, match="exports no `Params` and `build`"):
        plugins.load(package, name)


def test_the_three_errors_are_different_texts(package: str) -> None:
    texts = set()
    for name in ("nobody", "needy", "no_build"):
        with pytest.raises((PluginNotFound, PluginUnavailable, PluginInvalid)) as caught:
            plugins.load(package, name)
        texts.add(str(caught.value).split(name, 1)[1])
    assert len(texts) == 3


def test_available_imports_nothing(package: str) -> None:
    assert plugins.available(package) == ["broken", "good", "needy"]
    assert f"{package}.good" not in sys.modules


def test_a_package_that_does_not_exist_has_no_plugins() -> None:
    assert plugins.available("patrol_nowhere") == []


def test_a_sort_of_plugin_may_export_more(package: str) -> None:
    with pytest.raises(PluginInvalid, match="exports no KIND"):
        plugins.load(package, "good", "KIND")
    (Path(sys.path[0]) / package / "kind.py").write_text("KIND = 'x'\n" + GOOD)
    importlib.invalidate_caches()  # within one tick of the disk's clock a folder looks unchanged
    assert plugins.load(package, "kind", "KIND").KIND == "x"

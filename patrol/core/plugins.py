"""Finding plug-ins: the file name is the name in streams.yaml, and only what is named is imported.

A plug-in is a module that exports `Params` (a frozen dataclass) and `build`. A name with a dot in it is the
full name of a module outside Patrol (`ourcounty.detectors.smoke`).
"""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
from importlib.abc import InspectLoader
from types import ModuleType

from patrol.core.errors import PluginInvalid, PluginNotFound, PluginUnavailable


def load(package: str, name: str, *more: str) -> ModuleType:
    """Import the plug-in `name` of `package` (`patrol.vision.analytics`, ...).

    Args:
        package: where plug-ins of this sort lie.
        name: of the file, or full name of a module outside Patrol.
        more: names that this sort of plug-in exports besides `Params` and `build`.

    Raises:
        PluginNotFound: no such file.
        PluginUnavailable: it is there, and a package that it needs is not installed.
        PluginInvalid: it is there, and lacks one of its exports.
    """
    module_name = name if "." in name else f"{package}.{name}"
    if not _exists(module_name):
        raise PluginNotFound(
            f"no plug-in {name!r} in {package}; there are: {', '.join(available(package)) or 'none'}"
        )
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as missing:
        raise PluginUnavailable(
            f"plug-in {name!r} of {package} needs the package {missing.name!r}, which is not installed; "
            f"install it, or name another plug-in"
        ) from None
    except ImportError as failed:
        raise PluginUnavailable(
            f"plug-in {name!r} of {package} cannot be loaded: {failed}; "
            f"a library of the system is missing or of another version"
        ) from None
    if not is_plugin(module):
        raise PluginInvalid(f"{module_name} is no plug-in: it exports no `Params` and `build`")
    if lacking := [export for export in more if not hasattr(module, export)]:
        raise PluginInvalid(f"{module_name} is no plug-in of {package}: it exports no {', '.join(lacking)}")
    return module


def is_plugin(module: ModuleType) -> bool:
    """Whether a module exports what a plug-in has to."""
    return isinstance(getattr(module, "Params", None), type) and callable(getattr(module, "build", None))


def available(package: str) -> list[str]:
    """Names of the plug-in files of a package, sorted, without importing them.

    A file counts when its text defines `Params` and `build`: importing would load every heavy library.
    """
    spec = importlib.util.find_spec(package)
    locations = list(spec.submodule_search_locations or []) if spec else []
    return sorted(
        info.name for info in pkgutil.iter_modules(locations) if _defines_plugin(package, info.name)
    )


def _defines_plugin(package: str, name: str) -> bool:
    spec = importlib.util.find_spec(f"{package}.{name}")
    loader = spec.loader if spec else None
    text = loader.get_source(f"{package}.{name}") if isinstance(loader, InspectLoader) else None
    return text is not None and "\nclass Params" in text and "\ndef build(" in text


def _exists(module_name: str) -> bool:
    if not all(part.isidentifier() for part in module_name.split(".")):
        return False  # `..x` and `a/b` would reach other files
    try:
        return importlib.util.find_spec(module_name) is not None
    except (ModuleNotFoundError, ValueError):
        return False

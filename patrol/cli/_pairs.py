"""Two whole numbers in one option: `768x576`."""

from __future__ import annotations

import re

from patrol.core.errors import ConfigError


def size_of(text: str | None, option: str, form: str) -> tuple[int, int] | None:
    """The two numbers, in the order written; None where the option was not given.

    Args:
        text: what was written.
        option: its name, for the message.
        form: what it means, `WxH` or the like, for the message.

    Raises:
        ConfigError: it is something else.
    """
    if text is None:
        return None
    found = re.fullmatch(r"([1-9][0-9]{0,4})x([1-9][0-9]{0,4})", text)
    if not found:
        raise ConfigError(f"{option} {text}: expected {form} in whole numbers, such as 768x576")
    return int(found[1]), int(found[2])

"""What the sections of streams.yaml are made of."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]
"""Lower-case letters, digits, `.`, `_` and `-`; used in file names, metrics and addresses."""
Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Fraction = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Corner = tuple[Fraction, Fraction]


class Section(BaseModel):
    """Base of every section."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,  # a value in the wrong place may be a password
        use_attribute_docstrings=True,  # so that editors show them, by way of the JSON Schema
    )

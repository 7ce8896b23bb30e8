"""The base class of all sections of a configuration, and shared types of values."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Share = Annotated[float, Field(ge=0, lt=1)]
Chance = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=1, le=1_000_000)]
# As a bundle's manifest allows: posterplot.inference.bundle.
Side = Annotated[int, Field(ge=1, le=4096)]
Tokens = Annotated[int, Field(ge=1, le=65_536)]
Rate = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Seed = Annotated[int, Field(ge=0, lt=2**32)]
Precision = Literal["32-true", "16-mixed", "bf16-mixed"]


class Section(BaseModel):
    """A table of a configuration. It is immutable, and unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def flat(table: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return a configuration with dotted keys: ``{"fit": {"epochs": 2}}`` -> ``{"fit.epochs": 2}``.

    Args:
        table: A configuration as nested tables, from ``model_dump``.
        prefix: Prefix of the keys, with its dot.

    """
    found: dict[str, Any] = {}
    for key, value in table.items():
        if isinstance(value, dict):
            found |= flat(value, f"{prefix}{key}.")
        else:
            found[prefix + key] = value
    return found

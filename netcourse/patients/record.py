"""What every record of a patient shares: frozen, nothing unknown in it, and the kinds of numbers
that occur.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

WATERMARK: Final = "SYNTHETIC"
REAL: Final = "REAL, ANONYMISED BY ITS OWNER"
Watermark = Literal["SYNTHETIC", "REAL, ANONYMISED BY ITS OWNER"]

Positive = Annotated[float, Field(gt=0)]
Percent = Annotated[float, Field(ge=0, le=100)]
Days = Annotated[int, Field(ge=0)]
Months = Annotated[float, Field(ge=0)]
Suv = Annotated[float, Field(ge=0, le=200)]


class Model(BaseModel):
    """A frozen record that refuses unknown fields and infinite numbers."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

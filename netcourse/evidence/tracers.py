"""The tracers as data: `tracers.toml`, with half-life, activity, uptake time and dose from the
figures.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from netcourse.evidence import Mark, figure, source, statement

Region = Literal["fda", "ema"]
Target = Literal["sst", "glucose", "amines", "glp1"]
Approval = Literal["approved", "national", "other use", "none"]

REGIONS: tuple[Region, ...] = get_args(Region)
_FILE = "tracers.toml"


class Row(BaseModel):
    """A table of the file: what is not foreseen is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Licence(Row):
    """What an agency decided on a tracer, and how sure we are of it."""

    status: Approval
    product: str | None = None
    year: int | None = Field(default=None, ge=1980, le=2100)
    mark: Mark
    source: tuple[str, ...] = Field(min_length=1)
    note: str | None = None

    @model_validator(mode="after")
    def _sourced(self) -> Self:
        for id in self.source:
            try:
                source(id)
            except KeyError as error:
                raise ValueError(error.args[0]) from None
        return self


class Tracer(Row):
    """A tracer: a table of `tracers.toml`, which says what the fields mean."""

    name: str
    target: Target
    nuclide: str
    camera: Literal["PET", "SPECT"]
    supply: Literal["generator", "cyclotron", "reactor", "shipped"]
    activity: str | None = None
    activity_per_kg: str | None = None
    uptake_time: str | None = None
    dose: str | None = None
    preparation: tuple[str, ...] = Field(min_length=1)
    fda: Licence
    ema: Licence

    @model_validator(mode="after")
    def _in_evidence(self) -> Self:
        try:
            for id in (
                f"nuclide.{self.nuclide}.half_life",
                self.activity,
                self.activity_per_kg,
                self.uptake_time,
                self.dose,
            ):
                if id:
                    figure(id)
            for id in self.preparation:
                statement(id)
        except KeyError as error:
            raise ValueError(error.args[0]) from None
        return self

    @property
    def half_life_min(self) -> float:
        """Half-life of its nuclide, minutes."""
        return figure(f"nuclide.{self.nuclide}.half_life").value

    @property
    def uptake_min(self) -> float:
        """Usual time from injection to scan, minutes; ValueError where none is known."""
        return self._known("uptake_time")

    def usual_activity_mbq(self, weight_kg: float) -> float:
        """Return what is usually injected, MBq: by weight up to a limit where the label says so;
        ValueError where none is known.
        """
        if self.activity_per_kg is None:
            return self._known("activity")
        by_weight = figure(self.activity_per_kg)
        return min(by_weight.value * weight_kg, by_weight.high or float("inf"))

    def _known(self, what: str) -> float:
        id = getattr(self, what)
        if id is None:
            raise ValueError(f"the course knows no usual {what.replace('_', ' ')} of {self.name}")
        return figure(id).value

    def licence(self, region: Region) -> Licence:
        """What the agency of a region decided."""
        return self.fda if region == "fda" else self.ema


@cache
def tracers() -> dict[str, Tracer]:
    """Return every tracer of the course by id, in the order of the file.

    Raises ValueError that names file, table and field where the file is wrong.

    >>> tracers()["ga68_dotatoc"].name, round(tracers()["f18_sitate"].half_life_min, 1)
    ('68Ga-DOTATOC', 109.8)
    """
    return read_tracers((resources.files(__package__) / _FILE).read_text(encoding="utf-8"))


def read_tracers(text: str) -> dict[str, Tracer]:
    """Return what a text of the form of `tracers.toml` says; ValueError as in `tracers`."""
    found: dict[str, Tracer] = {}
    for id, row in tomllib.loads(text).items():
        try:
            found[id] = Tracer.model_validate(row)
        except ValidationError as error:
            lines = [
                f"{_FILE}, {'.'.join(map(str, (id, *e['loc'])))}: {e['msg']}"
                for e in error.errors()
            ]
            raise ValueError("\n".join(lines)) from None
    return found


def tracer_of(id: str) -> Tracer:
    """Return the tracer of that id; ValueError names those there are."""
    if id not in tracers():
        raise ValueError(f"no tracer '{id}'; tracers are {', '.join(tracers())}")
    return tracers()[id]

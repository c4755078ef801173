"""The tracers as data: `tracers.toml`, with activity, dose and half-life from evidence, and what follows from them alone."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Literal, Self, get_args

from pydantic import Field, ValidationError, model_validator

from netcourse.decisions.decision import Decision, Flip, Reason, Status, Weight, reason
from netcourse.evidence import Mark, figure, source, statement
from netcourse.patients.record import Model

Region = Literal["fda", "ema"]
Target = Literal["sst", "glucose", "amines", "glp1"]
Approval = Literal["approved", "national", "other use", "none"]

REGIONS: tuple[Region, ...] = get_args(Region)
AGENCY: dict[Region, str] = {"fda": "FDA", "ema": "EMA"}
APPROVED, NATIONAL, OTHER_USE, NOT_APPROVED = "approved", "approved by single countries", "approved for another use", "not approved"
_VERDICT: dict[Approval, str] = {"approved": APPROVED, "national": NATIONAL, "other use": OTHER_USE, "none": NOT_APPROVED}
_FILE = "tracers.toml"


class Licence(Model):
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


class Tracer(Model):
    """A tracer: a table of `tracers.toml`, which says what the fields mean."""

    name: str
    target: Target
    nuclide: str
    camera: Literal["PET", "SPECT"]
    supply: Literal["generator", "cyclotron", "reactor", "shipped"]
    activity: str | None = None
    uptake_time: str | None = None
    dose: str | None = None
    preparation: tuple[str, ...] = Field(min_length=1)
    fda: Licence
    ema: Licence

    @model_validator(mode="after")
    def _in_evidence(self) -> Self:
        try:
            for id in (f"nuclide.{self.nuclide}.half_life", self.activity, self.uptake_time, self.dose):
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
            lines = [f"{_FILE}, {'.'.join(map(str, (id, *e['loc'])))}: {e['msg']}" for e in error.errors()]
            raise ValueError("\n".join(lines)) from None
    return found


def tracer_of(id: str) -> Tracer:
    """Return the tracer of that id; ValueError names those there are."""
    if id not in tracers():
        raise ValueError(f"no tracer '{id}'; tracers are {', '.join(tracers())}")
    return tracers()[id]


def approved(tracer: str, region: Region) -> Decision:
    """Say what an agency decided on a tracer: "approved", "approved by single countries", "approved for another use", "not approved".

    Raises ValueError for an unknown tracer or region. Sources: statements D19, S22.

    >>> approved("ga68_dotatate", "ema")
    Approval of 68Ga-DOTATATE (EMA): not approved; D19, S22
    """
    row = tracer_of(tracer)
    if region not in REGIONS:
        raise ValueError(f"region is '{region}'; it must be one of {', '.join(REGIONS)}")
    licence = row.licence(region)
    verdict = _VERDICT[licence.status]
    reasons = [_decided(row, region)]
    if row.target == "sst" and row.nuclide == "ga68":
        reasons.append(reason("S22", statement("S22").corrected or "", Status.MET, Weight.INFORMATION))
    flips = tuple(
        Flip(f"region: {other}", None, None, then, f"Asked of the {AGENCY[other]}: {then}.")
        for other in REGIONS
        if other != region and (then := _VERDICT[row.licence(other).status]) != verdict
    )
    return Decision(f"Approval of {row.name} ({AGENCY[region]})", verdict, tuple(reasons), (), flips)


def scan_dose_msv(tracer: str, activity_mbq: float | None = None) -> float:
    """Return the effective dose of a scan, mSv: activity (MBq; None: the usual one) times dose per MBq.

    Raises ValueError for an unknown tracer, one without a known dose, or an activity not above 0.

    >>> round(scan_dose_msv("ga68_dotatate"), 2), round(scan_dose_msv("cu64_dotatate"), 1)
    (3.15, 4.7)
    """
    row = tracer_of(tracer)
    if row.dose is None or (activity_mbq is None and row.activity is None):
        raise ValueError(f"the course knows no {'dose' if row.dose is None else 'usual activity'} of {row.name}")
    if activity_mbq is not None and not 0 < activity_mbq <= 1e5:
        raise ValueError(f"activity_mbq is {activity_mbq:g}; it must be above 0 and at most 100000 MBq")
    return (activity_mbq if activity_mbq is not None else figure(row.activity or "").value) * figure(row.dose).value


def preparation(tracer: str) -> tuple[str, ...]:
    """Return what the patient does before the scan, as sentences; ValueError for an unknown tracer.

    >>> preparation("ga68_dotatoc")
    ('Receptor PET needs no fasting: drink well and empty the bladder often.',)
    """
    return tuple(statement(id).in_words for id in tracer_of(tracer).preparation)


def _decided(row: Tracer, region: Region) -> Reason:
    """Say what the agency decided, with the entry's own source and mark."""
    licence = row.licence(region)
    named = ", ".join(str(part) for part in (licence.product, licence.year) if part)
    more = (f" ({named})" if named else "") + (f"; {licence.note}" if licence.note else "")
    text = f"{AGENCY[region]}, {row.name}: {_VERDICT[licence.status]}{more}."
    status = Status.MET if licence.status == "approved" else Status.NOT_MET
    return Reason("D19", text, status, Weight.ABSOLUTE, "; ".join(source(id).title for id in licence.source), licence.mark)

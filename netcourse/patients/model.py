"""Who the patient is: demographics, pathology, laboratory, history, normal uptake and lesions.

A `Patient` is the truth of the course. The scanner draws the pictures from it and the decisions draw the
answer key from it. All patients are synthetic.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from netcourse.evidence import figure, figures
from netcourse.patients.clinical import Condition, History, Labs, Pathology
from netcourse.patients.partial_volume import measured_suv, true_suv
from netcourse.patients.record import Days, Model, Positive

Suv = Annotated[float, Field(ge=0, le=200)]


class Place(Model):
    """A site where a lesion can lie, in readers' words, with the normal tissue around it."""

    id: str
    label: str
    tissue: str


@cache
def places() -> dict[str, Place]:
    """Return every place a lesion can have, by id."""
    rows = tomllib.loads((resources.files(__package__) / "places.toml").read_text(encoding="utf-8"))
    return {id: Place(id=id, **row) for id, row in rows.items()}


class OrganUptake(Model):
    """Normal-organ uptake of one tracer in this patient, SUV per organ as in evidence/figures/uptake.toml.

    Organs not given take the evidence mean, so the mapping is always complete. `days_ago` counts back from the decision.
    """

    tracer: Literal["dotatate", "dotatoc"] = "dotatate"
    suv: dict[str, Suv] = Field(default_factory=dict)
    days_ago: Days = 0

    @model_validator(mode="after")
    def _complete(self) -> Self:
        usual = figures(f"uptake.{self.tracer}")
        if unknown := set(self.suv) - set(usual):
            raise ValueError(f"no normal uptake known for {', '.join(sorted(unknown))}; organs are {', '.join(usual)}")
        object.__setattr__(self, "suv", {organ: found.value for organ, found in usual.items()} | self.suv)
        return self

    @property
    def fwhm_mm(self) -> float:
        """Resolution of the scan with this tracer, mm FWHM."""
        return figure("pet.fwhm.ga68").value


class Lesion(Model):
    """A finding: where it lies, how large it is, what it takes up and what it truly is.

    `size_mm` is the diameter (nodes: short axis). `ssr_suv` is the uptake of the tissue itself; what a scan
    shows of it is `Patient.uptake(lesion)`. An author may give `ssr_suv_max`, the SUVmax as read, instead.
    """

    id: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")
    place: str
    size_mm: Annotated[float, Field(ge=2, le=150)]
    ssr_suv: Suv
    fdg_suv: Suv | None = None
    pattern: Literal[
        "hyper_hypo",
        "hyper_iso",
        "hyper_hyper",
        "hypo_hypo",
        "iso_hypo",
        "nodule",
        "primary",
        "soft_tissue",
        "spleen_like",
        "sclerotic",
        "occult",
    ]
    nature: Literal["net", "dedifferentiated", "physiologic", "other"] = "net"
    offset: tuple[float, float, float] = (0.0, 0.0, 0.0)

    @field_validator("place")
    @classmethod
    def _known_place(cls, place: str) -> str:
        if place not in places():
            raise ValueError(f"'{place}' is no place of this course; places are {', '.join(places())}")
        return place

    @field_validator("offset")
    @classmethod
    def _in_unit_ball(cls, offset: tuple[float, float, float]) -> tuple[float, float, float]:
        if sum(step * step for step in offset) > 1 + 1e-9:
            raise ValueError(f"offset {offset} lies outside the unit ball")
        return offset

    @property
    def where(self) -> str:
        """The place in readers' words."""
        return places()[self.place].label

    @property
    def in_liver(self) -> bool:
        """Whether the liver is the background that this lesion is seen against."""
        return places()[self.place].tissue == "liver"


class Uptake(Model):
    """What a reader measures for one lesion: SUVmax, the reference organs, and what weighs on them.

    SUVs are body-weight SUVs; references are SUVmean. None means not measured or not usable.
    `visible` may be left open when the local background is given.
    """

    suv_max: Suv
    blood_pool: Suv | None = None
    liver: Suv | None = None
    spleen: Suv | None = None
    kidney_cortex: Suv | None = None
    visible: bool | None = None
    background: Suv | None = None
    background_sd: Annotated[float, Field(ge=0)] = 0.0
    diameter_mm: Positive | None = None
    fwhm_mm: Positive | None = None
    in_liver: bool = False
    liver_replaced: bool = False
    earlier_liver: Suv | None = None
    days_since_long_acting_ssa: Annotated[int, Field(ge=0)] | None = None


class Patient(Model):
    """A synthetic patient: the one truth behind pictures and keys."""

    id: str
    title: str
    sex: Literal["female", "male"]
    age_y: Annotated[int, Field(ge=18, le=100)]
    height_cm: Annotated[float, Field(ge=130, le=215)]
    weight_kg: Annotated[float, Field(ge=35, le=180)]
    pathology: Pathology
    labs: Labs = Labs()
    history: History
    condition: Condition = Condition()
    ssr: OrganUptake = OrganUptake()
    earlier_ssr: OrganUptake | None = None
    lesions: tuple[Lesion, ...] = ()
    seed: Annotated[int, Field(ge=0)] = 0

    @model_validator(mode="before")
    @classmethod
    def _uptake_as_read(cls, data: Any) -> Any:
        """Turn an author's `ssr_suv_max` (as read) into the uptake of the tissue itself."""
        if not isinstance(data, dict) or not any(isinstance(row, dict) and "ssr_suv_max" in row for row in data.get("lesions", ())):
            return data
        ssr = OrganUptake.model_validate(data.get("ssr", {}))
        lesions = []
        for row in data["lesions"]:
            row = dict(row) if isinstance(row, dict) else row
            if isinstance(row, dict) and "ssr_suv_max" in row:
                if "ssr_suv" in row:
                    raise ValueError(f"lesion {row.get('id')}: give ssr_suv or ssr_suv_max, not both")
                if row.get("place") not in places():
                    raise ValueError(f"lesion {row.get('id')}: '{row.get('place')}' is no place of this course")
                around = ssr.suv[places()[row["place"]].tissue]
                row["ssr_suv"] = round(true_suv(row.pop("ssr_suv_max"), around, row["size_mm"], ssr.fwhm_mm), 3)
            lesions.append(row)
        return data | {"lesions": lesions}

    @model_validator(mode="after")
    def _lesion_ids_differ(self) -> Self:
        ids = [lesion.id for lesion in self.lesions]
        if twice := sorted({id for id in ids if ids.count(id) > 1}):
            raise ValueError(f"lesion id {', '.join(twice)} is used twice")
        return self

    def __repr__(self) -> str:
        return f"Patient {self.id}: {self.title}, {len(self.lesions)} lesions, SYNTHETIC"

    __str__ = __repr__

    def lesion(self, id: str) -> Lesion:
        """Return the lesion of that id; KeyError names those there are."""
        for lesion in self.lesions:
            if lesion.id == id:
                return lesion
        raise KeyError(f"patient {self.id} has no lesion '{id}'; lesions are {', '.join(found.id for found in self.lesions)}")

    def background(self, lesion: Lesion) -> float:
        """Return the SUV of the normal tissue around a lesion."""
        return self.ssr.suv[places()[lesion.place].tissue]

    def uptake(self, lesion: Lesion | str, fwhm_mm: float | None = None) -> Uptake:
        """Return what a careful reader measures for a lesion on this patient's scan.

        The SUVmax is the one that blur leaves of the true uptake at `fwhm_mm` (default: the tracer's own);
        the references are this patient's organs.
        """
        lesion = self.lesion(lesion) if isinstance(lesion, str) else lesion
        fwhm_mm = fwhm_mm or self.ssr.fwhm_mm
        around, organs = self.background(lesion), self.ssr.suv
        return Uptake(
            suv_max=round(measured_suv(lesion.ssr_suv, around, lesion.size_mm, fwhm_mm), 2),
            blood_pool=organs["blood_pool"],
            liver=organs["liver"],
            spleen=None if self.history.splenectomy else organs["spleen"],
            kidney_cortex=organs["kidney_cortex"],
            background=around,
            diameter_mm=lesion.size_mm,
            fwhm_mm=fwhm_mm,
            in_liver=lesion.in_liver,
            liver_replaced=self.history.liver_replaced,
            earlier_liver=self.earlier_ssr.suv["liver"] if self.earlier_ssr else None,
            days_since_long_acting_ssa=self.history.days_since_long_acting_ssa,
        )

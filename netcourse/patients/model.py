"""Who the patient is: demographics, pathology, laboratory, history, normal uptake and lesions.

The scanner draws the pictures from a `Patient`, and the decisions draw the answer key from what a
clinician knows of them; what a lesion truly is stands apart (`truth`). All patients are synthetic.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import Field, field_validator, model_validator

from netcourse.evidence.tracers import tracer_of
from netcourse.patients.clinical import Condition, History, Labs, Pathology
from netcourse.patients.organs import OrganUptake, ScanOf, Tracer
from netcourse.patients.partial_volume import inscribed_mm, measured_suv, true_suv
from netcourse.patients.record import (
    REAL,
    WATERMARK,
    Model,
    Percent,
    Positive,
    Suv,
    Watermark,
)
from netcourse.patients.truth import Truth

Pattern = Literal[
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
    "haemangioma",
    "fracture",
    "liver_haemangioma",
    "fnh",
    "cyst",
    "abscess",
]
Inside = Literal["solid", "necrotic", "cystic", "calcified", "scar", "capsule"]
"""What is special inside a lesion on CT: nothing, a dead or cystic middle, calcification, a central
scar, a capsule.
"""
Part = Literal["A", "B"]
"""A clone of a lesion that shows as a part of it."""
Correlate = Literal["none", "benign", "equivocal", "definite"]
"""What CT or MRI shows at a focus: nothing, something unmistakably benign or normal, something
unclear, a metastasis or tumour.
"""
Histology = Literal["net", "carcinoma", "benign", "other"]
"""What the pathologist found in a lesion that was biopsied: NET, neuroendocrine carcinoma, nothing
malignant, another tumour.
"""


class Place(Model):
    """A site where a lesion can lie, in readers' words, with the normal tissue around it.

    `organ` is what it belongs to where that is not the tissue; `typical` whether NET metastases are
    at home there, `physiologic` whether the tracer gathers there in health, `sex` who alone has it.
    `most_mm` is the size of the largest lesion that has room, None where that is no matter.
    """

    id: str
    label: str
    tissue: str
    organ: str = ""
    typical: bool = True
    physiologic: bool = False
    sex: Literal["female", "male"] | None = None
    most_mm: float | None = None

    @property
    def part_of(self) -> str:
        """The organ that it belongs to: liver, nodes, bone, …"""
        return self.organ or ("bone" if self.tissue == "bone_marrow" else self.tissue)


@cache
def places() -> dict[str, Place]:
    """Return every place a lesion can have, by id."""
    rows = tomllib.loads((resources.files(__package__) / "places.toml").read_text(encoding="utf-8"))
    return {id: Place(id=id, **row) for id, row in rows.items()}


class CloneB(Model):
    """The dedifferentiated clone of a lesion: its share of the volume, its own uptake and Ki-67,
    and where it lies.

    `side` points from the lesion's centre towards it (x to the patient's left, y to the back, z to
    the head): the clone is then a part that shows in the pictures. None: both clones are intermixed
    too finely to be told apart. `pattern` is how the part enhances on CT, None as the rest does.
    """

    fraction: Annotated[float, Field(gt=0, lt=1)]
    ssr_suv: Suv
    fdg_suv: Suv
    ki67_percent: Percent | None = None
    side: tuple[float, float, float] | None = None
    pattern: Pattern | None = None

    @field_validator("side")
    @classmethod
    def _somewhere(
        cls, side: tuple[float, float, float] | None
    ) -> tuple[float, float, float] | None:
        if side is not None and not sum(step * step for step in side) > 0:
            raise ValueError(
                "side is (0, 0, 0); give the direction in which the clone lies, or none when it is"
                " intermixed"
            )
        return side


class Lesion(Model):
    """A finding: where it lies, how large it is, what it takes up and what biopsy found in it.

    `size_mm` is the diameter (nodes: short axis). `ssr_suv` and `fdg_suv` are the uptake of the
    tissue itself, of clone A where there are two; what a scan shows of it is
    `Patient.uptake(lesion)`. An author may give `ssr_suv_max` and `fdg_suv_max`, the SUVmax as
    read, instead. `ki67_percent` is this lesion's own where it differs from the patient's
    pathology. `inside` is what is special inside it on CT, None as lesions of its kind and size are. `correlate` is what CT and MRI make of it, None where pattern, place and size say so
    by themselves. `histology` is None where it was not biopsied. `truth` is for pictures and debrief
    alone; authors write its `nature` as a field of the lesion. `living` is the share of it that lives after therapy; the rest is scar, through
    which water moves freely. `centre_mm` is where it lies in the real pictures of a `Patient` that
    has such: (x, y, z) as DICOM and its viewers give it, x to the patient's left, y to the back, z
    to the head.
    """

    id: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")
    place: str
    size_mm: Annotated[float, Field(ge=2, le=150)]
    ssr_suv: Suv
    fdg_suv: Suv | None = None
    pattern: Pattern
    inside: Inside | None = None
    correlate: Correlate | None = None
    histology: Histology | None = None
    truth: Truth = Truth()
    ki67_percent: Percent | None = None
    clone_b: CloneB | None = None
    living: Annotated[float, Field(ge=0, le=1)] = 1.0
    centre_mm: tuple[float, float, float] | None = None
    offset: tuple[float, float, float] = (0.0, 0.0, 0.0)

    @model_validator(mode="before")
    @classmethod
    def _nature_is_truth(cls, data: Any) -> Any:
        """Take an author's `nature` as the lesion's truth."""
        if not isinstance(data, dict) or "nature" not in data:
            return data
        if "truth" in data:
            raise ValueError("give nature or truth, not both")
        return {name: value for name, value in data.items() if name != "nature"} | {
            "truth": {"nature": data["nature"]}
        }

    @field_validator("place")
    @classmethod
    def _known_place(cls, place: str) -> str:
        if place not in places():
            raise ValueError(
                f"'{place}' is no place of this course; places are {', '.join(places())}"
            )
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

    @property
    def parts(self) -> tuple[Part, ...]:
        """The parts that show in the pictures: clone A, and clone B where it lies on a side of its
        own.
        """
        return ("A", "B") if self.clone_b and self.clone_b.side else ("A",)

    def suv(self, scan: ScanOf = "ssr", part: Part | None = None) -> float | None:
        """Return the uptake of the tissue: of a part, or the mean of the whole lesion; None where
        FDG is not known.

        >>> b = CloneB(fraction=0.25, ssr_suv=1.0, fdg_suv=10.0, side=(1, 0, 0))
        >>> lesion = Lesion(id="P1", place="pancreas_tail", size_mm=40, ssr_suv=21, fdg_suv=2, pattern="primary", clone_b=b)
        >>> lesion.suv(), lesion.suv("fdg"), lesion.suv("fdg", "B")
        (16.0, 4.0, 10.0)
        """
        a, b = (self.ssr_suv if scan == "ssr" else self.fdg_suv), self.clone_b
        if part == "B" and b is None:
            raise ValueError(f"lesion {self.id} has no clone B")
        other = (b.ssr_suv if scan == "ssr" else b.fdg_suv) if b else None
        if part == "A" or b is None or other is None:
            return a
        if part == "B":
            return other
        return None if a is None else (1 - b.fraction) * a + b.fraction * other

    def part_mm(self, part: Part) -> float:
        """Return the diameter of the largest sphere inside a part, mm."""
        if len(self.parts) == 1 or self.clone_b is None:
            return self.size_mm
        return inscribed_mm(
            self.size_mm, self.clone_b.fraction if part == "B" else 1 - self.clone_b.fraction
        )


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
    """A synthetic patient: the one truth behind pictures and keys. From 12 years; the pictures show
    an adult body at any age.

    With `pictures`, the folder of an anonymised DICOM study, it is a real one: its pictures are
    read from there, each lesion says where it lies (`centre_mm`), uptake is what its owner measured,
    and every variant is the same.
    """

    id: str
    title: str
    sex: Literal["female", "male"]
    age_y: Annotated[int, Field(ge=12, le=100)]
    height_cm: Annotated[float, Field(ge=130, le=215)]
    weight_kg: Annotated[float, Field(ge=35, le=180)]
    pathology: Pathology
    labs: Labs = Labs()
    history: History
    condition: Condition = Condition()
    ssr: OrganUptake = OrganUptake()
    earlier_ssr: OrganUptake | None = None
    fdg: OrganUptake | None = None
    lesions: tuple[Lesion, ...] = ()
    pictures: str | None = Field(default=None, min_length=1)
    seed: Annotated[int, Field(ge=0)] = 0

    @model_validator(mode="before")
    @classmethod
    def _uptake_as_read(cls, data: Any) -> Any:
        """Turn an author's `ssr_suv_max` and `fdg_suv_max` (as read) into the uptake of the tissue
        itself.
        """
        rows = data.get("lesions", ()) if isinstance(data, dict) else ()
        for scan in ("ssr", "fdg"):
            if any(isinstance(row, dict) and f"{scan}_suv_max" in row for row in rows):
                rows = [
                    _as_tissue(dict(row), scan, data) if isinstance(row, dict) else row
                    for row in rows
                ]
        return data | {"lesions": rows} if rows else data

    @model_validator(mode="after")
    def _scans_have_their_tracer(self) -> Self:
        for scan, target in (("ssr", "sst"), ("earlier_ssr", "sst"), ("fdg", "glucose")):
            found = getattr(self, scan)
            if found is not None and found.target != target:
                allowed = [id for id in get_args(Tracer) if tracer_of(id).target == target]
                raise ValueError(
                    f"{scan}: the tracer is {found.tracer}; allowed is {' or '.join(allowed)}"
                )
        return self

    @model_validator(mode="after")
    def _lesion_ids_differ(self) -> Self:
        ids = [lesion.id for lesion in self.lesions]
        if twice := sorted({id for id in ids if ids.count(id) > 1}):
            raise ValueError(f"lesion id {', '.join(twice)} is used twice")
        return self

    @model_validator(mode="after")
    def _lesions_lie_in_this_sex(self) -> Self:
        for lesion in self.lesions:
            place = places()[lesion.place]
            if place.sex not in (None, self.sex):
                raise ValueError(f"lesion {lesion.id}: a {self.sex} patient has no {place.label}")
        return self

    @model_validator(mode="after")
    def _real_lesions_lie_somewhere(self) -> Self:
        without = [lesion.id for lesion in self.lesions if lesion.centre_mm is None]
        if self.pictures and without:
            raise ValueError(
                f"lesion {', '.join(without)}: centre_mm = [x, y, z] is missing; real pictures need"
                " the place of each lesion in mm"
            )
        if not self.pictures and len(without) < len(self.lesions):
            raise ValueError(
                "centre_mm goes with pictures, the folder of a real study; the scanner chooses"
                " where lesions of synthetic patients lie"
            )
        return self

    @property
    def watermark(self) -> Watermark:
        """Whether the patient is synthetic or real, as every picture and page says."""
        return REAL if self.pictures else WATERMARK

    def __repr__(self) -> str:
        return f"Patient {self.id}: {self.title}, {len(self.lesions)} lesions, {self.watermark}"

    __str__ = __repr__

    def lesion(self, id: str) -> Lesion:
        """Return the lesion of that id; KeyError names those there are."""
        for lesion in self.lesions:
            if lesion.id == id:
                return lesion
        raise KeyError(
            f"patient {self.id} has no lesion '{id}'; lesions are"
            f" {', '.join(found.id for found in self.lesions)}"
        )

    def organs(self, scan: ScanOf = "ssr") -> OrganUptake:
        """Return the normal organs of one of this patient's scans; ValueError when FDG was not
        done.
        """
        found = self.ssr if scan == "ssr" else self.fdg
        if found is None:
            raise ValueError(f"patient {self.id} has no FDG PET")
        return found

    def background(self, lesion: Lesion, scan: ScanOf = "ssr") -> float:
        """Return the SUV of the normal tissue around a lesion."""
        return self.organs(scan).suv[places()[lesion.place].tissue]

    def uptake(
        self,
        lesion: Lesion | str,
        fwhm_mm: float | None = None,
        scan: ScanOf = "ssr",
        part: Part | None = None,
    ) -> Uptake:
        """Return what a careful reader measures for a lesion on one of this patient's scans.

        The SUVmax is the one that blur leaves of the true uptake at `fwhm_mm` (default: the
        tracer's own), in a lesion with two clones that of the hotter part, or that of the `part`
        asked for; the references are this patient's organs on that scan. Raises ValueError when the
        scan was not done or the lesion's uptake on it is not known.
        """
        lesion = self.lesion(lesion) if isinstance(lesion, str) else lesion
        organs = self.organs(scan)
        fwhm_mm = fwhm_mm or organs.fwhm_mm
        ssr = scan == "ssr"
        return Uptake(
            suv_max=round(
                max(
                    self._as_read(lesion, fwhm_mm, scan, one)
                    for one in ((part,) if part else lesion.parts)
                ),
                2,
            ),
            blood_pool=organs.suv["blood_pool"],
            liver=organs.suv["liver"],
            spleen=None if self.history.splenectomy else organs.suv["spleen"],
            kidney_cortex=organs.suv["kidney_cortex"],
            background=self.background(lesion, scan),
            diameter_mm=round(lesion.part_mm(part), 1) if part else lesion.size_mm,
            fwhm_mm=fwhm_mm,
            in_liver=lesion.in_liver,
            liver_replaced=self.history.liver_replaced,
            earlier_liver=self.earlier_ssr.suv["liver"] if ssr and self.earlier_ssr else None,
            days_since_long_acting_ssa=self.history.days_since_long_acting_ssa if ssr else None,
        )

    def _as_read(self, lesion: Lesion, fwhm_mm: float, scan: ScanOf, part: Part) -> float:
        """The SUV that blur leaves in the middle of a part; around it lies, half each, the other
        part and normal tissue.
        """
        around, mixed = self.background(lesion, scan), len(lesion.parts) == 1
        suv = lesion.suv(scan, None if mixed else part)
        if suv is None:
            raise ValueError(f"lesion {lesion.id} of patient {self.id} has no FDG uptake on record")
        if not mixed:
            around = (around + (lesion.suv(scan, "A" if part == "B" else "B") or 0.0)) / 2
        return measured_suv(suv, around, lesion.size_mm if mixed else lesion.part_mm(part), fwhm_mm)


def _as_tissue(row: dict[str, Any], scan: str, patient: dict[str, Any]) -> dict[str, Any]:
    """A lesion's row with the uptake of the tissue in place of the SUVmax as read."""
    read, tissue = f"{scan}_suv_max", f"{scan}_suv"
    if read not in row:
        return row
    if tissue in row:
        raise ValueError(f"lesion {row.get('id')}: give {tissue} or {read}, not both")
    if row.get("place") not in places():
        raise ValueError(f"lesion {row.get('id')}: '{row.get('place')}' is no place of this course")
    if scan not in patient and scan == "fdg":
        raise ValueError(f"lesion {row.get('id')}: {read} needs the patient's FDG PET: add [fdg]")
    organs = OrganUptake.model_validate(patient.get(scan, {}))
    around = organs.suv[places()[row["place"]].tissue]
    row[tissue] = round(true_suv(row.pop(read), around, row["size_mm"], organs.fwhm_mm), 3)
    return row

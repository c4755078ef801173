"""An exercise: its cases and items, as plain frozen records."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, PrivateAttr, SerializeAsAny, model_validator

from netcourse.assessment.exercise.item import ID, ID_RULE, Item, Row
from netcourse.assessment.exercise.kinds import KINDS
from netcourse.assessment.keys.problems import did_you_mean
from netcourse.assessment.keys.truth import Positions, Truth, case_seed, draw_truth
from netcourse.evidence import figure
from netcourse.patients import Draws, Tracer, archetypes
from netcourse.patients.record import WATERMARK


class Case(Row):
    """A patient of the exercise: an archetype, drawn anew for every learner, or a patient file of
    your own.
    """

    id: ID = Field(description=ID_RULE)
    archetype: str = Field(
        description="an archetype of the course, or a patient file (.toml) as seen from this page"
    )
    shows: Literal[
        "pet_ct", "ct_phases", "ct_over_time", "two_pets", "unnamed_scan", "story", "sheet", "board"
    ] = Field(
        default="pet_ct",
        description=(
            '"pet_ct", "ct_phases" (late arterial and portal venous CT), "ct_over_time" (a slice, 0'
            ' to 300 s), "two_pets" (receptors and FDG), "unnamed_scan" (of one of `tracers`),'
            ' "story" (no picture), "sheet" (no picture, the values of the record) or "board" (the'
            " record, CT phases, MR views and both PETs)"
        ),
    )
    tracers: list[Tracer] = Field(
        default_factory=list,
        description="of an unnamed scan: the tracers, one of which the learner gets",
    )
    shuffled: bool = Field(
        default=False,
        description="true where a graded pack deals the findings' uptake among them anew",
    )

    @model_validator(mode="after")
    def _named(self) -> Self:
        if (self.shows == "unnamed_scan") != bool(self.tracers):
            raise ValueError('tracers go with shows = "unnamed_scan", and it with them')
        return self

    _folder: Path | None = PrivateAttr(default=None)

    @property
    def source(self) -> str:
        """Where the patient comes from: the archetype, or the whole path of the file."""
        return str(self._folder / self.archetype) if self._folder else self.archetype

    def tracer(self, seed: int) -> Tracer | None:
        """Return the tracer of this learner's unnamed scan, None where the case shows none."""
        return (
            Draws("tracer", self.id, seed).choice("which", self.tracers) if self.tracers else None
        )


class Exercise(Row):
    """An exercise as written: cases and items in order.

    `attempts` says which checked answer counts, the first or the last; all are kept.
    """

    id: ID = Field(description=ID_RULE)
    version: int = Field(
        ge=1, le=9999, description="a whole number from 1, raised at every change of a question"
    )
    title: str = Field(min_length=1, max_length=120, description="1 to 120 characters")
    objectives: list[str] = Field(default_factory=list, description="a list of sentences")
    attempts: Literal["first", "last"] = Field(
        default="first", description='"first" or "last": the checked answer that counts'
    )
    variants: int = Field(
        default_factory=lambda: int(figure("assessment.variants").value),
        ge=1,
        le=1_000_000,
        description="a whole number from 1",
    )
    cases: list[Case] = Field(default_factory=list, description="[[cases]] with id and archetype")
    items: list[SerializeAsAny[Item]] = Field(min_length=1, description="[[items]], at least one")

    def __repr__(self) -> str:
        return (
            f"Exercise {self.id} v{self.version}: {self.title}, {len(self.items)} items,"
            f" {self.max_points:g} points"
        )

    __str__ = __repr__

    @property
    def max_points(self) -> float:
        """The points of all items together."""
        return float(sum(item.points for item in self.items))

    def item(self, id: str) -> Item:
        """Return the item of that id; KeyError names the nearest."""
        for item in self.items:
            if item.id == id:
                return item
        ids = [item.id for item in self.items]
        raise KeyError(
            f"exercise {self.id} has no item '{id}'{did_you_mean(id, ids)}; items are"
            f" {', '.join(ids)}"
        )

    @property
    def watermark(self) -> str:
        """Whether its patients are synthetic or real, or both."""
        own = [case.source for case in self.cases if case.archetype.endswith(".toml")]
        found = [WATERMARK] if len(own) < len(self.cases) or not own else []
        found += [draw_truth(source, 0).patient.watermark for source in own]
        return " and ".join(dict.fromkeys(found))

    def case(self, id: str) -> Case:
        """Return the case of that id; KeyError names those there are."""
        for case in self.cases:
            if case.id == id:
                return case
        raise KeyError(
            f"exercise {self.id} has no case '{id}'; cases are"
            f" {', '.join(case.id for case in self.cases)}"
        )

    def truth(self, item: Item, course_seed: int, positions: Positions | None = None) -> Truth:
        """Return the truth behind an item for the learner of that seed; without a case there is no
        patient to ask.
        """
        if item.case is None:
            return _nobody()
        case = self.case(item.case)
        seed = case_seed(course_seed, self.id, case.id, self.variants)
        return draw_truth(case.source, seed, positions, case.tracer(seed))

    def as_written(self, item: Item) -> Truth:
        """Return the truth behind an item for the archetype as written, which is nobody's case."""
        if item.case is None:
            return _nobody()
        case = self.case(item.case)
        return draw_truth(case.source, 0, None, case.tracer(0))


def exercise_schema() -> dict[str, Any]:
    """Return the JSON schema of an exercise file.

    >>> exercise_schema()["title"]
    'Exercise'
    """
    schema = Exercise.model_json_schema()
    kinds = [kind.model_json_schema(ref_template="#/$defs/{model}") for kind in KINDS.values()]
    definitions: dict[str, Any] = schema.setdefault("$defs", {})
    for kind in kinds:
        definitions |= kind.pop("$defs", {})
        definitions[kind["title"]] = kind
    definitions.pop("Item", None)
    schema["properties"]["items"]["items"] = {
        "oneOf": [{"$ref": f"#/$defs/{kind['title']}"} for kind in kinds]
    }
    return schema


@cache
def _nobody() -> Truth:
    """The truth behind an item without a case: there is no lesion to ask about."""
    patient = draw_truth(next(iter(archetypes())), 0).patient
    return Truth(patient.model_copy(update={"lesions": ()}))

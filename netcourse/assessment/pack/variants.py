"""An exercise whose patients are not drawn from a learner's seed but dealt by the instructor: the
keyed side of a graded pack.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pydantic import Field, PrivateAttr
from typing_extensions import override

from netcourse.assessment.exercise.item import Item
from netcourse.assessment.exercise.load import read_exercise
from netcourse.assessment.exercise.model import Exercise
from netcourse.assessment.keys.truth import Positions, Truth
from netcourse.patients import Patient


class DealtExercise(Exercise):
    """An exercise with its patients by variant and case; a learner's variant stands where the
    course seed stands elsewhere.
    """

    patients: dict[int, dict[str, Patient]] = Field(default_factory=dict)
    _truths: dict[tuple[int, str], Truth] = PrivateAttr(default_factory=dict)

    @override
    def truth(self, item: Item, course_seed: int, positions: Positions | None = None) -> Truth:
        if item.case is None:
            return super().truth(item, course_seed, positions)
        place = course_seed, item.case
        if course_seed not in self.patients:
            raise KeyError(
                f"no variant {course_seed} of {self.id} was dealt; there are"
                f" {', '.join(map(str, self.patients))}"
            )
        if place not in self._truths:
            self._truths[place] = Truth(self.patients[course_seed][item.case], positions)
        return self._truths[place]

    @override
    def as_written(self, item: Item) -> Truth:
        return self.truth(item, next(iter(self.patients)))


def deal(rows: Mapping[str, Any], patients: Mapping[int, Mapping[str, Patient]]) -> DealtExercise:
    """Return an exercise page, as rows, with those patients; ExerciseError as in
    `load_exercise`.
    """
    plain = read_exercise(rows)
    return DealtExercise.model_validate(
        {
            **rows,
            "items": plain.items,
            "cases": plain.cases,
            "patients": {n: dict(cases) for n, cases in patients.items()},
        }
    )


def to_json(
    rows: Mapping[str, Any], patients: Mapping[int, Mapping[str, Patient]]
) -> dict[str, Any]:
    """Return a dealt exercise as plain data for a key file."""
    return {
        "exercise": dict(rows),
        "variants": {
            str(n): {
                case: patient.model_dump(mode="json", exclude_defaults=True)
                for case, patient in cases.items()
            }
            for n, cases in patients.items()
        },
    }


def from_json(data: bytes | str | Mapping[str, Any]) -> DealtExercise:
    """Return the dealt exercise that plain data or its JSON describes; ValueError where it does
    not.
    """
    found = json.loads(data) if isinstance(data, bytes | str) else data
    try:
        patients = {
            int(n): {case: Patient.model_validate(patient) for case, patient in cases.items()}
            for n, cases in found["variants"].items()
        }
        return deal(found["exercise"], patients)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"this is no key of a pack: {error}") from None

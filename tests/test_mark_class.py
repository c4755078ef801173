"""A class is marked exercise by exercise: what learners of one variant have in common is worked out
once, and nobody is told what belongs to another.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pytest
from synthetic_class import course_exercise, learner

from netcourse.assessment import Answer, Exercise, find_exercise, grade, load_exercise
from netcourse.assessment.keys import truth
from netcourse.assessment.keys.expressions import ExpressionError
from netcourse.assessment.marking.scoring import Result
from netcourse.classroom.grade.sheets import Sheet, mark_sheets
from netcourse.classroom.report.pages import show
from netcourse.patients import Patient, generate

EXERCISE = course_exercise("score", "choice", "choices", "number")
SECOND = load_exercise(find_exercise("03b_sstr_rads"))


def sheets(learners: int, *exercises: Exercise) -> list[Sheet]:
    """Sheets learner by learner, as a folder gives them."""
    return [
        Sheet.of(exercise, file.course_seed, file.answers)
        for n in range(learners)
        for exercise in exercises
        for file in [learner(n, exercise)]
    ]


def alone(sheet: Sheet) -> tuple[Result, bytes]:
    """Mark and page of a sheet as if nobody had been marked before."""
    truth._drawn.cache_clear()
    result = grade(sheet.exercise, sheet.course_seed, sheet.answers)
    return result, show(sheet.exercise, result).html


def test_each_variant_of_a_class_is_drawn_once(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: Counter[tuple[str, int]] = Counter()

    def counting(archetype: str, seed: int = 0) -> Patient:
        drawn[archetype, seed] += 1
        return generate(archetype, seed)

    monkeypatch.setattr(truth, "generate", counting)
    truth._drawn.cache_clear()
    mark_sheets(sheets(150, EXERCISE), grade, shown=True)
    assert len(drawn) > 250  # more than a cache of one learner's patients would hold
    assert set(drawn.values()) == {1}


def test_learners_of_one_variant_get_their_own_page() -> None:
    items = {item.id: item for item in EXERCISE.items}
    given = learner(3, EXERCISE, missing=0.0)
    others = []
    for n, answer in enumerate(given.answers):
        changes = [
            {"confidence": "guess"},
            {"confidence": None},
            {"hints": 1},
            {"value": None},
            {"value": next(iter(learner(4, EXERCISE).answers)).value}
            if items[answer.item].kind == "number"
            else {"value": answer.value},
        ]
        others.append(answer.model_copy(update=changes[n % len(changes)]))
    mixed = [
        Sheet(EXERCISE, given.course_seed, answers)
        for answers in (given.answers, tuple(others), given.answers[::2], given.answers)
    ]
    expected = [alone(sheet) for sheet in mixed]
    truth._drawn.cache_clear()
    found = mark_sheets(mixed, grade, shown=True)
    assert [(one.result, one.shown and one.shown.html) for one in found] == expected
    assert len({html for _, html in expected}) == 3


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_the_marks_come_in_the_order_of_the_sheets(workers: int) -> None:
    given = sheets(16, EXERCISE, SECOND)
    found = mark_sheets(given, grade, shown=False, workers=workers)
    assert [(one.result.exercise, one.result.course_seed) for one in found] == [
        (sheet.exercise.id, sheet.course_seed) for sheet in given
    ]
    assert [one.result for one in found] == [
        grade(sheet.exercise, sheet.course_seed, sheet.answers) for sheet in given
    ]


def _no_key_for_1002(exercise: Exercise, seed: int, answers: Sequence[Answer]) -> Result:
    if seed == 1002:
        raise ExpressionError("no lesion 'L9' in this case")
    return grade(exercise, seed, answers)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_patient_without_a_key_stops_nobody_else(workers: int) -> None:
    found = mark_sheets(sheets(30, EXERCISE), _no_key_for_1002, shown=False, workers=workers)
    assert [isinstance(one.found, ExpressionError) for one in found] == [n == 2 for n in range(30)]
    with pytest.raises(ExpressionError, match="L9"):
        _ = found[2].result


def test_no_sheets_give_no_marks() -> None:
    assert mark_sheets([], grade, shown=True, workers=4) == []

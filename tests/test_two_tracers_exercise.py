"""Exercise 04 as a learner works it without a browser: both PETs beside the questions, measured and
marked in the pictures.
"""

from __future__ import annotations

import pytest

from netcourse.assessment import ExerciseView, MemoryAnswers, open_exercise
from netcourse.scanner import Study, part_positions, scan

SEED = 11


@pytest.fixture(scope="module")
def studies() -> dict[str, Study]:
    """The pictures of two of the exercise's patients, as the learner of that seed gets them."""
    session = open_exercise("04_heterogeneity", MemoryAnswers(SEED)).session
    items = {item.case: item for item in session.exercise.items if item.case in ("fast", "half")}
    return {
        str(case): scan(session.truth(item).patient, ["CT", "PT", "FDG"])
        for case, item in items.items()
    }


@pytest.fixture
def seen(studies: dict[str, Study]) -> ExerciseView:
    made = open_exercise("04_heterogeneity", MemoryAnswers(SEED))
    made.pictures.studies.update(studies)
    return made


def test_a_case_of_two_tracers_opens_with_both_pets_and_fdg_is_measured_where_fdg_is_chosen(
    seen: ExerciseView,
) -> None:
    seen.go_to("q4")
    assert seen.viewer is not None
    assert seen.viewer.mode == "two PETs"
    at = seen.viewer.study.lesions_mm["L2"]
    seen.viewer.place_voi(at, 30)
    ssr, _ = seen.take("q4")
    seen.viewer.pet = "FDG"
    seen.viewer.place_voi(at, 30)
    fdg, said = seen.take("q4")
    assert fdg > 2 * ssr, said
    assert seen.answer("q4", fdg).verdict == "right"


def test_the_arrangement_of_the_pictures_is_the_learners_until_the_next_patient(
    seen: ExerciseView,
) -> None:
    seen.go_to("q4")
    assert seen.viewer is not None
    seen.viewer.mode = "fused"
    seen.go_to("q5")
    assert seen.viewer.mode == "fused"
    seen.go_to("q7")
    assert seen.viewer.mode == "two PETs"


def test_the_needle_counts_in_the_cold_half_and_not_in_the_hot_one(seen: ExerciseView) -> None:
    seen.go_to("q7")
    assert seen.viewer is not None
    assert [marker.id for marker in seen.viewer.markers] == []
    item = seen.session.exercise.item("q7")
    parts = part_positions(seen.session.truth(item).patient)["L1"]
    fdg = seen.viewer.study["FDG"]
    assert fdg.at(parts["B"]) > 2 * fdg.at(parts["A"])
    seen.viewer.mark_mm = parts["B"]
    value, _ = seen.take("q7")
    assert (
        item.judge(value, item.key(seen.session.truth(item)), seen.session.truth(item)).share == 1.0
    )
    assert (
        item.judge(parts["A"], item.key(seen.session.truth(item)), seen.session.truth(item)).share
        < 1.0
    )
    assert seen.answer("q7", value).verdict == "right"


def test_the_exercise_asks_in_many_ways_and_every_objective_is_served() -> None:
    exercise = open_exercise("04_heterogeneity", MemoryAnswers(SEED)).session.exercise
    assert len(exercise.items) >= 12
    assert {item.kind for item in exercise.items} >= {
        "choice",
        "choices",
        "decision",
        "number",
        "order",
        "point",
    }
    assert {item.objective for item in exercise.items} == set(
        range(1, len(exercise.objectives) + 1)
    )
    assert all(item.evidence for item in exercise.items)


@pytest.mark.parametrize("seed", range(6))
def test_the_right_answers_of_any_learner_earn_every_point(seed: int) -> None:
    view = open_exercise("04_heterogeneity", MemoryAnswers(seed))
    for item in view.session.exercise.items:
        key = item.key(view.session.truth(item)).value
        told = view.answer(item.id, list(key) if isinstance(key, tuple) else key)
        assert told.verdict == "right", f"{item.id}: {told}"
    assert view.result.points == view.session.exercise.max_points


def test_what_changes_management_is_said() -> None:
    view = open_exercise("04_heterogeneity", MemoryAnswers(1))
    told = view.answer("q5", ["P2", "fdg"])
    assert "management" in str(told).lower()
    assert "NP5" in str(told)

"""Marking: what an answer is worth, which errors are told apart, and that nothing a learner writes
can break it.
"""

from __future__ import annotations

import math
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netcourse.assessment import (
    Answer,
    Exercise,
    MemoryAnswers,
    Session,
    find_exercise,
    grade,
    load_exercise,
)
from netcourse.assessment.exercise.kinds.score import neighbours
from netcourse.assessment.exercise.load import read_exercise
from netcourse.assessment.marking.scoring import ItemResult, calibrate
from netcourse.evidence import figure

SEED = 7
NOW = "2026-05-04T10:00:00+00:00"
EXERCISE = load_exercise(find_exercise("03_krenning"))
ONE_OFF = figure("assessment.score.one_off").value


def answer(
    item: str, value: Any, confidence: Any = None, hints: int = 0, version: int = EXERCISE.version
) -> Answer:
    return Answer(
        exercise=EXERCISE.id,
        version=version,
        item=item,
        value=value,
        confidence=confidence,
        hints=hints,
        time=NOW,
    )


def key(item: str, seed: int = SEED) -> Any:
    asked = EXERCISE.item(item)
    return asked.key(EXERCISE.truth(asked, seed)).value


def mark(item: str, *values: Any, seed: int = SEED, **how: Any) -> ItemResult:
    return grade(EXERCISE, seed, [answer(item, value, **how) for value in values])[item]


def seed_where(item: str, holds: Any) -> int:
    """The first learner whose patient has what a test needs."""
    asked = EXERCISE.item(item)
    truths = ((seed, EXERCISE.truth(asked, seed)) for seed in range(500))
    return next(seed for seed, truth in truths if holds(asked.key(truth), truth))


# ---------------------------------------------------------------- worth


def test_right_answers_to_everything_give_all_points() -> None:
    answers = [
        answer(item.id, list(k) if isinstance(k := key(item.id), tuple) else k)
        for item in EXERCISE.items
    ]
    result = grade(EXERCISE, SEED, answers)
    assert result.points == result.max_points == sum(item.points for item in EXERCISE.items)
    assert all(item.correct for item in result.items)


def test_nothing_answered_is_no_error() -> None:
    result = grade(EXERCISE, SEED, [])
    assert result.points == 0
    assert result.answered == result.overcalls == result.undercalls == result.management_errors == 0
    assert not result.notes
    assert result.calibration.brier is None


def test_a_score_one_class_off_is_worth_half_and_two_classes_nothing() -> None:
    seed = seed_where("q13", lambda k, truth: k.value == 4 and not neighbours(k.asked[0], truth))
    points = EXERCISE.item("q13").points
    assert [mark("q13", value, seed=seed).points for value in (4, 3, 2, 1, 0)] == [
        points,
        points * ONE_OFF,
        0,
        0,
        0,
    ]


def test_both_classes_count_in_full_when_the_lesion_lies_on_the_border_but_the_direction_is_kept() -> (
    None
):
    seed = seed_where("q3", lambda k, truth: k.value == 2 and 3 in neighbours(k.asked[0], truth))
    other = mark("q3", 3, seed=seed)
    assert other.points == other.max_points
    assert other.correct
    assert other.direction == "over"
    assert grade(EXERCISE, seed, [answer("q3", 3)]).overcalls == 0, (
        "a tie read the other way is no over-call"
    )


def test_over_call_and_under_call_are_counted_apart() -> None:
    assert key("q2") == 3
    high, low = grade(EXERCISE, SEED, [answer("q2", 4)]), grade(EXERCISE, SEED, [answer("q2", 1)])
    assert (high.overcalls, high.undercalls) == (1, 0)
    assert (low.overcalls, low.undercalls) == (0, 1)


def test_an_error_across_the_threshold_of_therapy_changes_management_and_one_beside_it_does_not() -> (
    None
):
    assert key("q2") == 3
    assert not mark("q2", 4).changes_management, "above liver stays above liver"
    assert mark("q2", 2).changes_management, "it would deny therapy to a lesion above the liver"


def test_the_planar_class_that_equals_the_liver_reaches_the_threshold() -> None:
    seed = seed_where("q4", lambda k, _: k.value == 1)
    assert mark("q4", 2, seed=seed).changes_management
    assert not mark("q4", 0, seed=seed).changes_management


def test_a_number_counts_within_its_tolerance_then_falls_in_a_line_to_nothing() -> None:
    item = EXERCISE.item("q1")
    k, truth = key("q1"), EXERCISE.truth(EXERCISE.item("q1"), SEED)
    allowed = item.allowance(k, truth)  # type: ignore[attr-defined]
    zero = figure("assessment.number.zero_at").value
    half = (1 + zero) / 2
    got = [
        mark("q1", k + sign * times * allowed).share
        for times in (0, 1, half, zero, 3 * zero)
        for sign in (1, -1)
    ]
    assert got == pytest.approx([1, 1, 1, 1, 0.5, 0.5, 0, 0, 0, 0], abs=1e-6)
    assert mark("q1", k + 3 * allowed).direction == "over"


def test_a_mark_on_the_lesion_counts_in_full_beside_it_in_part_and_elsewhere_not() -> None:
    item = EXERCISE.item("q6")
    radius = item.radius_mm(EXERCISE.truth(item, SEED))  # type: ignore[attr-defined]
    z, y, x = key("q6")
    near = figure("assessment.point.near").value
    steps = (0, radius, radius + 0.1, near * radius, near * radius + 0.1)
    share = figure("assessment.point.near_share").value
    assert [mark("q6", [z, y, x + step]).share for step in steps] == [1, 1, share, share, 0]


def test_ticking_everything_does_not_pay_and_never_costs_more_than_the_item() -> None:
    everything = [option.id for option in EXERCISE.item("q11").options]  # type: ignore[attr-defined]
    right = list(key("q11"))
    wrong = [id for id in everything if id not in right]
    assert mark("q11", everything).points == 0
    assert mark("q11", wrong).points == 0
    assert mark("q11", right[:1]).share == pytest.approx(1 / len(right))
    assert mark("q11", [*right, wrong[0]]).share == pytest.approx((len(right) - 1) / len(right))


def test_a_hint_costs_its_share_of_later_answers_and_not_of_earlier_ones() -> None:
    item = EXERCISE.item("q2")
    assert mark("q2", key("q2"), hints=1).points == pytest.approx(
        item.points * (1 - item.hint_cost)
    )
    before = [answer("q2", key("q2")), answer("q2", None, hints=1)]
    assert grade(EXERCISE, SEED, before)["q2"].points == item.points


def test_the_first_checked_answer_counts_unless_the_page_says_the_last() -> None:
    assert mark("q2", 1, 3).value == 1
    assert mark("q2", 1, 3).attempts == 2
    assert (
        grade(
            EXERCISE.model_copy(update={"attempts": "last"}),
            SEED,
            [answer("q2", 1), answer("q2", 3)],
        )["q2"].value
        == 3
    )


def test_answers_to_other_exercises_and_versions_are_told_apart() -> None:
    other = answer("q2", 3).model_copy(update={"exercise": "other"})
    assert grade(EXERCISE, SEED, [other]).answered == 0
    told = grade(EXERCISE, SEED, [answer("q2", 3, version=EXERCISE.version + 1), answer("q99", 3)])
    assert told.answered == 1
    assert any("version" in note for note in told.notes)
    assert any("'q99' is no item" in note for note in told.notes)


def test_confidence_is_judged_by_how_often_it_was_right() -> None:
    results = [
        ItemResult(f"q{n}", "score", 1, 1, answered=True, correct=right, confidence="sure")
        for n, right in enumerate([True, False])
    ]
    stated = figure("assessment.confidence.sure").value
    assert calibrate(results).brier == pytest.approx(((1 - stated) ** 2 + stated**2) / 2)
    assert [(level.answers, level.right) for level in calibrate(results).levels] == [
        (0, 0),
        (0, 0),
        (2, 1),
    ]


def test_objectives_add_up_to_the_mark() -> None:
    session = Session(EXERCISE, MemoryAnswers(SEED))
    for item in EXERCISE.items[::2]:
        session.answer(item.id, key(item.id), "sure")
    summary = session.summary()
    assert sum(one.points for one in summary.objectives) == pytest.approx(summary.result.points)
    assert sum(one.max_points for one in summary.objectives) == EXERCISE.max_points
    for one in summary.objectives:
        assert one.objective in str(summary)


# ---------------------------------------------------------------- feedback


def test_feedback_says_what_was_seen_the_rule_its_source_and_what_would_change_it() -> None:
    session = Session(EXERCISE, MemoryAnswers(SEED))
    told = session.answer("q2", 1, "sure")
    text = str(told)
    truth = EXERCISE.truth(EXERCISE.item("q2"), SEED)
    assert f"SUVmax {truth.value('suv_max(L2)'):.1f}" in text
    liver = truth.value('reference("liver")')
    assert f"liver {liver:.1f}" in text
    for part in (
        "Right is: 3",
        "an under-call",
        "Changes management",
        "[D1, ",
        "Would change it",
        "Krenning",
        "not for patient care",
    ):
        assert part in text, part
    for cited in told.references:
        assert cited.titles
        assert cited.mark in "SVKT"


def test_every_line_of_feedback_that_cites_has_its_source_and_mark_listed() -> None:
    session = Session(EXERCISE, MemoryAnswers(SEED))
    for item in EXERCISE.items:
        told = session.answer(item.id, key(item.id))
        listed = {reference.cite for reference in told.references}
        assert listed, item.id
        assert {line.cite for line in told.lines if line.cite} <= listed, item.id


def test_text_from_pages_is_escaped_in_feedback() -> None:
    rows = EXERCISE.model_dump(by_alias=True, exclude_none=True, exclude={"variants"})
    rows["items"] = [dict(row) for row in rows["items"]]
    row = next(row for row in rows["items"] if row["id"] == "q2")
    row["explain"] = "<img src=x onerror=alert(1)>"
    for one in rows["items"]:
        one.pop("shown", None)
    exercise = read_exercise(rows)
    html = Session(exercise, MemoryAnswers(SEED)).answer("q2", 3).html
    assert "<img" not in html
    assert "&lt;img" in html


# ---------------------------------------------------------------- whatever comes

values = st.one_of(
    st.none(),
    st.integers(-(10**15), 10**15),
    st.floats(-1e9, 1e9),
    st.text(max_size=20).filter(str.isprintable),  # a file with anything else is refused whole
    st.lists(
        st.one_of(st.floats(-1e9, 1e9), st.sampled_from(["l2_liver", "physiologic", "x"])),
        max_size=6,
    ),
)
entries = st.builds(
    answer,
    item=st.sampled_from([*(item.id for item in EXERCISE.items), "q99"]),
    value=values,
    confidence=st.sampled_from([None, "guess", "fairly sure", "sure"]),
    hints=st.integers(0, 9),
    version=st.integers(1, 3),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(entries, max_size=30), st.integers(0, 2**31 - 1))
def test_whatever_a_learner_writes_the_mark_lies_between_nothing_and_all(
    answers: list[Answer], seed: int
) -> None:
    result = grade(EXERCISE, seed, answers)
    for item in result.items:
        assert type(item.points) is float
        assert 0 <= item.points <= item.max_points
        assert math.isfinite(item.points)
        assert item.answered or item.points == 0
    assert 0 <= result.points <= result.max_points
    assert result == grade(EXERCISE, seed, answers), "the same answers give the same mark"


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 4), st.integers(0, 300))
def test_a_score_nearer_to_the_key_is_never_worth_less(value: int, seed: int) -> None:
    k = key("q2", seed)
    here = mark("q2", value, seed=seed).points
    nearer = value + (k > value) - (k < value)
    assert mark("q2", nearer, seed=seed).points >= here


@pytest.mark.parametrize("value", [True, "3", 3.0, 5, -1, None, [3]])
def test_a_score_is_a_whole_number_from_0_to_4_and_nothing_that_looks_like_one(value: Any) -> None:
    with pytest.raises(ValueError, match="no score"):
        EXERCISE.item("q2").accept(value)


# ---------------------------------------------------------------- what marking does not need


@pytest.mark.parametrize(
    ("module", "without"),
    [
        (
            "netcourse.decisions.board, netcourse.decisions.prrt, netcourse.decisions.ct",
            (
                "numpy",
                "matplotlib",
                "ipywidgets",
                "anywidget",
                "scipy",
                "netcourse.scanner",
                "netcourse.reading",
            ),
        ),
        (
            "netcourse.assessment",
            (
                "numpy",
                "matplotlib",
                "ipywidgets",
                "anywidget",
                "netcourse.reading",
                "netcourse.scanner",
            ),
        ),
        ("netcourse.classroom", ("ipywidgets", "anywidget", "matplotlib", "netcourse.reading")),
    ],
)
def test_rules_and_marking_run_without_screen_or_arrays(
    module: str, without: tuple[str, ...]
) -> None:
    code = f"import sys, {module}; print([name for name in {without!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_an_exercise_is_frozen() -> None:
    assert isinstance(EXERCISE, Exercise)
    with pytest.raises(ValueError, match="frozen"):
        EXERCISE.title = "other"

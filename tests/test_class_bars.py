"""What a class answered is held against each learner's own right answer, not against that of one
variant.
"""

from __future__ import annotations

from html import escape
from pathlib import Path

import pytest
import synthetic_class

from netcourse.assessment import Exercise, Result, find_exercise, grade, load_exercise
from netcourse.assessment.exercise.item import OWN_RIGHT
from netcourse.classroom import grade_folder
from netcourse.classroom.live.moment import CohortReader
from netcourse.classroom.live.screen import question
from netcourse.classroom.report.analysis import analyse
from netcourse.evidence import figure

KRENNING = synthetic_class.KRENNING
LEARNERS = 24


def results(exercise: Exercise = KRENNING) -> list[Result]:
    files = [synthetic_class.learner(n, exercise) for n in range(LEARNERS)]
    return [grade(exercise, file.course_seed, file.answers) for file in files]


def test_where_variants_differ_the_bar_of_right_counts_everyone_who_was_right() -> None:
    found = analyse(KRENNING, results())
    several = [one for one in found.items if len({right for right, _ in one.grid.counts}) > 1]
    scores = [one for one in several if one.item.kind == "score"]
    assert scores, "the exercise has variants with several right answers"
    for one in scores:
        bars = list(one.item.bars(one.grid.counts, KRENNING.truth(one.item, 1000)))
        right = next(bar for bar in bars if bar.right)
        truly = sum(n for (key, given), n in one.grid.counts.items() if key == given)
        assert (right.words, right.n, right.of) == (OWN_RIGHT, truly, one.answered)
        assert sum(bar.n for bar in bars) == one.answered
        low = sum(n for (key, given), n in one.grid.counts.items() if given < key)
        assert sum(bar.n for bar in bars if "too low" in bar.words) == low


def test_where_all_have_one_right_answer_the_answers_themselves_are_shown() -> None:
    found = analyse(KRENNING, results())
    alike = [one for one in found.items if len({right for right, _ in one.grid.counts}) == 1]
    scores = [one for one in alike if one.item.kind == "score"]
    for one in scores:
        bars = list(one.item.bars(one.grid.counts, KRENNING.truth(one.item, 1000)))
        assert [bar.words for bar in bars] == [f"Score {level}" for level in range(5)]
        (key,) = {right for right, _ in one.grid.counts}
        assert [bar.right for bar in bars] == [level == key for level in range(5)]


@pytest.mark.parametrize("name", ["02_tracer_choice", "05_prrt_eligibility", "03b_sstr_rads"])
def test_every_kind_accounts_for_every_answer(name: str) -> None:
    exercise = load_exercise(find_exercise(name))
    for item in exercise.items:
        keys = [
            item.compared(item.key(exercise.truth(item, seed)).value, "right")
            for seed in range(1, 6)
        ]
        counts = {(key, key): keys.count(key) for key in keys}
        truth = exercise.truth(item, 1)
        right = [bar for bar in item.bars(counts, truth) if bar.right]
        assert right, item.id
        if item.kind != "choices":
            assert sum(bar.n for bar in right) == 5, item.id
        assert not any(bar.right for bar in item.bars(counts, truth, told=False))


def test_ticks_are_told_apart_by_where_they_are_true() -> None:
    exercise = load_exercise(find_exercise("03_krenning"))
    item = next(item for item in exercise.items if item.kind == "choices")
    first, second, *_ = (option.id for option in item.options)  # type: ignore[attr-defined]
    counts = {((first,), (first,)): 3, ((second,), (first, second)): 2}
    told = {bar.words: bar for bar in item.bars(counts, exercise.truth(item, 1))}
    where_true = next(bar for words, bar in told.items() if words.endswith("ticked where true"))
    where_not = next(bar for words, bar in told.items() if words.endswith("where not true"))
    assert (where_true.n, where_true.of) == (3, 3)
    assert (where_not.n, where_not.of) == (2, 2)


def test_the_live_view_says_who_is_right_only_with_the_reference(tmp_path: Path) -> None:
    for n in range(8):
        path = tmp_path / f"{n}.json"
        path.write_text(synthetic_class.learner(n).to_json(), encoding="utf-8")
    moment = CohortReader(tmp_path, KRENNING).look()
    assert moment is not None
    assert "Score 3" in question(moment, "q2")
    assert OWN_RIGHT not in question(moment, "q2")
    shown = question(moment, "q2", reference=True)
    assert OWN_RIGHT in shown or "✓" in shown


def test_the_class_page_shows_the_same_bars(tmp_path: Path) -> None:
    for n in range(LEARNERS):
        path = tmp_path / "in" / f"{n}.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(synthetic_class.learner(n).to_json(), encoding="utf-8")
    grade_folder(tmp_path / "in", tmp_path / "out")
    page = (tmp_path / "out" / "class.html").read_text(encoding="utf-8")
    found = analyse(KRENNING, results())
    for one in found.to_discuss[: int(figure("assessment.class.debrief").value)]:
        seed = next(r.course_seed for r in found.results if r[one.item.id].answered)
        for bar in one.item.bars(one.grid.counts, KRENNING.truth(one.item, seed)):
            assert f"{'✓ ' if bar.right else ''}{escape(bar.words)}</span>" in page

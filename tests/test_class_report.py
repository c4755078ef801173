"""The class report and the gradebook say what the class did, name nobody unasked, and come out
whole or not at all.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import synthetic_class

from netcourse.assessment import Answer, AnswersFile, Exercise, Result, grade
from netcourse.classroom import grade_folder
from netcourse.classroom.report import gradebook_sqlite as book_module
from netcourse.classroom.report.analysis import analyse, disagreement, discrimination
from netcourse.classroom.report.picture import case_picture, take
from netcourse.evidence import figure
from netcourse.patients import generate

SCORES = synthetic_class.course_exercise("score")
ENOUGH = int(figure("assessment.class.enough").value)


def results(exercise: Exercise, learners: int) -> list[Result]:
    return [
        grade(exercise, file.course_seed, file.answers)
        for n in range(learners)
        if (file := synthetic_class.learner(n, exercise))
    ]


def of(n: int, exercise: Exercise, **said: int) -> Result:
    """A learner who is right throughout, save where told."""
    seed = 1000 + n
    at = "2026-05-04T10:00:00+00:00"
    values = {
        item.id: said.get(item.id, item.key(exercise.truth(item, seed)).value)
        for item in exercise.items
    }
    return grade(
        exercise,
        seed,
        [
            Answer(exercise=exercise.id, version=1, item=id, value=value, time=at)
            for id, value in values.items()
        ],
    )


# ---------------------------------------------------------------- analysis


def test_difficulty_is_the_mean_credit_of_those_who_answered() -> None:
    first = SCORES.items[0]
    right = first.key(SCORES.truth(first, 1000)).value
    found = analyse(
        SCORES, [of(0, SCORES), of(1, SCORES, **{first.id: 0}), grade(SCORES, 1002, [])]
    )
    assert right == 3
    assert found.items[0].share == pytest.approx(0.5)
    assert (found.items[0].answered, found.items[0].under, found.items[0].over) == (2, 1, 0)


def test_discrimination_is_the_correlation_with_the_rest_and_untold_for_few() -> None:
    dice = np.random.default_rng(2)
    shares = dice.choice([0, 0.5, 1], (30, 6)).astype(float)
    assert discrimination(shares, 2) == pytest.approx(
        np.corrcoef(shares[:, 2], np.delete(shares, 2, 1).sum(axis=1))[0, 1]
    )
    assert discrimination(shares[: ENOUGH - 1], 2) is None
    assert discrimination(shares[:ENOUGH], 2) is not None
    shares[:, 2] = 1
    assert discrimination(shares, 2) is None


def test_a_question_that_only_the_weak_get_right_is_marked() -> None:
    items = SCORES.items
    strong = [of(n, SCORES, **{items[0].id: 1}) for n in range(ENOUGH)]
    weak = [of(n, SCORES, **{item.id: 0 for item in items[1:]}) for n in range(ENOUGH)]
    found = analyse(SCORES, [*strong, *weak])
    assert found.items[0].discrimination < 0  # type: ignore[operator]
    assert found.items[0].weak
    assert not found.items[1].weak


def test_the_question_that_splits_the_class_comes_before_the_one_that_all_get_wrong() -> None:
    split, all_wrong, *_ = SCORES.items
    class_ = [of(n, SCORES, **{split.id: n % 4, all_wrong.id: 0}) for n in range(20)]
    first, *_ = analyse(SCORES, class_).to_discuss
    assert first.item.id == split.id
    assert analyse(SCORES, class_).hardest_first[0].item.id == all_wrong.id


def test_learners_whose_variants_have_other_right_answers_do_not_disagree() -> None:
    assert disagreement([("2", "2"), ("3", "3"), ("2", "2")]) == 0
    assert disagreement([("2", "2"), ("2", "3"), ("2", "2"), ("2", "3")]) == pytest.approx(4 / 6)


def test_a_perfect_class_agrees_fully_and_a_guessing_one_hardly() -> None:
    perfect = analyse(SCORES, [of(n, SCORES) for n in range(20)])
    assert (perfect.kappa.value, perfect.alpha.value, perfect.exact) == pytest.approx((1, 1, 1))
    dice = np.random.default_rng(4)
    guessing = analyse(
        SCORES,
        [
            of(n, SCORES, **{item.id: int(dice.integers(0, 5)) for item in SCORES.items})
            for n in range(40)
        ],
    )
    assert guessing.alpha.value < 0.1
    assert guessing.kappa.value < 0.25
    assert guessing.kappa.low < guessing.kappa.value < guessing.kappa.high


def test_the_grid_counts_every_score_once_where_it_belongs() -> None:
    class_ = results(SCORES, 25)
    found = analyse(SCORES, class_)
    by_hand: Counter[tuple[int, int]] = Counter()
    for result in class_:
        for item in SCORES.items:
            if result[item.id].answered:
                by_hand[
                    item.key(SCORES.truth(item, result.course_seed)).value, result[item.id].value
                ] += 1
    assert found.scores.counts == by_hand


# ---------------------------------------------------------------- the page


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("class")
    synthetic_class.lay_out(folder / "in", 40)
    assert grade_folder(folder / "in", folder / "out", pictures=True).exit_status == 1
    return folder / "out"


def test_the_class_report_holds_what_an_instructor_discusses_and_names_nobody(graded: Path) -> None:
    page = (graded / "class.html").read_text(encoding="utf-8")
    for words in (
        "To discuss",
        "weighted kappa",
        "Krippendorff's alpha",
        "0.64 (0.57 to 0.70)",
        "Brier score",
        "The rule",
        "said 3",
    ):
        assert words in page, words
    assert "amber-heron" not in page.split("Files that could not be graded")[0]
    assert page.count("<img") >= 3
    assert all(re.search(r'alt="[^"]{20,}"', image) for image in re.findall(r"<img[^>]*>", page))
    assert "<script" not in page
    assert not re.findall(r'src="(?!data:image/png;base64,)|@import|url\(', page)


def test_marks_stand_in_the_report_when_asked_for(graded: Path, tmp_path: Path) -> None:
    grade_folder(graded.parent / "in", tmp_path / "named", names=True)
    assert "amber-heron-1000" in (tmp_path / "named" / "class.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("shows", ["pet_ct", "ct_phases", "two_pets"])
def test_a_picture_shows_the_lesion_ringed_and_a_story_has_none(shows: str) -> None:
    patient = generate("cold_half" if shows == "two_pets" else "hidden_metastases", 2)
    study = take(patient, shows)
    assert study is not None
    ringed, bare = case_picture(study, shows, ["L1"]), case_picture(study, shows, [])
    assert ringed.startswith(b"\x89PNG")
    assert ringed != bare
    assert take(patient, "story") is None


# ---------------------------------------------------------------- the gradebook


def dump(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as book:
        return list(book.iterdump())


def test_the_gradebook_holds_every_mark_and_every_refusal(graded: Path) -> None:
    with closing(sqlite3.connect(graded / "gradebook.sqlite")) as book:
        assert book.execute("select count(*) from learner").fetchone() == (40,)
        assert book.execute("select count(*) from rejected").fetchone() == (30,)
        summed = book.execute(
            "select pseudonym, sum(points) from item_result group by pseudonym order by 1"
        ).fetchall()
        told = book.execute("select pseudonym, points from result order by 1").fetchall()
        assert summed == [(name, pytest.approx(points)) for name, points in told]
        said = {
            json.loads(answer)
            for (answer,) in book.execute(
                "select answer from item_result where kind = 'score' and answered"
            )
        }
        assert said <= {0, 1, 2, 3, 4}
        assert (
            "names only where"
            in book.execute("select says from about where what = 'personal data'").fetchone()[0]
        )
        assert book.execute("pragma foreign_key_check").fetchall() == []


def test_grading_again_gives_the_same_book_and_forgets_whose_file_was_taken_out(
    tmp_path: Path,
) -> None:
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    for n in range(3):
        (folder / f"{n}.json").write_text(synthetic_class.learner(n).to_json(), encoding="utf-8")
    grade_folder(folder, out)
    first = dump(out / "gradebook.sqlite")
    grade_folder(folder, out)
    assert dump(out / "gradebook.sqlite") == first
    (folder / "1.json").unlink()
    grade_folder(folder, out)
    assert not any("amber-heron-1001" in line for line in dump(out / "gradebook.sqlite"))
    assert any("amber-heron-1002" in line for line in dump(out / "gradebook.sqlite"))


def test_a_run_that_breaks_midway_leaves_the_old_book(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "0.json").write_text(synthetic_class.learner(0).to_json(), encoding="utf-8")
    grade_folder(tmp_path / "in", tmp_path / "out")
    before = (tmp_path / "out" / "gradebook.sqlite").read_bytes()
    (tmp_path / "in" / "1.json").write_text(synthetic_class.learner(1).to_json(), encoding="utf-8")
    with monkeypatch.context() as broken:
        broken.setattr(
            book_module, "_items", lambda one: (_ for _ in ()).throw(OSError("the disk is full"))
        )
        assert grade_folder(tmp_path / "in", tmp_path / "out").exit_status == 2
    assert (tmp_path / "out" / "gradebook.sqlite").read_bytes() == before


def test_a_learner_who_answered_nothing_stands_in_the_book_with_nothing(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.json").write_text(
        AnswersFile(pseudonym="blue-owl-1", course_seed=3).to_json(), encoding="utf-8"
    )
    grade_folder(tmp_path / "in", tmp_path / "out")
    with closing(sqlite3.connect(tmp_path / "out" / "gradebook.sqlite")) as book:
        assert book.execute("select points, answered, brier from result").fetchone() == (
            0.0,
            0,
            None,
        )

"""Errors shared beyond chance are told; errors that everyone makes, and honest classes, are not."""

from __future__ import annotations

import random
from pathlib import Path

import synthetic_class

from netcourse.assessment import AnswersFile, grade
from netcourse.classroom import grade_folder
from netcourse.classroom.grade.similarity import at_least, pairs_alike

KRENNING = synthetic_class.KRENNING


def weak_learner(n: int, seed: int = 1000) -> AnswersFile:
    """Someone who misses most questions, each time by an answer drawn for themselves."""
    dice = random.Random(n)
    base = synthetic_class.learner(n, KRENNING, missing=0.0, course_seed=seed)
    answers = []
    for answer in base.answers:
        item = KRENNING.item(answer.item)
        key = item.key(KRENNING.truth(item, seed)).value
        said = key if dice.random() < 0.1 else synthetic_class.beside(item, key, dice)
        kept = list(said) if isinstance(said, tuple) else said
        answers.append(answer.model_copy(update={"value": kept}))
    return base.model_copy(update={"answers": tuple(answers)})


def copied(file: AnswersFile, name: str, changed: int = 2) -> AnswersFile:
    """Another's answers under a new name, at other times, a few of them put right."""
    answers = []
    for n, answer in enumerate(file.answers):
        value = answer.value
        if n < changed:
            item = KRENNING.item(answer.item)
            key = item.key(KRENNING.truth(item, file.course_seed)).value
            value = list(key) if isinstance(key, tuple) else key
        answers.append(
            answer.model_copy(update={"time": answer.time.replace("T10", "T11"), "value": value})
        )
    return file.model_copy(update={"pseudonym": name, "answers": tuple(answers)})


def found(files: list[AnswersFile]) -> set[tuple[str, str]]:
    results = {file.pseudonym: grade(KRENNING, file.course_seed, file.answers) for file in files}
    return {(pair.one, pair.other) for pair in pairs_alike(KRENNING, results)}


def test_a_copy_with_a_few_changes_is_told_of_in_a_class_that_errs_much(tmp_path: Path) -> None:
    files = [weak_learner(n) for n in range(23)]
    copy = copied(files[4], "zebra-owl-1")
    assert found([*files, copy]) == {(files[4].pseudonym, "zebra-owl-1")}
    for file in (*files, copy):
        path = tmp_path / f"{file.pseudonym}.json"
        path.write_text(file.to_json(), encoding="utf-8")
    report = grade_folder(tmp_path, exercises=[KRENNING])
    notes = {one.pseudonym: "; ".join(one.notes) for one in report.graded}
    assert "the very same as those of zebra-owl-1" in notes[files[4].pseudonym]
    assert f"those of {files[4].pseudonym}" in notes["zebra-owl-1"]
    assert sum("the very same" in note for note in notes.values()) == 2


def test_honest_classes_are_hardly_ever_accused() -> None:
    accused = [found([weak_learner(100 * c + n) for n in range(24)]) for c in range(12)]
    assert sum(map(bool, accused)) == 0


def test_an_error_that_everyone_makes_accuses_nobody() -> None:
    model = weak_learner(3)
    files = [copied(model, f"amber-owl-{n}", changed=0) for n in range(24)]
    assert found(files) == set()


def test_at_least_agrees_with_counting_by_hand() -> None:
    assert at_least(1, [0.5, 0.2]) == 1 - 0.5 * 0.8
    assert abs(at_least(3, [0.1, 0.2, 0.3]) - 0.006) < 1e-12
    assert at_least(4, [0.9, 0.9, 0.9]) == 0.0

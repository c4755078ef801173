"""How long it takes to grade a class: this course's way, alone and with its files, and nbgrader's
beside it.

    python benchmarks/grading.py [--learners 200] [--with-nbgrader]

Ratios carry over to other machines, seconds do not. nbgrader, where it is installed, grades ten
notebooks of the same questions, each with one cell that answers them; its time is given per
submission.
"""

from __future__ import annotations

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from netcourse.assessment import Answer, AnswersFile, Exercise, find_exercise, grade, load_exercise
from netcourse.classroom import grade_folder

EXERCISE = load_exercise(find_exercise("03_krenning"))
NBGRADER_NOTEBOOKS = 10


def learner(n: int, exercise: Exercise) -> AnswersFile:
    """One learner with a few wrong answers and one left out."""
    draw = random.Random(n)
    answers = []
    for i, item in enumerate(exercise.items):
        key = item.key(exercise.truth(item, n)).value
        if item.kind == "score":
            key = min(4, max(0, key + draw.choice([0, 0, 0, 1, -1])))
        elif item.kind == "number":
            key *= draw.choice([1, 1.05, 1.4])
        if draw.random() > 1 / len(exercise.items):
            value = list(key) if isinstance(key, tuple) else key
            time_ = f"2026-05-04T10:00:{i:02d}.{n:06d}+00:00"
            answers.append(
                Answer(
                    exercise=exercise.id,
                    version=exercise.version,
                    item=item.id,
                    value=value,
                    confidence="sure",
                    time=time_,
                )
            )
    return AnswersFile(pseudonym=f"amber-heron-{1000 + n}", course_seed=n, answers=tuple(answers))


def seconds(work: Callable[[], object], times: int = 3) -> float:
    """Return the best of a few runs."""
    best = float("inf")
    for _ in range(times):
        began = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - began)
    return best


def nbgrader_per_submission(folder: Path) -> float | None:
    """Return what nbgrader's autograde needs for one submission, None where it is not installed."""
    if shutil.which("nbgrader") is None:
        return None
    import nbformat

    source = folder / "source" / "ps1"
    source.mkdir(parents=True)
    graded = {
        "nbgrader": {
            "schema_version": 3,
            "grade": True,
            "solution": False,
            "locked": True,
            "task": False,
            "grade_id": "g1",
            "points": 1,
        }
    }
    cells = [
        nbformat.v4.new_code_cell("score = 3"),
        nbformat.v4.new_code_cell("assert score == 3", metadata=graded),
    ]
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata["kernelspec"] = {
        "name": "python3",
        "display_name": "Python 3",
        "language": "python",
    }
    nbformat.write(notebook, source / "work.ipynb")
    for command in ("db assignment add ps1", "generate_assignment ps1"):
        subprocess.run(["nbgrader", *command.split()], cwd=folder, check=True, capture_output=True)
    for n in range(NBGRADER_NOTEBOOKS):
        shutil.copytree(folder / "release" / "ps1", folder / "submitted" / f"u{n:02d}" / "ps1")
    began = time.perf_counter()
    subprocess.run(["nbgrader", "autograde", "ps1"], cwd=folder, check=True, capture_output=True)
    return (time.perf_counter() - began) / NBGRADER_NOTEBOOKS


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--learners", type=int, default=200)
    options.add_argument("--with-nbgrader", action="store_true")
    given = options.parse_args()
    files = [learner(n, EXERCISE) for n in range(given.learners)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "in"
        folder.mkdir()
        for file in files:
            (folder / f"{file.pseudonym}.json").write_text(file.to_json(), encoding="utf-8")
        began = time.perf_counter()
        grade_folder(folder)
        first = time.perf_counter() - began
        pure = seconds(lambda: [grade(EXERCISE, file.course_seed, file.answers) for file in files])
        read = seconds(lambda: grade_folder(folder))
        pages = seconds(lambda: grade_folder(folder, Path(name) / "out"), times=1)
        print(f"{given.learners} learners × {len(EXERCISE.items)} items")
        for what, took in (
            ("grade() alone", pure),
            ("grade_folder, first run of the process", first),
            ("grade_folder, again", read),
            ("grade_folder with gradebook and a page per learner", pages),
        ):
            print(
                f"  {what:<52} {took:7.3f} s   {1000 * took / given.learners:7.3f} ms per learner  "
                f" ratio {took / pure:6.1f}"
            )
        if given.with_nbgrader:
            each = nbgrader_per_submission(Path(name) / "nbgrader")
            if each is None:
                print("  nbgrader is not installed: pip install nbgrader", file=sys.stderr)
            else:
                ratio = each * given.learners / pure
                print(
                    f"  {'nbgrader autograde, one question only':<52} {'':9}   {1000 * each:7.0f}"
                    f" ms per learner   ratio {ratio:6.0f}"
                )


if __name__ == "__main__":
    main()

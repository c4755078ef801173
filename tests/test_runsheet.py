"""The instructor's sheet and slides come from the course's own exercises and notebooks, and agree
with its marks.
"""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest
from typer.testing import CliRunner

from netcourse.assessment import course_exercises, load_exercise
from netcourse.assessment.marking.scoring import mark_value
from netcourse.classroom.report.run_sheet import MINUTES, right_answers, run_sheet, wrong_answers
from netcourse.cli import app
from netcourse.course.slides import find_notebook, slides
from netcourse.evidence import figure

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize("path", course_exercises(), ids=lambda path: path.stem)
def test_every_exercise_of_the_course_has_a_sheet_with_each_of_its_questions(path: Path) -> None:
    exercise = load_exercise(path)
    sheet = run_sheet(exercise, 4)
    assert sheet.count("<article>") == len(exercise.items)
    assert "<script" not in sheet
    assert "{" not in re.sub(r"<style>.*?</style>", "", sheet, flags=re.DOTALL), (
        "every placeholder is filled"
    )


def test_the_wrong_answers_to_expect_are_wrong_by_the_marks() -> None:
    exercise = load_exercise(ROOT / "exercises" / "03_krenning.toml")
    for item in exercise.items:
        if item.kind != "score":
            continue
        truth = exercise.truth(item, 1)
        for said, _, alarm in wrong_answers(exercise, item):
            marked = mark_value(exercise, item, int(said[0]), 1)
            assert marked.value != item.key(truth).value
            assert marked.changes_management == alarm


def test_right_answers_are_counted_over_variants() -> None:
    exercise = load_exercise(ROOT / "exercises" / "03_krenning.toml")
    assert right_answers(exercise, exercise.item("q3"), 60).most_common(1)[0][0] == "2"
    assert right_answers(exercise, exercise.item("q3"), 60).total() == 60


def test_the_hour_has_sixty_minutes_here_and_in_the_handbook() -> None:
    lengths = [figure(f"assessment.hour.{part}").value for part in MINUTES]
    assert sum(lengths) == 60
    starts = [sum(lengths[:n]) for n in range(len(lengths) + 1)]
    told = re.findall(
        r"^\| (\d+)–(\d+) \|", (ROOT / "HANDBOOK.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert [(int(a), int(b)) for a, b in told] == list(pairwise(starts))


@pytest.mark.parametrize(
    "path", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda path: path.stem
)
def test_slides_hold_a_lessons_prose_and_pictures_without_code_or_script_and_ask_nobody(
    path: Path,
) -> None:
    page = slides(path)
    assert page.count('class="nc-slide"') >= 2
    assert "<script" not in page
    assert (
        "import " not in re.sub(r"<[^>]+>", "", page).split("</style>")[-1]
        or "from netcourse" not in page
    )
    assert not re.findall(r'(?:src|href)="https?://[^"]*\.(?:js|css|woff2?)"', page)


def test_the_commands_write_their_page_and_say_what_there_is(tmp_path: Path) -> None:
    done = CliRunner().invoke(
        app, ["run-sheet", "03_krenning", "--out", str(tmp_path / "sheet.html")]
    )
    assert done.exit_code == 0
    assert "Run-sheet" in (tmp_path / "sheet.html").read_text(encoding="utf-8")
    done = CliRunner().invoke(
        app, ["slides", "03_krenning", "--out", str(tmp_path / "slides.html")]
    )
    assert done.exit_code == 0
    assert find_notebook("03_krenning").parent.name == "notebooks", "the lesson, not the exercise"
    missing = CliRunner().invoke(app, ["slides", "09_none"])
    assert missing.exit_code == 1
    assert "03_krenning" in missing.stderr
    assert CliRunner().invoke(app, ["run-sheet", "09_none"]).exit_code == 1

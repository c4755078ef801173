"""nbgrader end to end: the same marks as our own grader, and nothing that a learner puts into a
submission gains anything.
"""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
import zipfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import synthetic_class
from typer.testing import CliRunner

from netcourse.assessment import find_exercise, grade, load_exercise
from netcourse.classroom.nbgrader.names import submission_of
from netcourse.classroom.nbgrader.source import source_notebook
from netcourse.cli import app

ROOT = Path(__file__).resolve().parents[1]
NAME = "03_krenning"
EXERCISE = load_exercise(find_exercise(NAME))
HONEST = 20
needs_nbgrader = pytest.mark.skipif(
    find_spec("nbgrader") is None,
    reason="nbgrader is not installed: pip install 'netcourse[nbgrader]'",
)


def test_the_source_notebook_takes_points_and_questions_from_the_exercise() -> None:
    cells = json.loads(source_notebook(EXERCISE, NAME))["cells"]
    marks = [cell["metadata"]["nbgrader"] for cell in cells if "nbgrader" in cell["metadata"]]
    assert [mark["grade_id"] for mark in marks] == [f"{NAME}--{item.id}" for item in EXERCISE.items]
    assert [mark["points"] for mark in marks] == [item.points for item in EXERCISE.items]
    assert all(mark["locked"] and mark["grade"] and not mark["solution"] for mark in marks)


def test_the_command_writes_notebook_and_config_and_never_over_others(tmp_path: Path) -> None:
    words = ["nbgrader", NAME, "--course", str(tmp_path / "nuc"), "--assignment", "ps1"]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    assert "nbgrader generate_assignment ps1" in done.stdout
    config = (tmp_path / "nuc" / "nbgrader_config.py").read_text(encoding="utf-8")
    compile(config, "nbgrader_config.py", "exec")
    assert "{'ps1': ['answers.json']}" in config
    again = CliRunner().invoke(app, words)
    assert again.exit_code == 1
    assert "is there already" in again.stderr


class Course:
    """nbgrader's course folder, driven by its own commands."""

    def __init__(self, root: Path, exchange: Path) -> None:
        self.root = root
        exchange.mkdir(mode=0o777)
        exchange.chmod(0o777)
        assert (
            CliRunner()
            .invoke(app, ["nbgrader", NAME, "--course", str(root), "--assignment", "ps1"])
            .exit_code
            == 0
        )
        with (root / "nbgrader_config.py").open("a", encoding="utf-8") as config:
            config.write(f"c.Exchange.root = {str(exchange)!r}\n")
        self.inbound = exchange / root.name / "inbound"

    def run(self, *words: str, check: bool = True) -> str:
        env = os.environ | {
            "PYTHONPATH": str(ROOT),
            "JUPYTER_CONFIG_DIR": str(self.root / ".jupyter"),
            "PYTHONWARNINGS": "ignore",
        }
        env |= {"HOME": str(self.root), "USER": "teacher"}
        env["PATH"] = os.pathsep.join(
            [str(Path(sys.executable).parent), os.environ["PATH"]]
        )  # nbgrader calls alembic by its name
        command = [sys.executable, "-m", "nbgrader", *words]
        done = subprocess.run(
            command, cwd=self.root, env=env, capture_output=True, text=True, timeout=900
        )
        assert done.returncode == 0 or not check, done.stderr[-3000:]
        return done.stdout + done.stderr

    def submitted(self, learner: str) -> Path:
        folder = self.root / "submitted" / learner / "ps1"
        folder.mkdir(parents=True)
        shutil.copy(self.root / "release" / "ps1" / f"{NAME}.ipynb", folder)
        return folder


PLATFORMS = {
    "Moodle": ("Learner {n}_{id}_assignsubmission_file/{file}", "Learner-{n}-{id}"),
    "Canvas": ("learner{n}_{id}_9{id}_{file}", "learner{n}-{id}"),
    "Blackboard": ("Krenning_learner{n}_attempt_2026-11-30-18-11-33_{file}", "learner{n}"),
    "ILIAS": ("Krenning/Doe_Jo_learner{n}_{id}/20261130181133_{file}", "learner{n}"),
}
SIX = range(6)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_each_platforms_names_tell_the_learner_and_the_file(platform: str) -> None:
    path, who = PLATFORMS[platform]
    for n in SIX:
        for file, as_handed_in in (("answers.json", "answers (1).json"), (f"{NAME}.ipynb",) * 2):
            told = submission_of(path.format(n=n, id=800 + n, file=as_handed_in))
            assert told == {"student_id": who.format(n=n, id=800 + n), "file_id": file}


def test_what_no_platform_named_belongs_to_nobody() -> None:
    assert submission_of("extracted/answers.json") is None


@needs_nbgrader
@pytest.mark.parametrize("platform", PLATFORMS)
def test_zip_collect_takes_six_of_each_platform(platform: str, tmp_path: Path) -> None:
    course = Course(tmp_path / "nuc", tmp_path / "exchange")
    course.run("generate_assignment", "ps1")
    path, who = PLATFORMS[platform]
    archive = course.root / "downloaded" / "ps1" / "archive" / "submissions.zip"
    archive.parent.mkdir(parents=True)
    notebook = (course.root / "release" / "ps1" / f"{NAME}.ipynb").read_bytes()
    files = {n: synthetic_class.learner(n).to_json() for n in SIX}
    with zipfile.ZipFile(archive, "w") as packed:
        for n, text in files.items():
            packed.writestr(path.format(n=n, id=800 + n, file="answers.json"), text)
            packed.writestr(path.format(n=n, id=800 + n, file=f"{NAME}.ipynb"), notebook)
    course.run("zip_collect", "ps1")
    for n, text in files.items():
        folder = course.root / "submitted" / who.format(n=n, id=800 + n) / "ps1"
        assert (folder / "answers.json").read_text(encoding="utf-8") == text
        assert (folder / f"{NAME}.ipynb").exists()


def with_cell(notebook: Path, source: str, place: int = 1) -> None:
    rows = json.loads(notebook.read_text(encoding="utf-8"))
    code = {
        "cell_type": "code",
        "id": "evil",
        "metadata": {},
        "source": source,
        "execution_count": None,
        "outputs": [],
    }
    rows["cells"].insert(place, code)
    notebook.write_text(json.dumps(rows), encoding="utf-8")


ALMOST_NOTHING = synthetic_class.learner(50).model_copy(
    update={"answers": synthetic_class.learner(50).answers[:2]}
)
ALL_RIGHT = {"points": 99, "correct": True}


def hostile(course: Course, secret: Path) -> dict[str, Path]:
    """One honest answers file of two answers in every submission, and an attack beside it."""
    folders = {}

    def new(name: str, answers: str | None = None) -> Path:
        folder = folders[name] = course.submitted(name)
        (folder / "answers.json").write_text(
            ALMOST_NOTHING.to_json() if answers is None else answers, encoding="utf-8"
        )
        return folder

    with_cell(
        new("monkeypatch") / f"{NAME}.ipynb",
        "import netcourse.assessment.marking.scoring as s\ns.grade = lambda *a, **k: 99\n99.0",
    )
    shadow = new("shadow")
    (shadow / "netcourse.py").write_text("raise SystemExit('ran')\n", encoding="utf-8")
    (shadow / "json.py").write_text("raise SystemExit('ran')\n", encoding="utf-8")
    with_cell(
        new("keys") / f"{NAME}.ipynb",
        "print('THE-KEYS', [i for i in exercise.session.exercise.items])",
    )
    deleted = new("deleted") / f"{NAME}.ipynb"
    rows = json.loads(deleted.read_text(encoding="utf-8"))
    deleted.write_text(json.dumps(rows | {"cells": rows["cells"][:2]}), encoding="utf-8")
    forged = new("forged") / f"{NAME}.ipynb"
    rows = json.loads(forged.read_text(encoding="utf-8"))
    for cell in rows["cells"]:
        if "nbgrader" in cell["metadata"]:
            cell["metadata"]["nbgrader"] |= {"points": 1000, "locked": False, "solution": True}
            cell["source"] = "1000.0"
            cell["outputs"] = [
                {
                    "output_type": "execute_result",
                    "data": {"text/plain": "1000.0"},
                    "metadata": {},
                    "execution_count": 1,
                }
            ]
    forged.write_text(json.dumps(rows), encoding="utf-8")
    with_cell(new("loop") / f"{NAME}.ipynb", "while True: pass")
    with_cell(new("killer") / f"{NAME}.ipynb", "import os; os._exit(1)")
    new("marks", json.dumps(json.loads(ALMOST_NOTHING.to_json()) | ALL_RIGHT))
    new("nan", ALMOST_NOTHING.to_json().replace('"version": 1', '"version": NaN', 1))
    new("deep", "[" * 100_000)
    link = new("link")
    (link / "answers.json").unlink()
    (link / "answers.json").symlink_to(secret)
    bomb = new("bomb")
    with zipfile.ZipFile(bomb / "answers.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("answers.json", b"0" * 20_000_000)
    (new("none") / "answers.json").unlink()
    return folders


@needs_nbgrader
def test_nbgrader_marks_a_class_as_our_own_grader_does_and_attacks_gain_nothing(
    tmp_path: Path,
) -> None:
    course = Course(tmp_path / "nuc", tmp_path / "exchange")
    course.run("generate_assignment", "ps1")
    course.run("release_assignment", "ps1")
    honest = {f"u{n:02d}": synthetic_class.learner(n) for n in range(HONEST)}
    for name, file in honest.items():
        (course.submitted(name) / "answers.json").write_text(file.to_json(), encoding="utf-8")
    perfect = synthetic_class.learner(77)
    right = [item.key(EXERCISE.truth(item, perfect.course_seed)).value for item in EXERCISE.items]
    secret = tmp_path / "reference.json"
    secret.write_text(perfect.to_json(), encoding="utf-8")
    attacks = hostile(course, secret)
    shutil.copy(
        secret, course.root / "source" / "ps1" / "answers.json"
    )  # the template that would overwrite the learner's copy
    # One more comes by the exchange, with a link for its answers.
    box = course.inbound / "linked+ps1+2026-05-04 10:00:00.000000 UTC"
    box.mkdir(parents=True)
    shutil.copy(course.root / "release" / "ps1" / f"{NAME}.ipynb", box)
    (box / "answers.json").symlink_to(secret)
    (box / "timestamp.txt").write_text("2026-05-04 10:00:00.000000 UTC", encoding="utf-8")
    log = course.run("collect", "ps1")
    assert "is a link and was not collected" in log
    course.run("autograde", "ps1")
    course.run("export", "--to", str(tmp_path / "grades.csv"))
    marks = {
        row["student_id"]: float(row["score"])
        for row in csv.DictReader(
            (tmp_path / "grades.csv").read_text(encoding="utf-8").splitlines()
        )
    }
    ours = {
        name: grade(EXERCISE, file.course_seed, file.answers).points
        for name, file in honest.items()
    }
    assert {name: marks[name] for name in honest} == pytest.approx(ours)
    two = grade(EXERCISE, ALMOST_NOTHING.course_seed, ALMOST_NOTHING.answers).points
    nothing = ("marks", "nan", "deep", "link", "none", "linked")
    assert {name: marks[name] for name in (*attacks, "linked")} == pytest.approx(
        {name: 0.0 if name in nothing else two for name in (*attacks, "linked")}
    )
    course.run("generate_feedback", "ps1")
    pages = {
        name: (course.root / "feedback" / name / "ps1" / f"{NAME}.html").read_text(encoding="utf-8")
        for name in (*attacks, "u01")
    }
    assert not any("THE-KEYS" in page for page in pages.values())
    assert (
        "Not marked: this is a link" in pages["link"]
        or "Not marked: answers.json is a link" in pages["link"]
    )
    assert str(right) not in pages["link"]
    assert "points" in pages["u01"]


def test_the_mark_of_a_cell_is_a_plain_float_that_nbgrader_reads_as_such() -> None:
    pytest.importorskip("nbgrader", reason="nbgrader is not installed")
    from nbformat.v4 import new_code_cell, new_notebook
    from nbgrader.utils import determine_grade

    from netcourse.classroom.nbgrader.marks import REFUSED, GradeByData

    rows = json.loads(source_notebook(EXERCISE, NAME))
    nb: Any = new_notebook(
        cells=[new_code_cell(c["source"], metadata=c["metadata"]) for c in rows["cells"][2:]],
        metadata=rows["metadata"],
    )
    nb.metadata[REFUSED] = "no file"
    marked, _ = GradeByData().preprocess(nb, {"metadata": {"path": "."}})
    assert [determine_grade(cell)[0] for cell in marked.cells] == [0.0] * len(EXERCISE.items)
    assert all(
        output.output_type != "stream" or output.name == "stdout"
        for cell in marked.cells
        for output in cell.outputs
    )

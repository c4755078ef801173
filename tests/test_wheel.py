"""The wheel in an environment of its own, away from the checkout: what a learner installs is what
works.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
pytestmark = pytest.mark.wheel


def run(*command: str | Path, cwd: Path, status: int = 0) -> str:
    env = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("PYTHONPATH", "VIRTUAL_ENV", "COV_"))
    }
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env=env,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    run(
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--no-deps",
        "--no-build-isolation",
        "--wheel-dir",
        out,
        ROOT,
        cwd=out,
    )
    (built,) = out.glob("netcourse-*.whl")
    return built


@pytest.fixture(scope="module")
def scripts(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the commands of a clean environment lie, in which only the lock and the wheel are
    installed.
    """
    place = tmp_path_factory.mktemp("clean")
    venv.create(place / "venv", with_pip=True)
    found = place / "venv" / ("Scripts" if os.name == "nt" else "bin")
    pip = (found / "python", "-m", "pip", "--disable-pip-version-check", "install", "--quiet")
    run(*pip, "--require-hashes", "-r", ROOT / "requirements.lock", cwd=place)
    run(*pip, "--no-deps", wheel, cwd=place)
    run(found / "python", "-m", "pip", "check", cwd=place)
    return found


def test_the_wheel_carries_the_course_and_nothing_beside_it(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    carried = {
        path.relative_to(ROOT).as_posix()
        for part in ("notebooks", "exercises")
        for path in (ROOT / part).glob("*.[it][po]*")
    }
    assert len(carried) >= 4
    assert {f"netcourse/course/{name}" for name in carried} <= names
    assert not [
        name
        for name in names
        if "checkpoint" in name or "__pycache__" in name or name.endswith("answers.json")
    ]
    assert {name.split("/")[0].split("-")[0] for name in names} == {"netcourse"}


def test_the_wheel_says_who_what_and_under_which_licence(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith("METADATA"))
        metadata = archive.read(name).decode("utf-8")
        assert any(name.endswith("licenses/LICENSE") for name in archive.namelist())
    for line in (
        "License-Expression: BSD-3-Clause AND CC-BY-4.0",
        "Requires-Python: >=3.11",
        "Author: netcourse contributors",
    ):
        assert line in metadata


def test_the_course_starts_from_the_wheel_alone_and_keeps_what_the_learner_changed(
    wheel: Path, scripts: Path, tmp_path: Path
) -> None:
    imported_from = run(
        scripts / "python", "-c", "import netcourse; print(netcourse.__file__)", cwd=tmp_path
    ).strip()
    assert Path(imported_from).resolve().is_relative_to(scripts.parent.resolve())
    run(scripts / "netcourse", "start", tmp_path / "work", "--lay-out-only", cwd=tmp_path)
    lesson = tmp_path / "work" / "notebooks" / "03_krenning.ipynb"
    assert lesson.read_bytes() == zipfile.ZipFile(wheel).read(
        "netcourse/course/notebooks/03_krenning.ipynb"
    )
    page = json.loads(lesson.read_text(encoding="utf-8"))
    page["cells"].append(
        {"cell_type": "markdown", "id": "mine", "metadata": {}, "source": "My note."}
    )
    lesson.write_text(json.dumps(page), encoding="utf-8")
    (tmp_path / "work" / "answers.json").write_text("{}", encoding="utf-8")
    run(scripts / "netcourse", "start", tmp_path / "work", "--lay-out-only", cwd=tmp_path)
    assert json.loads(lesson.read_text(encoding="utf-8")) == page
    assert (tmp_path / "work" / "answers.json").read_text(encoding="utf-8") == "{}"


def test_the_computer_passes_the_check_with_the_wheel_alone(scripts: Path, tmp_path: Path) -> None:
    assert "ready for the course" in run(scripts / "netcourse", "check", tmp_path, cwd=tmp_path)


def test_an_instructor_grades_and_an_author_explains_away_from_the_checkout(
    scripts: Path, tmp_path: Path
) -> None:
    code = (
        "from netcourse.assessment import *; e = load_exercise(find_exercise('03_krenning'));"
        "Session(e, StoredAnswers('in/answers.json')).answer(e.items[0].id, 3)"
    )
    (tmp_path / "in").mkdir()
    run(scripts / "python", "-c", code, cwd=tmp_path)
    assert "1 learners graded" in run(
        scripts / "netcourse", "grade", "in", "--out", "out", cwd=tmp_path
    )
    assert (tmp_path / "out" / "grades.csv").is_file()
    assert "SYNTHETIC" in run(scripts / "netcourse", "explain", "splenectomy", cwd=tmp_path)

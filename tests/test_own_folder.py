"""An institution's own folder: layered over the course, marked as local wherever shown, checked by a
command.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from netcourse.assessment import find_exercise
from netcourse.decisions.prrt.rulebook import COURSE, own_profiles, profile
from netcourse.evidence import Mark, course_figure, figure, local_changes, own_figures
from netcourse.evidence.own import MARKER, looks_own
from netcourse.patients import archetypes

LIMIT = "prrt.course.crcl_stop"
ARCHETYPES = Path(__file__).parents[1] / "netcourse" / "patients" / "archetypes"


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A folder with a figure, a rulebook, a case and an exercise of its own."""
    folder = tmp_path / "own"
    for part in ("cases", "exercises", "figures"):
        (folder / part).mkdir(parents=True)
    page = f"\ufeff[{LIMIT}]\nvalue = 47\n"  # as Windows' editor saves it
    (folder / "figures" / "ours.toml").write_text(page, encoding="utf-8")
    rulebook = '[ours]\nname = "Our board"\nabout = "Ours."\nyear = 2026\nuptake = "liver"\n'
    (folder / "rulebooks.toml").write_text(rulebook, encoding="utf-8")
    shutil.copy(ARCHETYPES / "rectum_low_expression.toml", folder / "cases" / "our_rectum.toml")
    exercise = find_exercise("03_krenning").read_text(encoding="utf-8")
    exercise = exercise.replace('id = "03_krenning"', 'id = "ours"', 1)
    exercise = exercise.replace('"rectum_low_expression"', '"our_rectum"')
    (folder / "exercises" / "90_ours.toml").write_text(exercise, encoding="utf-8")
    return folder


def _run(code: str, home: Path | None, folder: Path) -> str:
    """Run a few lines in a process of their own, since the folder is read once."""
    env = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
    env.pop("NETCOURSE_HOME", None)
    if home:
        env["NETCOURSE_HOME"] = str(home)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env=env, capture_output=True, text=True
    )
    return done.stdout + done.stderr


def test_figures_cases_exercises_and_rulebooks_are_layered_over_the_course(
    own: Path, tmp_path: Path
) -> None:
    said = _run(
        f"""
import netcourse.decisions as d
from netcourse.assessment import find_exercise, load_exercise
from netcourse.assessment.exercise.load import course_exercises
from netcourse.classroom.report.pages import page
from netcourse.decisions.prrt.rulebook import profile, profiles
from netcourse.evidence import cite, figure
from netcourse.patients import generate
print(figure("{LIMIT}"), cite(figure("{LIMIT}")))
print(profiles(), profile("ours").name, profile("ours").asks("E14"), profile("course").name)
print(generate("our_rectum", 3))
print(load_exercise(find_exercise("90_ours")).title)
print("90_ours" in [path.stem for path in course_exercises()])
print("Local figures" in page("t", ""), "{LIMIT} = 47 mL/min (local)" in page("t", ""))
""",
        own,
        tmp_path,
    )
    figure_line, books, patient, title, listed, shown = said.strip().splitlines()
    assert "= 47 mL/min [L: local]" in figure_line
    assert "local: set by your institution" in figure_line
    assert "'ours')" in books
    assert "Our board (local)" in books
    assert "our_rectum-3" in patient
    assert "(local)" in patient
    assert title.endswith("(local)")
    assert listed == "True"
    assert shown == "True True"


def test_a_netcourse_toml_above_the_working_folder_points_to_it(own: Path, tmp_path: Path) -> None:
    (tmp_path / MARKER).write_text('home = "own"\n', encoding="utf-8")
    (tmp_path / "notebooks").mkdir()
    code = "from netcourse.evidence import local_changes; print(local_changes())"
    assert f"{LIMIT} = 47 mL/min (local)" in _run(code, None, tmp_path / "notebooks")
    (tmp_path / MARKER).write_text('home = "nowhere"\n', encoding="utf-8")
    assert "there is no such folder" in _run(code, None, tmp_path / "notebooks")


def test_the_check_names_each_page_and_what_is_wrong_with_it(own: Path, tmp_path: Path) -> None:
    command = f"import sys; from netcourse.cli import app; sys.argv = ['netcourse', 'check', r'{own}']; app()"
    good = _run(command, None, tmp_path)
    assert f"{LIMIT} = 47 mL/min (was 30)" in good
    assert "PROBLEM" not in good
    assert "This folder can be used" in good
    case = own / "cases" / "our_rectum.toml"
    case.write_text(case.read_text(encoding="utf-8").replace("sex = ", "sexx = "), encoding="utf-8")
    (own / "exercises" / "91_bad.toml").write_text("id = 3", encoding="utf-8")
    bad = _run(command, None, tmp_path)
    assert "PROBLEM  cases/our_rectum.toml" in bad
    assert "PROBLEM  exercises/91_bad.toml" in bad
    assert "ok       rulebooks.toml" in bad
    assert "can be used" not in bad


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f'[{LIMIT}]\nvalue = "47"\n', "are numbers"),
        (f"[{LIMIT}]\nvalue = nan\n", "are numbers"),
        (f"[{LIMIT}]\nvalue = true\n", "are numbers"),
        (f'[{LIMIT}]\nvalue = 47\nunit = "mL/s"\n', "the course counts in 'mL/min'"),
        (f"[{LIMIT}]\nvalue = 47\nlimit = 3\n", "unknown field limit"),
        ("[ours.new]\nvalue = 1\n", "label"),
        ("value = [", "cannot be read as TOML"),
    ],
)
def test_a_slip_in_a_page_of_figures_is_named(tmp_path: Path, text: str, said: str) -> None:
    page = tmp_path / "ours.toml"
    page.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=said) as error:
        own_figures(page)
    assert "ours.toml" in str(error.value)


def test_nobody_can_mark_their_own_figure_as_the_courses(tmp_path: Path) -> None:
    page = tmp_path / "ours.toml"
    page.write_text(f'[{LIMIT}]\nvalue = 47\nmark = "S"\n', encoding="utf-8")
    assert own_figures(page)[LIMIT].mark is Mark.L


def test_a_rulebook_takes_from_the_course_what_it_does_not_say(tmp_path: Path) -> None:
    page = tmp_path / "rulebooks.toml"
    page.write_text('[ours]\nname = "B"\nabout = "b"\nyear = 2026\n', encoding="utf-8")
    ours = own_profiles(page, profile(COURSE))["ours"]
    assert (ours.name, ours.sites) == ("B (local)", profile(COURSE).sites)
    page.write_text('[ours]\nname = "B"\nuptake = "much"\n', encoding="utf-8")
    with pytest.raises(ValueError, match=r"rulebooks.toml, \[ours\], uptake"):
        own_profiles(page, profile(COURSE))


def test_without_a_folder_the_course_is_as_it_was(own: Path, tmp_path: Path) -> None:
    assert local_changes() == []
    assert figure(LIMIT) == course_figure(LIMIT)
    assert "our_rectum" not in archetypes()
    assert looks_own(own)
    assert not looks_own(tmp_path)

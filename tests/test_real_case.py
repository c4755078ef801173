"""A department's own case: anonymised pictures in a folder, findings in a patient file, questions
in an exercise.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from dicom_files import real_series, small_study

import netcourse as nc
from netcourse.assessment import load_exercise
from netcourse.assessment.exercise.load import read_exercise
from netcourse.assessment.keys.problems import ExerciseError
from netcourse.assessment.sheet.state import static_html
from netcourse.course.case_file import read_case
from netcourse.decisions.somatostatin import krenning
from netcourse.patients.toml_file import read_toml
from netcourse.reading import Viewer, measure

pytest.importorskip("pydicom", reason="the extra dicom is not installed")

CENTRE = (-246.0, -172.0, -472.0)  # x, y, z as a DICOM viewer shows it
CASE = """
title = "Liver metastasis of our own"
sex = "female"
age_y = 55
height_cm = 165
weight_kg = 74
pictures = "dicom"

[pathology]
site = "ileum"
differentiation = "well"
ki67_percent = 4

[history]
story = "{age}-year-old {person} with an ileal NET."
course = "progressive"

[ssr]
blood_pool = 1.5
liver = 5.0
spleen = 17.0

[[lesions]]
id = "L1"
place = "liver_s6"
size_mm = 20
ssr_suv_max = 12.0
pattern = "hyper_hypo"
centre_mm = [-246.0, -172.0, -472.0]
"""
PAGE = """
id = "own"
version = 1
title = "Our own case"
objectives = ["Score a lesion"]

[[cases]]
id = "A"
archetype = "case7.toml"

[[items]]
id = "q1"
kind = "score"
case = "A"
objective = 1
prompt = "Krenning score of L1?"
key = "krenning(L1)"
explain = "In {L1.where}."
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    real_series(tmp_path / "dicom" / "ct", "CT")
    real_series(tmp_path / "dicom" / "pet", "PT")
    (tmp_path / "case7.toml").write_text(CASE, encoding="utf-8")
    return tmp_path


def test_a_case_file_brings_its_own_pictures_and_says_where_the_lesion_is(folder: Path) -> None:
    patient = read_case(folder / "case7.toml")
    assert repr(patient).endswith("1 lesions, REAL, ANONYMISED BY ITS OWNER")
    study = nc.scan(patient)
    assert repr(study) == "Study of case7-0 (CT, PT), REAL, ANONYMISED BY ITS OWNER"
    assert study.lesions_mm == {"L1": CENTRE[::-1]}
    viewer = Viewer(study, markers=True)
    viewer.go_to("L1")
    assert viewer.crosshair_mm == CENTRE[::-1]
    expected = measure(small_study(), CENTRE[::-1], 8).suv_max
    assert viewer.place_voi(CENTRE[::-1], 8).suv_max == pytest.approx(expected, rel=1e-4)
    assert nc.scan(patient, ["PT"]).volumes.keys() == {"PT"}


def test_its_keys_come_from_what_the_owner_measured(folder: Path) -> None:
    patient = read_case(folder / "case7.toml")
    uptake = patient.uptake("L1")
    assert uptake.suv_max == pytest.approx(12.0, abs=0.05)
    assert krenning(uptake).verdict == "3"


def test_a_real_patient_is_the_same_for_every_learner(folder: Path) -> None:
    first, other = (read_case(folder / "case7.toml", seed) for seed in (0, 9))
    assert other.model_copy(update={"id": first.id, "seed": first.seed}) == first


def test_an_exercise_asks_about_it_and_never_calls_it_synthetic(folder: Path) -> None:
    (folder / "own.toml").write_text(PAGE, encoding="utf-8")
    exercise = load_exercise(folder / "own.toml")
    truth = exercise.truth(exercise.items[0], course_seed=3)
    assert truth.value("krenning(L1)").verdict == "3"
    assert truth.patient.pictures == str((folder / "dicom").resolve())
    page = static_html(exercise)
    assert "REAL, ANONYMISED BY ITS OWNER" in page
    assert "SYNTHETIC" not in page
    assert str(folder) not in exercise.model_dump_json()


def test_a_graded_pack_takes_no_patient_of_ones_own(folder: Path) -> None:
    (folder / "own.toml").write_text(PAGE, encoding="utf-8")
    with pytest.raises(ExerciseError, match="for practice, not for a graded pack"):
        read_exercise(read_toml(folder / "own.toml"))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("centre_mm = [-246.0, -172.0, -472.0]", "", "centre_mm = \\[x, y, z\\] is missing"),
        ('pictures = "dicom"', "", "centre_mm goes with pictures"),
    ],
)
def test_pictures_and_places_go_together(folder: Path, old: str, new: str, words: str) -> None:
    (folder / "case7.toml").write_text(CASE.replace(old, new), encoding="utf-8")
    with pytest.raises(ValueError, match=words):
        read_case(folder / "case7.toml")


def test_a_lesion_outside_of_the_pictures_is_named(folder: Path) -> None:
    moved = CASE.replace("-472.0]", "472.0]")
    (folder / "case7.toml").write_text(moved, encoding="utf-8")
    with pytest.raises(ValueError, match="lesion L1 lies outside of the pictures"):
        nc.scan(read_case(folder / "case7.toml"))


def test_a_series_that_a_real_study_lacks_is_named(folder: Path) -> None:
    with pytest.raises(ValueError, match="has CT, PT, and none of FDG"):
        nc.scan(read_case(folder / "case7.toml"), ["FDG"])


def test_a_missing_folder_and_a_mistake_in_the_file_are_named_by_the_exercise(folder: Path) -> None:
    (folder / "own.toml").write_text(PAGE, encoding="utf-8")
    (folder / "case7.toml").write_text(CASE.replace("age_y = 55", "age_y = 555"), encoding="utf-8")
    with pytest.raises(ExerciseError, match=r"which has a mistake: .*age_y"):
        load_exercise(folder / "own.toml")
    (folder / "case7.toml").unlink()
    with pytest.raises(ExerciseError, match="cannot be read"):
        load_exercise(folder / "own.toml")

"""Topics of safety and honesty that a reader must meet: taught in the lessons, and applied where a
rule can apply them.
"""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from netcourse.decisions.heterogeneity import biopsy_target
from netcourse.decisions.prrt.trials import trial_results
from netcourse.evidence import figure, statement
from netcourse.patients import Pathology, Patient, generate

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"
TAUGHT = {
    "01_ct_phases": ("IV5",),
    "02_tracer_choice": ("TP8", "TP9", "TR26", "TR27"),
    "04_heterogeneity": ("BS1", "HB7", "S58"),
    "05_prrt_eligibility": ("RT5", "RT6", "RT7", "RT8", "FU5", "GL1"),
}


def shown(name: str) -> str:
    """What a lesson shows without a kernel."""
    cells = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4).cells
    outputs = (output for cell in cells for output in cell.get("outputs", ()))
    return "\n".join(
        output.get("text", "") or output.get("data", {}).get("text/plain", "") for output in outputs
    )


@pytest.mark.covers("IV5", "TP8", "TP9", "BS1", "RT5", "RT6", "RT7", "RT8", "FU5", "GL1")
@pytest.mark.parametrize("lesson", TAUGHT)
def test_the_lesson_shows_the_sentence_with_its_mark(lesson: str) -> None:
    page = shown(lesson)
    for id in TAUGHT[lesson]:
        found = statement(id)
        assert f"{id} [{found.mark}] {found.in_words}" in page, id


def test_a_learner_is_told_that_the_table_of_the_scheme_was_not_read() -> None:
    cells = nbformat.read(NOTEBOOKS / "03b_sstr_rads.ipynb", as_version=4).cells
    prose = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    assert "could not open the table of SSTR-RADS 1.0" in prose
    for rule in ("RD3", "RD4", "RD6", "RD7", "RD9"):
        assert statement(rule).mark.value == "K", rule


def with_tumour(**pathology: object) -> Patient:
    record = {"site": "ileum", "ki67_percent": 2} | pathology
    patient = generate("dedifferentiated_metastasis")
    return patient.model_copy(update={"pathology": Pathology.model_validate(record)})


@pytest.mark.parametrize(
    ("pathology", "covered"),
    [
        ({"site": "adrenal", "tumour": "phaeochromocytoma"}, True),
        ({"site": "abdominal_paraganglia", "tumour": "paraganglioma"}, True),
        ({"site": "adrenal"}, True),
        ({"site": "pancreas"}, False),
    ],
)
def test_no_needle_before_metanephrines(pathology: dict[str, object], covered: bool) -> None:
    decision = biopsy_target(with_tumour(**pathology))
    assert decision.verdict == "L2"
    assert ("BS1" in {one.rule for one in decision.reasons}) == covered


def test_a_carcinoid_syndrome_is_covered_before_the_needle() -> None:
    patient = generate("ileum_functioning")
    assert "BS1" in {one.rule for one in biopsy_target(patient).reasons}


def test_compete_prolongs_time_to_progression_and_no_survival_is_claimed() -> None:
    found = {one.name: one for one in trial_results()}
    assert found["COMPETE, progression-free survival"].significant is True
    survival = found["COMPETE, overall survival"]
    assert survival.significant is False
    assert "no proof" in survival.means
    assert {one.mark.value for one in survival.figures} == {"V"}
    assert figure("trial.compete.pfs_ratio").high < 1 < (figure("trial.compete.os_ratio").high or 0)


@pytest.mark.parametrize(
    ("id", "certain", "honest"),
    [
        ("HB8", "is the high-grade", "suggests"),
        ("KP6", "endosonography is physiologic", "usually"),
        ("S47", "cannot hit", "tissue"),
        ("S25", "at a low dose", "review calls"),
    ],
)
def test_what_is_likely_is_not_told_as_certain(id: str, certain: str, honest: str) -> None:
    assert certain not in statement(id).in_words
    assert honest in statement(id).in_words

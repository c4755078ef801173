"""Rules see what a clinician sees: equal pictures and records give equal answers, whatever a lesion
truly is.
"""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netcourse import decisions
from netcourse.course.explain import explanation
from netcourse.decisions.board import management
from netcourse.decisions.board.voices import voices
from netcourse.decisions.board.work_up import TESTS, verdict_after
from netcourse.decisions.core import DISCLAIMER, Decision
from netcourse.decisions.heterogeneity import (
    biopsy_target,
    discordance,
    fdg_indication,
    karfis,
    netpet,
    schemes_disagree,
    zidan,
)
from netcourse.decisions.prrt import profiles, prrt
from netcourse.decisions.somatostatin import (
    overall_rads,
    rads_findings,
    rads_prrt,
    sstr_rads,
    standing,
)
from netcourse.decisions.tracer import tracer, tracer_question
from netcourse.patients import Lesion, Patient, archetypes, generate
from netcourse.patients.generator import from_rows
from netcourse.patients.truth import Nature, Truth, nature

ROOM = Path(decisions.__file__).parent
NATURES: tuple[Nature, ...] = get_args(Nature)


def swapped(patient: Patient, natures: dict[str, Nature]) -> Patient:
    """The patient with equal pictures and record, and other truths."""
    lesions = tuple(
        lesion.model_copy(update={"truth": Truth(nature=natures[lesion.id])})
        for lesion in patient.lesions
    )
    return patient.model_copy(update={"lesions": lesions})


def answers(patient: Patient) -> dict[str, Any]:
    """Every answer of the rules about a patient, with reasons and what would change it."""
    findings = rads_findings(patient)
    decided: dict[str, Decision] = {
        "tracer": tracer(tracer_question(patient)),
        "tracer after the scan": tracer(tracer_question(patient, scan_seen=True)),
        "fdg": fdg_indication(patient),
        "netpet": netpet(patient),
        "karfis": karfis(patient),
        "zidan": zidan(patient),
        "discordance": discordance(patient),
        "schemes": schemes_disagree(patient),
        "biopsy": biopsy_target(patient),
        "management": management(patient),
        "overall": overall_rads(findings),
        "rads_prrt": rads_prrt(findings),
        **{id: prrt(patient, id) for id in profiles()},
    }
    return {name: decision.to_dict() for name, decision in decided.items()} | {
        "standings": [standing(patient, lesion) for lesion in patient.lesions],
        "voices": voices(patient),
        "all tests": verdict_after(patient, TESTS),
    }


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(sorted(archetypes())), st.integers(0, 4), st.data())
def test_two_patients_with_equal_pictures_and_records_get_equal_answers(
    name: str, seed: int, data: st.DataObject
) -> None:
    patient = generate(name, seed)
    natures = {
        lesion.id: data.draw(st.sampled_from(NATURES), label=lesion.id)
        for lesion in patient.lesions
    }
    assert answers(swapped(patient, natures)) == answers(patient)


def test_no_rule_can_reach_the_truth() -> None:
    for file in sorted(ROOM.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            imported: list[str] = []
            if isinstance(node, ast.ImportFrom):
                imported = [node.module or "", *(f"{node.module}.{a.name}" for a in node.names)]
            elif isinstance(node, ast.Import):
                imported = [alias.name for alias in node.names]
            assert "netcourse.patients.truth" not in imported, file
            if isinstance(node, ast.Attribute):
                assert node.attr not in ("truth", "nature", "is_tumour"), (file, node.lineno)


def test_an_author_writes_the_truth_beside_the_lesions_other_fields() -> None:
    row = {"id": "L1", "place": "liver_s6", "size_mm": 20, "ssr_suv": 9, "pattern": "hyper_hypo"}
    assert nature(Lesion.model_validate(row)) == "net"
    assert nature(Lesion.model_validate(row | {"nature": "other"})) == "other"
    with pytest.raises(ValueError, match="nature or truth, not both"):
        Lesion.model_validate(row | {"nature": "other", "truth": {"nature": "net"}})
    with pytest.raises(ValueError, match="net"):
        Lesion.model_validate(row | {"nature": "metastasis"})


RECORD = """
title = "Test"
sex = "female"
age_y = 58
height_cm = 168
weight_kg = 66

[pathology]
site = "{site}"
ki67_percent = {ki67}
stage = "metastatic"

[labs]
creatinine_mg_dl = 0.8
haemoglobin_g_dl = 12.8
white_cells_1e9_l = 5.5
neutrophils_1e9_l = 3.5
platelets_1e9_l = 210
bilirubin_times_uln = 0.6
ast_times_uln = 0.8
alt_times_uln = 0.8
albumin_g_l = 42
inr = 1.0

[history]
story = "Progressive."
course = "progressive"
course_months = 8
on_ssa = true
days_since_long_acting_ssa = 40
resectable = false

[condition]
karnofsky_percent = 90
life_expectancy_months = 40
nyha = 1
carcinoid_heart_disease = false
hydronephrosis = false
hypertension = false
diabetes = "none"
incontinence_or_psychiatric = false
pregnant = false
breast_feeding = false
irradiated_marrow_percent = 0
consent = true

[fdg]
liver = 2.1
"""


def patient_with(*lesions: dict[str, Any], site: str = "ileum", ki67: float = 2) -> Patient:
    record = tomllib.loads(RECORD.format(site=site, ki67=ki67))
    return from_rows(record | {"lesions": list(lesions)}, "test", 0)


HOT = {"id": "L1", "place": "liver_s3", "size_mm": 27, "pattern": "hyper_hypo"}
HOT |= {"ssr_suv_max": 19, "fdg_suv_max": 1.9}
COLD = {"id": "L2", "place": "liver_s8", "size_mm": 31, "pattern": "hypo_hypo"}
COLD |= {"ssr_suv_max": 1.2, "fdg_suv_max": 8.5}
BREAST = {"id": "B1", "place": "breast_left", "size_mm": 16, "pattern": "nodule"}
BREAST |= {"ssr_suv_max": 10, "fdg_suv_max": 2}


@pytest.mark.parametrize("truth", ["net", "dedifferentiated", "other"])
@pytest.mark.covers("RD7", "HB1")
def test_a_second_cancer_in_the_liver_is_biopsied_before_any_radioligand(truth: str) -> None:
    patient = patient_with(HOT, COLD | {"nature": truth}, site="pancreas", ki67=5)
    therapy, needle = prrt(patient), biopsy_target(patient)
    assert (therapy.verdict, therapy.missing) == ("defer", ("histology of L2",))
    assert (needle.verdict, needle.flags) == ("L2", ("discordant", "unsettled"))
    assert discordance(patient).verdict == "discordant"
    assert netpet(patient).verdict == "P5"
    assert management(patient).verdict == "biopsy first, then tumour board"


@pytest.mark.parametrize("truth", ["net", "other"])
@pytest.mark.covers("RD6")
def test_a_hot_breast_nodule_alone_is_biopsied_first_in_every_rulebook(truth: str) -> None:
    patient = patient_with(BREAST | {"nature": truth})
    for by in profiles():
        assert (prrt(patient, by).verdict, prrt(patient, by).missing) == (
            "defer",
            ("histology of B1",),
        )
    assert biopsy_target(patient).verdict == "B1"
    assert netpet(patient).verdict == "cannot decide"
    assert management(patient).verdict == "biopsy first, then tumour board"


@pytest.mark.parametrize(
    ("histology", "therapy"),
    [("net", "eligible"), ("other", "not indicated"), ("benign", "not indicated")],
)
def test_histology_of_the_breast_nodule_decides(histology: str, therapy: str) -> None:
    patient = patient_with(BREAST | {"histology": histology})
    assert prrt(patient).verdict == therapy


def test_the_debrief_still_knows_what_it_was() -> None:
    patient = patient_with(HOT, BREAST | {"nature": "other"})
    found = explanation(patient)
    assert [lesion["nature"] for lesion in found["lesions"]] == ["net", "other"]
    assert found["disclaimer"] == DISCLAIMER


def test_an_enlarged_node_at_an_atypical_site_is_not_counted_as_the_tumour() -> None:
    node = {"id": "A1", "place": "axilla_left", "size_mm": 14, "pattern": "soft_tissue"}
    patient = patient_with(HOT, node | {"ssr_suv_max": 2.4, "fdg_suv_max": 1.5})
    assert standing(patient, patient.lesion("A1")) == "benign"
    assert prrt(patient).verdict == "eligible"


NODULE = {"id": "T1", "place": "pancreas_tail", "size_mm": 17, "pattern": "spleen_like"}
NODULE |= {"ssr_suv_max": 7.5, "correlate": "definite"}


@pytest.mark.covers("TR26")
@pytest.mark.parametrize("truth", ["physiologic", "net"])
def test_a_nodule_found_by_chance_is_scanned_before_histology_and_biopsied_before_therapy(
    truth: str,
) -> None:
    record = tomllib.loads(RECORD.format(site="pancreas", ki67=1))
    record["pathology"] = {"site": "pancreas"}
    record["history"] = {"story": "Found by chance, no histology.", "resectable": True}
    del record["fdg"]
    patient = from_rows(record | {"lesions": [NODULE | {"nature": truth}]}, "test", 0)
    first = tracer(tracer_question(patient))
    assert (first.verdict, first.missing) == ("SSR PET/CT", ("Ki-67",))
    assert first.reasons[0].rule == "TR26"
    for by in profiles():
        assert (prrt(patient, by).verdict, prrt(patient, by).missing) == ("defer", ("histology",))
    assert netpet(patient).missing == ("FDG PET/CT",)
    needle = biopsy_target(patient)
    assert needle.verdict == "T1"
    assert "KP10" in {one.rule for one in needle.reasons}, "red cells or MRI may spare the needle"
    assert management(patient).verdict == "biopsy first, then tumour board"
    proven = patient.model_copy(
        update={"pathology": patient.pathology.model_copy(update={"ki67_percent": 4})}
    )
    assert tracer(tracer_question(proven)).reasons[0].rule == "TR16"
    assert prrt(proven).verdict == "not indicated", "it can be resected"


@pytest.mark.covers("TR27")
def test_a_mesenteric_mass_without_histology_asks_for_tissue_before_anything() -> None:
    record = tomllib.loads(RECORD.format(site="unknown", ki67=1))
    record["pathology"] = {"site": "unknown"}
    record["history"] = {"story": "Obstruction, mesenteric mass.", "resectable": True}
    del record["fdg"]
    mass = {"id": "M1", "place": "mesentery", "size_mm": 28, "pattern": "soft_tissue"}
    node = {"id": "M2", "place": "mesentery_ileal", "size_mm": 13, "pattern": "soft_tissue"}
    lesions = [mass | {"ssr_suv_max": 8, "nature": "other"}, node | {"ssr_suv_max": 6}]
    patient = from_rows(record | {"lesions": lesions}, "test", 0)
    assert tracer(tracer_question(patient)).verdict == "biopsy"
    assert (prrt(patient).verdict, prrt(patient).missing) == ("defer", ("histology",))
    assert management(patient).verdict == "biopsy first, then tumour board"
    assert biopsy_target(patient).verdict == "no target", "a surgeon takes the sample"


@pytest.mark.parametrize("size_mm", [8, 12, 16, 24])
@pytest.mark.parametrize(("suv", "category"), [(1.1, "2"), (2.6, "2"), (9.0, "3C")])
@pytest.mark.covers("RD3", "RD11", "D21")
def test_the_site_comes_before_the_size_of_a_node(size_mm: int, suv: float, category: str) -> None:
    node = {"id": "A1", "place": "axilla_left", "size_mm": size_mm, "pattern": "soft_tissue"}
    read = {"ssr_suv_max" if suv > 1.1 else "ssr_suv": suv, "fdg_suv": 1.5}
    patient = patient_with(HOT, node | read)
    (found,) = (one for one in rads_findings(patient) if one.id == "A1")
    decision = sstr_rads(found)
    assert decision.verdict == category
    assert "low-SSR metastasis" not in decision.flags
    mesenteric = sstr_rads(found.model_copy(update={"typical": True, "correlate": "definite"}))
    assert mesenteric.verdict == {"1.1": "3D", "2.6": "3A", "9.0": "5"}[f"{suv:.1f}"]


def test_a_mass_that_ct_calls_malignant_is_suspicious_without_uptake_at_any_site() -> None:
    mass = {"id": "B1", "place": "breast_left", "size_mm": 20, "pattern": "nodule"}
    patient = patient_with(HOT, mass | {"ssr_suv": 0.8, "fdg_suv": 6, "correlate": "definite"})
    (found,) = (one for one in rads_findings(patient) if one.id == "B1")
    assert sstr_rads(found).verdict == "3D"
    assert prrt(patient).missing == ("histology of B1",)


def test_a_primary_net_of_the_liver_is_resected_and_its_tracer_can_be_said() -> None:
    record = tomllib.loads(RECORD.format(site="liver", ki67=6))
    record["history"] = {"story": "Liver mass, no primary elsewhere.", "resectable": True}
    record["ssr"] = {"tracer": "f18_alf_nota_octreotide"}
    mass = {"id": "L1", "place": "liver_s5", "size_mm": 55, "pattern": "hyper_hypo"}
    patient = from_rows(
        record | {"lesions": [mass | {"ssr_suv_max": 18, "fdg_suv_max": 2.8}]}, "t", 0
    )
    assert patient.ssr.words == "18F-AlF-NOTA-octreotide"
    assert tracer(tracer_question(patient)).verdict == "SSR PET/CT"
    assert prrt(patient).verdict == "not indicated"
    assert prrt(patient).carried_by == ("E1",)
    assert management(patient).verdict == "resection or local ablation for cure"

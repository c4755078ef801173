"""Labs of lesson 05: every value of the sheet counts, five rulebooks follow, and the kidneys add
up.
"""

from __future__ import annotations

import pytest
from driving import turn

from netcourse.decisions.prrt import criteria, profiles, prrt_table
from netcourse.decisions.prrt.dosimetry import cycles_left
from netcourse.evidence import figure
from netcourse.patients import generate
from netcourse.reading.lab import Lab
from netcourse.reading.lessons.prrt import Eligibility, KidneyDose

CASES = [
    "ileum_disseminated",
    "ileum_obstructed",
    "ileum_functioning",
    "pancreas_g3",
    "dedifferentiated_metastasis",
    "rectum_low_expression",
]


@pytest.mark.parametrize("case", CASES)
def test_the_sheet_opens_with_the_patients_own_verdicts(case: str) -> None:
    lab = Eligibility(CASES, patient=case)
    assert {id: one.verdict for id, one in lab.decisions.items()} == {
        id: one.verdict for id, one in prrt_table(generate(case)).items()
    }


def test_another_patient_brings_the_whole_sheet() -> None:
    lab = Eligibility(CASES, platelets=20)
    lab.set(patient="ileum_obstructed")
    assert (lab.platelets, lab.hydronephrosis) == (96, True)
    lab.set(patient="ileum_disseminated", platelets=80)
    assert (lab.platelets, lab.hydronephrosis, lab.decision.verdict) == (80, False, "conditional")


TURNS = {
    "creatinine": (4.0, "E8"),
    "haemoglobin": (6.0, "E9"),
    "platelets": (50, "E11"),
    "white_cells": (1.0, "E10"),
    "neutrophils": (0.5, "E10"),
    "bilirubin": (5, "E12"),
    "albumin": (25, "E13"),
    "transaminases": (7, "E14"),
    "ki67": (80, "E2"),
    "course": ("stable", "E6"),
    "resectable": (True, "E1"),
    "hydronephrosis": (True, "E24"),
    "consent": (False, "E30"),
    "long_acting": (10, "E19"),
    "short_acting": (6, "E20"),
    "karnofsky": (30, "E7"),
    "life_expectancy": (1, "E21"),
    "nyha": (4, "E27"),
    "carcinoid_heart": (True, "E27"),
    "pregnant": (True, "E16"),
    "irradiated_marrow": (60, "E23"),
    "prrt_cycles": (4, "E25"),
    "coldest": (0.95, "E4"),
}


@pytest.mark.parametrize("parameter", TURNS)
def test_every_knob_of_the_sheet_reaches_its_criterion(parameter: str) -> None:
    value, rule = TURNS[parameter]
    lab = Eligibility(CASES)
    assert lab.decision.verdict == "eligible"
    lab.set(**{parameter: value})
    assert rule in (lab.decision.carried_by or ())


def test_hiding_a_value_asks_for_it() -> None:
    lab = Eligibility(CASES)
    asked = {
        hidden: Eligibility(CASES, hide=hidden).decision
        for hidden in ("creatinine", "platelets", "course", "resectable")
    }
    assert {one.verdict for one in asked.values()} == {"cannot decide"}
    assert asked["creatinine"].missing == ("creatinine",)
    lab.set(patient="dedifferentiated_metastasis")
    assert lab.tried(hide="fdg").split(";")[0] == "Course: defer"


def test_a_cold_lesion_is_biopsied_and_then_weighed_by_its_fdg() -> None:
    lab = Eligibility(CASES)
    found = [
        lab.tried(coldest=0.3, coldest_fdg=fdg, proven=proven).split(";")[0]
        for proven in (False, True)
        for fdg in (0.8, 4.0)
    ]
    assert found == [
        "Course: defer",
        "Course: defer",
        "Course: conditional",
        "Course: not eligible",
    ]


def test_the_drawing_lights_the_way_of_the_chosen_rulebook() -> None:
    lab = Eligibility(CASES, patient="ileum_obstructed", rulebook="ema")
    drawn = lab.draw()
    assert "By EMA label the verdict is not eligible, carried by E8" in drawn.alt
    assert "E8 kidneys" in drawn.drawing
    assert all(name in drawn.drawing for name in ("Course", "FDA label", "NETTER-1", "NETTER-2"))
    assert "17 more are met, 14 are remarks" in drawn.words
    assert len(criteria()) == 32


def test_a_hand_on_the_sheet_moves_the_verdict() -> None:
    lab = Lab(Eligibility(CASES))
    turn(lab, platelets=70)
    assert "<strong>Radioligand therapy (Course): defer</strong>" in lab._figure
    turn(lab, patient="ileum_obstructed")
    assert lab._values["platelets"] == 96
    assert len(lab.model.decisions) == len(profiles())


def test_kidneys_over_the_cycles_are_those_of_the_rule() -> None:
    lab = Lab(KidneyDose())
    turn(lab, risk=True)
    assert lab.model.limit == figure("kidney.limit.with_risk").value
    assert (
        lab.model.result.split("; ")[-1].split()[0]
        == cycles_left(lab.model.patient, lab.model.dose).verdict
    )
    over = KidneyDose(kidney=1.2, cycles=10).draw()
    assert "#8c1d18" in over.drawing, "bars above the limit are marked"
    half, full = (KidneyDose(activity=activity).dose.kidney_gy(4) for activity in ("half", "full"))
    assert half < full

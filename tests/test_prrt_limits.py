"""Radioligand therapy exactly at its limits: what is at the limit of a rulebook is within it, and a
step beyond is not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from netcourse.decisions.core import CANNOT_DECIDE, Decision, Status, Weight, creatinine_clearance
from netcourse.decisions.heterogeneity import reads
from netcourse.decisions.heterogeneity.dual_tracer import DualUptake
from netcourse.decisions.prrt import COURSE, profile, profiles, prrt
from netcourse.decisions.prrt.criterion import (
    CONDITIONAL,
    DEFER,
    ELIGIBLE,
    NOT_ELIGIBLE,
    NOT_INDICATED,
)
from netcourse.evidence import figure
from netcourse.patients import Patient, generate

BASE = generate("ileum_disseminated")


def having(patient: Patient = BASE, **parts: dict[str, Any]) -> Patient:
    """The patient with some values of a part changed: having(labs={...})."""
    return patient.model_copy(
        update={
            part: getattr(patient, part).model_copy(update=values) for part, values in parts.items()
        }
    )


def said(decision: Decision, rule: str) -> Any:
    (found,) = (one for one in decision.reasons if one.rule == rule)
    return found


def taking_up(suv: float, **more: Any) -> Sequence[DualUptake]:
    """What the scans show where every lesion takes up as much of the receptor tracer."""
    update = {"suv_max": suv, **more}
    return [
        read.model_copy(update={"ssr": read.ssr.model_copy(update=update)}) for read in reads(BASE)
    ]


# Limit: criterion, part and field, the step that leads beyond it.
LIMITS: dict[str, tuple[str, str, str, float]] = {
    "ki67_max": ("E2", "pathology", "ki67_percent", 1),
    "kps_stop": ("E7", "condition", "karnofsky_percent", -10),
    "hb_min": ("E9", "labs", "haemoglobin_g_dl", -0.1),
    "wbc_min": ("E10", "labs", "white_cells_1e9_l", -0.1),
    "platelets_min": ("E11", "labs", "platelets_1e9_l", -1),
    "bilirubin_max": ("E12", "labs", "bilirubin_times_uln", 0.1),
    "albumin_min": ("E13", "labs", "albumin_g_l", -1),
    "long_ssa_days": ("E19", "history", "days_since_long_acting_ssa", -1),
    "short_ssa_hours": ("E20", "history", "hours_since_short_acting_ssa", -1),
    "irradiated": ("E23", "condition", "irradiated_marrow_percent", 1),
    "systemic_days": ("E26", "history", "days_since_systemic_therapy", -1),
    "local_days": ("E26", "history", "days_since_surgery", -1),
}
OWN = [
    (by, limit)
    for by in profiles()
    for limit, (rule, *_) in LIMITS.items()
    if by != COURSE and profile(by).asks(rule) and profile(by).own_limit(limit)
]
"""The numbers of labels and trials; the course grades, so that its limits are tried one by one."""


@pytest.mark.parametrize(("by", "limit"), OWN)
def test_a_value_at_the_limit_of_a_rulebook_is_within_it(by: str, limit: str) -> None:
    rule, part, field, step = LIMITS[limit]
    border = profile(by).limit(limit).value
    long = having(labs={"inr": figure("prrt.course.inr_max").value + 0.1})
    found = [
        said(prrt(having(long, **{part: {field: value}}), by), rule).status
        for value in (border, border + step)
    ]
    assert found == [Status.MET, Status.NOT_MET]


# Forty years and 54 kg: the clearance is 75 mL/min over the creatinine, without a rest.
KIDNEYS = BASE.model_copy(update={"age_y": 40, "weight_kg": 54, "sex": "male"})


@pytest.mark.parametrize(
    ("by", "creatinine", "clearance", "verdict", "doubt"),
    [
        ("course", 1.5, 50, ELIGIBLE, ""),
        ("course", 1.51, 49, CONDITIONAL, ""),
        ("course", 1.875, 40, CONDITIONAL, ""),
        ("course", 1.88, 39, CONDITIONAL, "Strong doubt"),
        ("course", 2.5, 30, CONDITIONAL, "Strong doubt"),
        ("course", 2.51, 29, NOT_ELIGIBLE, ""),
        ("ema", 1.875, 40, ELIGIBLE, ""),
        ("ema", 1.88, 39, NOT_ELIGIBLE, ""),
        ("fda", 2.5, 30, ELIGIBLE, ""),
        ("fda", 2.51, 29, CONDITIONAL, "Not studied"),
        ("netter1", 1.5, 50, ELIGIBLE, ""),
        ("netter1", 1.51, 49, NOT_ELIGIBLE, ""),
    ],
)
@pytest.mark.covers("D4")
def test_a_clearance_at_its_limit_is_good_enough_and_in_no_more_doubt(
    by: str, creatinine: float, clearance: int, verdict: str, doubt: str
) -> None:
    patient = having(KIDNEYS, labs={"creatinine_mg_dl": creatinine})
    assert int(creatinine_clearance(patient) or 0) == clearance
    decision = prrt(patient, by)
    text = said(decision, "E8").text
    assert decision.verdict == verdict
    assert [words for words in ("Strong doubt", "Not studied") if words in text] == [doubt] * bool(
        doubt
    )


@pytest.mark.parametrize(("rule", "asked"), [("E16", "pregnancy"), ("E17", "breast-feeding")])
def test_pregnancy_and_breast_feeding_are_each_asked_of_women_up_to_an_age(
    rule: str, asked: str
) -> None:
    woman = BASE.model_copy(update={"sex": "female"})
    limit = int(figure("prrt.course.childbearing_to").value)
    found = [
        said(prrt(woman.model_copy(update={"age_y": age})), rule).status
        for age in (limit, limit + 1)
    ]
    assert found == [Status.UNKNOWN, Status.MET], asked


def test_a_very_high_5_hiaa_threatens_a_crisis_from_its_limit_on() -> None:
    limit = figure("prrt.course.hiaa_high").value
    functional = having(history={"syndrome": "other"})
    found = [
        prrt(having(functional, labs={"hiaa_times_uln": times})).verdict
        for times in (limit - 0.1, limit)
    ]
    assert found == [ELIGIBLE, CONDITIONAL]


BEFORE = {"prrt_cycles": 4, "prrt_benefit_months": 24.0, "prrt_kidney_bed_gy": 20.0}


def test_a_first_series_that_helped_for_just_long_enough_allows_a_second() -> None:
    limit = figure("prrt.course.salvage_benefit").value
    found = [
        prrt(having(history=BEFORE | {"prrt_benefit_months": months})).verdict
        for months in (limit - 0.1, limit)
    ]
    assert found == [NOT_ELIGIBLE, CONDITIONAL]


@pytest.mark.covers("D18")
def test_risk_factors_of_the_kidneys_are_asked_for_from_the_lower_limit_of_dose_on() -> None:
    low, high = (figure(f"kidney.limit.{risk}_risk").value for risk in ("with", "without"))
    open_ = having(history=BEFORE, condition={"hypertension": None})
    found = [
        prrt(having(open_, history={"prrt_kidney_bed_gy": gy})) for gy in (low - 0.1, low, high)
    ]
    asked = "hypertension and diabetes"
    assert [asked in one.missing for one in found] == [False, True, False]
    assert found[2].verdict == NOT_ELIGIBLE, "without risk factors nothing is left either"


def test_a_therapy_on_the_day_of_the_scan_does_not_make_it_old_and_one_after_it_does() -> None:
    scanned = int(figure("prrt.course.scan_changed_months").value * 365.25 / 12) + 1
    found = [
        prrt(
            having(ssr={"days_ago": scanned}, history={"days_since_liver_directed_therapy": days})
        ).verdict
        for days in (scanned, scanned - 1)
    ]
    assert found == [ELIGIBLE, DEFER]


def test_symptoms_are_a_reason_to_treat_from_a_krenning_score_of_3_on_in_every_lesion() -> None:
    assert figure("prrt.course.strong").value == 3
    liver = BASE.organs().suv["liver"]
    symptoms = having(
        history={"course": "stable", "syndrome": "other", "refractory_symptoms": True}
    )
    found = [prrt(symptoms, read=taking_up(suv)).verdict for suv in (liver + 0.1, liver)]
    assert found == [ELIGIBLE, NOT_INDICATED]


def test_an_unknown_blood_pool_may_still_stop_therapy_by_the_us_label() -> None:
    unclear = taking_up(3, blood_pool=None)
    decision = prrt(BASE, "fda", unclear)
    assert (decision.verdict, decision.missing) == (CANNOT_DECIDE, ("blood-pool SUVmean",))
    assert said(decision, "E4").weight is Weight.ABSOLUTE
    not_studied = having(KIDNEYS, labs={"creatinine_mg_dl": 2.6})
    assert prrt(not_studied, "fda").verdict == CONDITIONAL
    assert prrt(not_studied, "fda", unclear).verdict == CANNOT_DECIDE, "it may be worse yet"


def test_a_tumour_no_hotter_than_blood_pool_is_stopped_by_the_us_label() -> None:
    pool = BASE.organs().suv["blood_pool"]
    found = [prrt(BASE, "fda", taking_up(suv)) for suv in (pool, pool + 0.1)]
    assert [one.verdict for one in found] == [NOT_ELIGIBLE, ELIGIBLE]
    assert {said(one, "E4").weight for one in found} == {Weight.ABSOLUTE}, "met or not"

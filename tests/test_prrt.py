"""Radioligand therapy: the verdicts of the teaching cases by five rulebooks, both sides of every
limit, and what must never happen.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netcourse import decisions
from netcourse.decisions.core import (
    CANNOT_DECIDE,
    Decision,
    Status,
    cockcroft_gault,
    creatinine_clearance,
    creatinine_mg_dl,
    haemoglobin_g_dl,
)
from netcourse.decisions.core.sensitivity import changed
from netcourse.decisions.core.units import creatinine_for
from netcourse.decisions.heterogeneity import reads
from netcourse.decisions.prrt import PRRT_VERDICTS, profile, profiles, prrt, prrt_table
from netcourse.decisions.prrt.criterion import (
    CONDITIONAL,
    DEFER,
    ELIGIBLE,
    NOT_ELIGIBLE,
    NOT_INDICATED,
    Case,
    prrt_changes,
)
from netcourse.decisions.prrt.disagreements import prrt_disagreements
from netcourse.decisions.prrt.eligibility import Again
from netcourse.decisions.prrt.rulebook import read_profiles
from netcourse.decisions.somatostatin import tumour_lesions
from netcourse.evidence import figure, statements
from netcourse.patients import Lesion, OrganUptake, Patient, archetypes, generate

Y, C, D, N, E = ELIGIBLE, CONDITIONAL, DEFER, NOT_ELIGIBLE, NOT_INDICATED
BASE = generate("ileum_disseminated")
PROFILES = (Path(decisions.__file__).parent / "prrt" / "rulebooks.toml").read_text(encoding="utf-8")
RULES = [f"E{n}" for n in range(1, 33)]

# The twelve teaching cases by course, EMA, FDA, NETTER-1, NETTER-2. Where the order of the verdicts
# makes "not indicated" of a "no"
# (no reason to treat by that rulebook), the criterion that also excludes stands among the reasons.
TABLE = {
    "ileum_disseminated": (Y, Y, Y, Y, E),
    "pancreas_new": (Y, E, Y, E, Y),
    "dedifferentiated_metastasis": (D, N, Y, E, E),
    "colon_nec": (N, E, N, E, N),
    "rectum_low_expression": (C, N, Y, E, E),
    "ileum_functioning": (C, E, Y, E, E),
    "ileum_obstructed": (D, N, Y, N, E),
    "uncinate_and_node": (E, E, Y, E, E),
    "pancreas_g3": (C, E, Y, E, Y),
    "breast_and_spleen": (D, D, D, D, D),
    "analogue_follow_up": (D, D, D, D, E),
    "rectum_removed": (E, E, E, E, E),
    "rectum_with_node": (E, E, Y, E, E),
    "pancreas_second_line": (Y, Y, Y, E, E),
}
CARRIED = {
    ("dedifferentiated_metastasis", "course"): ("E2", "E5"),
    ("colon_nec", "course"): ("E2", "E4"),
    ("rectum_low_expression", "course"): ("E4",),
    ("rectum_low_expression", "ema"): ("E4",),
    ("ileum_functioning", "course"): ("E27", "E28"),
    ("ileum_functioning", "ema"): ("E6",),
    ("ileum_obstructed", "course"): ("E24",),
    ("ileum_obstructed", "ema"): ("E8",),
    ("ileum_obstructed", "netter1"): ("E8",),
    ("uncinate_and_node", "course"): ("E1",),
    ("pancreas_g3", "course"): ("E2", "E5"),
    ("analogue_follow_up", "course"): ("E6", "E19"),
    ("rectum_removed", "course"): ("E1",),
}


def having(patient: Patient = BASE, **parts: dict[str, Any]) -> Patient:
    """The patient with some values of a part changed: having(labs={...})."""
    return patient.model_copy(
        update={
            part: getattr(patient, part).model_copy(update=values) for part, values in parts.items()
        }
    )


def cleared(ml_min: float, patient: Patient = BASE) -> Patient:
    """The patient with the creatinine that makes this clearance."""
    return having(patient, labs={"creatinine_mg_dl": creatinine_for(patient, ml_min)})


def verdict(patient: Patient, by: str = "course") -> str:
    return prrt(patient, by).verdict


def said(decision: Decision, rule: str) -> Any:
    (found,) = (one for one in decision.reasons if one.rule == rule)
    return found


@pytest.mark.covers("S43", "S44", "S51")
@pytest.mark.parametrize("case", TABLE)
def test_the_teaching_cases_have_their_verdict_in_every_rulebook(case: str) -> None:
    assert tuple(one.verdict for one in prrt_table(generate(case)).values()) == TABLE[case]


@pytest.mark.parametrize(("case", "by"), CARRIED)
def test_the_criteria_that_carry_a_verdict_are_named(case: str, by: str) -> None:
    assert prrt(generate(case), by).carried_by == CARRIED[case, by]


def test_a_stent_makes_three_answers_of_one_kidney() -> None:
    relieved = having(
        generate("ileum_obstructed"),
        labs={"creatinine_mg_dl": 1.4},
        condition={"hydronephrosis": False},
    )
    assert round(creatinine_clearance(generate("ileum_obstructed")) or 0, 1) == 34.8
    assert round(creatinine_clearance(relieved) or 0, 1) == 47.2
    assert [one.verdict for one in prrt_table(relieved).values()] == [C, Y, Y, N, E]
    assert prrt(relieved).carried_by == ("E8", "E11")


def test_a_rulebook_that_says_no_for_want_of_a_reason_still_names_what_else_excludes() -> None:
    g3 = prrt(generate("pancreas_g3"), "ema")
    assert said(g3, "E2").status is Status.NOT_MET
    second = prrt(generate("pancreas_second_line"), "netter1")
    assert said(second, "E3").status is Status.NOT_MET


@pytest.mark.covers(
    "E1",
    "E2",
    "E3",
    "E4",
    "E5",
    "E6",
    "E7",
    "E8",
    "E9",
    "E10",
    "E11",
    "E12",
    "E13",
    "E14",
    "E15",
    "E16",
    "E17",
    "E18",
    "E19",
    "E20",
    "E21",
    "E22",
    "E23",
    "E24",
    "E25",
    "E26",
    "E27",
    "E28",
    "E29",
    "E30",
    "E31",
    "E32",
)
def test_every_criterion_is_asked_once_and_in_order() -> None:
    for patient in (BASE, generate("insulinoma"), generate("colon_nec")):
        assert [one.rule for one in prrt(patient).reasons] == RULES


# Numbers: part and field, limit, which side fails, step, the verdict there.
LIMITS = [
    ("labs", "haemoglobin_g_dl", "hb_min", "below", 0.1, D),
    ("labs", "white_cells_1e9_l", "wbc_ok", "below", 0.1, C),
    ("labs", "white_cells_1e9_l", "wbc_min", "below", 0.1, D),
    ("labs", "neutrophils_1e9_l", "anc_min", "below", 0.1, D),
    ("labs", "platelets_1e9_l", "platelets_ok", "below", 1, C),
    ("labs", "platelets_1e9_l", "platelets_min", "below", 1, D),
    ("labs", "bilirubin_times_uln", "bilirubin_max", "above", 0.1, N),
    ("labs", "albumin_g_l", "albumin_min", "below", 1, C),
    ("labs", "ast_times_uln", "transaminases_ok", "above", 0.1, C),
    ("labs", "alt_times_uln", "transaminases_max", "above", 0.1, N),
    ("condition", "karnofsky_percent", "kps_min", "below", 10, C),
    ("condition", "karnofsky_percent", "kps_stop", "below", 10, N),
    ("condition", "ecog", "ecog_max", "above", 1, C),
    ("condition", "life_expectancy_months", "life_ok", "below", 1, C),
    ("condition", "life_expectancy_months", "life_min", "below", 1, N),
    ("condition", "liver_load_percent", "liver_load", "above", 1, C),
    ("condition", "marrow_load_percent", "marrow_load", "above", 1, C),
    ("condition", "irradiated_marrow_percent", "irradiated", "above", 1, C),
    ("history", "days_since_long_acting_ssa", "long_ssa_days", "below", 1, D),
    ("history", "hours_since_short_acting_ssa", "short_ssa_hours", "below", 1, D),
    ("history", "days_since_systemic_therapy", "systemic_days", "below", 1, D),
    ("history", "days_since_liver_directed_therapy", "local_days", "below", 1, D),
    ("history", "days_since_surgery", "local_days", "below", 1, D),
    ("history", "course_months", "progression_months", "above", 1, E),
    ("pathology", "ki67_percent", "ki67_max", "above", 1, N),
]


@pytest.mark.covers("D5", "D7", "D13")
@pytest.mark.parametrize(("part", "field", "limit", "side", "step", "then"), LIMITS)
def test_a_limit_holds_on_its_own_side_and_not_on_the_other(
    part: str, field: str, limit: str, side: str, step: float, then: str
) -> None:
    border = figure(f"prrt.course.{limit}").value
    beyond = border - step if side == "below" else border + step
    at, past = (verdict(having(**{part: {field: value}})) for value in (border, beyond))
    assert PRRT_VERDICTS.index(at) > PRRT_VERDICTS.index(past)
    assert past == then


@pytest.mark.covers("D4")
@pytest.mark.parametrize(
    ("by", "limit", "then"),
    [
        ("course", "crcl_ok", C),
        ("course", "crcl_stop", N),
        ("ema", "crcl_stop", N),
        ("fda", "crcl_strong", C),
        ("netter1", "crcl_stop", N),
    ],
)
def test_the_clearance_has_the_limit_of_each_rulebook(by: str, limit: str, then: str) -> None:
    border = profile(by).limit(limit).value
    assert PRRT_VERDICTS.index(verdict(cleared(border + 0.01), by)) > PRRT_VERDICTS.index(then)
    assert verdict(cleared(border - 0.01), by) == then


@pytest.mark.covers("D4")
def test_one_clearance_three_answers() -> None:
    patient = cleared(45)
    assert [verdict(patient, by) for by in ("course", "ema", "fda", "netter1")] == [C, Y, Y, N]
    patient = cleared(35)
    assert [verdict(patient, by) for by in ("course", "ema", "fda", "netter1")] == [C, N, Y, N]
    assert "Strong doubt" in said(prrt(patient), "E8").text
    assert "Strong doubt" not in said(prrt(cleared(45)), "E8").text


def test_netter_1_also_limits_the_creatinine_itself() -> None:
    heavy = BASE.model_copy(update={"weight_kg": 150, "age_y": 40})
    limit = figure("prrt.netter1.creatinine_max").value
    assert [
        verdict(having(heavy, labs={"creatinine_mg_dl": limit + more}), "netter1")
        for more in (0, 0.01)
    ] == [Y, N]


@pytest.mark.covers("D6")
def test_a_low_albumin_stops_only_with_a_prolonged_prothrombin_time() -> None:
    low, long = figure("prrt.course.albumin_min").value - 1, figure("prrt.course.inr_max").value
    assert [
        verdict(having(labs={"albumin_g_l": low, "inr": inr})) for inr in (long, long + 0.1)
    ] == [C, N]
    assert verdict(having(labs={"inr": long + 0.1})) == Y
    open_ = prrt(having(labs={"albumin_g_l": low, "inr": None}))
    assert (open_.verdict, open_.missing) == (CANNOT_DECIDE, ("INR",))
    for inr, by_label in ((long, ELIGIBLE), (long + 0.1, CANNOT_DECIDE)):
        assert verdict(having(labs={"albumin_g_l": None, "inr": inr}), "ema") == by_label


@pytest.mark.covers("D8")
def test_net_g3_is_for_the_board_and_the_labels_part_on_it() -> None:
    g3 = having(pathology={"ki67_percent": figure("grade.g2.to").value + 1})
    assert [verdict(g3, by) for by in profiles()] == [C, N, Y, N, E]
    nec = having(pathology={"differentiation": "poor"})
    assert {verdict(nec, by) for by in ("course", "ema", "fda", "netter1")} == {N}


@pytest.mark.covers("D9", "S46")
def test_any_of_three_reasons_to_treat_will_do_for_the_course_and_one_for_the_labels() -> None:
    stable = having(history={"course": "stable"})
    assert [verdict(stable, by) for by in profiles()] == [E, E, Y, E, E]
    symptoms = having(stable, history={"syndrome": "other", "refractory_symptoms": True})
    assert [verdict(symptoms, by) for by in ("course", "ema", "fda")] == [Y, E, Y]
    first = figure("prrt.course.first_line_ki67").value
    fresh = having(
        stable,
        pathology={"ki67_percent": first},
        history={"on_ssa": False, "days_since_diagnosis": 90},
    )
    assert [verdict(fresh, by) for by in profiles()] == [Y, E, Y, E, Y]
    assert verdict(having(fresh, pathology={"ki67_percent": first - 1})) == E
    assert verdict(having(fresh, history={"days_since_systemic_therapy": 100})) == E
    months = figure("prrt.netter2.diagnosis_months").value
    assert (
        verdict(having(fresh, history={"days_since_diagnosis": int(months * 31) + 3}), "netter2")
        == E
    )


def test_symptoms_count_only_with_strong_receptors() -> None:
    weak = generate("rectum_low_expression")
    weak = having(
        weak, history={"course": "stable", "syndrome": "other", "refractory_symptoms": True}
    )
    assert verdict(weak) == E


def test_a_progression_that_is_only_suspected_is_confirmed_first() -> None:
    suspected = having(history={"course_confirmed": False})
    decision = prrt(suspected)
    assert (decision.verdict, decision.carried_by) == (D, ("E6",))
    assert any(flip.verdict == Y and "confirmed" in flip.text for flip in decision.flips)


# What stops, defers or goes to the board by a fact alone, and the criterion that says so.
ALONE: dict[str, tuple[dict[str, dict[str, Any]], str]] = {
    "E1": ({"history": {"resectable": True}}, E),
    "E2": ({"pathology": {"differentiation": "poor"}}, N),
    "E3": ({"pathology": {"site": "lung"}}, C),
    "E6": ({"history": {"course": "stable"}}, E),
    "E7": ({"condition": {"ecog": 3}}, C),
    "E8": ({"labs": {"creatinine_mg_dl": 4.0}}, N),
    "E9": ({"labs": {"haemoglobin_g_dl": 7.0}}, D),
    "E10": ({"labs": {"neutrophils_1e9_l": 0.5}}, D),
    "E11": ({"labs": {"platelets_1e9_l": 60}}, D),
    "E12": ({"labs": {"bilirubin_times_uln": 4}}, N),
    "E13": ({"labs": {"albumin_g_l": 25}}, C),
    "E14": ({"labs": {"ast_times_uln": 6}}, N),
    "E15": ({"history": {"liver_replaced": True}}, C),
    "E16": ({"condition": {"pregnant": True}}, N),
    "E17": ({"condition": {"breast_feeding": True}}, N),
    "E19": ({"history": {"days_since_long_acting_ssa": 10}}, D),
    "E20": ({"history": {"hours_since_short_acting_ssa": 6}}, D),
    "E21": ({"condition": {"life_expectancy_months": 1}}, N),
    "E22": ({"condition": {"marrow_load_percent": 80}}, C),
    "E23": ({"condition": {"irradiated_marrow_percent": 40}}, C),
    "E24": ({"condition": {"hydronephrosis": True}}, D),
    "E25": (
        {"history": {"prrt_cycles": 4, "prrt_benefit_months": 24, "prrt_kidney_bed_gy": 20}},
        C,
    ),
    "E26": ({"history": {"days_since_systemic_therapy": 7}}, D),
    "E27": ({"condition": {"nyha": 3}}, N),
    "E28": ({"history": {"syndrome": "other"}, "condition": {"liver_load_percent": 60}}, C),
    "E29": ({"condition": {"diabetes": "uncontrolled"}}, C),
    "E30": ({"condition": {"consent": False}}, N),
    "E32": ({"ssr": {"days_ago": 300}}, D),
}


@pytest.mark.parametrize("rule", ALONE)
def test_each_criterion_alone_changes_a_verdict(rule: str) -> None:
    parts, then = ALONE[rule]
    decision = prrt(having(**parts))
    assert (decision.verdict, decision.carried_by) == (then, (rule,))
    assert said(decision, rule).status is Status.NOT_MET


@pytest.mark.parametrize("by", profiles())
def test_without_a_lesion_no_rulebook_finds_a_reason_to_treat(by: str) -> None:
    done = prrt(changed(BASE, "lesions", ()), by)
    assert (done.verdict, done.reasons[0].text) == (E, "No lesion of a neuroendocrine tumour.")


def test_age_counts_by_the_rulebook() -> None:
    young = BASE.model_copy(update={"age_y": 16})
    assert [verdict(young, by) for by in ("course", "ema", "fda", "netter1")] == [C, N, Y, N]


def test_contraception_is_a_remark_and_changes_nothing() -> None:
    assert said(prrt(BASE), "E18").status is Status.MET
    assert "E18" not in {
        rule for name in archetypes() for rule in prrt(generate(name)).carried_by or ()
    }


def cold(size_mm: float = 28, suv: float = 1.3, fdg: float | None = 9.8) -> Lesion:
    read = {} if fdg is None else {"fdg_suv": fdg}
    return Lesion(
        id="X1", place="liver_s5", size_mm=size_mm, ssr_suv=suv, pattern="hypo_hypo", **read
    )


def with_lesion(patient: Patient, lesion: Lesion) -> Patient:
    return patient.model_copy(update={"lesions": (*patient.lesions, lesion)})


def proven(lesion: Lesion) -> Lesion:
    """The lesion with a biopsy that showed NET."""
    return lesion.model_copy(update={"histology": "net"})


def test_a_discordant_lesion_among_hot_ones_stops_therapy_once_it_is_proven() -> None:
    patient = with_lesion(BASE, proven(cold()))
    assert {verdict(patient, by) for by in ("course", "ema", "netter1")} == {N}
    assert prrt(patient).carried_by == ("E4", "E5")


def test_a_lesion_without_receptors_is_biopsied_before_therapy_whatever_fdg_shows() -> None:
    for fdg in (None, 1.5, 9.8):
        decision = prrt(with_lesion(BASE, cold(fdg=fdg)))
        assert decision.verdict == D
        assert "histology of X1" in decision.missing
        assert "E2" in (decision.carried_by or ())


def test_a_proven_cold_lesion_waits_for_fdg_and_then_goes_to_the_board_or_stops() -> None:
    without, negative, positive = (
        with_lesion(BASE, proven(cold(fdg=fdg))) for fdg in (None, 1.5, 9.8)
    )
    assert [verdict(one) for one in (without, negative, positive)] == [D, C, N]
    assert verdict(without, "ema") == N, "below the liver is below the liver, whatever FDG shows"


def test_histology_settles_a_lesion_at_an_atypical_site() -> None:
    breast = Lesion(
        id="X1", place="breast_left", size_mm=15, ssr_suv=12, fdg_suv=2, pattern="nodule"
    )
    verdicts = {
        found: verdict(with_lesion(BASE, breast.model_copy(update={"histology": found})))
        for found in (None, "net", "benign", "other")
    }
    assert verdicts == {None: D, "net": Y, "benign": Y, "other": Y}
    only = BASE.model_copy(update={"lesions": (breast,)})
    decision = prrt(only)
    assert (decision.verdict, decision.missing) == (D, ("histology of X1",))


def test_a_small_lesion_does_not_stop_by_itself() -> None:
    assert prrt(with_lesion(BASE, cold(size_mm=8))).verdict == C


@pytest.mark.parametrize("limit", ["ssr_ratio", "ssr_margin"])
def test_uptake_is_weighed_at_the_liver_and_just_below_it(limit: str) -> None:
    liver = BASE.organs().suv["liver"]
    border = figure(f"prrt.course.{limit}").value * liver
    found = []
    for suv in (border, border - 0.05):
        read = prrt_read(suv, fdg=9.0)
        found.append(prrt(BASE, read=read))
    good, poor = (said(one, "E4") for one in found)
    if limit == "ssr_ratio":
        assert (good.status, poor.status, found[1].verdict) == (Status.MET, Status.NOT_MET, C)
    else:
        assert (found[0].verdict, found[1].verdict) == (C, N)


def prrt_read(suv: float, fdg: float) -> Any:

    hot, *others = reads(BASE)
    ssr = hot.ssr.model_copy(update={"suv_max": suv})
    glucose = hot.fdg and hot.fdg.model_copy(update={"suv_max": fdg})
    return [hot.model_copy(update={"ssr": ssr, "fdg": glucose}), *others]


def test_a_liver_that_is_no_reference_is_replaced_by_what_stands_in_for_it() -> None:
    replaced = having(history={"liver_replaced": True}, condition={"liver_load_percent": 70})
    text = said(prrt(replaced), "E4").text
    stands_in = BASE.organs().suv["spleen"] / figure("krenning.liver.from_spleen").value
    assert f"{BASE.uptake('N1').suv_max / stands_in:.2f}" in text


@pytest.mark.covers("D18")
def test_a_second_series_needs_benefit_and_dose_left_for_the_kidneys() -> None:
    before = {"prrt_cycles": 4, "prrt_benefit_months": 24, "prrt_kidney_bed_gy": 20.0}
    with_risk, without = (
        figure(f"kidney.limit.{name}").value for name in ("with_risk", "without_risk")
    )
    assert verdict(having(history=before)) == C
    assert (
        verdict(
            having(
                history=before
                | {"prrt_benefit_months": figure("prrt.course.salvage_benefit").value - 1}
            )
        )
        == N
    )
    for risk, limit in ((True, with_risk), (False, without)):
        at, below = (
            verdict(
                having(
                    history=before | {"prrt_kidney_bed_gy": gy}, condition={"hypertension": risk}
                )
            )
            for gy in (limit, limit - 0.1)
        )
        assert (at, below) == (N, C)
    assert prrt(having(history=before | {"prrt_benefit_months": None})).missing == (
        "months of benefit of the first series",
    )
    assert verdict(having(history=before), "netter1") == N, "the trials took nobody who had had it"


def test_a_therapy_since_the_scan_makes_it_old_sooner() -> None:
    days = int(figure("prrt.course.scan_changed_months").value * 365.25 / 12) + 1
    scanned = having(ssr={"days_ago": days})
    assert verdict(scanned) == Y
    assert prrt(having(scanned, history={"days_since_liver_directed_therapy": 85})).carried_by == (
        "E32",
    )


UNKNOWN = {
    ("labs", "creatinine_mg_dl"): "creatinine",
    ("labs", "haemoglobin_g_dl"): "haemoglobin",
    ("labs", "white_cells_1e9_l"): "white cells",
    ("labs", "platelets_1e9_l"): "platelets",
    ("labs", "bilirubin_times_uln"): "bilirubin",
    ("labs", "albumin_g_l"): "albumin",
    ("labs", "ast_times_uln"): "AST",
    ("condition", "karnofsky_percent"): "Karnofsky index or ECOG",
    ("condition", "life_expectancy_months"): "life expectancy",
    ("condition", "hydronephrosis"): "whether the kidneys are obstructed",
    ("condition", "irradiated_marrow_percent"): "marrow irradiated before",
    ("condition", "nyha"): "NYHA class",
    ("condition", "consent"): "consent",
    ("condition", "diabetes"): "whether there is diabetes",
    ("history", "resectable"): "whether resection for cure or local ablation is possible",
    ("history", "days_since_long_acting_ssa"): "date of the last long-acting analogue",
    ("pathology", "ki67_percent"): "Ki-67",
}


@pytest.mark.parametrize(("part", "field"), UNKNOWN)
def test_what_is_not_known_is_asked_for_and_never_taken_as_normal(part: str, field: str) -> None:
    decision = prrt(having(**{part: {field: None}}))
    assert decision.verdict == CANNOT_DECIDE
    assert UNKNOWN[part, field] in decision.missing
    assert Status.UNKNOWN in {one.status for one in decision.reasons}


def test_a_woman_who_may_be_pregnant_is_tested() -> None:
    woman = BASE.model_copy(update={"sex": "female", "age_y": 40})
    assert prrt(woman).missing == ("pregnancy test", "whether breast-feeding")
    asked = having(woman, condition={"pregnant": False, "breast_feeding": False})
    assert verdict(asked) == Y
    limit = int(figure("prrt.course.childbearing_to").value)
    assert [
        prrt(woman.model_copy(update={"age_y": age})).decided for age in (limit, limit + 1)
    ] == [False, True]


def test_what_is_not_known_is_left_where_it_cannot_change_the_verdict() -> None:
    decision = prrt(having(history={"resectable": True}, labs={"creatinine_mg_dl": None}))
    assert (decision.verdict, decision.missing) == (E, ())


def test_what_is_known_to_stop_therapy_stops_it_though_the_reason_to_treat_is_not_known() -> None:
    decision = prrt(
        having(history={"course": None, "resectable": None}, condition={"consent": False}),
    )
    assert (decision.verdict, decision.carried_by) == (N, ("E30",))


RANK = {one: rank for rank, one in enumerate(PRRT_VERDICTS)}
LESION = st.builds(
    lambda place, size, suv, fdg: {
        "place": place,
        "size_mm": size,
        "ssr_suv": suv,
        "fdg_suv": fdg,
        "pattern": "hyper_hypo",
    },
    st.sampled_from(["liver_s5", "liver_s7", "mesentery", "pancreas_tail", "sacrum"]),
    st.floats(5, 60),
    st.floats(0.3, 40),
    st.one_of(st.none(), st.floats(0.5, 15)),
)


@st.composite
def people(draw: st.DrawFn) -> Patient:
    """Any patient: every value that the criteria ask for, known or not."""
    patient = generate(draw(st.sampled_from(sorted(archetypes()))), draw(st.integers(0, 5)))
    maybe = lambda strategy: draw(st.one_of(st.none(), strategy))  # noqa: E731
    truth = st.booleans()
    parts: dict[str, dict[str, Any]] = {
        "labs": {
            "creatinine_mg_dl": maybe(st.floats(0.4, 4)),
            "haemoglobin_g_dl": maybe(st.floats(5, 16)),
            "platelets_1e9_l": maybe(st.floats(20, 400)),
            "white_cells_1e9_l": maybe(st.floats(0.5, 12)),
            "bilirubin_times_uln": maybe(st.floats(0.2, 6)),
            "albumin_g_l": maybe(st.floats(20, 48)),
            "inr": maybe(st.floats(0.8, 2.5)),
            "ast_times_uln": maybe(st.floats(0.2, 8)),
            "alt_times_uln": maybe(st.floats(0.2, 8)),
        },
        "condition": {
            "karnofsky_percent": maybe(st.sampled_from([40, 60, 90])),
            "hydronephrosis": maybe(truth),
            "consent": maybe(truth),
            "nyha": maybe(st.integers(1, 4)),
            "life_expectancy_months": maybe(st.floats(1, 60)),
            "pregnant": maybe(truth),
            "hypertension": maybe(truth),
            "diabetes": maybe(st.sampled_from(["none", "controlled", "uncontrolled"])),
        },
        "history": {
            "course": maybe(st.sampled_from(["stable", "progressive", "responding"])),
            "course_confirmed": draw(truth),
            "course_months": maybe(st.floats(1, 60)),
            "on_ssa": maybe(truth),
            "resectable": maybe(truth),
            "syndrome": maybe(st.sampled_from(["carcinoid", "other"])),
            "refractory_symptoms": maybe(truth),
            "days_since_long_acting_ssa": maybe(st.integers(0, 90)),
            "prrt_cycles": draw(st.sampled_from([0, 0, 4])),
        },
    }
    lesions = [
        Lesion(id=f"Z{n}", **row) for n, row in enumerate(draw(st.lists(LESION, max_size=3)))
    ]
    return having(patient, **parts).model_copy(update={"lesions": (*patient.lesions, *lesions)})


@settings(max_examples=60, deadline=None)
@given(people(), st.sampled_from(profiles()))
def test_every_patient_has_a_verdict_that_can_be_printed_and_stored(
    patient: Patient, by: str
) -> None:
    decision = prrt(patient, by)
    assert decision.verdict in PRRT_VERDICTS
    assert (decision.verdict == CANNOT_DECIDE) <= bool(decision.missing)
    assert len(repr(decision).splitlines()) == 1
    assert "not for patient care" in decision._repr_html_()
    json.dumps(decision.to_dict())


@settings(max_examples=80, deadline=None)
@given(
    people(),
    st.sampled_from(profiles()),
    st.sampled_from(["creatinine_mg_dl", "platelets_1e9_l", "haemoglobin_g_dl"]),
    st.floats(0.3, 1),
)
def test_worse_blood_or_kidneys_never_make_a_better_verdict(
    patient: Patient, by: str, field: str, factor: float
) -> None:
    now = getattr(patient.labs, field)
    if now is None:
        return
    worse = now / factor if field == "creatinine_mg_dl" else now * factor
    before, after = verdict(patient, by), verdict(having(patient, labs={field: worse}), by)
    if CANNOT_DECIDE not in (before, after):
        assert RANK[after] <= RANK[before]


@settings(max_examples=60, deadline=None)
@given(
    people(), st.sampled_from(profiles()), st.floats(15, 60), st.floats(0.2, 1.4), st.floats(4, 15)
)
def test_a_new_discordant_lesion_never_makes_a_better_verdict(
    patient: Patient, by: str, size: float, suv: float, fdg: float
) -> None:
    if patient.fdg is None:
        patient = patient.model_copy(update={"fdg": OrganUptake(tracer="f18_fdg")})
    if not tumour_lesions(patient):
        return
    before, after = verdict(patient, by), verdict(with_lesion(patient, cold(size, suv, fdg)), by)
    if CANNOT_DECIDE not in (before, after):
        assert RANK[after] <= RANK[before]


@settings(max_examples=40, deadline=None)
@given(people(), st.sampled_from(profiles()), st.floats(56, 100))
def test_a_ki67_past_the_limit_never_makes_a_better_verdict(
    patient: Patient, by: str, ki67: float
) -> None:
    at = having(patient, pathology={"ki67_percent": figure("prrt.course.ki67_max").value})
    before, after = verdict(at, by), verdict(having(patient, pathology={"ki67_percent": ki67}), by)
    if CANNOT_DECIDE not in (before, after):
        assert RANK[after] <= RANK[before]


@pytest.mark.parametrize("case", TABLE)
@pytest.mark.parametrize("by", profiles())
def test_every_flip_is_true(case: str, by: str) -> None:
    patient = generate(case)
    decision = prrt(patient, by)
    for flip in decision.flips:
        assert flip.verdict != decision.verdict
        if flip.then is not None and flip.input.count(".") == 1 and " " not in flip.input:
            part, field = flip.input.split(".")
            kept = (
                int(flip.then)
                if isinstance(getattr(getattr(patient, part), field), int)
                else flip.then
            )
            assert verdict(having(patient, **{part: {field: kept}}), by) == flip.verdict


@pytest.mark.parametrize("case", ["ileum_disseminated", "analogue_follow_up", "breast_and_spleen"])
@pytest.mark.parametrize("by", profiles())
def test_asking_again_only_what_read_the_change_gives_the_same_verdict(case: str, by: str) -> None:
    """Every change of one input, and every fact of the record blotted out."""
    patient = generate(case)
    judged = Case(patient, profile(by), tuple(reads(patient)))
    unknown = [
        changed(judged, f"patient.{part}.{name}", None)
        for part in ("labs", "condition", "history", "pathology")
        for name, field in type(getattr(patient, part)).model_fields.items()
        if field.default is None and getattr(getattr(patient, part), name) is not None
    ]
    again = Again(judged)
    for other in [*(change.case for change in prrt_changes(judged)), *unknown]:
        assert again(other) == prrt(other.patient, by, other.found).verdict


def test_flips_name_the_nearest_value_first_what_helps() -> None:
    decision = prrt(cleared(45))
    assert decision.flips[0].verdict == Y
    assert decision.flips[0].input == "labs.creatinine_mg_dl"
    assert "clearance 50 instead of 45 mL/min" in decision.flips[0].text


def test_units_of_another_laboratory_are_converted_and_the_clearance_is_shown() -> None:
    assert haemoglobin_g_dl(4.9) < figure("prrt.course.hb_min").value < haemoglobin_g_dl(5.0)
    assert round(creatinine_mg_dl(150), 1) == figure("prrt.netter1.creatinine_max").value
    man, woman = (cockcroft_gault(60, 70, sex, 1.0) for sex in ("male", "female"))  # type: ignore[arg-type]
    assert woman == pytest.approx(man * figure("clinic.cockcroft_gault.female").value)
    text = said(prrt(BASE), "E8").text
    assert "81.2 mL/min" in text
    assert "88 µmol/L" in text
    for broken in (lambda: cockcroft_gault(60, 0, "male", 1), lambda: haemoglobin_g_dl(-1)):
        with pytest.raises(ValueError, match="must be above 0"):
            broken()


def test_a_rulebook_overrides_single_entries_and_says_which_there_are() -> None:
    assert profile("ema").limit("life_min") is profile("course").limit("life_min")
    assert profile("ema").holds_against("life_min") is None
    assert profile("ema").limit("crcl_stop").value > profile("course").limit("crcl_stop").value
    with pytest.raises(ValueError, match="there are course, ema, fda, netter1, netter2"):
        prrt(BASE, "enets")
    with pytest.raises(ValueError, match=r"rulebooks.toml, \[mine\], g3"):
        read_profiles(f'{PROFILES}\n[mine]\ng3 = "perhaps"\n')
    with pytest.raises(ValueError, match=r"\[course\] is missing"):
        read_profiles("[mine]\n")


def test_where_sources_part_every_position_has_its_source_and_the_course_its_sentence() -> None:
    for one in prrt_disagreements():
        assert one.course == statements()[one.id].in_words
        assert len(one.positions) > 1
        assert all(position.source and position.says for position in one.positions)
        assert "{" not in one.takes
        assert any(letter.isdigit() for letter in one.takes)
    kidneys = prrt_disagreements()[0]
    assert [position.source[:8] for position in kidneys.positions].count("NETTER-1") == 1, (
        "one source, one number: heard once"
    )
    assert {"30", "40", "50"} <= {
        word for position in kidneys.positions for word in position.says.split()
    }

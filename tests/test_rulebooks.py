"""A label or a trial asks only what its own text holds; the course's caution is a rulebook beside
it.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any

import pytest

from netcourse.decisions.core import Status, Weight
from netcourse.decisions.heterogeneity import reads
from netcourse.decisions.prrt import COURSE, criteria, profile, profiles, prrt, prrt_table
from netcourse.decisions.prrt.criterion import Case
from netcourse.decisions.prrt.eligibility import findings
from netcourse.evidence import figure
from netcourse.patients import Lesion, Patient, archetypes, generate
from netcourse.reading.lessons.prrt import column_table

NAMED = [id for id in profiles() if id != COURSE]
BASE = generate("ileum_disseminated")


def having(patient: Patient = BASE, **parts: dict[str, Any]) -> Patient:
    return patient.model_copy(
        update={
            part: getattr(patient, part).model_copy(update=values) for part, values in parts.items()
        }
    )


def with_a_discordant_lesion() -> Patient:
    cold = Lesion(
        id="X1",
        place="liver_s5",
        size_mm=28,
        ssr_suv=1.3,
        fdg_suv=9.8,
        pattern="hypo_hypo",
        histology="net",
    )
    return BASE.model_copy(update={"lesions": (*BASE.lesions, cold)})


SILENT = {
    "FDG discordance": with_a_discordant_lesion(),
    "a Ki-67 above 55 % in a NET": having(pathology={"ki67_percent": 60}),
    "ALT above five times normal": having(labs={"alt_times_uln": 6}),
    "therapy of the liver 60 days ago": having(history={"days_since_liver_directed_therapy": 60}),
    "an obstructed kidney": having(condition={"hydronephrosis": True}),
    "low platelets before the first cycle": having(labs={"platelets_1e9_l": 70}),
    "no progression": having(history={"course": "stable"}),
    "carcinoid heart disease": having(condition={"carcinoid_heart_disease": True}),
    "a poor performance status": having(condition={"karnofsky_percent": 40}),
    "a resectable tumour": having(history={"resectable": True}),
}


@pytest.mark.parametrize("what", SILENT)
def test_the_us_label_refuses_nothing_that_it_does_not_speak_of(what: str) -> None:
    assert prrt(SILENT[what], "fda").verdict == "eligible"
    assert prrt(SILENT[what]).verdict != "eligible", "the course's caution stands beside it"


def test_progression_over_more_than_three_years_is_a_trials_window_not_the_european_labels() -> (
    None
):
    slow = having(history={"course": "progressive", "course_months": 50, "on_ssa": True})
    assert prrt(slow, "ema").verdict == "eligible"
    assert prrt(slow, "netter1").verdict == "not indicated"


@pytest.mark.parametrize(
    ("clearance_of", "verdict"), [(29, "conditional"), (31, "eligible"), (45, "eligible")]
)
def test_the_us_label_has_not_studied_a_clearance_below_30(
    clearance_of: float, verdict: str
) -> None:
    from netcourse.decisions.core.units import creatinine_for

    patient = having(labs={"creatinine_mg_dl": creatinine_for(BASE, clearance_of)})
    assert prrt(patient, "fda").verdict == verdict
    (kidneys,) = (one for one in prrt(patient, "fda").reasons if one.rule == "E8")
    assert ("Not studied" in kidneys.text) == (verdict == "conditional")


@pytest.mark.parametrize("by", NAMED)
def test_each_criterion_of_a_rulebook_has_its_paragraph_and_its_own_numbers(by: str) -> None:
    book = profile(by)
    assert set(book.states) <= set(criteria())
    assert all(book.states.values())
    found = dict(zip(criteria(), findings(Case(BASE, book, reads(BASE))), strict=True))
    for id, finding in found.items():
        if id not in book.states:
            assert finding.reason.weight is Weight.INFORMATION
            assert finding.reason.status is Status.MET
            assert book.name in finding.text
        elif finding.figure_id and finding.figure_id.startswith("prrt."):
            technical = ("prrt.course.childbearing_to", "prrt.course.inr_max")
            assert finding.figure_id.startswith(f"prrt.{by}.") or finding.figure_id in technical


def test_netter_2_asked_for_uptake_above_the_liver() -> None:
    patient = generate("pancreas_new")
    liver = patient.ssr.suv["liver"] * figure("prrt.netter2.ssr_ratio").value
    reading = list(reads(patient))

    def seen(suv: float) -> str:
        first = reading[0]
        changed = first.model_copy(update={"ssr": first.ssr.model_copy(update={"suv_max": suv})})
        return prrt(patient, "netter2", [changed, *reading[1:]]).verdict

    assert seen(liver) == "not eligible"
    assert seen(liver + 0.1) == "eligible"


def test_every_rulebook_says_up_to_which_day_it_was_looked_after() -> None:
    assert {profile(by).as_of for by in profiles()} == {date(2026, 11, 30)}
    assert "Rules as of 30 November 2026" in column_table().html


def test_the_table_parts_label_course_and_trial() -> None:
    lines = {line.split()[0]: line.split(" | ") for line in column_table().plain.splitlines()}
    assert len(lines) == len(criteria())
    assert lines["E14"][1] == "–"
    assert "EMA label (4.2): 1 × liver" in lines["E4"][1]
    assert "NETTER-1 (inclusion): 20 %" in lines["E2"][3]
    assert "Ki-67, at most 55 %" in lines["E2"][2]
    assert "FDA label" not in lines["E6"][1]


@pytest.mark.parametrize(
    ("age", "verdicts"),
    [
        (14, ["conditional", "not eligible", "eligible", "not eligible"]),
        (17, ["conditional", "not eligible", "eligible", "not eligible"]),
        (18, ["eligible"] * 4),
    ],
)
@pytest.mark.covers("E31", "clinic.adult", "prrt.course.age_stop")
def test_an_adolescent_is_within_the_us_label_and_for_the_courses_board(
    age: int, verdicts: list[str]
) -> None:
    patient = BASE.model_copy(update={"age_y": age})
    assert [prrt(patient, by).verdict for by in ("course", "ema", "fda", "netter1")] == verdicts
    (kidneys,) = (one for one in prrt(patient).reasons if one.rule == "E8")
    assert ("is for adults" in kidneys.text) == (age < 18)


def test_netter_2_took_adolescents_from_15() -> None:
    patient = generate("pancreas_new")
    verdicts = [
        prrt(patient.model_copy(update={"age_y": age}), "netter2").verdict for age in (14, 15)
    ]
    assert verdicts == ["not eligible", "eligible"]


# What a rulebook does not ask for is said without weight, and may still stop therapy where what it
# stands on is missing: the label asks nothing of surgery, but there must be a tumour; the course asks
# for FDG where it is indicated, and a discordant lesion stops.
SAYS_NOTHING = {("fda", "E1"), ("course", "E5")}
HEAVY = {"absolute": 2, "defer": 1, "relative": 1, "information": 0}


@cache
def weights() -> dict[tuple[str, str], dict[Status, set[int]]]:
    """How heavy each criterion of each rulebook is said to be, met or not, over all archetypes."""
    found: dict[tuple[str, str], dict[Status, set[int]]] = {}
    for archetype in archetypes():
        for by, decision in prrt_table(generate(archetype)).items():
            for one in decision.reasons:
                there = found.setdefault((by, one.rule), {})
                there.setdefault(one.status, set()).add(HEAVY[str(one.weight)])
    return found


def test_a_criterion_that_is_met_or_unknown_is_said_to_weigh_what_it_weighs_when_it_is_not() -> (
    None
):
    uneven, lighter = set(), set()
    for which, by_status in weights().items():
        said = by_status.get(Status.MET, set()) | by_status.get(Status.UNKNOWN, set())
        if len(said) > 1:
            uneven.add(which)
        if said and min(said) < max(by_status.get(Status.NOT_MET, {0})):
            lighter.add(which)
    assert uneven == {("course", "E5")}
    assert weights()["course", "E5"][Status.MET] == {HEAVY["absolute"], HEAVY["information"]}
    assert lighter == SAYS_NOTHING

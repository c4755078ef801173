"""Doses of organs, response and follow-up: the reference's numbers, both sides of every border, and
what a falling SUV may mean.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netcourse.decisions.core import CANNOT_DECIDE
from netcourse.decisions.prrt.dosimetry import OrganDose, cycles_left
from netcourse.decisions.prrt.response import (
    AGAIN,
    COMPLETE,
    GROWING,
    LOST_RECEPTORS,
    PARTIAL,
    PROGRESSION,
    RESPONDING,
    STABLE,
    UNCHANGED,
    LesionChange,
    lesion_response,
    recist,
    surveillance,
    surveillance_notes,
)
from netcourse.decisions.prrt.trials import trial_note, trial_results
from netcourse.evidence import figure
from netcourse.patients import Patient, generate

BASE = generate("ileum_disseminated")


def having(**parts: dict[str, object]) -> Patient:
    return BASE.model_copy(
        update={
            part: getattr(BASE, part).model_copy(update=values) for part, values in parts.items()
        }
    )


@pytest.mark.covers("RT1")
@pytest.mark.parametrize(
    ("per_gbq", "gy", "bed"), [(0.46, 13.6, 14.6), (0.65, 19.2, 21.1), (0.90, 26.6, 30.3)]
)
def test_four_cycles_give_the_kidneys_what_the_reference_says(
    per_gbq: float, gy: float, bed: float
) -> None:
    dose = OrganDose(kidney_gy_per_gbq=per_gbq)
    assert (round(dose.kidney_gy(4), 1), round(dose.kidney_bed_gy(4), 1)) == (gy, bed)


@pytest.mark.covers("D18")
def test_risk_factors_of_the_kidney_cost_cycles() -> None:
    without, with_risk = (
        int(cycles_left(having(condition={"hypertension": risk})).verdict) for risk in (False, True)
    )
    assert without > with_risk >= figure("therapy.cycles").value
    dose = OrganDose()
    for cycles, limit in ((without, "without_risk"), (with_risk, "with_risk")):
        border = figure(f"kidney.limit.{limit}").value
        assert dose.kidney_bed_gy(cycles) <= border < dose.kidney_bed_gy(cycles + 1)


def test_earlier_cycles_count_and_an_unknown_dose_is_asked_for() -> None:
    had = having(history={"prrt_cycles": 4, "prrt_kidney_bed_gy": OrganDose().kidney_bed_gy(4)})
    assert int(cycles_left(had).verdict) == int(cycles_left(BASE).verdict) - 4
    assert cycles_left(having(history={"prrt_cycles": 4})).missing == ("kidney dose so far",)
    assert cycles_left(having(condition={"diabetes": None})).verdict == CANNOT_DECIDE
    assert cycles_left(having(condition={"diabetes": None, "hypertension": True})).decided, (
        "one risk factor is enough"
    )


@given(st.floats(0.05, 3), st.floats(0.05, 3))
def test_more_dose_per_activity_never_leaves_more_cycles(one: float, other: float) -> None:
    low, high = sorted((one, other))
    left = [
        int(cycles_left(BASE, OrganDose(kidney_gy_per_gbq=per_gbq)).verdict)
        for per_gbq in (low, high)
    ]
    assert left[0] >= left[1]


@pytest.mark.covers("RT2")
def test_the_marrow_gets_what_the_two_series_say() -> None:
    doses = [
        OrganDose(marrow_gy_per_gbq=figure(f"absorbed.marrow.{name}").value).marrow_gy(4)
        for name in ("netter1", "berg")
    ]
    assert [round(dose) for dose in doses] == [1, 2]
    assert "RT2" in {one.rule for one in cycles_left(BASE).reasons}
    with pytest.raises(ValueError, match="marrow_gy_per_gbq is -1"):
        OrganDose(marrow_gy_per_gbq=-1)


@pytest.mark.covers("FU1", "recist.partial", "recist.progressive", "recist.progressive_mm")
def test_recist_counts_response_from_the_baseline_and_progression_from_the_smallest_sum() -> None:
    partial, progressive = figure("recist.partial").value, figure("recist.progressive").value
    least = figure("recist.progressive_mm").value
    assert [recist(100, 100, 100 - partial + more).verdict for more in (0, 0.1)] == [
        PARTIAL,
        STABLE,
    ]
    assert [recist(100, 50, 50 * (1 + progressive / 100) - more).verdict for more in (0, 0.1)] == [
        PROGRESSION,
        PARTIAL,
    ]
    assert [recist(20, 20, 20 + least - more).verdict for more in (0, 0.1)] == [
        PROGRESSION,
        STABLE,
    ], "the share alone is not enough"
    assert recist(100, 50, 0).verdict == COMPLETE
    assert recist(100, 50, 50, new_lesion=True).verdict == PROGRESSION
    with pytest.raises(ValueError, match="baseline"):
        recist(50, 60, 40)


@given(st.floats(20, 200), st.floats(0.2, 1), st.floats(0, 300), st.booleans())
def test_every_recist_flip_is_true(baseline: float, share: float, now: float, new: bool) -> None:
    decision = recist(baseline, share * baseline, now, new)
    for flip in decision.flips:
        assert flip.then is not None
        assert (
            recist(baseline, share * baseline, flip.then, new).verdict
            == flip.verdict
            != decision.verdict
        )


def change(**more: object) -> LesionChange:
    return LesionChange.model_validate(
        {"size_before_mm": 30, "size_now_mm": 30, "suv_before": 20, "suv_now": 20, "months": 9}
        | more
    )


@pytest.mark.covers("S52")
def test_each_sign_of_response_is_one_by_itself() -> None:
    assert lesion_response(change()).verdict == UNCHANGED
    signs = ({"size_now_mm": 20}, {"suv_now": 10}, {"diffusion": "less restricted"})
    assert {lesion_response(change(**sign)).verdict for sign in signs} == {RESPONDING}


@pytest.mark.covers("FU3", "response.suv_fall")
def test_fewer_receptors_in_a_lesion_that_grows_are_no_response() -> None:
    fall = figure("response.suv_fall").value / 100
    grown = {"size_now_mm": 45}
    assert lesion_response(change(**grown, suv_now=20 * (1 - fall))).verdict == LOST_RECEPTORS
    assert lesion_response(change(**grown, suv_now=20 * (1 - fall) + 0.1)).verdict == GROWING
    assert lesion_response(change(**grown, suv_now=None)).missing == (
        "receptor PET with the same tracer",
    )


@pytest.mark.covers("FU2", "response.early", "response.again")
def test_early_growth_with_unchanged_receptors_and_markers_may_pass() -> None:
    early = figure("response.early").value
    grown = {"size_now_mm": 45, "markers_rising": False}
    assert [
        lesion_response(change(**grown, months=months)).verdict for months in (early, early + 0.1)
    ] == [AGAIN, GROWING]
    assert (
        lesion_response(change(**grown | {"markers_rising": True}, months=early)).verdict == GROWING
    )
    assert lesion_response(change(**grown | {"markers_rising": None}, months=early)).missing == (
        "tumour markers",
    )


@pytest.mark.covers("FU4", "D24")
def test_follow_up_looks_first_after_months_and_then_twice_a_year() -> None:
    said = " ".join(f"{when}: {what}" for when, what in surveillance())
    for name in ("first", "then", "receptors"):
        assert f"{figure(f'surveillance.{name}').value:g} months" in said
    assert "once a year" in surveillance_notes()[1]


@pytest.mark.covers(
    "S50", "D16", "trial.netter1.os_ratio", "trial.netter1.pfs_ratio", "trial.netter2.pfs_ratio"
)
def test_progression_differs_significantly_and_survival_does_not() -> None:
    found = {one.name: one for one in trial_results()}
    assert found["NETTER-1, progression-free survival"].significant is True
    assert found["NETTER-1, overall survival"].significant is False
    assert found["NETTER-2, progression-free survival"].significant is True
    assert found["NETTER-R, progression-free survival"].significant is None
    assert "not differ significantly" in found["NETTER-1, overall survival"].means
    assert "final report for survival" in trial_note()

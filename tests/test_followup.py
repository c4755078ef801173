"""After the first scan, and around it: restaging, change, comparison, appropriate use, spacing of
tracers, analogues.
"""

import re
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netcourse.decisions.core import CANNOT_DECIDE, Status
from netcourse.decisions.tracer import (
    PURPOSES,
    SCENARIOS,
    FollowUpChange,
    Scenario,
    TracerQuestion,
    appropriate_use,
    comparable,
    dual_scan_interval,
    is_progression,
    restaging,
    scan_spacing,
    ssa_before_scan,
    tracer,
    wait_hours,
)
from netcourse.evidence import figure, statement
from netcourse.evidence.tracers import tracers


def value(id: str) -> float:
    return figure(id).value


# Restaging.


@pytest.mark.covers("S33", "S34", "S35", "S36", "S37")
def test_restaging_says_what_the_rules_of_choice_say_and_is_not_asked_at_baseline() -> None:
    for purpose in PURPOSES:
        question = TracerQuestion(site="ileum", ki67_percent=2, purpose=purpose, residual_risk=True)
        if purpose in ("baseline", "before_cure"):
            with pytest.raises(
                ValueError,
                match=f"purpose is {purpose}; restaging is asked for one of after_curative_surgery",
            ):
                restaging(question)
        else:
            assert restaging(question) == tracer(question)


# What a change means.

SAME: dict[str, Any] = {
    "new_lesion": False,
    "ct": "stable",
    "suv_up": False,
    "ratio_up": False,
    "analogue_started": False,
    "same_tracer": True,
}


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        ({}, "no sign of progression"),
        ({"ct": "growing"}, "progression"),
        ({"ct": "growing", "new_lesion": None}, "progression"),
        ({"new_lesion": True}, "possible progression"),
        ({"new_lesion": True, "confirmed": True}, "progression"),
        ({"new_lesion": True, "confirmed": False}, "no sign of progression"),
        ({"suv_up": True}, "possible progression"),
        ({"suv_up": True, "same_tracer": False}, "not comparable"),
        ({"suv_up": True, "same_tracer": None}, CANNOT_DECIDE),
        ({"ratio_up": True}, "possible progression"),
        ({"ratio_up": True, "analogue_started": True}, "effect of the analogue"),
        ({"ratio_up": True, "analogue_started": None}, CANNOT_DECIDE),
        ({"suv_up": True, "ratio_up": True, "analogue_started": True}, "possible progression"),
        (
            {"suv_up": True, "ratio_up": True, "same_tracer": False, "analogue_started": True},
            "effect of the analogue",
        ),
        ({"new_lesion": None}, CANNOT_DECIDE),
        ({"ct": None}, CANNOT_DECIDE),
        ({"suv_up": None, "ratio_up": None}, "no sign of progression"),
    ],
)
@pytest.mark.covers("TR20", "S37", "S36", "S27", "D12")
def test_what_a_change_on_follow_up_means(change: dict[str, Any], verdict: str) -> None:
    decision = is_progression(FollowUpChange(**SAME | change))
    assert decision.verdict == verdict
    assert (verdict == CANNOT_DECIDE) <= bool(decision.missing)


@pytest.mark.covers("S37", "TR20")
def test_a_new_lesion_with_a_stable_ct_is_neither_dismissed_nor_taken_for_granted() -> None:
    decision = is_progression(FollowUpChange(new_lesion=True, ct="stable"))
    assert (decision.verdict, decision.missing) == (
        "possible progression",
        ("MRI, biopsy or short follow-up",),
    )
    assert decision.reasons[0].rule == "S37"
    assert is_progression(FollowUpChange(new_lesion=True)).missing == ("CT or MRI",)
    told = {
        flip.verdict
        for flip in is_progression(
            FollowUpChange(new_lesion=True, ct="stable", confirmed=False)
        ).flips
    }
    assert told == {"progression"}


states = st.builds(
    FollowUpChange,
    **dict.fromkeys(
        ("new_lesion", "suv_up", "ratio_up", "analogue_started", "same_tracer", "confirmed"),
        st.none() | st.booleans(),
    ),
    ct=st.sampled_from([None, "stable", "growing"]),
)


@settings(deadline=None)
@given(states)
def test_every_change_has_a_meaning_and_every_flip_of_it_is_true(change: FollowUpChange) -> None:
    decision = is_progression(change)
    assert decision.reasons
    assert decision.decided or decision.missing
    for flip in decision.flips:
        field, _, word = flip.input.partition(": ")
        then = word or not getattr(change, field)
        assert (
            is_progression(change.model_copy(update={field: then})).verdict
            == flip.verdict
            != decision.verdict
        )


@settings(deadline=None)
@given(states)
def test_growth_on_ct_is_progression_whatever_the_picture_of_receptors_says(
    change: FollowUpChange,
) -> None:
    assert is_progression(change.model_copy(update={"ct": "growing"})).verdict == "progression"


@settings(deadline=None)
@given(states)
def test_an_analogue_never_makes_a_change_look_worse(change: FollowUpChange) -> None:
    rank = [
        "no sign of progression",
        "effect of the analogue",
        "not comparable",
        CANNOT_DECIDE,
        "possible progression",
        "progression",
    ]
    without, with_it = (
        is_progression(change.model_copy(update={"analogue_started": started})).verdict
        for started in (False, True)
    )
    assert rank.index(with_it) <= rank.index(without)


# Comparison.


@pytest.mark.covers("S27", "D12", "KP1")
def test_suvs_compare_within_a_tracer_and_ratios_without_a_new_analogue() -> None:
    said = {
        (same, started): (
            comparable("ga68_dotatoc", "ga68_dotatoc" if same else "f18_sitate", started).verdict
        )
        for same in (True, False)
        for started in (True, False, None)
    }
    assert said == {
        (True, False): "SUV and ratio",
        (True, True): "SUV only",
        (True, None): CANNOT_DECIDE,
        (False, False): "ratio only",
        (False, True): "neither",
        (False, None): CANNOT_DECIDE,
    }
    assert comparable("ga68_dotatoc", "f18_sitate", None).missing == (
        "whether an analogue was started between",
    )
    for same in ("ga68_dotatoc", "f18_sitate"):
        for started in (True, False):
            decision = comparable("ga68_dotatoc", same, started)
            (flip,) = decision.flips
            assert (
                comparable("ga68_dotatoc", same, not started).verdict
                == flip.verdict
                != decision.verdict
            )
    with pytest.raises(ValueError, match="18F-FDG is no receptor tracer"):
        comparable("ga68_dotatoc", "f18_fdg")


# Appropriate use.


@pytest.mark.covers("AU1", "AU2", "AU3", "AU4", "AU5", "AU6", "AU7", "AU8", "AU9", "TR25")
def test_nine_scenarios_are_appropriate_each_by_its_own_sentence_and_no_other_is_claimed() -> None:
    asked = {scenario: appropriate_use(scenario) for scenario in SCENARIOS}
    assert {s for s, decision in asked.items() if decision.verdict != "appropriate"} == {"other"}
    carried = [asked[scenario].reasons[0].rule for scenario in SCENARIOS if scenario != "other"]
    assert carried == [f"AU{n}" for n in range(1, 10)]
    assert "not seen" in asked["other"].reasons[0].text
    words = {
        "unknown_primary": "unknown primary",
        "no_biopsy": "cannot be biopsied",
        "indeterminate_lesion": "indeterminate",
    }
    assert all(word in asked[scenario].reasons[0].text for scenario, word in words.items())  # type: ignore[index]
    with pytest.raises(ValueError, match="scenario is 'curiosity'; it must be one of staging"):
        appropriate_use("curiosity")  # type: ignore[arg-type]
    assert get_args(Scenario) == SCENARIOS


# Spacing.


@pytest.mark.covers("TL4")
def test_between_two_tracers_lie_five_half_lives_of_the_first() -> None:
    for id, row in tracers().items():
        assert wait_hours(id) == pytest.approx(value("spacing.half_lives") * row.half_life_min / 60)
    left = 0.5 ** value("spacing.half_lives")
    assert left == pytest.approx(0.03, abs=0.005), "the sentence says three per cent"
    assert [round(wait_hours(id), 1) for id in ("ga68_dotatoc", "f18_sitate", "cu64_dotatate")] == [
        5.6,
        9.2,
        63.5,
    ]


@pytest.mark.parametrize(
    ("first", "second", "verdict"),
    [
        ("ga68_dotatate", "f18_fdg", "same day"),
        ("f18_fdg", "ga68_dotatate", "next day"),
        ("f18_sitate", "f18_fdg", "next day"),
        ("cu64_dotatate", "f18_fdg", "after 3 days"),
        ("tc99m_hynic_toc", "f18_fdg", "after 2 days"),
        ("in111_octreotide", "f18_fdg", "after 15 days"),
    ],
)
@pytest.mark.covers("TL4")
def test_the_short_lived_tracer_goes_first(first: str, second: str, verdict: str) -> None:
    decision = scan_spacing(first, second)
    assert decision.verdict == verdict
    assert f"{wait_hours(first):.1f} h" in decision.reasons[0].text
    assert ("the other order is shorter" in decision.flags) == (
        wait_hours(second) < wait_hours(first)
    )
    for flip in decision.flips:
        assert flip.input == f"first: {second}"
        assert scan_spacing(second, first).verdict == flip.verdict != verdict


@pytest.mark.covers("TL5")
def test_two_scans_are_read_together_up_to_a_month_with_a_warning_up_to_two_and_never_across_a_therapy() -> (
    None
):
    best, last = value("spacing.dual_best"), value("spacing.dual_last")
    said = [dual_scan_interval(days, False).verdict for days in (0, best, best + 1, last, last + 1)]
    assert said == ["read together"] * 2 + ["read together with a warning"] * 2 + ["do not combine"]
    assert {dual_scan_interval(days, True).verdict for days in (0, best, last + 1)} == {
        "do not combine"
    }
    assert [dual_scan_interval(days).verdict for days in (best, last, last + 1)] == [
        CANNOT_DECIDE,
        CANNOT_DECIDE,
        "do not combine",
    ]
    assert dual_scan_interval(best).missing == ("whether there was a therapy between",)
    for days in (-1, 4000, float("nan")):
        with pytest.raises(ValueError, match=r"days is .*from 0 to 3650"):
            dual_scan_interval(days)


@settings(deadline=None)
@given(st.floats(0, 200), st.none() | st.booleans())
def test_every_flip_of_an_interval_is_true(days: float, therapy: bool | None) -> None:
    decision = dual_scan_interval(days, therapy)
    for flip in decision.flips:
        changed = (
            dual_scan_interval(flip.then, therapy)
            if flip.then is not None
            else dual_scan_interval(days, not therapy)
        )
        assert changed.verdict == flip.verdict != decision.verdict


# Analogues.


@pytest.mark.covers("D12")
@settings(deadline=None)
@given(
    st.none() | st.integers(0, 400),
    st.none() | st.floats(0, 200),
    st.sampled_from([id for id, row in tracers().items() if row.target == "sst"]),
)
def test_no_analogue_delays_a_scan(days: int | None, hours: float | None, id: str) -> None:
    decision = ssa_before_scan(days, hours, id)
    assert decision.verdict == "do not delay"
    assert decision.missing == (
        ("date of the last dose",) if days is None and hours is None else ()
    )
    assert all(not re.search(r"[{}]|None", r.text) for r in decision.reasons)


@pytest.mark.covers("D12")
def test_a_label_that_asks_for_more_is_named_on_both_sides_of_its_limit() -> None:
    long, short, other = (
        value(f"ssa_scan.{name}") for name in ("cu64_long", "cu64_short", "short_label")
    )

    def asks(**of: Any) -> bool:
        return "label asks to wait" in ssa_before_scan(**of).flags

    assert [
        asks(days_since_long_acting=int(days), tracer="cu64_dotatate") for days in (long - 1, long)
    ] == [True, False]
    assert [
        asks(hours_since_short_acting=hours, tracer="cu64_dotatate") for hours in (short - 1, short)
    ] == [True, False]
    assert [asks(hours_since_short_acting=hours) for hours in (other - 1, other)] == [True, False]
    assert not asks(days_since_long_acting=1), "the 68Ga label has no wash-out of long-acting ones"
    (why,) = (
        r for r in ssa_before_scan(1, tracer="cu64_dotatate").reasons if r.status is Status.NOT_MET
    )
    assert f"{long:g} days" in why.text


@pytest.mark.covers("D12", "KP1")
def test_over_the_start_of_an_analogue_the_suv_is_compared_and_not_the_ratio() -> None:
    limit = int(value("ssa.washout"))
    flags = [ssa_before_scan(days).flags for days in (limit, limit + 1)]
    assert flags == [("analogue on board",), ()]
    started = ssa_before_scan(10, started_between_scans=True)
    assert "compare SUV, not ratios" in started.flags
    assert "KP1" in {r.rule for r in started.reasons}
    for started_or_not in (False, None):
        assert (
            "compare SUV, not ratios"
            not in ssa_before_scan(10, started_between_scans=started_or_not).flags
        )
    assert value("ssa_scan.ratio_with") > value("ssa_scan.ratio_without"), "the ratio is what moves"
    assert statement("D12").mark.value == "V"


def test_an_impossible_dose_date_is_refused() -> None:
    with pytest.raises(ValueError, match="days_since_long_acting is -1; it must be 0 or more"):
        ssa_before_scan(-1)
    with pytest.raises(ValueError, match="no tracer 'f18_psma'"):
        ssa_before_scan(3, tracer="f18_psma")

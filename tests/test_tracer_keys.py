"""What an exercise may ask about tracers: every rule as a key, situations said in words, and
mistakes named.
"""

import pytest

from netcourse.assessment.keys.expressions import ExpressionError
from netcourse.assessment.keys.registry import check_decision, check_expression
from netcourse.assessment.keys.truth import Truth
from netcourse.decisions.tracer import (
    Department,
    FollowUpChange,
    change_of,
    department_of,
    findings_of,
)
from netcourse.patients import generate

PANCREAS, ILEUM, ANALOGUE = (
    Truth(generate(name)) for name in ("pancreas_new", "ileum_disseminated", "analogue_follow_up")
)


@pytest.mark.parametrize(
    ("truth", "key", "verdict"),
    [
        (PANCREAS, "tracer()", "SSR PET/CT + FDG PET/CT"),
        (ILEUM, 'tracer("baseline")', "SSR PET/CT"),
        (ILEUM, 'tracer("baseline", "fast_growth")', "SSR PET/CT + FDG PET/CT"),
        (ILEUM, 'tracer("after_curative_surgery", "no residual_risk")', "none"),
        (
            ILEUM,
            'tracer("prrt_candidate", "scan seen", "pet, ga68, ema")',
            "SSR PET/CT + FDG PET/CT",
        ),
        (ILEUM, 'tracer("usual", "", "no pet, hynic_toc")', "SSR SPECT/CT + CT or MRI"),
        (ANALOGUE, "tracer()", "SSR PET/CT + CT or MRI"),
        (ANALOGUE, "ssa_before_scan()", "do not delay"),
        (None, 'which_ssr_tracer("ga68, f18_ssr, 6 patients")', "18F-SiTATE"),
        (None, 'which_ssr_tracer("ga68, f18_ssr, 90 min")', "18F-SiTATE"),
        (None, 'approved("ga68_dotanoc", "ema")', "not approved"),
        (None, 'appropriate_use("unknown_primary")', "appropriate"),
        (None, 'scan_spacing("ga68_dotatoc", "f18_fdg")', "same day"),
        (None, 'dual_scan_interval(45, "no therapy")', "read together with a warning"),
        (None, "dual_scan_interval(61)", "do not combine"),
        (None, 'is_progression("new_lesion, ct stable")', "possible progression"),
        (None, 'comparable("ga68_dotatoc", "f18_sitate")', "ratio only"),
        (None, 'comparable("ga68_dotatoc", "ga68_dotatoc", "analogue")', "SUV only"),
    ],
)
def test_every_rule_on_tracers_can_be_a_key(truth: Truth | None, key: str, verdict: str) -> None:
    assert check_decision(key, ["L1"] if truth else []) == []
    decision, asked = (truth or PANCREAS).asked(key)
    assert decision.verdict == verdict
    assert [question.decision for question in asked] == [decision], (
        "what was asked is kept for the feedback"
    )


@pytest.mark.parametrize(
    ("truth", "key", "number"),
    [
        (ILEUM, 'place_in_plan("SSR PET/CT")', 1),
        (ILEUM, 'place_in_plan("FDG PET/CT", "baseline")', 2),
        (ILEUM, 'wait_hours("f18_fdg")', 9.15),
        (ILEUM, 'scan_dose("ga68_dotatate", 150)', 3.15),
        (ILEUM, 'scan_dose("f18_sitate")', 3.75),
    ],
)
def test_places_waits_and_doses_are_numbers_of_a_key(truth: Truth, key: str, number: float) -> None:
    assert check_expression(key, ["L1"], must_ask=True) == []
    assert truth.number(key)[0] == pytest.approx(number)


@pytest.mark.parametrize(
    ("key", "complaint"),
    [
        ('tracer("curiosity")', 'purpose is "curiosity"; allowed are "usual", "baseline"'),
        (
            'tracer("baseline", "fast growing")',
            "'fast growing' cannot be said here; allowed are residual_risk",
        ),
        (
            'tracer("baseline", "fast_growth", "xenon")',
            "'xenon' cannot be said here; allowed are pet, ga68",
        ),
        (
            'which_ssr_tracer("ga68, 900 patients")',
            "patients_a_day: Input should be less than or equal to 50",
        ),
        ('approved("ga68_dotatoc", "mhra")', 'region is "mhra"; allowed are "fda", "ema"'),
        ('is_progression("new_lesion, ct shrinking")', "'ct shrinking' cannot be said here"),
        ('place_in_plan("PSMA")', 'test is "PSMA"'),
    ],
)
def test_a_wrong_word_in_a_key_is_named_with_what_is_allowed(key: str, complaint: str) -> None:
    assert any(complaint in found for found in check_expression(key, ["L1"]))


def test_a_test_without_a_place_is_no_number() -> None:
    with pytest.raises(
        ExpressionError, match="'neck ultrasound' has no place in the plan of this patient"
    ):
        ILEUM.value('place_in_plan("neck ultrasound")')


def test_a_warning_of_a_rule_can_be_asked_for() -> None:
    assert PANCREAS.value('flagged(tracer(), "FDG too")') is True
    assert ILEUM.value('flagged(tracer("baseline"), "FDG optional")') is True
    assert ANALOGUE.value('flagged(ssa_before_scan("cu64_dotatate"), "label asks to wait")') is True
    assert ANALOGUE.value('flagged(ssa_before_scan(), "label asks to wait")') is False


def test_a_situation_said_in_words_is_the_situation() -> None:
    assert findings_of(" no ssr_positive ,  scan  seen,") == {
        "ssr_positive": False,
        "scan_seen": True,
    }
    assert findings_of("") == {}
    assert department_of("") == Department()
    assert department_of("no pet, hynic_toc, 1 patient, fda") == Department(
        pet=False, hynic_toc=True, patients_a_day=1, region="fda"
    )
    assert change_of("ct growing, no suv_up") == FollowUpChange(ct="growing", suv_up=False)

"""The Krenning score on both sides of every boundary, and what goes with it."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netcourse.decisions.core import Decision
from netcourse.decisions.somatostatin import VARIANTS, Variant, krenning, patient_scores, visible
from netcourse.evidence import figure
from netcourse.patients import Uptake, generate

REFERENCE = {"blood_pool": 1.5, "liver": 5.0, "spleen": 17.0}
STEP = 0.05


def score(suv_max: float, variant: Variant = "pet", **more: object) -> Decision:
    return krenning(Uptake.model_validate({**REFERENCE, "suv_max": suv_max, **more}), variant)


# The same lesion, three answers: the reference's table (blood pool 1.5, liver 5, spleen 17).
@pytest.mark.parametrize(
    ("suv_max", "pet", "planar"),
    [
        (1.4, 1, 1),
        (3.0, 2, 1),
        (4.6, 2, 2),
        (5.0, 2, 2),
        (5.4, 3, 2),
        (6.2, 3, 3),
        (17.0, 3, 3),
        (17.1, 4, 4),
    ],
)
@pytest.mark.covers("D1")
def test_pet_and_planar_definitions_part_where_the_reference_says(
    suv_max: float, pet: int, planar: int
) -> None:
    assert (score(suv_max).score, score(suv_max, "planar").score) == (pet, planar)


@pytest.mark.parametrize(("organ", "at"), [("blood_pool", 1), ("liver", 2), ("spleen", 3)])
@pytest.mark.covers("S40")
def test_a_tie_goes_to_the_lower_class_and_a_little_more_to_the_higher(organ: str, at: int) -> None:
    edge = REFERENCE[organ]
    assert (score(edge - STEP).score, score(edge).score, score(edge + STEP).score) == (
        at,
        at,
        at + 1,
    )


def test_the_planar_class_equal_to_liver_has_a_width_on_both_sides() -> None:
    band, liver = figure("krenning.planar.band").value, REFERENCE["liver"]
    low, high = (1 - band) * liver, (1 + band) * liver
    assert [score(suv, "planar").score for suv in (low - STEP, low, high, high + STEP)] == [
        1,
        2,
        2,
        3,
    ]


def test_the_visual_class_much_lower_than_liver_ends_at_its_figure() -> None:
    edge = figure("krenning.visual.much_lower").value * REFERENCE["liver"]
    assert [score(suv, "visual").score for suv in (edge - STEP, edge)] == [1, 2]


suvs = st.floats(0, 60, allow_nan=False)
organs = st.fixed_dictionaries(
    {
        "blood_pool": st.floats(0.3, 4),
        "liver": st.floats(0.5, 15),
        "spleen": st.none() | st.floats(0.5, 50),
    }
)


@given(suvs, suvs, organs, st.none() | st.floats(0.1, 20), st.booleans(), st.sampled_from(VARIANTS))
def test_more_uptake_never_lowers_the_score(
    one: float,
    other: float,
    rest: dict[str, float],
    around: float | None,
    in_liver: bool,
    variant: Variant,
) -> None:
    low, high = (
        Uptake(suv_max=suv, background=around, in_liver=in_liver, **rest)
        for suv in sorted((one, other))
    )
    first, second = krenning(low, variant), krenning(high, variant)
    if first.decided and second.decided:
        assert first.score <= second.score


optional = st.none() | st.floats(0, 60, allow_nan=False)
any_uptake = st.builds(
    Uptake,
    suv_max=suvs,
    blood_pool=optional,
    liver=optional,
    spleen=optional,
    kidney_cortex=optional,
    visible=st.none() | st.booleans(),
    background=optional,
    background_sd=st.floats(0, 5),
    diameter_mm=st.none() | st.floats(1, 100),
    fwhm_mm=st.none() | st.floats(3, 20),
    in_liver=st.booleans(),
    liver_replaced=st.booleans(),
    earlier_liver=optional,
    days_since_long_acting_ssa=st.none() | st.integers(0, 400),
)


@given(any_uptake, st.sampled_from(VARIANTS))
def test_every_valid_measurement_gets_a_score_or_a_list_of_what_is_missing(
    uptake: Uptake, variant: Variant
) -> None:
    decision = krenning(uptake, variant)
    assert (decision.verdict in {"0", "1", "2", "3", "4"}) != bool(decision.missing)
    assert decision.reasons
    assert "for education, not for patient care" in decision._repr_html_()
    assert "\n" not in repr(decision)
    if decision.verdict == "4":
        assert uptake.spleen is not None or uptake.kidney_cortex is not None


@given(any_uptake, st.sampled_from(VARIANTS))
def test_every_flip_changes_the_score_as_it_says(uptake: Uptake, variant: Variant) -> None:
    for flip in krenning(uptake, variant).flips:
        changed = krenning(uptake.model_copy(update={flip.input: flip.then}), variant)
        assert changed.verdict == flip.verdict


def test_the_nearest_flips_of_a_lesion_just_above_the_liver() -> None:
    flips = {flip.input: flip for flip in score(5.4).flips}
    assert flips["suv_max"].verdict == "2"
    assert flips["suv_max"].then == pytest.approx(REFERENCE["liver"])
    assert flips["liver"].then == pytest.approx(5.4)


def test_a_missing_reference_gives_a_question_and_never_a_guess() -> None:
    assert krenning(Uptake(suv_max=4.0, blood_pool=1.5)).missing == ("liver SUVmean",)
    assert krenning(Uptake(suv_max=4.0, liver=5.0)).missing == ("blood-pool SUVmean",)
    assert krenning(Uptake(suv_max=6.0, liver=5.0, spleen=17.0)).score == 3, (
        "above the liver the blood pool does not matter"
    )
    with pytest.raises(ValueError, match="liver SUVmean"):
        _ = krenning(Uptake(suv_max=4.0, blood_pool=1.5)).score


def test_without_blood_pool_a_lesion_that_ties_with_the_liver_stays_open() -> None:
    liver = REFERENCE["liver"]
    assert score(liver, blood_pool=None).missing == ("blood-pool SUVmean",)
    assert score(liver + STEP, blood_pool=None).score == 3


def test_a_lesion_that_ties_with_blood_pool_scores_1_even_without_a_liver() -> None:
    pool = REFERENCE["blood_pool"]
    assert score(pool, liver=None).score == 1
    assert score(pool + STEP, liver=None).missing == ("liver SUVmean",)


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_lesion_that_ties_with_the_liver_scores_2_though_the_spleen_is_colder(
    variant: Variant,
) -> None:
    liver = REFERENCE["liver"]
    edge = (1 + figure("krenning.planar.band").value) * liver if variant == "planar" else liver
    assert [score(suv, variant, spleen=liver - 1).score for suv in (edge, edge + STEP)] == [2, 4]


@pytest.mark.parametrize("organ", ["liver", "spleen"])
def test_within_the_band_around_liver_and_spleen_the_score_is_called_borderline(organ: str) -> None:
    band, edge = figure("krenning.borderline").value, REFERENCE[organ]
    assert "borderline" in score(edge * (1 + band) - 0.001).flags
    assert "borderline" in score(edge * (1 - band) + 0.001).flags
    assert "borderline" not in score(edge * (1 + band) + STEP).flags
    assert "borderline" not in score(edge * (1 - band) - STEP).flags


@pytest.mark.covers("KP1")
def test_a_long_acting_analogue_on_board_is_said_until_it_is_washed_out() -> None:
    days = int(figure("ssa.washout").value)
    assert "analogue on board" in score(10, days_since_long_acting_ssa=days).flags
    assert "analogue on board" not in score(10, days_since_long_acting_ssa=days + 1).flags
    assert score(10, days_since_long_acting_ssa=14).score == score(10).score, (
        "it warns, it does not change the score"
    )


@pytest.mark.covers("KP1")
def test_under_an_analogue_the_ratio_rises_while_the_tumour_stays() -> None:
    patient = generate("analogue_follow_up")
    lesion, earlier = patient.lesion("L1"), patient.earlier_ssr
    assert earlier is not None
    now, then = (lesion.ssr_suv / organs.suv["liver"] for organs in (patient.ssr, earlier))
    assert now > 1.2 * then


@pytest.mark.covers("KP2")
def test_a_lesion_below_twice_the_resolution_is_flagged_with_its_likely_true_uptake() -> None:
    edge = figure("partial_volume.factor").value * 6.0
    small = score(3.6, diameter_mm=edge - 0.1, fwhm_mm=6.0, background=1.0)
    assert "partial volume" in small.flags
    assert "partial volume" not in score(3.6, diameter_mm=edge, fwhm_mm=6.0).flags
    eight = next(
        r.text
        for r in score(3.6, diameter_mm=8, fwhm_mm=6.0, background=1.0).reasons
        if r.rule == "KP2"
    )
    assert "about 6.0" in eight


@pytest.mark.covers("KP3")
def test_without_a_spleen_the_kidney_judges_the_top_class_and_without_both_it_ends_at_3() -> None:
    assert score(12, spleen=None, kidney_cortex=10.5).score == 4
    assert score(10.5, spleen=None, kidney_cortex=10.5).score == 3
    capped = score(40, spleen=None)
    assert capped.score == 3
    assert "capped at 3" in capped.flags
    assert any(r.rule == "KP3" for r in capped.reasons)


@pytest.mark.covers("KP4")
def test_an_unusable_liver_is_replaced_by_an_earlier_scan_then_by_the_spleen_then_by_nothing() -> (
    None
):
    ratio = figure("krenning.liver.from_spleen").value
    stand_in = 17.0 / ratio
    assert score(stand_in + STEP, liver_replaced=True).score == 3
    assert score(stand_in - STEP, liver_replaced=True).score == 2
    assert score(4.9, liver_replaced=True, earlier_liver=4.8).score == 3
    none = score(4.9, liver_replaced=True, spleen=None)
    assert not none.decided
    assert none.missing == ("spleen SUVmean or the liver of an earlier scan",)
    low, high = figure("krenning.liver.lowest").value, figure("krenning.liver.highest").value
    assert [
        ("liver unreliable" in score(8, liver=liver).flags)
        for liver in (low - STEP, low, high, high + STEP)
    ] == [
        True,
        False,
        False,
        True,
    ]


@pytest.mark.covers("KP4")
def test_the_liver_of_an_earlier_scan_stands_in_at_either_end_of_the_normal_range() -> None:
    low, high = figure("krenning.liver.lowest").value, figure("krenning.liver.highest").value
    stands_in = [
        score(8, liver_replaced=True, spleen=None, earlier_liver=liver).decided
        for liver in (low - STEP, low, high, high + STEP)
    ]
    assert stands_in == [False, True, True, False]


@pytest.mark.covers("KP5")
def test_a_lesion_just_above_the_liver_around_it_is_said_to_be_nearly_invisible() -> None:
    liver = REFERENCE["liver"]
    told = [
        any(one.rule == "KP5" for one in score(suv, in_liver=True).reasons)
        for suv in (liver - STEP, liver, liver + STEP, 2 * liver)
    ]
    assert told == [True, True, True, False]
    assert not any(one.rule == "KP5" for one in score(liver + STEP).reasons), "outside the liver"


@pytest.mark.covers("KP5")
def test_a_cold_lesion_in_the_liver_scores_1_and_the_same_uptake_in_fat_may_score_0() -> None:
    assert score(1.3, in_liver=True).score == 1
    assert score(1.3, background=1.0).score == 0
    assert any(r.rule == "KP5" for r in score(1.3, in_liver=True).reasons)


def test_visibility_needs_contrast_and_clearance_from_noise() -> None:
    contrast, noise = (
        figure("krenning.visible.contrast").value,
        figure("krenning.visible.noise").value,
    )
    assert not visible(Uptake(suv_max=contrast * 1.0, background=1.0))
    assert visible(Uptake(suv_max=contrast * 1.0 + STEP, background=1.0))
    assert not visible(Uptake(suv_max=1.0 + noise * 0.5, background=1.0, background_sd=0.5))
    assert visible(Uptake(suv_max=1.1, background=1.0, visible=True)), "a reader's own call wins"


@pytest.mark.covers("D3")
def test_pet_never_scores_a_lesion_lower_than_the_planar_definition() -> None:
    for suv in (0.5 + 0.1 * n for n in range(200)):
        assert score(suv).score >= score(suv, "planar").score


@pytest.mark.covers("D2")
def test_a_score_of_2_includes_lesions_below_the_liver_which_the_label_excludes() -> None:
    below = score(4.6)
    assert below.score == 2
    assert 4.6 / REFERENCE["liver"] < 1.0


def test_a_patient_is_reported_by_the_highest_and_the_lowest_lesion() -> None:
    patient = generate("pancreas_new")
    scores = {lesion.id: krenning(patient.uptake(lesion)).score for lesion in patient.lesions}
    assert patient_scores(scores) == (4, 3)
    with pytest.raises(ValueError, match="no lesion"):
        patient_scores({})


def test_reasons_carry_numbers_source_and_mark() -> None:
    decision = score(6.2)
    assert "6.2" in decision.reasons[0].text
    assert "5.0" in decision.reasons[0].text
    assert all(reason.source for reason in decision.reasons)
    assert decision.to_dict()["disclaimer"] == "for education, not for patient care"


def test_an_unknown_variant_is_refused_naming_those_there_are() -> None:
    with pytest.raises(ValueError, match="pet, visual, planar"):
        krenning(Uptake(suv_max=3), "wrong")  # type: ignore[arg-type]


def test_the_rules_load_without_numpy_matplotlib_or_widgets() -> None:
    code = (
        "import sys, netcourse.decisions; print([m for m in ('numpy', 'scipy', 'matplotlib',"
        " 'ipywidgets', 'PIL') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

"""Two scans of one lesion and of one patient: both sides of every border, the scales beside each
other, flips that are true.
"""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netcourse.decisions.core import CANNOT_DECIDE, Decision, Status
from netcourse.decisions.heterogeneity import (
    AGREE,
    CLASSES,
    CONCORDANT,
    DISAGREE,
    DISCORDANT,
    NO_CLASS,
    Cuts,
    DualUptake,
    classed,
    discordance,
    discordant_lesions,
    fdg_positive,
    fdg_ratio,
    joint_read,
    karfis,
    netpet,
    netpet_class,
    reads,
    schemes_disagree,
    zidan,
)
from netcourse.decisions.tracer import scan_interval
from netcourse.decisions.tracer.scan_timing import APART, TOGETHER
from netcourse.evidence import figure
from netcourse.patients import OrganUptake, Patient, Uptake, generate

POOL, LIVER, SPLEEN, FDG_LIVER = 1.5, 5.0, 17.0, 2.1
STEP = 0.01
SUV = st.floats(0.0, 60.0)


def seen(
    ssr: float, fdg: float | None, id: str = "L1", size_mm: float = 30.0, **more: object
) -> DualUptake:
    """A liver metastasis as both scans show it."""
    on_ssr = Uptake(
        suv_max=ssr,
        blood_pool=POOL,
        liver=LIVER,
        spleen=SPLEEN,
        diameter_mm=size_mm,
        fwhm_mm=6.0,
        in_liver=True,
    )
    on_fdg = (
        None
        if fdg is None
        else Uptake(suv_max=fdg, liver=FDG_LIVER, diameter_mm=size_mm, fwhm_mm=5.0, in_liver=True)
    )
    return DualUptake(lesion=id, ssr=on_ssr, fdg=on_fdg, **more)


def level(decision: Decision) -> int:
    return CLASSES.index(decision.verdict)


# One lesion.


@pytest.mark.parametrize(
    ("ssr", "fdg", "verdict", "pattern"),
    [
        (1.3, 1.8, "P0", "SSR- FDG-"),
        (24.0, 2.0, "P1", "SSR+ FDG-"),
        (18.0, 3.4, "P2", "SSR+ FDG+ not above SSR"),
        (11.0, 4.6, "P3", "SSR+ FDG+ not above SSR"),
        (8.0, 5.2, "P4", "SSR+ FDG+ above SSR"),
        (1.3, 9.8, "P5", "SSR- FDG+"),
    ],
)
@pytest.mark.covers("NP0", "NP1", "NP2", "NP3", "NP4", "NP5", "JR1", "JR2", "JR3", "JR4", "JR5")
def test_every_combination_of_the_two_scans_has_its_class_and_its_meaning(
    ssr: float, fdg: float, verdict: str, pattern: str
) -> None:
    read = seen(ssr, fdg)
    assert netpet_class(read).verdict == verdict
    assert joint_read(read).verdict == pattern
    rules = {"P0": "JR5", "P1": "JR1", "P2": "JR2", "P3": "JR2", "P4": "JR3", "P5": "JR4"}
    assert joint_read(read).reasons[-1].rule == rules[verdict]
    assert netpet_class(read).reasons[-1].rule == f"NP{verdict[1]}"


@pytest.mark.covers("NP6", "netpet.fdg_positive", "netpet.ssr_positive")
def test_a_scan_is_positive_above_its_cut_and_not_at_it() -> None:
    cut = figure("netpet.fdg_positive").value * FDG_LIVER
    assert netpet_class(seen(24, cut)).verdict == "P1"
    assert netpet_class(seen(24, cut + STEP)).verdict == "P2"
    assert figure("netpet.ssr_positive").value == 2, "above blood pool"
    assert netpet_class(seen(POOL, 1.0)).verdict == "P0"
    assert netpet_class(seen(POOL + STEP, 1.0)).verdict == "P1"


@pytest.mark.covers("NP7", "netpet.equal.from", "netpet.equal.to")
def test_fdg_equals_ssr_from_one_border_to_the_other_both_included() -> None:
    ssr, borders = 10.0, [figure(f"netpet.equal.{end}").value for end in ("from", "to")]
    at = [ratio * ssr / LIVER * FDG_LIVER for ratio in borders]
    assert [
        netpet_class(seen(ssr, fdg)).verdict for fdg in (at[0] - STEP, at[0], at[1], at[1] + STEP)
    ] == ["P2", "P3", "P3", "P4"]


@pytest.mark.covers("NP9")
def test_a_small_cold_lesion_makes_nobody_discordant_by_itself() -> None:
    limit = figure("partial_volume.factor").value * 6.0
    small, large = (seen(1.3, 9.8, size_mm=size) for size in (limit - 0.1, limit))
    assert netpet_class(large).verdict == "P5"
    decision = netpet_class(small)
    assert decision.verdict == CANNOT_DECIDE
    assert "NP9" in {one.rule for one in decision.reasons}
    assert decision.missing == ("biopsy, MRI or follow-up of L1",)
    both = netpet([small, seen(20, 1.5, "L2")])
    assert (both.verdict, both.flags) == ("P1", ("small lesion left aside",))
    assert (
        netpet([small]).verdict
        == karfis([small]).verdict
        == zidan([small]).verdict
        == CANNOT_DECIDE
    )


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        ({"fdg": None}, "FDG PET/CT"),
        ({"fdg": Uptake(suv_max=5.0)}, "liver SUVmean on FDG"),
        ({"ssr": Uptake(suv_max=9.0, blood_pool=POOL)}, "liver SUVmean"),
        ({"ssr": Uptake(suv_max=3.0, liver=LIVER)}, "blood-pool SUVmean"),
    ],
)
def test_what_was_not_measured_is_asked_for(change: dict[str, object], missing: str) -> None:
    decision = netpet_class(seen(9, 5).model_copy(update=change))
    assert decision.verdict == CANNOT_DECIDE
    assert missing in decision.missing
    assert Status.UNKNOWN in {one.status for one in decision.reasons}


def test_parts_of_a_lesion_come_together_and_the_worse_one_counts() -> None:
    halves = [seen(24, 2.0, part="A"), seen(1.2, 10.5, part="B")]
    decision = netpet_class(halves)
    assert (decision.verdict, decision.flags) == ("P5", ("discordant part",))
    assert netpet_class(halves[0]).verdict == "P1"
    assert netpet_class([halves[0], seen(9.0, None, part="B")]).verdict == CANNOT_DECIDE
    assert netpet_class([halves[1], seen(9.0, None, part="A")]).verdict == "P5", (
        "nothing can be worse"
    )


def test_reads_of_several_lesions_are_not_one() -> None:
    with pytest.raises(ValueError, match="L1, L2"):
        netpet_class([seen(9, 5), seen(9, 5, "L2")])
    with pytest.raises(ValueError, match="none"):
        joint_read([])


@given(SUV, SUV, SUV)
@settings(max_examples=300)
def test_the_class_never_falls_when_fdg_rises_at_the_same_ssr(
    ssr: float, one: float, other: float
) -> None:
    low, high = sorted((one, other))
    assert level(netpet_class(seen(ssr, low))) <= level(netpet_class(seen(ssr, high)))


@given(SUV, SUV, st.floats(0.5, 3.0), st.floats(0.5, 3.0))
def test_a_higher_cut_makes_no_lesion_fdg_positive(
    ssr: float, fdg: float, one: float, other: float
) -> None:
    low, high = sorted((one, other))
    read = seen(ssr, fdg)
    assert read.fdg_positive(Cuts(fdg_times_liver=high)) <= read.fdg_positive(
        Cuts(fdg_times_liver=low)
    )  # type: ignore[operator]


@given(SUV, SUV)
@settings(max_examples=150)
def test_every_flip_of_a_lesion_is_true(ssr: float, fdg: float) -> None:
    read = seen(round(ssr, 1), round(fdg, 1))
    decision = netpet_class(read)
    for flip in decision.flips:
        scan = flip.input.split()[1].split(".")[0]
        uptake = getattr(read, scan)
        assert flip.now == uptake.suv_max
        changed = read.model_copy(update={scan: uptake.model_copy(update={"suv_max": flip.then})})
        assert netpet_class(changed).verdict == flip.verdict != decision.verdict


@pytest.mark.covers("netpet.borderline")
def test_a_lesion_is_borderline_where_reader_noise_would_change_its_class() -> None:
    cut = FDG_LIVER * figure("netpet.fdg_positive").value
    assert "borderline" in netpet_class(seen(24, cut * 1.03)).flags
    assert "borderline" not in netpet_class(seen(24, cut * 1.3)).flags
    assert "borderline" in netpet_class(seen(1.55, 9.8)).flags, "just above blood pool"
    assert "borderline" not in netpet_class(seen(24, 0.8)).flags
    warm = netpet_class([seen(24, cut * 0.97, part="A"), seen(1.2, 10.5, part="B")])
    assert "borderline" not in warm.flags, "the other part decides"


def test_the_cut_is_the_learners_to_move() -> None:
    read = seen(18, 2.5)
    assert netpet_class(read).verdict == "P2"
    assert (
        netpet_class(read, Cuts(fdg_times_liver=figure("netpet.fdg_positive_strict").value)).verdict
        == "P1"
    )
    assert netpet_class(seen(3.5, 4.4), Cuts(ssr_score=3)).verdict == "P5"
    with pytest.raises(ValueError, match="equal_from"):
        Cuts(equal_from=2, equal_to=1)


# FDG of a patient's lesion.


def test_fdg_of_a_lesion_is_held_against_the_patients_own_liver() -> None:
    patient = generate("pancreas_new")
    assert [fdg_positive(lesion, patient) for lesion in patient.lesions] == [False, True, False]
    assert fdg_ratio(patient.lesion("L1"), patient) == pytest.approx(
        (3.4 / 2.1) / (19 / 5), rel=0.01
    )
    never = patient.model_copy(update={"fdg": None})
    assert fdg_positive(patient.lesion("L1"), never) is None
    assert fdg_ratio(patient.lesion("L1"), never) is None
    assert fdg_positive(patient.lesion("L1"), patient, times_liver=2.0) is False


# The patient.


@pytest.mark.parametrize(
    ("others", "grade"),
    [
        ([(20, 1.5)], "P1"),
        ([(20, 3.4)], "P2a"),
        ([(20, 3.4)] * 2, "P2a"),
        ([(20, 3.4)] * 3, "P2b"),
        ([(10, 4.2)] * 3, "P3b"),
        ([(8, 5.2)] * 2 + [(20, 3.4)] * 4, "P4a"),
        ([(8, 5.2)] * 3, "P4b"),
        ([(1.3, 9.8)], "P5"),
        ([(1.3, 9.8)] * 4, "P5"),
        ([(1.3, 1.0), (20, 1.5)], "P1"),
        ([(1.3, 1.0)], "P0"),
        ([], CANNOT_DECIDE),
    ],
)
@pytest.mark.covers("NP8", "netpet.many")
def test_the_patient_has_the_highest_class_and_a_letter_for_how_many(
    others: list[tuple[float, float]], grade: str
) -> None:
    assert netpet([seen(ssr, fdg, f"L{n}") for n, (ssr, fdg) in enumerate(others)]).verdict == grade


# The reference's teaching cases with their NETPET grades.
CASES = {
    "ileum_disseminated": "P1",
    "pancreas_new": "P2a",
    "dedifferentiated_metastasis": "P5",
    "colon_nec": "P5",
    "rectum_low_expression": "P1",
    "uncinate_and_node": "P1",
    "pancreas_g3": "P4b",
    "breast_and_spleen": CANNOT_DECIDE,
    "analogue_follow_up": "P1",
}


@pytest.mark.parametrize("archetype", CASES)
def test_teaching_cases_grade_as_the_reference_says(archetype: str) -> None:
    assert netpet(generate(archetype)).verdict == CASES[archetype]


@pytest.mark.parametrize(
    "archetype",
    [
        *CASES,
        "liver_many_fast",
        "rectum_two_fast",
        "ileum_three_classes",
        "cold_half",
        "no_receptors",
    ],
)
def test_seeded_variants_keep_the_class_of_every_lesion_that_is_not_borderline(
    archetype: str,
) -> None:
    first = {
        lesion.id: netpet_class(reads(generate(archetype), lesion.id)).verdict
        for lesion in generate(archetype).lesions
    }
    for seed in range(1, 30):
        patient = generate(archetype, seed)
        for lesion in patient.lesions:
            decision = netpet_class(reads(patient, lesion))
            if lesion.id in first and decision.verdict != first[lesion.id]:
                assert "borderline" in decision.flags, f"{patient.id} {lesion.id}: {decision}"


@pytest.mark.covers("S64", "HB8")
def test_the_patient_of_figure_4_is_ssr_hot_throughout_and_fdg_hot_in_the_tail_alone() -> None:
    patient = generate("pancreas_two_grades")
    assert all(
        patient.uptake(lesion).suv_max > patient.ssr.suv["spleen"] for lesion in patient.lesions
    )
    assert [id for id, level in classed(patient).levels.items() if level > 1] == ["P1"]
    tail = {read.part: netpet_class(read).verdict for read in reads(patient, "P1")}
    assert tail == {"A": "P1", "B": "P4"}
    assert reads(patient, "P1")[1].ssr.suv_max > 2 * patient.ssr.suv["liver"], (
        "the G3 part takes up SSR tracer too"
    )


def test_only_tumour_lesions_make_a_grade() -> None:
    patient = generate("uncinate_and_node")
    assert [read.lesion for read in reads(patient)] == ["N1"]
    assert netpet([]).verdict == CANNOT_DECIDE


@pytest.mark.covers("NP10", "netpet.survival.p5")
def test_the_grade_says_what_it_foretells() -> None:
    (said,) = (
        one for one in netpet(generate("dedifferentiated_metastasis")).reasons if one.rule == "NP10"
    )
    assert f"{figure('netpet.survival.p5.overall').value:g} months" in said.text
    spread = figure("netpet.survival.p1.overall").value / figure("netpet.survival.p5.overall").value
    assert 8 < spread < 10, "a factor of nine, as the statement says"


def hidden(patient: Patient, *ids: str) -> Patient:
    """The patient with the FDG uptake of some lesions not known."""
    lesions = tuple(
        one.model_copy(update={"fdg_suv": None}) if one.id in ids else one
        for one in patient.lesions
    )
    return patient.model_copy(update={"lesions": lesions})


def test_a_lesion_that_is_not_measured_leaves_the_grade_open_unless_it_is_already_the_worst() -> (
    None
):
    patient = generate("dedifferentiated_metastasis")
    assert netpet(hidden(patient, "P1")).verdict == "P5"
    decision = netpet(hidden(patient, "L2"))
    assert (decision.verdict, decision.missing) == (CANNOT_DECIDE, ("FDG uptake of L2",))
    never = patient.model_copy(update={"fdg": None})
    assert (
        netpet(never).missing
        == karfis(never).missing
        == discordance(never).missing
        == ("FDG PET/CT",)
    )
    assert schemes_disagree(never).verdict == CANNOT_DECIDE
    assert discordance(hidden(patient, "P1")).verdict == DISCORDANT
    assert karfis(hidden(patient, "P1")).verdict == "C3"


PLAN = st.lists(st.tuples(SUV, SUV), min_size=1, max_size=5)


@given(PLAN, st.data())
@settings(max_examples=100)
def test_a_patient_never_gets_a_lower_class_when_fdg_rises_in_one_lesion(
    lesions: list[tuple[float, float]], data: st.DataObject
) -> None:
    which = data.draw(st.integers(0, len(lesions) - 1))
    more = data.draw(st.floats(lesions[which][1], 80))
    before = [seen(ssr, fdg, f"L{n}") for n, (ssr, fdg) in enumerate(lesions)]
    after = [
        seen(ssr, more if n == which else fdg, f"L{n}") for n, (ssr, fdg) in enumerate(lesions)
    ]
    assert classed(before).top <= classed(after).top  # type: ignore[operator]


@given(PLAN)
@settings(max_examples=60, deadline=None)
def test_every_flip_of_a_patient_is_true_for_each_scale(lesions: list[tuple[float, float]]) -> None:
    found = [seen(round(ssr, 1), round(fdg, 1), f"L{n}") for n, (ssr, fdg) in enumerate(lesions)]
    for ask in (netpet, karfis, zidan, discordance, schemes_disagree):
        decision = ask(found)
        for flip in decision.flips:
            name, scan = flip.input.removesuffix(".suv_max").split()
            changed = [
                read.model_copy(
                    update={scan: getattr(read, scan).model_copy(update={"suv_max": flip.then})}
                )
                if read.lesion == name
                else read
                for read in found
            ]
            assert ask(changed).verdict == flip.verdict != decision.verdict, (ask.__name__, flip)


@given(PLAN)
@settings(max_examples=100, deadline=None)
def test_the_scales_agree_on_what_is_discordant_for_both_cuts(
    lesions: list[tuple[float, float]],
) -> None:
    found = [seen(ssr, fdg, f"L{n}") for n, (ssr, fdg) in enumerate(lesions)]
    cold = bool(discordant_lesions(found))
    assert (
        (netpet(found).verdict == "P5")
        == (karfis(found).verdict == "C3")
        == (discordance(found).verdict == DISCORDANT)
        == cold
    )
    if cold:
        assert zidan(found).verdict == "4", "what is below background is below liver"


# Karfis and Zidan.


@pytest.mark.parametrize(
    ("lesions", "c", "z"),
    [
        ([(20, 1.5), (18, 1.0)], "C1", "2"),
        ([(20, 1.5), (18, 3.4)], "C2", "3"),
        ([(20, 1.5), (1.3, 9.8)], "C3", "4"),
        ([(1.3, 1.0)], NO_CLASS, "1"),
        ([(1.3, 1.0), (20, 1.5)], NO_CLASS, NO_CLASS),
        ([(3.5, 4.4), (20, 1.5)], "C2", "4"),
        ([(3.5, 1.4), (20, 1.5)], "C1", NO_CLASS),
        ([], CANNOT_DECIDE, CANNOT_DECIDE),
    ],
)
@pytest.mark.covers(
    "KF1", "KF2", "KF3", "ZD1", "ZD2", "ZD3", "ZD4", "SD2", "netpet.ssr_positive_zidan"
)
def test_karfis_and_zidan_speak_of_all_lesions(
    lesions: list[tuple[float, float]], c: str, z: str
) -> None:
    found = [seen(ssr, fdg, f"L{n}") for n, (ssr, fdg) in enumerate(lesions)]
    assert (karfis(found).verdict, zidan(found).verdict) == (c, z)
    rules = {
        "C1": "KF1",
        "C2": "KF2",
        "C3": "KF3",
        "1": "ZD1",
        "2": "ZD2",
        "3": "ZD3",
        "4": "ZD4",
        NO_CLASS: "SD2",
    }
    if lesions:
        assert [karfis(found).reasons[0].rule, zidan(found).reasons[0].rule] == [rules[c], rules[z]]


@pytest.mark.covers("SD1")
def test_between_background_and_liver_the_scales_part_and_say_why() -> None:
    edges = [seen(ssr, 4.4) for ssr in (POOL, POOL + STEP, LIVER, LIVER + STEP)]
    assert [schemes_disagree([one]).verdict for one in edges] == [AGREE, DISAGREE, DISAGREE, AGREE]
    (why,) = schemes_disagree([edges[1]]).reasons
    assert why.rule == "SD1"
    assert all(
        word in why.text for word in ("P4", "C2", "Zidan", "above background", "not above liver")
    )


@pytest.mark.covers("SD3")
def test_only_netpet_counts_lesions() -> None:
    few, many = ([seen(8, 5.2, f"L{n}") for n in range(count)] for count in (2, 3))
    agreed = schemes_disagree(few)
    assert agreed.verdict == AGREE
    assert agreed.reasons[0].text.startswith(f"NETPET {netpet(few).verdict}, ")
    assert [one.rule for one in schemes_disagree(many).reasons] == ["SD3"]
    assert zidan(few).verdict == zidan(many).verdict == "3"


@pytest.mark.covers("S47", "S49", "D11")
def test_discordance_names_its_lesions_and_a_single_one_has_a_way_of_its_own() -> None:
    one, three = (
        [seen(20, 1.5, "L0"), *(seen(1.3, 9.8, f"C{n}") for n in range(count))] for count in (1, 3)
    )
    assert {"S47", "S49", "D11"} == {reason.rule for reason in discordance(one).reasons}
    assert discordance(one).flags == ("one lesion",)
    assert "D11" not in {reason.rule for reason in discordance(three).reasons}
    assert discordance(three).flags == ()
    assert "C0, C1, C2" in discordance(three).reasons[0].text
    assert discordance(one[:1]).verdict == CONCORDANT
    assert discordant_lesions(generate("cold_half")) == ("L1",)


# Time between scans.


@pytest.mark.covers("TL5")
def test_a_therapy_between_the_scans_parts_them_and_the_grade_stays_open() -> None:
    patient = generate("pancreas_g3")

    def dated(ssr: int, fdg: int, **history: object) -> Patient:
        scans = {
            "ssr": patient.ssr.model_copy(update={"days_ago": ssr}),
            "fdg": patient.organs("fdg").model_copy(update={"days_ago": fdg}),
        }
        return patient.model_copy(
            update=scans | {"history": patient.history.model_copy(update=history)}
        )

    assert scan_interval(dated(20, 5)).verdict == TOGETHER
    assert scan_interval(dated(20, 5, days_since_systemic_therapy=12)).verdict == APART
    assert scan_interval(dated(20, 5, days_since_systemic_therapy=40)).verdict == TOGETHER
    assert scan_interval(dated(20, 5, days_since_surgery=3)).verdict == TOGETHER
    assert netpet(dated(20, 5, days_since_liver_directed_therapy=12)).verdict == CANNOT_DECIDE
    assert netpet(dated(5, 5, days_since_systemic_therapy=5)).verdict == "P4b"
    late = netpet(dated(5, 50))
    assert late.verdict == "P4b"
    assert "scans far apart" in late.flags
    assert netpet(dated(0, 90)).verdict == CANNOT_DECIDE
    assert scan_interval(patient.model_copy(update={"fdg": None})).missing == ("FDG PET/CT",)


def test_every_decision_speaks_in_whole_sentences_with_a_source() -> None:
    patient = generate("cold_half")
    for decision in (
        netpet(patient),
        karfis(patient),
        zidan(patient),
        discordance(patient),
        schemes_disagree(generate("pancreas_g3")),
    ):
        for one in decision.reasons:
            assert one.source, one
            assert one.text.endswith("."), one.text
            assert "None" not in one.text, one.text


def test_organ_uptake_of_fdg_belongs_to_fdg() -> None:
    patient = generate("cold_half")
    assert math.isclose(patient.organs("fdg").suv["liver"], FDG_LIVER)
    with pytest.raises(ValueError, match="fdg: the tracer is ga68_dotatate"):
        Patient.model_validate(patient.model_dump() | {"fdg": OrganUptake().model_dump()})
    with pytest.raises(ValueError, match="ssr: the tracer is f18_fdg"):
        Patient.model_validate(
            patient.model_dump() | {"ssr": OrganUptake(tracer="f18_fdg").model_dump()}
        )

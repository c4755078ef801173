"""CT protocols and CT reading on both sides of every boundary, and what goes with them."""

import re
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

import netcourse
from netcourse.decisions.core import CANNOT_DECIDE, Decision, Flip, Status, Weight
from netcourse.decisions.ct import (
    CT_PHASES,
    NODE_REGIONS,
    REMARKS,
    SUITS,
    TARGETS,
    UNSUITED,
    CtPhase,
    CtProtocol,
    CtQuestion,
    NodeRegion,
    Target,
    appearance,
    ct_occult,
    ct_protocols,
    enhancement_pattern,
    judge_protocol,
    node_by_size,
    protocol_for,
    question_of,
    report_checklist,
    usual_protocol,
)
from netcourse.decisions.ct.needs import OneOf, Timing, read_protocols, window
from netcourse.evidence import figure, figures, statement
from netcourse.patients import generate

RULES = Path(netcourse.__file__).parent / "decisions"
TABLES = (RULES / "ct" / "protocols.toml").read_text(encoding="utf-8")
WORST_FIRST = (UNSUITED, CANNOT_DECIDE, REMARKS, SUITS)
CLOCKS: tuple[Timing, ...] = ("fixed", "tracked")
GOOD_KIDNEYS = figure("contrast.egfr").value + 50
STEP = 0.5


def asking(target: Target, **more: object) -> CtQuestion:
    return CtQuestion.model_validate({"target": target, "egfr_ml_min": GOOD_KIDNEYS, **more})


def plan(question: CtQuestion, **changes: object) -> CtProtocol:
    return CtProtocol.model_validate(usual_protocol(question).model_dump() | changes)


def failing(decision: Decision) -> set[str]:
    return {
        r.rule
        for r in decision.reasons
        if r.status is not Status.MET and r.weight is not Weight.INFORMATION
    }


# The eight protocols.


@pytest.mark.parametrize(
    ("target", "code", "phases", "oral"),
    [
        ("pancreas", "P-PAN", {"pancreatic", "portal_venous"}, "water"),
        ("small_bowel", "P-SB", {"pancreatic", "portal_venous"}, "neutral"),
        ("stomach_duodenum", "P-STO", {"late_arterial", "portal_venous"}, "water"),
        ("rectum", "P-REC", {"portal_venous"}, "none"),
        ("lung", "P-LUN", {"late_arterial", "portal_venous"}, "none"),
        ("follow_up", "P-FU", {"late_arterial", "portal_venous"}, "none"),
        ("pet_low_dose", "P-PETld", {"unenhanced"}, "none"),
        ("pet_diagnostic", "P-PETce", {"late_arterial", "portal_venous"}, "water"),
    ],
)
@pytest.mark.covers("S7", "CP1", "CP2", "CP3", "CP4", "CP5", "CP6", "CP7", "CP8", "CO2", "CO3")
def test_the_question_decides_phases_and_oral_agent(
    target: Target, code: str, phases: set[str], oral: str
) -> None:
    question = asking(target)
    decision, usual = protocol_for(question), usual_protocol(question)
    assert decision.verdict == code
    assert (set(usual.phases), usual.oral) == (phases, oral)
    assert decision.reasons[0].rule == ct_protocols()[target].statement


@pytest.mark.parametrize(("target", "timing"), [*product(TARGETS, CLOCKS)])
def test_the_protocol_that_the_course_would_run_suits_its_own_question(
    target: Target, timing: Timing
) -> None:
    question = asking(target)
    assert judge_protocol(question, usual_protocol(question, timing)).verdict == SUITS


@pytest.mark.parametrize(("target", "also"), [*product(TARGETS, TARGETS)])
def test_two_regions_in_one_scan_have_a_protocol_that_suits_both(
    target: Target, also: Target
) -> None:
    question = asking(target, also=also)
    usual = usual_protocol(question)
    assert judge_protocol(question, usual).verdict == SUITS
    starts = [start for phase, start in usual.phases.items() if phase != "unenhanced"]
    assert len(starts) <= 2, "one arterial and one portal venous phase serve both"


@pytest.mark.parametrize("target", TARGETS)
def test_every_reason_of_a_protocol_has_source_and_mark_and_no_open_placeholder(
    target: Target,
) -> None:
    for reason in protocol_for(
        asking(target, suspected_insulinoma=True, suspected_leak=True)
    ).reasons:
        assert reason.source, reason
        assert statement(reason.rule)
        assert not re.search(r"[{}]|None", reason.text), reason.text


@pytest.mark.parametrize("target", TARGETS)
def test_a_protocol_states_the_seconds_of_every_phase_that_it_needs_by_both_clocks(
    target: Target,
) -> None:
    said = " ".join(reason.text for reason in protocol_for(asking(target)).reasons)
    for phase in usual_protocol(asking(target)).phases:
        if phase != "unenhanced":
            assert all(
                f"{window(phase, clock).low:g}–{window(phase, clock).high:g} s" in said
                for clock in CLOCKS
            )


def test_an_unknown_egfr_is_asked_for_and_decides_nothing() -> None:
    open_question = CtQuestion(target="follow_up")
    assert protocol_for(open_question).missing == ("eGFR",)
    assert protocol_for(asking("follow_up")).missing == ()
    assert protocol_for(CtQuestion(target="pet_low_dose")).missing == (), (
        "without contrast nobody needs it"
    )
    judged = judge_protocol(open_question, usual_protocol(open_question))
    assert (judged.verdict, judged.missing) == (SUITS, ("eGFR",))


@pytest.mark.covers("IV3")
def test_the_protocol_advises_bolus_tracking_with_its_trigger() -> None:
    (tracking,) = (r for r in protocol_for(asking("pancreas")).reasons if r.rule == "IV3")
    assert f"{figure('phase.trigger.rise').value:g} HU" in tracking.text


# Which question a patient's CT must answer.


def test_the_question_follows_the_primary_and_an_earlier_scan_makes_it_follow_up() -> None:
    asked = {
        a: question_of(generate(a))
        for a in (
            "ileum_disseminated",
            "pancreas_new",
            "rectum_low_expression",
            "analogue_follow_up",
        )
    }
    assert [question.target for question in asked.values()] == [
        "small_bowel",
        "pancreas",
        "rectum",
        "follow_up",
    ]
    assert {question.also for question in asked.values()} == {None}


@pytest.mark.parametrize(
    ("site", "target"),
    [
        ("ileum", "small_bowel"),
        ("appendix", "small_bowel"),
        ("colon", "small_bowel"),
        ("pancreas", "pancreas"),
        ("stomach", "stomach_duodenum"),
        ("duodenum", "stomach_duodenum"),
        ("rectum", "rectum"),
        ("lung", "lung"),
    ],
)
def test_every_primary_site_has_its_question(site: str, target: str) -> None:
    patient = generate("pancreas_new")
    other = patient.model_copy(
        update={"pathology": patient.pathology.model_copy(update={"site": site})}
    )
    assert question_of(other) == CtQuestion.model_validate({"target": target})


def test_an_unknown_primary_is_sought_in_pancreas_and_small_bowel_in_one_scan() -> None:
    patient = generate("pancreas_new")
    unknown = patient.model_copy(
        update={"pathology": patient.pathology.model_copy(update={"site": "unknown"})}
    )
    question = question_of(unknown)
    assert {question.target, question.also} == {"pancreas", "small_bowel"}
    decision = protocol_for(question)
    assert decision.verdict == "P-PAN + P-SB"
    assert [reason.rule for reason in decision.reasons[:2]] == ["CP1", "CP2"]
    said = " ".join(reason.text for reason in decision.reasons)
    assert all(
        word in said
        for word in ("endosonography", "mesenteric mass", f"{figure('oral.neutral.volume').low:g}–")
    ), "both speak"
    usual = usual_protocol(question)
    assert (set(usual.phases), usual.oral, usual.spasmolytic) == (
        {"pancreatic", "portal_venous"},
        "neutral",
        "butylscopolamine",
    )
    assert usual.slice_mm == figure("slice.pancreas").value


def test_what_no_phase_serves_for_both_regions_is_scanned_for_each() -> None:
    question = asking("pet_low_dose", also="pancreas")
    assert set(usual_protocol(question).phases) == {"unenhanced", "pancreatic", "portal_venous"}
    alone = CtProtocol(phases={"unenhanced": None}, oral="water", slice_mm=1)
    assert judge_protocol(question, alone).verdict == UNSUITED


def test_what_is_optional_for_one_region_is_free_in_a_scan_of_both() -> None:
    question = asking("small_bowel", also="pancreas")
    assert (
        judge_protocol(
            question, plan(question, phases={"unenhanced": None} | usual_protocol(question).phases)
        ).verdict
        == SUITS
    )


def test_of_two_slice_limits_the_thinner_holds() -> None:
    thin, thick = (
        ct_protocols()["pancreas"],
        ct_protocols()["lung"].model_copy(update={"slice": "node.target"}),
    )
    assert thin.and_also(thick).slice == thick.and_also(thin).slice == "slice.pancreas"


# Each criterion alone.


@pytest.mark.parametrize(
    ("target", "change", "verdict", "rule"),
    [
        ("pancreas", {"phases": {"portal_venous": 70}}, UNSUITED, "CT3"),
        ("pancreas", {"phases": {"pancreatic": 42}}, UNSUITED, "CT5"),
        ("pancreas", {"phases": {"late_arterial": 38, "portal_venous": 70}}, REMARKS, "CT3"),
        ("pancreas", {"oral": "none"}, REMARKS, "CO2"),
        ("pancreas", {"oral": "positive"}, UNSUITED, "S19"),
        ("pancreas", {"slice_mm": 5}, REMARKS, "CS1"),
        ("pancreas", {"slice_mm": None}, REMARKS, "CS1"),
        ("pancreas", {"rate_ml_s": 2}, UNSUITED, "IV2"),
        ("pancreas", {"rate_ml_s": None}, CANNOT_DECIDE, "IV2"),
        ("pancreas", {"rate_ml_s": 7}, REMARKS, "IV2"),
        ("pancreas", {"iodine_mg_per_kg": 200}, REMARKS, "IV1"),
        ("pancreas", {"iodine_mg_per_kg": 900}, REMARKS, "IV1"),
        ("pancreas", {"iodine_mg_per_kg": None}, REMARKS, "IV1"),
        (
            "pancreas",
            {"phases": {"early_arterial": 24, "pancreatic": 42, "portal_venous": 70}},
            REMARKS,
            "CD1",
        ),
        ("small_bowel", {"oral": "none"}, UNSUITED, "CO3"),
        ("small_bowel", {"oral": "water"}, REMARKS, "CO3"),
        ("small_bowel", {"phases": {"portal_venous": 70}}, UNSUITED, "CT3"),
        ("rectum", {"oral": "neutral"}, REMARKS, "CP4"),
        ("rectum", {"rate_ml_s": None}, REMARKS, "IV2"),
        (
            "pet_low_dose",
            {"phases": {"portal_venous": 70}, "rate_ml_s": 3, "iodine_mg_per_kg": 500},
            UNSUITED,
            "CT1",
        ),
    ],
)
@pytest.mark.covers("IV1", "IV2", "CS1", "CT1", "CT3", "CT5")
def test_each_criterion_alone_changes_the_verdict(
    target: Target, change: dict[str, object], verdict: str, rule: str
) -> None:
    question = asking(target)
    decision = judge_protocol(question, plan(question, **change))
    assert decision.verdict == verdict
    assert rule in failing(decision)
    assert failing(decision) <= {rule, "CD1"}, "nothing else is wrong"


@pytest.mark.covers("S8", "S17", "S18")
def test_without_contrast_a_ct_serves_anatomy_and_attenuation_correction_only() -> None:
    plain = CtProtocol(phases={"unenhanced": None})
    assert judge_protocol(asking("pet_low_dose"), plain).verdict == SUITS
    assert {"S17", "S18"} <= {r.rule for r in judge_protocol(asking("pet_low_dose"), plain).reasons}
    for target in TARGETS:
        if target != "pet_low_dose":
            decision = judge_protocol(asking(target), plain)
            assert decision.verdict == UNSUITED
            assert "S8" in failing(decision)


@pytest.mark.parametrize("target", ["small_bowel", "stomach_duodenum", "pancreas"])
@pytest.mark.covers("S9")
def test_portal_venous_alone_is_not_enough_in_a_gastrointestinal_net(target: Target) -> None:
    question = asking(target)
    decision = judge_protocol(question, plan(question, phases={"portal_venous": 70}))
    assert decision.verdict == UNSUITED
    assert decision.flips[0].verdict == SUITS, "one arterial phase cures it"


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.covers("S19", "CO1", "CO5")
def test_positive_oral_contrast_sinks_every_protocol_unless_a_leak_is_suspected(
    target: Target,
) -> None:
    question = asking(target)
    decision = judge_protocol(question, plan(question, oral="positive"))
    assert decision.verdict == UNSUITED
    assert failing(decision) == {"S19"}
    assert "CO1" in {r.rule for r in decision.reasons}
    leak = asking(target, suspected_leak=True)
    assert judge_protocol(leak, plan(leak, oral="positive")).verdict == SUITS
    assert "CO5" in {r.rule for r in protocol_for(leak).reasons}


@pytest.mark.parametrize("suspicion", ["suspected_insulinoma", "suspected_phaeochromocytoma"])
@pytest.mark.covers("CO4")
def test_glucagon_is_contraindicated_when_insulinoma_or_phaeochromocytoma_is_suspected(
    suspicion: str,
) -> None:
    free, warned = asking("small_bowel"), asking("small_bowel", **{suspicion: True})
    assert judge_protocol(free, plan(free, spasmolytic="glucagon")).verdict == SUITS
    decision = judge_protocol(warned, plan(warned, spasmolytic="glucagon"))
    assert (decision.verdict, failing(decision)) == (UNSUITED, {"CO4"})
    assert judge_protocol(warned, plan(warned, spasmolytic="butylscopolamine")).verdict == SUITS
    assert "glucagon is contraindicated" in " ".join(r.text for r in protocol_for(warned).reasons)


def test_a_bowel_without_spasmolytic_is_said_and_costs_nothing() -> None:
    question = asking("small_bowel")
    decision = judge_protocol(question, plan(question, spasmolytic="none"))
    assert decision.verdict == SUITS
    assert any(r.rule == "CO4" and r.status is Status.NOT_MET for r in decision.reasons)
    assert not any(
        r.rule == "CO4" for r in judge_protocol(asking("lung"), plan(asking("lung"))).reasons
    )


@pytest.mark.covers("IV4")
def test_below_the_egfr_limit_contrast_is_an_individual_decision_and_at_the_limit_it_is_not() -> (
    None
):
    limit = figure("contrast.egfr").value
    verdicts = []
    for egfr in (limit - STEP, limit, limit + STEP):
        question = asking("follow_up", egfr_ml_min=egfr)
        verdicts.append(judge_protocol(question, plan(question)).verdict)
    assert verdicts == [REMARKS, SUITS, SUITS]
    poor = asking("follow_up", egfr_ml_min=limit - STEP)
    assert [r.weight for r in judge_protocol(poor, plan(poor)).reasons if r.rule == "IV4"] == [
        Weight.DEFER
    ]
    assert protocol_for(poor).verdict == "P-FU", "it defers, it does not forbid"
    without = asking("pet_low_dose", egfr_ml_min=limit - STEP)
    assert judge_protocol(without, plan(without)).verdict == SUITS


@pytest.mark.parametrize(
    "phase",
    [phase for phase in CT_PHASES if phase not in ("unenhanced", "portal_venous", "late_arterial")],
)
@pytest.mark.covers("CD1")
def test_phases_are_not_free(phase: CtPhase) -> None:
    question = asking("follow_up")
    usual = usual_protocol(question)
    decision = judge_protocol(
        question, plan(question, phases=usual.phases | {phase: window(phase).value})
    )
    assert decision.verdict == REMARKS
    (remark,) = (r for r in decision.reasons if r.rule == "CD1")
    assert f"{figure('dose.effective.abdomen').value:.0f} mSv" in remark.text
    assert {f.text for f in decision.flips if f.verdict == SUITS} == {
        f"Without the {phase.replace('_', ' ')} phase: suits."
    }


def test_an_optional_phase_is_free_and_an_unenhanced_scan_is_only_where_it_is_wanted() -> None:
    for target, verdict in (
        ("pancreas", SUITS),
        ("pet_diagnostic", SUITS),
        ("lung", SUITS),
        ("follow_up", REMARKS),
        ("rectum", REMARKS),
    ):
        question = asking(target)  # type: ignore[arg-type]
        assert (
            judge_protocol(
                question,
                plan(question, phases={"unenhanced": None} | usual_protocol(question).phases),
            ).verdict
            == verdict
        )


def test_a_rectal_protocol_may_add_the_arterial_phase_of_the_liver_and_then_needs_its_rate() -> (
    None
):
    question, phases = asking("rectum"), {"late_arterial": 38, "portal_venous": 68}
    slow = figure("injection.rate_arterial_lowest").value - STEP
    assert judge_protocol(question, plan(question, phases=phases)).verdict == SUITS
    assert (
        judge_protocol(question, plan(question, phases=phases, rate_ml_s=slow)).verdict == REMARKS
    )
    assert judge_protocol(question, plan(question, rate_ml_s=slow)).verdict == SUITS, (
        "portal venous alone may be slower"
    )
    late = plan(question, phases={"late_arterial": 60, "portal_venous": 68})
    assert judge_protocol(question, late).verdict == REMARKS, (
        "nothing rests on it, so its time is worth a remark"
    )


# Boundaries.


@pytest.mark.parametrize(("target", "timing"), [*product(TARGETS, CLOCKS)])
@pytest.mark.covers("CT2", "CT4", "CT6")
def test_a_needed_phase_suits_inside_its_window_remarks_where_still_usable_and_fails_beyond(
    target: Target, timing: Timing
) -> None:
    question = asking(target)
    usual = usual_protocol(question, timing)
    for phase, start in usual.phases.items():
        if start is None:
            continue
        clock = "_after_trigger" if timing == "tracked" else ""
        best = figure(f"phase.{phase}.{clock.removeprefix('_') or 'start'}")
        wide = figures(f"phase.{phase}").get(f"usable{clock}", best)
        assert best.low is not None
        assert best.high is not None
        assert wide.low is not None
        assert wide.high is not None
        just_off = REMARKS if wide.low < best.low else UNSUITED
        expected = [(best.low, SUITS), (best.high, SUITS), (best.low - STEP, just_off)]
        expected += [(best.high + STEP, REMARKS if wide.high > best.high else UNSUITED)]
        expected += [(wide.low - STEP, UNSUITED), (wide.high + STEP, UNSUITED)]
        for at, verdict in expected:
            moved = usual.model_copy(update={"phases": usual.phases | {phase: at}})
            assert judge_protocol(question, moved).verdict == verdict, (phase, at)


def test_an_enteric_or_late_arterial_phase_serves_the_small_bowel_as_well() -> None:
    question = asking("small_bowel")
    for phase in ("enteric", "late_arterial", "pancreatic"):
        assert (
            judge_protocol(
                question, plan(question, phases={phase: window(phase).value, "portal_venous": 70})
            ).verdict
            == SUITS
        )
    for phase in ("early_arterial", "delayed"):
        wrong = judge_protocol(
            question, plan(question, phases={phase: window(phase).value, "portal_venous": 70})
        )
        assert wrong.verdict == UNSUITED, "an early arterial phase is no phase for lesions"


def test_the_alternative_that_is_in_time_counts() -> None:
    question = asking("small_bowel")
    decision = judge_protocol(
        question, plan(question, phases={"pancreatic": 60, "enteric": 47, "portal_venous": 70})
    )
    assert (decision.verdict, failing(decision)) == (REMARKS, {"CD1"})


def test_the_same_seconds_by_the_other_clock_are_another_phase() -> None:
    question = asking("follow_up")
    assert judge_protocol(question, plan(question, timing="tracked")).verdict == UNSUITED
    tracked = usual_protocol(question, "tracked")
    assert (
        judge_protocol(question, tracked.model_copy(update={"timing": "fixed"})).verdict == UNSUITED
    )


@pytest.mark.parametrize(
    ("target", "field", "edge", "below", "at", "above"),
    [
        (
            "pancreas",
            "rate_ml_s",
            figure("injection.rate_arterial_lowest").value,
            UNSUITED,
            SUITS,
            SUITS,
        ),
        (
            "rectum",
            "rate_ml_s",
            figure("injection.rate_portal_lowest").value,
            REMARKS,
            SUITS,
            SUITS,
        ),
        ("pancreas", "rate_ml_s", figure("injection.rate").high, SUITS, SUITS, REMARKS),
        ("pancreas", "iodine_mg_per_kg", figure("injection.iodine").low, REMARKS, SUITS, SUITS),
        ("pancreas", "iodine_mg_per_kg", figure("injection.iodine").high, SUITS, SUITS, REMARKS),
        ("pancreas", "slice_mm", figure("slice.pancreas").value, SUITS, SUITS, REMARKS),
    ],
)
def test_rate_iodine_and_slice_on_both_sides_of_their_limits(
    target: Target, field: str, edge: float, below: str, at: str, above: str
) -> None:
    question = asking(target)
    verdicts = [
        judge_protocol(question, plan(question, **{field: value})).verdict
        for value in (edge - 0.05, edge, edge + 0.05)
    ]
    assert verdicts == [below, at, above]


# Properties.

questions = st.builds(
    CtQuestion,
    target=st.sampled_from(TARGETS),
    also=st.none() | st.sampled_from(TARGETS),
    egfr_ml_min=st.none() | st.floats(0, 200),
    suspected_insulinoma=st.booleans(),
    suspected_phaeochromocytoma=st.booleans(),
    suspected_leak=st.booleans(),
)
any_phases = st.dictionaries(st.sampled_from(CT_PHASES), st.floats(1, 600), min_size=1).map(
    lambda found: {
        phase: None if phase == "unenhanced" else start for phase, start in found.items()
    }
)
changes = st.fixed_dictionaries(
    {},
    optional={
        "phases": any_phases,
        "timing": st.sampled_from(CLOCKS),
        "oral": st.sampled_from(["none", "water", "neutral", "positive"]),
        "rate_ml_s": st.none() | st.floats(0.5, 10),
        "iodine_mg_per_kg": st.none() | st.floats(50, 1500),
        "slice_mm": st.none() | st.floats(0.3, 20),
        "spasmolytic": st.sampled_from(["none", "butylscopolamine", "glucagon"]),
    },
)


@st.composite
def cases(draw: st.DrawFn) -> tuple[CtQuestion, CtProtocol]:
    """A question with a plan: the usual one with some fields changed and some phases dropped, added
    or moved.
    """
    question = draw(questions)
    usual = usual_protocol(question, draw(st.sampled_from(CLOCKS)))
    fields = usual.model_dump() | draw(changes)
    phases = dict(fields["phases"])
    for phase in draw(st.lists(st.sampled_from(CT_PHASES), max_size=2)):
        shift = draw(st.integers(-8, 8))
        if phase in phases and draw(st.booleans()) and len(phases) > 1:
            del phases[phase]
        else:
            phases[phase] = (
                None
                if phase == "unenhanced"
                else max(1.0, window(phase, fields["timing"]).value + shift)
            )
    return question, CtProtocol.model_validate(fields | {"phases": phases})


@settings(deadline=None)
@given(cases())
def test_every_valid_protocol_gets_a_verdict_with_reasons(
    case: tuple[CtQuestion, CtProtocol],
) -> None:
    decision = judge_protocol(*case)
    assert decision.verdict in WORST_FIRST
    assert decision.reasons
    assert decision.decided or "injection rate" in decision.missing
    assert bool(failing(decision)) == (decision.verdict != SUITS)
    assert "for education, not for patient care" in decision._repr_html_()
    assert "\n" not in repr(decision)
    assert len(set(decision.reasons)) == len(decision.reasons)
    for reason in decision.reasons:
        assert reason.source
        assert "None" not in reason.text


def meets(need: OneOf[CtPhase], protocol: CtProtocol) -> bool:
    return bool(set(need.any_of) & set(protocol.phases))


@settings(deadline=None)
@given(cases())
def test_adding_a_needed_phase_at_its_time_never_worsens_the_verdict(
    case: tuple[CtQuestion, CtProtocol],
) -> None:
    question, protocol = case
    before = WORST_FIRST.index(judge_protocol(question, protocol).verdict)
    for need in question.needs.needs:
        if not meets(need, protocol):
            phase = need.any_of[0]
            start = None if phase == "unenhanced" else window(phase, protocol.timing).value
            after = judge_protocol(
                question, protocol.model_copy(update={"phases": protocol.phases | {phase: start}})
            )
            assert WORST_FIRST.index(after.verdict) >= before


def flipped(
    flip: Flip, question: CtQuestion, protocol: CtProtocol
) -> tuple[CtQuestion, CtProtocol]:
    """What a flip says, done by its fields alone."""
    head, _, option = flip.input.partition(": ")
    if head.startswith("phases."):
        phase = head.removeprefix("phases.")
        rest = {other: start for other, start in protocol.phases.items() if other != phase}
        gone = phase in protocol.phases and flip.then is None
        return question, CtProtocol.model_validate(
            protocol.model_dump() | {"phases": rest if gone else rest | {phase: flip.then}}
        )
    if head in CtQuestion.model_fields:
        then = flip.then if head == "egfr_ml_min" else not getattr(question, head)
        return CtQuestion.model_validate(question.model_dump() | {head: then}), protocol
    return question, CtProtocol.model_validate(protocol.model_dump() | {head: option or flip.then})


@settings(deadline=None, max_examples=50)
@given(cases())
def test_every_flip_changes_the_verdict_as_it_says(case: tuple[CtQuestion, CtProtocol]) -> None:
    decision = judge_protocol(*case)
    for flip in decision.flips:
        assert flip.verdict != decision.verdict
        assert judge_protocol(*flipped(flip, *case)).verdict == flip.verdict, flip
        assert flip.text.endswith(f": {flip.verdict}.")


@settings(deadline=None)
@given(cases())
def test_flips_that_better_the_verdict_come_first(case: tuple[CtQuestion, CtProtocol]) -> None:
    decision = judge_protocol(*case)
    now = WORST_FIRST.index(decision.verdict)
    gains = [WORST_FIRST.index(flip.verdict) > now for flip in decision.flips]
    assert gains == sorted(gains, reverse=True)


@pytest.mark.parametrize("target", [target for target in TARGETS if target != "pet_low_dose"])
def test_one_fault_in_a_good_protocol_is_always_cured_by_a_flip(target: Target) -> None:
    question = asking(target)
    for change in (
        {"oral": "positive"},
        {"rate_ml_s": 1.0},
        {"iodine_mg_per_kg": 100.0},
        {"slice_mm": 9.0},
    ):
        decision = judge_protocol(question, plan(question, **change))
        assert decision.verdict == SUITS or decision.flips[0].verdict == SUITS


def test_a_flip_says_what_a_radiologist_would_do() -> None:
    question = asking("follow_up")
    portal_only = plan(question, phases={"portal_venous": 70})
    assert (
        judge_protocol(question, portal_only).flips[0].text
        == "With a late arterial phase at 38 s: suits."
    )
    early = plan(question, phases={"late_arterial": 28, "portal_venous": 70})
    texts = [flip.text for flip in judge_protocol(question, early).flips]
    assert "With the late arterial phase at 35 s instead of 28 s: suits." in texts
    pancreas = asking("pancreas")
    early = plan(pancreas, phases={"pancreatic": 30, "portal_venous": 70})
    texts = [flip.text for flip in judge_protocol(pancreas, early).flips]
    assert "With the pancreatic phase at 40 s instead of 30 s: suits." in texts, (
        "35 s is nearer and only usable"
    )
    bowel = asking("small_bowel")
    portal_only = plan(bowel, phases={"portal_venous": 70})
    assert (
        judge_protocol(bowel, portal_only).flips[0].text
        == "With a pancreatic phase at 42 s: suits."
    ), "what the protocol names first"
    low_dose = asking("pet_low_dose")
    portal_only = plan(low_dose, phases={"portal_venous": 70})
    assert (
        judge_protocol(low_dose, portal_only).flips[0].text
        == "With an unenhanced scan: suits with remarks."
    )
    slow = plan(question, rate_ml_s=2)
    assert (
        judge_protocol(question, slow)
        .flips[0]
        .text.startswith("With an injection rate of 3 mL/s instead of 2: suits")
    )


# Faulty input and faulty tables.


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"phases": {}}, "at least 1"),
        ({"phases": {"arterial": 38}}, "'late_arterial'"),
        (
            {"phases": {"late_arterial": None}},
            r"phases\.late_arterial is None; it must be above 0 and at most 600 s",
        ),
        (
            {"phases": {"late_arterial": -3}},
            r"phases\.late_arterial is -3 s; it must be above 0 and at most 600 s",
        ),
        ({"phases": {"late_arterial": 601}}, "601 s"),
        ({"phases": {"unenhanced": 5}}, r"phases\.unenhanced is 5; .* give None"),
        (
            {"phases": {"portal_venous": 70}, "rate_ml_s": 0},
            r"rate_ml_s\s+Input should be greater than 0",
        ),
        ({"phases": {"portal_venous": 70}, "rate_ml_s": float("nan")}, "rate_ml_s"),
        (
            {"phases": {"portal_venous": 70}, "oral": "milk"},
            "'none', 'water', 'neutral' or 'positive'",
        ),
        ({"phases": {"portal_venous": 70}, "rate": 4}, "rate"),
    ],
)
def test_an_impossible_protocol_is_refused_naming_field_value_and_what_is_allowed(
    fields: dict[str, object], complaint: str
) -> None:
    with pytest.raises(ValidationError, match=complaint):
        CtProtocol.model_validate(fields)


def test_an_impossible_question_is_refused() -> None:
    with pytest.raises(ValidationError, match=r"egfr_ml_min[\s\S]*greater than or equal to 0"):
        CtQuestion(target="pancreas", egfr_ml_min=-1)
    with pytest.raises(ValidationError, match="'pancreas', 'small_bowel'"):
        CtQuestion.model_validate({"target": "brain"})


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("[rectum]", "[brain]", "it must have|there must be one for each of pancreas"),
        ('sites = ["lung", "thymus"]', "", "no table names the site lung"),
        (
            'any_of = ["pancreatic"]',
            'any_of = ["pancreas"]',
            r"pancreas\.needs\.0\.any_of\.0: Input should be 'unenhanced'",
        ),
        ('code = "P-FU"', "", r"protocols\.toml, follow_up\.code: Field required"),
        ("spasmolytic = true", "spasmolitic = true", r"small_bowel\.spasmolitic"),
    ],
)
def test_a_faulty_table_is_refused_naming_file_table_and_field(
    old: str, new: str, complaint: str
) -> None:
    assert TABLES.count(old) == 1
    with pytest.raises(ValueError, match=complaint):
        read_protocols(TABLES.replace(old, new))


def test_what_the_tables_name_is_in_evidence() -> None:
    for needs in ct_protocols().values():
        assert statement(needs.statement)
        for id in [
            *needs.amounts.values(),
            *([needs.slice] if needs.slice else []),
            *re.findall(r"\{([\w.]+)\}", " ".join(needs.advice)),
        ]:
            assert figure(id)


def test_seconds_doses_and_volumes_stand_in_evidence_and_neither_in_tables_nor_in_rules() -> None:
    assert re.findall(r"\d+(?:\.\d+)? ?(?:s|mm|mL|mg|g|h|min|%|HU|mSv)\b", TABLES) == []
    for name in ("needs", "protocol", "judgement", "appearance"):
        body = re.sub(
            r'""".*?"""', "", (RULES / "ct" / f"{name}.py").read_text(encoding="utf-8"), flags=re.S
        )
        numbers = set(
            re.findall(r"(?<![\w.\"'])\d+(?:\.\d+)?(?![\w\"'])", re.sub(r"\{[^{}]*\}", "", body))
        )
        # Counting and indexing; then the ranges of what can be typed at all; then the step of a
        # flip.
        assert numbers <= {"0", "1", "2", "4", "5", "6"} | {
            "10",
            "20",
            "200",
            "300",
            "600",
            "1500",
            "1024",
            "3071",
            "4095",
        } | {"0.1"}, name


@pytest.mark.parametrize("phase", [phase for phase in CT_PHASES if phase != "unenhanced"])
@pytest.mark.parametrize("timing", CLOCKS)
def test_every_phase_has_a_window_around_its_usual_second_and_a_wider_one_only_where_one_is_given(
    phase: CtPhase, timing: Timing
) -> None:
    best, wide = window(phase, timing), window(phase, timing, usable=True)
    assert best.low is not None
    assert best.high is not None
    assert wide.low is not None
    assert wide.high is not None
    assert wide.low <= best.low <= best.value <= best.high <= wide.high
    assert best.unit == "s"


@pytest.mark.covers("CT2", "CT3", "CT4", "CT5", "CT6")
def test_phases_follow_each_other_in_time_by_both_clocks() -> None:
    for timing in CLOCKS:
        usual = [window(phase, timing).value for phase in CT_PHASES if phase != "unenhanced"]
        assert usual == sorted(set(usual))
    for phase in CT_PHASES:
        if phase != "unenhanced":
            assert window(phase, "tracked").value < window(phase, "fixed").value


def test_the_shares_of_synthetic_patterns_add_up_and_agree_with_the_published_figures() -> None:
    for origin in ("pancreatic", "enteric"):
        shares = {
            name: found.value for name, found in figures(f"pattern.sampling.{origin}").items()
        }
        assert sum(shares.values()) == pytest.approx(1)
        for name in ("hyper_hypo", "hyper_iso"):
            assert 100 * shares[name] == pytest.approx(figure(f"pattern.{origin}.{name}").value)
        hyper = shares["hyper_hypo"] + shares["hyper_iso"] + shares["hyper_hyper"]
        assert 100 * hyper == pytest.approx(figure("pattern.any.arterial_hyper").value)
        assert 100 * shares["hypo_hypo"] == pytest.approx(figure("pattern.any.hypo_hypo").value)


def test_dose_follows_from_dlp_by_the_courses_factor_within_two_per_cent() -> None:
    k = figure("dose.k.abdomen_pelvis").value
    for protocol in ("standard", "low_dose"):
        stated = figures(f"dose.multiphase.{protocol}")
        assert k * stated["dlp"].value == pytest.approx(stated["effective"].value, rel=0.02)


@pytest.mark.covers("S16", "D20")
def test_what_ct_finds_is_called_detection_best_in_the_liver_and_least_in_the_primary() -> None:
    found = figures("detection.ct")
    assert found["liver"].value > found["extrahepatic"].value > found["primary"].value
    for entry in found.values():
        assert entry.label.startswith("Detection")
        assert "accuracy" in (entry.why or "")
        assert "sensitivity" in (entry.why or "")
    assert "sensitivity" in (statement("S16").corrected or "")


def test_the_lung_figures_add_up_to_all_lesions() -> None:
    assert sum(found.value for found in figures("detection.lung").values()) == pytest.approx(100)


# Reading.

EDGE = figure("enhancement.class").value


@pytest.mark.covers("EP3")
def test_a_lesion_is_hyper_or_hypo_from_the_threshold_and_iso_between() -> None:
    for organ in (0.0, 55.0, 76.3, 101.1):
        said = [
            appearance(organ + delta, organ) for delta in (EDGE, EDGE - STEP, 0, STEP - EDGE, -EDGE)
        ]
        assert said == ["hyper", "iso", "iso", "iso", "hypo"]
    assert appearance(round(54.1 + EDGE, 1), 54.1) == "hyper", (
        "the threshold in tenths is the threshold, whatever binary makes of it"
    )


@pytest.mark.parametrize(
    ("late_arterial", "portal_venous", "verdict"),
    [
        ((99, 76), (82, 101), "hyper/hypo"),
        ((108, 76), (106, 101), "hyper/iso"),
        ((58, 76), (63, 101), "hypo/hypo"),
    ],
)
@pytest.mark.covers("D26")
def test_the_models_lesions_show_the_pattern_that_they_are_named_for_and_another_centres_offset_changes_nothing(
    late_arterial: tuple[float, float], portal_venous: tuple[float, float], verdict: str
) -> None:
    deltas = [lesion - liver for lesion, liver in (late_arterial, portal_venous)]
    assert enhancement_pattern(*deltas).verdict == verdict
    for offset in (-15, 30):
        said = [
            appearance(lesion + offset, liver + offset)
            for lesion, liver in (late_arterial, portal_venous)
        ]
        assert "/".join(said) == verdict


@pytest.mark.covers("S10", "S11")
def test_arterial_brightness_and_portal_venous_darkness_are_washout() -> None:
    washout = enhancement_pattern(EDGE, -EDGE)
    assert "washout" in washout.flags
    assert {"S10", "S11"} <= {r.rule for r in washout.reasons}
    for arterial, portal in ((EDGE - STEP, -EDGE), (EDGE, STEP - EDGE), (-EDGE, -EDGE)):
        assert "washout" not in enhancement_pattern(arterial, portal).flags
    assert "late arterial" in (statement("S10").corrected or ""), (
        "the review's 'early arterial' is qualified"
    )


@pytest.mark.covers("EP1")
def test_no_arterial_enhancement_does_not_exclude_a_net_and_is_a_warning_sign() -> None:
    for arterial in (-EDGE, 0, EDGE - STEP):
        decision = enhancement_pattern(arterial, 0)
        assert "no arterial enhancement" in decision.flags
        assert "EP1" in {r.rule for r in decision.reasons}
    assert "EP1" not in {r.rule for r in enhancement_pattern(EDGE, 0).reasons}


@pytest.mark.covers("EP2")
def test_a_lesion_that_is_bright_and_then_like_liver_is_missed_by_the_portal_venous_phase() -> None:
    assert "missed by the portal venous phase" in enhancement_pattern(EDGE, 0).flags
    assert "missed by the portal venous phase" not in enhancement_pattern(EDGE, -EDGE).flags
    third, twelfth = (
        figure("pattern.pancreatic.hyper_iso").value,
        figure("pattern.enteric.hyper_iso").value,
    )
    assert (third, twelfth) == (
        pytest.approx(100 / 3, abs=1),
        pytest.approx(100 / 12, abs=1),
    ), "the sentence says a third and a twelfth"


def test_a_portal_venous_phase_alone_decides_no_pattern() -> None:
    decision = enhancement_pattern(None, 0)
    assert (decision.verdict, decision.missing) == (CANNOT_DECIDE, ("late arterial phase",))
    assert "EP2" in {r.rule for r in decision.reasons}
    assert enhancement_pattern(EDGE, None).missing == ("portal venous phase",)
    assert enhancement_pattern(None, None).missing == ("late arterial phase", "portal venous phase")


deltas = st.floats(-200, 200)


@given(deltas, deltas)
def test_every_pattern_flip_gives_the_pattern_that_it_says(arterial: float, portal: float) -> None:
    decision = enhancement_pattern(arterial, portal)
    assert set(decision.verdict.split("/")) <= {"hyper", "iso", "hypo"}
    assert {flip.input for flip in decision.flips} == {"arterial_delta", "portal_delta"}
    for flip in decision.flips:
        changed = enhancement_pattern(
            **{"arterial_delta": arterial, "portal_delta": portal, flip.input: flip.then}
        )
        assert changed.verdict == flip.verdict != decision.verdict


@pytest.mark.parametrize("hu", [float("nan"), float("inf"), -1025, 3072])
def test_attenuation_that_no_ct_measures_is_refused(hu: float) -> None:
    with pytest.raises(ValueError, match=r"lesion_hu is .*from -1024 to 3071 HU"):
        appearance(hu, 50)
    with pytest.raises(ValueError, match="organ_hu"):
        appearance(50, hu)
    with pytest.raises(ValueError, match="portal_delta"):
        enhancement_pattern(0, hu * 4)


# Nodes.

LIMIT = figure("node.short_axis").value


@pytest.mark.covers("D23", "S14")
def test_a_node_is_enlarged_above_the_limit_and_not_at_it() -> None:
    said = [node_by_size(mm).verdict for mm in (LIMIT - STEP, LIMIT, LIMIT + STEP)]
    assert said == ["not enlarged", "not enlarged", "enlarged"]
    assert all(
        "S14" in {r.rule for r in node_by_size(mm).reasons} for mm in (LIMIT, LIMIT + STEP)
    ), "size is a poor judge either way"


@pytest.mark.covers("D23")
def test_the_diagnostic_size_is_not_the_target_size() -> None:
    target = figure("node.target").value
    said = [
        any("RECIST" in r.text for r in node_by_size(mm).reasons) for mm in (target - STEP, target)
    ]
    assert said == [False, True]
    assert target > LIMIT


@pytest.mark.parametrize("region", NODE_REGIONS)
def test_the_size_of_a_region_is_information_and_changes_no_verdict(region: NodeRegion) -> None:
    own = figure(f"node.region.{region}")
    for mm in (own.value - STEP, own.value, own.value + STEP):
        plain, local = node_by_size(mm), node_by_size(mm, region)
        assert local.verdict == plain.verdict
        (said,) = (r for r in local.reasons if own.label in r.text)
        abnormal = mm >= own.value if region == "mesorectal" else mm > own.value
        assert (said.status is Status.MET, said.weight) == (abnormal, Weight.INFORMATION)
        assert ("other by region" in local.flags) == (abnormal != (mm > LIMIT))


@pytest.mark.covers("S13", "S14", "S15")
def test_a_small_hot_node_is_a_metastasis_that_ct_calls_normal() -> None:
    positive = int(figure("node.ssr_positive").value)
    said = {
        (mm, score): ct_occult(mm, score).verdict
        for mm in (LIMIT, LIMIT + STEP)
        for score in (positive - 1, positive)
    }
    assert {case for case, verdict in said.items() if verdict == "yes"} == {(LIMIT, positive)}
    occult = ct_occult(7, 3)
    assert {"S13", "S14", "S15"} <= {r.rule for r in occult.reasons}
    assert f"{figure('detection.nodes').value:g} %" in " ".join(r.text for r in occult.reasons)
    assert ct_occult(7, 3, physiologic=True).verdict == "no"


def test_without_a_score_only_a_small_node_stays_open() -> None:
    assert ct_occult(LIMIT, None).missing == ("Krenning score",)
    assert ct_occult(LIMIT + STEP, None).verdict == "no"
    assert ct_occult(LIMIT, None, physiologic=True).verdict == "no"


def test_a_cold_node_below_twice_the_resolution_may_be_underread() -> None:
    edge = figure("partial_volume.factor").value * figure("pet.fwhm.ga68").value
    assert edge > LIMIT
    assert "KP2" in {r.rule for r in ct_occult(LIMIT, 1).reasons}
    assert "KP2" not in {r.rule for r in ct_occult(LIMIT, 3).reasons}


sizes = st.floats(0.5, 60)


@given(
    sizes, st.none() | st.integers(0, 4), st.booleans(), st.none() | st.sampled_from(NODE_REGIONS)
)
def test_every_flip_of_a_node_is_true(
    mm: float, score: int | None, physiologic: bool, region: NodeRegion | None
) -> None:
    for flip in node_by_size(mm, region).flips:
        assert flip.then is not None
        assert (
            node_by_size(flip.then, region).verdict
            == flip.verdict
            != node_by_size(mm, region).verdict
        )
    decision = ct_occult(mm, score, physiologic)
    for flip in decision.flips:
        asked = {
            "short_axis_mm": mm,
            "krenning_score": score,
            "physiologic": physiologic,
            flip.input: flip.then,
        }
        assert ct_occult(**asked).verdict == flip.verdict != decision.verdict


@given(sizes, st.integers(0, 4), st.integers(0, 4))
def test_more_uptake_never_makes_an_occult_node_less_so(mm: float, one: int, other: int) -> None:
    low, high = sorted((one, other))
    assert (ct_occult(mm, low).verdict == "yes") <= (ct_occult(mm, high).verdict == "yes")


def test_an_impossible_node_is_refused() -> None:
    for mm in (0, -1, 301, float("nan")):
        with pytest.raises(ValueError, match=r"short_axis_mm is .*above 0"):
            node_by_size(mm)
    with pytest.raises(ValueError, match="retrocrural, portocaval, mesenteric, mesorectal"):
        node_by_size(8, "neck")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="krenning_score is 5; it must be from 0 to 4"):
        ct_occult(8, 5)


# The report.


@pytest.mark.covers("S5", "S6", "CR1", "CR2", "CR3", "CR4", "CR5")
def test_a_ct_report_speaks_of_extent_vessels_nodes_organs_and_bones() -> None:
    items = report_checklist()
    assert list(items) == ["local extent", "vessels", "nodes", "visceral organs", "bones"]
    words = [("confined", "invade"), ("arteries", "veins"), ("short axis",), ("liver",), ("Bones",)]
    for (name, said), needed in zip(items.items(), words, strict=True):
        assert all(word in said.in_words for word in needed), name

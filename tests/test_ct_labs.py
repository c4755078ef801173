"""The labs of lesson 01 without a browser: time, heart, needle, agent, cohort and protocol, each
against the model or rule beneath it.
"""

from __future__ import annotations

import zlib
from functools import cache
from xml.etree import ElementTree

import numpy as np
import pytest
from driving import turn

from netcourse.assessment.keys.registry import FUNCTIONS
from netcourse.assessment.keys.truth import Truth
from netcourse.decisions.ct import SUITS, UNSUITED, ct_protocols
from netcourse.evidence import figure
from netcourse.patients import generate
from netcourse.reading.lab import Lab
from netcourse.reading.lab.drawing import svg
from netcourse.reading.lessons.ct import (
    BuildProtocol,
    OralAgent,
    OverTime,
    TimeLab,
    WhoIsMissed,
    ct_card,
    phase_table,
    report_card,
)
from netcourse.reading.lessons.ct.over_time import LAST_S, phase_names
from netcourse.scanner import CtScan, attenuation, lesion_hu, noise_sd, phase_start_s, scan


def hidden(**values: float) -> OverTime:
    return OverTime(generate("hidden_metastases"), ["L1", "L2", "L3"], **values)


@cache
def time_lab() -> TimeLab:
    return TimeLab(hidden())


def unpacked(lab: TimeLab) -> tuple[np.ndarray, np.ndarray]:
    """The slice as the browser rebuilds it at the present second: HU without noise, and the
    noise.
    """
    meta, plain = lab._slice_meta, zlib.decompress(lab._slice)
    total, size = sum(meta["counts"]), int(np.prod(meta["shape"]))
    pixels = np.frombuffer(plain, "<u4", total)
    noise = np.frombuffer(plain, "<i2", size, 4 * total) * meta["noiseStep"]
    texture = np.frombuffer(plain, "<i2", size, 4 * total + 2 * size) * meta["noiseStep"]
    shares = np.frombuffer(plain, "<u2", total, 4 * total + 4 * size) / 65535
    curves = np.frombuffer(lab._curves, "<f4").reshape(len(meta["tissues"]), meta["seconds"])
    hu, start, now = texture.copy(), 0, round(lab.model.phase_s)
    for tissue, count in enumerate(meta["counts"]):
        here = slice(start, start + count)
        hu[pixels[here]] += curves[tissue, now] * shares[here]
        start += count
    return hu.reshape(meta["shape"]), noise.reshape(meta["shape"])


@pytest.mark.covers("S10", "CT3")
def test_three_metastases_that_the_portal_phase_hides_light_up_in_the_late_arterial_one() -> None:
    model = hidden()
    for lesion in ("L1", "L2", "L3"):
        delta = model.delta_hu(lesion)
        assert delta[38] >= figure("enhancement.class").value
        assert abs(delta[68]) < figure("enhancement.class").value
        assert (
            figure("phase.late_arterial.start").low
            <= model.best_s(lesion)
            <= figure("phase.enteric.start").high
        )


def test_all_three_lie_on_the_slice_that_is_shown() -> None:
    assert [marker["id"] for marker in time_lab()._plan["markers"]] == ["L1", "L2", "L3"]


@pytest.mark.parametrize("second", [0, 24, 38, 68, 180])
def test_what_the_browser_mixes_is_the_scan_of_that_slice(second: int) -> None:
    lab = time_lab()
    turn(lab, phase_s=second)
    rows, columns = lab.model.crop
    how = CtScan(time_s=second, cardiac_output_l_min=lab.model.cardiac_output_l_min, noise=False)
    picture = scan(lab.model.patient, {"CT": how})["CT"]
    here = picture.array[picture.index((lab.model.mix.z_mm, 0, 0))[0]][rows, columns]
    mixed, noise = unpacked(lab)
    assert mixed == pytest.approx(here, abs=0.8)
    assert noise[here > 0].std() == pytest.approx(noise_sd(CtScan()), rel=0.25)


def test_dragging_the_time_changes_neither_slice_nor_curves() -> None:
    lab = time_lab()
    before = lab._slice, lab._curves, lab._plan
    turn(lab, phase_s=120)
    assert (lab._slice, lab._curves, lab._plan) == before
    assert lab.model.phase_s == 120
    assert "120 s" in repr(lab)


def test_another_injection_sends_new_curves_and_keeps_the_slice() -> None:
    lab = TimeLab(hidden())
    slice_, curves = lab._slice, lab._curves
    turn(lab, rate_ml_s=2.0)
    assert lab._slice is slice_
    assert lab._curves != curves
    assert len(lab._curves) < 60_000


def test_the_sentence_is_the_models_attenuation() -> None:
    model = hidden()
    model.phase_s = 45
    how = model.scan
    own, liver = lesion_hu(model.patient, "L1", how), attenuation(model.patient, how)["liver"]
    assert f"L1 {own:.0f} HU, liver {liver:.0f} HU" in model.sentence()


@pytest.mark.covers("IV3")
def test_tracking_follows_a_failing_heart_and_a_fixed_delay_does_not() -> None:
    model = hidden()
    usual = model.start_s("late arterial")
    model.set(cardiac_output_l_min=3.0)
    assert model.start_s("late arterial") == usual == phase_start_s("late arterial")
    fixed = model.delta_hu()[round(usual)]
    model.set(timing="tracked")
    tracked = model.delta_hu()[round(model.start_s("late arterial"))]
    assert model.start_s("late arterial") > usual + 4
    assert tracked > fixed + 8


def test_a_picture_taken_at_a_phase_moves_when_the_scanner_follows_the_bolus() -> None:
    model = hidden(phase_s=38)
    model.set(cardiac_output_l_min=3.0)
    early = model.picture()
    assert model.result.startswith("38 s:")
    model.set(timing="tracked")
    assert model.phase_s == model.start_s("late arterial") > 42
    assert (model.picture() != early).any()
    assert model.result.startswith(f"{model.phase_s:g} s:")
    model.set(timing="fixed")
    assert model.phase_s == 38
    model.set(phase_s=100)
    model.set(timing="tracked")
    assert model.phase_s == 100, "between phases the hand chose the second"


def test_an_empty_loop_hides_a_primary_that_a_neutral_agent_shows() -> None:
    lab = OralAgent(generate("ileum_primary"), "P1")
    at = {}
    for agent in ("none", "water", "neutral", "positive"):
        lab.agent = agent
        at[agent] = lab.contrast_to_noise
    assert at["none"] < 0.7 * at["neutral"]
    assert at["none"] > 0 > at["positive"]
    assert lab.worst == "positive"


@pytest.mark.covers("IV2")
def test_a_slower_needle_takes_arterial_contrast_away() -> None:
    fast, slow = (
        OverTime(generate("hidden_metastases"), ["L1"], rate_ml_s=rate) for rate in (4.0, 2.0)
    )
    assert slow.delta_hu()[38] < 0.6 * fast.delta_hu()[38]


def test_less_dose_makes_more_noise_and_leaves_the_attenuation_alone() -> None:
    model = hidden()
    before = model.noise_hu, model.sentence()
    model.ctdi_vol_mgy = model.ctdi_vol_mgy / 2
    assert model.noise_hu == pytest.approx(before[0] * 2**0.5)
    assert model.sentence().split(",")[0] == before[1].split(",")[0]


def test_the_key_of_the_exercise_is_the_labs_best_second() -> None:
    patient = generate("hidden_metastases", 5)
    truth = Truth(patient)
    assert abs(truth.value("best_second(L1)") - OverTime(patient, ["L1"]).best_s()) <= 1
    assert "best_second" in FUNCTIONS


def test_the_four_patterns_are_on_one_slice_and_behave_as_named() -> None:
    lab = TimeLab(OverTime(generate("four_patterns"), list("ABCD")))
    assert [marker["id"] for marker in lab._plan["markers"]] == list("ABCD")
    assert set(lab._slice_meta["tissues"]) >= {
        "hyper_hypo",
        "hyper_iso",
        "hyper_hyper",
        "hypo_hypo",
    }


def test_every_second_has_its_phase_or_none() -> None:
    names = phase_names()
    assert len(names) == LAST_S + 1
    assert names[38] == "late arterial phase"
    assert names[68] == "portal venous phase"
    assert names[0] == "unenhanced"
    assert names[100] == ""


@pytest.mark.covers("CO1")
def test_only_positive_contrast_is_brighter_than_the_primary() -> None:
    model = OralAgent(generate("ileum_primary"), "P1")
    ratio = {}
    for agent in ("none", "water", "neutral", "positive"):
        model.agent = agent
        ratio[agent] = model.contrast_to_noise
    assert ratio["positive"] < 0 < min(ratio[agent] for agent in ("none", "water", "neutral"))
    assert abs(ratio["positive"]) < 0.5 * ratio["neutral"]


def test_the_primary_lies_in_the_picture_of_its_lab_and_stands_out_there() -> None:
    model = OralAgent(generate("ileum_primary"), "P1", agent="neutral")
    shades = model.picture().astype(int)
    middle = shades.shape[0] // 2
    assert shades[middle - 2 : middle + 3, middle - 2 : middle + 3].mean() > 1.3 * np.median(
        shades[shades > 60]
    )


def test_a_protocol_of_the_course_suits_its_own_question() -> None:
    lab = Lab(BuildProtocol(target="pancreas", arterial_s=42, oral="water", slice_mm=1.5))
    assert lab.model.decision.verdict == SUITS
    turn(lab, oral="positive")
    assert lab.model.decision.verdict == UNSUITED
    assert "✕" in lab._figure


@pytest.mark.covers("CD1")
@pytest.mark.parametrize("extra", ["unenhanced", "delayed"])
def test_an_extra_phase_costs_dose(extra: str) -> None:
    lab = BuildProtocol(target="follow_up", arterial_s=38)
    before = lab.dose_msv
    lab.set(**{extra: True})
    assert lab.dose_msv > before + 2


def test_an_arterial_phase_is_called_by_its_second_and_the_question() -> None:
    lab = BuildProtocol(target="pancreas")
    names = {}
    for second in (22, 37, 42, 48):
        lab.arterial_s = second
        names[second] = next(phase for phase in lab.protocol.phases if phase != "portal_venous")
    assert names == {22: "early_arterial", 37: "late_arterial", 42: "pancreatic", 48: "enteric"}


def test_leaving_everything_out_is_judged_and_not_refused() -> None:
    lab = BuildProtocol(arterial=False, portal=False)
    assert lab.decision.verdict == UNSUITED


@pytest.mark.covers("S13", "S14")
def test_who_is_missed_follows_threshold_phases_and_dose() -> None:
    lab = Lab(WhoIsMissed())
    start = lab.model.reading.table
    turn(lab, node_mm=15)
    assert lab.model.reading.table["nodes"].value < 0.6 * start["nodes"].value
    turn(lab, node_mm=10, late_arterial=False)
    assert lab.model.reading.table["liver"].value < start["liver"].value - 0.1
    turn(lab, late_arterial=True, ctdi_vol_mgy=2)
    assert lab.model.reading.table["liver"].value < start["liver"].value - 0.05


@pytest.mark.parametrize(
    "model",
    [hidden, lambda: OralAgent(generate("ileum_primary"), "P1"), BuildProtocol, WhoIsMissed],
)
def test_every_face_is_a_valid_picture_with_words_for_those_who_do_not_see_it(
    model: object,
) -> None:
    drawn = model().draw()  # type: ignore[operator]
    tree = ElementTree.fromstring(svg(drawn, lines=["x"], title="t"))
    assert tree.get("aria-label")
    assert "SYNTHETIC" in svg(drawn)


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        (lambda: OverTime(generate("hidden_metastases"), []), "at least one lesion"),
        (
            lambda: OverTime(generate("hidden_metastases"), ["L1"], window="moon"),
            "no window 'moon'",
        ),
        (lambda: OverTime(generate("uncinate_and_node"), ["U1"]), "only lesions that CT shows"),
    ],
)
def test_a_lab_over_time_refuses_in_words(make: object, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        make()  # type: ignore[operator]


@pytest.mark.covers("S7", "CP1", "CP2", "CP3", "CP4", "CP5", "CP6", "CP7", "CP8")
def test_the_card_holds_every_protocol_with_its_seconds() -> None:
    plain = ct_card().plain
    assert len(plain.splitlines()) == len(ct_protocols()) == 8
    assert "pancreatic phase 40–45 s" in plain
    for phase in ("late_arterial", "portal_venous"):
        found = figure(f"phase.{phase}.start")
        assert f"{found.low:g}–{found.high:g} s" in plain


@pytest.mark.covers("S5", "S6", "CR1", "CR2", "CR3", "CR4", "CR5")
def test_the_report_names_extent_vessels_nodes_organs_and_bones() -> None:
    assert len(report_card().plain.splitlines()) == 5
    assert all(
        word in report_card().plain
        for word in ("invade", "arteries", "short axis", "segment", "Bones")
    )


@pytest.mark.covers("CT1", "CT2", "CT4", "CT5", "CT6")
def test_the_table_of_phases_gives_both_clocks() -> None:
    rows = phase_table().plain.splitlines()
    assert len(rows) == 7
    assert "35–40 s" in rows[2]
    assert "15–20 s after the trigger" in rows[2]

"""The labs of lesson 03 without a browser: what a hand does, what the page then says, and that it
is the rule.
"""

from __future__ import annotations

import re
from functools import cache
from html import escape
from typing import Any
from xml.etree import ElementTree

import pytest
from driving import press_show, turn
from hypothesis import given, settings
from hypothesis import strategies as st

from netcourse.decisions.somatostatin import VARIANTS, krenning
from netcourse.evidence import figure, statement
from netcourse.patients import Patient, generate
from netcourse.reading import Viewer, numbers, teach
from netcourse.reading.lab import Lab, Question
from netcourse.reading.lab.suv_scale import HIGHEST, LOWEST, bands
from netcourse.reading.lessons.krenning import (
    Definitions,
    Ladder,
    SmallLesion,
    UnknownLesions,
    krenning_card,
    liver_reference,
    unknown_lesions,
)
from netcourse.reading.lessons.krenning.small_lesion import blurred_sphere
from netcourse.reading.lessons.start import Tour, tour
from netcourse.scanner import Study, scan


def patient() -> Patient:
    return generate("liver_metastases_g2")


@cache
def row() -> tuple[Patient, Study]:
    made = generate("reading_row")
    return made, scan(made, ["PT"])


@pytest.mark.covers("D1")
@pytest.mark.parametrize("variant", VARIANTS)
@given(st.floats(min_value=LOWEST, max_value=HIGHEST))
@settings(max_examples=60, deadline=None)
def test_the_drawn_classes_are_those_of_the_rule_everywhere(variant: str, suv: float) -> None:
    uptake = patient().uptake("N1")
    score = krenning(uptake.model_copy(update={"suv_max": suv}), variant).score  # type: ignore[arg-type]
    drawn = bands(uptake.model_copy(update={"suv_max": 1.0}), variant)  # type: ignore[arg-type]
    nearest = min(abs(suv - edge) / suv for start, end, _ in drawn for edge in (start, end))
    assert nearest < 0.001 or [found for start, end, found in drawn if start <= suv <= end] == [
        score
    ]


@pytest.mark.covers("KC2", "KC3", "KC4")
def test_dragged_over_liver_and_spleen_the_score_changes_just_above_each() -> None:
    lab = Lab(Ladder(patient(), "N1"), controls=["suv_max"])
    for organ, below, above in (
        ("blood_pool", "1", "2"),
        ("liver", "2", "3"),
        ("spleen", "3", "4"),
    ):
        reference = getattr(lab.model.uptake, organ)
        turn(lab, suv_max=reference)
        assert f"Krenning score (pet): {below}" in lab._figure
        turn(lab, suv_max=reference + 0.1)
        assert f"Krenning score (pet): {above}" in lab._figure
        assert "for education, not for patient care" in lab._figure


def test_a_hand_and_the_model_are_the_same_knob() -> None:
    lab = Lab(Ladder(patient(), "N1"))
    turn(lab, suv_max=7.0)
    assert lab.model.suv_max == 7.0
    lab.model.suv_max = 8.0
    assert lab._values["suv_max"] == 8.0
    assert repr(lab) == "Lab One lesion, three references: SUVmax 8.0: score 3"


def test_trying_other_settings_leaves_the_lab_as_it_was() -> None:
    lab = Lab(Ladder(patient(), "N1", suv_max=3.0))
    drawn = lab._figure
    assert lab.trials(suv_max=(1.0, 30.0)).plain.splitlines() == [
        "SUVmax 1.0: score 1",
        "SUVmax 30.0: score 4",
    ]
    assert lab._figure == drawn
    with pytest.raises(ValueError, match=r"shorter|longer"):
        lab.trials(suv_max=(1.0,), analogue=(True, False))


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({"suv_max": 41.0}, "from 0.3 to 40 SUV"),
        ({"suv_max": float("nan")}, "must be a number"),
        ({"analogue": 1}, "True or False"),
    ],
)
def test_an_impossible_setting_is_refused_and_nothing_changes(
    values: dict[str, object], complaint: str
) -> None:
    ladder = Ladder(patient(), "N1")
    before = dict(ladder.values)
    with pytest.raises(ValueError, match=complaint):
        ladder.set(**values, spleen_removed=True)
    assert ladder.values == before
    with pytest.raises(TypeError, match="has no spleen; it has suv_max"):
        ladder.set(spleen=True)


@pytest.mark.covers("KP1", "ssa.liver", "ssa.spleen")
def test_an_analogue_moves_liver_and_spleen_and_not_the_lesion() -> None:
    ladder = Ladder(patient(), "N1", suv_max=4.6)
    before = ladder.uptake
    ladder.analogue = True
    after = ladder.uptake
    assert after.suv_max == before.suv_max
    assert after.blood_pool == before.blood_pool
    assert after.liver == pytest.approx(
        before.liver * (1 + figure("ssa.liver").value / 100), abs=0.01
    )
    assert after.spleen == pytest.approx(
        before.spleen * (1 + figure("ssa.spleen").value / 100), abs=0.01
    )
    assert ladder.decision.score == krenning(before).score + 1
    assert "analogue on board" in ladder.decision.flags


@pytest.mark.covers("KP3")
def test_without_the_spleen_the_kidney_cortex_is_the_top_yardstick() -> None:
    ladder = Ladder(patient(), "N1", spleen_removed=True)
    cortex = ladder.uptake.kidney_cortex
    ladder.suv_max = round(cortex + 0.1, 1)
    assert ladder.decision.score == 4
    assert "kidney cortex" in ladder.draw().drawing
    assert "spleen 1" not in ladder.draw().drawing


@pytest.mark.covers("D1", "D3", "krenning.planar.band", "krenning.visual.much_lower")
def test_the_three_definitions_part_between_blood_pool_and_just_above_the_liver_only() -> None:
    model = Definitions(patient(), "N1")
    uptake = model.uptake
    band, much_lower = (
        figure("krenning.planar.band").value,
        figure("krenning.visual.much_lower").value,
    )
    agree = {
        0.5: True,
        uptake.blood_pool + 0.2: False,
        much_lower * uptake.liver + 0.2: False,
        (1 - band) * uptake.liver + 0.1: True,
    }
    agree |= {
        uptake.liver + 0.1: False,
        (1 + band) * uptake.liver + 0.1: True,
        uptake.spleen + 0.1: True,
    }
    for suv, same in agree.items():
        model.suv_max = round(suv, 1)
        assert (len({found.verdict for found in model.decisions.values()}) == 1) is same, suv
        assert ("All three agree" in model.draw().words) is same


@pytest.mark.covers("KP2", "partial_volume.factor")
def test_a_true_4_reads_as_2_when_it_is_small_and_as_4_again_when_the_scan_is_sharper() -> None:
    small = SmallLesion(patient(), "N1", size_mm=5)
    assert small.true_score == "4"
    assert small.decision.score == 2
    assert "partial volume" in small.decision.flags
    assert small.tried(size_mm=20).endswith("score 4")
    assert (
        SmallLesion(patient(), "N1", size_mm=10, fwhm_mm=4).decision.score
        > SmallLesion(patient(), "N1", size_mm=10, fwhm_mm=10).decision.score
    )


@given(st.floats(0.1, 30), st.floats(4, 30), st.floats(4, 10))
@settings(deadline=None)
def test_the_blurred_picture_falls_from_the_centre_outwards(
    radius: float, diameter: float, fwhm: float
) -> None:
    inner, outer = (blurred_sphere(r, diameter, fwhm) for r in (radius, radius + 1))
    assert -1e-9 <= outer <= inner + 1e-9 <= 1 + 2e-9


@pytest.mark.covers("KP4")
def test_a_liver_voi_half_on_a_metastasis_lowers_scores_and_one_all_on_it_is_noticed() -> None:
    made, study = row()
    viewer = Viewer(study)
    lab = liver_reference(viewer, made, "F1")
    assert lab.model.moved == []
    turn(lab, spot="half")
    right, now = lab.model.scores(made.ssr.suv["liver"]), lab.model.scores(lab.model.liver)
    assert lab.model.moved
    assert all(now[id].score < right[id].score for id in lab.model.moved)
    assert viewer.voi == lab.model.voi
    turn(lab, spot="on")
    assert lab.model.liver > figure("krenning.liver.highest").value
    assert all(
        "liver unreliable" in found.flags
        for found in lab.model.scores(lab.model.liver).values()
        if found.score > 1
    )


def test_the_viewers_voi_is_the_labs_voi() -> None:
    made, study = row()
    viewer = Viewer(study)
    lab = liver_reference(viewer, made, "F1")
    found = viewer.place_voi(study.lesions_mm["F2"], 18)
    assert lab.model.spot == "hand"
    assert lab.model.liver == pytest.approx(found.suv_mean)
    assert "by hand" in lab._figure


def test_trials_in_figures_leave_lab_and_viewer_as_they_stand() -> None:
    made, study = row()
    viewer = Viewer(study)
    lab = liver_reference(viewer, made, "F1")
    before = (lab.model.voi, lab.model.result, viewer.voi, viewer.crosshair_mm, lab._figure)
    assert "on F1" in lab.tried(spot="on")
    assert (lab.model.voi, lab.model.result, viewer.voi, viewer.crosshair_mm, lab._figure) == before


def test_a_liver_without_free_room_has_no_reference_to_place() -> None:
    made, study = row()
    without = Study(study.patient_id, study.title, study.volumes, study.lesions_mm, {})
    with pytest.raises(ValueError, match="no liver free of metastases"):
        liver_reference(Viewer(without), made, "F1")


def test_each_unknown_finding_is_answered_at_once_with_rule_and_flip() -> None:
    made, study = row()
    viewer = Viewer(study)
    lab = unknown_lesions(viewer, made)
    assert [marker.id for marker in viewer.markers] == [lesion.id for lesion in made.lesions]
    keys = lab.model.keys
    assert len(keys) >= 8
    assert {key.score for key in keys.values()} == {0, 1, 2, 3, 4}
    turn(lab, F2=str(keys["F2"].score + 1))
    assert lab.model.result == "1 of 10 scored: 0 right, 1 too high, 0 too low"
    assert keys["F2"].reasons[0].text in lab._figure
    assert keys["F2"].flips[0].text in lab._figure
    press_show(lab, "F3")
    assert viewer.crosshair_mm == study.lesions_mm["F3"]
    press_show(lab, "no such place")
    assert viewer.crosshair_mm == study.lesions_mm["F3"]


def test_named_findings_only_are_asked() -> None:
    model = UnknownLesions(patient(), lesions=["L1", "N1"])
    assert list(model.parameters()) == ["L1", "N1"]
    with pytest.raises(ValueError, match="one of 0, 1, 2, 3, 4"):
        model.set(N1="5")


def test_a_prediction_opens_the_lab_once_and_is_shown_beside_the_truth() -> None:
    lab = Lab(Ladder(patient(), "N1"), ask=Question("Which?", ("2", "3"), "3", "Because."))
    with pytest.raises(ValueError, match="one of 2, 3"):
        lab.predict("4")
    assert lab.prediction is None
    lab.set_state({"_said": "2"})
    assert lab._verdict == "Your prediction: <strong>2</strong>. It is <strong>3</strong>. Because."
    with pytest.raises(ValueError, match="not among the options"):
        Question("Which?", ("2", "3"), "4")


@pytest.mark.parametrize(
    ("model", "then", "shown"),
    [
        (Ladder(patient(), "N1", suv_max=15), {"spleen_removed": True}, True),
        (SmallLesion(patient(), "N1"), {"size_mm": 5}, True),
        (Definitions(patient(), "N1", suv_max=3.4), {}, False),
    ],
)
def test_the_question_shows_its_picture_and_the_guess_moves_the_lab_to_the_answer(
    model: Any, then: dict[str, Any], shown: bool
) -> None:
    lab = Lab(model, ask=Question("Which?", ("2", "3"), "3", then=then))
    stored = lab._repr_mimebundle_()[0]["image/svg+xml"]
    assert "Which?" in stored
    assert model.result not in stored
    assert ("<rect" in lab._before or "<circle" in lab._before) == shown
    lab.set_state({"_said": "2"})
    assert {name: model.values[name] for name in then} == then
    assert model.result in lab._repr_mimebundle_()[0]["image/svg+xml"].replace("</text>", "")


def test_the_picture_of_a_small_lesion_does_not_tell_its_score() -> None:
    small = SmallLesion(patient(), "N1")
    assert "Recovered contrast" in small.draw().drawing
    assert "Recovered contrast" not in small.before().drawing


def test_the_tour_ticks_what_was_done_and_nothing_else() -> None:
    _, study = row()
    viewer = Viewer(study)
    lab = tour(viewer)
    z, y, x = viewer.crosshair_mm
    viewer.crosshair_mm = (z + 3, y, x)
    assert lab.model.result == "0 of 3 done"
    viewer.crosshair_mm = (z + 90, y, x)
    viewer.window = "lung"
    assert list(lab.model.done) == ["scroll", "window"]
    viewer.place_voi(study.landmarks_mm["liver"], 20)
    assert "measure" not in lab.model.done
    viewer.place_voi(study.landmarks_mm["spleen"], 20)
    assert lab.model.result == "3 of 3 done (scroll, window, measure)"
    assert isinstance(lab.model, Tour)


@pytest.mark.parametrize(
    "model",
    [
        Ladder(patient(), "N1"),
        Definitions(patient(), "N1"),
        SmallLesion(patient(), "N1"),
        UnknownLesions(patient()),
    ],
)
def test_a_lab_without_a_kernel_shows_a_picture_that_says_what_it_is(model: Ladder) -> None:
    data, _ = Lab(model)._repr_mimebundle_()
    picture = ElementTree.fromstring(data["image/svg+xml"])
    words = " ".join(picture.itertext())
    assert model.title in words
    assert model.result.split(",")[0] in words
    assert "SYNTHETIC" in words
    assert "not for patient care" in words
    assert picture.get("aria-label")
    assert data["text/plain"] == repr(Lab(model))
    assert "\n" not in data["text/plain"]


def test_prose_carries_source_and_mark_of_every_sentence_and_number() -> None:
    said = teach("KP1", "S40")
    assert said.plain.startswith("KP1 [V]")
    assert "Cancer Imaging 2018" in said._repr_html_()
    assert escape(statement("S40").corrected or "-") in said._repr_html_()
    table = numbers("ssa")
    assert len(table.plain.splitlines()) == 5
    assert all(re.search(r"\[[SVKT]\]$", line) for line in table.plain.splitlines())
    with pytest.raises(KeyError, match="no figure"):
        numbers("krenning.nothing")


@pytest.mark.covers("KC0", "KC1", "KC2", "KC3", "KC4", "KN0", "KN1", "KN2", "KN3", "KN4")
def test_the_card_says_for_each_score_what_the_rule_says() -> None:
    card = krenning_card().plain.splitlines()
    assert [line[0] for line in card] == ["0", "1", "2", "3", "4"]
    uptake = patient().uptake("N1")
    for score, suv in enumerate(
        (0.3, uptake.blood_pool, uptake.liver, uptake.spleen, uptake.spleen + 1)
    ):
        assert krenning(uptake.model_copy(update={"suv_max": suv})).score == score
        assert statement(f"KC{score}").in_words in card[score]
        assert statement(f"KN{score}").in_words in card[score]

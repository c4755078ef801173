"""The labs of lesson 04 without a browser: the plane is the rule, the viewer follows, the needle
strays, the clone costs.
"""

from __future__ import annotations

from functools import cache
from html import escape
from xml.etree import ElementTree

import pytest
from driving import turn
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from netcourse.decisions.core.grade import who_grade
from netcourse.decisions.heterogeneity import AGREE, DISAGREE, Cuts, DualUptake, netpet, reads
from netcourse.evidence import figure, statement
from netcourse.patients import Patient, generate
from netcourse.reading import Viewer
from netcourse.reading.lab import Lab
from netcourse.reading.lab.drawing import svg
from netcourse.reading.lab.linked import at_point, places_of
from netcourse.reading.lessons.heterogeneity import (
    BiopsyLab,
    ColdClone,
    DualTracer,
    DualTracerLab,
    SyntheticTrial,
    TherapyLab,
    TwoCounts,
    biopsy_lab,
    dual_tracer,
    heterogeneity_card,
)
from netcourse.reading.lessons.heterogeneity.plane import HIGHEST, LOWEST, X, Y, plane_of
from netcourse.scanner import Study, scan
from netcourse.simulation.biopsy import Sample
from netcourse.simulation.therapy import demonstration
from netcourse.simulation.trial import trial

PLANES = [
    ("pancreas_two_grades", "P1 part B"),
    ("cold_half", "L1 part B"),
    ("rectum_between_scales", "L1"),
    ("rectum_between_scales", "N1"),
]
TIMES = st.floats(LOWEST * 1.02, HIGHEST * 0.98)
CUTS = st.builds(
    Cuts, fdg_times_liver=st.sampled_from([0.7, 1.0, 1.3, 2.0]), ssr_score=st.sampled_from([2, 3])
)


@cache
def halves() -> tuple[Patient, Study]:
    patient = generate("cold_half")
    return patient, scan(patient, ["CT", "PT", "FDG"])


def inside(corners: tuple[tuple[float, float], ...], x: float, y: float) -> bool:
    """Whether a point lies in a convex region."""
    sides = [
        (x2 - x1) * (y - y1) - (y2 - y1) * (x - x1)
        for (x1, y1), (x2, y2) in zip(corners, (*corners[1:], *corners[:1]), strict=True)
    ]
    return all(side >= 0 for side in sides) or all(side <= 0 for side in sides)


@pytest.mark.parametrize(("archetype", "name"), PLANES)
@given(TIMES, TIMES, CUTS)
@settings(max_examples=60, deadline=None)
def test_the_regions_of_the_plane_are_the_classes_of_the_rule(
    archetype: str, name: str, ssr: float, fdg: float, cuts: Cuts
) -> None:
    read = next(one for one in reads(generate(archetype)) if one.name == name)
    assert read.fdg is not None
    assert read.fdg.liver is not None
    assert read.ssr.liver is not None
    plane, r = plane_of(read, cuts), fdg / ssr
    assume(
        all(
            abs(a - b) / b > 0.002
            for a, b in (
                (ssr, plane.ssr),
                (fdg, plane.fdg),
                (r, cuts.equal_from),
                (r, cuts.equal_to),
            )
        )
    )
    moved = read.model_copy(
        update={
            "ssr": read.ssr.model_copy(update={"suv_max": ssr * read.ssr.liver}),
            "fdg": read.fdg.model_copy(update={"suv_max": fdg * read.fdg.liver}),
        }
    )
    if moved.is_small and moved.ssr_positive(cuts) is False:
        return  # a small cold lesion has no class
    level = moved.level(cuts)
    assert plane.level(ssr, fdg) == level
    drawn = [
        place
        for place, corners in enumerate(plane.regions())
        if corners and inside(corners, X(ssr), Y(fdg))
    ]
    assert level in drawn
    assert len(drawn) <= 2


def test_another_lesion_brings_its_own_uptake_and_a_moved_one_stays_where_it_was_put() -> None:
    lab = DualTracerLab(DualTracer(generate("ileum_three_classes")))
    model = lab.model
    turn(lab, lesion="L3")
    assert (model.ssr, model.fdg) == (model.measured["L3"].ssr.suv_max, 4.6)
    turn(lab, ssr=4.0)
    assert netpet(model.reads).verdict == "P4a"
    turn(lab, lesion="L1")
    turn(lab, lesion="L3")
    assert model.ssr == 4.0
    turn(lab, stand="measured")
    assert model.reads == reads(model.patient)
    turn(lab, stand="moved")
    assert model.lesion == "L3"
    turn(lab, fdg=9.0)
    assert "1 moved by you" in lab._figure


def test_moving_a_lesion_that_stands_as_measured_shows_it_moved() -> None:
    model = DualTracer(generate("ileum_three_classes"), stand="measured")
    model.set(fdg=6.0)
    assert model.stand == "moved"


def test_trying_other_settings_leaves_every_lesion_where_it_was() -> None:
    lab = DualTracerLab(DualTracer(generate("ileum_three_classes")))
    before = lab._figure
    assert "NETPET P5" in lab.tried(lesion="N1", ssr=1.0)
    assert lab._figure == before
    assert lab.model.reads == reads(lab.model.patient)


@pytest.mark.covers("NP6", "NP8")
def test_moving_the_cut_changes_the_grade() -> None:
    lab = DualTracerLab(DualTracer(generate("ileum_three_classes")))
    seen = [lab.model.tried(fdg_cut=cut).split("; ")[1].split(",")[0] for cut in (0.5, 1.0, 3.0)]
    assert seen[1:] == ["NETPET P3a", "NETPET P1"]
    assert lab.model.tried(ssr_cut="3", lesion="N1", ssr=4.9).split("; ")[1].startswith("NETPET P5")


@pytest.mark.covers("SD1", "ZD4", "KF2")
def test_where_the_scales_disagree_the_page_says_so_and_why() -> None:
    between, alike = (
        DualTracerLab(DualTracer(generate(name)))
        for name in ("rectum_between_scales", "ileum_three_classes")
    )
    assert between.model.decisions["disagree"].verdict == DISAGREE
    assert between.model.result.endswith("they disagree")
    assert "Where the scales part" in between._figure
    assert "not above liver" in between._figure
    assert alike.model.decisions["disagree"].verdict == AGREE
    assert "Where the scales part" not in alike._figure


@pytest.mark.parametrize("axes", ["times", "suv"])
def test_the_axes_count_in_what_was_asked_for_and_the_dots_stay(axes: str) -> None:
    model = DualTracer(generate("pancreas_two_grades"), axes=axes)
    drawn = model.draw()
    assert ("÷ liver" in drawn.drawing) is (axes == "times")
    assert drawn.drawing.count("data-pick=") == len(model.measured) == 5
    assert DualTracer(generate("pancreas_two_grades")).draw().drawing.count("<polygon") == 6


def test_a_patient_without_fdg_has_no_plane() -> None:
    with pytest.raises(ValueError, match="not every lesion on both scans"):
        DualTracer(generate("splenectomy"))
    bare = DualUptake(lesion="L1", ssr=reads(generate("cold_half"))[0].ssr)
    with pytest.raises(ValueError, match="no liver to compare with"):
        plane_of(bare, Cuts())


def test_choosing_a_lesion_moves_the_viewer_and_the_viewer_chooses() -> None:
    patient, study = halves()
    viewer = Viewer(study, mode="two PETs")
    lab = dual_tracer(viewer, patient)
    places = places_of(patient)
    assert [marker.id for marker in viewer.markers] == list(places) == list(lab.model.measured)
    turn(lab, lesion="L1 part B")
    assert viewer.crosshair_mm == pytest.approx(places["L1 part B"].middle)
    z, y, x = places["N1"].middle
    viewer.crosshair_mm = (z, y + 3, x)
    assert lab.model.lesion == "N1"
    assert viewer.crosshair_mm == (z, y + 3, x), "the reader's own place is kept"
    viewer.crosshair_mm = study.landmarks_mm["spleen"]
    assert lab.model.lesion == "N1"
    turn(lab, fdg_cut=2.0)
    assert viewer.crosshair_mm == study.landmarks_mm["spleen"], (
        "another parameter moves no crosshair"
    )
    assert at_point(places, study.landmarks_mm["spleen"]) is None


@pytest.mark.covers("HB3", "GW6")
def test_the_needle_in_the_hot_lesion_says_g2_and_in_the_cold_one_g3() -> None:
    model = BiopsyLab(generate("dedifferentiated_metastasis"))
    assert model.rule == "L2"
    grades = {
        name: [who_grade(one.pathology).verdict for one in _samples(model, name) if one.pathology]
        for name in ("P1", "L2")
    }
    assert "NET G3" not in grades["P1"]
    assert grades["L2"].count("NET G3") >= 15
    assert statement("GW6").in_words in model.draw().words


def _samples(model: BiopsyLab, name: str) -> tuple[Sample, ...]:
    model.set(lesion=name)
    return model.samples


def test_another_needle_is_another_sample_and_all_are_counted() -> None:
    model = BiopsyLab(generate("cold_half"), lesion="L1 part B")
    assert len({repr(one) for one in model.samples}) > 15
    assert model.rule == model.lesion
    assert model.draw().drawing.count("<circle") == len(model.samples) + 1
    counts = model.result.split("needles ")[1]
    assert sum(int(part.rsplit(" ", 1)[1]) for part in counts.split(", ")) == len(model.samples)


def test_the_needle_follows_the_crosshair() -> None:
    patient, study = halves()
    viewer = Viewer(study)
    lab = biopsy_lab(viewer, patient)
    viewer.crosshair_mm = places_of(patient)["L1 part B"].middle
    assert lab.model.lesion == "L1 part B"


@pytest.mark.covers("TM2")
@pytest.mark.parametrize("percent", [0, 0.1, 1, 5, 10, 20])
def test_the_slider_of_cold_cells_shows_the_demonstration(percent: float) -> None:
    lab = ColdClone(cold_percent=percent)
    assert float(lab.course.ttp_months) == float(demonstration(percent / 100).ttp_months)
    assert f"{float(lab.course.ttp_months):.1f} months" in lab.result


@pytest.mark.covers("TM3")
def test_crossfire_gives_time_back_only_where_cold_cells_lie_among_hot_ones() -> None:
    apart, mixed = (ColdClone(cold_percent=1, lie=lie) for lie in ("apart", "mixed"))
    assert mixed.course.ttp_months > apart.course.ttp_months + 1
    assert statement("TM3").in_words in mixed.draw().words
    assert ColdClone(lie="mixed").course.ttp_months == ColdClone().course.ttp_months


@pytest.mark.covers("HB7", "therapy.model.second")
def test_a_second_therapy_helps_only_where_there_are_cold_cells_and_says_that_no_trial_shows_it() -> (
    None
):
    alone, both = (ColdClone(cold_percent=1, beside=beside) for beside in ("alone", "second"))
    assert both.course.ttp_months > 1.5 * alone.course.ttp_months
    assert statement("HB7").in_words in both.draw().words
    assert statement("HB7").in_words not in alone.draw().words
    pure = ColdClone(cold_percent=0, beside="second")
    assert pure.course.ttp_months == pytest.approx(ColdClone().course.ttp_months)
    assert "no trial" in (figure("therapy.model.second").why or "")


def test_untreated_lesions_grow_whatever_they_hold() -> None:
    lab = ColdClone(cycles=0)
    assert "best 0 %" in lab.result
    assert lab.course.responded.sum() == 0


@pytest.mark.covers("S57", "TM4")
def test_one_lesion_shrinks_while_another_grows_and_the_receptor_scan_alone_would_not_tell() -> (
    None
):
    lab = TherapyLab(generate("dedifferentiated_metastasis"), months=9)
    assert lab.unlike == ("P1", "L2")
    assert lab.course.response(9) == "progression"
    later = lab.later
    ssr = [lab.patient.uptake(id).suv_max - later.uptake(id).suv_max for id in ("P1", "L1", "L2")]
    assert min(ssr) > -0.1, "no lesion is brighter on the receptor scan, one has doubled"
    assert later.lesion("L2").size_mm > 2 * lab.patient.lesion("L2").size_mm
    assert statement("TM4").in_words in lab.draw().words
    assert TherapyLab(lab.patient).unlike is None


def test_more_cycles_and_more_sensitive_cells_shrink_more() -> None:
    model = TherapyLab(generate("ileum_disseminated"), months=12)
    changes = []
    for cycles, alpha in ((0, 0.01), (2, 0.01), (4, 0.01), (4, 0.03)):
        model.set(cycles=cycles, alpha_per_gy=alpha)
        changes.append(model.change("L2"))
    assert changes == sorted(changes, reverse=True)
    assert changes[0] > 0 > changes[-1]


@pytest.mark.covers("TM1", "D17")
def test_the_trial_stands_beside_the_real_one_with_its_chance_and_its_caveats() -> None:
    model = SyntheticTrial()
    assert model.trial.table["pfs_updated"].value == trial().table["pfs_updated"].value
    drawn = model.draw()
    for id in ("TM1", "D17"):
        assert escape(statement(id).in_words) in drawn.words
    real = figure("trial.netter1.pfs_20_radioligand")
    assert f"{real.value:g} ({real.low:g}–{real.high:g})" in drawn.drawing
    assert model.tried(hidden="more").split(" ")[1] < model.result.split(" ")[1]


@pytest.mark.covers("TM1")
@pytest.mark.parametrize(
    "model",
    [ColdClone(), TherapyLab(generate("cold_half")), SyntheticTrial()],
    ids=lambda model: type(model).__name__,
)
def test_every_curve_of_the_model_says_that_it_is_one(model: ColdClone) -> None:
    assert "teaching model (T)" in model.draw().drawing


@pytest.mark.covers("GW1", "GW2", "grade.g2.mitoses_from")
def test_either_count_alone_lifts_the_grade_at_its_border() -> None:
    ki67, mitoses, high = (
        figure(f"grade.g2.{name}").value for name in ("from", "mitoses_from", "to")
    )
    lab = Lab(TwoCounts(ki67_percent=0, mitoses=0))
    for parameter, border, below, at in (
        ("ki67_percent", ki67, "NET G1", "NET G2"),
        ("mitoses", mitoses, "NET G1", "NET G2"),
        ("ki67_percent", high, "NET G2", "NET G2"),
        ("ki67_percent", high + 0.1, "NET G2", "NET G3"),
    ):
        step = 1 if parameter == "mitoses" else 0.1
        assert lab.tried(**{parameter: round(border - step, 1)}).endswith(below)
        assert lab.tried(**{parameter: border}).endswith(at)
    turn(lab, differentiation="poor")
    assert "WHO grade: NEC" in lab._figure


@pytest.mark.covers("JR1", "JR2", "JR3", "JR4", "JR5")
def test_the_card_holds_the_four_quadrants_as_they_lie_in_the_plane() -> None:
    card = heterogeneity_card()
    for id in ("JR1", "JR2", "JR3", "JR4", "JR5", "HB1", "HB3"):
        assert statement(id).in_words in card.plain
    order = [card.html.index(name) for name in ("FDG+ SSR−", "FDG+ SSR+", "FDG− SSR−", "FDG− SSR+")]
    assert order == sorted(order), "FDG upwards, receptors to the right"
    assert "for education, not for patient care" in card.html


@pytest.mark.parametrize(
    "model",
    [
        DualTracer(generate("cold_half")),
        BiopsyLab(generate("pancreas_two_grades")),
        ColdClone(cold_percent=3),
        TherapyLab(generate("pancreas_two_grades"), months=12),
        SyntheticTrial(),
    ],
    ids=lambda model: type(model).__name__,
)
def test_a_lab_is_one_picture_that_reads_without_a_kernel(model: DualTracer) -> None:
    drawn = model.draw()
    root = ElementTree.fromstring(svg(drawn, lines=[model.result], title=model.title))
    assert "SYNTHETIC" in "".join(root.itertext())
    assert drawn.alt.count(model.result) == 1
    assert "for education, not for patient care" in Lab(model)._figure
    wide, high = drawn.size
    xs = [float(node.get("x", 0)) for node in root.iter() if node.tag.endswith("text")]
    assert wide == 860
    assert high <= 460
    assert 0 <= min(xs) <= max(xs) <= wide

"""The labs and tables of lesson 02: what they say follows from evidence, patient and scanner."""

from __future__ import annotations

import numpy as np
import pytest

from netcourse.decisions.tracer import tracer, tracer_question
from netcourse.evidence import figure
from netcourse.evidence.tracers import tracers
from netcourse.patients import Patient, generate, with_analogue
from netcourse.reading.lab import Lab
from netcourse.reading.lessons.tracer import (
    Affinity,
    AnalogueOnBoard,
    CountsAndNoise,
    DayPlanner,
    FourScans,
    TracerChoice,
    UptakeAtlas,
    approval_table,
    preparation_table,
    scans_compared,
    tracer_card,
    tracer_scan,
    tracer_table,
)
from netcourse.scanner import CtScan, Study, organ_positions, scan

FOUR = {"A": "f18_fdopa", "B": "f18_fdg", "C": "tc99m_hynic_toc", "D": "ga68_dotatoc"}


@pytest.fixture(scope="module")
def disseminated() -> Patient:
    return generate("ileum_disseminated")


@pytest.fixture(scope="module")
def four(disseminated: Patient) -> Study:
    return scan(disseminated, {id: tracer_scan(id) for id in sorted(FOUR.values())})  # type: ignore[arg-type, misc]


def _median(study: Study, series: str, organ: str, patient: Patient) -> float:
    volume = study[series]
    at = study.landmarks_mm.get(organ) or organ_positions(patient, volume)[organ][0]
    k, j, i = volume.index(at)
    return float(np.median(volume.array[k - 1 : k + 2, j - 1 : j + 2, i - 1 : i + 2]))


@pytest.mark.covers("UP1")
def test_a_receptor_scan_shows_spleen_kidney_liver_in_this_order_and_an_empty_brain(
    disseminated: Patient, four: Study
) -> None:
    seen = {
        organ: _median(four, "ga68_dotatoc", organ, disseminated)
        for organ in ("spleen", "kidney_cortex", "liver", "brain_grey")
    }
    assert seen["spleen"] > seen["liver"] > seen["brain_grey"]
    assert seen["kidney_cortex"] > seen["liver"]
    assert seen["brain_grey"] < 0.5


@pytest.mark.covers("UP2")
def test_fdg_shows_a_hot_brain_and_a_faint_liver_and_spleen(
    disseminated: Patient, four: Study
) -> None:
    seen = {
        organ: _median(four, "f18_fdg", organ, disseminated)
        for organ in ("spleen", "liver", "brain_grey")
    }
    assert seen["brain_grey"] > 2 * max(seen["liver"], seen["spleen"])


@pytest.mark.covers("UP3")
def test_fdopa_shows_striatum_and_gallbladder_and_no_spleen(
    disseminated: Patient, four: Study
) -> None:
    seen = {
        organ: _median(four, "f18_fdopa", organ, disseminated)
        for organ in ("spleen", "striatum", "brain_grey", "bile", "liver")
    }
    assert seen["striatum"] > 1.5 * seen["brain_grey"]
    assert seen["bile"] > seen["liver"] > seen["spleen"] * 0.9


@pytest.mark.covers("UP4")
def test_spect_shows_the_same_organs_blunter(disseminated: Patient) -> None:
    pair = ("tc99m_hynic_toc", "ga68_dotatoc")
    quiet = scan(disseminated, {id: tracer_scan(id).but(noise=False) for id in pair})  # type: ignore[arg-type, misc]

    def edge(series: str) -> int:
        """Voxels along the body's axis through the spleen that are neither in nor out."""
        volume = quiet[series]
        k, j, i = volume.index(quiet.landmarks_mm["spleen"])
        share = volume.array[k : k + 32, j, i] / _median(quiet, series, "spleen", disseminated)
        return int(((share > 0.2) & (share < 0.8)).sum())

    assert edge("tc99m_hynic_toc") >= 1.4 * edge("ga68_dotatoc")


def test_four_scans_say_what_is_right_only_once_it_is_named(
    disseminated: Patient, four: Study
) -> None:
    lab = FourScans(disseminated, FOUR, four)  # type: ignore[arg-type]
    assert not any(name in lab.draw().alt for name in ("FDG", "FDOPA"))
    assert lab.tried(**FOUR) == "4 of 4 named: 4 right"
    assert lab.tried(A="f18_fdg") == "1 of 4 named: 0 right"
    with pytest.raises(ValueError, match="A is 'PET'; it must be one of"):
        lab.set(A="PET")


def test_hidden_labels_give_nothing_away() -> None:
    lab = UptakeAtlas(generate("appendix_small"), ["ga68_dotatoc"])
    drawn = lab.draw()
    assert "spleen" not in drawn.drawing + drawn.alt + drawn.words
    lab.labels = True
    assert "spleen" in lab.draw().drawing


def test_labels_stand_on_the_side_of_their_organ() -> None:
    drawing = UptakeAtlas(generate("appendix_small"), ["ga68_dotatoc"], labels=True).draw().drawing
    side = {
        name: 'text-anchor="end"' in drawing.split(f">{name}")[0].rsplit("<text", 1)[1]
        for name in ("liver", "spleen")
    }
    assert side == {
        "liver": True,
        "spleen": False,
    }  # the patient's right is on the left of the sheet


def test_noise_goes_with_the_root_of_counts_and_one_half_life_halves_them() -> None:
    patient = generate("small_metastases")
    half_life = tracers()["ga68_dotatoc"].half_life_min
    usual, late = (
        CountsAndNoise(patient, "L1", late_min=minutes) for minutes in (0, round(half_life))
    )
    assert late.counts_percent == pytest.approx(50, abs=0.5)
    assert late.scanned.noise_sd / usual.scanned.noise_sd == pytest.approx(2**0.5, rel=0.05)
    twice = CountsAndNoise(patient, "L1", late_min=round(half_life), time_percent=200)
    assert twice.scanned.noise_sd == pytest.approx(usual.scanned.noise_sd, rel=0.05)


def test_a_metastasis_of_five_millimetres_stands_out_with_one_tracer_of_two() -> None:
    patient = generate("small_metastases")
    least = figure("pet.stands_out").value
    seen = {
        id: CountsAndNoise(patient, "L2", tracer=id).scanned.contrast_to_noise > least
        for id in ("ga68_dotatoc", "f18_sitate")
    }
    assert seen == {"ga68_dotatoc": False, "f18_sitate": True}


def test_the_lab_reads_a_lesion_as_the_whole_scan_does() -> None:
    patient = generate("small_metastases")
    study = scan(patient, {"PT": tracer_scan("ga68_dotatoc")})
    k, j, i = study["PT"].index(study.lesions_mm["L1"])
    whole = float(study["PT"].array[k - 2 : k + 3, j - 2 : j + 3, i - 2 : i + 3].max())
    assert CountsAndNoise(patient, "L1").scanned.suv_max == pytest.approx(whole, rel=0.08)


def test_the_analogue_moves_liver_and_ratio_and_leaves_the_tumour() -> None:
    patient = generate("small_metastases")
    lab = AnalogueOnBoard(patient, "L1")
    before = lab.ratio_to_liver
    lab.given = True
    assert lab.patient.lesion("L1") == patient.lesion("L1")
    assert lab.ratio_to_liver > 1.2 * before  # the liver pales
    assert lab.ratio_to_liver / before == pytest.approx(
        1 / (1 + figure("ssa.liver").value / 100), rel=1e-3
    )
    assert lab.patient == with_analogue(patient)
    assert "compare SUV, not ratios" in lab.decision.flags


def test_the_day_of_the_reference_comes_out() -> None:
    lab = DayPlanner()
    counted = {months: lab.tried(age_months=months).split()[0] for months in (0, 12)}
    assert counted == {
        months: f"{figure(f'planning.patients.{name}').value:g}"
        for months, name in ((0, "new"), (12, "year"))
    }
    assert lab.tried(supply="f18").split()[0] == f"{figure('planning.patients.f18').value:g}"


def test_the_path_lights_the_rule_that_decides() -> None:
    lab = TracerChoice(["gastric_type_1"])
    lit = [step for step in lab.steps if step.asked and step.holds]
    assert [step.id for step in lit] == [
        tracer(tracer_question(generate("gastric_type_1"))).reasons[0].rule
    ]
    assert not lab.steps[-1].asked


@pytest.mark.parametrize("name", ["affinity", "counts", "analogue", "day", "choice"])
def test_every_lab_of_the_lesson_draws_within_its_sheet_and_says_what_it_shows(name: str) -> None:
    patient = generate("small_metastases")
    model = {
        "affinity": Affinity,
        "counts": lambda: CountsAndNoise(patient, "L2"),
        "analogue": lambda: AnalogueOnBoard(patient, "L1"),
        "day": DayPlanner,
        "choice": lambda: TracerChoice(["insulinoma"]),
    }[name]()
    drawn = model.draw()
    assert drawn.alt
    assert drawn.size[0] <= 860
    assert "<svg" in Lab(model)._repr_mimebundle_()[0]["image/svg+xml"]


def test_two_scans_compared_measures_the_pictures() -> None:
    patient = generate("small_metastases")
    both = {"TOC": tracer_scan("ga68_dotatoc"), "SiTATE": tracer_scan("f18_sitate")}
    study = scan(patient, {"CT": CtScan(region="upper abdomen"), **both})  # type: ignore[dict-item]
    lines = scans_compared(
        study, patient, {"TOC": "68Ga-DOTATOC", "SiTATE": "18F-SiTATE"}
    ).plain.splitlines()
    assert len(lines) == len(patient.lesions)
    change = float(lines[0].split("(")[1].split(" %")[0])
    assert change == pytest.approx(100 * (figure("tumour_uptake.f18_sitate").value - 1), abs=8)


def test_the_tables_name_every_tracer_and_who_approved_it() -> None:
    for page in (tracer_table(), approval_table(), preparation_table()):
        assert all(row.name in page.plain for row in tracers().values())
    told = dict(line.split(": ", 1) for line in approval_table().plain.splitlines())
    assert told["68Ga-DOTANOC"] == "FDA not approved K; EMA not approved K"
    assert told["68Ga-DOTATATE"].startswith("FDA approved (Netspot, 2016)")


def test_the_card_has_a_line_for_every_rule_and_marks_the_exceptions() -> None:
    from netcourse.decisions.tracer import tracer_rules

    lines = tracer_card().plain.splitlines()
    assert len(lines) == len(tracer_rules())
    assert sum(line.startswith("Exception: ") for line in lines) == 3

"""The same patient with another tracer: how hot, how sharp, how noisy, and what only one of two
scans shows.
"""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest

from netcourse.evidence import figure, figures
from netcourse.evidence.tracers import tracer_of, tracers
from netcourse.patients import (
    OrganUptake,
    Patient,
    Tracer,
    generate,
    places,
    resolution_mm,
    with_analogue,
    with_tracer,
)
from netcourse.reading import measure
from netcourse.scanner import PetScan, Study, scan
from netcourse.scanner.pet import counts_per_suv

TRACERS: tuple[Tracer, ...] = get_args(Tracer)
NOT_FDG = [id for id in TRACERS if id != "f18_fdg"]
BOTH = {"TOC": PetScan(), "SiTATE": PetScan(tracer="f18_sitate")}


@pytest.fixture(scope="module")
def patient() -> Patient:
    return generate("small_metastases")


@pytest.fixture(scope="module")
def study(patient: Patient) -> Study:
    return scan(patient, BOTH)


@pytest.mark.parametrize("id", TRACERS)
def test_everything_the_scanner_asks_of_a_tracer_is_known(id: Tracer) -> None:
    row = tracer_of(id)
    assert row.uptake_min > 0
    assert row.usual_activity_mbq(70) > 50
    assert figures(f"uptake.{id}")
    assert resolution_mm(id) >= 5
    assert OrganUptake(tracer=id).words == row.name


@pytest.mark.parametrize("id", NOT_FDG)
def test_there_and_back_gives_the_same_patient(id: Tracer, patient: Patient) -> None:
    back = with_tracer(with_tracer(patient, id), patient.ssr.tracer)
    if tracer_of(id).target == "sst":
        assert [lesion.ssr_suv for lesion in back.lesions] == pytest.approx(
            [lesion.ssr_suv for lesion in patient.lesions], rel=1e-3
        )
    assert back.ssr.suv == pytest.approx(patient.ssr.suv, rel=0.02)


def test_fdg_is_no_multiple_of_the_receptor_scan(patient: Patient) -> None:
    with pytest.raises(ValueError, match="ask for the patient's FDG PET"):
        with_tracer(patient, "f18_fdg")
    with pytest.raises(ValueError, match="of='fdg'"):
        PetScan(tracer="f18_fdg")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"tracer": "dotatate"}, "tracer is 'dotatate'; it must be one of ga68_dotatate"),
        ({"activity_mbq": 0}, "activity_mbq is 0; it must be from 1 to 2000 MBq"),
        ({"uptake_min": -1}, "uptake_min is -1; it must be from 0"),
        ({"minutes": 0}, "minutes is 0; it must be from 0.1"),
        ({"of": "fdg", "tracer": "f18_sitate"}, "FDG has an uptake of its own"),
    ],
)
def test_a_scan_that_cannot_be_is_refused(given: dict[str, object], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        PetScan(**given)  # type: ignore[arg-type]


@pytest.mark.covers("S27", "tumour_uptake.f18_sitate", "tumour_uptake.f18_sitate_lung")
def test_the_18f_tracer_makes_tumours_hotter_but_not_in_the_lung(patient: Patient) -> None:
    new = with_tracer(patient, "f18_sitate")
    for lesion in patient.lesions:
        times = new.lesion(lesion.id).ssr_suv / lesion.ssr_suv
        in_lung = places()[lesion.place].tissue == "lung"
        assert times == pytest.approx(
            1.0 if in_lung else figure("tumour_uptake.f18_sitate").value, rel=1e-3
        ), lesion.id


def found(study: Study, series: str, id: str) -> bool:
    """Whether a lesion of the liver stands out from the noise of the liver around it."""
    volume, point, liver = study[series], study.lesions_mm[id], study.landmarks_mm["liver"]
    k, j, i = volume.index(liver)
    usual = volume.array[k - 4 : k + 5, j - 4 : j + 5, i - 4 : i + 5]
    k, j, i = volume.index(point)
    peak = float(volume.array[k - 1 : k + 2, j - 1 : j + 2, i - 1 : i + 2].max())
    return peak > float(usual.mean() + 3 * usual.std())


@pytest.mark.parametrize("seed", range(4))
def test_a_metastasis_of_5_mm_is_seen_by_one_tracer_and_not_by_the_other(seed: int) -> None:
    patient = generate("small_metastases", seed)
    study = scan(patient, BOTH)
    assert patient.lesion("L2").size_mm == 5
    assert (found(study, "TOC", "L2"), found(study, "SiTATE", "L2")) == (False, True)
    assert found(study, "TOC", "L1")
    assert found(study, "SiTATE", "L1")


def test_suvs_of_two_tracers_cannot_be_interchanged_but_ratios_nearly_can(study: Study) -> None:
    voi = figure("krenning.liver.voi").value

    def read(series: str) -> tuple[float, float]:
        pet = study.only(series)
        suv, liver = (
            measure(pet, study.lesions_mm["L1"], 16).suv_max,
            measure(pet, study.landmarks_mm["liver"], voi).suv_mean,
        )
        assert suv is not None
        assert liver is not None
        return suv, suv / liver

    (toc, toc_ratio), (sitate, sitate_ratio) = read("TOC"), read("SiTATE")
    assert sitate / toc > 1.35
    assert sitate_ratio / toc_ratio == pytest.approx(1.1, abs=0.1)


def test_the_18f_scan_is_sharper_and_its_node_and_bone_lesion_stand_out_more(
    patient: Patient, study: Study
) -> None:
    for id in ("N1", "B1"):
        toc, sitate = (study[series].at(study.lesions_mm[id]) for series in BOTH)
        assert sitate > figure("tumour_uptake.f18_sitate").value * toc


@pytest.mark.parametrize("id", ["ga68_dotatoc", "f18_sitate", "cu64_dotatate", "tc99m_hynic_toc"])
def test_counts_follow_activity_time_and_half_life(id: Tracer, patient: Patient) -> None:
    life = tracer_of(id).half_life_min
    usual = PetScan(tracer=id, uptake_min=60, activity_mbq=100, minutes=3)
    counts = counts_per_suv(patient, usual)
    assert counts_per_suv(patient, usual.but(uptake_min=60 + life)) == pytest.approx(counts / 2)
    assert counts_per_suv(patient, usual.but(activity_mbq=200)) == pytest.approx(counts * 2)
    assert counts_per_suv(patient, usual.but(minutes=6)) == pytest.approx(counts * 2)


def test_fewer_positrons_per_decay_make_more_noise(patient: Patient) -> None:
    """64Cu: one decay in six gives a positron, so the same activity gives fewer counts than 18F."""
    same = {"activity_mbq": 200, "uptake_min": 0}
    cu64, f18 = (
        counts_per_suv(patient, PetScan(tracer=id, **same))
        for id in ("cu64_dotatate", "f18_sitate")
    )  # type: ignore[arg-type]
    assert cu64 / f18 == pytest.approx(
        figure("nuclide.cu64.branch").value / figure("nuclide.f18.branch").value
    )


def test_a_scan_begun_one_half_life_too_late_is_noisier_and_equally_bright(
    patient: Patient,
) -> None:
    life, usual = tracer_of("ga68_dotatoc").half_life_min, tracer_of("ga68_dotatoc").uptake_min
    pictures = scan(patient, {"usual": PetScan(), "late": PetScan(uptake_min=usual + 2 * life)})
    k, j, i = pictures["usual"].index(pictures.landmarks_mm["liver"])
    parts = [
        pictures[name].array[k - 6 : k + 7, j - 6 : j + 7, i - 6 : i + 7]
        for name in ("usual", "late")
    ]
    means, spreads = [float(part.mean()) for part in parts], [float(part.std()) for part in parts]
    assert means[1] == pytest.approx(means[0], rel=0.06)
    assert spreads[1] / spreads[0] == pytest.approx(2, rel=0.25)


def test_fdopa_shows_striatum_and_pancreas_and_neither_spleen_nor_pituitary() -> None:
    """What tells the tracers apart at a glance."""
    organs = OrganUptake(tracer="f18_fdopa").suv
    assert organs["striatum"] > 2 * organs["brain"]
    assert organs["pancreas"] > 1.5 * organs["liver"]
    assert organs["spleen"] < organs["liver"]
    assert organs["pituitary"] <= organs["brain"]
    patient = generate("small_metastases")
    study = scan(
        patient, {"FDOPA": PetScan(tracer="f18_fdopa", noise=False), "TOC": PetScan(noise=False)}
    )
    z = study["TOC"].centres_mm(0)
    head = z > z.max() - 150
    assert np.argmax(study["TOC"].array[head].max(axis=(1, 2))) != np.argmax(
        study["FDOPA"].array[head].max(axis=(1, 2))
    )


def test_single_photons_give_a_blunter_picture_and_say_what_they_are(patient: Patient) -> None:
    study = scan(
        patient,
        {"PET": PetScan(noise=False), "SPECT": PetScan(tracer="tc99m_hynic_toc", noise=False)},
    )
    assert study["SPECT"].description == "SPECT, 99mTc-EDDA/HYNIC-TOC"
    assert study["PET"].description == "PET, 68Ga-DOTATOC"
    for id in ("N1", "B1"):
        pet, spect = (study[name].at(study.lesions_mm[id]) for name in ("PET", "SPECT"))
        assert spect < 0.5 * pet


@pytest.mark.covers("ssa.liver", "ssa.spleen", "ssa.thyroid")
def test_an_analogue_lowers_the_references_and_leaves_the_tumour(patient: Patient) -> None:
    now = with_analogue(patient)
    before, after = patient.uptake("L1"), now.uptake("L1")
    assert before.liver
    assert after.liver
    assert after.suv_max == pytest.approx(before.suv_max, rel=0.02)
    assert after.suv_max / after.liver > 1.2 * before.suv_max / before.liver
    assert after.days_since_long_acting_ssa == 1
    assert after.earlier_liver == before.liver


def test_every_tracer_that_can_be_scanned_is_in_the_table() -> None:
    assert set(TRACERS) <= set(tracers())

"""What the pictures show of a patient: PET, and CT beside it."""

import numpy as np
import pytest

from netcourse.evidence import figure
from netcourse.patients import Lesion, Patient, generate, recovery
from netcourse.reading.viewer.voi import measure
from netcourse.scanner import CtScan, PetScan, Study, lesion_hu, scan


@pytest.fixture(scope="module")
def study() -> Study:
    return scan(generate("ileum_disseminated"))


@pytest.fixture(scope="module")
def patient() -> Patient:
    return generate("ileum_disseminated")


def one_lesion(
    size_mm: float, suv: float, place: str = "liver_s7", pattern: str = "hyper_hypo"
) -> Patient:
    lesion = Lesion(id="X", place=place, size_mm=size_mm, ssr_suv=suv, pattern=pattern)
    return generate("ileum_disseminated").model_copy(update={"lesions": (lesion,)})


def test_every_lesion_of_the_patient_is_in_the_picture_at_its_place_and_uptake(
    study: Study, patient: Patient
) -> None:
    for lesion in patient.lesions:
        seen = measure(study["PT"], study.lesions_mm[lesion.id], lesion.size_mm)
        assert seen.suv_max == pytest.approx(patient.uptake(lesion).suv_max, rel=0.12), lesion.id


def test_references_measured_at_the_landmarks_give_the_patients_organs_back(
    study: Study, patient: Patient
) -> None:
    for organ, voi in (
        ("liver", "krenning.liver.voi"),
        ("spleen", "krenning.spleen.voi"),
        ("blood_pool", "krenning.blood_pool.voi"),
    ):
        seen = measure(study["PT"], study.landmarks_mm[organ], figure(voi).value)
        assert seen.suv_mean == pytest.approx(patient.ssr.suv[organ], rel=0.10), organ


@pytest.mark.parametrize("fwhm_mm", [5.0, 6.0, 7.0, 8.0])
def test_recovery_of_small_spheres_follows_the_formula_within_3_percent(fwhm_mm: float) -> None:
    """Percentage points of contrast, in an organ that is uniform around the sphere."""
    background = generate("ileum_disseminated").ssr.suv["liver"]
    for size in (5, 6, 8, 10, 12, 15, 20, 25):
        picture = scan(one_lesion(size, 60.0), {"PT": PetScan(noise=False, fwhm_mm=fwhm_mm)})
        peak = picture["PT"].at(picture.lesions_mm["X"])
        assert (peak - background) / (60.0 - background) == pytest.approx(
            recovery(size, fwhm_mm), abs=0.03
        ), f"{size} mm"


def test_a_true_four_of_8_mm_reads_as_less_and_a_sharper_scanner_gives_more_of_it_back() -> None:
    sharp, blunt = (
        scan(one_lesion(8, 30.0), {"PT": PetScan(noise=False, fwhm_mm=fwhm)}) for fwhm in (5.0, 8.0)
    )
    at_sharp, at_blunt = (s["PT"].at(s.lesions_mm["X"]) for s in (sharp, blunt))
    assert at_blunt < 0.5 * 30 < at_sharp < 30


def test_liver_attenuation_in_the_portal_venous_phase_is_that_of_the_table(study: Study) -> None:
    seen = measure(study["CT"], study.landmarks_mm["liver"], 20)
    assert seen.hu_mean == pytest.approx(figure("contrast.usual.liver.portal_venous").value, abs=6)


def test_a_washout_metastasis_is_darker_than_the_liver_and_an_occult_one_leaves_no_trace(
    study: Study, patient: Patient
) -> None:
    lesion = patient.lesion("L2")
    seen = measure(study["CT"], study.lesions_mm["L2"], lesion.size_mm * 0.6)
    assert seen.hu_mean == pytest.approx(lesion_hu(patient, lesion, CtScan()), abs=4)
    assert (
        seen.hu_mean
        < figure("contrast.usual.liver.portal_venous").value - figure("enhancement.class").value
    )
    hidden = scan(one_lesion(20, 30.0, pattern="occult"), {"CT": CtScan(noise=False)})
    shown = scan(one_lesion(20, 30.0), {"CT": CtScan(noise=False)})
    point = hidden.lesions_mm["X"]
    assert hidden["CT"].at(point) > shown["CT"].at(point) + 10


def test_pet_noise_falls_with_time_and_leaves_the_mean_alone() -> None:
    patient = generate("uncinate_and_node")
    short, long = (scan(patient, {"PT": PetScan(minutes=minutes)}) for minutes in (1.0, 16.0))
    point = short.landmarks_mm["liver"]

    def spread(picture: Study) -> tuple[float, float]:
        k, j, i = picture["PT"].index(point)
        part = picture["PT"].array[k - 3 : k + 4, j - 3 : j + 4, i - 3 : i + 4]
        return float(part.mean()), float(part.std())

    (mean_short, sd_short), (mean_long, sd_long) = spread(short), spread(long)
    # The grain of a reconstruction is coarse: few independent values fit into the box.
    assert mean_short == pytest.approx(mean_long, rel=0.10)
    assert sd_short / sd_long == pytest.approx(4.0, rel=0.35)


def test_physiologic_uptake_shows_spleen_hottest_then_kidneys_then_liver(study: Study) -> None:
    at = {
        organ: measure(study["PT"], study.landmarks_mm[organ], 12).suv_mean
        for organ in ("spleen", "kidney_cortex", "liver", "blood_pool")
    }
    assert at["spleen"] > at["kidney_cortex"] > at["liver"] > at["blood_pool"]


def test_small_organs_reach_their_published_maximum() -> None:
    """Pituitary, adrenals: evidence gives SUVmax as read, so blur must leave that."""
    patient = generate("uncinate_and_node")
    pet = scan(patient, {"PT": PetScan(noise=False)})["PT"]
    z = pet.centres_mm(0)
    head = pet.array[z > z.max() - 160]
    assert head.max() == pytest.approx(patient.ssr.suv["pituitary"], rel=0.25)


def test_the_same_patient_scanned_twice_gives_the_same_picture_and_two_seeds_do_not() -> None:
    first, again, other = (
        scan(generate("pancreas_new", seed), ("PT",))["PT"].array for seed in (3, 3, 4)
    )
    assert np.array_equal(first, again)
    assert first.shape != other.shape or not np.array_equal(first, other)


def test_progress_runs_from_0_to_1() -> None:
    heard: list[float] = []
    scan(generate("pancreas_new"), ("PT",), progress=lambda share, word: heard.append(share))
    assert (heard[0], heard[-1]) == (0.0, 1.0)
    assert heard == sorted(heard)


@pytest.mark.parametrize("series", [(), ("MR",), {}])
def test_an_unknown_series_is_refused_in_words(series: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="CT late arterial"):
        scan(generate("pancreas_new"), series)


def test_every_picture_says_that_it_is_synthetic(study: Study) -> None:
    assert "SYNTHETIC" in repr(study)
    assert all("SYNTHETIC" in repr(volume) for volume in study.volumes.values())


@pytest.mark.parametrize(
    ("kind", "bad"),
    [
        (PetScan, {"minutes": -1.0}),
        (PetScan, {"fwhm_mm": 1.0}),
        (CtScan, {"ctdi_vol_mgy": 0.0}),
        (CtScan, {"slice_mm": 40.0}),
        (CtScan, {"time_s": 900.0}),
        (CtScan, {"oral": "milk"}),
    ],
)
def test_an_impossible_scan_is_refused(kind: type, bad: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(bad))):
        kind(**bad)

"""CT: noise with the amount and texture that was asked for, the point spread, slices, oral
contrast, regions and dose.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest
from scipy import ndimage, optimize

from netcourse.evidence import figure
from netcourse.patients import Lesion, Patient, generate
from netcourse.reading.viewer.voi import measure
from netcourse.scanner import (
    CtScan,
    MrScan,
    PetScan,
    effective_dose_msv,
    lesion_hu,
    phase_start_s,
    scan,
    slice_over_time,
)
from netcourse.scanner.atlas.codes import encode
from netcourse.scanner.atlas.tissues import number
from netcourse.scanner.attenuation import attenuation
from netcourse.scanner.blend import Blend
from netcourse.scanner.body.body import Body, body_of
from netcourse.scanner.ct import scan_ct
from netcourse.scanner.ct_noise import noise_power, noise_sd
from netcourse.scanner.study import Point

PATIENT = generate("ileum_disseminated")
ABDOMEN = CtScan(region="upper abdomen")


@lru_cache
def grain(how: CtScan, name: str = "CT") -> np.ndarray:
    """The noise alone in a block of liver: the noisy picture less the noiseless one, HU."""
    noisy, clean = (scan(PATIENT, {name: how.but(noise=noise)}) for noise in (True, False))
    k, j, i = noisy[name].index(noisy.landmarks_mm["liver"])
    box = np.s_[k - 8 : k + 8, j - 16 : j + 16, i - 16 : i + 16]
    return noisy[name].array[box].astype(float) - clean[name].array[box]


def test_the_noise_of_a_usual_scan_is_as_stated() -> None:
    assert grain(ABDOMEN).std() == pytest.approx(figure("ct.reference.noise").value, rel=0.15)


@pytest.mark.parametrize("dose", [1 / 8, 1 / 4, 2.0])
def test_noise_goes_with_the_inverse_root_of_the_dose(dose: float) -> None:
    other = grain(ABDOMEN.but(ctdi_vol_mgy=ABDOMEN.ctdi_vol_mgy * dose))
    assert other.std() / grain(ABDOMEN).std() == pytest.approx(dose**-0.5, rel=0.05)


@pytest.mark.parametrize("slice_mm", [1.5, 6.0, 9.0])
def test_noise_goes_with_the_inverse_root_of_the_slice_thickness(slice_mm: float) -> None:
    assert grain(ABDOMEN.but(slice_mm=slice_mm)).std() / grain(ABDOMEN).std() == pytest.approx(
        (3 / slice_mm) ** 0.5, rel=0.06
    )


@pytest.mark.parametrize("kernel", ["soft", "standard", "sharp"])
def test_the_measured_noise_power_spectrum_is_the_one_that_was_asked_for(kernel: str) -> None:
    """Radial mean of the periodogram in the liver, against the kernel's formula; the lowest bin is
    left to the windowing.
    """
    how = ABDOMEN.but(kernel=kernel)
    noise = grain(how)
    window = np.hanning(noise.shape[1])[:, None] * np.hanning(noise.shape[2])[None, :]
    power = (
        np.abs(np.fft.fft2((noise - noise.mean(axis=(1, 2), keepdims=True)) * window)) ** 2
    ).mean(axis=0)
    away = np.hypot(
        np.fft.fftfreq(noise.shape[1], 1.5)[:, None], np.fft.fftfreq(noise.shape[2], 1.5)[None, :]
    )
    edges = np.linspace(0.06, 0.32, 9)
    which = np.digitize(away.ravel(), edges)
    measured = np.array([power.ravel()[which == n].mean() for n in range(1, len(edges))])
    wanted = np.array(
        [noise_power(away, how).ravel()[which == n].mean() for n in range(1, len(edges))]
    )
    measured, wanted = measured / measured.sum(), wanted / wanted.sum()
    assert measured == pytest.approx(wanted, abs=0.03)
    middles = (edges[1:] + edges[:-1]) / 2
    assert middles[measured.argmax()] == pytest.approx(
        figure(f"ct.kernel.{kernel}.peak").value, abs=0.05
    )
    assert grain(how).std() == pytest.approx(noise_sd(how), rel=0.15)


def test_two_series_of_one_patient_have_noise_of_their_own_and_the_same_series_the_same() -> None:
    first, again, other = (
        grain(ABDOMEN),
        grain.__wrapped__(ABDOMEN),
        grain(ABDOMEN, "CT late arterial"),
    )
    assert np.array_equal(first, again)
    assert abs(np.corrcoef(first.ravel(), other.ravel())[0, 1]) < 0.1


@pytest.mark.parametrize("kernel", ["soft", "standard", "sharp"])
def test_the_measured_point_spread_is_the_one_that_was_asked_for(kernel: str) -> None:
    """A dense wire through water; pixels widen its profile by their own size."""
    block = np.full((10, 96, 96), number("urine"), np.uint8)
    block[:, 50, 50] = number("tooth")
    wire = Body(*encode(block), (0.0, 0.0, 0.0))
    nobody = PATIENT.model_copy(update={"lesions": ()})
    how = CtScan(time_s=None, kernel=kernel, noise=False)
    picture = scan_ct(Blend(nobody, wire, {}), how, np.random.default_rng(0))
    profile = picture.array[2, picture.index((6.0, 50.0, 50.0))[1]].astype(float)
    place = picture.centres_mm(2) - 50

    def gauss(x: np.ndarray, high: float, sigma: float, base: float) -> np.ndarray:
        return base + high * np.exp(-(x**2) / (2 * sigma**2))

    (_, sigma, _), _ = optimize.curve_fit(gauss, place, profile, p0=(profile.max(), 0.8, 5))
    seen = 2.354820045 * abs(sigma)
    assert seen == pytest.approx(figure(f"ct.kernel.{kernel}.fwhm").value, rel=0.12, abs=0.1)


def test_a_thick_slice_mixes_what_thin_ones_keep_apart() -> None:
    thin, thick = (
        scan(PATIENT, {"CT": ABDOMEN.but(slice_mm=mm, noise=False)})["CT"] for mm in (3.0, 9.0)
    )
    around = ndimage.uniform_filter1d(thin.array.astype(float), 3, axis=0)
    assert thick.array[5:-5] == pytest.approx(around[5:-5], abs=1.0)


@pytest.mark.parametrize(
    "phase", ["early arterial", "late arterial", "enteric", "portal venous", "delayed"]
)
def test_a_lesion_measured_in_the_picture_has_the_attenuation_of_the_model(phase: str) -> None:
    """The loop of CT: model, picture, VOI, back to the model, within the noise of the mean."""
    how = CtScan.phase(phase, region="upper abdomen")  # type: ignore[arg-type]
    study = scan(PATIENT, {"CT": how})
    for lesion in PATIENT.lesions:
        if lesion.in_liver:
            seen = measure(study, study.lesions_mm[lesion.id], lesion.size_mm * 0.6)
            assert seen.hu_mean == pytest.approx(lesion_hu(PATIENT, lesion, how), abs=3), (
                f"{lesion.id}, {phase}"
            )
    liver = measure(study, study.landmarks_mm["liver"], 24)
    assert liver.hu_mean == pytest.approx(attenuation(PATIENT, how)["liver"], abs=4)


@pytest.mark.covers("S8")
def test_without_contrast_the_same_metastasis_stands_out_least() -> None:
    def contrast(how: CtScan) -> float:
        return abs(attenuation(PATIENT, how)["hyper_hypo"] - attenuation(PATIENT, how)["liver"])

    plain = contrast(CtScan(time_s=None))
    assert contrast(CtScan.phase("late arterial")) > 1.5 * plain
    assert contrast(CtScan.phase("portal venous")) > 1.5 * plain


def test_the_slice_over_time_is_the_scan_of_that_slice_at_every_time() -> None:
    mix = slice_over_time(PATIENT, scan(PATIENT, ["PT"]).lesions_mm["L2"][0])
    assert mix.weights.sum(axis=0) == pytest.approx(1.0, abs=1e-3)
    for time_s in (None, 24.0, phase_start_s("late arterial"), 141.0):
        picture = scan(PATIENT, {"CT": CtScan(time_s=time_s, noise=False)})["CT"]
        here = picture.array[picture.index((mix.z_mm, 0, 0))[0]]
        assert mix.at(attenuation(PATIENT, CtScan(time_s=time_s))) == pytest.approx(here, abs=0.51)


def test_a_slice_outside_the_body_is_refused() -> None:
    with pytest.raises(ValueError, match="z_mm is 9999"):
        slice_over_time(PATIENT, 9999)


def wall_primary() -> Patient:
    lesion = Lesion(id="P1", place="terminal_ileum", size_mm=11, ssr_suv=15, pattern="primary")
    return PATIENT.model_copy(update={"lesions": (lesion,)})


def lumen_beside(patient: Patient, at: Point) -> Point:
    """The nearest place outside the lesion with nothing but lumen within 4 mm."""
    body = body_of(patient)
    filled = ndimage.uniform_filter(body.share("bowel_fluid"), (5, 7, 7)) > 0.98
    places = np.argwhere(filled) * body.spacing_mm + body.origin_mm
    away = np.linalg.norm(places - at, axis=1)
    z, y, x = places[np.where(away > 12, away, np.inf).argmin()].tolist()
    return z, y, x


@pytest.mark.covers("S19")
@pytest.mark.parametrize("phase", ["enteric", "portal venous"])
def test_positive_oral_contrast_hides_a_primary_of_the_bowel_wall_that_neutral_shows(
    phase: str,
) -> None:
    """Contrast-to-noise between the lesion and the lumen beside it, measured in the picture both
    ways.
    """
    patient, seen = wall_primary(), {}
    for oral in ("neutral", "positive"):
        study = scan(patient, {"CT": CtScan.phase(phase, oral=oral)})  # type: ignore[arg-type]
        lesion = measure(study, study.lesions_mm["P1"], 6)
        lumen = measure(study, lumen_beside(patient, study.lesions_mm["P1"]), 4)
        seen[oral] = (lesion.hu_mean - lumen.hu_mean) / noise_sd(CtScan())
    assert seen["neutral"] > 5
    assert abs(seen["positive"]) < 0.75 * seen["neutral"]
    assert seen["positive"] < 0, "a bright wall in a brighter lumen"


@pytest.mark.covers("S17", "S18")
def test_the_low_dose_scan_shows_anatomy_but_no_liver_metastasis() -> None:
    study = scan(PATIENT, ["CT low dose", "CT late arterial"])
    assert study["CT low dose"].array.shape[0] > study["CT late arterial"].array.shape[0], (
        "whole body against upper abdomen"
    )

    def cnr(name: str, how: CtScan) -> float:
        lesion = measure(study.only(name), study.lesions_mm["L1"], 16).hu_mean
        liver = measure(study.only(name), study.landmarks_mm["liver"], 20).hu_mean
        return abs(lesion - liver) / noise_sd(how)  # type: ignore[operator]

    low = CtScan(time_s=None, ctdi_vol_mgy=figure("dose.ctdi_vol.low_dose").value)
    assert cnr("CT low dose", low) < 0.7 * cnr("CT late arterial", CtScan.phase("late arterial"))


def test_mr_views_show_the_metastasis_bright_in_the_arterial_phase_and_on_dwi() -> None:
    study = scan(PATIENT, ["T1 arterial", "DWI"])
    for name in ("T1 arterial", "DWI"):
        at = study.lesions_mm["L1"], study.landmarks_mm["liver"]
        lesion, liver = (float(study[name].array[study[name].index(point)]) for point in at)
        assert lesion > 1.15 * liver, name
        assert study[name].unit == "signal"
    assert not np.array_equal(
        study["DWI"].array, scan(PATIENT, {"DWI": MrScan("DWI", noise=False)})["DWI"].array
    )


def test_the_effective_dose_is_the_dose_length_product_times_its_factor() -> None:
    length = 45.0
    full, low = effective_dose_msv(11, length), effective_dose_msv(3, length)
    assert full == pytest.approx(figure("dose.k.abdomen_pelvis").value * 11 * length)
    assert low / full == pytest.approx(3 / 11)
    with pytest.raises(ValueError, match="chest"):
        effective_dose_msv(11, length, "leg")
    with pytest.raises(ValueError, match="length_cm"):
        effective_dose_msv(11, -1)


def test_an_early_spleen_is_banded_and_a_late_one_is_even() -> None:
    def spread(phase: str) -> float:
        study = scan(PATIENT, {"CT": CtScan.phase(phase, noise=False), "PT": PetScan()})  # type: ignore[arg-type]
        k, j, i = study["CT"].index(study.landmarks_mm["spleen"])
        return float(study["CT"].array[k - 2 : k + 3, j - 3 : j + 4, i - 3 : i + 4].std())

    assert spread("late arterial") > 3 * spread("delayed")

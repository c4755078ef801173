"""The noise of a reconstructed PET: level, law, grain, and what it leaves alone."""

import numpy as np
import pytest
from numpy.typing import NDArray

from netcourse.evidence import figure
from netcourse.patients import generate
from netcourse.scanner import PetScan, scan
from netcourse.scanner.pet_noise import reconstructed

Float = NDArray[np.float32]
STEP = (3.0, 3.0, 3.0)


def cylinder(radius_mm: float, suv: float = 5.0) -> tuple[Float, Float]:
    """Uptake and attenuation of a water cylinder, and which voxels lie in its middle."""
    at = 3.0 * (np.arange(96) - 47.5)
    inside = np.hypot(at[:, None], at[None, :]) < radius_mm
    shape = (24, 96, 96)
    return (
        np.broadcast_to(np.where(inside, suv, 0), shape).astype(np.float32),
        np.broadcast_to(np.where(inside, 0.0096, 0), shape).astype(np.float32),
    )


def middle(radius_mm: float, counts: float, seed: int = 1) -> Float:
    uptake, attenuation = cylinder(radius_mm)
    dice = np.random.default_rng(seed)
    found = reconstructed(uptake, attenuation, counts, 6.0, STEP, dice, hot=50)
    return found[4:-4, 40:56, 40:56] / np.float32(5)


def test_four_times_the_counts_halve_the_noise_and_the_mean_stays() -> None:
    few, many = middle(110, 2.0), middle(110, 8.0)
    assert few.std() / many.std() == pytest.approx(2, rel=0.15)
    assert few.mean() == pytest.approx(1, abs=0.03)
    assert many.mean() == pytest.approx(1, abs=0.02)


def test_a_thicker_patient_is_noisier_at_the_same_counts() -> None:
    assert middle(140, 4.0).std() > 1.2 * middle(90, 4.0).std()


def test_noise_is_skewed_to_the_bright_side_and_never_negative() -> None:
    found = middle(110, 1.0).astype(float)
    away = found - found.mean()
    assert found.min() >= 0
    assert (away**3).mean() / found.std() ** 3 > 0.1


def test_grain_is_as_coarse_as_a_filtered_reconstruction() -> None:
    away = middle(110, 4.0) - 1
    near = (away[:, :, :-1] * away[:, :, 1:]).mean() / (away**2).mean()
    far = (away[:, :, :-4] * away[:, :, 4:]).mean() / (away**2).mean()
    assert near > 0.5
    assert abs(far) < 0.25


def test_air_stays_empty_and_the_same_dice_give_the_same_picture() -> None:
    uptake, attenuation = cylinder(100)
    one, again = (
        reconstructed(uptake, attenuation, 4.0, 6.0, STEP, np.random.default_rng(3), 50)
        for _ in range(2)
    )
    assert np.array_equal(one, again)
    assert not one[uptake == 0].any()
    nothing = np.zeros_like(uptake)
    assert np.array_equal(
        reconstructed(uptake, nothing, 4.0, 6.0, STEP, np.random.default_rng(3), 50), uptake
    )


def test_the_liver_of_a_gallium_scan_has_the_noise_of_published_ones_and_lesions_keep_their_key() -> (
    None
):
    patient = generate("uncinate_and_node")
    noisy, clean = (scan(patient, {"PT": PetScan(noise=noise)}) for noise in (True, False))
    k, j, i = noisy["PT"].index(noisy.landmarks_mm["liver"])
    near = np.s_[k - 4 : k + 5, j - 4 : j + 5, i - 4 : i + 5]
    ratio = noisy["PT"].array[near] / clean["PT"].array[near]
    assert 0.09 < ratio.std() / ratio.mean() < 0.16
    for lesion in patient.lesions:
        k, j, i = noisy["PT"].index(noisy.lesions_mm[lesion.id])
        near = np.s_[k - 2 : k + 3, j - 2 : j + 3, i - 2 : i + 3]
        assert noisy["PT"].array[near].max() == pytest.approx(
            clean["PT"].array[near].max(), rel=0.06
        )
    assert figure("pet.line").value > 0

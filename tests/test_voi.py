"""What a spherical VOI reads, against spheres whose volume and uptake are known."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phantom import ALL, ORGANS, phantom_study, value

from netcourse.evidence import figure
from netcourse.reading import measure
from netcourse.reading.viewer.codec import step
from netcourse.reading.viewer.voi import extent_mm, peak_diameter_mm
from netcourse.scanner.study import Point, Study, Volume

SIDE_MM = 80.0
MIDDLE: Point = (40.0, 40.0, 40.0)


def pet_of_a_sphere(
    diameter_mm: float, inside: float, outside: float, spacing: float = 2.0, centre: Point = MIDDLE
) -> Volume:
    """A cube of `SIDE_MM` with one uniform sphere in it."""
    n = round(SIDE_MM / spacing)
    at = spacing * (np.arange(n) + 0.5)
    squares = [(at - c) ** 2 for c in centre]
    distance = squares[0][:, None, None] + squares[1][None, :, None] + squares[2][None, None, :]
    array = np.where(distance <= diameter_mm**2 / 4, inside, outside).astype(np.float32)
    return Volume("PT", array, (spacing,) * 3, (spacing / 2,) * 3, "SUV", "PET")


@pytest.mark.parametrize("diameter", [12.0, 20.0, 33.0, 60.0])
def test_the_volume_of_a_voi_is_that_of_the_sphere(diameter: float) -> None:
    found = measure(pet_of_a_sphere(10, 1, 1, spacing=1.0), MIDDLE, diameter)
    assert found.volume_ml == pytest.approx(math.pi * diameter**3 / 6000, rel=0.03)
    assert found.volume_ml == pytest.approx(found.voxels / 1000)


def test_a_voi_as_large_as_a_uniform_lesion_reads_its_suv_three_times() -> None:
    found = measure(pet_of_a_sphere(30, 12.0, 1.0), MIDDLE, 30)
    assert found.suv_max == pytest.approx(12, abs=1e-3)
    assert found.suv_mean == pytest.approx(12, abs=1e-3)
    assert found.suv_peak == pytest.approx(12, abs=1e-3)


def test_a_voi_twice_as_wide_as_the_lesion_keeps_suvmax_and_loses_suvmean() -> None:
    found = measure(pet_of_a_sphere(20, 12.0, 1.0, spacing=1.0), MIDDLE, 40)
    assert found.suv_max == pytest.approx(12, abs=1e-3)
    assert found.suv_mean == pytest.approx(1 + 11 / 8, rel=0.03), (
        "one eighth of the sphere is lesion"
    )


def test_suvpeak_is_the_mean_of_one_cubic_centimetre_around_the_hottest_place() -> None:
    assert math.pi * peak_diameter_mm() ** 3 / 6000 == pytest.approx(
        figure("reading.suv_peak.volume").value
    )
    hot = pet_of_a_sphere(2, 100.0, 0.0, spacing=2.0, centre=(41.0, 41.0, 41.0))
    assert int((hot.array > 0).sum()) == 1, "one hot voxel"
    found = measure(hot, (41.0, 41.0, 41.0), 10)
    r2 = (peak_diameter_mm() / 2) ** 2
    steps = 2.0 * np.arange(-4, 5)
    voxels = int(
        (
            steps[:, None, None] ** 2 + steps[None, :, None] ** 2 + steps[None, None, :] ** 2 <= r2
        ).sum()
    )
    assert found.suv_max == pytest.approx(100, abs=1e-3)
    assert found.suv_peak == pytest.approx(100 / voxels, rel=1e-4)


def test_the_peak_sphere_may_reach_beyond_the_voi_but_its_centre_may_not() -> None:
    two = pet_of_a_sphere(20, 5.0, 0.0, centre=(40.0, 40.0, 20.0))
    hotter = pet_of_a_sphere(20, 50.0, 0.0, centre=(40.0, 40.0, 60.0))
    both = Volume("PT", two.array + hotter.array, two.spacing_mm, two.origin_mm, "SUV", "PET")
    assert measure(both, (40.0, 40.0, 20.0), 16).suv_peak == pytest.approx(5, abs=2e-3)


def test_hu_are_mean_and_population_standard_deviation() -> None:
    rng = np.random.default_rng(3)
    array = rng.normal(60, 12, (40, 40, 40)).round().astype(np.int16)
    ct = Volume("CT", array, (2.0, 2.0, 2.0), (1.0, 1.0, 1.0), "HU", "CT")
    at = 2.0 * (np.arange(40) + 0.5) - 40
    inside = at[:, None, None] ** 2 + at[None, :, None] ** 2 + at[None, None, :] ** 2 <= 225
    found = measure(ct, MIDDLE, 30)
    assert found.hu_mean == pytest.approx(array[inside].mean())
    assert found.hu_sd == pytest.approx(array[inside].std())
    assert found.suv_max is None


def test_a_study_is_measured_in_ct_and_pet_at_once() -> None:
    study = phantom_study(slices=200)
    found = measure(study, study.lesions_mm["L3"], 14)
    suv, hu = ORGANS["L3"][3], ORGANS["L3"][2]
    assert found.suv_mean == pytest.approx(suv, rel=0.05)
    assert found.hu_mean == pytest.approx(hu, abs=4)
    assert found.hu_sd == pytest.approx(12, rel=0.3)
    assert found.hottest_mm is not None
    assert math.dist(found.hottest_mm, found.centre_mm) <= 7


def test_a_study_of_several_series_is_measured_in_ct_and_pt_alone_and_in_others_on_request() -> (
    None
):
    study = phantom_study(modalities=ALL, slices=240)
    point = study.lesions_mm["L1"]
    assert measure(study, point, 14) == measure(study.only("CT", "PT"), point, 14)
    late = measure(study.only("CT late arterial", "T1 arterial", "FDG"), point, 14)
    assert late.hu_mean == pytest.approx(value("CT late arterial", "L1"), abs=4)
    assert late.suv_mean == pytest.approx(value("FDG", "L1"), rel=0.1)
    assert late.signal_mean is None


def test_an_mr_gives_its_signal_and_no_hu() -> None:
    study = phantom_study(modalities=ALL, slices=240)
    found = measure(study["T1 arterial"], study.lesions_mm["L1"], 14)
    assert found.signal_mean == pytest.approx(value("T1 arterial", "L1"), abs=4)
    assert found.signal_sd == pytest.approx(12, rel=0.3)
    assert found.hu_mean is None
    assert (
        repr(found) == f"VOI 14 mm, {found.volume_ml:.2f} mL; signal {found.signal_mean:.0f} ±"
        f" {found.signal_sd:.0f}"
    )


def test_a_voi_over_the_edge_counts_only_what_lies_in_the_volume() -> None:
    pet = pet_of_a_sphere(10, 3.0, 3.0)
    whole, half, corner = (
        measure(pet, at, 20).voxels for at in (MIDDLE, (0.0, 40.0, 40.0), (0.0, 0.0, 0.0))
    )
    assert half == whole // 2
    assert corner == whole // 8
    assert measure(pet, (0.0, 0.0, 0.0), 20).suv_peak == pytest.approx(3, abs=1e-3), (
        "what lies outside is no zero"
    )


def test_a_voi_smaller_than_a_voxel_reads_the_nearest_voxel() -> None:
    pet = pet_of_a_sphere(20, 9.0, 1.0, spacing=4.0)
    found = measure(pet, (39.1, 38.9, 38.5), 0.5)
    assert found.voxels == 1
    assert found.suv_max == pytest.approx(9, abs=1e-3)


@given(st.tuples(*[st.floats(0, SIDE_MM)] * 3), st.floats(1, 60))
def test_a_smaller_voi_around_the_same_centre_is_never_hotter(
    centre: Point, diameter: float
) -> None:
    small, large = measure(GRADIENT, centre, diameter / 2), measure(GRADIENT, centre, diameter)
    assert small.suv_max is not None
    assert small.suv_mean is not None
    assert large.suv_max is not None
    assert large.suv_max >= small.suv_max >= small.suv_mean - 1e-9
    assert 1 <= small.voxels <= large.voxels


GRADIENT = Volume(
    "PT",
    np.random.default_rng(5).gamma(2.0, 2.0, (20, 20, 20)).astype(np.float32),
    (4.0, 4.0, 4.0),
    (2.0, 2.0, 2.0),
    "SUV",
    "PET",
)


def test_storing_in_whole_numbers_changes_no_suv_by_more_than_half_a_step() -> None:
    found = measure(GRADIENT, (42.0, 42.0, 42.0), 1)
    assert found.suv_max is not None
    assert abs(found.suv_max - GRADIENT.at((42.0, 42.0, 42.0))) <= step(GRADIENT) / 2 * 1.0001


@pytest.mark.parametrize("diameter", [0, -3, math.nan, math.inf])
def test_an_impossible_diameter_is_refused_with_the_usual_range(diameter: float) -> None:
    limits = figure("reading.voi.diameter")
    with pytest.raises(
        ValueError, match=f"give a diameter above 0 mm, usually {limits.low:g}–{limits.high:g} mm"
    ):
        measure(GRADIENT, MIDDLE, diameter)


def test_a_centre_outside_is_refused_with_the_span_of_the_pictures() -> None:
    assert extent_mm(GRADIENT) == ((0.0, 80.0),) * 3
    measure(GRADIENT, (80.0, 80.0, 80.0), 10)
    with pytest.raises(
        ValueError,
        match=(
            r"\(80.1, 40, 40\) mm \(z, y, x\) lies outside the PET, which spans z 0 to 80, .*place"
            r" it inside"
        ),
    ):
        measure(GRADIENT, (80.1, 40.0, 40.0), 10)


def test_a_study_without_pictures_says_so() -> None:
    with pytest.raises(ValueError, match="no pictures to measure in"):
        measure(Study("x", "Nothing", {}), MIDDLE, 10)

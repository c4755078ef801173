"""Distance, angle, region, reference sphere, inversion and the whole screen, by hand and by key."""

from __future__ import annotations

import numpy as np
import pytest
from phantom import ORGANS
from viewer_page import Reading

from netcourse.reading import measure
from netcourse.scanner.study import Study, Volume

pytestmark = pytest.mark.browser

LESION = ORGANS["L1"][0]


def beside(mm_x: float, mm_y: float = 0.0) -> tuple[float, float, float]:
    z, y, x = LESION
    return z, y + mm_y, x + mm_x


def drag(reading: Reading, start: tuple[float, ...], end: tuple[float, ...]) -> None:
    reading.drag("axial", reading.place("axial", start), reading.place("axial", end))


def number(text: str) -> float:
    return float(text.split()[0].rstrip("°"))


def test_a_distance_is_as_long_as_the_drag_and_stays_on_its_slice(reading: Reading) -> None:
    reading.press("ArrowUp", "ArrowDown", "l", on="axial")
    before = reading.pixels()
    drag(reading, beside(-20, -15), beside(20, 15))
    assert number(reading.results()["Distance 1"]) == pytest.approx(50, abs=1.5)
    drawn = reading.pixels()
    assert drawn != before
    reading.press("ArrowUp", "ArrowDown", on="axial")
    assert reading.pixels() == drawn
    reading.click("axial", 0.3, 0.3)
    assert list(reading.results()) == ["Distance 1"], "a click is no distance"
    reading.desk.screenshot("rulers-distance", reading.root)
    reading.press("Delete", on="axial")
    assert reading.results() == {}


def test_a_distance_is_set_by_keyboard_at_the_crosshair(reading: Reading) -> None:
    reading.press("l", "Enter", *["ArrowRight"] * 8, "Enter", on="axial")
    spacing = float(reading.state("float(study['CT'].spacing_mm[2])"))
    assert number(reading.results()["Distance 1"]) == pytest.approx(8 * spacing, abs=0.06)


def test_two_arms_make_an_angle(reading: Reading) -> None:
    reading.press("j")
    drag(reading, beside(0), beside(40))
    assert reading.results() == {}
    drag(reading, beside(0), beside(0, 40))
    assert number(reading.results()["Angle 1"]) == pytest.approx(90, abs=3)


def test_a_region_reads_what_its_voxels_hold(reading: Reading, truth: Study) -> None:
    reading.press("q")
    drag(reading, beside(-6, -6), beside(6, 6))
    rows = reading.results()
    hu, suv = (in_circle(truth[name], 6) for name in ("CT", "PT"))
    assert number(rows["HU"]) == pytest.approx(float(hu.mean()), abs=6)
    assert number(rows["ROI 1"]) == pytest.approx(np.pi * 0.36, abs=0.1)
    assert number(rows["SUVmax"]) == pytest.approx(float(suv.max()), abs=0.1)
    assert number(rows["SUVmean"]) == pytest.approx(float(suv.mean()), abs=1)


def in_circle(volume: Volume, radius_mm: float) -> np.ndarray:
    """The voxels of the slice through L1 whose centres lie in a circle around it."""
    (_, dy, dx), (_, oy, ox), (_, y, x) = volume.spacing_mm, volume.origin_mm, LESION
    rows, columns = np.ogrid[: volume.array.shape[1], : volume.array.shape[2]]
    away = np.hypot(oy + rows * dy - y, ox + columns * dx - x)
    return volume.array[volume.index(LESION)[0]][away <= radius_mm]


def test_a_sphere_is_compared_with_the_one_kept_as_reference(
    reading: Reading, truth: Study
) -> None:
    liver = ORGANS["liver"][0]
    reading.state(f"str(viewer.place_voi({liver}, 20))")
    reading.rest()
    reading.press("O", on="axial")
    reading.state(f"str(viewer.place_voi({LESION}, 20))")
    reading.rest()
    rows = reading.results()
    reference, found = measure(truth, liver, 20), measure(truth, LESION, 20)
    assert reference.suv_mean
    assert found.suv_max
    assert number(rows["Ref. mean"]) == pytest.approx(reference.suv_mean, abs=0.06)
    assert number(rows["Max ÷ ref."]) == pytest.approx(found.suv_max / reference.suv_mean, abs=0.06)
    assert reference.hu_mean is not None
    assert found.hu_mean is not None
    assert number(rows["HU − ref."]) == pytest.approx(found.hu_mean - reference.hu_mean, abs=0.6)
    reading.desk.screenshot("rulers-reference", reading.root)


def test_invert_turns_black_to_white_and_reset_turns_it_back(reading: Reading) -> None:
    reading.press("d", "x", on="axial")
    before = reading.pixel("axial", 60, 150)
    reading.press("i", on="axial")
    assert reading.pixel("axial", 60, 150) == [255 - value for value in before]
    reading.press("x", "r", on="axial")
    assert reading.pixel("axial", 60, 150) == before
    reading.press("f", on="axial")


def test_the_whole_screen_and_back(reading: Reading) -> None:
    height = reading.root.bounding_box()["height"]
    reading.press("F", on="axial")
    reading.page.wait_for_function("() => document.fullscreenElement !== null")
    reading.page.wait_for_timeout(300)
    assert reading.root.bounding_box()["height"] == reading.page.viewport_size["height"] > height
    reading.desk.screenshot("rulers-full-screen")
    reading.press("F", on="axial")
    reading.page.wait_for_function("() => document.fullscreenElement === null")


def test_the_right_button_opens_no_menu_of_jupyterlab(reading: Reading) -> None:
    reading.drag("axial", (0.4, 0.4), (0.5, 0.5), button="right")
    reading.page.wait_for_timeout(300)
    assert reading.page.locator(".lm-Menu").count() == 0

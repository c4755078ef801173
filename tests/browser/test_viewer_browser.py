"""The viewer, worked by hand in a real JupyterLab: what the reader does must be what the pictures
and Python show.
"""

from __future__ import annotations

from typing import Any

import pytest
from phantom import LESIONS, ORGANS
from viewer_page import Reading, as_shown

from netcourse.reading import measure

pytestmark = pytest.mark.browser

# --- scrolling
# ---------------------------------------------------------------------------------------------------


def test_arrow_keys_scroll_one_slice_towards_the_head_and_back(reading: Reading) -> None:
    start, before = reading.slice(), reading.pixels()
    reading.press("ArrowUp")
    assert reading.slice() == start + 1
    assert reading.pixels() != before
    reading.press("ArrowDown", "ArrowDown", "PageDown")
    assert reading.slice() == start - 11
    reading.press("End")
    assert reading.slice() == 350
    reading.press("Home")
    assert reading.slice() == 1
    reading.press("ArrowDown")
    assert reading.slice() == 1


def test_the_wheel_scrolls_slices_and_the_page_stays(reading: Reading) -> None:
    start, before = reading.slice(), reading.pixels()
    reading.hover("axial", 0.4, 0.4)
    reading.hover("axial", 0.5, 0.5)
    top = reading.root.bounding_box()["y"]
    reading.page.mouse.wheel(0, 120)
    reading.page.wait_for_timeout(80)
    assert reading.slice() == start - 1
    assert reading.pixels() != before
    reading.page.mouse.wheel(0, -360)
    reading.page.wait_for_timeout(80)
    assert reading.slice() == start + 2
    assert reading.root.bounding_box()["y"] == top


def test_a_wheel_that_began_on_the_page_keeps_scrolling_the_page(reading: Reading) -> None:
    reading.page.get_by_text("2 + 2").first.click()
    start = reading.slice()
    reading.page.evaluate(
        "() => document.querySelector('.nc-viewer [data-panel=axial]').dispatchEvent(new"
        " PointerEvent('pointerleave'))"
    )
    refused = reading.page.evaluate(
        """() => { const panel = document.querySelector('.nc-viewer [data-panel=axial]');
            const turn = (node) => node.dispatchEvent(new WheelEvent('wheel', { deltaY: 120, bubbles: true, cancelable: true }));
            turn(document.querySelector('.jp-NotebookPanel'));
            return turn(panel); }"""
    )
    assert refused is True, "the viewer took the wheel from the page"
    assert reading.slice() == start


def test_ctrl_wheel_enlarges_about_the_pointer(reading: Reading) -> None:
    reading.hover("axial", 0.3, 0.5)
    reading.hover("axial", 0.25, 0.45)
    under = reading.probe()
    before = reading.pixels()
    reading.page.keyboard.down("Control")
    reading.page.mouse.wheel(0, -300)
    reading.page.keyboard.up("Control")
    reading.page.wait_for_timeout(80)
    assert reading.pixels() != before
    reading.hover("axial", 0.2501, 0.4501)
    after = reading.probe()
    assert after["x"] == pytest.approx(under["x"], abs=1)
    assert after["y"] == pytest.approx(under["y"], abs=1)
    reading.drag("axial", (0.5, 0.5), (0.7, 0.5), button="middle")
    reading.hover("axial", 0.45, 0.4501)
    assert reading.probe()["x"] == pytest.approx(under["x"], abs=2)


def test_cine_plays_through_the_slices_until_stopped(reading: Reading) -> None:
    start = reading.slice()
    reading.press("Space")
    reading.page.wait_for_timeout(700)
    reading.press("Space")
    stopped = reading.slice()
    assert stopped < start - 2
    reading.page.wait_for_timeout(300)
    assert reading.slice() == stopped


# --- conventions and looks
# ---------------------------------------------------------------------------------------


def test_the_spleen_of_the_patients_left_lies_on_the_right_of_the_screen(reading: Reading) -> None:
    reading.page.keyboard.press("p")
    reading.hover("axial", 0.02, 0.02)
    spleen, liver = ORGANS["spleen"][0], (530.0, 150.0, 120.0)
    while reading.slice() > 177:
        reading.press("ArrowDown")
    reading.page.mouse.move(5, 5)
    width, height = reading.size("axial")
    for organ, shade in ((spleen, 40), (liver, 200)):
        x, y = reading.place("axial", organ)
        assert (x > 0.5) == (organ is spleen)
        value = reading.pixel("axial", x * width, y * height)[0]
        assert (value < 40) if organ is spleen else (60 < value < 230), (
            f"{organ} reads {value}, not about {shade}"
        )


def test_every_picture_says_that_it_is_synthetic(reading: Reading) -> None:
    for name in ("axial", "coronal", "sagittal", "mip"):
        assert "Synthetic, not for patient care" in reading.label(name)
        width, height = reading.size(name)
        greys = """(c, [w, h]) => { const r = c.width / c.clientWidth;
            const corner = c.getContext('2d').getImageData(4 * r, (h - 40) * r, 70 * r, 36 * r).data;
            return new Set(corner.filter((_, i) => i % 4 === 0)).size }"""
        assert reading.panel(name).locator("canvas").evaluate(greys, [width, height]) > 8, (
            f"nothing is written into the {name} picture"
        )


@pytest.mark.parametrize(
    ("key", "name", "window"),
    [
        ("1", "soft tissue", [40, 400]),
        ("2", "liver", [80, 150]),
        ("3", "lung", [-600, 1500]),
        ("4", "bone", [300, 1500]),
    ],
)
def test_each_window_preset_shows_its_centre_and_width_and_changes_the_picture(
    reading: Reading, key: str, name: str, window: list[int]
) -> None:
    reading.press("[")
    before = reading.pixels()
    reading.press(key)
    assert f"window {window[0]}/{window[1]} HU" in reading.label()
    assert reading.pixels() != before
    assert reading.root.get_by_role("combobox", name="Window preset").input_value() == name
    assert reading.state("viewer.window") == window


def test_the_right_button_widens_the_window(reading: Reading) -> None:
    reading.drag("axial", (0.4, 0.5), (0.7, 0.5), button="right")
    centre, width = reading.state("viewer.window")
    assert centre == 40
    assert width > 450
    assert reading.root.get_by_label("W, window width in HU").input_value() == f"{width:g}"
    assert reading.root.get_by_role("combobox", name="Window preset").input_value() == ""


def test_the_share_of_pet_and_the_suv_scale_change_the_fused_picture(reading: Reading) -> None:
    before = reading.pixels()
    reading.root.get_by_role("slider", name="PET share").press("ArrowLeft")
    faded = reading.pixels()
    assert faded != before
    reading.root.get_by_role("slider", name="SUV scale").press("ArrowRight")
    assert reading.pixels() != faded
    assert reading.state("[viewer.opacity, viewer.suv_top]") == [55, 15.5]


def test_ct_beside_pet_follow_each_other(reading: Reading) -> None:
    reading.press("s")
    assert "Axial CT, slice 188" in reading.label("axial").replace("187", "188")
    assert "Axial PET" in reading.label("axial_pet")
    before = reading.pixels("axial_pet")
    reading.press("ArrowUp", on="axial")
    assert reading.slice("axial_pet") == reading.slice("axial")
    assert reading.pixels("axial_pet") != before
    assert reading.panel("coronal").is_hidden()
    assert reading.state("viewer.mode") == "side by side"


def test_double_click_shows_one_panel_alone_and_brings_the_others_back(reading: Reading) -> None:
    narrow, _ = reading.size("coronal")
    box = reading.panel("coronal").bounding_box()
    reading.page.mouse.dblclick(box["x"] + 40, box["y"] + 90)
    reading.settle()
    assert reading.size("coronal")[0] > 2 * narrow
    assert reading.panel("axial").is_hidden()
    reading.press("Escape")
    assert reading.panel("axial").is_visible()


# --- crosshair, probe, MIP
# ---------------------------------------------------------------------------------------


def test_a_click_moves_the_crosshair_of_all_panels_to_that_voxel(
    reading: Reading, truth: Any
) -> None:
    coronal, sagittal = reading.slice("coronal"), reading.slice("sagittal")
    x, y = reading.place("axial", ORGANS["L1"][0])
    reading.click("axial", x + 0.1, y + 0.2)
    assert reading.slice("coronal") > coronal
    assert reading.slice("sagittal") > sagittal
    point = reading.state("viewer.crosshair_mm")
    width, height = reading.size("axial")
    scale = min(width / 432, height / 288)
    assert point[2] == pytest.approx(ORGANS["L1"][0][2] + 0.1 * width / scale, abs=1.5)
    assert reading.slice("coronal") == truth["CT"].index(tuple(point))[1] + 1
    assert reading.slice("sagittal") == truth["CT"].index(tuple(point))[2] + 1


def test_the_probe_reads_the_true_hu_and_suv_of_the_voxel_under_the_pointer(
    reading: Reading, truth: Any
) -> None:
    for share in ((0.31, 0.4), (0.55, 0.71), (0.72, 0.6), (0.5, 0.5)):
        reading.hover("axial", *share)
        shown = reading.probe()
        point = (shown["z"], shown["y"], shown["x"])
        assert shown["HU"] == truth["CT"].at(point)
        assert shown["SUV"] == pytest.approx(truth["PT"].at(point), abs=0.0051)
    x, y = reading.place("axial", ORGANS["L1"][0])
    reading.hover("axial", x, y)
    assert reading.probe()["SUV"] > 15, "the pointer over lesion 1 must read its uptake"


def test_a_click_on_the_mip_jumps_to_the_hottest_voxel_on_that_line(reading: Reading) -> None:
    box_w, box_h = reading.size("mip")
    scale = min(box_w / 432, (box_h - 2 * 2.9 * 11) / 1050)
    bladder = ORGANS["bladder"][0]
    reading.click(
        "mip", 0.5 + (bladder[2] - 216) * scale / box_w, 0.5 - (bladder[0] - 525) * scale / box_h
    )
    point = reading.state("viewer.crosshair_mm")
    centre, half = ORGANS["bladder"][0], ORGANS["bladder"][1]
    assert all(abs(p - c) <= h for p, c, h in zip(point, centre, half, strict=True)), (
        f"{point} lies outside the bladder"
    )
    assert reading.slice() == round((point[0] - 1.5) / 3) + 1


def test_turning_the_mip_by_180_degrees_brings_the_spleen_to_the_other_side(
    reading: Reading,
) -> None:
    box_w, box_h = reading.size("mip")
    scale = min(box_w / 432, (box_h - 2 * 2.9 * 11) / 1050)
    spleen = ORGANS["spleen"][0]
    right, y = box_w / 2 + (spleen[2] - 216) * scale, box_h / 2 - (545 - 525) * scale
    left = box_w - right
    reading.press("m")
    assert reading.pixel("mip", right, y)[0] < 60 < reading.pixel("mip", left, y)[0]
    reading.press(*["ArrowRight"] * 36, on="mip")
    assert "turned by 180 degrees" in reading.label("mip")
    assert reading.pixel("mip", left, y)[0] < 60 < reading.pixel("mip", right, y)[0]
    reading.press("m")


# --- VOI, markers, mark
# ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("lesion", "diameter"), [("L1", 20), ("L2", 16), ("L3", 5), ("L1", 80)])
def test_the_numbers_of_a_voi_are_pythons_to_the_last_digit(
    reading: Reading, truth: Any, lesion: str, diameter: int
) -> None:
    number = LESIONS.index(lesion) + 1
    reading.root.get_by_role("button", name=f"Go to {number}, {lesion}").click()
    reading.panel("axial").focus()
    reading.press("v")
    slider = reading.root.get_by_role("slider", name="Diameter")
    slider.evaluate(
        "(input, value) => { input.value = value; input.dispatchEvent(new Event('input', { bubbles:"
        " true })) }",
        diameter,
    )
    expected = measure(truth, truth.lesions_mm[lesion], diameter)
    shown = reading.results()
    assert shown == as_shown(expected)
    assert reading.state("[viewer.voi, viewer.measurement.suv_max]") == [
        [list(truth.lesions_mm[lesion]), diameter],
        expected.suv_max,
    ]


def test_vois_anywhere_give_the_same_digits_in_browser_and_python(
    reading: Reading, truth: Any
) -> None:
    reading.rest()
    points = [
        (561.0, 120.0, 111.0),
        (530.25, 188.5, 300.125),
        (70.7, 135.3, 240.9),
        (3.0, 150.0, 216.0),
        (1048.9, 1.0, 1.0),
        (421.1, 195.2, 145.3),
    ]
    for point in points:
        for diameter in (5, 12.5, 33):
            reading.desk.ask_kernel(f"setattr(viewer, 'voi', ({point}, {diameter})) or 0")
            reading.page.wait_for_timeout(60)
            assert reading.results() == as_shown(measure(truth, point, diameter)), (point, diameter)


def test_the_voi_tool_places_a_sphere_where_one_clicks_and_drags_it(reading: Reading) -> None:
    reading.press("o")
    reading.click("axial", 0.6, 0.6)
    first = reading.state("viewer.voi")
    assert first is not None
    assert first[1] == reading.state("viewer.voi[1]")
    reading.press("c")
    reading.drag("axial", (0.6, 0.6), (0.5, 0.5))
    moved = reading.state("viewer.voi")
    assert moved[0][2] < first[0][2] - 20
    assert moved[0][1] < first[0][1] - 10
    reading.press("Shift+V")
    assert reading.state("viewer.voi") is None
    assert reading.results() == {}


def test_markers_hide_one_by_one_and_all_together(reading: Reading) -> None:
    with_all = reading.pixels("mip")
    reading.root.get_by_role("checkbox", name="Show marker 2, L2").uncheck()
    without_one = reading.pixels("mip")
    assert without_one != with_all
    reading.press("m", on="axial")
    without_any = reading.pixels("mip")
    assert without_any not in (with_all, without_one)
    reading.press("m")
    reading.root.get_by_role("checkbox", name="Show marker 2, L2").check()
    assert reading.pixels("mip") == with_all


def test_a_click_in_the_list_jumps_to_the_lesion_and_the_keys_go_round(
    reading: Reading, truth: Any
) -> None:
    reading.root.get_by_role("button", name="Go to 3, L3").click()
    assert reading.state("viewer.crosshair_mm") == list(truth.lesions_mm["L3"])
    reading.press("n", on="axial")
    assert reading.state("viewer.crosshair_mm") == list(truth.lesions_mm["L1"])
    reading.press("b")
    assert reading.state("viewer.crosshair_mm") == list(truth.lesions_mm["L3"])


def test_the_learner_marks_one_point_as_the_answer(reading: Reading) -> None:
    before = reading.pixels()
    reading.press("k")
    reading.click("axial", 0.4, 0.45)
    first = reading.state("viewer.mark_mm")
    reading.click("axial", 0.6, 0.55)
    second = reading.state("viewer.mark_mm")
    assert first[2] < second[2]
    assert reading.pixels() != before
    reading.press("Shift+A")
    assert reading.state("viewer.mark_mm") is None


def test_python_moves_the_viewer(reading: Reading, truth: Any) -> None:
    reading.rest()
    reading.desk.ask_kernel(
        "[viewer.go_to('L2'), setattr(viewer, 'window', 'lung'), setattr(viewer, 'mode', 'CT')][1]"
    )
    reading.page.wait_for_timeout(200)
    assert reading.slice() == truth["CT"].index(truth.lesions_mm["L2"])[0] + 1
    assert "window -600/1500" in reading.label()
    assert "Axial CT" in reading.label()

"""The viewer, worked by hand in a real JupyterLab: what the reader does must be what the pictures and Python show."""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from phantom import LESIONS, ORGANS, phantom_study

from netcourse.reading import measure
from netcourse.reading.voi import digits

pytestmark = pytest.mark.browser

SETUP = """
from phantom import phantom_study
from netcourse.reading import Viewer, Marker
study = phantom_study()
"""


class Reading:
    """One viewer on a page, and what a reader does with it."""

    def __init__(self, desk: Any, root: Any) -> None:
        self.desk, self.page, self.root = desk, desk.page, root
        root.and_(desk.page.locator("[data-ready]")).wait_for(timeout=20_000)

    def panel(self, name: str) -> Any:
        return self.root.locator(f"[data-panel={name}]")

    def label(self, name: str = "axial") -> str:
        return str(self.panel(name).locator("canvas").get_attribute("aria-label"))

    def slice(self, name: str = "axial") -> int:
        found = re.search(r"slice (\d+) of", self.label(name))
        assert found, self.label(name)
        return int(found[1])

    def pixels(self, name: str = "axial") -> str:
        self.settle()
        return str(self.panel(name).locator("canvas").evaluate("canvas => canvas.toDataURL()"))

    def pixel(self, name: str, x: float, y: float) -> list[int]:
        """Red, green and blue at a place of a panel, css pixels."""
        self.settle()
        script = "(c, [x, y]) => { const r = c.width / c.clientWidth; return [...c.getContext('2d').getImageData(x * r, y * r, 1, 1).data].slice(0, 3) }"
        return list(self.panel(name).locator("canvas").evaluate(script, [x, y]))

    def settle(self) -> None:
        """Wait until what was asked has been drawn."""
        self.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def size(self, name: str) -> tuple[float, float]:
        box = self.panel(name).locator("canvas").bounding_box()
        return box["width"], box["height"]

    def at(self, name: str, x: float, y: float) -> tuple[float, float]:
        """Page position of a share (0–1, 0–1) of a panel."""
        box = self.panel(name).locator("canvas").bounding_box()
        return box["x"] + x * box["width"], box["y"] + y * box["height"]

    def click(self, name: str, x: float, y: float, **how: Any) -> None:
        self.page.mouse.click(*self.at(name, x, y), **how)
        self.settle()

    def hover(self, name: str, x: float, y: float) -> None:
        self.page.mouse.move(*self.at(name, x, y))
        self.settle()

    def drag(self, name: str, start: tuple[float, float], end: tuple[float, float], button: str = "left") -> None:
        self.page.mouse.move(*self.at(name, *start))
        self.page.mouse.down(button=button)
        self.page.mouse.move(*self.at(name, *end), steps=8)
        self.page.mouse.up(button=button)
        self.settle()

    def press(self, *keys: str, on: str | None = None) -> None:
        if on:
            self.panel(on).focus()
        for key in keys:
            self.page.keyboard.press(key)
        self.settle()

    def place(self, name: str, point: tuple[float, float, float]) -> tuple[float, float]:
        """Where a point of the phantom must lie on an unzoomed axial panel, as shares: the whole 432 × 288 mm fit in."""
        assert name.startswith("axial")
        width, height = self.size(name)
        scale = min(width / 432, height / 288)
        return 0.5 + (point[2] - 216) * scale / width, 0.5 + (point[1] - 144) * scale / height

    def probe(self) -> dict[str, float]:
        text = str(self.root.locator(".nc-probe").text_content())
        return {name: float(value) for name, value in re.findall(r"(HU|SUV|x|y|z) (-?[\d.]+)", text)}

    def results(self) -> dict[str, str]:
        self.settle()
        rows = self.root.locator(".nc-results > div")
        return {row.locator("dt").text_content(): row.locator("dd").text_content() for row in rows.all()}

    def state(self, expression: str) -> Any:
        """What Python knows, once the browser has told it."""
        self.rest()
        return self.desk.ask_kernel(expression)

    def rest(self) -> None:
        """Wait until the browser has told Python the last change."""
        self.page.wait_for_timeout(350)

    def start_over(self) -> None:
        self.page.mouse.move(5, 5)
        self.press("Escape", "Escape", "Shift+A", "Shift+V", "c", "f", "r", on="axial")
        self.root.get_by_role("button", name="Go to 1, L1").click()
        self.panel("axial").focus()
        self.settle()


@pytest.fixture(scope="module")
def truth() -> Any:
    return phantom_study()


@pytest.fixture(scope="module")
def page_with_viewers(new_desk: Callable[..., Any]) -> Iterator[Any]:
    desk = new_desk()
    desk.write_notebook("viewer.ipynb", [SETUP, "viewer = Viewer(study, markers=True)\nviewer", "2 + 2"])
    desk.open_notebook("viewer.ipynb")
    desk.run_all()
    try:
        yield desk
    finally:
        desk.clear()


@pytest.fixture
def reading(page_with_viewers: Any) -> Reading:
    """The viewer as at its start, at lesion 1, with the focus on the axial panel."""
    found = Reading(page_with_viewers, page_with_viewers.page.locator(".nc-viewer"))
    page_with_viewers.page.evaluate("() => document.querySelector('.nc-viewer').scrollIntoView({ block: 'center' })")
    found.start_over()
    assert page_with_viewers.problems == []
    return found


# --- scrolling ---------------------------------------------------------------------------------------------------


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
    reading.page.evaluate("() => document.querySelector('.nc-viewer [data-panel=axial]').dispatchEvent(new PointerEvent('pointerleave'))")
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
    assert after["x"] == pytest.approx(under["x"], abs=1) and after["y"] == pytest.approx(under["y"], abs=1)
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


# --- conventions and looks ---------------------------------------------------------------------------------------


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
        assert (value < 40) if organ is spleen else (60 < value < 230), f"{organ} reads {value}, not about {shade}"


def test_every_picture_says_that_it_is_synthetic(reading: Reading) -> None:
    for name in ("axial", "coronal", "sagittal", "mip"):
        assert "Synthetic, not for patient care" in reading.label(name)
        width, height = reading.size(name)
        line = "(c, [w, h]) => { const r = c.width / c.clientWidth; const d = c.getContext('2d').getImageData(4 * r, (h - 40) * r, 70 * r, 36 * r).data; return new Set(d.filter((_, i) => i % 4 === 0)).size }"
        assert reading.panel(name).locator("canvas").evaluate(line, [width, height]) > 8, f"nothing is written into the {name} picture"


@pytest.mark.parametrize(("key", "name", "window"), [("1", "soft tissue", [40, 400]), ("2", "liver", [80, 150]), ("3", "lung", [-600, 1500]), ("4", "bone", [300, 1500])])
def test_each_window_preset_shows_its_centre_and_width_and_changes_the_picture(reading: Reading, key: str, name: str, window: list[int]) -> None:
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
    assert centre == 40 and width > 450
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


# --- crosshair, probe, MIP ---------------------------------------------------------------------------------------


def test_a_click_moves_the_crosshair_of_all_panels_to_that_voxel(reading: Reading, truth: Any) -> None:
    coronal, sagittal = reading.slice("coronal"), reading.slice("sagittal")
    x, y = reading.place("axial", ORGANS["L1"][0])
    reading.click("axial", x + 0.1, y + 0.2)
    assert reading.slice("coronal") > coronal and reading.slice("sagittal") > sagittal
    point = reading.state("viewer.crosshair_mm")
    width, height = reading.size("axial")
    scale = min(width / 432, height / 288)
    assert point[2] == pytest.approx(ORGANS["L1"][0][2] + 0.1 * width / scale, abs=1.5)
    assert reading.slice("coronal") == truth["CT"].index(tuple(point))[1] + 1
    assert reading.slice("sagittal") == truth["CT"].index(tuple(point))[2] + 1


def test_the_probe_reads_the_true_hu_and_suv_of_the_voxel_under_the_pointer(reading: Reading, truth: Any) -> None:
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
    reading.click("mip", 0.5 + (bladder[2] - 216) * scale / box_w, 0.5 - (bladder[0] - 525) * scale / box_h)
    point = reading.state("viewer.crosshair_mm")
    centre, half = ORGANS["bladder"][0], ORGANS["bladder"][1]
    assert all(abs(p - c) <= h for p, c, h in zip(point, centre, half, strict=True)), f"{point} lies outside the bladder"
    assert reading.slice() == round((point[0] - 1.5) / 3) + 1


def test_turning_the_mip_by_180_degrees_brings_the_spleen_to_the_other_side(reading: Reading) -> None:
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


# --- VOI, markers, mark ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("lesion", "diameter"), [("L1", 20), ("L2", 16), ("L3", 5), ("L1", 80)])
def test_the_numbers_of_a_voi_are_pythons_to_the_last_digit(reading: Reading, truth: Any, lesion: str, diameter: int) -> None:
    number = LESIONS.index(lesion) + 1
    reading.root.get_by_role("button", name=f"Go to {number}, {lesion}").click()
    reading.panel("axial").focus()
    reading.press("v")
    slider = reading.root.get_by_role("slider", name="Diameter")
    slider.evaluate("(input, value) => { input.value = value; input.dispatchEvent(new Event('input', { bubbles: true })) }", diameter)
    expected = measure(truth, truth.lesions_mm[lesion], diameter)
    shown = reading.results()
    assert shown == as_shown(expected)
    assert reading.state("[viewer.voi, viewer.measurement.suv_max]") == [[list(truth.lesions_mm[lesion]), diameter], expected.suv_max]


def as_shown(found: Any) -> dict[str, str]:
    return {
        "SUVmax": digits(found.suv_max, 1), "SUVmean": digits(found.suv_mean, 1), "SUVpeak": digits(found.suv_peak, 1),
        "HU": f"{digits(found.hu_mean, 0)} ± {digits(found.hu_sd, 0)}", "Volume": f"{digits(found.volume_ml, 2)} mL",
    }  # fmt: skip


def test_vois_anywhere_give_the_same_digits_in_browser_and_python(reading: Reading, truth: Any) -> None:
    reading.rest()
    points = [(561.0, 120.0, 111.0), (530.25, 188.5, 300.125), (70.7, 135.3, 240.9), (3.0, 150.0, 216.0), (1048.9, 1.0, 1.0), (421.1, 195.2, 145.3)]
    for point in points:
        for diameter in (5, 12.5, 33):
            reading.desk.ask_kernel(f"setattr(viewer, 'voi', ({point}, {diameter})) or 0")
            reading.page.wait_for_timeout(60)
            assert reading.results() == as_shown(measure(truth, point, diameter)), (point, diameter)


def test_the_voi_tool_places_a_sphere_where_one_clicks_and_drags_it(reading: Reading) -> None:
    reading.press("o")
    reading.click("axial", 0.6, 0.6)
    first = reading.state("viewer.voi")
    assert first is not None and first[1] == reading.state("viewer.voi[1]")
    reading.press("c")
    reading.drag("axial", (0.6, 0.6), (0.5, 0.5))
    moved = reading.state("viewer.voi")
    assert moved[0][2] < first[0][2] - 20 and moved[0][1] < first[0][1] - 10
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


def test_a_click_in_the_list_jumps_to_the_lesion_and_the_keys_go_round(reading: Reading, truth: Any) -> None:
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
    assert first[2] < second[2] and reading.pixels() != before
    reading.press("Shift+A")
    assert reading.state("viewer.mark_mm") is None


def test_python_moves_the_viewer(reading: Reading, truth: Any) -> None:
    reading.rest()
    reading.desk.ask_kernel("[viewer.go_to('L2'), setattr(viewer, 'window', 'lung'), setattr(viewer, 'mode', 'CT')][1]")
    reading.page.wait_for_timeout(200)
    assert reading.slice() == truth["CT"].index(truth.lesions_mm["L2"])[0] + 1
    assert "window -600/1500" in reading.label() and "Axial CT" in reading.label()


# --- JupyterLab around it ----------------------------------------------------------------------------------------


def test_keys_stay_in_the_viewer_and_never_cut_a_cell(reading: Reading) -> None:
    cells = reading.desk.cells()
    active = "() => window.jupyterapp.shell.currentWidget.content.activeCellIndex"
    before = reading.page.evaluate(active)
    reading.click("axial", 0.5, 0.5)
    reading.press("ArrowDown", "ArrowUp", "x", "x", "d", "d", "a", "b", "m", "m", "z", "c", "f")
    reading.root.get_by_role("slider", name="PET share").press("x")
    reading.root.get_by_role("slider", name="PET share").press("ArrowUp")
    assert reading.desk.cells() == cells
    assert reading.page.evaluate(active) == before


def test_everything_can_be_reached_by_tab_and_shows_its_focus(reading: Reading) -> None:
    names = []
    reading.root.get_by_role("button", name="Crosshair", exact=True).focus()
    for _ in range(40):
        inside = reading.page.evaluate(
            """() => { const node = document.activeElement; if (!node.closest('.nc-viewer')) return null;
                return [node.getAttribute('aria-label') ?? node.textContent.trim() ?? node.tagName, getComputedStyle(node).outlineStyle]; }"""
        )
        if inside is None:
            break
        names.append(inside[0])
        if len(names) > 1:
            assert inside[1] == "solid", f"{inside[0]} shows no focus"
        reading.page.keyboard.press("Tab")
    for wanted in ("Play", "Fused", "Window preset", "SUV scale", "Axial panel", "PET MIP", "Go to 1", "Place at crosshair"):
        assert any(wanted in name for name in names), f"Tab never reaches {wanted}: {names}"


def test_the_question_mark_opens_a_page_of_keys_and_escape_closes_it(reading: Reading) -> None:
    reading.press("?", on="axial")
    help_page = reading.root.get_by_role("dialog", name="Keys and mouse")
    assert help_page.is_visible()
    assert reading.page.evaluate("() => document.activeElement.textContent") == "Close"
    reading.press("Escape")
    assert help_page.is_hidden()
    assert reading.page.evaluate("() => document.activeElement.dataset.panel") == "axial"


def test_scrolling_asks_nothing_of_the_kernel(reading: Reading) -> None:
    page, traffic = reading.page, []
    reading.page.wait_for_timeout(500)
    count = """() => { if (!window.__sent) { window.__sent = 0; const send = WebSocket.prototype.send;
        WebSocket.prototype.send = function (data) { window.__sent += data.length ?? data.byteLength ?? data.size; return send.call(this, data); }; } return window.__sent; }"""
    before = page.evaluate(count)
    burst = """async () => { const panel = document.querySelector('.nc-viewer [data-panel=axial]'); panel.focus(); const seen = new Set();
        for (let i = 0; i < 60; i++) { panel.dispatchEvent(new WheelEvent('wheel', { deltaY: i < 30 ? 120 : -120, bubbles: true, cancelable: true }));
            await new Promise(requestAnimationFrame); seen.add(panel.querySelector('canvas').getAttribute('aria-label')); }
        return [seen.size, window.__sent]; }"""
    slices, after = page.evaluate(burst)
    assert slices >= 25
    assert after - before == 0, f"{after - before} bytes went to the kernel while scrolling; {traffic}"
    page.wait_for_timeout(600)
    settled = page.evaluate(count) - before
    assert 0 < settled < 4000, f"{settled} bytes to tell Python the new place"


def test_the_viewer_is_alive_while_a_long_cell_runs(reading: Reading) -> None:
    page = reading.page
    page.evaluate(
        """() => { const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
            window.__busy = true; kernel.requestExecute({ code: "import time; time.sleep(6)", store_history: false }).done.then(() => { window.__busy = false }); }"""
    )
    page.wait_for_timeout(300)
    start, before = reading.slice(), reading.pixels()
    reading.press("ArrowUp", "ArrowUp", "2", on="axial")
    assert reading.slice() == start + 2
    assert reading.pixels() != before
    reading.press("v")
    assert reading.results()["SUVmax"]
    assert page.evaluate("window.__busy"), "the cell ended before the viewer was tried"
    page.wait_for_function("() => !window.__busy", timeout=15_000)


def test_no_serious_accessibility_violation_in_the_viewer(reading: Reading, axe: str) -> None:
    reading.press("v")
    reading.page.add_script_tag(content=axe)
    for state in ("usual", "help"):
        if state == "help":
            reading.press("?", on="axial")
        found = reading.page.evaluate("() => axe.run('.nc-viewer').then((r) => r.violations.map((v) => [v.impact, v.id, v.nodes.map((n) => n.html).slice(0, 3)]))")
        assert [v for v in found if v[0] in ("serious", "critical")] == []
    reading.press("Escape")


def test_running_the_cell_again_leaves_no_listeners_or_volumes_behind(reading: Reading) -> None:
    page = reading.page
    client = page.context.new_cdp_session(page)
    client.send("Performance.enable")

    def rerun() -> dict[str, float]:
        page.evaluate(
            """async () => { const { content, sessionContext } = window.jupyterapp.shell.currentWidget;
                content.activeCellIndex = 1; content.deselectAll(); await window.jupyterapp.commands.execute("notebook:run-cell"); }"""
        )
        reading.desk.wait_until_run()
        page.locator(".nc-viewer[data-ready]").wait_for(timeout=15_000)
        page.wait_for_timeout(300)
        for _ in range(3):
            client.send("HeapProfiler.collectGarbage")
        return {row["name"]: row["value"] for row in client.send("Performance.getMetrics")["metrics"]}

    rerun()
    counts = [rerun()["JSEventListeners"] for _ in range(6)]
    growth = statistics.median(after - before for before, after in pairwise(counts))
    assert page.locator(".nc-viewer").count() == 1
    assert growth <= 5, f"each run of the cell leaves listeners behind: {counts}"
    assert page.evaluate("() => globalThis[Symbol.for('netcourse.reading')].volumes.size") == 2
    assert page.evaluate("() => globalThis[Symbol.for('netcourse.reading')].groups.size") == 0
    reading.settle()


def test_a_narrower_page_gets_a_narrower_viewer(reading: Reading) -> None:
    wide = reading.root.bounding_box()["width"]
    reading.page.set_viewport_size({"width": 1000, "height": 720})
    reading.page.wait_for_timeout(400)
    small = reading.root.bounding_box()
    canvas = reading.panel("axial").locator("canvas").evaluate("c => [c.width, Math.round(c.clientWidth * devicePixelRatio)]")
    reading.page.set_viewport_size({"width": 1280, "height": 720})
    reading.page.wait_for_timeout(400)
    assert small["width"] < wide - 200
    assert canvas[0] == canvas[1]
    assert reading.root.bounding_box()["width"] == wide


# --- other places ------------------------------------------------------------------------------------------------


def test_viewers_of_one_group_share_crosshair_and_zoom_and_others_do_not(desk: Any) -> None:
    cells = [
        "from phantom import phantom_study\nfrom netcourse.reading import Viewer\nct, pet = phantom_study(modalities=('CT',), slices=80), phantom_study(modalities=('PT',), slices=80)",
        "first = Viewer(ct, group='two', height=460)\nfirst", "second = Viewer(pet, group='two', height=460)\nsecond", "third = Viewer(pet, height=460)\nthird",
    ]  # fmt: skip
    desk.write_notebook("group.ipynb", cells)
    desk.open_notebook("group.ipynb")
    desk.run_all()
    roots = desk.page.locator(".nc-viewer[data-ready]")
    roots.nth(2).wait_for(timeout=20_000)
    one, two, three = (Reading(desk, roots.nth(i)) for i in range(3))
    assert "Axial CT" in one.label() and "Axial PET" in two.label()
    start, other = two.slice(), three.slice()
    one.press("ArrowUp", "ArrowDown", on="axial")
    picture = two.pixels()
    one.press("ArrowUp", "ArrowUp")
    assert (two.slice(), three.slice()) == (start + 2, other)
    one.press("+", "+")
    zoomed = two.pixels()
    one.press("-", "-", "ArrowDown", "ArrowDown")
    assert zoomed != picture and two.pixels() == picture
    assert one.state("second.crosshair_mm == first.crosshair_mm")


def test_another_study_takes_the_place_of_the_first(desk: Any) -> None:
    cells = [
        "from phantom import phantom_study\nfrom netcourse.reading import Viewer\nviewer = Viewer(phantom_study(slices=60), markers=True, height=460)",
        "viewer", "other = phantom_study(seed=1, modalities=('PT',), slices=40, patient_id='other')",
    ]  # fmt: skip
    desk.write_notebook("show.ipynb", cells)
    desk.open_notebook("show.ipynb")
    desk.run_all()
    reading = Reading(desk, desk.page.locator(".nc-viewer"))
    assert "of 60" in reading.label()
    desk.ask_kernel("viewer.show(other) or 0")
    desk.page.wait_for_function("() => document.querySelector('.nc-viewer[data-ready] [data-panel=axial] canvas')?.getAttribute('aria-label')?.includes('of 40')", timeout=10_000)
    assert "Axial PET" in reading.label()


def test_the_pictures_come_although_long_cells_follow(desk: Any) -> None:
    desk.write_notebook("busy.ipynb", [SETUP, "Viewer(study)", "import time; time.sleep(8)"])
    desk.open_notebook("busy.ipynb")
    desk.page.get_by_role("menuitem", name="Run", exact=True).click()
    desk.page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    desk.page.locator(".nc-viewer[data-ready]").wait_for(timeout=20_000)
    assert desk.page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.status") == "busy"
    desk.wait_until_run()


def test_after_a_reload_of_the_page_the_viewer_asks_for_its_pictures_again(desk: Any) -> None:
    desk.write_notebook("reload.ipynb", ["from phantom import phantom_study\nfrom netcourse.reading import Viewer\nViewer(phantom_study(slices=60))"])
    desk.open_notebook("reload.ipynb")
    desk.run_all()
    desk.page.locator(".nc-viewer[data-ready]").wait_for(timeout=20_000)
    desk.page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
    desk.page.wait_for_timeout(500)
    desk.page.reload()
    desk.page.locator(".nc-viewer[data-ready]").wait_for(timeout=30_000)


def test_a_browser_without_decompression_says_which_browsers_work(desk: Any) -> None:
    desk.page.add_init_script("delete globalThis.DecompressionStream")
    desk.write_notebook("old.ipynb", ["from phantom import phantom_study\nfrom netcourse.reading import Viewer\nViewer(phantom_study(slices=20))"])
    desk.open_notebook("old.ipynb")
    desk.run_all()
    alert = desk.page.locator(".nc-viewer [role=alert]")
    alert.wait_for(timeout=10_000)
    assert "Firefox 113" in alert.text_content()
    assert desk.page.locator(".nc-viewer img").get_attribute("alt").startswith("PET over CT of Torso phantom")


def test_the_viewer_opens_in_notebook_7(new_desk: Callable[..., Any], notebook7: Any) -> None:
    desk = new_desk(notebook7)
    name = desk.write_notebook("seven.ipynb", ["from phantom import phantom_study\nfrom netcourse.reading import Viewer\nViewer(phantom_study(slices=60))"])
    desk.page.goto(f"{desk.server.url}/notebooks/{name}")
    desk.page.get_by_text("Viewer(phantom_study").first.wait_for(timeout=30_000)
    idle = "() => window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'"
    desk.page.wait_for_function(idle, timeout=30_000)
    desk.page.get_by_role("menuitem", name="Run", exact=True).click()
    desk.page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    reading = Reading(desk, desk.page.locator(".nc-viewer"))
    start = reading.slice()
    reading.press("ArrowUp", on="axial")
    desk.screenshot("notebook-7")
    desk.problems = [problem for problem in desk.problems if "reading 'schema'" not in problem]  # Notebook 7 itself, on any page
    assert reading.slice() == start + 1
    desk.clear()


def test_the_viewer_opens_in_voila_and_nothing_leaves_the_machine(new_desk: Callable[..., Any], lab: Any, tmp_path: Path) -> None:
    (tmp_path / "pages").mkdir()
    # Voilà's own page loads two style sheets from a CDN; this one does not.
    template = tmp_path / "data" / "voila" / "templates" / "bare"
    template.mkdir(parents=True)
    (template / "conf.json").write_text('{"base_template": "lab"}')
    (template / "index.html.j2").write_text(
        "{% extends 'voila/templates/lab/index.html.j2' %}{% block notebook_css %}"
        "{% if frontend == 'voila' %}{{ resources.include_js('static/voila-style.js') }}{% endif %}{{ super.super() }}{% endblock %}"
    )
    options = [
        "--no-browser", "--Voila.ip=127.0.0.1", "--token=", "--template=bare", "--enable_nbextensions=False",
        "--VoilaConfiguration.extension_denylist=['@jupyter/nbgrader', 'jupyterlab-jupytext', '@jupyter-notebook/lab-extension']",
    ]  # fmt: skip
    desk = None
    server = lab.__class__(tmp_path / "pages", tmp_path, ["voila", *options], {"JUPYTER_PATH": str(tmp_path / "data")})
    try:
        server.wait("/")
        desk = new_desk(server)
        desk.write_notebook("voila.ipynb", ["from phantom import phantom_study\nfrom netcourse.reading import Viewer\nViewer(phantom_study(slices=60), markers=True)"])
        desk.page.goto(f"{server.url}/voila/render/voila.ipynb")
        reading = Reading(desk, desk.page.locator(".nc-viewer"))
        start = reading.slice()
        reading.press("ArrowUp", on="axial")
        assert reading.slice() == start + 1
        desk.page.wait_for_timeout(500)
        desk.screenshot("voila")
    finally:
        if desk:
            desk.context.close()
        server.stop()
    assert desk.problems == []


def test_the_viewer_opens_as_a_stand_alone_page_from_its_script_alone(new_desk: Callable[..., Any], tmp_path: Path) -> None:
    """The module imports nothing and needs no widget manager, so a page of script and data is enough."""
    code = textwrap.dedent("""
        import base64, json, sys
        from phantom import phantom_study
        from netcourse.reading import Viewer
        viewer = Viewer(phantom_study(slices=30), markers=True)
        viewer._repr_mimebundle_()
        state = viewer.get_state(drop_defaults=False)
        state = {k: v for k, v in state.items() if k not in ("_esm", "_css", "layout", "_still")}
        text = json.dumps(state, default=lambda b: {"b64": base64.b64encode(b).decode()})
        page = f'''<!doctype html><meta charset=utf-8><title>viewer</title><style>{viewer._css}</style><div id=here></div><script type=module>
        const raw = JSON.parse({json.dumps(text)}, (_, v) => v?.b64 ? Uint8Array.from(atob(v.b64), (c) => c.charCodeAt(0)) : v);
        const heard = {{}};
        const model = {{ get: (n) => raw[n], set: (n, v) => {{ raw[n] = v; (heard["change:" + n] ?? []).forEach((f) => f()); }},
            on: (n, f) => (heard[n] ??= []).push(f), off() {{}}, save_changes() {{}}, send() {{}} }};
        const {{ default: viewer }} = await import(URL.createObjectURL(new Blob([{json.dumps(viewer._esm)}], {{ type: "text/javascript" }})));
        viewer.render({{ model, el: document.getElementById("here") }});</script>'''
        open(sys.argv[1], "w", encoding="utf-8").write(page)
    """)
    target = tmp_path / "viewer.html"
    root = Path(__file__).parents[2]
    env = {"PYTHONPATH": f"{root}:{root / 'tests'}", "PATH": "/usr/bin"}
    subprocess.run([sys.executable, "-c", code, str(target)], check=True, env=env)
    desk = new_desk()
    try:
        desk.page.on("request", lambda request: None)
        desk.page.goto(target.as_uri())
        reading = Reading(desk, desk.page.locator(".nc-viewer"))
        start = reading.slice()
        reading.press("ArrowUp", on="axial")
        assert reading.slice() == start + 1
    finally:
        desk.problems = [p for p in desk.problems if "file://" not in p]
        desk.clear()

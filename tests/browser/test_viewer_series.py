"""The viewer with CT phases, an MR and two PETs, worked by hand in a real JupyterLab: what is
chosen is what is seen and measured.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from phantom import ALL, ORGANS, phantom_study
from viewer_page import SETUP, Reading, as_shown

from netcourse.reading import measure
from netcourse.reading.viewer.windowing import signal_window
from netcourse.scanner.study import Study

pytestmark = pytest.mark.browser

PHASES = SETUP.replace("phantom_study()", f"phantom_study(modalities={ALL})")
NAMES = {
    "CT": "CT",
    "CT late arterial": "Late arterial CT",
    "T1 arterial": "T1 arterial MR",
    "PT": "SSR-PET",
    "FDG": "18F-FDG PET",
}
PICTURE = ("axial", "coronal", "sagittal")


@pytest.fixture(scope="module")
def study() -> Study:
    return phantom_study(modalities=ALL)


@pytest.fixture(scope="module")
def desk_with_series(new_desk: Callable[..., Any]) -> Iterator[Any]:
    made = new_desk()
    made.write_notebook(
        "series.ipynb", [PHASES, "viewer = Viewer(study, markers=True)\nviewer", "2 + 2"]
    )
    made.open_notebook("series.ipynb")
    made.run_all()
    made.page.locator(".nc-viewer[data-complete]").wait_for(timeout=20_000)
    try:
        yield made
    finally:
        made.clear()


@pytest.fixture
def reading(desk_with_series: Any) -> Reading:
    """The viewer with the portal venous CT and the first PET, at lesion 1."""
    page = desk_with_series.page
    found = Reading(desk_with_series, page.locator(".nc-viewer"))
    page.evaluate("() => document.querySelector('.nc-viewer').scrollIntoView({ block: 'center' })")
    found.choose("Series", "CT")
    found.choose("PET", "SSR-PET")
    found.start_over()
    assert desk_with_series.problems == []
    return found


# --- what is chosen is what is seen
# ------------------------------------------------------------------------------


def test_the_list_of_series_changes_the_pictures_and_reads_the_values_of_that_series(
    reading: Reading, study: Study
) -> None:
    point = study.lesions_mm["L1"]
    seen = {name: {reading.pixels(name)} for name in PICTURE}
    assert reading.root.get_by_role("combobox", name="Series").locator(
        "option"
    ).all_text_contents() == [NAMES[s] for s in ALL[:3]]
    assert reading.probe()["HU"] == study["CT"].at(point)
    for series, unit in (("CT late arterial", "HU"), ("T1 arterial", "Signal")):
        reading.choose("Series", NAMES[series])
        assert reading.probe()[unit] == study[series].at(point)
        assert len({"HU", "Signal"} & set(reading.probe())) == 1
        assert f", {NAMES[series]}, " in reading.label()
        for name in PICTURE:
            assert reading.pixels(name) not in seen[name]
            seen[name].add(reading.pixels(name))
        assert reading.state("viewer.series") == series
    reading.desk.screenshot("viewer-t1")
    reading.choose("Series", "CT")
    assert reading.pixels() in seen["axial"], "the first series looks as before"


def test_t_steps_through_the_series_and_shift_t_back(reading: Reading) -> None:
    found = []
    for _ in range(4):
        reading.press("t", on="axial")
        found.append(reading.chosen("Series"))
    assert found == ["Late arterial CT", "T1 arterial MR", "CT", "Late arterial CT"]
    reading.press("Shift+T", "Shift+T")
    assert reading.chosen("Series") == "T1 arterial MR"
    assert reading.state("viewer.series") == "T1 arterial"
    reading.page.wait_for_timeout(300)
    assert reading.root.locator(".nc-status").text_content() == "Showing T1 arterial MR"


def test_the_other_pet_shows_its_own_uptake_in_slices_and_mip(
    reading: Reading, study: Study
) -> None:
    reading.press("m")
    box_w, box_h = reading.size("mip")
    scale = min(box_w / 432, (box_h - 2 * 2.9 * 11) / 1050)
    spleen = (box_w / 2 + (ORGANS["spleen"][0][2] - 216) * scale, box_h / 2 - (545 - 525) * scale)
    assert reading.pixel("mip", *spleen)[0] < 60
    axial = reading.pixels()
    reading.press("u", on="axial")
    assert reading.pixel("mip", *spleen)[0] > 150, "the spleen is cold on FDG"
    assert reading.pixels() != axial
    assert reading.probe()["SUV"] == pytest.approx(
        study["FDG"].at(study.lesions_mm["L1"]), abs=0.0051
    )
    assert "18F-FDG PET" in reading.label("mip")
    assert reading.state("viewer.pet") == "FDG"
    reading.desk.screenshot("viewer-fdg")
    reading.press("u", "m")
    assert reading.chosen("PET") == "SSR-PET"


def test_the_pet_lies_over_an_mr_as_over_a_ct(reading: Reading) -> None:
    reading.press("t", "t", "x", "m", on="axial")
    width, height = reading.size("axial")
    lesion, beside = (
        reading.place("axial", ORGANS["L1"][0]),
        reading.place("axial", (561.0, 150.0, 240.0)),
    )
    red, _, blue = reading.pixel("axial", lesion[0] * width, lesion[1] * height)
    assert red > blue + 40, "a hot lesion is yellow"
    assert "Axial PET over MR" in reading.label()
    modes = reading.root.get_by_role("group", name="Display")
    assert modes.get_by_role("button").all_text_contents() == [
        "MR",
        "PET",
        "Fused",
        "MR | PET",
        "PET | PET",
    ]
    reading.press("d")
    grey = reading.pixel("axial", lesion[0] * width, lesion[1] * height)
    assert (
        grey[0]
        == grey[1]
        == grey[2]
        > 120
        > reading.pixel("axial", beside[0] * width, beside[1] * height)[0]
    )
    assert "Axial MR" in reading.label()
    reading.press("x", "m")


# --- what stays
# --------------------------------------------------------------------------------------------------


def test_crosshair_zoom_and_voi_stay_and_the_voi_is_measured_anew(
    reading: Reading, study: Study
) -> None:
    point = study.lesions_mm["L2"]
    reading.root.get_by_role("button", name="Go to 2, L2").click()
    reading.press("v", "+", "+", on="axial")
    place = reading.state("viewer.crosshair_mm")
    reading.hover("axial", 0.3, 0.3)
    pointed = {axis: reading.probe()[axis] for axis in "xyz"}
    for series in ALL[:3]:
        for pet in ALL[3:]:
            reading.choose("Series", NAMES[series])
            reading.choose("PET", NAMES[pet])
            assert reading.results() == as_shown(measure(study.only(series, pet), point, 20)), (
                series,
                pet,
            )
            assert {axis: reading.probe()[axis] for axis in "xyz"} == pointed, (
                "zoom or slice have moved"
            )
            assert reading.state("[viewer.crosshair_mm, list(viewer.voi[0])]") == [
                place,
                list(point),
            ]
            assert (
                reading.state("viewer.measurement.suv_mean")
                == measure(study.only(series, pet), point, 20).suv_mean
            )


def test_ct_keeps_its_window_and_the_mr_its_own(reading: Reading, study: Study) -> None:
    usual = "/".join(f"{number:g}" for number in signal_window(study["T1 arterial"]))
    presets = reading.root.get_by_role("combobox", name="Window preset").locator("option")
    reading.press("2", on="axial")
    reading.press("t")
    assert "window 80/150 HU" in reading.label(), "phases are compared in one window"
    reading.press("t")
    assert f"window {usual} signal" in reading.label()
    assert presets.all_text_contents() == ["usual", "custom"]
    before = reading.pixels()
    reading.drag("axial", (0.4, 0.5), (0.6, 0.6), button="right")
    dragged = reading.label()
    assert f"window {usual}" not in dragged
    assert reading.pixels() != before
    assert reading.chosen("Window preset") == "custom"
    reading.press("t", on="axial")
    assert "window 80/150 HU" in reading.label()
    assert presets.all_text_contents() == ["soft tissue", "liver", "lung", "bone", "custom"]
    assert reading.chosen("Window preset") == "liver"
    reading.press("Shift+T")
    assert reading.label() == dragged
    assert reading.state(
        "[list(viewer.window), f'window {viewer.mr_window[0]:g}/{viewer.mr_window[1]:g} signal' in "
        + f"{dragged!r}]"
    ) == [
        [80, 150],
        True,
    ]
    width = reading.root.get_by_label("W, window width in signal")
    width.fill("500")
    width.press("Enter")
    reading.settle()
    assert "/500 signal" in reading.label()
    reading.press("3", on="axial")
    assert "/500 signal" in reading.label(), "a lung window in HU is none for an MR"
    reading.press("1")
    assert f"window {usual} signal" in reading.label()


# --- where a series ends
# -----------------------------------------------------------------------------------------


def test_where_a_series_ends_the_panel_is_black_and_says_so(reading: Reading) -> None:
    reading.press("d", "x", "t", "Home", on="axial")
    assert "slice 1 of 350" in reading.label(), "slices are counted in the whole body"
    assert "Late arterial CT ends here, slices 131 to 218 only" in reading.label()
    assert reading.pixel("axial", *(share * 0.6 for share in reading.size("axial"))) == [0, 0, 0]
    assert "HU" not in reading.probe()
    reading.press("f")
    reading.root.get_by_role("button", name="Go to 3, L3").click()
    reading.press("m", on="axial")
    width, height = reading.size("axial")
    lesion, muscle = (reading.place("axial", at) for at in (ORGANS["L3"][0], (318.0, 222.0, 130.0)))
    assert "Late arterial CT ends here" in reading.label()
    assert reading.pixel("axial", lesion[0] * width, lesion[1] * height)[0] > 100, (
        "the PET alone is there"
    )
    assert max(reading.pixel("axial", muscle[0] * width, muscle[1] * height)) < 40
    reading.press("m", "x")
    reading.desk.screenshot("viewer-ends")
    reading.root.get_by_role("button", name="Go to 1, L1").click()
    reading.settle()
    assert "ends here" not in reading.label()


@pytest.mark.parametrize(
    ("slice_", "inside"), [(130, False), (131, True), (218, True), (219, False)]
)
def test_a_series_ends_at_its_first_and_last_slice(
    reading: Reading, slice_: int, inside: bool
) -> None:
    reading.press("t", on="axial")
    reading.rest()
    reading.desk.ask_kernel(
        f"setattr(viewer, 'crosshair_mm', (study['CT'].centres_mm(0)[{slice_ - 1}], 150, 216)) or 0"
    )
    reading.page.wait_for_timeout(150)
    assert reading.slice() == slice_
    assert ("ends here" not in reading.label()) == inside
    assert ("HU" in reading.probe()) == inside


def test_a_voi_where_the_series_ends_shows_the_pet_alone(reading: Reading, study: Study) -> None:
    reading.root.get_by_role("button", name="Go to 3, L3").click()
    reading.press("v", "t", on="axial")
    expected = measure(study.only("CT late arterial", "PT"), study.lesions_mm["L3"], 20)
    assert expected.hu_mean is None
    assert reading.results() == as_shown(expected)
    assert "HU" not in reading.results()


# --- the page and Python
# -----------------------------------------------------------------------------------------


def test_switching_and_scrolling_ask_nothing_of_the_kernel(reading: Reading) -> None:
    page = reading.page
    page.wait_for_timeout(600)
    sent, pictures = page.evaluate(
        """async () => { let sent = 0; const send = WebSocket.prototype.send;
            WebSocket.prototype.send = function (data) {
                sent += data.length ?? data.byteLength ?? data.size; return send.call(this, data); };
            const panel = document.querySelector('.nc-viewer [data-panel=axial]'), seen = new Set(); panel.focus();
            const press = (key) => panel.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
            for (let i = 0; i < 60; i++) {
                (i % 2 ? ["t"] : ["ArrowUp", "u"]).forEach(press);
                await new Promise(requestAnimationFrame); seen.add(panel.querySelector("canvas").getAttribute("aria-label")); }
            WebSocket.prototype.send = send;
            return [sent, seen.size]; }"""
    )
    assert pictures >= 25
    assert sent == 0, f"{sent} bytes went to the kernel while switching"
    assert reading.state("viewer.series") in ALL[:3]


def test_python_changes_the_series_and_its_window_on_the_page(reading: Reading) -> None:
    reading.rest()
    reading.desk.ask_kernel(
        "[setattr(viewer, 'series', 'T1 arterial'), setattr(viewer, 'mr_window', (200, 300)),"
        " setattr(viewer, 'pet', 'FDG')][0]"
    )
    reading.page.wait_for_timeout(200)
    assert "T1 arterial MR, 18F-FDG PET, window 200/300 signal" in reading.label()
    assert (reading.chosen("Series"), reading.chosen("PET")) == ("T1 arterial MR", "18F-FDG PET")
    reading.press("1", on="axial")
    reading.rest()


def test_the_lists_are_reached_by_tab_and_the_page_has_no_serious_accessibility_violation(
    reading: Reading, axe: str
) -> None:
    names = set()
    reading.root.get_by_role("button", name="Fused").focus()
    for _ in range(12):
        reading.page.keyboard.press("Tab")
        names.add(
            reading.page.evaluate(
                "() => document.activeElement.labels?.[0]?.textContent ??"
                " document.activeElement.ariaLabel"
            )
        )
    assert {"Series", "PET"} <= {str(name).split("CT")[0].split("SSR")[0] for name in names}
    reading.page.add_script_tag(content=axe)
    for state in ("CT", "MR", "out of range"):
        reading.press(*{"CT": "1", "MR": "tt", "out of range": ["Home"]}[state], on="axial")
        found = reading.page.evaluate(
            "() => axe.run('.nc-viewer').then((r) => r.violations.map((v) => [v.impact, v.id,"
            " v.nodes[0].html]))"
        )
        assert [v for v in found if v[0] in ("serious", "critical")] == [], state
    cells = reading.desk.cells()
    reading.press("t", "T", "u", on="axial")
    reading.root.get_by_role("combobox", name="Series").press("ArrowDown")
    assert reading.desk.cells() == cells


def test_all_controls_stand_in_two_rows_of_a_usual_page_with_one_pet(desk: Any) -> None:
    some = PHASES.replace(str(ALL), str(ALL[:4]))
    desk.write_notebook("rows.ipynb", [some, "Viewer(study)"])
    desk.open_notebook("rows.ipynb")
    desk.run_all()
    reading = Reading(desk, desk.page.locator(".nc-viewer"))
    for key in "tt":
        assert all(
            bar.bounding_box()["height"] < 35 for bar in reading.root.locator(".nc-bar").all()
        ), reading.chosen("Series")
        reading.press(key, on="axial")


def test_the_other_series_come_although_a_long_cell_follows(desk: Any) -> None:
    desk.write_notebook(
        "later.ipynb", [PHASES, "viewer = Viewer(study)\nviewer", "import time; time.sleep(5)"]
    )
    desk.open_notebook("later.ipynb")
    desk.start_all()
    desk.page.locator(".nc-viewer[data-complete]").wait_for(timeout=20_000)
    assert (
        desk.page.evaluate(
            "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.status"
        )
        == "busy"
    )
    reading = Reading(desk, desk.page.locator(".nc-viewer"))
    reading.press("t", on="axial")
    assert "Late arterial CT" in reading.label()
    desk.wait_until_run()
    assert reading.state("[viewer.get_state()[name] for name in ('_packed', '_more')]") == [{}, {}]


def test_a_viewer_in_a_box_and_a_page_loaded_anew_ask_for_all_series(desk: Any) -> None:
    desk.write_notebook(
        "box.ipynb",
        [PHASES, "import ipywidgets\nipywidgets.VBox([Viewer(study, series='T1 arterial')])"],
    )
    desk.open_notebook("box.ipynb")
    desk.run_all()
    for again in (False, True):
        if again:
            desk.reload()
        shown = desk.page.locator(".nc-viewer")
        shown.and_(desk.page.locator("[data-complete]")).wait_for(timeout=30_000)
        reading = Reading(desk, shown)
        assert "T1 arterial MR" in reading.label()
        for label in ("CT", "Late arterial CT"):
            reading.press("t", on="axial")
            assert f", {label}, " in reading.label()
            assert "on its way" not in reading.label()
        reading.press("t", on="axial")
        reading.rest()


def test_two_phases_side_by_side_follow_one_crosshair(desk: Any) -> None:
    cells = [PHASES, "first = Viewer(study, group='phases', height=460, mode='CT')\nfirst"]
    desk.write_notebook(
        "phases.ipynb",
        [
            *cells,
            "second = Viewer(study, series='CT late arterial', group='phases', height=460)\nsecond",
        ],
    )
    desk.open_notebook("phases.ipynb")
    desk.run_all()
    roots = desk.page.locator(".nc-viewer[data-complete]")
    roots.nth(1).wait_for(timeout=20_000)
    one, two = (Reading(desk, roots.nth(i)) for i in range(2))
    start = two.slice()
    one.press("ArrowUp", "ArrowUp", on="axial")
    assert two.slice() == start + 2
    assert (one.chosen("Series"), two.chosen("Series")) == ("CT", "Late arterial CT")
    assert desk.page.evaluate(
        "() => globalThis[Symbol.for('netcourse.reading')].volumes.size"
    ) == len(ALL), "voxels are kept once"


@pytest.mark.parametrize(("place", "width"), [("narrow", 600), ("beside a sheet", 704)])
def test_in_a_narrow_place_no_control_is_cut_off(reading: Reading, place: str, width: int) -> None:
    reading.root.evaluate(f"root => {{ root.parentElement.style.width = '{width}px' }}")
    reading.page.wait_for_timeout(400)
    reading.desk.screenshot(f"viewer-series-{place.replace(' ', '-')}", reading.root)
    right = reading.root.bounding_box()["x"] + reading.root.bounding_box()["width"]
    ends = [
        node.bounding_box()
        for node in reading.root.locator(".nc-bar :is(button, select, input)").all()
    ]
    reading.root.evaluate("root => { root.parentElement.style.width = '' }")
    reading.page.wait_for_timeout(400)
    assert all(box["x"] + box["width"] <= right for box in ends)

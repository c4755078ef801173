"""Small windows, pages at 150 % and the dark theme: the question stands beside its picture, tables
stay short, and a chart is as dark as its page while pictures of patients stay as they are.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from sheet_page import Sheet, exercise_sheet
from test_start_browser import Started, open_page

pytestmark = pytest.mark.browser

BOX = """(name) => { const box = document.querySelector(name).getBoundingClientRect();
    return [box.left, box.top, box.right, box.bottom]; }"""
SCROLLER = ".jp-NotebookPanel:not(.lm-mod-hidden) .jp-WindowedPanel-outer"
CHARTS = [
    "import netcourse as nc\n"
    "from netcourse.reading.lessons.krenning import Ladder, SmallLesion\n"
    "from netcourse.reading.lessons.heterogeneity import survival_by_netpet\n"
    "from netcourse.reading.lab import Range\n"
    "from netcourse.reading.lab.function import lab, plot_axes",
    "nc.Lab(Ladder(nc.generate('ileum_disseminated'), 'N1'))",
    "nc.Lab(SmallLesion(nc.generate('ileum_disseminated'), 'L1'))",
    "survival_by_netpet()",
    "@lab('Drawn', top=Range('Top', 2, 1, 3, 1, ''))\ndef drawn(top):\n"
    "    figure, axes = plot_axes('x', 'y')\n    axes.plot([0, 1], [0, top])\n"
    "    return figure, 'A line.'\ndrawn",
    "@lab('Scanned', top=Range('Top', 2, 1, 3, 1, ''))\ndef scanned(top):\n"
    "    figure, axes = plot_axes()\n    axes.imshow([[0, 1], [1, 0]])\n"
    "    return figure, 'A picture.'\nscanned",
]


@pytest.fixture(scope="module")
def charts(new_desk: Callable[..., Any]) -> Iterator[Any]:
    """A page of labs and one plot in JupyterLab's dark theme."""
    desk = new_desk()
    desk.write_notebook("charts.ipynb", CHARTS)
    desk.open_notebook("charts.ipynb")
    try:
        desk.run_all(60)
        set_theme(desk, "Dark")
        yield desk
    finally:
        set_theme(desk, "Light")  # the server keeps it for other pages
        desk.clear()


def set_theme(desk: Any, name: str) -> None:
    light = str(name == "Light").lower()
    desk.page.evaluate(
        "(theme) => window.jupyterapp.commands.execute('apputils:change-theme', { theme })",
        f"JupyterLab {name}",
    )
    desk.page.locator(f"body[data-jp-theme-light={light}]").wait_for(state="attached")
    desk.page.wait_for_timeout(300)


def brightness(desk: Any, name: str, found: Any) -> tuple[float, float]:
    """How bright the middling and the brightest thousandth of a picture are, from 0 to 255."""
    found.scroll_into_view_if_needed()
    desk.page.wait_for_timeout(300)
    with Image.open(io.BytesIO(Path(desk.screenshot(name, found)).read_bytes())) as picture:
        shades = np.asarray(picture.convert("L"), float)
    return float(np.median(shades)), float(np.percentile(shades, 99.9))


def lab(desk: Any, title: str) -> Any:
    return desk.page.get_by_role("region", name=title, exact=True).locator(".nc-drawing svg")


@pytest.mark.parametrize("title", ["One lesion, three references", "Drawn"])
def test_in_the_dark_theme_a_labs_chart_is_dark_with_light_words(charts: Any, title: str) -> None:
    middling, brightest = brightness(charts, f"dark-{title.split()[0]}", lab(charts, title))
    assert middling < 60
    assert brightest > 150


def test_in_the_dark_theme_a_plot_is_dark_with_light_words(charts: Any) -> None:
    plot = charts.page.locator("figure > img").first
    middling, brightest = brightness(charts, "dark-plot", plot)
    assert middling < 60
    assert brightest > 150


def test_in_the_dark_theme_a_picture_keeps_its_greys(charts: Any) -> None:
    small = charts.page.locator(".nc-lab").filter(has=charts.page.locator("radialGradient"))
    box = small.locator("svg rect").nth(1)
    told = box.evaluate("(e) => [getComputedStyle(e).fill, e.getAttribute('fill')]")
    assert told[0] == f"rgb{tuple(int(told[1][at : at + 2], 16) for at in (1, 3, 5))}"
    scale = small.locator("svg line").first
    assert scale.evaluate("(e) => getComputedStyle(e).stroke") == "rgb(27, 39, 51)", (
        "what lies on a picture stays as it was drawn"
    )
    shown = lab(charts, "Scanned").locator("image")
    assert shown.evaluate("(e) => getComputedStyle(e).filter") == "none"


@pytest.fixture(scope="module")
def sheet(new_desk: Callable[..., Any]) -> Iterator[Sheet]:
    with exercise_sheet(new_desk, "narrow", "03_krenning") as found:
        found.go(2)
        found.pictures()
        yield found


def boxes(sheet: Sheet, width: int, height: int) -> dict[str, list[float]]:
    """Where things lie once the exercise was brought to the top of a window of that size."""
    page = sheet.page
    page.set_viewport_size({"width": width, "height": height})
    page.wait_for_timeout(600)
    top = "() => document.querySelector('.nc-exercise').scrollIntoView({ block: 'start' })"
    page.evaluate(top)
    page.wait_for_timeout(400)
    names = {
        "seen": SCROLLER,
        "viewer": ".nc-viewer",
        "axial": "[data-panel=axial]",
        "question": ".nc-sheet",
        "title": ".nc-sheet .nc-item-title",
        "steps": ".nc-sheet .nc-steps",
    }
    return {name: page.evaluate(BOX, selector) for name, selector in names.items()}


@pytest.mark.parametrize("size", [(1024, 720), (853, 480)])
def test_in_a_small_window_the_question_stands_beside_its_picture_and_both_are_seen_whole(
    sheet: Sheet, size: tuple[int, int]
) -> None:
    at = boxes(sheet, *size)
    sheet.desk.screenshot(f"narrow-{size[0]}")
    low = at["seen"][3] + 2
    for name in ("viewer", "axial", "question", "title", "steps"):
        assert at[name][1] >= at["seen"][1] - 2, name
        assert at[name][3] <= low, name
        assert at[name][2] <= size[0], name
    assert at["question"][0] >= at["viewer"][2], "beside, not below"
    assert abs(at["question"][1] - at["viewer"][1]) < 2
    seen = at["seen"][3] - at["seen"][1]
    assert at["axial"][3] - at["axial"][1] >= seen / 2
    assert at["viewer"][2] - at["viewer"][0] > at["question"][2] - at["question"][0]
    for part in (".nc-sheet-body", ".nc-sheet-title", ".nc-viewer"):
        cut = sheet.page.locator(part).evaluate("(e) => e.scrollWidth - e.clientWidth")
        assert cut <= 1, f"{part} is cut off at the right"


def test_in_a_small_window_every_panel_and_the_lists_are_a_scroll_away(sheet: Sheet) -> None:
    boxes(sheet, 853, 480)
    stage = sheet.page.locator(".nc-exercise .nc-stage")
    assert stage.evaluate("(e) => getComputedStyle(e).overflowY") == "auto"
    for panel in ("[data-panel=coronal]", "[data-panel=sagittal]", "[aria-label=Measurement]"):
        found = sheet.page.locator(f".nc-exercise {panel}")
        found.scroll_into_view_if_needed()
        assert found.is_visible()
        assert found.bounding_box()["height"] >= 90
    stage.evaluate("(e) => { e.scrollTop = 0; }")


def test_where_nothing_fits_beside_the_question_begins_on_the_same_screen(sheet: Sheet) -> None:
    at = boxes(sheet, 700, 700)
    assert at["question"][1] >= at["viewer"][3]
    assert at["question"][1] < at["seen"][3] - 80
    boxes(sheet, 1280, 720)


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Started]:
    course = Started(tmp_path_factory.mktemp("narrow"))
    course.start()
    try:
        yield course
    finally:
        course.stop()


def test_a_long_table_scrolls_in_a_box_under_its_heading(
    started: Started, new_desk: Callable[..., Any]
) -> None:
    desk = open_page(started, new_desk, "notebooks/05_prrt_eligibility.ipynb")
    desk.page.set_viewport_size({"width": 1024, "height": 720})
    table = desk.page.locator(".nc-page table").filter(has_text="What the course adds").first
    table.wait_for(state="attached", timeout=60_000)
    table.evaluate("(e) => e.closest('details')?.setAttribute('open', '')")
    table.scroll_into_view_if_needed()
    assert table.bounding_box()["height"] <= 0.7 * 720
    assert table.evaluate(
        "(e) => e.scrollHeight > e.clientHeight && e.scrollWidth <= e.clientWidth"
    )
    table.evaluate("(e) => { e.scrollTop = 200; }")
    head = table.locator("thead").bounding_box()
    assert head["y"] == pytest.approx(table.bounding_box()["y"], abs=2)
    desk.screenshot("narrow-table")
    desk.clear()


def test_no_press_beside_an_output_folds_it_away(
    started: Started, new_desk: Callable[..., Any]
) -> None:
    desk = open_page(started, new_desk, "notebooks/00_start.ipynb")
    desk.page.locator(".nc-page .jp-OutputArea-output").first.wait_for()
    assert desk.page.locator(".nc-page .jp-OutputArea-promptOverlay:visible").count() == 0
    desk.clear()

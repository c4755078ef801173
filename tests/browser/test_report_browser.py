"""A structured report filled in by hand: in an exercise, and in a lesson's lab with copy and
comparison.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sheet_page import Sheet, opening

pytestmark = pytest.mark.browser

PAGE = Path(__file__).parents[1] / "report_page.toml"
LAB = """from netcourse.patients import generate
from netcourse.reading.lessons.sstr_rads import ReportForm, ReportLab
lab = ReportLab(ReportForm(generate("bone_mimics"), {"treat": "Board.", "biopsy": "Biopsy of the rib."}, "treat"))
lab"""


@pytest.fixture(scope="module")
def worked(new_desk: Callable[..., Any]) -> Iterator[Any]:
    desk = new_desk()
    shutil.copy(PAGE, Path(desk.server.folder) / PAGE.name)
    desk.write_notebook(
        "report.ipynb", [opening(PAGE.name, "report/answers.json"), "exercise", LAB, "2 + 2"]
    )
    desk.open_notebook("report.ipynb")
    desk.page.keyboard.press("Control+b")
    desk.run_all()
    try:
        yield desk
    finally:
        desk.clear()


def fill(row: Any, site: str, size: str, suv: str, score: str, rads: str) -> None:
    row.get_by_label("Site").select_option(site)
    row.get_by_label("Size, mm").fill(size)
    row.get_by_label("SUVmax", exact=True).fill(suv)
    row.get_by_label("Krenning").select_option(score)
    row.get_by_label("SSTR-RADS").select_option(rads)


def test_a_scan_is_reported_in_an_exercise_and_marked_lesion_by_lesion(worked: Any) -> None:
    sheet = Sheet(worked)
    sheet.go(1)
    sheet.pictures()
    sheet.button("Check").click()
    sheet.root.get_by_text(
        "Still missing: the overall score, a recommendation and how sure you are."
    ).wait_for()
    sheet.button("Add a lesion").click()
    assert sheet.page.evaluate("document.activeElement.tagName") == "SELECT", (
        "the new block has the focus"
    )
    sheet.button("Check").click()
    sheet.root.get_by_text("Still missing: the site of lesion 1").wait_for()
    _, *true = sheet.key("q1")
    site, size, suv, score, rads = true[0].split("|")
    row = sheet.root.locator(".nc-report-row")
    fill(row, site, size.replace(".", ","), suv, score, rads)
    sheet.button("Add a lesion").click()
    fill(row.nth(1), "rib_left", "15", "3.6", "2", "3B")
    sheet.root.get_by_label("SSTR-RADS overall").select_option("5")
    sheet.root.get_by_role("radio", name="Board: one bone metastasis, receptor-positive").check()
    sheet.desk.screenshot("report-filled")
    body = sheet.root.locator(".nc-sheet-body")
    assert body.evaluate("(e) => e.scrollWidth <= e.clientWidth"), "nothing is cut off at the right"
    sheet.sure()
    assert sheet.check().startswith("Partly right")
    told = sheet.root.locator(".nc-feedback").inner_text()
    assert "1 found, 0 missed, 1 invented, 0 mis-scored" in told
    assert "OVER-CALLED" in told.upper()
    assert sheet.value("q1")[1:] == [true[0], "rib_left|15|3.6|2|3B"]
    sheet.root.get_by_text("Your report as text").click()
    sheet.root.get_by_role("region", name="Your report as text").get_by_text(
        "2. Left seventh rib, 15 mm"
    ).wait_for()
    sheet.desk.screenshot("report-marked")
    assert worked.problems == []


def test_a_suv_is_taken_from_the_viewer_and_a_row_can_be_removed(worked: Any) -> None:
    sheet = Sheet(worked)
    sheet.button("Try again, for practice").click()
    sheet.button("Add a lesion").click()
    sheet.button("SUVmax of lesion 1 from my VOI").click()
    sheet.root.get_by_text("There is no VOI with PET in it yet").wait_for()
    worked.ask_kernel(
        "setattr(exercise.viewer, 'voi', (exercise.viewer.study.lesions_mm['O1'], 25.0))"
    )
    sheet.button("SUVmax of lesion 1 from my VOI").click()
    sheet.page.wait_for_function(
        "document.querySelectorAll('.nc-sheet .nc-report-row input')[1].value !== ''"
    )
    shown = float(
        sheet.root.locator(".nc-report-row").get_by_label("SUVmax", exact=True).input_value()
    )
    assert shown == pytest.approx(
        worked.ask_kernel("exercise.viewer.measurement.suv_max"), abs=0.06
    )
    sheet.button("Remove lesion 1").click()
    assert sheet.root.locator(".nc-report-row").count() == 0


def test_the_lab_writes_the_report_while_one_fills_it_in_and_compares_when_asked(
    worked: Any, axe: str
) -> None:
    lab = worked.page.locator(".nc-lab")
    lab.scroll_into_view_if_needed()
    lab.get_by_role("button", name="Add a lesion").click()
    fill(lab.locator(".nc-report-row"), "iliac_right", "17", "14", "3", "5")
    lab.get_by_label("SSTR-RADS overall").select_option("5")
    lab.get_by_role("radio", name="Board.").check()
    text = lab.get_by_role("region", name="The report as text")
    text.get_by_text("1. Right iliac bone, 17 mm, SUVmax 14.0").wait_for()
    assert worked.ask_kernel("lab.model.result").startswith("1 lesion, 1 found, 0 missed")
    lab.get_by_role("button", name="Copy the text").click()
    lab.locator(".nc-said").filter(has_text="op").wait_for()
    assert lab.locator(".nc-words").inner_text() == ""
    lab.get_by_label("Compare with the truth").check()
    lab.get_by_text("0 mis-scored; overall right").wait_for()
    worked.screenshot("report-lab")
    assert worked.problems == []
    worked.page.evaluate(axe)
    for part in (".nc-lab", ".nc-sheet"):
        found = worked.page.evaluate(
            f"async () => (await axe.run(document.querySelector('{part}'))).violations"
        )
        assert [
            (one["id"], one["nodes"][0]["html"])
            for one in found
            if one["impact"] in ("serious", "critical")
        ] == []

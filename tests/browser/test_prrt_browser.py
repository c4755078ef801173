"""Lessons 05 and 06 as a resident works them: the sheet by keyboard, the cold lesson, the board."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from test_lesson_browser import HIDDEN_CODE, Lesson, opened

pytestmark = pytest.mark.browser
ELIGIBILITY = "Is this patient eligible for radioligand therapy?"


@pytest.fixture(scope="module")
def prrt_lesson(new_desk: Callable[..., Any]) -> Iterator[Lesson]:
    with opened(new_desk, "notebooks/05_prrt_eligibility.ipynb") as found:
        yield found


@pytest.fixture(scope="module")
def board_lesson(new_desk: Callable[..., Any]) -> Iterator[Lesson]:
    with opened(new_desk, "notebooks/06_tumour_board.ipynb") as found:
        yield found


def nth(lesson: Lesson, title: str, place: int) -> Any:
    found = lesson.page.get_by_role("region", name=title, exact=True).nth(place)
    found.scroll_into_view_if_needed()
    return found


def test_the_prediction_opens_the_sheet_and_the_arrow_keys_turn_the_creatinine(
    prrt_lesson: Lesson,
) -> None:
    assert prrt_lesson.page.evaluate(HIDDEN_CODE) == 0
    lab = nth(prrt_lesson, ELIGIBILITY, 0)
    lab.get_by_role("radio", name="about 1.6 mg/dL").check()
    lab.get_by_role("button", name="This is my prediction").click()
    lab.get_by_text("Correct.").wait_for()
    lab.get_by_text("Radioligand therapy (Course): eligible").wait_for(state="detached")
    prrt_lesson.desk.ask_kernel("kidneys.model.set(creatinine=1.63)")
    lab.get_by_text("Radioligand therapy (Course): eligible").wait_for(state="detached")
    cells = prrt_lesson.desk.cells()
    slider = lab.get_by_role("slider", name="Creatinine")
    slider.focus()
    prrt_lesson.page.keyboard.press("ArrowLeft")
    lab.get_by_text("Radioligand therapy (Course): eligible").wait_for()
    assert prrt_lesson.desk.cells() == cells, "JupyterLab took the keys"
    prrt_lesson.desk.screenshot("eligibility-sheet", of=lab)


def test_a_cold_lesion_waits_for_tissue(prrt_lesson: Lesson) -> None:
    lab = nth(prrt_lesson, ELIGIBILITY, 2)
    lab.get_by_role("radio", name="defer: tissue first").check()
    lab.get_by_role("button", name="This is my prediction").click()
    lab.get_by_text("Radioligand therapy (Course): defer").wait_for()
    lab.get_by_role("combobox", name="Not known").select_option("nothing")
    lab.get_by_text("Radioligand therapy (Course): defer").wait_for()
    lab.get_by_role("checkbox", name="…biopsied: NET").check()
    lab.get_by_text("Radioligand therapy (Course): not eligible").wait_for()
    assert "carried by E4, E5" in lab.locator("svg").get_attribute("aria-label")


def test_another_patient_brings_the_whole_sheet_into_the_browser(prrt_lesson: Lesson) -> None:
    lab = nth(prrt_lesson, ELIGIBILITY, 4)
    lab.get_by_role("combobox", name="Patient").select_option("ileum_obstructed")
    lab.get_by_text("Radioligand therapy (Course): defer").wait_for()
    assert (
        lab.get_by_role("slider", name="Platelets").get_attribute("aria-valuetext") == "96 × 10⁹/L"
    )
    lab.get_by_role("checkbox", name="Hydronephrosis").uncheck()
    lab.get_by_text("Radioligand therapy (Course): conditional").wait_for()
    lab.get_by_role("radio", name="EMA label").check()
    lab.get_by_text("Radioligand therapy (EMA label): not eligible").wait_for()


def test_the_sheet_has_no_serious_accessibility_fault(prrt_lesson: Lesson, axe: str) -> None:
    prrt_lesson.page.evaluate(axe)
    nth(prrt_lesson, ELIGIBILITY, 4)
    found = prrt_lesson.page.evaluate("async () => (await axe.run('.nc-lab')).violations")
    assert [
        (v["id"], v["nodes"][0]["html"][:160])
        for v in found
        if v["impact"] in ("serious", "critical")
    ] == []


def test_the_board_tells_what_was_ordered_and_then_speaks(board_lesson: Lesson, axe: str) -> None:
    lab = board_lesson.lab("The tumour board")
    lab.get_by_role("radio", name="both PETs", exact=True).check()
    lab.get_by_role("button", name="This is my prediction").click()
    lab.get_by_text("No test has been ordered").wait_for()
    lab.get_by_role("checkbox", name="Receptor PET/CT").check()
    lab.get_by_text("SSR 0.3 × liver").wait_for()
    lab.get_by_role("checkbox", name="FDG PET/CT").check()
    lab.get_by_role("radio", name="not eligible").check()
    lab.get_by_role("checkbox", name="Open the board").check()
    lab.get_by_text("Where they argue").wait_for()
    lab.get_by_text("shortest way").wait_for()
    board_lesson.page.evaluate(axe)
    found = board_lesson.page.evaluate("async () => (await axe.run('.nc-lab')).violations")
    assert [
        (v["id"], v["nodes"][0]["html"][:160])
        for v in found
        if v["impact"] in ("serious", "critical")
    ] == []
    board_lesson.desk.screenshot("tumour-board", of=lab)


def test_what_the_board_ordered_hangs_in_the_viewer(board_lesson: Lesson) -> None:
    board_lesson.page.get_by_text(
        "Done so far: CT, unenhanced; PET, 68Ga-DOTATATE; PET, 18F-FDG"
    ).wait_for(timeout=60_000)
    viewer = board_lesson.viewer("What was ordered")
    viewer.root.get_by_role("button", name="PET | PET").click()
    board_lesson.desk.screenshot("tumour-board-pictures", of=viewer.root)
    assert board_lesson.desk.ask_kernel("list(pictures.viewer.study.volumes)") == [
        "CT low dose",
        "PT",
        "FDG",
    ]

"""The Krenning exercise worked in a real browser, by hand and by keyboard, over a restart, in
JupyterLab, Notebook 7 and Voilà.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sheet_page import SEED, Sheet, opening

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def worked(new_desk: Callable[..., Any]) -> Iterator[Any]:
    """One notebook with the exercise for all tests of this file, side bar closed; its patients are
    scanned once.
    """
    desk = new_desk()
    desk.write_notebook(
        "sheet.ipynb", [opening("03_krenning", "sheet/answers.json"), "exercise", "2 + 2"]
    )
    desk.open_notebook("sheet.ipynb")
    desk.page.keyboard.press("Control+b")
    desk.run_all()
    try:
        yield desk
    finally:
        desk.clear()


@pytest.fixture
def sheet(worked: Any) -> Sheet:
    assert worked.problems == []
    return Sheet(worked)


def test_the_first_page_says_what_for_and_how_much_and_leads_to_the_pictures(sheet: Sheet) -> None:
    assert "0 of 18 answered, 0 of 30 points" in sheet.root.inner_text()
    assert sheet.root.get_by_text("Place a reference VOI").count() >= 1
    sheet.desk.screenshot("sheet-start")
    sheet.button("Start").click()
    sheet.pictures()
    beside = sheet.page.evaluate(
        "() => [...document.querySelectorAll('.nc-exercise > *')].map((e) =>"
        " e.getBoundingClientRect().top)"
    )
    assert len(beside) == 2
    assert abs(beside[0] - beside[1]) < 2, "at 1280 × 720 the question stands beside the pictures"
    body = sheet.root.locator(".nc-sheet-body")
    assert body.evaluate("(e) => e.scrollWidth <= e.clientWidth"), "nothing is cut off at the right"


def test_a_voi_placed_by_hand_fills_the_number_and_python_keeps_the_voi(sheet: Sheet) -> None:
    sheet.go(1)
    sheet.pictures()
    sheet.button("Use my VOI").click()
    sheet.root.get_by_text("no VOI with PET").wait_for()
    sheet.page.locator(".nc-viewer").get_by_role("button", name="VOI", exact=True).click()
    box = sheet.page.locator("[data-panel=axial] canvas").bounding_box()
    sheet.page.mouse.click(box["x"] + 0.31 * box["width"], box["y"] + 0.5 * box["height"])
    sheet.page.wait_for_timeout(500)
    measured = sheet.desk.ask_kernel("exercise.viewer.measurement.suv_mean")
    sheet.button("Use my VOI").click()
    shown = sheet.root.get_by_role("textbox", name="SUVmean in SUV")
    sheet.page.wait_for_function(
        "() => document.querySelector('.nc-sheet input[type=text]').value !== ''"
    )
    assert float(shown.input_value()) == pytest.approx(measured, abs=0.006)
    sheet.sure("fairly sure")
    head = sheet.check()
    assert head.startswith(("Right", "Partly right", "Not right"))
    assert sheet.value("q1") == pytest.approx(measured, abs=0.006)
    assert sheet.desk.ask_kernel("exercise.session.entries('q1')[-1].voi.diameter_mm") > 0
    sheet.desk.screenshot("sheet-voi")


def test_an_unfinished_answer_is_asked_for_and_not_kept(sheet: Sheet) -> None:
    sheet.go(2)
    sheet.button("Check").click()
    sheet.root.get_by_text("Still missing: a score and how sure you are.").wait_for()
    assert sheet.value("q2") is None


def test_a_hint_says_its_cost_then_takes_it(sheet: Sheet) -> None:
    sheet.go(3)
    sheet.button("Hint: costs 0.5 of 2 points").click()
    sheet.root.get_by_text("Equality goes to the lower class").wait_for()
    right = sheet.desk.ask_kernel(
        "exercise.session.exercise.item('q3').key(exercise.session.truth(exercise.session.exercise.item('q3'))).value"
    )
    sheet.root.get_by_role("radio", name=str(right), exact=True).check()
    sheet.sure()
    assert sheet.check() == "Right: 1.5 of 2 points"


def test_an_error_that_changes_management_is_marked_and_a_second_try_is_practice(
    sheet: Sheet,
) -> None:
    sheet.go(2)
    sheet.root.get_by_role("radio", name="1", exact=True).check()
    sheet.sure()
    assert sheet.check() == "Not right: 0 of 2 points"
    told = sheet.root.locator(".nc-feedback").inner_text()
    for words in (
        "under-call",
        "Changes management",
        "SUVmax",
        "Would change it",
        "Sources, and how sure we are",
    ):
        assert words in told, words
    sheet.desk.screenshot("sheet-feedback")
    sheet.button("Try again, for practice").click()
    sheet.root.get_by_role("radio", name="3", exact=True).check()
    sheet.sure()
    assert "for practice" in sheet.check()
    assert sheet.value("q2") == 1, "the first answer counts"


def test_the_lesion_is_marked_by_hand(sheet: Sheet) -> None:
    sheet.go(6)
    sheet.patient("node")
    assert sheet.desk.ask_kernel("[m.id for m in exercise.viewer.markers]") == [], (
        "the sought node must not be marked"
    )
    sheet.page.locator(".nc-viewer").get_by_role("button", name="Mark", exact=True).click()
    box = sheet.page.locator("[data-panel=axial] canvas").bounding_box()
    sheet.page.mouse.click(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"])
    sheet.page.wait_for_timeout(500)
    mark = sheet.desk.ask_kernel("exercise.viewer.mark_mm")
    assert mark is not None
    sheet.desk.ask_kernel("exercise.viewer.go_to('N1')")
    sheet.page.wait_for_timeout(300)
    sheet.page.locator("[data-panel=axial]").focus()
    sheet.page.keyboard.press("a")
    sheet.page.wait_for_timeout(500)
    better = sheet.desk.ask_kernel("exercise.viewer.mark_mm")
    assert better != mark
    sheet.button("Use my mark").click()
    sheet.root.get_by_text("Mark taken").first.wait_for(state="attached")
    sheet.sure()
    assert sheet.check() == "Right: 2 of 2 points"
    assert sheet.value("q6") == pytest.approx(better)
    sheet.desk.screenshot("sheet-mark")


def test_the_exercise_is_worked_by_keyboard_alone_and_the_notebook_stays_as_it_is(
    sheet: Sheet,
) -> None:
    page, cells = sheet.page, sheet.desk.cells()
    sheet.go(17)

    sheet.tab_to("radio")
    for key in ("x", "a", "b", "d", "ArrowDown", "ArrowUp", "ArrowDown"):
        page.keyboard.press(key)
    for _ in range(6):
        if "visible, and not above blood pool" in sheet.focused()["text"]:
            break
        page.keyboard.press("ArrowDown")
    assert "visible, and not above blood pool" in sheet.focused()["text"]
    sheet.tab_to("radio", "guess")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    sheet.root.locator(".nc-feedback .nc-fb-head").wait_for()
    assert sheet.value("q17") == "one"
    assert sheet.desk.ask_kernel("exercise.result['q17'].confidence") in ("fairly sure", "sure")
    sheet.tab_to("button", "Next")
    page.keyboard.press("Enter")
    sheet.root.get_by_text("18. ").first.wait_for()
    assert sheet.desk.cells() == cells, "no key of the sheet may reach the notebook"


def test_every_answer_is_in_the_file_the_moment_it_is_checked(sheet: Sheet) -> None:
    path = Path(sheet.desk.server.folder) / "sheet" / "answers.json"
    kept = json.loads(path.read_text(encoding="utf-8"))
    assert kept["course_seed"] == SEED
    assert {answer["item"] for answer in kept["answers"]} >= {"q1", "q2", "q3", "q6", "q17"}


def test_the_sheet_has_no_serious_fault_of_accessibility(sheet: Sheet, axe: str) -> None:
    sheet.page.evaluate(axe)
    for number in (1, 2, 5, 6, 17):
        sheet.go(number)
        sheet.page.wait_for_timeout(200)
        found = sheet.page.evaluate(
            "async () => (await axe.run(document.querySelector('.nc-sheet'))).violations"
        )
        serious = [
            (one["id"], one["nodes"][0]["html"])
            for one in found
            if one["impact"] in ("serious", "critical")
        ]
        assert serious == [], f"question {number}"
    sheet.button("Overview").click()
    found = sheet.page.evaluate(
        "async () => (await axe.run(document.querySelector('.nc-sheet'))).violations"
    )
    assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == []
    sheet.desk.screenshot("sheet-overview")


def test_after_a_restart_of_the_kernel_the_learner_goes_on_where_they_were(sheet: Sheet) -> None:
    before = sheet.desk.ask_kernel("repr(exercise)")
    sheet.page.evaluate(
        "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()"
    )
    sheet.page.evaluate(
        "() => window.jupyterapp.commands.execute('notebook:clear-all-cell-outputs')"
    )
    sheet.page.locator("#jp-main-statusbar").get_by_text("Python 3 (ipykernel) | Idle").wait_for(
        timeout=60_000
    )
    sheet.desk.run_all()
    again = Sheet(sheet.desk)
    assert sheet.desk.ask_kernel("repr(exercise)") == before
    again.root.get_by_text("Continue with question").wait_for()
    again.go(17)
    again.root.locator(".nc-feedback").wait_for()
    assert again.root.get_by_role("radio", name="1: visible").is_checked()


@pytest.mark.parametrize("place", ["notebook7", "voila"])
def test_the_exercise_works_in_notebook_7_and_as_a_plain_page(
    place: str, request: pytest.FixtureRequest, new_desk: Callable[..., Any]
) -> None:
    server = request.getfixturevalue(place)
    desk = new_desk(server)
    name = f"sheet_{place}.ipynb"
    desk.write_notebook(name, [opening("03_krenning", f"{place}/answers.json"), "exercise"])
    page = desk.page
    if place == "voila":
        page.goto(f"{server.url}/voila/render/{name}")
    else:
        page.goto(f"{server.url}/notebooks/{name}")
        idle = (
            "() => window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status"
            " === 'idle'"
        )
        page.wait_for_function(idle, timeout=60_000)
        desk.start_all()
    sheet = Sheet(desk)
    sheet.go(17)
    sheet.root.get_by_role("radio", name="1: visible").check()
    sheet.sure()
    assert sheet.check() == "Right: 1 of 1 point"
    kept = json.loads((Path(server.folder) / place / "answers.json").read_text(encoding="utf-8"))
    assert kept["answers"][-1]["value"] == "one"
    desk.screenshot(f"sheet-{place}")
    desk.problems = [
        problem for problem in desk.problems if "reading 'schema'" not in problem
    ]  # Notebook 7 itself, on any page
    desk.clear()

"""Lesson 03 and the start page as a resident works them: by keyboard, by mouse, from top to
bottom.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from viewer_page import Reading

pytestmark = pytest.mark.browser

HIDDEN_CODE = """() => window.jupyterapp.shell.currentWidget.content.widgets
    .filter((cell) => cell.model.type === "code" && !cell.inputHidden).length"""


class Lesson:
    """A lesson open in JupyterLab with every cell run."""

    def __init__(self, desk: Any, path: str) -> None:
        self.desk, self.page = desk, desk.page
        desk.open_notebook(path)
        desk.run_all()

    def lab(self, title: str) -> Any:
        found = self.page.get_by_role("region", name=title, exact=True)
        found.scroll_into_view_if_needed()
        return found

    def predict(self, lab: Any, option: str) -> None:
        lab.get_by_role("radio", name=option, exact=True).check()
        lab.get_by_role("button", name="This is my prediction").click()

    def viewer(self, name: str) -> Reading:
        root = self.page.locator(".nc-viewer", has_text=name).first
        root.scroll_into_view_if_needed()
        return Reading(self.desk, root)


@contextmanager
def opened(new_desk: Callable[..., Any], path: str) -> Iterator[Lesson]:
    """Open a lesson on a desk of its own, run it, and clear the desk away afterwards."""
    desk = new_desk()
    try:
        yield Lesson(desk, path)
    finally:
        desk.clear()


@pytest.fixture(scope="module")
def lesson(new_desk: Callable[..., Any]) -> Iterator[Lesson]:
    with opened(new_desk, "notebooks/03_krenning.ipynb") as found:
        yield found


@pytest.fixture(scope="module")
def start(new_desk: Callable[..., Any]) -> Iterator[Lesson]:
    with opened(new_desk, "notebooks/00_start.ipynb") as found:
        yield found


def test_no_code_is_seen_on_a_lesson_page(lesson: Lesson) -> None:
    assert lesson.page.evaluate(HIDDEN_CODE) == 0


def test_the_figures_below_a_lab_are_folded_so_that_it_does_not_answer_the_prediction(
    lesson: Lesson,
) -> None:
    folded = lesson.page.locator(".jp-OutputArea details")
    assert folded.count() >= 5
    assert not any(details.evaluate("details => details.open") for details in folded.all())


def test_a_lab_opens_by_keyboard_once_a_prediction_is_made_and_shows_it_beside_the_truth(
    lesson: Lesson,
) -> None:
    lab = lesson.lab("Three definitions, one lesion")
    figure = lab.locator(".nc-figure")
    assert not figure.is_visible()
    lab.get_by_role("radio", name="three different scores").focus()
    lesson.page.keyboard.press("Space")
    lesson.page.keyboard.press("Tab")
    lesson.page.keyboard.press("Enter")
    figure.wait_for(state="visible")
    verdict = lab.locator(".nc-verdict")
    verdict.get_by_text("two different scores").wait_for()
    assert "Your prediction: three different scores" in verdict.text_content()
    assert lesson.desk.ask_kernel("definitions.prediction") == "three different scores"


def test_the_arrow_keys_drag_a_lesion_over_the_liver_and_the_score_follows(lesson: Lesson) -> None:
    lab = lesson.lab("One lesion, three references")
    slider = lab.get_by_role("slider", name="Lesion SUVmax")
    liver = lesson.desk.ask_kernel("ladder.model.uptake.liver")
    lesson.desk.ask_kernel(f"ladder.model.set(suv_max={liver})")
    lab.get_by_text("Krenning score (pet): 2").wait_for()
    cells = lesson.desk.cells()
    slider.focus()
    lesson.page.keyboard.press("ArrowRight")
    lab.get_by_text("Krenning score (pet): 3").wait_for()
    assert lab.locator("svg").get_attribute("aria-label").endswith("score 3.")
    assert slider.get_attribute("aria-valuetext") == f"{liver + 0.1:.1f} SUV"
    lesson.page.keyboard.press("ArrowLeft")
    lab.get_by_text("Krenning score (pet): 2").wait_for()
    assert lesson.desk.cells() == cells, "JupyterLab took the keys"


def test_a_hand_on_the_slider_moves_the_red_line_with_it(lesson: Lesson) -> None:
    lab = lesson.lab("One lesion, three references")
    slider = lab.get_by_role("slider", name="Lesion SUVmax")
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    lesson.page.mouse.move(box["x"] + 30, box["y"] + box["height"] / 2)
    lesson.page.mouse.down()
    lesson.page.mouse.move(box["x"] + box["width"] - 20, box["y"] + box["height"] / 2, steps=12)
    lesson.page.mouse.up()
    lab.get_by_text("Krenning score (pet): 4").wait_for()
    shown = float(slider.input_value())
    assert shown > 30
    lab.get_by_text(f"lesion SUVmax {shown:.1f}").wait_for()
    assert lesson.desk.ask_kernel("ladder.model.suv_max") == shown


@pytest.mark.parametrize(
    ("title", "option", "control", "before", "after"),
    [
        ("The spleen is taken out", "becomes 4", "The spleen has been removed", "3", "4"),
        (
            "An analogue is started",
            "rises to 3",
            "Long-acting somatostatin analogue on board",
            "2",
            "3",
        ),
    ],
)
def test_one_switch_moves_the_yardstick_and_not_the_lesion(
    lesson: Lesson, title: str, option: str, control: str, before: str, after: str
) -> None:
    lab = lesson.lab(title)
    lesson.predict(lab, option)
    lab.get_by_text("Correct.").wait_for()
    lab.get_by_text(f"Krenning score (pet): {after}").wait_for()  # the answer is shown at once
    lab.get_by_role("checkbox", name=control).uncheck()
    lab.get_by_text(f"Krenning score (pet): {before}").wait_for()
    lab.get_by_role("checkbox", name=control).check()
    lab.get_by_text(f"Krenning score (pet): {after}").wait_for()
    lesson.desk.screenshot(f"lesson-{title.lower().replace(' ', '-')}", lab)


def test_a_shrinking_lesion_reads_lower_on_the_page(lesson: Lesson) -> None:
    lab = lesson.lab("A true 4 that shrinks")
    lesson.predict(lab, "2")
    slider = lab.get_by_role("slider", name="Diameter")
    slider.fill("5")
    lab.get_by_text("Krenning score (pet): 2").wait_for()
    lab.get_by_text("partial volume").wait_for()
    lesson.desk.screenshot("lesson-small", lab)


def test_the_liver_reference_moves_in_the_viewer_and_the_viewers_voi_moves_the_table(
    lesson: Lesson,
) -> None:
    lab = lesson.lab("Where the liver VOI stands")
    lesson.predict(lab, "they fall")
    lab.get_by_role("radio", name="half on a metastasis").check()
    lab.get_by_text("3 became 2").first.wait_for()
    assert lesson.desk.ask_kernel("list(second.voi[0]) == list(reference.model.voi[0])") is True
    lesson.desk.screenshot("lesson-liver-reference", lab)
    reading = lesson.viewer("A second patient")
    reading.press("Shift+ArrowUp", on="axial")
    lesson.desk.ask_kernel("str(second.place_voi(second.study.lesions_mm['F2'], 20))")
    lesson.lab("Where the liver VOI stands").get_by_text("Liver VOI by hand").wait_for()


def test_show_takes_the_reader_to_a_finding_and_each_choice_is_answered_at_once(
    lesson: Lesson,
) -> None:
    row = lesson.lab("Score the findings")
    keys = lesson.desk.ask_kernel("{id: key.verdict for id, key in row.model.keys.items()}")
    assert len(keys) >= 8
    row.get_by_role("button", name="Show F4").click()
    lesson.page.wait_for_timeout(400)
    assert (
        lesson.desk.ask_kernel("list(third.crosshair_mm) == list(third.study.lesions_mm['F4'])")
        is True
    )
    for number, (id, key) in enumerate(keys.items(), 1):
        wrong = number == 2
        said = str((int(key) + 1) % 5) if wrong else key
        group = row.get_by_role("group", name=re.compile(rf"^{id}\b"))
        group.get_by_role("radio", name=said, exact=True).check()
        row.get_by_text(f"{number} of {len(keys)} scored").first.wait_for()
    table = row.get_by_role("row").filter(has_text="F2")
    assert keys["F2"] in table.text_content()
    assert f"{len(keys) - 1} right" in row.text_content()
    lesson.desk.screenshot("lesson-row", row)


def test_the_labs_have_no_serious_accessibility_fault(lesson: Lesson, axe: str) -> None:
    lesson.page.evaluate(axe)
    for title in ("One lesion, three references", "Score the findings"):
        lesson.lab(title)
        found = lesson.page.evaluate("async () => (await axe.run('.nc-lab')).violations")
        bad = [
            (v["id"], v["nodes"][0]["html"][:160])
            for v in found
            if v["impact"] in ("serious", "critical")
        ]
        assert bad == []


def test_the_tour_ticks_itself_off(start: Lesson) -> None:
    reading = start.viewer("Try it")
    for _ in range(12):
        reading.press("PageUp", on="axial")
    reading.root.get_by_role("combobox", name="Window preset").select_option("lung")
    reading.rest()
    start.lab("One minute in the viewer").get_by_text("done: lung").wait_for()
    start.desk.ask_kernel("str(viewer.place_voi(viewer.study.landmarks_mm['spleen'], 20))")
    start.lab("One minute in the viewer").get_by_text("done: SUVmean").wait_for()
    start.desk.screenshot("start-tour")
    start.lab("One minute in the viewer").get_by_text("mm away").wait_for()


def test_the_start_page_shows_the_course_and_links_to_lesson_and_exercise(start: Lesson) -> None:
    links = start.page.locator(".jp-Notebook a", has_text="xercise")
    assert links.count() >= 1

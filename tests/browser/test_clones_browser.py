"""Lesson and exercise 04 as a resident works them: two tracers, lesions dragged over the plane, the
needle, clone and second scan.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sheet_page import Sheet, exercise_sheet
from test_lesson_browser import HIDDEN_CODE, Lesson, opened

pytestmark = pytest.mark.browser

CASE, PLANE = "The case on both tracers", "Each metastasis in a different class"


@pytest.fixture(scope="module")
def lesson(new_desk: Callable[..., Any]) -> Iterator[Lesson]:
    with opened(new_desk, "notebooks/04_heterogeneity.ipynb") as found:
        yield found


@pytest.fixture(scope="module")
def sheet(new_desk: Callable[..., Any]) -> Iterator[Sheet]:
    with exercise_sheet(new_desk, "clones", "04_heterogeneity") as found:
        yield found


def middle(mark: Any) -> tuple[float, float]:
    box = mark.locator("circle").last.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_no_code_is_seen_and_no_lab_is_open_before_its_prediction(lesson: Lesson) -> None:
    assert lesson.page.evaluate(HIDDEN_CODE) == 0
    for title in (
        CASE,
        PLANE,
        "The needle",
        "A clone without receptors",
        "Treat, wait, scan again",
    ):
        assert not lesson.lab(title).locator(".nc-figure").is_visible()


def test_the_first_viewer_shows_the_receptor_scan_alone(lesson: Lesson) -> None:
    reading = lesson.viewer("Receptors alone")
    assert lesson.desk.ask_kernel("list(first.study.volumes)") == ["CT", "PT"]
    lesson.desk.screenshot("clones-receptors", reading.root)


def test_fdg_goes_to_one_lesion_and_choosing_it_moves_both_pets(lesson: Lesson) -> None:
    lab = lesson.lab(CASE)
    lesson.predict(lab, "one")
    lab.get_by_text("Correct.").wait_for()
    lab.get_by_role("radio", name="P1 part B, pancreatic tail").check()
    lab.get_by_text("P1 part B, pancreatic tail, ").last.wait_for()
    lesson.page.wait_for_timeout(500)
    assert (
        lesson.desk.ask_kernel("list(both.crosshair_mm) == list(both.markers[1].point_mm)") is True
    )
    lab.get_by_role("radio", name="SUVmax", exact=True).check()
    lab.locator("svg").get_by_text("somatostatin receptors, SUVmax (dashed").wait_for()
    lesson.desk.screenshot("clones-case", lab)
    reading = lesson.viewer("Both tracers")
    assert reading.panel("axial_pet").is_visible()
    assert reading.panel("mip_other").is_visible()
    lesson.desk.screenshot("clones-both", reading.root)


def test_the_crosshair_in_the_viewer_chooses_the_lesion_in_the_lab(lesson: Lesson) -> None:
    reading = lesson.viewer("Both tracers")
    reading.root.get_by_role("button", name="Go to 4, L1").click()
    reading.rest()
    assert lesson.desk.ask_kernel("case.model.lesion") == "L1"
    assert lesson.lab(CASE).get_by_role("radio", name="L1, liver, segment II").is_checked()


def test_a_dot_is_chosen_with_a_click_and_dragged_over_the_border_of_a_class(
    lesson: Lesson,
) -> None:
    lab = lesson.lab(PLANE)
    lesson.predict(lab, "P3a")
    lab.get_by_text("Correct.").wait_for()
    mark = lab.locator("[data-pick=L3]")
    mark.scroll_into_view_if_needed()
    lesson.page.mouse.click(*middle(mark))
    lab.get_by_text("L3, liver, segment III, ").first.wait_for()
    lesson.page.wait_for_timeout(300)
    assert lesson.desk.ask_kernel("[plane.model.lesion, plane.model._moved]") == ["L3", {}]
    x, y = middle(lab.locator("[data-pick=L3]"))
    lesson.page.mouse.move(x, y)
    lesson.page.mouse.down()
    lesson.page.mouse.move(x - 160, y, steps=16)
    lesson.page.mouse.up()
    lesson.page.wait_for_timeout(600)
    ssr, fdg = lesson.desk.ask_kernel("[plane.model.ssr, plane.model.fdg]")
    assert ssr < 2.5
    assert fdg == pytest.approx(4.6, abs=0.15)
    at = middle(lab.locator("[data-pick=L3]"))
    assert at == pytest.approx((x - 160, y), abs=6)
    lab.get_by_text("1 moved by you").wait_for()
    assert "NETPET P4a" in str(lab.locator("svg").get_attribute("aria-label"))
    lesson.desk.screenshot("clones-dragged", lab)


def test_the_same_by_keyboard_until_the_lesion_is_discordant(lesson: Lesson) -> None:
    lab = lesson.lab(PLANE)
    cells = lesson.desk.cells()
    slider = lab.get_by_role("slider", name="Its SSR")
    slider.fill("1.6")
    slider.focus()
    lesson.page.keyboard.press("ArrowLeft")
    lab.get_by_text("NETPET P5").first.wait_for()
    assert lesson.desk.cells() == cells
    lab.get_by_role("radio", name="where they were measured").check()
    lab.get_by_text("NETPET P3a").first.wait_for()


def test_another_cut_makes_a_lesion_change_sides(lesson: Lesson) -> None:
    lab = lesson.lab("Between two scales")
    lesson.predict(lab, "Karfis")
    lab.get_by_text("It is Zidan").wait_for()
    lab.get_by_text("Where the scales part").wait_for()
    lab.get_by_role("radio", name="the liver (Zidan)").check()
    lab.get_by_text("NETPET P5").first.wait_for()
    lesson.desk.screenshot("clones-scales", lab)


def test_the_mean_of_two_halves_hides_the_cold_one(lesson: Lesson) -> None:
    lab = lesson.lab("One metastasis of two halves")
    lesson.predict(lab, "P1")
    lab.get_by_text("It is P5").wait_for()
    lab.get_by_role("radio", name="L1 part B, liver, segment VI").check()
    lab.locator("svg text", has_text="L1 part B, liver, segment VI,").wait_for()
    lesson.desk.screenshot("clones-halves", lab)


def test_the_needle_brings_another_grade_from_another_lesion(lesson: Lesson) -> None:
    lab = lesson.lab("The needle")
    lesson.predict(lab, "NET G2")
    lab.get_by_text("Correct.").wait_for()
    lab.get_by_role("radio", name="L2, liver, segment VII").check()
    lab.get_by_text("Needle 1 into L2.").wait_for()
    lab.get_by_role("slider", name="Needle").fill("7")
    lab.get_by_text("Needle 7 into L2.").wait_for()
    lab.get_by_text("Where the rule aims", exact=True).click()
    lab.get_by_text("discordant, and of those the FDG-hottest").wait_for()
    assert (
        lesson.desk.ask_kernel("list(aim.crosshair_mm) == list(aim.study.lesions_mm['L2'])") is True
    )
    lesson.desk.screenshot("clones-needle", lab)


def test_one_cold_cell_in_a_hundred_is_seen_at_once(lesson: Lesson) -> None:
    lab = lesson.lab("A clone without receptors")
    lesson.predict(lab, "nearly as late")
    lab.get_by_text("It is in under a third of the time").wait_for()
    lab.get_by_role("slider", name="Cold cells at the start").fill("1")
    lab.get_by_text("1 % cold: best").first.wait_for()
    lab.get_by_role("radio", name="among them").check()
    lab.get_by_text("mixed in").first.wait_for()
    lesson.desk.screenshot("clones-cold", lab)


def test_the_second_scan_shows_one_lesion_smaller_and_one_larger(lesson: Lesson) -> None:
    lab = lesson.lab("Treat, wait, scan again")
    lesson.predict(lab, "progression")
    lab.get_by_text("Correct.").wait_for()
    lab.get_by_text("P1 shrinks while L2 grows.").wait_for()
    lab.get_by_role("slider", name="Second scan after").fill("3")
    lab.get_by_text("3 months: sum").first.wait_for()
    lesson.desk.screenshot("clones-second-scan", lab)


def test_the_trial_follows_the_hidden_clone(lesson: Lesson) -> None:
    lab = lesson.lab("Four hundred synthetic patients")
    lab.get_by_role("radio", name="one in a hundred").check()
    lab.get_by_text("median 15.3 months").first.wait_for()
    lesson.desk.screenshot("clones-trial", lab)


def test_every_page_is_one_picture_with_words(lesson: Lesson) -> None:
    images = lesson.page.locator("figure img")
    words = [str(image.get_attribute("alt")) for image in images.all()]
    assert [
        any(part in one for one in words)
        for part in ("each tracer in a row", "by NETPET group", "before and 9 months")
    ] == [True] * 3
    for number, image in enumerate(images.all()):
        image.scroll_into_view_if_needed()
        lesson.desk.screenshot(f"clones-page-{number}", image)


def test_the_labs_have_no_serious_accessibility_fault(lesson: Lesson, axe: str) -> None:
    lesson.page.evaluate(axe)
    for title in (
        CASE,
        PLANE,
        "The needle",
        "A clone without receptors",
        "Treat, wait, scan again",
        "Four hundred synthetic patients",
    ):
        lesson.lab(title)
    found = lesson.page.evaluate(
        "async () => (await axe.run({ include: [['.nc-lab'], ['figure']] })).violations"
    )
    bad = [
        (v["id"], v["nodes"][0]["html"][:160])
        for v in found
        if v["impact"] in ("serious", "critical")
    ]
    assert bad == []


def test_fdg_is_measured_where_fdg_is_chosen_in_the_exercise(sheet: Sheet) -> None:
    sheet.button("Start").click()
    sheet.go(4)
    sheet.patient("fast")
    viewer = sheet.page.locator(".nc-viewer")
    assert viewer.locator("[data-panel=axial_pet]").is_visible(), "both PETs side by side"
    viewer.get_by_role("combobox", name="PET", exact=True).select_option(label="18F-FDG PET")
    sheet.page.wait_for_timeout(400)
    sheet.desk.ask_kernel(
        "str(exercise.viewer.place_voi(exercise.viewer.study.lesions_mm['L2'], 30))"
    )
    sheet.page.wait_for_timeout(400)
    sheet.button("Use my VOI").click()
    sheet.sure()
    assert sheet.check().startswith("Right")
    sheet.desk.screenshot("clones-exercise-measured")


def test_a_lesion_is_classed_with_the_reasons_that_carry_it(sheet: Sheet) -> None:
    sheet.go(5)
    texts, (verdict, *carry) = sheet.texts("q5"), sheet.key("q5")
    assert verdict == "P5"
    sheet.root.get_by_role("radio", name=verdict, exact=True).check()
    for id in carry:
        sheet.root.get_by_role("checkbox", name=texts[id]).check()
    sheet.sure()
    assert sheet.check().startswith("Right: 2 of 2")
    sheet.desk.screenshot("clones-exercise-classed")


def test_the_needle_is_aimed_in_the_pictures(sheet: Sheet) -> None:
    sheet.go(7)
    sheet.patient("half")
    viewer = sheet.page.locator(".nc-viewer")
    viewer.get_by_role("button", name="Mark", exact=True).click()
    item = "exercise.session.exercise.item('q7')"
    at = sheet.desk.ask_kernel(
        f"[float(mm) for mm in {item}.key(exercise.session.truth({item})).value]"
    )
    sheet.desk.ask_kernel(f"str(setattr(exercise.viewer, 'crosshair_mm', {tuple(at)}))")
    sheet.page.wait_for_timeout(400)
    sheet.desk.ask_kernel(f"str(setattr(exercise.viewer, 'mark_mm', {tuple(at)}))")
    sheet.page.wait_for_timeout(400)
    sheet.desk.screenshot("clones-exercise-aimed")
    sheet.button("Use my mark").click()
    sheet.sure()
    assert sheet.check().startswith("Right: 2 of 2")


def test_the_mixed_response_is_foreseen_and_explained_as_a_model(sheet: Sheet) -> None:
    sheet.go(13)
    sheet.patient("fast")
    texts = sheet.texts("q13")
    for id in sheet.key("q13"):
        sheet.root.get_by_role("checkbox", name=texts[id]).check()
    sheet.sure()
    assert sheet.check().startswith("Right: 2 of 2")
    sheet.root.get_by_text("A model (T)").wait_for()
    sheet.desk.screenshot("clones-exercise-foreseen")

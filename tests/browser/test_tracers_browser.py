"""Lesson and exercise 02 as a resident works them: name scans, compare two PETs, let a generator
grow old, choose a tracer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sheet_page import Sheet, exercise_sheet
from test_lesson_browser import HIDDEN_CODE, Lesson, opened

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def lesson(new_desk: Callable[..., Any]) -> Iterator[Lesson]:
    with opened(new_desk, "notebooks/02_tracer_choice.ipynb") as found:
        yield found


@pytest.fixture(scope="module")
def sheet(new_desk: Callable[..., Any]) -> Iterator[Sheet]:
    with exercise_sheet(new_desk, "tracers", "02_tracer_choice") as found:
        yield found


def test_no_code_is_seen_on_the_page(lesson: Lesson) -> None:
    assert lesson.page.evaluate(HIDDEN_CODE) == 0


def test_scans_without_names_are_named_from_menus_and_told_at_once(lesson: Lesson) -> None:
    lab = lesson.lab("Which tracer is which?")
    assert lab.locator("svg image").count() == 4
    lab.get_by_role("combobox", name="A is").select_option("18F-FDOPA")
    lab.get_by_text("1 of 4 named: 1 right").first.wait_for()
    lab.get_by_role("combobox", name="B is").focus()
    lesson.page.keyboard.press("ArrowDown")
    lab.get_by_text("2 of 4 named").first.wait_for()
    lesson.desk.screenshot("tracers-four", lab)


def test_the_atlas_hides_its_labels_and_shows_another_tracer(lesson: Lesson) -> None:
    lab = lesson.lab("What is normal?")
    lab.get_by_role("checkbox", name="Show the labels").uncheck()
    lab.get_by_text("Name them, then show the labels.").wait_for()
    assert lab.get_by_text("spleen", exact=False).count() == 0
    lab.get_by_role("radio", name="18F-FDOPA").check()
    lab.get_by_role("checkbox", name="Show the labels").check()
    lab.get_by_text("striatum", exact=False).first.wait_for(timeout=15_000)
    lesson.desk.screenshot("tracers-atlas", lab)


def test_two_pets_stand_side_by_side_and_the_probe_reads_both(lesson: Lesson) -> None:
    reading = lesson.viewer("Left 68Ga-DOTATOC, right 18F-SiTATE")
    lesson.desk.ask_kernel("pair.go_to('L2')")
    left, right = lesson.desk.ask_kernel(
        "[float(study[name].array[study[name].index(study.lesions_mm['L2'])]) for name in"
        " ('DOTATOC', 'SiTATE')]"
    )
    assert right > 1.2 * left
    reading.root.get_by_text(f"left SUV {left:.2f}").first.wait_for()
    assert f"right SUV {right:.2f}" in reading.root.inner_text()
    lesson.desk.screenshot("tracers-two-pets", reading.root)


def test_noise_grows_while_one_waits(lesson: Lesson) -> None:
    lab = lesson.page.get_by_role("region", name="Sharpness and counts", exact=True).last
    lab.scroll_into_view_if_needed()
    lesson.predict(lab, "about 1.4 times the noise")
    lab.get_by_text("Correct.").wait_for()
    lab.get_by_role("slider", name="Scanned later").fill("140")
    lab.get_by_text("counts 24 % of the usual").first.wait_for()
    lesson.desk.screenshot("tracers-late", lab)


def test_a_generator_grows_old_and_a_delivery_scans_more(lesson: Lesson) -> None:
    lab = lesson.lab("A day in the department")
    lesson.predict(lab, "two")
    lab.get_by_text("Correct.").wait_for()
    lab.get_by_role("slider", name="Age of the generator").fill("12")
    lab.get_by_text("2 patients", exact=False).first.wait_for()
    lab.get_by_role("radio", name="a delivery of an 18F tracer").check()
    lab.get_by_text("8 patients", exact=False).first.wait_for()
    lesson.desk.screenshot("tracers-day", lab)


def test_the_analogue_moves_the_liver_and_not_the_tumour(lesson: Lesson) -> None:
    lab = lesson.lab("The injection of last week")
    lesson.predict(lab, "the liver fades more than the tumour")
    lab.get_by_text("Correct.").wait_for()
    lab.get_by_role("checkbox", name="A long-acting analogue was given").check()
    lab.get_by_text("Analogue on board").first.wait_for(timeout=15_000)
    assert "L1 16.0" in lab.inner_text()
    lesson.desk.screenshot("tracers-analogue", lab)


def test_a_patient_is_chosen_and_the_path_lights_another_rule(lesson: Lesson) -> None:
    lab = lesson.lab("Which tracer for whom?")
    lab.get_by_role("combobox", name="Patient").select_option("Gastric NET type I")
    lab.get_by_text("autoimmune gastritis", exact=False).wait_for()
    assert lab.locator("svg text", has_text="endoscopy and EUS").count() == 0
    lab.get_by_role("checkbox", name="I have said it: show the path").check()
    lab.locator("svg text", has_text="endoscopy and EUS").wait_for()
    lab.get_by_role("combobox", name="Asked").select_option("candidate for radioligand therapy")
    lab.locator("svg text", has_text="Candidate for radioligand therapy").wait_for()
    lesson.desk.screenshot("tracers-choice", lab)


def test_the_labs_have_no_serious_accessibility_fault(lesson: Lesson, axe: str) -> None:
    lesson.page.evaluate(axe)
    for title in (
        "Which tracer is which?",
        "What is normal?",
        "A day in the department",
        "Which tracer for whom?",
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


def test_an_unnamed_scan_is_shown_without_its_tracer_and_recognised(sheet: Sheet) -> None:
    sheet.button("Start").click()
    sheet.pictures()
    words = sheet.page.locator(".nc-viewer").inner_text()
    assert not any(name in words for name in ("DOTATOC", "FDG", "FDOPA", "HYNIC", "Ileal"))
    sheet.desk.screenshot("tracers-exercise")
    sheet.root.get_by_role("radio", name=sheet.texts("q1")[sheet.key("q1")]).check()  # type: ignore[index]
    sheet.sure()
    assert sheet.check().startswith("Right: 2 of 2")


def test_a_patient_told_as_a_story_is_decided(sheet: Sheet) -> None:
    sheet.go(10)
    sheet.root.get_by_text("autoimmune gastritis", exact=False).first.wait_for()
    sheet.page.locator(".nc-viewer").wait_for(
        state="detached"
    )  # no pictures of another patient beside this story
    texts, (verdict, *carry) = sheet.texts("q10"), sheet.key("q10")
    sheet.root.get_by_role("radio", name=verdict).check()
    for id in carry:
        sheet.root.get_by_role("checkbox", name=texts[id]).check()
    sheet.sure()
    assert sheet.check().startswith("Right: 2 of 2")
    sheet.desk.screenshot("tracers-decided")


def test_the_pictures_come_back_with_their_case(sheet: Sheet) -> None:
    sheet.go(2)
    sheet.pictures()
    assert sheet.desk.ask_kernel("exercise.pictures.on_show is exercise.viewer")

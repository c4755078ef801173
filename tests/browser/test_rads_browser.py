"""Lesson 03b as a resident works it: the grid, the gallery with its viewer, the series of
readers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from test_lesson_browser import HIDDEN_CODE, Lesson, opened

pytestmark = pytest.mark.browser

SCAN = 60_000


@pytest.fixture(scope="module")
def lesson(new_desk: Callable[..., Any]) -> Iterator[Lesson]:
    with opened(new_desk, "notebooks/03b_sstr_rads.ipynb") as found:
        yield found


def test_no_code_is_seen_and_the_opening_case_shows_the_cold_lesion(lesson: Lesson) -> None:
    assert lesson.page.evaluate(HIDDEN_CODE) == 0
    lesson.page.locator(".nc-viewer").first.scroll_into_view_if_needed()
    lesson.page.wait_for_timeout(1500)
    lesson.desk.screenshot("rads-opening")


def test_the_grid_follows_the_three_questions(lesson: Lesson) -> None:
    lab = lesson.lab("One finding, three questions")
    lesson.predict(lab, "5")
    lab.locator(".nc-verdict").get_by_text("It is 4").wait_for()
    lab.get_by_role("radio", name="a tumour").check()
    lab.get_by_text("SSTR-RADS 5: NET almost certain").first.wait_for()
    lab.get_by_label("A site typical for NET").uncheck()
    lab.get_by_text("SSTR-RADS 3C").first.wait_for()
    lesson.desk.screenshot("rads-grid")


def test_a_card_opens_its_patient_in_the_viewer_and_tells_the_clue_only_when_asked(
    lesson: Lesson,
) -> None:
    lab = lesson.lab("Pitfall gallery")
    lab.get_by_label("Card").select_option("KP12b")
    lab.get_by_text("Uptake in a vertebral body: a bone metastasis?").wait_for(timeout=SCAN)
    assert lab.locator("image").count() == 2
    assert lab.get_by_text("a haemangioma").count() == 0
    lab.get_by_role("radio", name="3B", exact=True).check()
    lab.get_by_label("Show the clue and the answer").check()
    lab.get_by_text("a haemangioma", exact=False).first.wait_for()
    lab.get_by_text("Incorrect.").wait_for()
    lesson.desk.screenshot("rads-gallery")
    assert lesson.desk.ask_kernel("second.study.patient_id") == "bone_mimics-0"
    lesson.page.locator(
        ".nc-viewer", has_text="The patient of the card"
    ).first.scroll_into_view_if_needed()
    lesson.page.wait_for_timeout(2500)
    lesson.desk.screenshot("rads-gallery-viewer")
    lab.get_by_label("Card").select_option("KP1")
    lab.get_by_text("Earlier scan, PET over CT").wait_for(timeout=SCAN)
    viewer = lesson.page.locator(".nc-viewer", has_text="The patient of the card").first
    viewer.get_by_role("button", name="PET | PET", pressed=True).wait_for(timeout=SCAN)
    viewer.scroll_into_view_if_needed()
    lesson.page.wait_for_timeout(2000)
    lesson.desk.screenshot("rads-two-scans")
    assert lesson.desk.ask_kernel("second.mode") == "two PETs"


def test_a_series_is_scored_by_hand_and_then_told(lesson: Lesson) -> None:
    lab = lesson.lab("A series of readers")
    lab.get_by_role("radio", name="3", exact=True).check()
    lab.get_by_role("radio", name="fairly sure (67 %)").click()  # the next finding opens it again
    lab.get_by_text("F2: liver, segment III").wait_for()
    assert lab.get_by_role("radio", name="3", exact=True).is_checked() is False, (
        "the next finding starts open"
    )
    lesson.desk.screenshot("rads-series-begun")
    lesson.desk.ask_kernel(
        "series.model.read([min(4, key.score + (n % 5 == 2)) for n, key in"
        " enumerate(series.model.keys)], 'fairly sure')"
    )
    lab.get_by_text("Published readers agreed so far:").wait_for()
    lesson.desk.screenshot("rads-series")


def test_the_lesson_has_no_serious_fault_of_accessibility_and_no_console_error(
    lesson: Lesson, axe: str
) -> None:
    lesson.page.evaluate(axe)
    for title in (
        "One finding, three questions",
        "Pitfall gallery",
        "Structured report",
        "A series of readers",
    ):
        lesson.lab(title)
    found = lesson.page.evaluate(
        "async () => (await axe.run({ include: [['.nc-lab']] })).violations"
    )
    assert [
        (v["id"], v["nodes"][0]["html"][:160])
        for v in found
        if v["impact"] in ("serious", "critical")
    ] == []
    assert lesson.desk.problems == []

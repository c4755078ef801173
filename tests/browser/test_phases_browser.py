"""Lesson 01 as a resident works it: drag the time, change heart and needle, pour contrast, build a
protocol.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from test_lesson_browser import HIDDEN_CODE, Lesson, opened

pytestmark = pytest.mark.browser

COUNT_SENT = """() => { window.__sent = 0; const send = WebSocket.prototype.send;
    WebSocket.prototype.send = function (data) { window.__sent += data.byteLength ?? data.length; return send.call(this, data); }; }"""


@pytest.fixture(scope="module")
def lesson(new_desk: Callable[..., Any]) -> Iterator[Lesson]:
    with opened(new_desk, "notebooks/01_ct_phases.ipynb") as found:
        yield found


def grey_at(lab: Any, marker: dict[str, float], columns: int) -> float:
    """Mean grey of the canvas in the middle of a marker."""
    return float(
        lab.locator("canvas.nc-slice").evaluate(
            """(canvas, [x, y, r, columns]) => { const scale = canvas.width / columns, side = Math.max(2, Math.round(r * scale));
                const at = [Math.round((x + 0.5) * scale - side / 2), Math.round((y + 0.5) * scale - side / 2)];
                const { data } = canvas.getContext("2d").getImageData(...at, side, side);
                let sum = 0; for (let i = 0; i < data.length; i += 4) sum += data[i]; return sum / (data.length / 4); }""",
            [marker["x"], marker["y"], marker["radius"], columns],
        )
    )


def frames(lab: Any) -> int:
    return int(lab.locator(".nc-time").get_attribute("data-frame") or 0)


def test_no_code_is_seen_on_the_page(lesson: Lesson) -> None:
    assert lesson.page.evaluate(HIDDEN_CODE) == 0


def test_the_liver_called_normal_shows_its_metastases_when_the_time_is_dragged_back(
    lesson: Lesson,
) -> None:
    lab = lesson.lab("The slice that was called normal")
    assert not lab.locator("canvas").is_visible()
    lesson.predict(lab, "none")
    lab.get_by_text("It is three").wait_for()
    lab.locator(".nc-time[data-ready]").wait_for()
    plan, columns = (
        lesson.desk.ask_kernel("opening._plan['markers']"),
        lesson.desk.ask_kernel("opening._slice_meta['shape'][1]"),
    )
    slider = lab.get_by_role("slider", name="Time after the injection starts")

    def contrast() -> list[float]:
        lesson.page.wait_for_timeout(200)
        around = [{**one, "x": one["x"] + 2.6 * one["radius"]} for one in plan]
        return [
            grey_at(lab, one, columns) - grey_at(lab, beside, columns)
            for one, beside in zip(plan, around, strict=True)
        ]

    slider.fill("70")
    late = contrast()
    slider.fill("40")
    early = contrast()
    lesson.desk.screenshot("phases-opening", lab)
    assert all(one > 10 for one in early), early
    assert sum(early) > 25 * len(early), "a mosaic, and brighter than the liver as a whole"
    assert sum(late) < sum(early) / 2, late


def test_every_picture_of_a_drag_is_made_in_the_browser_and_python_learns_the_second_at_rest(
    lesson: Lesson,
) -> None:
    lab = lesson.lab("The slice that was called normal")
    slider = lab.get_by_role("slider", name="Time after the injection starts")
    slider.focus()
    lesson.page.wait_for_timeout(500)
    lesson.page.evaluate(COUNT_SENT)
    cells, before = lesson.desk.cells(), frames(lab)
    for _ in range(20):
        lesson.page.keyboard.press("ArrowRight", delay=5)
    assert lesson.page.evaluate("() => window.__sent") == 0
    lesson.page.wait_for_timeout(600)
    assert 0 < lesson.page.evaluate("() => window.__sent") < 4000
    assert frames(lab) > before + 5
    assert lesson.desk.ask_kernel("opening.model.phase_s") == float(slider.input_value()) == 60
    assert lesson.desk.cells() == cells
    lab.locator(".nc-reads", has_text="60 s: L1").wait_for()
    assert "60 seconds after the start of the injection" in str(
        lab.locator("canvas").get_attribute("aria-label")
    )


def test_the_time_lives_on_while_a_long_cell_runs(lesson: Lesson) -> None:
    lab = lesson.lab("The slice that was called normal")
    slider = lab.get_by_role("slider", name="Time after the injection starts")
    lesson.page.evaluate(
        """() => { window.__busy = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.requestExecute(
            { code: "import time; time.sleep(4)", store_history: false }).done; }"""
    )
    lesson.page.wait_for_timeout(300)
    before = frames(lab)
    slider.fill("24")
    lab.locator(".nc-reads", has_text="24 s").wait_for(timeout=1500)
    assert frames(lab) > before
    lesson.page.evaluate("() => window.__busy")


def test_jumping_to_a_phase_and_playing_move_picture_slider_and_curve(lesson: Lesson) -> None:
    lab = lesson.lab("The slice that was called normal")
    lab.get_by_role("button", name="late arterial", exact=True).click()
    lab.locator(".nc-reads", has_text="38 s").wait_for()
    assert lab.get_by_role("slider", name="Time after the injection starts").input_value() == "38"
    lab.get_by_role("button", name="Play").click()
    lesson.page.wait_for_timeout(700)
    lab.get_by_role("button", name="Stop").click()
    assert (
        float(lab.get_by_role("slider", name="Time after the injection starts").input_value()) > 42
    )


def test_another_window_changes_the_picture_and_not_the_sentence(lesson: Lesson) -> None:
    lab = lesson.lab("The slice that was called normal")
    lab.get_by_role("button", name="portal venous", exact=True).click()
    lesson.page.wait_for_timeout(200)
    said, before = (
        lab.locator(".nc-reads").text_content(),
        lab.locator("canvas").evaluate("(canvas) => canvas.toDataURL()"),
    )
    lab.get_by_role("combobox", name="Window").select_option("bone")
    lesson.page.wait_for_timeout(200)
    assert lab.locator("canvas").evaluate("(canvas) => canvas.toDataURL()") != before
    assert lab.locator(".nc-reads").text_content() == said
    lab.get_by_role("combobox", name="Window").select_option("liver")


def test_a_failing_heart_takes_the_contrast_away_and_tracking_gives_it_back(lesson: Lesson) -> None:
    lab = lesson.lab("Another heart, another injection")
    lesson.predict(lab, "much fainter")
    lab.get_by_text("Correct.").wait_for()
    lab.get_by_role("slider", name="Cardiac output").fill("3")
    lab.get_by_role("button", name="late arterial", exact=True).click()
    lab.locator(".nc-reads", has_text="38 s").wait_for()
    lesson.page.wait_for_timeout(500)
    fixed = lesson.desk.ask_kernel("float(failing.model.delta_hu()[round(failing.model.phase_s)])")
    lab.get_by_role("radio", name="when the aorta lights up").check()
    lesson.page.wait_for_timeout(500)
    lab.get_by_role("button", name="late arterial", exact=True).click()
    lesson.page.wait_for_timeout(500)
    tracked = lesson.desk.ask_kernel(
        "float(failing.model.delta_hu()[round(failing.model.phase_s)])"
    )
    assert tracked > fixed + 8
    lesson.desk.screenshot("phases-heart", lab)


def test_positive_contrast_hides_the_primary_on_the_page(lesson: Lesson) -> None:
    lab = lesson.lab("Oral contrast")
    lesson.predict(lab, "positive contrast")
    lab.get_by_text("Correct.").wait_for()
    lab.get_by_role("radio", name="positive contrast").last.check()
    lab.get_by_text("contrast-to-noise −").first.wait_for()
    lesson.desk.screenshot("phases-drunk", lab)


def test_the_cohort_follows_its_sliders(lesson: Lesson) -> None:
    lab = lesson.lab("Which lesions does CT miss?")
    lesson.predict(lab, "about 65 of 100")
    lab.get_by_text("Correct.").wait_for()
    lab.get_by_role("slider", name="A node counts").fill("6")
    lab.get_by_text("gains").wait_for()
    lesson.page.wait_for_timeout(400)
    assert lesson.desk.ask_kernel("missed.model.reading.table['nodes'].value") > 0.9
    lab.get_by_role("checkbox", name="Late arterial phase").uncheck()
    lesson.page.wait_for_timeout(600)
    lesson.desk.screenshot("phases-cohort", lab)
    assert lesson.desk.ask_kernel("missed.model.reading.table['liver'].value") < 0.7


def test_a_protocol_is_built_by_keyboard_until_it_suits(lesson: Lesson) -> None:
    lab = lesson.lab("Build the protocol")
    lab.get_by_text("does not suit").first.wait_for()
    lab.get_by_role("radio", name="neutral agent").focus()
    lesson.page.keyboard.press("Space")
    lab.get_by_role("slider", name="… starts at").first.focus()
    for _ in range(17):
        lesson.page.keyboard.press("ArrowRight")
    lab.get_by_text("CT protocol for small bowel: suits").wait_for()
    lesson.desk.screenshot("phases-protocol", lab)


def test_the_six_panels_are_one_picture_with_words(lesson: Lesson) -> None:
    image = lesson.page.locator("figure img").first
    image.scroll_into_view_if_needed()
    assert "Six panels" in str(image.get_attribute("alt"))
    assert image.evaluate("(image) => image.naturalWidth") > 1000
    lesson.desk.screenshot("phases-six-panels", image)


def test_series_are_changed_in_the_viewer_of_the_lesson(lesson: Lesson) -> None:
    reading = lesson.viewer("Change the series")
    reading.root.get_by_role("combobox", name="Series").select_option(index=1)
    reading.rest()
    assert lesson.desk.ask_kernel("reading.series") != "CT"
    lesson.desk.screenshot("phases-viewer", reading.root)


def test_the_labs_have_no_serious_accessibility_fault(lesson: Lesson, axe: str) -> None:
    lesson.page.evaluate(axe)
    for title in (
        "The slice that was called normal",
        "Another heart, another injection",
        "Oral contrast",
        "Build the protocol",
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

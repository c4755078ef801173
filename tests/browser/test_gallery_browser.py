"""The gallery's page: choose a finding and the viewer goes there."""

from __future__ import annotations

from typing import Any

import pytest
from viewer_page import Reading

from netcourse.reading.viewer.windowing import as_window

pytestmark = pytest.mark.browser


def test_the_list_takes_the_viewer_to_a_finding_and_to_another_patient(desk: Any, axe: str) -> None:
    desk.open_notebook("notebooks/09_gallery.ipynb")
    desk.run_all()
    desk.page.locator(".nc-viewer[data-complete]").wait_for(timeout=60_000)
    reading = Reading(desk, desk.page.locator(".nc-viewer"))
    before = reading.label()
    desk.page.get_by_label("Finding", exact=True).select_option(label="Dead in the middle")
    words = desk.page.locator(".widget-html")
    words.filter(has_text="A living rim around a middle").wait_for()
    desk.page.wait_for_timeout(500)
    assert reading.label() != before
    desk.page.get_by_label("Where", exact=True).select_option(label="Bone and lung")
    words.filter(has_text="Dense on CT, hot on PET.").wait_for(timeout=60_000)
    desk.page.locator(".nc-viewer[data-complete]").wait_for(timeout=60_000)
    desk.page.wait_for_timeout(500)
    centre, width = as_window("bone")
    assert f"window {centre:g}/{width:g} HU" in reading.label()
    desk.page.evaluate(axe)
    found = desk.page.evaluate(
        "async () => (await axe.run('.widget-hbox')).violations.filter((v) => ['serious',"
        " 'critical'].includes(v.impact)).map((v) => `${v.id}: ${v.nodes.map((n) => n.html).join()}`)"
    )
    assert found == []
    desk.screenshot("gallery-bone")

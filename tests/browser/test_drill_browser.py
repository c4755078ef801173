"""One whole case of the drill by keyboard alone, on a page that does not scroll."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from netcourse.assessment.drill import drill_case, next_case
from netcourse.patients import places
from netcourse.patients.composer import case_kind

pytestmark = pytest.mark.browser
PICTURES = 400_000
FRONT = ":is(.nc-drill[data-front='0'] > :nth-child(2), .nc-drill[data-front='1'] > :nth-child(3))"
# The first reader whose first case has two lesions to find or more.
FIRST_SEED = next(
    seed
    for seed in range(1, 60)
    if case_kind(chosen := next_case(seed, []).seed) == "tumour"
    and 2 <= len(drill_case(chosen).targets) <= 4
)
CASE = drill_case(next_case(FIRST_SEED, []).seed)


@pytest.fixture(scope="module")
def page(new_desk: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A desk with the drill open at its first case, as `drill`."""
    path = tmp_path_factory.mktemp("drill") / "drill.json"
    desk = new_desk()
    name = desk.write_notebook(
        "drill_by_keyboard.ipynb",
        [
            "from netcourse.assessment.drill import DrillLog, Drill\n"
            "from netcourse.scanner import scan\n"
            f'log = DrillLog("{path}", first_seed={FIRST_SEED})\n'
            'drill = Drill(log, lambda patient: scan(patient, ("CT late arterial", "PT")))\ndrill'
        ],
    )
    desk.open_notebook(name)
    desk.page.evaluate("() => window.jupyterapp.shell.collapseLeft()")
    desk.run_all()
    desk.path = path
    desk.page.locator(f"{FRONT} .nc-viewer[data-ready]").wait_for(timeout=PICTURES)
    try:
        yield desk
    finally:
        desk.clear()


def rest(desk: Any) -> None:
    desk.page.wait_for_timeout(700)


def focused(desk: Any) -> str:
    """The key of the control that has the focus in the column, else the panel's name."""
    return str(
        desk.page.evaluate(
            "() => document.activeElement.dataset.key ?? document.activeElement.dataset.panel ?? ''"
        )
    )


def scrolls(desk: Any) -> dict[str, Any]:
    """What would have to be scrolled to be seen."""
    found: dict[str, Any] = desk.page.evaluate(
        """() => { const box = (node) => node.getBoundingClientRect();
            const drill = box(document.querySelector('.nc-drill')), column = document.querySelector('.nc-column');
            const parts = [...column.querySelectorAll('button, select, input, p')].filter((node) => !node.closest('.nc-marks, .nc-told'));
            return { page: document.scrollingElement.scrollHeight > innerHeight, below: drill.bottom > innerHeight + 1, above: drill.top < -1,
                column: column.scrollHeight > column.clientHeight + 1, hidden: parts.filter((node) => box(node).bottom > drill.bottom + 1).map((node) => node.textContent) }; }"""
    )
    return found


NO_SCROLL = {"page": False, "below": False, "above": False, "column": False, "hidden": []}


def test_the_page_does_not_scroll_and_tells_nothing_before_signing(page: Any) -> None:
    page.screenshot("drill-reading")
    assert scrolls(page) == NO_SCROLL
    shown = page.page.locator(".nc-drill").inner_text()
    assert CASE.patient.history.story in shown
    told = [lesion.where for lesion in CASE.patient.lesions if lesion.where in shown]
    assert told == []
    state = json.dumps(page.ask_kernel("drill.column.get_state()['state']"))
    assert not any(place.label in state for place in places().values())
    assert page.page.locator(".nc-drill .nc-lesions li").count() == 0


def test_a_whole_case_is_read_and_signed_by_keyboard(page: Any) -> None:
    keys = page.page.keyboard
    panel = page.page.locator(f"{FRONT} [data-panel=axial]")
    panel.focus()
    for n, lesion in enumerate(CASE.targets[1:]):
        page.ask_kernel(f"setattr(drill.viewer, 'crosshair_mm', {CASE.positions[lesion.id]})")
        rest(page)
        keys.press("a")
        page.page.locator(f'[data-key="krenning {n}"]').wait_for()
        rest(page)
        assert focused(page) == f"krenning {n}"
        keys.type(str(CASE.krenning(lesion.id)))
        rest(page)
        keys.press("Tab")
        keys.type(CASE.category(lesion.id).verdict)
        rest(page)
        keys.press("Escape")
        assert focused(page) == "axial"
    keys.press("F2")
    for _ in range(40):
        if focused(page) == "overall":
            break
        keys.press("Tab")
    assert focused(page) == "overall"
    keys.type(CASE.overall)
    rest(page)
    keys.press("Tab")
    keys.type(CASE.step.verdict[:4])
    rest(page)
    keys.press("Tab")
    keys.type("sure")
    rest(page)
    page.screenshot("drill-filled")
    assert scrolls(page) == NO_SCROLL
    keys.press("Control+Enter")
    page.page.locator(".nc-worth").wait_for()
    rest(page)
    page.screenshot("drill-signed")
    assert scrolls(page) == NO_SCROLL
    found = page.ask_kernel(
        "[drill.scores[0].missed, drill.scores[0].false, len(drill.scores[0].found)]"
    )
    assert found == [[CASE.targets[0].id], [], len(CASE.targets) - 1]


def test_the_answer_stands_in_the_pictures_and_the_next_miss_is_shown(page: Any) -> None:
    told = page.page.locator(".nc-told").inner_text()
    where = CASE.targets[0].where
    assert f"{where[0].upper()}{where[1:]}" in told
    assert "Missed" in told
    kinds = page.ask_kernel("[marker.kind for marker in drill.viewer.markers]")
    assert kinds[0] == "missed"
    assert kinds.count("found") == len(CASE.targets) - 1
    assert page.ask_kernel("list(drill.viewer.crosshair_mm)") == pytest.approx(
        CASE.positions[CASE.targets[0].id]
    )


def test_enter_brings_the_next_case_which_was_made_meanwhile(page: Any) -> None:
    for _ in range(600):
        if page.ask_kernel("drill._behind is not None"):
            break
        page.page.wait_for_timeout(300)
    page.page.wait_for_timeout(4000)
    page.page.keyboard.press("Enter")
    page.page.locator(".nc-drill-head strong", has_text="Case 2").wait_for(timeout=5000)
    page.page.locator(f"{FRONT} .nc-viewer[data-ready]").wait_for(timeout=5000)
    rest(page)
    page.screenshot("drill-second")
    assert scrolls(page) == NO_SCROLL
    assert page.ask_kernel("drill.phase") == "reading"
    assert len(json.loads(Path(page.path).read_text(encoding="utf-8"))["readings"]) == 1


def test_no_serious_accessibility_problem_in_the_column(page: Any, axe: str) -> None:
    page.page.evaluate(axe)
    found = page.page.evaluate(
        "async () => (await axe.run('.nc-column')).violations.filter((v) => ['serious',"
        " 'critical'].includes(v.impact)).map((v) => `${v.id}: ${v.nodes.map((n) => n.html).join()}`)"
    )
    assert found == []


def test_a_round_in_a_lesson_waits_for_a_press_and_is_read_where_it_stands(
    new_desk: Any, tmp_path: Path
) -> None:
    desk = new_desk()
    name = desk.write_notebook(
        "round.ipynb",
        [
            "print('above\\n' * 60)",
            "from netcourse.assessment.drill import DrillLog, Drill\n"
            "from netcourse.scanner import scan\n"
            f'log = DrillLog("{tmp_path / "drill.json"}", first_seed={FIRST_SEED})\n'
            'drill = Drill(log, lambda patient: scan(patient, ("CT", "PT")), "krenning", 1)\ndrill',
        ],
    )
    desk.open_notebook(name)
    desk.page.evaluate("() => window.jupyterapp.shell.collapseLeft()")
    desk.run_all()
    start = desk.page.get_by_role("button", name="Read 1 scan")
    start.wait_for()
    assert desk.page.locator(".nc-drill .nc-viewer").count() == 0
    start.scroll_into_view_if_needed()
    desk.screenshot("round-closed")
    start.click()
    desk.page.locator(f"{FRONT} .nc-viewer[data-ready]").wait_for(timeout=PICTURES)
    rest(desk)
    desk.screenshot("round-reading")
    assert scrolls(desk) == NO_SCROLL
    for message in ("none=True", "overall='1'", "step='nothing more'", "confidence='sure'"):
        desk.ask_kernel(f"drill.fill({message})")
    desk.page.get_by_role("button", name="Sign").click()
    desk.page.locator(".nc-round").wait_for()
    assert "Your round: 0 of" in desk.page.locator(".nc-round").inner_text()
    rest(desk)
    desk.screenshot("round-signed")
    assert scrolls(desk) == NO_SCROLL
    assert desk.page.get_by_role("button", name="Another 1").count() == 1
    desk.clear()

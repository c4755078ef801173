"""Orders and decisions worked in a real browser, by mouse and by keyboard alone."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sheet_page import Sheet, opening

pytestmark = pytest.mark.browser

PAGE = Path(__file__).parents[1] / "order_and_decision.toml"
HOT, REPORT, LADDER, STAND_IN = 1, 2, 3, 4
_ORDER, _DECISION = (
    ["Your order, first on top"],
    ["Your verdict", "Tick every reason that carries it"],
)
LEGENDS = {HOT: _ORDER, REPORT: _DECISION, LADDER: _ORDER, STAND_IN: _DECISION}


@pytest.fixture(scope="module")
def worked(new_desk: Callable[..., Any]) -> Iterator[Any]:
    """One notebook with a small exercise of both kinds, side bar closed."""
    desk = new_desk()
    shutil.copy(PAGE, Path(desk.server.folder) / PAGE.name)
    desk.write_notebook(
        "kinds.ipynb", [opening(PAGE.name, "kinds/answers.json"), "exercise", "2 + 2"]
    )
    desk.open_notebook("kinds.ipynb")
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


def sort(sheet: Sheet, wanted: list[str], press: Callable[[str, str], None]) -> None:
    """Bring the entries into an order, each from where it stands up to its place."""
    for to, text in enumerate(wanted):
        for _ in range(sheet.rows().index(text) - to):
            press("up", text)
    assert sheet.rows() == wanted


def test_an_order_is_sorted_by_mouse_beside_the_pictures(sheet: Sheet) -> None:
    sheet.go(HOT)
    sheet.patient("rectum")
    texts = sheet.texts("hot")
    assert sorted(sheet.rows()) == sorted(texts.values())
    sheet.desk.screenshot("order-open")
    wanted = [texts[id] for id in sheet.key("hot")]
    # From the reverse, so that every entry moves whatever the learner's order was.
    sort(sheet, wanted[::-1], lambda word, text: sheet.button(f"Move {word}: {text}").click())
    sort(sheet, wanted, lambda word, text: sheet.button(f"Move {word}: {text}").click())
    body = sheet.root.locator(".nc-sheet-body")
    assert body.evaluate("(e) => e.scrollWidth <= e.clientWidth"), "nothing is cut off at the right"
    sheet.button("Check").click()
    sheet.root.get_by_text("Still missing: how sure you are.").wait_for()
    assert sheet.rows() == wanted, "what was sorted stays when something is missing"
    sheet.sure("fairly sure")
    assert sheet.check() == "Right: 2 of 2 points"
    assert sheet.value("hot") == sheet.key("hot")
    assert sheet.rows() == wanted
    assert not sheet.root.get_by_role("button", name="Move up").first.is_visible(), (
        "a checked order stays"
    )
    sheet.desk.screenshot("order-right")


def test_an_order_is_sorted_by_keyboard_alone_and_the_focus_stays_with_the_entry(
    sheet: Sheet,
) -> None:
    page, cells = sheet.page, sheet.desk.cells()
    sheet.go(LADDER)
    texts = sheet.texts("ladder")
    wanted = [texts[id] for id in sheet.key("ladder")][::-1]
    sheet.desk.screenshot("order-wide")
    last = sheet.rows()[-1]
    sheet.tab_to("button", f"Move up: {last}")
    for place in (4, 3, 2, 1):
        page.keyboard.press("Enter" if place % 2 else " ")
        assert sheet.said() == f"{last}: now {place} of 5."
        assert sheet.rows().index(last) == place - 1
        here = sheet.focused()
        assert here["name"] == f"Move up: {last}"
        assert here["ring"]
    page.keyboard.press("Enter")
    assert sheet.said() == f"{last} is first already."
    assert sheet.focused()["name"] == f"Move up: {last}", "at the edge the focus is not lost"
    page.keyboard.press("Tab")
    assert sheet.focused()["name"] == f"Move down: {last}"
    page.keyboard.press("Enter")
    assert sheet.said() == f"{last}: now 2 of 5."

    def press(word: str, text: str) -> None:
        sheet.go(LADDER)  # to the head of the question, from where Tab goes on
        sheet.tab_to("button", f"Move {word}: {text}")
        page.keyboard.press("Enter")

    sort(sheet, wanted, press)
    sheet.tab_to("radio", "guess")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    sheet.root.locator(".nc-feedback .nc-fb-head").wait_for()
    assert sheet.root.locator(".nc-fb-head").inner_text() == "Not right: 0 of 1 point"
    assert sheet.value("ladder") == sheet.key("ladder")[::-1]
    assert "0 of 10 pairs" in sheet.root.locator(".nc-feedback").inner_text()
    assert sheet.desk.cells() == cells, "no key of the sheet may reach the notebook"
    sheet.desk.screenshot("order-wrong")


def test_a_second_try_at_an_order_is_practice(sheet: Sheet) -> None:
    sheet.go(LADDER)
    sheet.button("Try again, for practice").click()
    assert sheet.focused()["name"].startswith("Move ")
    texts = sheet.texts("ladder")
    sort(
        sheet,
        [texts[id] for id in sheet.key("ladder")],
        lambda word, text: sheet.button(f"Move {word}: {text}").click(),
    )
    sheet.sure()
    assert sheet.check() == "Right, for practice. Your first answer counts: 0 of 1 point"


def test_a_decision_is_made_by_mouse_and_the_rule_explains_it(sheet: Sheet) -> None:
    sheet.go(REPORT)
    sheet.patient("rectum")
    sheet.button("Check").click()
    sheet.root.get_by_text(
        "Still missing: a verdict, at least one reason and how sure you are."
    ).wait_for()
    assert sheet.focused()["type"] == "radio"
    sheet.root.get_by_role("radio", name="2: above blood pool").check()
    sheet.button("Check").click()
    sheet.root.get_by_text("Still missing: at least one reason and how sure you are.").wait_for()
    assert sheet.focused()["type"] == "checkbox"
    assert sheet.value("report") is None
    sheet.root.get_by_role("checkbox", name="The patient's age").check()
    sheet.root.get_by_role("checkbox", name="How its SUVmax stands").check()
    sheet.desk.screenshot("decision-open")
    sheet.sure()
    assert sheet.check() == "Not right: 0 of 2 points"
    told = sheet.root.locator(".nc-feedback").inner_text()
    for words in (
        "Right is",
        "What carries it",
        "(not ticked)",
        "Receptors do not ask",
        "Changes management",
        "exceeds liver",
        "Would change it",
    ):
        assert words in told, words
    assert sheet.value("report") == ["2", "ladder", "age"]
    sheet.desk.screenshot("decision-wrong")
    sheet.root.locator(".nc-feedback").screenshot(
        path=sheet.desk.pictures / "decision-wrong-feedback.png"
    )


def test_a_decision_is_made_by_keyboard_alone(sheet: Sheet) -> None:
    page, cells = sheet.page, sheet.desk.cells()
    sheet.go(STAND_IN)
    verdict, *carry = sheet.key("stand_in")
    texts = sheet.texts("stand_in")
    sheet.tab_to("radio")
    page.keyboard.press(" ")
    for _ in range(4):
        if sheet.focused()["text"] == verdict:
            break
        page.keyboard.press("ArrowDown")
    for key in ("x", "a", "b", "d"):
        page.keyboard.press(key)
    assert sheet.focused()["text"] == verdict
    for id in carry:
        sheet.tab_to("checkbox", texts[id])
        page.keyboard.press(" ")
    sheet.tab_to("radio", "guess")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    sheet.root.locator(".nc-feedback .nc-fb-head").wait_for()
    assert sheet.root.locator(".nc-fb-head").inner_text() == "Right: 1 of 1 point"
    assert sheet.value("stand_in") == [verdict, *carry]
    assert sheet.desk.cells() == cells, "no key of the sheet may reach the notebook"
    sheet.desk.screenshot("decision-right")


def test_both_kinds_have_no_serious_fault_of_accessibility(sheet: Sheet, axe: str) -> None:
    sheet.page.evaluate(axe)
    for number in (HOT, REPORT, LADDER, STAND_IN):
        sheet.go(number)
        for again in (False, True):
            if again:
                sheet.button("Try again, for practice").click()
            sheet.page.wait_for_timeout(200)
            found = sheet.page.evaluate(
                "async () => (await axe.run(document.querySelector('.nc-sheet'))).violations"
            )
            serious = [
                (one["id"], one["nodes"][0]["html"])
                for one in found
                if one["impact"] in ("serious", "critical")
            ]
            assert serious == [], f"question {number}, {'open' if again else 'answered'}"
        legends = sheet.root.locator("form fieldset").evaluate_all(
            "(sets) => sets.map((set) => set.querySelector('legend')?.textContent)"
        )
        assert legends == [*LEGENDS[number], "How sure are you? Right how often"], (
            "every group says what it is"
        )
    sheet.button("Overview").click()
    sheet.desk.screenshot("kinds-overview")


def test_orders_and_decisions_are_in_the_file_and_back_after_a_restart(sheet: Sheet) -> None:
    path = Path(sheet.desk.server.folder) / "kinds" / "answers.json"
    kept = {
        answer["item"]: answer["value"]
        for answer in json.loads(path.read_text(encoding="utf-8"))["answers"]
    }
    assert kept["report"] == ["2", "ladder", "age"]
    before, order = sheet.desk.ask_kernel("repr(exercise)"), kept["hot"]
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
    again.go(HOT)
    again.root.locator(".nc-feedback").wait_for()
    texts = again.texts("hot")
    assert again.rows() == [texts[id] for id in order]
    again.go(REPORT)
    assert again.root.get_by_role("radio", name="2: above blood pool").is_checked()
    assert again.root.get_by_role("checkbox", name="The patient's age").is_checked()
    assert not again.root.get_by_role("checkbox", name="It is hotter than the liver").is_checked()

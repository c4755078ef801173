"""The answer sheet in a real browser, driven as a learner drives it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

SEED = 7
PICTURES = 90_000


def opening(page: str, answers: str) -> str:
    """The cell that opens an exercise as `exercise`, for the learner of SEED."""
    return (
        "from netcourse.assessment import StoredAnswers, open_exercise\n"
        f'exercise = open_exercise("{page}", StoredAnswers("{answers}", course_seed={SEED}))'
    )


class Sheet:
    """The answer sheet of the open notebook, as a learner uses it."""

    def __init__(self, desk: Any) -> None:
        self.desk, self.page = desk, desk.page
        self.root = self.page.locator(".nc-sheet")
        self.root.wait_for()

    def button(self, name: str, exact: bool = True) -> Any:
        return self.root.get_by_role("button", name=name, exact=exact)

    def go(self, number: int) -> None:
        self.root.get_by_role("navigation").get_by_role(
            "button", name=f"Question {number},"
        ).click()
        self.root.get_by_text(f"{number}. ").first.wait_for()

    def sure(self, word: str = "sure") -> None:
        self.root.locator(".nc-sure").get_by_role("radio").nth(
            ["guess", "fairly sure", "sure"].index(word)
        ).check()

    def check(self) -> str:
        """Check the answer and return the headline of the feedback."""
        self.button("Check").click()
        head = self.root.locator(".nc-feedback .nc-fb-head")
        head.wait_for()
        return str(head.inner_text())

    def value(self, item: str) -> Any:
        """The answer that Python holds."""
        return self.desk.ask_kernel(f"exercise.result['{item}'].value")

    def pictures(self) -> None:
        self.page.locator(".nc-viewer[data-ready]").wait_for(timeout=PICTURES)
        self.page.locator(".nc-busy").wait_for(state="hidden", timeout=PICTURES)

    def patient(self, case: str) -> None:
        """Wait until the pictures of that case are shown."""
        deadline = time.monotonic() + PICTURES / 1000
        while self.desk.ask_kernel("exercise.pictures._case") != case:
            assert time.monotonic() < deadline, f"the pictures of {case} never came"
            self.page.wait_for_timeout(200)
        self.pictures()

    def focused(self) -> dict[str, Any]:
        """What has the focus: its type, words and name, whether it lies in the sheet and whether
        that can be seen.
        """
        found: dict[str, Any] = self.page.evaluate(
            """() => { const e = document.activeElement, near = e.closest('.nc-option') ?? e, style = getComputedStyle(near);
                return { type: e.type ?? '', text: (e.closest('label') ?? e).textContent.trim(), name: e.getAttribute('aria-label') ?? '',
                    inside: !!e.closest('.nc-sheet'), ring: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2 }; }"""
        )
        return found

    def tab_to(self, kind: str, text: str = "") -> None:
        """Press Tab until a control of that type with that text has the focus."""
        for _ in range(40):
            self.page.keyboard.press("Tab")
            here = self.focused()
            if here["type"] == kind and (text in here["text"] or text in here["name"]):
                assert here["ring"], f"the focus on {text or kind} must be seen"
                return
        raise AssertionError(f"Tab never came to {kind} {text}")

    def key(self, item: str) -> list[str]:
        """The right answer, as Python knows it."""
        asked = f"exercise.session.exercise.item('{item}')"
        found: list[str] = self.desk.ask_kernel(
            f"{asked}.key(exercise.session.truth({asked})).value"
        )
        return found

    def texts(self, item: str) -> dict[str, str]:
        """The texts of an item's options, by their ids."""
        asked = f"exercise.session.exercise.item('{item}')"
        ids = f"[o.id for o in {asked}.all_options]"
        found: dict[str, str] = self.desk.ask_kernel(
            f"{{id: {asked}.text_of(id, exercise.session.truth({asked})) for id in {ids}}}"
        )
        return found

    def rows(self) -> list[str]:
        """The entries of an order, from the top."""
        found: list[str] = self.root.locator(".nc-order-text").all_inner_texts()
        return found

    def said(self) -> str:
        """What a screen reader was told last."""
        return str(self.root.locator(".nc-said").inner_text())


@contextmanager
def exercise_sheet(new_desk: Callable[..., Any], name: str, page: str) -> Iterator[Sheet]:
    """Open an exercise in a notebook of that name, side bar closed, on a desk of its own that is
    cleared away afterwards.
    """
    desk = new_desk()
    desk.write_notebook(f"{name}.ipynb", [opening(page, f"{name}/answers.json"), "exercise"])
    desk.open_notebook(f"{name}.ipynb")
    desk.page.keyboard.press("Control+b")
    desk.run_all()
    try:
        yield Sheet(desk)
    finally:
        desk.clear()

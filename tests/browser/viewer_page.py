"""What a reader does with one viewer on a page: look, scroll, click, drag, press, measure."""

from __future__ import annotations

import re
from typing import Any

from netcourse.reading.viewer.voi import VoiMeasurement, digits

SETUP = """
from phantom import phantom_study
from netcourse.reading import Viewer, Marker
study = phantom_study()
"""


class Reading:
    """One viewer on a page, and what a reader does with it."""

    def __init__(self, desk: Any, root: Any) -> None:
        self.desk, self.page, self.root = desk, desk.page, root
        root.and_(desk.page.locator("[data-ready]")).wait_for(timeout=20_000)

    def panel(self, name: str) -> Any:
        return self.root.locator(f"[data-panel={name}]")

    def label(self, name: str = "axial") -> str:
        return str(self.panel(name).locator("canvas").get_attribute("aria-label"))

    def slice(self, name: str = "axial") -> int:
        found = re.search(r"slice (\d+) of", self.label(name))
        assert found, self.label(name)
        return int(found[1])

    def pixels(self, name: str = "axial") -> str:
        self.settle()
        return str(self.panel(name).locator("canvas").evaluate("canvas => canvas.toDataURL()"))

    def pixel(self, name: str, x: float, y: float) -> list[int]:
        """Red, green and blue at a place of a panel, css pixels."""
        self.settle()
        script = """(c, [x, y]) => { const r = c.width / c.clientWidth;
            return [...c.getContext('2d').getImageData(x * r, y * r, 1, 1).data].slice(0, 3) }"""
        return list(self.panel(name).locator("canvas").evaluate(script, [x, y]))

    def settle(self) -> None:
        """Wait until what was asked has been drawn."""
        self.page.evaluate(
            "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
        )

    def size(self, name: str) -> tuple[float, float]:
        box = self.panel(name).locator("canvas").bounding_box()
        return box["width"], box["height"]

    def at(self, name: str, x: float, y: float) -> tuple[float, float]:
        """Page position of a share (0–1, 0–1) of a panel."""
        box = self.panel(name).locator("canvas").bounding_box()
        return box["x"] + x * box["width"], box["y"] + y * box["height"]

    def click(self, name: str, x: float, y: float, **how: Any) -> None:
        self.page.mouse.click(*self.at(name, x, y), **how)
        self.settle()

    def hover(self, name: str, x: float, y: float) -> None:
        self.page.mouse.move(*self.at(name, x, y))
        self.settle()

    def drag(
        self, name: str, start: tuple[float, float], end: tuple[float, float], button: str = "left"
    ) -> None:
        self.page.mouse.move(*self.at(name, *start))
        self.page.mouse.down(button=button)
        self.page.mouse.move(*self.at(name, *end), steps=8)
        self.page.mouse.up(button=button)
        self.settle()

    def press(self, *keys: str, on: str | None = None) -> None:
        if on:
            self.panel(on).focus()
        for key in keys:
            self.page.keyboard.press(key)
        self.settle()

    def place(self, name: str, point: tuple[float, float, float]) -> tuple[float, float]:
        """Where a point of the phantom must lie on an unzoomed axial panel, as shares: the whole
        432 × 288 mm fit in.
        """
        assert name.startswith("axial")
        width, height = self.size(name)
        scale = min(width / 432, height / 288)
        return 0.5 + (point[2] - 216) * scale / width, 0.5 + (point[1] - 144) * scale / height

    def probe(self) -> dict[str, float]:
        text = str(self.root.locator(".nc-probe").text_content())
        return {
            name: float(value)
            for name, value in re.findall(r"(HU|Signal|SUV|x|y|z) (-?[\d.]+)", text)
        }

    def results(self) -> dict[str, str]:
        self.settle()
        rows = self.root.locator(".nc-results > div")
        return {
            row.locator("dt").text_content(): row.locator("dd").text_content() for row in rows.all()
        }

    def choose(self, name: str, option: str) -> None:
        """Choose from one of the lists by what it says."""
        self.root.get_by_role("combobox", name=name, exact=True).select_option(label=option)
        self.settle()

    def chosen(self, name: str) -> str:
        """What a list shows."""
        return str(
            self.root.get_by_role("combobox", name=name, exact=True).evaluate(
                "list => list.selectedOptions[0]?.textContent ?? ''"
            )
        )

    def state(self, expression: str) -> Any:
        """What Python knows, once the browser has told it."""
        self.rest()
        return self.desk.ask_kernel(expression)

    def rest(self) -> None:
        """Wait until the browser has told Python the last change."""
        self.page.wait_for_timeout(350)

    def start_over(self) -> None:
        self.page.mouse.move(5, 5)
        self.press("Escape", "Escape", "Shift+A", "Shift+V", "c", "f", "r", on="axial")
        self.root.get_by_role("button", name="Go to 1, L1").click()
        self.panel("axial").focus()
        self.settle()


def as_shown(found: VoiMeasurement) -> dict[str, str]:
    """The rows of results that the viewer must show."""
    rows = {
        "SUVmax": digits(found.suv_max, 1),
        "SUVmean": digits(found.suv_mean, 1),
        "SUVpeak": digits(found.suv_peak, 1),
    }
    for name, mean, sd in (
        ("HU", found.hu_mean, found.hu_sd),
        ("Signal", found.signal_mean, found.signal_sd),
    ):
        if mean is not None:
            rows[name] = f"{digits(mean, 0)} ± {digits(sd, 0)}"
    return rows | {"Volume": f"{digits(found.volume_ml, 2)} mL"}

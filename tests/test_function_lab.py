"""A lab that an instructor writes as a function: parameters in, a figure and a sentence out."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from driving import turn

import netcourse as nc

CONTRIBUTING = Path(__file__).parents[1] / "CONTRIBUTING.md"


def written() -> dict[str, Any]:
    """Run the lab that the handbook for authors shows."""
    chapter = CONTRIBUTING.read_text(encoding="utf-8").split("## Write a lab")[1]
    code = re.search(r"```python\n(.*?)```", chapter, re.S)
    assert code
    assert sum(bool(line.strip()) for line in code[1].splitlines()) <= 15
    names: dict[str, Any] = {}
    exec(code[1], names)
    return names


def test_the_lab_that_the_authors_page_shows_works_as_it_stands() -> None:
    lab = written()["waiting"]
    assert repr(lab) == "Lab Wait for the scan: 68Ga: after 60 min 54 % of the activity is left."
    turn(lab, nuclide="18F", minutes=110)
    assert lab.model.result == "18F: after 110 min 50 % of the activity is left."
    picture = lab._repr_mimebundle_()[0]["image/svg+xml"]
    assert "data:image/png;base64," in picture
    assert "SYNTHETIC" in picture
    assert lab.tried(minutes=0) == "18F: after 0 min 100 % of the activity is left."
    assert lab.model.values["minutes"] == 110


def test_each_setting_is_drawn_once() -> None:
    drawn = []

    @nc.lab("Count", number=nc.Range("Number", 1, 0, 9, 1))
    def count(number: float) -> tuple[Any, str]:
        drawn.append(number)
        return nc.plot_axes()[0], f"{number:g}"

    turn(count, number=2)
    turn(count, number=2)
    assert drawn == [1, 2]


def test_a_choice_begins_with_its_first_option_and_refuses_others() -> None:
    @nc.lab("Spot", spot=nc.Choice("VOI", ("free", "half", "on")))
    def where(spot: str) -> tuple[Any, str]:
        return nc.plot_axes()[0], f"VOI {spot}"

    assert where.model.result == "VOI free"
    with pytest.raises(ValueError, match="one of free, half, on"):
        where.model.set(spot="left")


def test_a_function_that_does_not_fit_is_refused_with_what_to_do() -> None:
    with pytest.raises(TypeError, match="takes other, the lab gives it number"):

        @nc.lab("Misnamed", number=nc.Range("Number", 1, 0, 9, 1))
        def misnamed(other: float) -> tuple[Any, str]:
            raise AssertionError

    with pytest.raises(TypeError, match="returns a matplotlib figure and a sentence"):

        @nc.lab("Wordless", number=nc.Range("Number", 1, 0, 9, 1))
        def wordless(number: float) -> Any:
            return nc.plot_axes()[0]


def test_the_picture_has_the_look_of_the_course_and_asks_before_it_shows() -> None:
    @nc.lab(
        "Asked",
        number=nc.Range("Number", 1, 0, 9, 1),
        ask=nc.Question("Which?", ("2", "3"), "3", then={"number": 3}),
    )
    def asked(number: float) -> tuple[Any, str]:
        figure, plot = nc.plot_axes("x", "y")
        plot.plot([0, number])
        return figure, f"It is {number:g}."

    figure, _ = asked.model._shown
    assert not figure.axes[0].spines["top"].get_visible()
    assert "It is 1." not in asked._repr_mimebundle_()[0]["image/svg+xml"]
    asked.predict("2")
    assert asked.model.result == "It is 3."

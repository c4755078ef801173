"""The notebooks as files: executed, compared, light, hidden code, and prose whose numbers come from
evidence.
"""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import nbformat
import pytest
from renew_notebooks import WIDGET, canonical, notebooks

MEGABYTE = 1_000_000
FEWEST_COMPARED = 5
LONGEST_CELL = 10
IMAGES = ("image/png", "image/svg+xml")


def read(path: Path) -> Any:
    return nbformat.read(path, as_version=4)


def code(notebook: Any) -> list[Any]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def compared(cell: Any) -> bool:
    """Whether strict nbval has text to compare in this cell."""
    return any(
        output.get("text") or "text/plain" in output.get("data", {}) for output in cell.outputs
    )


def in_words(path: Path) -> str:
    return f"{path.parent.name}-{path.stem}"


every_notebook = pytest.mark.parametrize("path", notebooks(), ids=in_words)


def test_start_lesson_and_exercise_are_there() -> None:
    assert {in_words(path) for path in notebooks()} >= {
        "notebooks-00_start",
        "notebooks-03_krenning",
        "exercises-03_krenning",
    }


@every_notebook
def test_a_notebook_is_stored_as_it_ran_from_top_to_bottom(path: Path) -> None:
    cells = code(read(path))
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert not [
        output for cell in cells for output in cell.outputs if output.output_type == "error"
    ]


@every_notebook
def test_nbval_has_something_to_compare(path: Path) -> None:
    assert sum(compared(cell) for cell in code(read(path))) >= FEWEST_COMPARED


@every_notebook
def test_a_notebook_holds_pictures_instead_of_widgets_and_nothing_of_the_machine(
    path: Path,
) -> None:
    notebook = read(path)
    assert nbformat.writes(canonical(read(path))) == nbformat.writes(notebook)
    assert WIDGET not in path.read_text(encoding="utf-8")
    assert path.stat().st_size < MEGABYTE


@every_notebook
def test_code_is_hidden_and_short(path: Path) -> None:
    for cell in code(read(path)):
        assert cell.metadata.jupyter.source_hidden
        assert len(cell.source.splitlines()) <= LONGEST_CELL, cell.source
        assert cell.source.strip(), "an empty cell"


@every_notebook
def test_prose_holds_no_clinical_number(path: Path) -> None:
    """Numbers with a unit come from evidence through a cell, so that they cannot drift from it."""
    prose = "\n".join(cell.source for cell in read(path).cells if cell.cell_type == "markdown")
    assert re.findall(r"\d+(?:\.\d+)?\s*(?:%|mm|cm|HU|SUV|MBq|mSv|weeks|days)\b", prose) == []


@every_notebook
def test_every_link_between_pages_leads_somewhere(path: Path) -> None:
    prose = "\n".join(cell.source for cell in read(path).cells if cell.cell_type == "markdown")
    links = re.findall(r"\]\(([^)#]+)\)", prose)
    assert links
    assert [link for link in links if not (path.parent / link).is_file()] == []


@every_notebook
def test_a_page_says_that_it_is_synthetic_and_not_for_patient_care(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "not for patient care" in text
    if path.parent.name == "notebooks":
        assert "SYNTHETIC" in text


@every_notebook
def test_without_a_kernel_a_lesson_still_shows_its_pictures(path: Path) -> None:
    pictures = [
        output
        for cell in code(read(path))
        for output in cell.outputs
        if set(IMAGES) & set(output.get("data", {}))
    ]
    if path.parent.name == "notebooks":
        assert len(pictures) >= 2
    for output in pictures:
        assert output.data["text/plain"]


@every_notebook
def test_answers_to_a_question_of_the_prose_stand_folded(path: Path) -> None:
    """The verdict tables below a question are opened by who has decided."""
    cells, opening = read(path).cells, ("lessons.prrt.five_answers(", "lessons.prrt.reasons(")
    for asked, cell in pairwise(cells):
        if asked.source.rstrip().endswith(("?", "read on.")) and any(
            call in cell.source for call in opening
        ):
            (told,) = (output["data"]["text/html"] for output in cell.outputs)
            assert told.startswith("<details>"), cell.source


def test_a_notebook_without_outputs_would_be_seen() -> None:
    """nbval passes a notebook that was stripped; these guards do not."""
    notebook = read(notebooks()[-1])
    for cell in code(notebook):
        cell.outputs, cell.execution_count = [], None
    assert sum(compared(cell) for cell in code(notebook)) < FEWEST_COMPARED

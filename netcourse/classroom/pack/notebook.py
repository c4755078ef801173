"""The notebook in which a learner opens a graded pack."""

from __future__ import annotations

import json

START = "START.ipynb"

_HOW = """# {title}

A graded set. This notebook, the zip of your variant and your ticket must lie in one folder, as they do where you were given one zip and unpacked
it. Press *Run* ▸ *Run All Cells*.
Every answer is kept at once in a file beside this notebook, whose name begins with `answers-`: hand that file in. For education, not for
patient care; all patients are synthetic."""
_OPEN = """# Open the questions
from netcourse.assessment import open_pack

open_pack()"""
_END = """## When the code is told

Write the code between the quotation marks and run the cell: the key opens, and every answer is explained."""
_REVEAL = """# Open the key
from netcourse.assessment import reveal

code = ""
reveal(code) if code else "The code is told at the end.\""""


def start_notebook(title: str) -> str:
    """Return the notebook as JSON text.

    >>> "open_pack()" in start_notebook("Scores")
    True
    """
    sources = [
        ("markdown", _HOW.format(title=title)),
        ("code", _OPEN),
        ("markdown", _END),
        ("code", _REVEAL),
    ]
    cells: list[dict[str, object]] = [
        {"cell_type": kind, "id": f"cell-{n:02d}", "metadata": {}, "source": source}
        | ({"execution_count": None, "outputs": []} if kind == "code" else {})
        for n, (kind, source) in enumerate(sources)
    ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return json.dumps(
        {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5},
        indent=1,
    )

"""Run the course's notebooks from top to bottom and store what they show: `python
tests/renew_notebooks.py [PATH …]`.

Text and pictures are kept. Widgets and their state are taken out: a page without a kernel shows the
pictures instead.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[1]
KEPT = {"deletable": False, "editable": False}  # no stray key cuts a page to pieces
WIDGET = "application/vnd.jupyter.widget-view+json"


def notebooks() -> list[Path]:
    """Return every notebook of the course."""
    return sorted(
        path for part in ("notebooks", "exercises") for path in (ROOT / part).glob("*.ipynb")
    )


def canonical(notebook: Any) -> Any:
    """Return the notebook as it is stored: counted from 1, without widgets, times and machine."""
    notebook.metadata = {
        "kernelspec": {
            "display_name": "Python 3 (ipykernel)",
            "language": "python",
            "name": "python3",
        },
        "language_info": {"name": "python"},
    }
    count = 0
    for cell in notebook.cells:
        cell.metadata = nbformat.from_dict(KEPT)
        if cell.cell_type != "code":
            continue
        count += 1
        cell.execution_count = count
        cell.metadata |= {"jupyter": {"source_hidden": True}, "tags": ["hide-input"]}
        cell.outputs = list(_joined(cell.outputs))
        for output in cell.outputs:
            output.get("data", {}).pop(WIDGET, None)
            if output.output_type == "execute_result":
                output.execution_count = count
            if "metadata" in output:
                output.metadata = {
                    kind: told
                    for kind, told in output.metadata.items()
                    if kind in output.get("data", {})
                }
    return notebook


def _joined(outputs: list[Any]) -> Iterator[Any]:
    """Join what was printed in pieces: where the pieces part depends on the clock."""
    for name, group in groupby(outputs, key=lambda output: output.get("name")):
        first, *rest = group
        if name is None:
            yield from (first, *rest)
        else:
            first.text += "".join(piece.text for piece in rest)
            yield first


def renew(path: Path) -> None:
    """Run one notebook and store it."""
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(
        notebook,
        timeout=600,
        kernel_name="python3",
        resources={"metadata": {"path": str(path.parent)}},
    ).execute()
    nbformat.write(canonical(notebook), path)


def main(paths: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for path in [Path(p) for p in paths] or notebooks():
            os.environ["NETCOURSE_ANSWERS"] = str(Path(folder) / path.parent.name / "answers.json")
            renew(path)
            print(f"{path}: renewed, {path.stat().st_size // 1000} kB")


if __name__ == "__main__":
    main(sys.argv[1:])

"""Every statement of the course is used where it is taught and would be missed: the two-way
register of DESIGN.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest

from netcourse.evidence import figure as figure_of
from netcourse.evidence import figures, statements

ROOT = Path(__file__).resolve().parents[1]
QUOTED = re.compile(r"""["']([A-Z]{1,3}\d{1,2})["']""")


def taught() -> set[str]:
    """Ids that the package's code or the tables of its rules apply, or a lesson says."""
    code = [path.read_text(encoding="utf-8") for path in (ROOT / "netcourse").rglob("*.py")]
    code += [
        path.read_text(encoding="utf-8")
        for path in (ROOT / "netcourse" / "decisions").rglob("*.toml")
    ]  # rules as data
    code.append(
        (ROOT / "netcourse" / "evidence" / "tracers.toml").read_text(encoding="utf-8")
    )  # what the tables of lesson 02 say
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        code += [
            cell.source
            for cell in nbformat.read(path, as_version=4).cells
            if cell.cell_type == "code"
        ]
    found = {id for text in code for id in QUOTED.findall(text)}
    return found | {
        f"K{kind}{score}" for kind in "CN" for score in range(5)
    }  # the card makes these ids itself


def asked() -> set[str]:
    """Ids that an exercise item cites."""
    items = (
        item
        for path in (ROOT / "exercises").glob("*.toml")
        for item in tomllib.loads(path.read_text(encoding="utf-8"))["items"]
    )
    return {id for item in items for id in item.get("evidence", ())}


def covered() -> Iterator[str]:
    """Ids that a test claims by `pytest.mark.covers`."""
    for path in (ROOT / "tests").rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr == "covers"
            ):
                yield from (
                    arg.value
                    for arg in node.args
                    if isinstance(arg, ast.Constant) and isinstance(arg.value, str)
                )


def test_every_statement_is_taught_and_would_be_missed() -> None:
    tested, questioned = set(covered()), asked()
    rows = [
        (id, id in taught_ids, id in questioned, id in tested)
        for taught_ids in [taught()]
        for id in statements()
    ]
    print("\nstatement  taught  asked  tested")
    for id, *marks in rows:
        print(f"{id:10} " + "".join(f"{'yes' if mark else '-':7}" for mark in marks))
    assert [id for id, used, *_ in rows if not used] == []
    assert [id for id, _, question, test in rows if not (question or test)] == []


@pytest.mark.parametrize("claimed", [covered, asked])
def test_no_test_or_question_claims_what_evidence_does_not_hold(claimed: object) -> None:
    for id in set(claimed()):  # type: ignore[operator]
        if id not in statements() and not figures(id):
            figure_of(id)


def test_the_card_really_makes_its_ids() -> None:
    from netcourse.reading.lessons.krenning import krenning_card

    assert all(
        statements()[f"K{kind}{score}"].in_words in krenning_card().plain
        for kind in "CN"
        for score in range(5)
    )

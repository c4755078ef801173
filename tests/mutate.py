"""Change the rules at one point and see whether a test notices: `python tests/mutate.py [--number N]
[--seed S] [--part decisions/prrt]`.

Each mutant is a copy of the package in a folder of its own with one comparison, connective, effect,
status or weight turned. Survivors are listed with file, line and change; the exit code is 1 when
fewer than the wanted share is killed. Run nightly, since a mutant costs a run of the tests.
"""

from __future__ import annotations

import argparse
import ast
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from netcourse.simulation.proportion import Proportion

ROOT = Path(__file__).resolve().parents[1]
TESTS = (
    "test_golden.py",
    "test_rulebooks.py",
    "test_prrt.py",
    "test_prrt_limits.py",
    "test_sstr_rads.py",
    "test_krenning.py",
    "test_heterogeneity.py",
    "test_two_tracers.py",
    "test_tracer.py",
    "test_followup.py",
    "test_response.py",
    "test_ct.py",
    "test_ct_protocol.py",
    "test_board.py",
    "test_truth.py",
    "test_missing_topics.py",
    "test_next_step.py",
    "test_tracer_data.py",
    "test_tracer_keys.py",
    "test_prrt_keys.py",
    "test_two_tracer_keys.py",
)
FIRST = {
    "board": ("test_board.py",),
    "ct": ("test_ct_protocol.py", "test_ct.py"),
    "heterogeneity": ("test_two_tracers.py", "test_heterogeneity.py"),
    "prrt": (
        "test_prrt_limits.py",
        "test_golden.py",
        "test_prrt.py",
        "test_rulebooks.py",
        "test_response.py",
    ),
    "somatostatin": ("test_krenning.py", "test_sstr_rads.py"),
    "tracer": ("test_tracer.py", "test_followup.py"),
}
"""The tests that are likely to notice a mutant of a topic: they run before the others."""
COMPARE: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
NAMED = {
    ("Effect", "STOP"): "BOARD",
    ("Effect", "BOARD"): "STOP",
    ("Effect", "DELAY"): "BOARD",
    ("Effect", "NO_REASON"): "STOP",
    ("Effect", "TISSUE"): "DELAY",
    ("Status", "MET"): "NOT_MET",
    ("Status", "NOT_MET"): "MET",
    ("Status", "UNKNOWN"): "NOT_MET",
    ("Weight", "ABSOLUTE"): "RELATIVE",
    ("Weight", "RELATIVE"): "ABSOLUTE",
    ("Weight", "DEFER"): "RELATIVE",
}


def points(tree: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    """Yield every place that can be turned, and in words how."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in COMPARE:
            new = COMPARE[type(node.ops[0])]
            yield node, f"{type(node.ops[0]).__name__} to {new.__name__}"
        elif isinstance(node, ast.BoolOp):
            yield node, "and to or" if isinstance(node.op, ast.And) else "or to and"
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            yield node, "not taken away"
        elif (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and (node.value.id, node.attr) in NAMED
        ):
            turned = NAMED[node.value.id, node.attr]
            yield node, f"{node.value.id}.{node.attr} to {turned}"


def turn(node: ast.AST) -> None:
    """Turn a place round."""
    if isinstance(node, ast.Compare):
        node.ops = [COMPARE[type(node.ops[0])]()]
    elif isinstance(node, ast.BoolOp):
        node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
    elif isinstance(node, ast.UnaryOp):
        node.op = ast.UAdd()
        node.operand = ast.Call(ast.Name("bool", ast.Load()), [node.operand], [])
    elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        node.attr = NAMED[node.value.id, node.attr]


def killed(file: Path, number: int) -> tuple[bool, int, str]:
    """Run the tests on a copy of the package with one place of a file turned."""
    with tempfile.TemporaryDirectory(prefix="mutant-") as place:
        home = Path(place)
        shutil.copytree(ROOT / "netcourse", home / "netcourse")
        for name in ("tests", "exercises", "notebooks", "pyproject.toml"):
            (home / name).symlink_to(ROOT / name)
        target = home / file.relative_to(ROOT)
        tree = ast.parse(target.read_text(encoding="utf-8"))
        node, words = list(points(tree))[number]
        line = getattr(node, "lineno", 0)
        turn(node)
        target.write_text(ast.unparse(ast.fix_missing_locations(tree)), encoding="utf-8")
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider"]
        first = FIRST.get(file.parent.name, ())
        command += [str(home / "tests" / name) for name in dict.fromkeys((*first, *TESTS))]
        command.append(str(home / "netcourse" / "decisions"))  # the examples of the docstrings
        ran = subprocess.run(
            command,
            cwd=home,
            env=os.environ | {"PYTHONPATH": str(home)},
            capture_output=True,
            check=False,
        )
        return ran.returncode != 0, line, words


def main() -> int:
    """Draw mutants, run them, list those that nobody noticed."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--number", type=int, default=40)
    asked.add_argument("--seed", type=int, default=0)
    asked.add_argument("--part", default="decisions")
    asked.add_argument("--wanted", type=float, default=0.95)
    options = asked.parse_args()
    files = sorted((ROOT / "netcourse" / options.part).rglob("*.py"))
    every = [
        (file, number)
        for file in files
        for number, _ in enumerate(points(ast.parse(file.read_text(encoding="utf-8"))))
    ]
    drawn = random.Random(options.seed).sample(every, min(options.number, len(every)))
    survivors = 0
    for file, number in drawn:
        dead, line, words = killed(file, number)
        survivors += not dead
        print(
            f"{'killed' if dead else 'ALIVE '} {file.relative_to(ROOT)}:{line} {words}", flush=True
        )
    killed_ones = Proportion(len(drawn) - survivors, len(drawn))
    share, (low, high) = killed_ones.value, killed_ones.interval
    print(
        f"{len(drawn)} of {len(every)} mutants, {share:.0%} killed (95 %: {low:.0%} to {high:.0%})"
    )
    return 0 if share >= options.wanted else 1


if __name__ == "__main__":
    sys.exit(main())

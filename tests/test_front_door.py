"""`import netcourse as nc`: what a notebook needs, by name, and nothing loaded before it is used."""

from __future__ import annotations

import doctest
import subprocess
import sys
from pathlib import Path

import pytest

import netcourse as nc

ROOT = Path(__file__).parents[1]
HEAVY = {"numpy", "matplotlib", "ipywidgets", "anywidget", "IPython", "jupyterlab", "pydantic"}


def test_every_name_of_the_front_door_opens() -> None:
    assert set(dir(nc)) == set(nc.__all__)
    assert len(nc.__all__) <= 40
    for name in nc.__all__:
        assert getattr(nc, name) is not None


@pytest.mark.parametrize("room", ["decisions", "lessons"])
def test_the_topics_of_a_room_open_behind_it(room: str) -> None:
    module = getattr(nc, room)
    for topic in module.__all__:
        assert getattr(module, topic).__name__ == f"{module.__name__}.{topic}"
    with pytest.raises(AttributeError, match="no attribute 'absent'"):
        _ = module.absent


def test_nothing_is_loaded_before_it_is_used() -> None:
    code = "import netcourse as nc, sys; dir(nc); print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert not HEAVY & set(done.stdout.split())


@pytest.mark.parametrize(("paper", "examples"), [("README.md", 8), ("docs/tutorial.md", 14)])
def test_a_papers_examples_print_what_it_says(paper: str, examples: int) -> None:
    assert doctest.testfile(str(ROOT / paper), module_relative=False) == (0, examples)

"""Patient and exercise pages from strangers: each one plain error, and no page costs more than its
own size.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from netcourse.assessment import ExerciseError, load_exercise
from netcourse.cli import app
from netcourse.patients import archetypes
from netcourse.patients import generator as patients
from netcourse.patients.toml_file import DEEPEST, LARGEST, LONGEST, parse_toml, read_toml

CASE = Path(patients.__file__).parent / "archetypes" / f"{next(iter(archetypes()))}.toml"


def case(tmp_path: Path, story: str = "", before: bytes = b"", title: str = "") -> Path:
    text = CASE.read_text(encoding="utf-8")
    lines = [
        f'story = "{story}"'
        if story and line.startswith("story")
        else f'title = "{title}"'
        if title and line.startswith("title")
        else line
        for line in text.splitlines()
    ]
    path = tmp_path / "theirs.toml"
    path.write_bytes(before + "\n".join(lines).encode())
    return path


def explained(path: Path) -> str:
    done = CliRunner().invoke(app, ["explain", str(path)])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    assert done.exit_code == 1
    return done.stderr


@pytest.mark.parametrize("story", ["{0} {nope}", "{age:>2000000000}", "{age.__class__}", "{}"])
def test_a_story_is_filled_by_name_alone(tmp_path: Path, story: str) -> None:
    told = explained(case(tmp_path, story=story))
    assert "cannot be filled in; allowed are {age} and {person}" in told


def test_a_mark_at_the_beginning_of_the_file_is_no_mistake(tmp_path: Path) -> None:
    path = case(tmp_path, before=b"\xef\xbb\xbf")
    assert CliRunner().invoke(app, ["explain", str(path)]).exit_code == 0


def test_control_characters_are_refused_and_markup_is_shown_as_it_stands(tmp_path: Path) -> None:
    told = explained(case(tmp_path, title=r"\u001b[31mred"))
    assert "title: holds control characters" in told
    assert "\x1b[31mred" not in told
    done = CliRunner().invoke(app, ["explain", str(case(tmp_path, title="[red]x[/red]"))])
    assert "[red]x[/red]" in done.stdout


@pytest.mark.parametrize(
    "deep",
    [
        "x = " + "[" * 5000 + "]" * 5000,
        "x = " + "{a = " * 400 + "1" + "}" * 400,
        ".".join(["a"] * 5000) + " = 1",
        "[" + ".".join(["a"] * 5000) + "]",
    ],
)
def test_a_page_that_is_nested_too_deep_is_refused_as_patient_and_as_exercise(
    tmp_path: Path, deep: str
) -> None:
    path = tmp_path / "deep.toml"
    path.write_text(deep, encoding="utf-8")
    assert "nested too deep" in explained(path)
    with pytest.raises(ExerciseError, match="nested too deep"):
        load_exercise(path)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"x = {'9' * 5000}", "cannot be read as TOML"),
        (f'x = "{"a" * (LONGEST + 1)}"', "at most"),
        ('"\\u0007" = 1', "a name: holds control characters"),
        ("#" * (LARGEST + 1), "has more than 1 MB"),
    ],
)
def test_numbers_texts_and_sizes_have_their_limits(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "odd.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=told):
        read_toml(path)
    assert told in explained(path)


def test_the_courses_own_pages_are_far_from_the_limits() -> None:
    deepest = parse_toml(("x = " + "[" * DEEPEST + "]" * DEEPEST).encode())
    assert deepest
    for page in CASE.parent.glob("*.toml"):
        assert read_toml(page)


@pytest.mark.skipif(sys.platform == "win32", reason="the system knows no such limit")
def test_where_a_file_cannot_be_written_whole_the_command_names_it(tmp_path: Path) -> None:
    code = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000)); from"
        " netcourse.cli import app; app()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "start", str(tmp_path / "course"), "--lay-out-only"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert f"{tmp_path / 'course'}" in done.stderr
    assert ".tmp" not in done.stderr

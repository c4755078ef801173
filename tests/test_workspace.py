"""The learner's folder: what a learner made is never overwritten, the rest follows the course."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netcourse.course.workspace import (
    HIDDEN,
    LaidOut,
    course_files,
    course_source,
    default_folder,
    fingerprint,
    is_course_page,
    lay_out,
)

LESSON, EXERCISE = "notebooks/03_krenning.ipynb", "exercises/03_krenning.toml"


def notebook(*sources: str, outputs: int = 0) -> bytes:
    cells = [
        {
            "cell_type": "code",
            "source": text,
            "metadata": {},
            "outputs": [{"output_type": "stream"}] * outputs,
            "execution_count": outputs,
        }
        for text in sources
    ]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()


def write(root: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    return root


@pytest.fixture
def course(tmp_path: Path) -> Path:
    return write(tmp_path / "course", {LESSON: notebook("look"), EXERCISE: b"version = 1"})


@pytest.fixture
def folder(tmp_path: Path, course: Path) -> Path:
    lay_out(tmp_path / "work", course, "0.1.0")
    return tmp_path / "work"


def everything(folder: Path) -> dict[str, bytes]:
    found = (path for path in folder.rglob("*") if path.is_file() and HIDDEN not in path.parts)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def test_a_new_folder_holds_the_course(course: Path, folder: Path) -> None:
    assert everything(folder) == everything(course)


def test_coming_back_changes_nothing(course: Path, folder: Path) -> None:
    before = everything(folder)
    assert lay_out(folder, course, "0.1.0") == LaidOut(folder.resolve())
    assert everything(folder) == before


def test_files_nobody_changed_follow_the_course(course: Path, folder: Path) -> None:
    write(course, {EXERCISE: b"version = 2"})
    assert lay_out(folder, course, "0.2.0").renewed == (EXERCISE,)
    assert (folder / EXERCISE).read_bytes() == b"version = 2"


def test_a_changed_notebook_stays_and_the_new_one_lies_beside_it_once(
    course: Path, folder: Path
) -> None:
    mine = notebook("look", "my own note")
    write(folder, {LESSON: mine})
    write(course, {LESSON: notebook("look closer")})
    beside = "notebooks/03_krenning (course 0.2.0).ipynb"
    assert lay_out(folder, course, "0.2.0").beside == ((LESSON, beside),)
    assert (folder / LESSON).read_bytes() == mine
    assert (folder / beside).read_bytes() == notebook("look closer")
    (folder / beside).unlink()
    assert lay_out(folder, course, "0.2.0").beside == (), (
        "a version that was thrown away does not come back"
    )


def test_a_learner_who_takes_the_change_back_follows_the_course_again(
    course: Path, folder: Path
) -> None:
    before = (folder / LESSON).read_bytes()
    write(folder, {LESSON: notebook("mine")})
    write(course, {LESSON: notebook("look closer")})
    lay_out(folder, course, "0.2.0")
    write(folder, {LESSON: before})
    assert lay_out(folder, course, "0.2.0").renewed == (LESSON,)


def test_a_changed_notebook_without_a_new_version_gets_nothing_beside_it(
    course: Path, folder: Path
) -> None:
    write(folder, {LESSON: notebook("mine")})
    assert lay_out(folder, course, "0.2.0") == LaidOut(folder.resolve())
    assert len(everything(folder)) == 2


def test_running_a_notebook_is_no_change_so_it_is_renewed(course: Path, folder: Path) -> None:
    write(folder, {LESSON: notebook("look", outputs=3)})
    write(course, {LESSON: notebook("look closer")})
    assert lay_out(folder, course, "0.2.0").renewed == (LESSON,)


def test_only_a_page_whose_cells_are_all_the_courses_is_its_own() -> None:
    page = json.loads((course_source() / LESSON).read_text(encoding="utf-8"))
    for cell in page["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
    assert is_course_page(json.dumps(page).encode())
    page["cells"].append({"cell_type": "code", "source": "1", "metadata": {}, "outputs": []})
    assert not is_course_page(json.dumps(page).encode())
    assert not is_course_page(b"no notebook")


def test_two_different_courses_of_one_version_get_two_names(course: Path, folder: Path) -> None:
    write(folder, {EXERCISE: b"mine"})
    for text in (b"version = 2", b"version = 3"):
        write(course, {EXERCISE: text})
        lay_out(folder, course, "0.2.0")
    assert (folder / "exercises/03_krenning (course 0.2.0).toml").read_bytes() == b"version = 2"
    assert (folder / "exercises/03_krenning (course 0.2.0, 2).toml").read_bytes() == b"version = 3"
    assert (folder / EXERCISE).read_bytes() == b"mine"


@pytest.mark.parametrize(
    "damage", [b"", b"{", b'{"files": 3}', b'{"files": {"notebooks/03_krenning.ipynb": 7}}', None]
)
def test_with_a_damaged_manifest_every_differing_file_is_kept(
    course: Path, folder: Path, damage: bytes | None
) -> None:
    manifest = folder / HIDDEN / "laid_out.json"
    manifest.write_bytes(damage) if damage is not None else manifest.unlink()
    write(folder, {LESSON: notebook("mine")})
    write(course, {EXERCISE: b"version = 2"})
    laid = lay_out(folder, course, "0.2.0")
    assert (folder / LESSON).read_bytes() == notebook("mine")
    assert (folder / EXERCISE).read_bytes() == b"version = 1"
    assert [name for name, _ in laid.beside] == [LESSON, EXERCISE]


def test_a_deleted_lesson_comes_back(course: Path, folder: Path) -> None:
    (folder / LESSON).unlink()
    assert lay_out(folder, course, "0.1.0").new == (LESSON,)


def test_answers_and_own_files_are_never_touched(course: Path, folder: Path) -> None:
    own = {
        "answers.json": b"{}",
        "notebooks/my notes.ipynb": b"x",
        "exercises/answers.json": b"mine",
    }
    write(folder, own)
    write(
        course,
        {
            "exercises/answers.json": b"not the learner's",
            "exercises/.hidden": b"",
            "notebooks/.ipynb_checkpoints/a.ipynb": b"",
        },
    )
    lay_out(folder, course, "0.2.0")
    assert {name: everything(folder)[name] for name in own} == own
    assert not any(
        "hidden" in name or "checkpoints" in name or "answers (course" in name
        for name in everything(folder)
    )


@given(
    st.lists(
        st.sampled_from(["learner edits", "learner runs", "course moves on", "start"]), max_size=12
    )
)
@settings(deadline=None, max_examples=60)
def test_whatever_happens_in_whatever_order_no_text_of_the_learner_is_lost(
    tmp_path_factory: pytest.TempPathFactory, events: list[str]
) -> None:
    root = tmp_path_factory.mktemp("story")
    course, work, written = write(root / "course", {LESSON: notebook("0")}), root / "work", []
    lay_out(work, course, "0")
    for number, event in enumerate([*events, "start"], 1):
        if event == "learner edits":
            written.append(f"mine {number}")
            write(work, {LESSON: notebook(*written)})
        elif event == "learner runs":
            cells = json.loads((work / LESSON).read_bytes())["cells"]
            write(work, {LESSON: notebook(*(cell["source"] for cell in cells), outputs=number)})
        elif event == "course moves on":
            write(course, {LESSON: notebook(f"course {number}")})
        else:
            lay_out(work, course, str(number))
        cells = json.loads((work / LESSON).read_bytes())["cells"]
        assert not written or [cell["source"] for cell in cells] == written


def test_the_course_is_not_laid_out_onto_itself(course: Path) -> None:
    with pytest.raises(ValueError, match="would change the course"):
        lay_out(course, course)


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere"
)
def test_a_folder_that_cannot_be_written_is_an_error_with_its_name(
    tmp_path: Path, course: Path
) -> None:
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)
    with pytest.raises(PermissionError) as failed:
        lay_out(locked, course)
    assert "locked" in str(failed.value.filename)


def test_a_file_where_the_folder_should_be_is_an_error(tmp_path: Path, course: Path) -> None:
    write(tmp_path, {"work": b""})
    with pytest.raises(FileExistsError):
        lay_out(tmp_path / "work", course)


def test_what_is_no_notebook_any_more_counts_by_its_bytes() -> None:
    assert fingerprint("a.ipynb", b"{}") != fingerprint("a.ipynb", b"[]")


def test_inside_a_workspace_that_one_is_meant(
    folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(folder / "notebooks")
    assert default_folder() == folder
    monkeypatch.chdir(tmp_path)
    assert default_folder() == Path.home() / "netcourse-course"


def test_the_installed_course_has_notebooks_and_exercises() -> None:
    files = course_files(course_source())
    assert EXERCISE in files
    assert {"notebooks/00_start.ipynb", LESSON} <= set(files)

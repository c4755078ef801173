"""The results say what the folder says: a learner who is taken out of it leaves no trace, and what
holds names is for its owner alone.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
import synthetic_class
from typer.testing import CliRunner

from netcourse.classroom import grade_folder
from netcourse.classroom.grade import results
from netcourse.cli import app

ROSTER = "name,email\nAda One,ada@h.example\nBen Two,ben@h.example\n"
SHEET = (
    "Full name,Email address,Status,Grade,Maximum grade\n"
    "Ada One,ada@h.example,x,,30\nBen Two,ben@h.example,x,,30\n"
)


def hand_in(folder: Path, n: int, name: str) -> Path:
    path = folder / f"{name}_{n}_assignsubmission_file" / "answers.json"
    path.parent.mkdir(parents=True)
    path.write_text(synthetic_class.learner(n).to_json(), encoding="utf-8")
    return path


def run(tmp_path: Path, *more: str) -> None:
    words = ["grade", str(tmp_path / "in"), "--out", str(tmp_path / "out"), "--no-pictures"]
    CliRunner().invoke(app, [*words, *more])


def traces(out: Path, *words: str) -> set[str]:
    return {
        str(path.relative_to(out))
        for path in out.rglob("*")
        if path.is_file()
        for word in words
        if word.encode() in path.read_bytes() or word in path.name
    }


def test_a_learner_taken_out_of_the_folder_is_gone_from_every_file(tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_text(ROSTER, encoding="utf-8")
    (tmp_path / "sheet.csv").write_text(SHEET, encoding="utf-8")
    mine = hand_in(tmp_path / "in", 1, "Ada One")
    hand_in(tmp_path / "in", 2, "Ben Two")
    run(tmp_path, "--lms", str(tmp_path / "sheet.csv"))
    out, pseudonym = tmp_path / "out", synthetic_class.learner(1).pseudonym
    assert len(traces(out, pseudonym)) >= 5
    assert traces(out, "Ada One") >= {"marks.csv", "for the platform/sheet.csv"}
    mine.unlink()
    mine.parent.rmdir()
    (out / "feedback" / "my own note.txt").write_text("stays", encoding="utf-8")
    run(tmp_path)
    assert traces(out, pseudonym, "Ada One", "ada@h.example") == set()
    assert traces(out, synthetic_class.learner(2).pseudonym)
    assert (out / "feedback" / "my own note.txt").exists()


def test_when_the_last_learner_is_taken_out_nothing_is_left(tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_text(ROSTER, encoding="utf-8")
    mine = hand_in(tmp_path / "in", 1, "Ada One")
    run(tmp_path, "--roster", str(tmp_path / "roster.csv"))
    assert (tmp_path / "out" / "marks.csv").exists()
    mine.unlink()
    mine.parent.rmdir()
    run(tmp_path, "--roster", str(tmp_path / "roster.csv"))
    assert [path for path in (tmp_path / "out").rglob("*") if path.is_file()] == []


def test_a_folder_that_is_mistyped_leaves_the_results(tmp_path: Path) -> None:
    hand_in(tmp_path / "in", 1, "Ada One")
    run(tmp_path)
    before = sorted((tmp_path / "out").rglob("*"))
    grade_folder(tmp_path / "inn", tmp_path / "out")
    assert sorted((tmp_path / "out").rglob("*")) == before


@pytest.mark.skipif(os.name != "posix", reason="the system knows no such rights")
def test_files_with_names_can_be_read_by_their_owner_alone(tmp_path: Path) -> None:
    (tmp_path / "sheet.csv").write_text(SHEET, encoding="utf-8")
    hand_in(tmp_path / "in", 1, "Ada One")
    before = os.umask(0o022)
    try:
        run(tmp_path, "--lms", str(tmp_path / "sheet.csv"))
    finally:
        os.umask(before)
    out = tmp_path / "out"
    with_names = traces(out, "Ada One")
    assert with_names >= {"marks.csv", "grades.csv", "files.csv", "gradebook.sqlite"}
    for name in with_names:
        assert stat.S_IMODE((out / name).stat().st_mode) == 0o600, name


def test_a_run_that_dies_leaves_all_pages_or_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in (1, 2):
        hand_in(tmp_path / "in", n, f"Learner {n}")
    grade_folder(tmp_path / "in", tmp_path / "out")
    pages = tmp_path / "out" / "feedback"
    before = {path.name: path.read_bytes() for path in pages.iterdir()}
    hand_in(tmp_path / "in", 3, "Learner 3")
    real = Path.write_text
    written: list[Path] = []

    def dies(path: Path, *what: object, **how: object) -> int:
        written.append(path)
        if len(written) == 2:
            raise OSError(28, "no space left on device")
        return real(path, *what, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(results.Path, "write_text", dies)
    report = grade_folder(tmp_path / "in", tmp_path / "out")
    assert "no space left" in report.problem
    assert {path.name: path.read_bytes() for path in pages.iterdir()} == before
    monkeypatch.undo()
    grade_folder(tmp_path / "in", tmp_path / "out")
    assert len(list(pages.iterdir())) == 3
    assert not list((tmp_path / "out").glob(".feedback*"))

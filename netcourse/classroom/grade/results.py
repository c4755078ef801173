"""The files that grading writes: what the folder said when it was last graded, no more and no less.

Whoever is deleted from the folder is gone from here with the next run. Files that hold names, if
only in the paths of what was handed in, can be read by their owner alone.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from netcourse.assessment.answers.pseudonym import PATTERN
from netcourse.assessment.answers.store import PRIVATE, write_atomically
from netcourse.classroom.report.class_page import class_page, to_picture
from netcourse.classroom.report.drilled import drill_csv
from netcourse.classroom.report.gradebook import files_csv, grades_csv, items_csv, rejected_csv
from netcourse.classroom.report.gradebook_sqlite import write_book
from netcourse.classroom.report.outcome import Report
from netcourse.classroom.report.pages import learner_page

if TYPE_CHECKING:
    from netcourse.scanner import Study

BOOK, MARKS, PAGES, PLATFORM = "gradebook.sqlite", "marks.csv", "feedback", "for the platform"
_TABLES = ("grades.csv", "items.csv", "rejected.csv", "files.csv", "drill.csv", "class.html")


def write_results(out: Path, report: Report, pictures: bool, names: bool) -> Iterator[Path]:
    """Write everything into `out`, each file and the folder of pages replaced in one step, and
    yield what was written; OSError.
    """
    out.mkdir(parents=True, exist_ok=True)
    _remove_marks(out)
    yield write_book(out / BOOK, report)
    # Spreadsheets know UTF-8 by the mark at the beginning.
    texts = {
        "grades.csv": "\ufeff" + grades_csv(report.graded, report.blind),
        "items.csv": "\ufeff" + items_csv(report.graded, report.exercises),
        "rejected.csv": "\ufeff" + rejected_csv(report.rejected),
        "files.csv": "\ufeff" + files_csv(report),
        "drill.csv": "\ufeff" + drill_csv(report.drilled),
        "class.html": class_page(report, _pictures(report) if pictures else None, names),
    }
    for name in _TABLES:
        write_atomically(out / name, texts[name].encode("utf-8"), PRIVATE)
        yield out / name
    yield from _replace_pages(
        out / PAGES, ((f"{one.pseudonym}.html", learner_page(one)) for one in report.graded)
    )


def remove_results(out: Path) -> None:
    """Remove what an earlier run wrote into `out`, and nothing else; OSError."""
    if not out.is_dir():
        return
    _remove_marks(out)
    for name in (BOOK, *_TABLES):
        (out / name).unlink(missing_ok=True)
    if (out / PAGES).is_dir():
        _replace_pages(out / PAGES, ())


def _remove_marks(out: Path) -> None:
    """Remove marks by name; they are written anew where a roster is given."""
    for path in (out / MARKS, *(out / PLATFORM).glob("*.csv")):
        path.unlink(missing_ok=True)


def _replace_pages(folder: Path, pages: Iterable[tuple[str, str]]) -> list[Path]:
    """Put a folder of pages in the place of the old one; what else lay there stays."""
    for left in folder.parent.glob(f".{folder.name}.*"):  # of a run that was killed
        shutil.rmtree(left)
    new, old = (folder.with_name(f".{folder.name}.{os.getpid()}.{word}") for word in ("new", "old"))
    new.mkdir()
    names = []
    for name, text in pages:
        (new / name).write_text(text, encoding="utf-8")
        names.append(name)
    if folder.exists():
        for path in folder.iterdir():
            if path.suffix != ".html" or not re.fullmatch(PATTERN, path.stem):
                path.rename(new / path.name)
        folder.rename(old)
    new.rename(folder)
    shutil.rmtree(old, ignore_errors=True)
    return [folder / name for name in names]


def _pictures(report: Report) -> dict[tuple[str, str], bytes]:
    from netcourse.classroom.report.picture import case_picture, take

    studies: dict[tuple[str, str], Study | None] = {}
    found = {}
    for exercise, item, truth in to_picture(report):
        shows = exercise.case(str(item.case)).shows
        taken = (truth.patient.id, shows)
        if taken not in studies:
            studies[taken] = take(truth.patient, shows)
        if (study := studies[taken]) is not None:
            found[exercise.id, item.id] = case_picture(study, shows, item.lesions)
    return found

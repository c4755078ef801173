"""Marks go into the very file that the platform exported, and nothing else in it changes."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest
import synthetic_class
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from netcourse.assessment import grade
from netcourse.classroom import grade_folder, hand_over
from netcourse.classroom.collect.csv_sheet import read_csv
from netcourse.classroom.collect.roster import Person, read_roster
from netcourse.classroom.grade.one_each import whose
from netcourse.classroom.lms.platform_csv import Mark, fill
from netcourse.classroom.report.outcome import Graded
from netcourse.cli import app

MOODLE_EN = (
    'First name,Surname,"ID number",Institution,Department,"Email address","Assignment: Krenning'
    ' (Real)","Last downloaded from this course"\nEva,Ott,1001,"St. Anna,'
    ' West",,eva@example.org,-,1777000000\nNoor,"O\'Neil,'
    ' Jr",1002,,,noor@example.org,-,1777000000\n'
)
MOODLE_DE = (
    "\ufeffVorname;Nachname;ID-Nummer;E-Mail-Adresse;Aufgabe: Krenning (Punkte);Aufgabe: Phasen"
    " (Punkte)\r\n"
    '"Eva";"Ott";"1001";"eva@example.org";"";"12,50"\r\n"Noor";"Sané";"1002";"noor@example.org";"";"-"\r\n'
)
CANVAS = (
    "Student,ID,SIS User ID,SIS Login ID,Section,Krenning exercise (88123),Current Score\r\n   "
    ' Points Possible,,,,,15,(read only)\r\n"Ott, Eva",501,1001,eva,Group A,,\r\n"Sané,'
    ' Noor",502,1002,noor,Group A,,93.5\r\n"Student, Test",599,,x9f,Group A,,\r\n'
)
EDX = (
    "user_id,username,student_uid,full_name,email,block_id,title,date_last_graded,who_last_graded,csum,last_points,points\n11,eva,,Eva"
    " Ott,eva@example.org,block-v1:X+Y+Z+type@staffgradedxblock+block@7,Krenning,,,a41f,,\n12,noor,,Noor"
    " Sané,noor@example.org,block-v1:X+Y+Z+type@staffgradedxblock+block@7,Krenning,,,09bc,3,\n"
)
EVA = Mark(Person("Eva Ott", frozenset({"eva@example.org", "1001"})), 24.5, 30)
NOOR = Mark(Person("Noor Sané", frozenset({"noor@example.org", "1002"})), 30, 30)


def changed(before: str, after: bytes, encoding: str = "utf-8") -> list[tuple[str, str]]:
    """Lines that differ, old and new."""
    pairs = zip(before.splitlines(True), after.decode(encoding).splitlines(True), strict=True)
    return [(old, new) for old, new in pairs if old != new]


def test_moodles_export_is_filled_and_otherwise_the_same() -> None:
    filled = fill(MOODLE_EN.encode(), [EVA, NOOR])
    assert [new for _, new in changed(MOODLE_EN, filled.data)] == [
        'Eva,Ott,1001,"St. Anna, West",,eva@example.org,24.5,1777000000\n',
        'Noor,"O\'Neil, Jr",1002,,,noor@example.org,30,1777000000\n',
    ]
    assert filled.missing == ()


def test_a_german_export_keeps_its_mark_semicolons_quotes_and_decimal_comma() -> None:
    with pytest.raises(ValueError, match="'Aufgabe: Krenning \\(Punkte\\)', 'Aufgabe: Phasen"):
        fill(MOODLE_DE.encode(), [EVA])
    filled = fill(MOODLE_DE.encode(), [EVA], column="Krenning")
    assert filled.data.startswith(codecs.BOM_UTF8)
    assert changed(MOODLE_DE, filled.data) == [
        (
            '"Eva";"Ott";"1001";"eva@example.org";"";"12,50"\r\n',
            '"Eva";"Ott";"1001";"eva@example.org";"24,5";"12,50"\r\n',
        )
    ]


def test_canvas_is_scaled_to_its_own_points_and_its_test_student_left_alone() -> None:
    filled = fill(CANVAS.encode(), [EVA, NOOR])
    assert [new.split(",")[-2] for _, new in changed(CANVAS, filled.data)] == ["12.25", "15"]
    assert any("scaled" in note for note in filled.notes)
    assert filled.column == "Krenning exercise (88123)"


def test_open_edx_keeps_its_checksums() -> None:
    filled = fill(EDX.encode(), [EVA, NOOR])
    assert [new.rsplit(",", 3)[1:] for _, new in changed(EDX, filled.data)] == [
        ["a41f", "", "24.5\n"],
        ["09bc", "3", "30\n"],
    ]


def test_whom_the_platform_does_not_list_is_told_and_nobody_else_gets_the_mark() -> None:
    stranger = Mark(Person("Kim Berg", frozenset({"kim@example.org"})), 30, 30)
    filled = fill(MOODLE_EN.encode(), [stranger])
    assert filled.data == MOODLE_EN.encode()
    assert "not in the platform's list: Kim Berg" in str(filled)


def test_two_of_one_name_get_no_mark_by_name_alone() -> None:
    twins = MOODLE_EN + "Eva,Ott,1009,,,other@example.org,-,1777000000\n"
    by_name = fill(twins.encode(), [Mark(Person("Ott, Eva"), 5, 30)])
    assert by_name.data == twins.encode()
    assert any("more than one row" in note for note in by_name.notes)
    by_address = fill(twins.encode(), [EVA])
    assert len(changed(twins, by_address.data)) == 1


def test_formulas_of_the_platforms_own_stay_and_are_warned_of() -> None:
    sheet = MOODLE_EN.replace("Eva,Ott", "=HYPERLINK(1),Ott")
    filled = fill(sheet.encode(), [EVA])
    assert b"=HYPERLINK(1),Ott" in filled.data
    assert any("no spreadsheet" in note for note in filled.notes)


def test_a_column_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(ValueError, match="no columns are called 'Phases'"):
        fill(MOODLE_EN.encode(), [EVA], column="Phases")
    with pytest.raises(ValueError, match="who the learners are"):
        fill(b"a,b\n1,2\n", [EVA])


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0\ufeff"), max_size=8)


@given(st.lists(st.lists(CELLS, min_size=2, max_size=4), min_size=1))
def test_a_file_that_is_read_and_written_unchanged_is_the_same_to_the_byte(
    rows: list[list[str]],
) -> None:
    text = "\r\n".join(
        ",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in [["a", "b"], *rows]
    )
    sheet = read_csv(text.encode())
    assert sheet.to_bytes() == text.encode()
    for n, row in enumerate(rows, 1):
        assert [sheet.value(n, column) for column in range(len(row))] == [
            cell.strip() for cell in row
        ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252"])
def test_other_encodings_come_back_as_they_were(encoding: str) -> None:
    data = "Name,Points\nSané,\n".encode(encoding)
    filled = fill(data, [Mark(Person("Sané"), 3, 4)])
    assert filled.data == "Name,Points\nSané,3\n".encode(encoding)


@pytest.mark.parametrize("data", [b"", b"\0\0", b'a,"b\n', b" \n"])
def test_what_is_no_table_is_refused_in_words(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"empty|never closed"):
        read_csv(data)


# ---------------------------------------------------------------- the roster


def roster(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "roster.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_roster_may_be_the_instructors_own_or_the_platforms(tmp_path: Path) -> None:
    own = read_roster(
        roster(tmp_path, "name,email,pseudonym\nEva Ott,eva@example.org,amber-heron-1001\n\n")
    )
    assert own == (Person("Eva Ott", frozenset({"eva@example.org"}), "amber-heron-1001"),)
    canvas = read_roster(roster(tmp_path, CANVAS))
    assert [one.name for one in canvas] == ["Ott, Eva", "Sané, Noor", "Student, Test"]
    assert canvas[0].named("Eva Ott")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("points,grade\n1,2\n", "no column says who"),
        ("name,email\n", "lists nobody"),
        ("name,email\nA,a@x\nB,A@x\n", "line 3: 'a@x' stands in line 2 already"),
        ("name,pseudonym\nA,=1+1\n", "is no pseudonym"),
    ],
)
def test_a_slip_in_the_roster_is_named_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        read_roster(roster(tmp_path, text))


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("Eva Ott_7741_assignsubmission_file_/answers.json", "Eva Ott"),
        ("download.zip/Eva Ott_7741_assignsubmission_file/answers.json", "Eva Ott"),
        ("ottev_1001_88_answers.json", "Eva Ott"),
        ("eva@example.org/answers.json", "Eva Ott"),
        ("group/answers.json", None),
        ("Eva Ott/noor@example.org.json/1002_x", None),
    ],
)
def test_a_file_is_known_by_the_name_or_number_in_its_path(source: str, name: str | None) -> None:
    found = whose(Graded("amber-heron-9", source, ()), [EVA.person, NOOR.person])
    assert (found.name if found else None) == name


def test_a_pseudonym_in_the_roster_comes_before_the_path() -> None:
    noor = Person("Noor Sané", frozenset({"1002"}), "amber-heron-9")
    assert (
        whose(Graded("amber-heron-9", "Eva Ott_1_x/answers.json", ()), [EVA.person, noor]) == noor
    )


# ---------------------------------------------------------------- the whole way


def test_a_class_handed_in_through_moodle_comes_back_with_its_marks(tmp_path: Path) -> None:
    for n, name in enumerate(("Eva Ott", "Noor O'Neil, Jr", "Kim Berg")):
        place = tmp_path / "in" / f"{name}_{770 + n}_assignsubmission_file"
        place.mkdir(parents=True)
        (place / "answers.json").write_text(synthetic_class.learner(n).to_json(), encoding="utf-8")
    (tmp_path / "grades.csv").write_text(MOODLE_EN, encoding="utf-8")
    words = [
        "grade",
        str(tmp_path / "in"),
        "--out",
        str(tmp_path / "out"),
        "--lms",
        str(tmp_path / "grades.csv"),
        "--no-pictures",
    ]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 1, "Kim is in nobody's list"
    assert "not in the roster: amber-heron-1002" in done.stdout
    filled = changed(MOODLE_EN, (tmp_path / "out" / "for the platform" / "grades.csv").read_bytes())
    points = [
        grade(synthetic_class.KRENNING, file.course_seed, file.answers).points
        for n in (0, 1)
        if (file := synthetic_class.learner(n))
    ]
    assert [float(read_csv(f"{new}".encode()).value(0, 6)) for _, new in filled] == pytest.approx(
        points, abs=0.005
    )
    marks = (tmp_path / "out" / "marks.csv").read_text(encoding="utf-8-sig")
    assert "Eva Ott,1001; eva@example.org,amber-heron-1000" in marks
    assert "Kim" not in marks


def test_two_people_of_one_name_are_left_for_the_instructor_to_settle(tmp_path: Path) -> None:
    for n in range(2):
        place = tmp_path / "in" / f"Eva Ott_{770 + n}_assignsubmission_file"
        place.mkdir(parents=True)
        (place / "answers.json").write_text(synthetic_class.learner(n).to_json(), encoding="utf-8")
    handed = hand_over(grade_folder(tmp_path / "in"), tmp_path, [EVA.person, NOOR.person])
    assert handed.marks == ()
    assert [one.pseudonym for one in handed.unknown] == ["amber-heron-1000", "amber-heron-1001"]
    assert handed.absent == (NOOR.person,)


def test_marks_by_name_need_a_place_to_go() -> None:
    done = CliRunner().invoke(app, ["grade", ".", "--roster", "x.csv"])
    assert done.exit_code == 2
    assert "--out" in done.stderr

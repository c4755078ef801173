"""Each platform's own forms: marks are scaled to the stated maximum, land in the right row of the
right person, and whatever stood there before is spoken of.
"""

from __future__ import annotations

import codecs
import csv
import io
import unicodedata
from pathlib import Path

import pytest
import synthetic_class
from typer.testing import CliRunner

from netcourse.assessment import AnswersFile, find_exercise, load_exercise
from netcourse.classroom import grade_folder, plan_hand_over
from netcourse.classroom.collect.hand_in import owner
from netcourse.classroom.collect.roster import Person, read_roster
from netcourse.classroom.lms.platform_csv import Filled, Mark, fill
from netcourse.cli import app

WORKSHEET = (
    "Identifier,Full name,Email address,Status,Grade,Maximum grade,Grade can be changed,"
    '"Last modified (submission)","Last modified (grade)","Feedback comments"\n'
    "Participant 8006,Eva Ott,eva@h.example,Submitted for grading,{eva},{most},Yes,-,-,\n"
    "Participant 8007,Jan Kern,jan@h.example,Submitted for grading,,{most},{change},-,-,\n"
)
ARBEITSBLATT = (
    "\ufeffID;Vollständiger Name;E-Mail-Adresse;Status;Bewertung;Bestwertung;"
    '"Bewertung kann geändert werden";"Zuletzt geändert (Abgabe)";"Feedback als Kommentar"\r\n'
    'Teilnehmer/in8006;"Eva Ott";eva@h.example;Abgegeben;"";"20,00";Ja;-;\r\n'
    'Teilnehmer/in8007;"Jan Kern";jan@h.example;Abgegeben;"";"20,00";Ja;-;\r\n'
)
BLIND = (
    "Identifier,Status,Grade,Maximum grade,Grade can be changed\n"
    "Participant 8006,Submitted for grading,,20.00,Yes\n"
    "Participant 8007,Submitted for grading,,20.00,Yes\n"
)
BLACKBOARD = (
    '"Last Name"\t"First Name"\t"Username"\t"Student ID"\t"Last Access"\t"Availability"\t'
    '"Krenning [Total Pts: 20 Score] |118854"\t"Phases [Total Pts: up to 50 Score] |118855"\r\n'
    '"Ott"\t"Eva"\t"eva_ott"\t"4711"\t"2026-11-30"\t"Yes"\t""\t""\r\n'
    '"Kern"\t"Jan"\t"jkern"\t"8352"\t"2026-11-30"\t"Yes"\t""\t""\r\n'
)
ILIAS = (
    "update,usr_id,login,lastname,firstname,status,mark,notice,comment,plagiarism,plag_comment\n"
    "0,312,eott,Ott,Eva,notgraded,,,,none,\n0,313,jkern,Kern,Jan,notgraded,,,,none,\n"
)
EVA = Person("Eva Ott", frozenset({"eva@h.example", "4711"}))
JAN = Person("Jan Kern", frozenset({"jan@h.example", "8352"}))


def worksheet(eva: str = "", most: str = "100.00", change: str = "Yes") -> bytes:
    return WORKSHEET.format(eva=eva, most=most, change=change).encode()


def cells(filled: Filled, column: str, delimiter: str = ",") -> list[str]:
    text = filled.data.decode("utf-8-sig")
    return [row[column] for row in csv.DictReader(io.StringIO(text), delimiter=delimiter)]


# ---------------------------------------------------------------- scale


@pytest.mark.parametrize(
    ("points", "of", "most", "written"),
    [(17, 19, "100.00", "89.47"), (27, 30, "20.00", "18"), (12, 24, "24.00", "12")],
)
def test_moodles_worksheet_takes_marks_out_of_the_maximum_it_states(
    points: float, of: float, most: str, written: str
) -> None:
    filled = fill(worksheet(most=most), [Mark(EVA, points, of)])
    assert cells(filled, "Grade") == [written, ""]
    assert cells(filled, "Maximum grade") == [most, most]
    assert filled.column == "Grade"


def test_the_german_worksheet_is_scaled_too_and_written_with_its_comma() -> None:
    filled = fill(ARBEITSBLATT.encode(), [Mark(EVA, 17, 19), Mark(JAN, 27, 30)])
    assert cells(filled, "Bewertung", ";") == ["17,89", "18"]
    assert filled.data.startswith(codecs.BOM_UTF8)
    with_commas = ARBEITSBLATT.replace(";", ",")
    assert cells(fill(with_commas.encode(), [Mark(EVA, 17, 19)]), "Bewertung") == ["17,89", ""]


@pytest.mark.parametrize(
    ("heading", "written"),
    [("Assignment: Krenning (Percentage)", "90"), ("Aufgabe: Krenning (Prozentsatz)", "90")],
)
def test_a_column_of_per_cent_takes_per_cent(heading: str, written: str) -> None:
    sheet = f"Full name,{heading}\nEva Ott,-\n"
    assert cells(fill(sheet.encode(), [Mark(EVA, 27, 30)]), heading) == [written]


def test_blackboards_columns_state_their_points_in_the_heading() -> None:
    sheet = BLACKBOARD.encode("utf-16")
    with pytest.raises(ValueError, match="more than one column"):
        fill(sheet, [Mark(EVA, 27, 30)])
    for column, written in (("Krenning", "18"), ("Phases", "45")):
        filled = fill(sheet, [Mark(EVA, 27, 30)], column)
        text = filled.data.decode("utf-16")
        rows = list(csv.DictReader(io.StringIO(text), delimiter="\t"))
        assert [row[filled.column] for row in rows] == [written, ""]


def test_ilias_takes_a_mark_only_where_its_row_asks_for_an_update() -> None:
    jan = Person("Jan Kern", frozenset({"jkern"}))
    filled = fill(ILIAS.encode(), [Mark(jan, 27, 30)])
    assert cells(filled, "mark") == ["", "27"]
    assert cells(filled, "update") == ["0", "1"]
    assert any("does not say how many points" in note for note in filled.notes)


def test_a_column_of_letters_or_of_a_scale_is_refused() -> None:
    with pytest.raises(ValueError, match="letters or words"):
        fill(b"Full name,Assignment: Krenning (Letter)\nEva Ott,-\n", [Mark(EVA, 1, 2)])
    scale = BLIND.replace("Maximum grade", "Scale").replace("20.00", "pass")
    with pytest.raises(ValueError, match="letters or words"):
        fill(scale.encode(), [Mark(EVA, 1, 2)], "Grade")


# ---------------------------------------------------------------- what stood there


def test_a_mark_that_stood_there_is_never_replaced_without_a_word() -> None:
    filled = fill(worksheet(eva="55.00"), [Mark(EVA, 17, 19)])
    assert cells(filled, "Grade") == ["89.47", ""]
    assert "row 2: Eva Ott: 89.47 of 100 (17 of 19), REPLACES 55.00" in str(filled)
    assert any("1 marks that stood there" in note for note in filled.notes)
    same = fill(worksheet(eva="89.47"), [Mark(EVA, 17, 19)])
    assert "REPLACES" not in str(same)
    zero = fill(worksheet(eva="0"), [Mark(EVA, 17, 19)])
    assert "REPLACES 0" in str(zero)


def test_a_mark_that_the_platform_has_locked_is_left_and_told() -> None:
    filled = fill(worksheet(change="No"), [Mark(EVA, 17, 19), Mark(JAN, 19, 19)])
    assert cells(filled, "Grade") == ["89.47", ""]
    assert "does not let the mark of Jan Kern be changed" in str(filled)


# ---------------------------------------------------------------- whose it is


def listed(text: str, tmp_path: Path) -> tuple[Person, ...]:
    (tmp_path / "list.csv").write_text(text, encoding="utf-8")
    return read_roster(tmp_path / "list.csv")


OWN = "name,id,email\nEva Ott,8006,eva@h.example\nJan Kern,8352,jan@h.example\n"


@pytest.mark.parametrize(
    ("source", "name"),
    [
        # The number of a participant, a submission or a download is nobody's number at the clinic.
        ("Guest Visitor_8352_assignsubmission_file/answers.json", None),
        ("Jan Kern_8006_assignsubmission_file/answers.json", "Jan Kern"),
        ("visitorguest_501_8352_answers.json", None),
        ("visitorguest_8352_77_answers.json", None),
        ("Course-Reading test-8352.zip/Guest_1_assignsubmission_file/a.json", None),
        ("8352/answers.json", "Jan Kern"),
        ("kernjan_8352_77_answers.json", "Jan Kern"),
        ("kernjan_LATE_8352_77_answers.json", "Jan Kern"),
        # What a learner calls things within the own hand-in says nothing.
        ("Guest_1_assignsubmission_file/Jan Kern/answers.json", None),
        ("Guest_1_assignsubmission_file/Jan Kern_2_assignsubmission_file/a.json", None),
        ("Group A-Jan Kern_12_assignsubmission_file_/answers.json", "Jan Kern"),
    ],
)
def test_a_number_counts_only_where_the_platform_writes_that_number(
    source: str, name: str | None, tmp_path: Path
) -> None:
    person = owner(source, listed(OWN, tmp_path))
    assert (person.name if person else None) == name


def test_two_of_one_name_are_told_apart_by_the_platforms_number(tmp_path: Path) -> None:
    twins = worksheet().decode().replace("Jan Kern,jan@", "Eva Ott,eva2@")
    people = listed(twins, tmp_path)
    for number in ("8006", "8007"):
        person = owner(f"Eva Ott_{number}_assignsubmission_file/a.json", people)
        assert person is not None
        assert person.participant == number
    assert owner("Guest Visitor_8006_assignsubmission_file/a.json", people) is None


def test_where_marking_is_blind_the_number_of_the_participant_finds_the_row(
    tmp_path: Path,
) -> None:
    people = listed(BLIND, tmp_path)
    for word in ("Participant", "Teilnehmerin"):
        person = owner(f"{word}_8007_assignsubmission_file_/answers.json", people)
        assert person is not None
        filled = fill(BLIND.encode(), [Mark(person, 27, 30)])
        assert cells(filled, "Grade") == ["", "18"]


def test_the_forms_of_blackboard_and_ilias_are_read_too(tmp_path: Path) -> None:
    blackboard = listed(BLACKBOARD, tmp_path)
    when = "2026-11-30-18-11-33"
    person = owner(f"Krenning_eva_ott_attempt_{when}_answers.json", blackboard)
    assert person is not None
    assert person.named("Eva Ott")
    ilias = listed(ILIAS, tmp_path)
    person = owner("Krenning/Kern_Jan_jkern_313/20261130181133_answers.json", ilias)
    assert person is not None
    assert person.user == "313"
    assert owner("Krenning/Gast_Jan_gast_999/answers.json", ilias) is None


def test_a_name_written_with_composed_or_separate_accents_is_one_name(tmp_path: Path) -> None:
    people = listed("name,email\nJörg Müller,m@h.example\nSeán O'Brien,s@h.example\n", tmp_path)
    apart = unicodedata.normalize("NFD", "Jörg Müller_8_assignsubmission_file/a.json")
    assert apart != unicodedata.normalize("NFC", apart)
    for source, address in (
        (apart, "m@h.example"),
        ("Seán OBrien_9_assignsubmission_file/a", "s@"),
    ):
        person = owner(source, people)
        assert person is not None
        assert any(handle.startswith(address) for handle in person.handles)


def test_a_shared_number_is_no_match_where_the_names_contradict() -> None:
    stranger = Person("Kim Berg", frozenset({"4711"}))
    assert not stranger.is_also(EVA)
    assert Person("Ott, Eva M.", frozenset({"4711"})).is_also(EVA)


def test_hospital_numbers_that_look_like_participants_stay_what_they_are(tmp_path: Path) -> None:
    people = listed("name,id\nEva Ott,res001\nJan Kern,res002\n", tmp_path)
    assert [sorted(one.handles) for one in people] == [["res001"], ["res002"]]


# ---------------------------------------------------------------- which exercise


def also_opened(n: int) -> AnswersFile:
    """A learner's Krenning exercise, and one question of another that was only looked at."""
    file = synthetic_class.learner(n, missing=0)
    other = load_exercise(find_exercise("02_tracer_choice"))
    answer = file.answers[0].model_copy(
        update={"exercise": other.id, "item": other.items[0].id, "value": None, "hints": 1}
    )
    chosen = next(item for item in other.items if item.kind == "choice")
    key = chosen.key(other.truth(chosen, file.course_seed)).value
    began = answer.model_copy(update={"item": chosen.id, "value": key, "hints": 0})
    return file.model_copy(update={"answers": (*file.answers, answer, began)})


def test_a_column_takes_the_marks_of_one_exercise_whatever_else_was_opened(
    tmp_path: Path,
) -> None:
    whole = synthetic_class.learner(1, missing=0)
    hand_ins = {"eva_11_21_answers.json": also_opened(1), "jan_12_22_answers.json": whole}
    for n, (name, file) in enumerate(hand_ins.items()):
        path = tmp_path / "in" / name
        path.parent.mkdir(exist_ok=True)
        named = file.model_copy(update={"pseudonym": f"amber-heron-{n}"})
        path.write_text(named.to_json(), encoding="utf-8")
    sheet = tmp_path / "canvas.csv"
    canvas = (
        "Student,ID,SIS User ID,SIS Login ID,Section,{}\n    Points Possible,,,,,10\n"
        "Eva,11,S1,eva,x,\nJan,12,S2,jan,x,\n"
    )
    sheet.write_text(canvas.format("Krenning (99)"), encoding="utf-8")
    report = grade_folder(tmp_path / "in")
    plan = plan_hand_over(report, read_roster(sheet), sheet)
    assert plan.filled is not None
    eva, jan = cells(plan.filled, "Krenning (99)")[1:]
    assert eva == jan
    assert float(eva) == pytest.approx(
        10 * report.graded[1].points / report.graded[1].max_points, abs=0.005
    )
    sheet.write_text(canvas.format("Reading test (99)"), encoding="utf-8")
    with pytest.raises(ValueError, match="say which with --exercise"):
        plan_hand_over(report, read_roster(sheet), sheet)


def test_a_preview_shows_rows_scale_and_strangers_before_any_mark_is_written(
    tmp_path: Path,
) -> None:
    for n, name in enumerate(("Eva Ott_8006", "Kim Berg_8010")):
        place = tmp_path / "in" / f"{name}_assignsubmission_file"
        place.mkdir(parents=True)
        (place / "answers.json").write_text(synthetic_class.learner(n).to_json(), encoding="utf-8")
    sheet = tmp_path / "Grades-Krenning-4711.csv"
    sheet.write_bytes(worksheet(most="20.00"))
    words = ["grade", str(tmp_path / "in"), "--out", str(tmp_path / "out"), "--no-pictures"]
    done = CliRunner().invoke(app, [*words, "--lms", str(sheet), "--preview"])
    assert "row 2: Eva Ott:" in done.stdout
    assert "of 20 (" in done.stdout
    assert "not in the roster: amber-heron-1001" in done.stdout
    assert not (tmp_path / "out" / "marks.csv").exists()
    assert not (tmp_path / "out" / "for the platform").exists()
    CliRunner().invoke(app, [*words, "--lms", str(sheet)])
    written = (tmp_path / "out" / "for the platform" / sheet.name).read_text(encoding="utf-8")
    assert "Jan Kern,jan@h.example,Submitted for grading,,20.00" in written
    assert sheet.read_bytes() == worksheet(most="20.00"), "the platform's own file stays"

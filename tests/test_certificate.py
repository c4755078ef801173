"""Certificates: who gets one, what it says, and that nobody else can make one."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthetic_class import course_exercise, learner
from typer.testing import CliRunner

from netcourse.classroom import Person, grade_folder, plan_hand_over
from netcourse.classroom.certificate import (
    Certificate,
    Course,
    certificate_page,
    earned,
    issue,
    signing_key,
    verify,
)
from netcourse.cli import app

COURSE = Course("Imaging of NEN", "2026-12-01", 1.5, "Our hospital", "Head of department")
KEY = b"k" * 32


def _given(folder: Path, names: tuple[str, ...] = ("Ada One", "Ben Two")) -> tuple[Path, Path]:
    """A folder of answers, and the roster of who handed them in."""
    handed = folder / "in"
    handed.mkdir()
    lines = ["name,email,pseudonym"]
    for n, name in enumerate(names):
        file = learner(n, course_exercise("score", "choice"))
        (handed / f"{n}.json").write_text(file.to_json(), encoding="utf-8")
        lines.append(f"{name},{n}@example.org,{file.pseudonym}")
    roster = folder / "roster.csv"
    roster.write_text("\n".join(lines), encoding="utf-8")
    return handed, roster


def test_the_class_gets_certificates_by_name_and_each_is_proved(tmp_path: Path) -> None:
    handed, roster = _given(tmp_path)
    out, run = tmp_path / "out", CliRunner()
    common = ["--date", "2026-12-01", "--hours", "1.5", "--course", "Imaging of NEN"]
    done = run.invoke(
        app,
        ["certificate", str(handed), "--roster", str(roster), "--out", str(out), *common],
    )
    assert done.exit_code == 0, done.output
    with (out / "certificates.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["name"], row["email"], row["file"]) for row in rows] == [
        ("Ada One", "0@example.org", "Ada-One.html"),
        ("Ben Two", "1@example.org", "Ben-Two.html"),
    ]
    key = ["--signing-key", str(out / "signing.key")]
    page = run.invoke(app, ["certificate", "--verify", str(out / "Ada-One.html"), *key])
    assert page.exit_code == 0
    assert "Certified: Ada One" in page.output
    typed = ["certificate", "--verify", rows[1]["code"].lower(), *key, *common]
    assert run.invoke(app, [*typed, "--name", "ben  two"]).exit_code == 0
    assert run.invoke(app, [*typed, "--name", "Ada One"]).exit_code == 1
    assert (out / "signing.key").stat().st_mode & 0o77 == 0


def test_a_changed_page_or_another_key_proves_nothing(tmp_path: Path) -> None:
    [page, _] = issue([Person("Ada One")], COURSE, KEY, tmp_path)
    assert verify(page, KEY)[1]
    assert not verify(page, b"x" * 32)[1]
    text = page.read_text(encoding="utf-8")
    for old, new in (("Ada One", "Eve Six"), ("1.5", "15.5"), ("2026-12-01", "2026-12-02")):
        page.write_text(text.replace(old, new), encoding="utf-8")
        assert not verify(page, KEY)[1], new


def test_it_takes_an_answer_a_name_and_the_points_that_were_asked_for(tmp_path: Path) -> None:
    handed, _ = _given(tmp_path)
    idle = learner(7, course_exercise("score")).model_copy(update={"answers": ()})
    (handed / "idle.json").write_text(idle.to_json(), encoding="utf-8")
    names = {"amber-heron-1000": "Ada One", "amber-heron-1001": "", "amber-heron-1007": "Gus"}
    people = [Person(name, pseudonym=pseudonym) for pseudonym, name in names.items()]
    works = plan_hand_over(grade_folder(handed), people).works
    given, refused = earned(works)
    assert [one.name for one in given] == ["Ada One"]
    assert {why for _, why in refused} == {"the roster has no name", "nothing was answered"}
    share = 100 * works[people[0]].points / works[people[0]].max_points
    assert earned(works, share - 1)[0] == given
    assert not earned(works, share + 1)[0]


def test_two_of_one_name_get_a_page_each(tmp_path: Path) -> None:
    two = [Person("Ada One", frozenset({"1"})), Person("Ada One", frozenset({"2"}))]
    assert [path.name for path in issue(two, COURSE, KEY, tmp_path)][:2] == [
        "Ada-One.html",
        "Ada-One-2.html",
    ]


def test_a_page_says_what_it_is_not_and_escapes_a_name() -> None:
    one = Certificate("<b>Ada</b>", COURSE.title, COURSE.date, COURSE.hours)
    page = certificate_page(one, COURSE, KEY)
    assert "<b>Ada" not in page
    assert "for education, not for patient care" in page
    assert "no medical qualification" in page
    assert "SYNTHETIC" in page
    assert one.code(KEY) in page


@pytest.mark.parametrize(
    ("date", "hours"),
    [("1.12.2026", 1.0), ("2026-12-02/2026-12-01", 1.0), ("", 1.0), ("2026-12-01", 0.0)],
)
def test_a_certificate_without_a_day_or_hours_is_refused(date: str, hours: float) -> None:
    with pytest.raises(ValueError, match=r"date|hours"):
        Certificate("Ada", "NEN", date, hours)


@given(st.text(min_size=1).filter(str.strip), st.text(min_size=1).filter(str.strip))
def test_fields_do_not_run_into_each_other(name: str, course: str) -> None:
    one = Certificate(name, course, "2026-12-01", 1)
    assert one.has(one.code(KEY), KEY)
    assert not Certificate(f"{name} {course}", "x", "2026-12-01", 1).has(one.code(KEY), KEY)


def test_what_is_no_key_and_what_is_no_page_is_said_in_words(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text("something else", encoding="utf-8")
    with pytest.raises(ValueError, match="no signing key"):
        signing_key(wrong)
    with pytest.raises(ValueError, match="no certificate"):
        verify(wrong, KEY)
    made = signing_key(tmp_path / "signing.key", make=True)
    assert made == signing_key(tmp_path / "signing.key", make=True)

"""A study of learning: tests on other patients of one difficulty, one table, and what was gained."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats
from test_pack import tiny
from typer.testing import CliRunner

from netcourse.assessment import Answer, AnswersFile
from netcourse.classroom import Person
from netcourse.classroom.pack import make
from netcourse.classroom.pack.make import set_page
from netcourse.classroom.study import (
    Study,
    compare,
    init_study,
    learners_needed,
    merge,
    read_study,
    report,
    tidy_csv,
)
from netcourse.classroom.study.plan import answers_of, difference
from netcourse.classroom.study.report import gain
from netcourse.classroom.study.size import power_of
from netcourse.cli import app

START = datetime(2026, 11, 1, 9, tzinfo=UTC)
NAMES = [f"Given Family{n}" for n in range(8)]
RIGHT = {"pre": 0.4, "post": 0.8, "retention": 0.7}


def _secrets() -> Iterator[bytes]:
    dice = random.Random(11)
    while True:
        yield dice.randbytes(32)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """A study of eight learners with tiny pictures, all three tests handed in but the last of
    one.
    """
    people = [Person(name, frozenset({f"{n}@example.org"})) for n, name in enumerate(NAMES)]
    drawn = _secrets()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(make, "scan", tiny)
        made = init_study(
            set_page("marked_reading"),
            people,
            tmp_path_factory.mktemp("study") / "s",
            START + timedelta(days=200),
            variants=4,
            token=lambda size: next(drawn)[:size],
        )
    for session in made.sessions:
        key = made.key(session)
        for n, person in enumerate(key.people):
            if (session, n) != ("retention", 7):
                _hand_in(made, session, n, person.pseudonym)
    return made


def _hand_in(study: Study, session: str, n: int, pseudonym: str) -> None:
    key = study.key(session)
    variant, dice = key.variants[pseudonym], random.Random(f"{session}{n}")
    answers = []
    for place, item in enumerate(key.exercise.items):
        right = item.key(key.exercise.truth(item, variant)).value
        value: Any = right
        if dice.random() > RIGHT[session]:
            value = {"score": 0, "number": 1.0}.get(item.kind, ("a",))
        at = START + timedelta(days=list(RIGHT).index(session), seconds=30 * place + n)
        answers.append(
            Answer(
                exercise=key.exercise.id,
                version=key.exercise.version,
                item=item.id,
                value=list(value) if isinstance(value, tuple) else value,
                confidence="sure",
                time=at.isoformat(),
            )
        )
    ticket = (study.folder / session / "tickets" / f"{pseudonym}.ticket").read_text().strip()
    file = AnswersFile(
        pseudonym=pseudonym, course_seed=variant, ticket=ticket, answers=tuple(answers)
    )
    (study.answers(session) / f"{pseudonym}.json").write_text(file.to_json(), encoding="utf-8")


def test_no_patient_is_in_two_tests_and_each_learner_keeps_one_pseudonym(study: Study) -> None:
    patients = [
        {one.id for cases in study.key(name).exercise.patients.values() for one in cases.values()}
        for name in study.sessions
    ]
    assert not set.intersection(*patients[:2])
    assert len(set().union(*patients)) == sum(map(len, patients))
    who = [{one.pseudonym for one in study.key(name).people} for name in study.sessions]
    assert who[0] == who[1] == who[2]
    assert len(who[0]) == len(NAMES)


def test_later_tests_are_nearer_to_the_first_than_chance_would_make_them(study: Study) -> None:
    first = answers_of(study.key("pre").exercise)
    drawn = _secrets()
    page = set_page("marked_reading")
    chance = np.mean(
        [difference(first, answers_of(make.draw(page, 4, next(drawn)))) for _ in range(8)]
    )
    for session in ("post", "retention"):
        apart = difference(first, answers_of(study.key(session).exercise))
        assert apart == pytest.approx(study.unlike[session], abs=1e-4)
        assert apart <= chance


def test_names_stand_in_one_file_alone(study: Study) -> None:
    holding = [
        path.relative_to(study.folder).as_posix()
        for path in study.folder.rglob("*")
        if path.is_file() and (b"Family3" in path.read_bytes() or b"3@exam" in path.read_bytes())
    ]
    assert holding == ["who.csv"]
    assert (study.folder / "who.csv").stat().st_mode & 0o77 == 0
    assert "Family" not in tidy_csv(merge(study))


def test_the_table_has_a_row_for_every_learner_test_and_question(study: Study) -> None:
    sessions = merge(study)
    rows = list(csv.DictReader(io.StringIO(tidy_csv(sessions), newline="")))
    items = len(sessions[0].key.exercise.items)
    assert len(rows) == items * (8 + 8 + 7)
    first = next(row for row in rows if row["session"] == "pre" and row["item"] == "f2")
    assert first["seconds"] == "30"
    assert first["confidence"] == "sure"
    for row in rows:
        if row["kind"] == "score":
            assert (row["key"] == row["answer"]) <= (row["correct"] == "yes")
    result = sessions[1].results[first["learner"]]
    mine = [row for row in rows if (row["learner"], row["session"]) == (first["learner"], "post")]
    assert sum(float(row["points"]) for row in mine) == pytest.approx(result.points)


def test_the_gain_and_its_interval_are_students(study: Study) -> None:
    pre, post, last = merge(study)
    found = gain(pre, post)
    before, after = (
        np.array([one.results[name].points / one.results[name].max_points for name in found.each])
        for one in (pre, post)
    )
    oracle = stats.ttest_rel(after, before).confidence_interval(0.95)
    assert (found.mean.low, found.mean.high) == pytest.approx((oracle.low, oracle.high))
    assert found.mean.value > 0.1
    assert found.normalised == pytest.approx((after - before).mean() / (1 - before.mean()))
    assert gain(pre, last).mean.n == 7  # who missed the last test is in no gain of it
    text = report([pre, post, last])
    assert "pre to post" in text
    assert "kappa" in text


def test_cohorts_are_compared_by_welch() -> None:
    one = gain_of({"a": 0.1, "b": 0.3, "c": 0.2})
    other = gain_of({"a": 0.0, "b": 0.1, "c": 0.03, "d": 0.03})
    assert compare(one, other).startswith("difference of the gains: +16.0 % of the points")
    assert "two cohorts" in compare(one, gain_of({"a": 0.1}))


def gain_of(each: dict[str, float]) -> Any:
    from netcourse.assessment.marking.agreement import Estimate
    from netcourse.classroom.study import Gain

    return Gain("pre", "post", Estimate(0, 0, 0, len(each)), 0, 0, each)


@pytest.mark.parametrize(
    ("effect", "cohorts", "published"), [(0.2, 1, 199), (0.5, 1, 34), (0.8, 1, 15), (0.5, 2, 64)]
)
def test_the_size_of_a_study_is_that_of_the_power_tables(
    effect: float, cohorts: int, published: int
) -> None:
    n = learners_needed(effect, 1.0, cohorts=cohorts)
    assert n == published
    assert power_of(n, effect, cohorts=cohorts) >= 0.8 > power_of(n - 1, effect, cohorts=cohorts)


def test_a_forged_ticket_is_in_no_table(study: Study) -> None:
    stranger = study.answers("pre") / "stranger.json"
    known = next(study.answers("pre").glob("*.json"))
    file = AnswersFile.model_validate_json(known.read_text())
    forged = file.model_copy(update={"pseudonym": "grey-goose-1234"})
    stranger.write_text(forged.to_json(), encoding="utf-8")
    try:
        session = merge(study)[0]
        assert "grey-goose-1234" not in session.results
        assert any("stranger.json" in text for text in session.refused)
    finally:
        stranger.unlink()


def test_the_command_reads_what_it_laid_out(study: Study, tmp_path: Path) -> None:
    run = CliRunner()
    done = run.invoke(app, ["study", "merge", str(study.folder), "--out", str(tmp_path / "t.csv")])
    assert done.exit_code == 0, done.output
    said = run.invoke(app, ["study", "report", str(study.folder), "--beside", str(study.folder)])
    assert "difference of the gains: +0.0 %" in said.output
    assert run.invoke(app, ["study", "report", str(tmp_path)]).exit_code == 1
    assert "34 learners" in run.invoke(app, ["study", "size", "--gain", "5", "--sd", "10"]).output
    assert read_study(study.folder) == replace(study)

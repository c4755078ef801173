"""The drill: what a signed reading is worth, which case comes next, and what survives a kill."""

from __future__ import annotations

import csv
import io
import os
import signal
import subprocess
import sys
from math import inf
from pathlib import Path
from statistics import fmean

import pytest
from pydantic import ValidationError
from simulated_reader import SIGNED, drilled, read_case

from netcourse.assessment.drill import (
    CaseScore,
    Curve,
    DrillCase,
    DrillLog,
    Mark,
    Reading,
    ability,
    drill_case,
    next_case,
    perfect,
    score,
)
from netcourse.assessment.drill.ability import Outcome, chance, due, expected
from netcourse.assessment.drill.case import Task
from netcourse.decisions.somatostatin import NEXT_STEPS
from netcourse.decisions.somatostatin.next_step import BOARD, NOTHING
from netcourse.evidence import figure
from netcourse.patients import Lesion
from netcourse.patients.composer import case_kind, compose


def signed(case: DrillCase) -> Reading:
    return perfect(case, "sure", 60, SIGNED)


def first(kind: str, least: int = 0) -> DrillCase:
    """The first case of a kind with at least so many targets."""
    seeds = (seed for seed in range(1, 500) if case_kind(seed) == kind)
    return next(case for seed in seeds if len((case := drill_case(seed)).targets) >= least)


TUMOUR, NORMAL = first("tumour", least=3), first("normal")


# --- scoring


@pytest.mark.parametrize("seed", range(1, 25))
def test_the_key_earns_every_point_and_no_error(seed: int) -> None:
    found = score(signed(drill_case(seed)))
    assert found.points == found.of
    assert (found.missed, found.false, found.errors) == ((), (), ())
    assert all(one.right for one in found.outcomes)


def test_no_reading_earns_less_than_nothing() -> None:
    far = Mark(point_mm=(0.0, 0.0, 0.0), krenning=4, category="5")
    for case in (TUMOUR, NORMAL):
        wrong = next(step for step in reversed(NEXT_STEPS) if step not in case.steps)
        worst = signed(case).model_copy(
            update={"marks": (far,) * 10, "step": wrong, "overall": "2"}
        )
        assert 0 <= score(worst).points < 0.3 * score(worst).of


def placed(case: DrillCase, lesion: Lesion, beyond_mm: float) -> Reading:
    """A single mark, so far beyond the lesion's edge, straight away from all others."""
    z, y, x = case.positions[lesion.id]
    away = lesion.size_mm / 2 + beyond_mm
    sides = [(z + away, y, x), (z - away, y, x), (z, y + away, x), (z, y - away, x)]
    others = [case.positions[one.id] for one in case.patient.lesions if one.id != lesion.id]
    clear = max(
        sides,
        key=lambda side: min(
            (sum((a - b) ** 2 for a, b in zip(side, other, strict=True)) for other in others),
            default=inf,
        ),
    )
    mark = Mark(
        point_mm=clear,
        krenning=case.krenning(lesion.id),
        category=case.category(lesion.id).verdict,
    )
    return signed(case).model_copy(update={"marks": (mark,)})


def test_a_mark_counts_up_to_the_tolerance_beyond_the_edge_and_not_further() -> None:
    reach = figure("drill.tolerance").value
    case = next(
        case
        for seed in range(1, 200)
        if len((case := drill_case(seed)).patient.lesions) == 1 and case.targets
    )
    lesion = case.targets[0]
    assert score(placed(case, lesion, reach - 0.1)).found == {lesion.id: 0}
    beside = score(placed(case, lesion, reach + 0.1))
    assert (beside.missed, beside.false) == ((lesion.id,), (0,))


def test_one_mark_on_lesions_that_have_grown_together_finds_all_of_them() -> None:
    big, small = TUMOUR.targets[0], TUMOUR.targets[1]
    case = DrillCase(TUMOUR.patient)
    where = dict(TUMOUR.positions)
    z, y, x = where[big.id]
    where[small.id] = (z, y, x + (big.size_mm + small.size_mm) / 2 - 1)
    object.__setattr__(case, "__dict__", case.__dict__ | {"positions": where})
    assert frozenset({big.id, small.id}) in case.masses
    where[small.id] = (z, y, x + (big.size_mm + small.size_mm) / 2 + 1)
    apart = DrillCase(TUMOUR.patient)
    object.__setattr__(apart, "__dict__", apart.__dict__ | {"positions": where})
    assert frozenset({big.id, small.id}) not in apart.masses


def test_a_second_mark_on_the_same_lesion_is_no_false_one() -> None:
    reading = signed(TUMOUR)
    twice = reading.model_copy(update={"marks": (*reading.marks, reading.marks[0])})
    assert score(twice).false == ()


def test_a_benign_finding_may_be_marked_as_benign_and_not_as_disease() -> None:
    case = next(case for seed in range(1, 200) if (case := drill_case(seed)).benign)
    one = case.benign[0]
    aside = Mark(point_mm=case.positions[one.id], krenning=3, category="1B")
    reading = signed(case)
    right = score(reading.model_copy(update={"marks": (*reading.marks, aside)}))
    assert one.id in right.called_benign
    assert right.false == ()
    wrong = aside.model_copy(update={"category": "4"})
    called = score(reading.model_copy(update={"marks": (*reading.marks, wrong)}))
    assert called.false == (len(reading.marks),)
    assert [o.right for o in called.outcomes if o.task.id == one.id] == [False]


def test_a_metastasis_called_benign_is_found_but_is_a_named_error() -> None:
    reading = signed(TUMOUR)
    called = reading.marks[0].model_copy(update={"category": "1B"})
    found = score(reading.model_copy(update={"marks": (called, *reading.marks[1:])}))
    assert found.missed == ()
    assert any("called benign" in error for error in found.errors)


def test_an_error_that_changes_management_costs_twice_and_is_named() -> None:
    case = next(
        case
        for seed in range(1, 500)
        if (case := drill_case(seed)).step.verdict == "CT, MRI or follow-up imaging"
    )
    full = score(signed(case))
    mild = score(signed(case).model_copy(update={"step": "FDG PET"}))
    grave = score(signed(case).model_copy(update={"step": BOARD}))
    assert (mild.of, mild.errors) == (full.of, ())
    assert grave.of == full.of + figure("drill.worth.decision").value
    assert grave.errors == (f"{BOARD} instead of CT, MRI or follow-up imaging",)
    assert grave.share < mild.share < full.share == 1


def test_calling_everything_normal_is_right_in_a_normal_case_alone() -> None:
    for case, share in ((NORMAL, 1.0), (TUMOUR, 0.0)):
        blank = signed(NORMAL).model_copy(
            update={"seed": case.patient.seed, "step": NOTHING, "overall": "1"}
        )
        assert score(blank).share == pytest.approx(share, abs=0.01)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"overall": "6"}, "overall score"),
        ({"step": "surgery"}, "decision"),
        (
            {"marks": [{"point_mm": (0, 0, 0), "krenning": 5, "category": "4"}]},
            "less than or equal",
        ),
        ({"marks": [{"point_mm": (0, 0, 0), "krenning": 3, "category": "6"}]}, "category"),
    ],
)
def test_a_reading_that_no_page_makes_is_refused(change: dict[str, object], complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        Reading.model_validate(signed(NORMAL).model_dump() | change)


# --- ability and the next case


def test_readers_of_known_ability_are_recovered_in_40_cases() -> None:
    """On average within 0.3 logits, whatever the ability, and without bias."""
    errors = []
    for n, true in enumerate((-1.2, 0.0, 1.2)):
        scores = drilled(true, 40, 1_000_003 * (n + 1))
        found = ability([one for case in scores for one in case.outcomes])
        errors.append(found.value - true)
        assert found.error < 0.25
    assert fmean(map(abs, errors)) < 0.3
    assert abs(fmean(errors)) < 0.2


def outcome(difficulty: float, right: bool, kind: str = "liver") -> Outcome:
    return Outcome(Task("L1", kind, (), difficulty, "liver_s6"), right)


def test_more_right_and_harder_tasks_mean_more_ability() -> None:
    mixed = [outcome(0, True), outcome(0, False)]
    assert ability(mixed).value == pytest.approx(0, abs=1e-6)
    assert ability([*mixed, outcome(0, True)]).value > 0
    assert ability([outcome(1, True)]).value > ability([outcome(-1, True)]).value
    assert ability(mixed * 20).error < ability(mixed).error


def test_a_case_that_the_model_says_half_are_right_is_half_right() -> None:
    assert chance(0.7, 0.7) == 0.5
    assert expected(TUMOUR, [outcome(0, True)] * 30) > expected(TUMOUR, [outcome(0, False)] * 30)


def test_the_next_case_is_nearer_to_the_aim_than_a_random_one() -> None:
    scores = drilled(0.0, 6, 77)
    outcomes = [one for case in scores for one in case.outcomes]
    chosen = next_case(77, scores)
    aim = figure("drill.target").value
    alike = [seed for seed in range(900, 1000) if case_kind(seed) == case_kind(chosen.seed)]
    away = [abs(expected(drill_case(seed), outcomes) - aim) for seed in alike[:12]]
    if not chosen.returns:
        assert abs(expected(drill_case(chosen.seed), outcomes) - aim) <= fmean(away)
    assert chosen == next_case(77, scores)


@pytest.mark.parametrize("after", ["first", "second", "third"])
def test_a_missed_kind_is_due_again_and_another_patient_brings_it_elsewhere(after: str) -> None:
    wait = int(figure(f"drill.returns.{after}").value)
    missed = TUMOUR.targets[0]
    reading = signed(TUMOUR)
    lost = score(reading.model_copy(update={"marks": reading.marks[1:]}))
    kind = next(one.task.kind for one in lost.outcomes if one.task.id == missed.id)
    after_it: list[CaseScore] = [score(signed(NORMAL))] * (wait - 1)
    assert kind not in dict(due([lost, *after_it[1:]])) or wait == 1
    assert (kind, missed.place) in list(due([lost, *after_it]))
    again = next_case(5, [lost, *after_it])
    assert again.returns == kind
    tasks = [task for task in drill_case(again.seed).tasks if task.kind == kind]
    assert any(task.place != missed.place for task in tasks)
    assert again.seed != TUMOUR.patient.seed


def test_the_choice_keeps_the_share_of_normal_cases() -> None:
    kinds = [case_kind(next_case(3, [score(signed(NORMAL))] * n).seed) for n in range(40)]
    drawn = [case_kind(3 + 1000 * n) for n in range(40)]
    assert kinds == drawn


# --- the file


def test_what_was_signed_is_there_after_a_restart(tmp_path: Path) -> None:
    log = DrillLog(tmp_path / "drill.json", first_seed=9)
    log.add(signed(TUMOUR))
    log.add(signed(NORMAL))
    again = DrillLog(tmp_path / "drill.json")
    assert again.first_seed == 9
    assert again.readings == (signed(TUMOUR), signed(NORMAL))


def test_two_pages_at_once_lose_nothing(tmp_path: Path) -> None:
    one, other = (DrillLog(tmp_path / "drill.json") for _ in range(2))
    one.add(signed(TUMOUR))
    other.add(signed(NORMAL))
    assert DrillLog(tmp_path / "drill.json").readings == (signed(TUMOUR), signed(NORMAL))


def test_a_damaged_file_is_kept_and_what_is_known_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "drill.json"
    path.write_text("{ no file of the drill", encoding="utf-8")
    log = DrillLog(path)
    assert "was kept as drill.unreadable-" in log.notice
    assert [file.read_text(encoding="utf-8") for file in tmp_path.glob("*unreadable*")] == [
        "{ no file of the drill"
    ]
    assert log.readings == ()


WRITER = """
import sys
from netcourse.assessment.drill import DrillLog, drill_case, perfect
log = DrillLog(sys.argv[1], first_seed=4)
key = perfect(drill_case(3), "sure", 60, "2026-01-01T00:00:00+00:00")
while True:
    print(len(log.add(key)), flush=True)
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows knows no SIGKILL")
def test_a_kill_at_any_instant_loses_nothing_that_was_signed(tmp_path: Path) -> None:
    path = tmp_path / "drill.json"
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        told = [int(writer.stdout.readline()) for _ in range(12)]
        writer.send_signal(signal.SIGKILL)
        told += [int(line) for line in writer.stdout.read().split()]
    log = DrillLog(path)
    assert log.notice == ""
    assert told[-1] <= len(log.readings) <= told[-1] + 1
    assert log.first_seed == 4


# --- the curve


def readings(count: int, right: float) -> list[CaseScore]:
    """So many cases, the first share of which is read perfectly, the rest called normal."""
    cases = [drill_case(seed) for seed in range(1, count + 1)]
    blank = {"marks": (), "step": NOTHING, "overall": "1"}
    return [
        score(signed(case) if n < right * count else signed(case).model_copy(update=blank))
        for n, case in enumerate(cases)
    ]


def test_the_curve_has_a_point_per_ten_cases_with_an_interval_around_each() -> None:
    curve = Curve(readings(25, 0.5))
    assert [(one.first, one.last) for one in curve.blocks] == [(1, 10), (11, 20), (21, 25)]
    assert curve.blocks[0].sensitivity.value == 1
    assert curve.blocks[2].sensitivity.value == 0
    for one in curve.blocks:
        for found in (one.sensitivity, one.false, one.errors):
            assert found.low <= found.value <= found.high


def test_competency_is_judged_from_the_window_on_and_needs_every_standard() -> None:
    window = int(figure("drill.competency.window").value)
    good, bad = readings(window, 1.0), readings(window, 0.0)
    assert Curve(good[:-1]).standards() == ()
    assert Curve(good).reached_at == window
    assert Curve(bad).reached_at is None
    assert "below published readers in positive or negative scans" in Curve(bad).line
    assert Curve([*bad, *good]).reached_at is not None


def test_a_good_reader_gone_bad_has_still_reached_it_once() -> None:
    window = int(figure("drill.competency.window").value)
    assert Curve(readings(window, 1.0) + readings(window, 0.0)).reached_at == window


def test_the_csv_has_a_row_per_case_that_a_spreadsheet_reads() -> None:
    rows = list(csv.DictReader(io.StringIO(Curve(readings(3, 1.0)).csv())))
    assert [row["seed"] for row in rows] == ["1", "2", "3"]
    assert all(row["found"] == row["lesions"] and row["share"] == "1.0" for row in rows)


def test_the_page_of_the_curve_names_its_standards_and_their_sources() -> None:
    page = Curve(readings(20, 0.5))._repr_html_()
    assert "published readers 0.64" in page
    assert "not for patient care" in page
    assert "SYNTHETIC" in page


def test_a_reader_who_knows_the_key_scores_alike_however_simulated() -> None:
    assert score(read_case(12, 50.0)).share == 1
    assert compose(12) == drill_case(12).patient

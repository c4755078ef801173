"""Figure 3 re-created: what therapy does shows in size, receptors and diffusion of one patient."""

from __future__ import annotations

import numpy as np
import pytest

from netcourse.evidence import figure
from netcourse.patients import Patient, generate
from netcourse.reading.lessons.prrt.response_page import figure_3, response_table
from netcourse.reading.lessons.prrt.tables import (
    disagreement_table,
    five_answers,
    prrt_card,
    reasons,
    rulebook_table,
    trial_table,
)
from netcourse.scanner import scan
from netcourse.simulation.follow_up import follow_up

PATIENT = generate("pancreas_second_line")


def after(months: float) -> Patient:
    return follow_up(PATIENT, months, alpha=figure("therapy.demonstration.responder").value)


@pytest.mark.covers("S53", "mri.scar")
def test_after_therapy_a_lesion_is_smaller_paler_and_less_bright_on_dwi() -> None:
    seen = {}
    for name, patient in (("before", PATIENT), ("after", after(11))):
        study = scan(patient, ["DWI", "PT"])
        point = study.lesions_mm["L1"]
        near = study["DWI"].array[study["DWI"].index(point)]
        seen[name] = (
            patient.lesion("L1").size_mm,
            patient.uptake("L1").suv_max,
            float(np.asarray(near)),
        )
    assert all(now < was for was, now in zip(seen["before"], seen["after"], strict=True))


def test_receptors_answer_before_the_sum_of_diameters_does() -> None:
    said = response_table(PATIENT).plain
    assert "4 months after the first cycle: sum" in said
    assert "RECIST stable disease" in said
    assert "responding" in said


def test_the_page_has_a_row_for_each_time_and_says_what_it_shows() -> None:
    page = figure_3(PATIENT, months=(0, 11))
    assert "before therapy, 11 months after the first cycle" in page.alt
    assert page.png.startswith(b"\x89PNG")
    assert "not for patient care" in page.caption


def test_tables_of_lesson_05_say_what_the_rules_say() -> None:
    assert "Course defer (E24)" in five_answers(generate("ileum_obstructed")).plain
    assert "E24 not met" in reasons(generate("ileum_obstructed")).plain
    assert "Creatinine clearance: not recommended below 40 mL/min" in rulebook_table().plain
    assert "contraindicated below 30 mL/min" in rulebook_table().plain
    assert disagreement_table().plain.count("\n") == 7
    assert "does not differ significantly" in trial_table().plain
    assert prrt_card().plain.count("□") == 32
    e8 = next(line for line in prrt_card().plain.splitlines() if line.startswith("□ E8 "))
    assert [
        f"{figure(f'prrt.course.{name}').value:g} mL/min" in e8
        for name in ("crcl_ok", "crcl_strong", "crcl_stop")
    ] == [True] * 3


def test_whom_a_trial_did_not_take_lies_outside_it_with_all_that_excludes() -> None:
    said = five_answers(PATIENT).plain
    assert "NETTER-1 outside the trial (E3, E6)" in said
    assert "EMA label not indicated" in five_answers(generate("ileum_functioning")).plain, (
        "a label's no is advice"
    )


def test_the_median_that_was_not_reached_is_not_joined_with_a_later_one() -> None:
    first = trial_table().plain.splitlines()[0]
    assert "not reached against 8.4; update 28.4" in first
    assert all(
        "progression-free survival" in line
        for line in trial_table().plain.splitlines()
        if "overall" not in line
    )


def test_uptake_that_rises_again_while_a_lesion_shrinks_is_said_to_be_no_progression() -> None:
    assert "rose again while size fell" in response_table(PATIENT).plain
    assert "rose again" not in response_table(PATIENT, months=(4,)).plain

"""The tumour board: tests tell what they can tell, the shortest way is found and not written, four
voices speak from the rules.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from driving import turn

from netcourse.assessment import MemoryAnswers, course_summary, load_exercise
from netcourse.assessment.sheet.session import Session
from netcourse.decisions.board.voices import arguments, voices
from netcourse.decisions.board.work_up import (
    TESTS,
    cost,
    examinations,
    known,
    shortest_path,
    verdict_after,
)
from netcourse.decisions.prrt import prrt
from netcourse.decisions.prrt.criterion import VERDICTS
from netcourse.decisions.tracer import tracer, tracer_question
from netcourse.evidence import figure
from netcourse.patients import Labs, generate
from netcourse.reading.lab import Lab
from netcourse.reading.lessons.board import BoardPictures, TumourBoard
from netcourse.reading.lessons.board.patient_sheet import sheet_in_writing
from netcourse.reading.lessons.board.tables import board_heard, shortest_paths

TWELVE = [
    "ileum_disseminated",
    "pancreas_new",
    "dedifferentiated_metastasis",
    "colon_nec",
    "rectum_low_expression",
    "ileum_functioning",
    "ileum_obstructed",
    "uncinate_and_node",
    "pancreas_g3",
    "breast_and_spleen",
    "analogue_follow_up",
    "rectum_removed",
]
EXERCISES = Path(__file__).resolve().parents[1] / "exercises"


@pytest.mark.parametrize("case", TWELVE)
@pytest.mark.parametrize("seed", [0, 3])
def test_the_shortest_way_reaches_the_verdict_and_no_cheaper_one_of_its_parts_does(
    case: str, seed: int
) -> None:
    patient = generate(case, seed)
    path, end = shortest_path(patient), verdict_after(patient, TESTS)
    assert verdict_after(patient, path) == end
    first = tracer(tracer_question(patient)).verdict
    for test in path:
        less = [one for one in path if one != test]
        asked = {"ssr": "SSR PET/CT", "fdg": "FDG PET/CT", "ct": "CT or MRI"}.get(test, "no test")
        assert verdict_after(patient, less) != end or asked in first, f"{test} adds nothing"


@pytest.mark.parametrize("case", TWELVE)
def test_all_tests_together_tell_the_whole_patient(case: str) -> None:
    patient = generate(case)
    if patient.history.course_confirmed:
        assert verdict_after(patient, TESTS) == prrt(patient).verdict


def test_a_test_that_was_not_done_tells_nothing() -> None:
    patient = generate("ileum_functioning")
    nothing, reads = known(patient, ())
    assert nothing.labs == Labs()
    assert (nothing.history.course, nothing.history.resectable, nothing.condition.nyha) == (
        None,
        None,
        None,
    )
    assert {read.ssr.liver for read in reads} == {None}
    assert {read.fdg for read in reads} == {None}
    assert verdict_after(patient, ()) == "cannot decide"
    whole, _ = known(patient, TESTS)
    assert whole.labs == patient.labs


def test_a_carcinoma_needs_no_more_than_fdg_and_a_removed_polyp_nothing() -> None:
    assert shortest_path(generate("colon_nec")) == ("fdg",)
    assert shortest_path(generate("rectum_removed")) == ()
    assert "echo" in shortest_path(generate("ileum_functioning"))
    assert shortest_path(generate("breast_and_spleen")) == ("ssr",), (
        "only a scan says that the tumour is gone"
    )


def test_tests_cost_days_and_dose() -> None:
    assert cost(["laboratory", "laboratory"]) == (figure("workup.days.laboratory").value, 0)
    assert cost(TESTS)[0] == sum(one.days for one in examinations().values())
    assert examinations()["ssr"].msv > figure("dose.effective.pet_low_dose").value
    with pytest.raises(ValueError, match="tests are laboratory, ct, ssr, fdg, mri, echo"):
        cost(["mibg"])


@pytest.mark.parametrize("case", TWELVE)
def test_four_voices_speak_and_each_says_what_a_rule_says(case: str) -> None:
    found = voices(generate(case))
    assert [one.who for one in found] == [
        "Radiologist",
        "Nuclear physician",
        "Oncologist",
        "Surgeon",
    ]
    assert prrt(generate(case)).verdict in found[1].says
    assert all(one.says for one in found)


def test_the_board_argues_where_rules_disagree_and_is_silent_where_they_do_not() -> None:
    assert any("rulebooks part" in one for one in arguments(generate("pancreas_new")))
    assert any(
        "SSTR-RADS 5 would consider" in one
        for one in arguments(generate("dedifferentiated_metastasis"))
    )
    assert arguments(generate("rectum_removed")) == ()
    assert "Surgeon" in board_heard(generate("pancreas_g3")).plain
    assert "days" in shortest_paths(generate("colon_nec")).plain


def test_the_lab_tells_only_what_was_ordered_and_the_board_only_when_it_is_open() -> None:
    lab = Lab(TumourBoard([("dedifferentiated_metastasis", 0), ("ileum_obstructed", 0)]))
    assert "No test has been ordered" in lab._figure
    turn(lab, ssr=True)
    assert "SSR 0.3 × liver" in lab._figure
    assert "FDG 4.7" not in lab._figure
    assert "Surgeon" not in lab._figure
    turn(lab, fdg=True, advice="defer", board=True)
    assert "FDG 4.7 × liver" in lab._figure
    assert "Surgeon" in lab._figure
    assert lab.model.result.endswith("defer is right")
    turn(lab, patient="ileum_obstructed-0")
    assert lab.model.done == ()
    assert not lab.model.board


def test_a_sheet_for_the_board_leaves_the_uptake_to_the_reader() -> None:
    patient = generate("ileum_obstructed")
    assert "× liver" in sheet_in_writing(patient)
    assert "× liver" not in sheet_in_writing(patient, lesions=False)


def answered(right_at_the_board: bool) -> MemoryAnswers:
    """Answers to every question of the course, right but perhaps at the board."""
    answers = MemoryAnswers()
    for path in sorted(EXERCISES.glob("*.toml")):
        session = Session(load_exercise(path), answers)
        for item in session.exercise.items:
            key = item.key(session.truth(item)).value
            value = list(key) if isinstance(key, tuple) else key
            if path.stem == "06_tumour_board" and not right_at_the_board and item.kind == "choice":
                value = next(option.id for option in item.all_options if option.id != key)
            session.answer(item.id, value, "sure")
    return answers


def test_the_certificate_is_given_for_all_questions_and_a_passed_board_alone(
    tmp_path: Path,
) -> None:
    empty = course_summary(MemoryAnswers())
    assert not empty.passed
    with pytest.raises(ValueError, match="questions are open"):
        empty.certificate()
    failed = course_summary(answered(right_at_the_board=False))
    assert failed.board_share < figure("board.pass").value / 100
    with pytest.raises(ValueError, match="the tumour board has"):
        failed.certificate()
    assert "Look again at “The tumour board”" in failed.next_step
    done = course_summary(answered(right_at_the_board=True))
    assert done.passed
    assert done.next_step == "Nothing is left to improve."
    page = done.save_certificate(tmp_path / "certificate.html").read_text(encoding="utf-8")
    assert done.pseudonym in page
    assert "not for patient care" in page
    assert "No medical qualification" in page
    assert set(VERDICTS) >= {prrt(generate(case)).verdict for case in TWELVE}


def test_only_what_was_ordered_is_seen_and_another_patient_brings_no_pictures() -> None:
    board = TumourBoard([("dedifferentiated_metastasis", 0), ("pancreas_new", 0)])
    pictures = BoardPictures(board)
    assert pictures.viewer is None
    board.ssr = True
    assert pictures.viewer is not None
    assert set(pictures.viewer.study.volumes) == {"CT low dose", "PT"}
    board.fdg = True
    assert set(pictures.viewer.study.volumes) == {"CT low dose", "PT", "FDG"}
    board.set(patient="pancreas_new-0")
    assert len(pictures.children) == 1
    assert repr(pictures) == "Pictures ordered: none"

"""The exercise on its sheet, driven from Python: what it shows, keeps, and says again after a
restart.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from netcourse.assessment import (
    AnswersError,
    ExerciseView,
    MemoryAnswers,
    StoredAnswers,
    open_exercise,
    read_answers,
)
from netcourse.assessment.sheet import widget
from netcourse.assessment.sheet.state import sheet_state, static_html
from netcourse.assessment.sheet.widget import answers_path
from netcourse.decisions.core import DISCLAIMER
from netcourse.decisions.somatostatin import krenning
from netcourse.scanner import Study, scan

SEED = 7


@pytest.fixture
def view() -> ExerciseView:
    return open_exercise("03_krenning", MemoryAnswers(SEED))


@pytest.fixture(scope="module")
def studies() -> dict[str, Study]:
    """The pictures of two of the exercise's patients, as the learner of that seed gets them."""
    session = open_exercise("03_krenning", MemoryAnswers(SEED)).session
    items = {item.case: item for item in session.exercise.items if item.case in ("rectum", "node")}
    return {str(case): scan(session.truth(item).patient) for case, item in items.items()}


@pytest.fixture
def seen(studies: dict[str, Study]) -> ExerciseView:
    """The exercise with its pictures ready."""
    made = open_exercise("03_krenning", MemoryAnswers(SEED))
    made.pictures.studies.update(studies)
    return made


def key(view: ExerciseView, item: str) -> Any:
    asked = view.session.exercise.item(item)
    return asked.key(view.session.truth(asked)).value


def hears(view: ExerciseView, **message: Any) -> list[dict[str, Any]]:
    """Send what the browser would send, and return what the sheet sends back."""
    said: list[dict[str, Any]] = []
    view.sheet.send = lambda content, buffers=None: said.append(content)
    view._heard(view.sheet, message, [])
    return said


# ---------------------------------------------------------------- what it shows


def test_its_line_says_how_far_the_learner_is_and_stays_the_same_from_run_to_run(
    view: ExerciseView,
) -> None:
    assert repr(view) == "Exercise 03_krenning: 0 of 18 answered, 0.0 of 30 points"
    view.answer("q2", key(view, "q2"), confidence="sure")
    assert repr(view) == "Exercise 03_krenning: 1 of 18 answered, 2.0 of 30 points"
    assert repr(view.sheet) == "AnswerSheet(1 of 18 answered)"


def test_the_browser_is_told_no_key_before_an_answer(view: ExerciseView) -> None:
    state = view.sheet.state
    text = json.dumps(state)
    assert all(item["feedback"] == "" and item["hint"] is None for item in state["items"])
    for word in ("krenning(", "when", '"true"', "because", '"key"'):
        assert word not in text, word
    for item in view.session.exercise.items:
        for option in getattr(item, "options", ()):
            if option.because:
                assert view.session.truth(item).fill(option.because) not in text


def test_options_stand_in_the_learners_own_order() -> None:
    def order(seed: int) -> list[str]:
        state = sheet_state(open_exercise("03_krenning", MemoryAnswers(seed)).session)
        return [
            option["id"]
            for option in next(item for item in state["items"] if item["id"] == "q10")["control"][
                "options"
            ]
        ]

    assert order(7) == order(7)
    assert len({tuple(order(seed)) for seed in range(20)}) > 5
    assert sorted(order(7)) == sorted(order(8))


def test_without_a_kernel_the_page_shows_the_questions_and_nobodys_answers(
    view: ExerciseView,
) -> None:
    data, _ = view._repr_mimebundle_()
    before = data["text/html"]
    assert data["text/plain"] == repr(view)
    for words in ("The liver reference", "SYNTHETIC", DISCLAIMER, "18 questions"):
        assert words in before
    view.answer("q2", 1)
    assert view._repr_mimebundle_()[0]["text/html"] == before == static_html(view.session.exercise)


def test_the_sheet_loads_nothing_from_elsewhere() -> None:
    style = (Path(widget.__file__).parent / "sheet.css").read_text(encoding="utf-8")
    for text in (widget.script(), style):
        assert "http" not in text
        assert "@import" not in text
        assert "import " not in "\n".join(
            line for line in text.splitlines() if not line.lstrip().startswith("//")
        )


# ---------------------------------------------------------------- answering


def test_answer_and_check_say_the_same_and_an_open_item_has_no_feedback(view: ExerciseView) -> None:
    told = view.answer("q2", 2, confidence="guess")
    assert str(view.check("q2")) == str(told)
    assert "Changes management" in str(told)
    with pytest.raises(ValueError, match="has no answer yet"):
        view.check("q3")
    with pytest.raises(KeyError, match="has no item 'Q2'; items are q1, q2"):
        view.check("Q2")


def test_a_second_try_is_practice_and_the_first_counts(view: ExerciseView) -> None:
    view.answer("q2", 1)
    told = view.answer("q2", key(view, "q2"))
    assert "for practice" in told.headline
    assert told.verdict == "right"
    assert view.result["q2"].points == 0


@pytest.mark.parametrize(
    ("item", "value", "words"),
    [
        ("q2", 7, "a whole number from 0 to 4"),
        ("q2", "3", "a whole number from 0 to 4"),
        ("q1", float("nan"), "no number"),
        ("q6", [1, 2], r"a point \(z, y, x\)"),
        ("q10", "tumour", "options are"),
        ("q11", ["ct", "x"], "options are"),
    ],
)
def test_an_impossible_answer_says_what_is_allowed_and_is_not_kept(
    view: ExerciseView, item: str, value: Any, words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        view.answer(item, value)
    assert view.result.answered == 0
    assert view.session.answers.file.answers == ()


def test_an_unknown_word_of_confidence_is_refused(view: ExerciseView) -> None:
    with pytest.raises(ValueError, match="did you mean sure"):
        view.answer("q2", 3, confidence="Sure")


def test_a_hint_states_its_cost_beforehand_and_costs_it_once(view: ExerciseView) -> None:
    state = {item["id"]: item for item in view.sheet.state["items"]}
    assert state["q2"]["hint_offer"] == "Hint: costs 0.5 of 2 points"
    assert view.hint("q2") == view.hint("q2")
    told = view.answer("q2", key(view, "q2"))
    assert told.points == 1.5
    assert "The hint cost 25 %" in str(told)


def test_a_refusal_reaches_the_browser_in_words(view: ExerciseView) -> None:
    (said,) = hears(view, do="check", item="q2", value=9, confidence="sure")
    assert said["do"] == "refused"
    assert "no score" in said["text"]
    (said,) = hears(view, do="hint", item="q99")
    assert "no item" in said["text"]
    assert hears(view, do="nonsense", item="q2") == []


def test_the_end_speaks_of_objectives_confidence_and_what_to_look_at_again(
    view: ExerciseView,
) -> None:
    for item in view.session.exercise.items:
        value = key(view, item.id)
        view.answer(item.id, 0 if item.id == "q13" else value, confidence="sure")
    text, html = str(view.summary()), view.sheet.state["summary"]
    for words in (
        *view.session.exercise.objectives,
        "17 of 18 times",
        "Top class without a spleen",
        "too low: 1",
    ):
        assert words in text, words
    for objective in view.session.exercise.objectives:
        assert objective in html


# ---------------------------------------------------------------- pictures


def test_a_voi_in_the_liver_and_round_the_node_gives_the_key(seen: ExerciseView) -> None:
    seen.go_to("q1")
    assert seen.viewer is not None
    with pytest.raises(ValueError, match="no VOI"):
        seen.take("q1")
    seen.viewer.place_voi(seen.viewer.study.landmarks_mm["liver"], 30)
    value, said = seen.take("q1")
    assert said.startswith("SUVmean")
    assert seen.answer("q1", value).verdict == "right", f"{value} against {key(seen, 'q1')}"
    seen.go_to("q7")
    seen.viewer.place_voi(seen.viewer.study.lesions_mm["N1"], 20)
    value, _ = seen.take("q7")
    assert seen.answer("q7", value).verdict == "right", f"{value} against {key(seen, 'q7')}"


def test_who_measures_the_lesion_in_the_pictures_and_applies_the_rule_gets_full_marks(
    seen: ExerciseView,
) -> None:
    scored = [
        item
        for item in seen.session.exercise.items
        if item.kind == "score" and item.case in seen.pictures.studies
    ]
    assert len(scored) >= 4
    for item in scored:
        seen.go_to(item.id)
        assert seen.viewer is not None
        (lesion,) = item.lesions
        truth = seen.session.truth(item)
        asked = item.key(truth).asked[0]
        found = seen.viewer.place_voi(
            seen.viewer.study.lesions_mm[lesion], max(12.0, truth.lesions[lesion].size_mm)
        )
        assert found.suv_max is not None
        uptake = truth.patient.uptake(truth.lesions[lesion])
        score = krenning(uptake.model_copy(update={"suv_max": found.suv_max}), *asked.words).score
        told = seen.answer(item.id, score)
        assert told.verdict == "right", (
            f"{item.id}: measured {found.suv_max:.1f} gives {score}; {told}"
        )


def test_a_mark_on_the_lesion_is_right_and_the_lesion_is_not_marked_beforehand(
    seen: ExerciseView,
) -> None:
    seen.go_to("q6")
    assert seen.viewer is not None
    assert [marker.id for marker in seen.viewer.markers] == []
    seen.go_to("q7")
    assert "N1" not in [marker.id for marker in seen.viewer.markers], (
        "the next question must not give the place away"
    )
    seen.go_to("q6")
    with pytest.raises(ValueError, match="no mark"):
        seen.take("q6")
    seen.viewer.mark_mm = seen.viewer.study.lesions_mm["N1"]
    value, _ = seen.take("q6")
    assert seen.answer("q6", value).verdict == "right"
    seen.go_to("q7")
    assert [marker.id for marker in seen.viewer.markers] == ["N1"]


def test_the_voi_behind_a_number_is_kept_with_it_and_not_behind_another_number(
    seen: ExerciseView,
) -> None:
    hears(seen, do="shown")
    seen.go_to("q1")
    assert seen.viewer is not None
    seen.viewer.place_voi(seen.viewer.study.landmarks_mm["liver"], 30)
    (took,) = hears(seen, do="take", item="q1")
    hears(seen, do="check", item="q1", value=took["value"], confidence="sure")
    hears(seen, do="check", item="q1", value=took["value"] + 1, confidence="sure")
    first, second = seen.session.entries("q1")
    assert first.voi is not None
    assert first.voi.diameter_mm == 30
    assert second.voi is None


def test_a_question_without_a_patient_leaves_the_pictures_alone(view: ExerciseView) -> None:
    view.go_to("q17")
    assert view.viewer is None


def test_no_earlier_patient_hangs_beside_the_next_question(
    seen: ExerciseView, studies: dict[str, Study]
) -> None:
    items = seen.session.exercise.items
    first, second = (
        next(item.id for item in items if item.case == case) for case in ("rectum", "node")
    )
    meanwhile: list[tuple[Any, ...]] = []

    def scanned(_patient: object) -> Study:
        meanwhile.append(seen.children)
        return studies["node"]

    del seen.pictures.studies["node"]
    seen.pictures._scan = scanned
    seen.go_to(first)
    assert seen.children == (seen.viewer, seen.sheet)
    seen.go_to(second)
    assert meanwhile == [(seen.sheet,)], "while the scan runs nothing hangs there"
    assert seen.children == (seen.viewer, seen.sheet)
    assert seen.viewer is not None
    assert seen.viewer.study is studies["node"]
    seen.go_to("q17")
    assert seen.children == (seen.sheet,)


# ---------------------------------------------------------------- restart


def test_after_a_restart_the_sheet_stands_where_it_stood(tmp_path: Path) -> None:
    path = tmp_path / "answers.json"
    before = open_exercise("03_krenning", path)
    before.hint("q3")
    before.answer("q2", 3, confidence="sure")
    after = open_exercise("03_krenning", path)
    assert after.sheet.state == before.sheet.state
    assert after.session.course_seed == before.session.course_seed
    assert str(after.check("q2")) == str(before.check("q2"))
    assert len(read_answers(path).answers) == 2


def test_a_damaged_file_is_spoken_of_on_the_sheet(tmp_path: Path) -> None:
    path = tmp_path / "answers.json"
    path.write_text("{", encoding="utf-8")
    view = open_exercise("03_krenning", path)
    assert "could not be read" in view.sheet.state["notice"]


def test_a_file_of_a_newer_netcourse_opens_nothing(tmp_path: Path) -> None:
    path = tmp_path / "answers.json"
    text = StoredAnswers(path).file.to_json().replace('"schema_version": 1', '"schema_version": 2')
    path.write_text(text, encoding="utf-8")
    with pytest.raises(AnswersError, match="update netcourse"):
        open_exercise("03_krenning", path)


def test_answers_lie_beside_the_exercises_folder_or_where_the_environment_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "exercises").mkdir()
    monkeypatch.delenv("NETCOURSE_ANSWERS", raising=False)
    monkeypatch.chdir(tmp_path / "exercises")
    assert answers_path() == tmp_path / "answers.json"
    monkeypatch.setenv("NETCOURSE_ANSWERS", str(tmp_path / "mine.json"))
    assert answers_path() == tmp_path / "mine.json"

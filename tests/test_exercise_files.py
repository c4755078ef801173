"""Exercise pages: those of the course hold on every variant, and an author's mistakes are all named
at once.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from netcourse.assessment import (
    ExerciseError,
    check_exercise,
    course_exercises,
    exercise_schema,
    find_exercise,
    load_exercise,
    new_exercise,
)
from netcourse.assessment.exercise.kinds import KINDS
from netcourse.assessment.keys.expressions import ExpressionError, parse
from netcourse.assessment.keys.truth import draw_truth, shuffled
from netcourse.decisions.core import DISCLAIMER
from netcourse.decisions.somatostatin import krenning
from netcourse.scanner import positions

COURSE = course_exercises()


@pytest.fixture
def page(tmp_path: Path) -> str:
    """A valid page as text, to be broken."""
    return new_exercise(tmp_path / "broken.toml").read_text(encoding="utf-8")


def problems(tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "page.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ExerciseError) as told:
        load_exercise(path)
    return [str(problem) for problem in told.value.problems]


@pytest.mark.parametrize("path", COURSE, ids=lambda path: path.stem)
def test_every_key_and_text_of_the_course_holds_on_all_variants_a_class_can_draw(
    path: Path,
) -> None:
    exercise = load_exercise(path)
    assert check_exercise(exercise, variants=60) == []
    assert exercise.id == path.stem


def test_the_krenning_exercise_asks_in_five_ways_and_every_item_serves_an_objective() -> None:
    exercise = load_exercise(find_exercise("03_krenning"))
    assert len(exercise.items) >= 12
    assert {item.kind for item in exercise.items} >= {
        "score",
        "choice",
        "choices",
        "number",
        "point",
    }
    assert {item.objective for item in exercise.items} == set(
        range(1, len(exercise.objectives) + 1)
    )
    assert all(item.evidence for item in exercise.items), "each item cites what it rests on"


def test_no_answer_is_typed_into_a_page_of_the_course() -> None:
    for path in COURSE:
        for row in tomllib.loads(path.read_text(encoding="utf-8"))["items"]:
            assert isinstance(row.get("key", ""), str), row["id"]
            if "key" in row:
                assert parse(row["key"]).functions, f"{row['id']}: a key asks the case"


def test_the_key_of_a_score_is_what_the_rule_says_of_that_learners_patient() -> None:
    exercise = load_exercise(find_exercise("03_krenning"))
    for seed in range(20):
        for item in exercise.items:
            if item.kind != "score":
                continue
            truth = exercise.truth(item, seed)
            (lesion,) = item.lesions
            variant = "planar" if "planar" in item.key_ else "pet"
            assert (
                item.key(truth).value
                == krenning(truth.patient.uptake(truth.lesions[lesion]), variant).score
            )


def test_the_key_of_a_point_is_where_the_scanner_puts_the_lesion() -> None:
    exercise = load_exercise(find_exercise("03_krenning"))
    item = exercise.item("q6")
    truth = exercise.truth(item, 11)
    assert item.key(truth).value == positions(truth.patient)["N1"]


def test_neighbours_read_different_patients_and_one_learner_always_the_same() -> None:
    exercise = load_exercise(find_exercise("03_krenning"))
    item = exercise.item("q2")
    assert exercise.truth(item, 5).patient == exercise.truth(item, 5).patient
    assert len({exercise.truth(item, seed).patient.model_dump_json() for seed in range(12)}) > 8


def test_options_stand_in_another_order_for_the_neighbour_and_in_the_same_at_the_next_opening() -> (
    None
):
    ids = ["a", "b", "c", "d"]
    assert shuffled(ids, 3, "x", "q") == shuffled(ids, 3, "x", "q")
    assert len({tuple(shuffled(ids, seed, "x", "q")) for seed in range(60)}) > 12


def test_an_item_cannot_give_its_own_answer_away_in_the_prompt() -> None:
    exercise = load_exercise(find_exercise("03_krenning"))
    for item in exercise.items:
        for _, key in item.expressions():
            assert f"{{{key}}}" not in item.prompt, item.id


# ---------------------------------------------------------------- mistakes


def test_all_mistakes_of_a_page_are_told_at_once_with_file_item_field_and_what_is_allowed(
    tmp_path: Path, page: str
) -> None:
    broken = (
        page.replace('key = "krenning(L2)"', 'key = "krening(L2)"')
        .replace("points = 2", "points = 0", 1)
        .replace(
            'case = "first"\ntitle = "Measure the liver"',
            'case = "frist"\ntitle = "Measure the liver"',
        )
        .replace('evidence = ["KP6"]', 'evidence = ["KP66"]')
        .replace("true = false", 'true = "size_mm(N9) > 3"')
        .replace('key = "position(N1)"', 'key = "suv_max(N1)"')
    )
    told = problems(tmp_path, broken)
    assert all(line.startswith("page.toml, ") for line in told)
    expected = {
        "item 'q1', key": "did you mean krenning?",
        "item 'q1', points": "a number above 0",
        "item 'q2', case": "did you mean first?",
        "item 'q3', evidence": "no statement 'KP66'",
        "item 'q4', options 'alone'": "no lesion 'N9'",
        "item 'q5', key": 'allowed is position(lesion), like "position(',
    }
    for place, words in expected.items():
        assert any(place in line and words in line for line in told), (place, told)


@pytest.mark.parametrize(
    ("old", "new", "place", "words"),
    [
        ('kind = "score"', 'kind = "scroe"', "item 'q1', kind", "did you mean score?"),
        (
            'kind = "score"\n',
            "",
            "item 'q1', kind",
            "is missing; allowed are score, choice, choices, number, point",
        ),
        ('title = "A short title"', "title = 3", "title", "is 3; allowed is 1 to 120 characters"),
        ("version = 1 ", "version = true ", "version", "is True"),
        (
            'archetype = "uncinate_and_node"',
            'archetype = "uncinate"',
            "case 'second', archetype",
            "allowed are",
        ),
        ('key = "krenning(L2)"', "key = 3", "item 'q1', key", "is 3; allowed is an expression"),
        (
            'key = "krenning(L2)"',
            'key = "3"',
            "item 'q1', key",
            "is a typed value; a key asks the case",
        ),
        (
            'key = "krenning(L2)"',
            'key = "__import__(\\"os\\")"',
            "item 'q1', key",
            "no function '__import__'",
        ),
        ('key = "krenning(L2)"', 'key = "L2.ssr_suv"', "item 'q1', key", "a dot is not allowed"),
        (
            'key = "krenning(L2)"',
            'key = "suv_max(L2) * 100"',
            "item 'q1', key",
            "a score is one of 0, 1, 2, 3, 4",
        ),
        ("objective = 1 ", "objective = 7 ", "item 'q1', objective", "1 to 1"),
        (
            'prompt = "Score L2 ({L2.where})',
            'prompt = "Score L2 ({L2.were})',
            "item 'q1', prompt",
            "did you mean L2.where?",
        ),
        ("tolerance = 0.6", "tolerance = -1", "item 'q2', tolerance", "a number above 0"),
        ("tolerance = 0.6", "tolerance = nan", "item 'q2', tolerance", "is nan"),
        ('measure = "suv_mean"', 'measure = "suvmean"', "item 'q2', measure", "suv_mean"),
        (
            "when = 'nature(U1) == \"physiologic\"'",
            "when = true",
            "item 'q3', options",
            "2 options hold",
        ),
        (
            "when = 'nature(U1) == \"net\"'",
            "when = 'nature(U1) == \"physiologic\"'",
            "item 'q3', options",
            "2 options hold",
        ),
        ('id = "tumour"', 'id = "physiologic"', "item 'q3', options", "stands twice"),
        ('id = "q5"', 'id = "q1"', "item 'q1', id", "stands twice"),
        (
            "hint_cost = 0.25",
            "hint_price = 0.25",
            "item 'q1', hint_price",
            "did you mean hint_cost?",
        ),
    ],
)
def test_a_mistake_is_named_where_it_stands(
    tmp_path: Path, page: str, old: str, new: str, place: str, words: str
) -> None:
    assert old in page
    changed = page.replace(old, new, 1)
    if words == "2 options hold" and new == "when = true":
        changed = changed.replace(
            "when = 'nature(U1) == \"net\"'", "when = 'nature(U1) == \"physiologic\"'"
        )
    told = problems(tmp_path, changed)
    assert any(place in line and words in line for line in told), told


def test_a_page_that_is_no_toml_says_where_it_breaks(tmp_path: Path) -> None:
    (told,) = problems(tmp_path, 'id = "x"\ntitle = open')
    assert "cannot be read as TOML" in told
    assert "line 2" in told


def test_a_fact_without_evidence_is_refused(tmp_path: Path, page: str) -> None:
    told = problems(
        tmp_path,
        page.replace("""when = 'nature(U1) == "physiologic"'""", "when = true").replace(
            'evidence = ["KP6"]\n', ""
        ),
    )
    assert any("item 'q3', evidence: is missing" in line for line in told), told


@pytest.mark.parametrize(
    "text",
    [
        "2 ** 9",
        "[1, 2]",
        "L1 if L2 else L3",
        "lambda: 1",
        "f'{1}'",
        "(" * 40 + "1" + ")" * 40,
        "1 +",
        "1e400",
        "x := 3",
    ],
)
def test_the_key_language_has_no_more_than_it_needs(text: str) -> None:
    try:
        expression = parse(text)
    except ExpressionError:
        return
    assert not expression.functions
    assert text.startswith("("), f"{text} was read as {expression}"


def test_an_impossible_question_to_a_case_is_told_in_words() -> None:
    truth = draw_truth("splenectomy", 0)
    with pytest.raises(ExpressionError, match="no spleen"):
        truth.value('reference("spleen")')


# ---------------------------------------------------------------- the template


def test_a_new_exercise_loads_as_written_with_all_kinds(tmp_path: Path) -> None:
    exercise = load_exercise(new_exercise(tmp_path / "07_mine"))
    assert exercise.id == "07_mine"
    assert {item.kind for item in exercise.items} == set(KINDS)
    assert check_exercise(exercise, variants=10) == []


def test_a_new_exercise_overwrites_nothing_and_refuses_a_name_that_is_no_id(tmp_path: Path) -> None:
    path = new_exercise(tmp_path / "mine.toml")
    path.write_text("mine", encoding="utf-8")
    with pytest.raises(FileExistsError):
        new_exercise(path)
    assert path.read_text(encoding="utf-8") == "mine"
    with pytest.raises(ValueError, match="can be no exercise id"):
        new_exercise(tmp_path / "my exercise")


def test_an_unknown_exercise_says_where_it_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="did you mean 03_krenning"):
        find_exercise("03_krening")


def test_the_schema_knows_every_kind_and_the_disclaimer_stands() -> None:
    titles = {
        kind["$ref"].rsplit("/", 1)[1]
        for kind in exercise_schema()["properties"]["items"]["items"]["oneOf"]
    }
    assert titles == {kind.__name__ for kind in KINDS.values()}
    assert DISCLAIMER == "for education, not for patient care"

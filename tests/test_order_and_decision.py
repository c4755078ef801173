"""The kinds `order` and `decision`: what sorts and carries is asked of the case, and no answer
breaks the mark.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netcourse.assessment import (
    Answer,
    AnswersFile,
    Exercise,
    ExerciseError,
    MemoryAnswers,
    Session,
    check_exercise,
    grade,
    load_exercise,
    open_exercise,
    parse_answers,
)
from netcourse.assessment.exercise.item import Judgement
from netcourse.assessment.exercise.kinds.decision import DecisionItem
from netcourse.assessment.exercise.kinds.order import OrderItem, order_share
from netcourse.assessment.exercise.load import read_exercise
from netcourse.assessment.exercise.model import _nobody
from netcourse.assessment.keys.expressions import Argument, ExpressionError, Function
from netcourse.assessment.keys.registry import FUNCTIONS
from netcourse.assessment.keys.truth import Truth, _drawn, once
from netcourse.assessment.marking.feedback import nearest_flip
from netcourse.assessment.sheet.state import sheet_state, static_html
from netcourse.classroom import grade_folder
from netcourse.decisions.core import CANNOT_DECIDE, Decision, Flip, Reason, Status, Weight
from netcourse.decisions.somatostatin import krenning
from netcourse.evidence import Mark, figure
from netcourse.patients import generate

PAGE = Path(__file__).with_name("order_and_decision.toml")
EXERCISE = load_exercise(PAGE)
SEED = 7
NOW = "2026-05-04T10:00:00+00:00"
VERDICT = figure("assessment.decision.verdict").value


def key(item: str, seed: int = SEED, exercise: Exercise = EXERCISE) -> tuple[str, ...]:
    asked = exercise.item(item)
    found: tuple[str, ...] = asked.key(exercise.truth(asked, seed)).value
    return found


def judge(item: str, *value: str, seed: int = SEED, exercise: Exercise = EXERCISE) -> Judgement:
    asked = exercise.item(item)
    truth = exercise.truth(asked, seed)
    return asked.judge(asked.accept(list(value)), asked.key(truth), truth)


def changed(*changes: tuple[str, str]) -> Exercise:
    """The page with words replaced."""
    text = PAGE.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return read_exercise(tomllib.loads(text), "page.toml")


def order(numbers: list[float], tie: float = 0.0, direction: str = "ascending") -> OrderItem:
    """Entries e0, e1, … with these numbers."""
    options = [
        {"id": f"e{n}", "text": f"entry {n}", "by": f"{number:.6f}"}
        for n, number in enumerate(numbers)
    ]
    return OrderItem.model_validate(
        {
            "id": "x",
            "kind": "order",
            "prompt": "-",
            "options": options,
            "tie": tie,
            "direction": direction,
        },
        strict=False,
    )


def worth(item: OrderItem, value: tuple[str, ...]) -> float:
    return item.judge(item.accept(value), item.key(NOBODY), NOBODY).share


NOBODY = Truth(generate("rectum_low_expression"))


# ---------------------------------------------------------------- order


def test_every_key_of_the_page_holds_on_all_variants() -> None:
    assert check_exercise(EXERCISE, variants=60) == []


def test_lesions_stand_by_the_uptake_of_the_learners_own_patient() -> None:
    options = [{"id": id, "text": id, "by": f"suv_max({id})"} for id in ("F5", "F6", "F7", "F9")]
    row = {"id": "x", "kind": "order", "prompt": "-", "options": options, "direction": "descending"}
    orders = set()
    for seed in range(1, 40):
        truth = Truth(generate("reading_row", seed))
        suv = {
            id: truth.patient.uptake(truth.lesions[id]).suv_max for id in ("F5", "F6", "F7", "F9")
        }
        found = OrderItem.model_validate(row).key(truth).value
        assert list(found) == sorted(suv, key=lambda id: -suv[id])
        orders.add(found)
    assert len(orders) > 2, "neighbours have different keys"


def test_an_order_that_is_a_fact_stands_as_the_page_lists_it() -> None:
    assert key("ladder") == ("grey", "pool", "between", "above", "top")


@pytest.mark.parametrize("item", ["hot", "ladder"])
def test_the_right_order_counts_in_full_and_the_reverse_not_at_all(item: str) -> None:
    assert judge(item, *key(item)).share == 1
    assert judge(item, *reversed(key(item))).share == 0


def test_each_pair_in_the_wrong_order_costs_the_same() -> None:
    a, b, c, d, e = key("ladder")
    for wrong, value in enumerate(
        [(a, b, c, d, e), (b, a, c, d, e), (b, a, d, c, e), (b, d, a, c, e)]
    ):
        zero = figure("assessment.order.zero_at").value
        assert judge("ladder", *value).share == pytest.approx(
            ((10 - wrong) / 10 - zero) / (1 - zero)
        )
    assert judge("ladder", b, a, c, d, e).note == "9 of 10 pairs stand in the right order."


def test_entries_thrown_at_random_reach_on_average_what_is_worth_nothing() -> None:
    item = order([1, 2, 3, 4])
    right = [
        sum(value.index(f"e{i}") < value.index(f"e{j}") for i in range(4) for j in range(i))
        for value in permutations(item.accept(["e3", "e2", "e1", "e0"]))
    ]
    assert sum(right) / len(right) / 6 == pytest.approx(figure("assessment.order.zero_at").value)
    assert order_share(3, 6) == 0


def test_entries_too_near_to_tell_apart_may_stand_either_way() -> None:
    exercise = changed(("tie = 0.1", 'tie = "abs(suv_max(L1) - suv_max(L2))"'))
    truths = ((seed, exercise.truth(exercise.item("hot"), seed)) for seed in range(100))
    seed = next(
        seed
        for seed, truth in truths
        if truth.value("suv_max(L1) - suv_max(N1) > abs(suv_max(L1) - suv_max(L2)) + 0.01")
    )
    first, second, last = key("hot", seed, exercise)
    assert last == "n1"
    for value in ((first, second, last), (second, first, last)):
        judged = judge("hot", *value, seed=seed, exercise=exercise)
        assert judged.share == 1
        assert "either may come first: 'L" in judged.note
    assert judge("hot", first, last, second, seed=seed, exercise=exercise).share == 0, (
        "one of the two pairs that count is wrong"
    )
    told = str(Session(exercise, MemoryAnswers(seed)).answer("hot", [second, first, last]))
    assert "Right is" not in told, "an order as good as the key is not corrected"


def test_a_decision_sorts_by_its_score() -> None:
    exercise = changed(
        *((f'by = "suv_max({id})"', f'by = "krenning({id})"') for id in ("L1", "L2", "N1")),
        ("tie = 0.1\n", ""),
    )
    truth = exercise.truth(exercise.item("hot"), SEED)
    scores = {
        id.lower(): krenning(truth.patient.uptake(lesion)).score
        for id, lesion in truth.lesions.items()
    }
    assert [scores[id] for id in key("hot", exercise=exercise)] == sorted(
        scores.values(), reverse=True
    )


numbers = st.lists(st.integers(0, 6).map(float), min_size=3, max_size=8).filter(
    lambda found: len(set(found)) > 1
)


@settings(max_examples=200, deadline=None)
@given(
    numbers,
    st.sampled_from([0.0, 1.0, 2.5]),
    st.sampled_from(["ascending", "descending"]),
    st.data(),
)
def test_whatever_the_order_its_worth_lies_between_nothing_and_all_and_is_all_only_when_no_pair_is_wrong(
    found: list[float], tie: float, direction: str, data: st.DataObject
) -> None:
    if max(found) - min(found) <= tie:
        with pytest.raises(ExpressionError, match="all entries tie"):
            order(found, tie, direction).key(NOBODY)
        return
    item = order(found, tie, direction)
    value = tuple(data.draw(st.permutations([option.id for option in item.options])))
    sign = 1 if direction == "ascending" else -1
    standing = [sign * found[int(id[1:])] for id in value]
    wrong = sum(standing[i] - standing[j] > tie for j in range(len(value)) for i in range(j))
    share = worth(item, value)
    assert 0 <= share <= 1
    assert (share == 1) == (wrong == 0)
    assert worth(item, item.key(NOBODY).value) == 1

    at = data.draw(st.integers(0, len(value) - 2))
    if standing[at] > standing[at + 1]:  # two neighbours put right
        better = (*value[:at], value[at + 1], value[at], *value[at + 2 :])
        assert worth(item, better) >= share

    places = data.draw(
        st.permutations(range(len(found)))
    )  # the page lists the same entries otherwise
    other = item.model_copy(update={"options": [item.options[n] for n in places]})
    assert worth(other, value) == share


hostile = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=9),
        st.sampled_from(["l1", "l2", "n1", "3", "2", "kidney"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=20),
        st.dictionaries(st.text(max_size=3), inner, max_size=3),
        st.tuples(inner, inner),
    ),
    max_leaves=20,
)


@settings(max_examples=300, deadline=None)
@given(hostile)
def test_an_impossible_answer_is_refused_in_words_and_never_breaks(value: Any) -> None:
    for id in ("hot", "stand_in"):
        item = EXERCISE.item(id)
        try:
            accepted = item.accept(value)
        except ValueError:
            continue
        if id == "hot":
            assert sorted(accepted) == ["l1", "l2", "n1"]
        assert item.accept(list(accepted)) == accepted
        truth = EXERCISE.truth(item, SEED)
        assert 0 <= item.judge(accepted, item.key(truth), truth).share <= 1


@pytest.mark.parametrize(
    "value",
    [
        ["l1", "l2"],
        ["l1", "l2", "l2"],
        ["l1", "l2", "n1", "l1"],
        "l1",
        ["l1", "l2", "x"],
        [],
        {"l1": 1},
        None,
    ],
)
def test_an_order_names_every_entry_once(value: Any) -> None:
    with pytest.raises(ValueError, match=r"each once|is no option"):
        EXERCISE.item("hot").accept(value)


# ---------------------------------------------------------------- decision


def test_the_verdict_is_what_the_rule_says_and_its_reasons_carry_it() -> None:
    for seed in range(40):
        item = EXERCISE.item("report")
        truth = EXERCISE.truth(item, seed)
        uptake = truth.patient.uptake(truth.lesions["L2"])
        verdict, *carry = key("report", seed)
        assert verdict == krenning(uptake).verdict
        assert set(carry) == {"ladder"} | (
            {"liver"} if uptake.suv_max > (uptake.liver or 0) else set()
        )
    assert key("stand_in")[1:] == ("kidney",), "the status tells the stand-in from the cap"


def test_the_verdict_earns_its_part_and_right_ticks_the_rest() -> None:
    verdict, *carry = key("report")
    assert carry == ["ladder", "liver"]
    for ticked, reasons in (
        ([], 0),
        (["ladder"], 1 / 2),
        (["ladder", "liver"], 1),
        (["ladder", "age"], 0),
        (["ladder", "liver", "age"], 1 / 2),
        (["blur", "age"], 0),
    ):
        judged = judge("report", verdict, *ticked)
        assert judged.share == pytest.approx(VERDICT + (1 - VERDICT) * reasons), ticked
        assert (judged.share == 1) == (reasons == 1)


def test_right_reasons_beside_a_wrong_verdict_are_told_and_earn_nothing() -> None:
    verdict, *carry = key("report")
    wrong = "4" if verdict != "4" else "3"
    judged = judge("report", wrong, *carry)
    assert judged.share == 0
    assert "earn nothing (of those that carry the right one: 2 of 2 found)" in judged.note


def test_only_an_error_from_one_class_of_management_into_another_changes_management() -> None:
    assert key("report")[0] == "3"
    assert {verdict: judge("report", verdict).changes_management for verdict in "1234"} == {
        "1": True,
        "2": True,
        "3": False,
        "4": False,
    }
    exercise = changed(('[["1", "2"], ["3", "4"]]', '[["2"], ["3", "4"]]'))
    assert not judge("report", "1", exercise=exercise).changes_management, (
        "a verdict of no class changes nothing"
    )
    result = grade(
        exercise,
        SEED,
        [Answer(exercise=exercise.id, version=1, item="report", value=["2", "age"], time=NOW)],
    )
    assert result.management_errors == 1
    told = str(Session(exercise, MemoryAnswers(SEED)).answer("report", ["2"]))
    assert "Changes management: With your answer this patient would be managed otherwise." in told
    assert "threshold" not in told, "the threshold of uptake belongs to scores"


def reason(
    rule: str,
    status: Status = Status.MET,
    weight: Weight = Weight.ABSOLUTE,
    text: str = "So it is.",
) -> Reason:
    return Reason(rule, text, status, weight, "the course", Mark.T)


@pytest.mark.parametrize(
    ("option", "carries"),
    [
        ({"rule": "D1"}, True),
        ({"rule": "KP2"}, False),
        ({"rule": "KP3"}, True),
        ({"rule": "KP4"}, True),
        ({"rule": "KP5"}, False),
        ({"rule": "KP3", "status": "not met"}, True),
        ({"rule": "KP3", "status": "met"}, False),
        ({"rule": "KP4", "status": "unknown"}, True),
        ({"rule": "KP2", "status": "met"}, False),
        ({"when": "size_mm(L1) > 0"}, True),
        ({"when": "size_mm(L1) < 0"}, False),
        ({}, False),
    ],
)
def test_a_rule_carries_the_verdict_if_it_is_among_the_reasons_and_more_than_information(
    option: dict[str, str], carries: bool
) -> None:
    decision = Decision(
        "Q",
        "yes",
        (
            reason("D1"),
            reason("KP2", weight=Weight.INFORMATION),
            reason("KP3", Status.NOT_MET, Weight.RELATIVE),
            reason("KP4", Status.UNKNOWN, Weight.DEFER),
        ),
    )
    item = DecisionItem.model_validate(
        {
            "id": "x",
            "kind": "decision",
            "prompt": "-",
            "key": "krenning(L1)",
            "verdicts": ["yes", "no"],
            "reasons": [
                {"id": "one", "text": "one", **option},
                {"id": "other", "text": "other", "rule": "D1"},
            ],
        }
    )
    assert item._carries(item.reasons[0], decision, NOBODY) is carries


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from("1234"),
    st.sets(st.sampled_from(["ladder", "liver", "blur", "age"])),
    st.integers(0, 200),
    st.randoms(),
)
def test_a_right_tick_never_costs_a_wrong_one_never_pays_and_their_order_says_nothing(
    verdict: str, ticked: set[str], seed: int, chance: Any
) -> None:
    right, *carry = key("report", seed)
    share = judge("report", verdict, *ticked, seed=seed).share
    assert 0 <= share <= 1
    assert (share == 1) == ((verdict, ticked) == (right, set(carry)))
    assert (share >= VERDICT - 1e-9) == (verdict == right)
    for one in ("ladder", "liver", "blur", "age"):
        more = judge("report", verdict, *ticked, one, seed=seed).share
        assert more >= share if one in carry else more <= share
    shuffled = sorted(ticked)
    chance.shuffle(shuffled)
    assert judge("report", verdict, *shuffled, seed=seed).share == share


@pytest.mark.parametrize(
    "value", [["5"], [3], ["3", "x"], ["ladder", "3"], [], None, ["3", 3], {"3": 1}, [["3"]]]
)
def test_a_decision_is_a_listed_verdict_and_known_reasons(value: Any) -> None:
    with pytest.raises(
        ValueError, match=r"no verdict here; allowed is a list|no reason here; reasons are ladder"
    ):
        EXERCISE.item("report").accept(value)


def test_a_verdict_that_the_page_does_not_list_is_named_to_its_author() -> None:
    with pytest.raises(
        ExerciseError,
        match=(
            r"item 'stand_in', verdicts: 'krenning\(L1\)' gives '[34]' in this case, which is not"
            r" listed"
        ),
    ):
        changed(('verdicts = ["2", "3", "4"]', 'verdicts = ["1", "2"]'))


# ---------------------------------------------------------------- any rule


def forget() -> None:
    """Forget every case that was drawn."""
    _drawn.cache_clear()
    _nobody.cache_clear()


@pytest.fixture
def rules(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Exercise]]:
    """Two more rules, one about the whole patient and one about a word, each registered by one
    entry.
    """
    missing = Decision(
        "Kidneys",
        CANNOT_DECIDE,
        (reason("KP4", Status.UNKNOWN, text="No value."),),
        ("creatinine clearance",),
        search=lambda: (Flip("creatinine_clearance", None, 60, "fit", "With 60 ml/min: fit."),),
    )
    spoken = Decision(
        "Protocol for small bowel",
        "enterography",
        (reason("KP10", text="The wall is what is sought."),),
    )
    entries = (
        Function(
            "kidneys",
            lambda truth: missing if truth.patient.age_y else None,
            (),
            "whether they bear it",
            gives="decision",
        ),
        Function(
            "protocol",
            lambda word: spoken,
            (Argument("organ", "word", ("small_bowel", "liver")),),
            "which CT",
            gives="decision",
            without_case=True,
        ),
    )
    for entry in entries:
        monkeypatch.setitem(FUNCTIONS, entry.name, entry)

    def page(items: str) -> Exercise:
        case = '[[cases]]\nid = "p"\narchetype = "splenectomy"\nshows = "story"\n'
        return read_exercise(
            tomllib.loads(f'id = "r"\nversion = 1\ntitle = "R"\nvariants = 999\n{case}{items}'),
            "page.toml",
        )

    forget()  # cases that were drawn before the rules were there
    yield page
    forget()


def test_a_rule_about_the_whole_patient_is_told_with_what_it_needs_and_what_would_change_it(
    rules: Callable[[str], Exercise],
) -> None:
    exercise = rules(
        '[[items]]\nid = "q"\nkind = "decision"\ncase = "p"\nprompt = "p"\nkey ='
        ' "kidneys()"\nverdicts = { fit = "Treat", "cannot decide" = "Ask for more first"'
        ' }\nreasons = [{ id = "a", text = "a value is missing", rule = "KP4" }, { id = "b", text ='
        ' "b" }]\n'
    )
    session = Session(exercise, MemoryAnswers(SEED))
    (asked,) = exercise.item("q").key(session.truth(exercise.item("q"))).asked
    assert (asked.rule, asked.lesion, asked.arguments) == ("kidneys", None, ())
    told = session.answer("q", ["cannot decide", "a"])
    assert told.verdict == "right"
    text = str(told)
    for words in (
        "Your answer: Ask for more first",
        "Because: No value. [KP4, T]",
        "Needed: creatinine clearance.",
        "With 60 ml/min: fit.",
    ):
        assert words in text, words


def test_a_rule_about_a_word_needs_no_patient(rules: Callable[[str], Exercise]) -> None:
    item = (
        '[[items]]\nid = "q"\nkind = "decision"\nprompt = "p"\nkey = \'protocol("small_bowel")\'\n'
        'verdicts = ["enterography", "triphasic"]\n'
        'reasons = [{ id = "a", text = "a", rule = "KP10" }, { id = "b", text = "b" }]\n'
    )
    exercise = rules(item)
    assert (
        Session(exercise, MemoryAnswers(SEED)).answer("q", ["enterography", "a"]).verdict == "right"
    )
    with pytest.raises(ExerciseError, match='organ is "bowel"'):
        rules(item.replace("small_bowel", "bowel"))
    with pytest.raises(
        ExerciseError, match="kidneys asks about a patient, and the item names no case"
    ):
        rules(item.replace('protocol("small_bowel")', "kidneys()"))


def test_a_verdict_in_words_is_compared_with_a_quoted_word(
    rules: Callable[[str], Exercise],
) -> None:
    rules(
        '[[items]]\nid = "q"\nkind = "number"\ncase = "p"\nprompt = "p"\nkey = "suv_max(L1)"\nunit'
        ' = "SUV"\n'
    )
    truth = Truth(generate("splenectomy"))
    assert truth.value('protocol("liver") == "enterography"') is True
    assert truth.value('kidneys() == "cannot decide"') is True
    assert truth.value(f'krenning(L1) == "{truth.value("krenning(L1)").verdict}"') is True
    with pytest.raises(
        ExpressionError,
        match="is 'enterography', which is no number; compare it with a quoted word",
    ):
        truth.value('protocol("liver") >= 3')
    with pytest.raises(ExpressionError, match="cannot decide, need creatinine clearance"):
        truth.value("kidneys() >= 3")


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("kidneys()", "cannot decide, need creatinine clearance"),
        ('protocol("liver")', "is 'enterography', which is no number"),
    ],
)
@pytest.mark.parametrize("kind", ["score", "order"])
def test_a_rule_without_a_number_is_told_to_the_author_who_wants_one(
    rules: Callable[[str], Exercise], kind: str, asked: str, words: str
) -> None:
    entries = ", ".join(f"{{ id = '{id}', text = '{id}', by = '{asked}' }}" for id in "abc")
    wanted = (
        f"key = '{asked}'" if kind == "score" else f'direction = "ascending"\noptions = [{entries}]'
    )
    with pytest.raises(ExerciseError, match=words):
        rules(f'[[items]]\nid = "q"\nkind = "{kind}"\ncase = "p"\nprompt = "p"\n{wanted}\n')


def test_a_reason_whose_rule_is_no_statement_is_told_without_a_link(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    krenning_entry = FUNCTIONS["krenning"]
    unknown = Decision("Q", "3", (reason("X99", text="New rule."), reason("D1")))
    monkeypatch.setitem(
        FUNCTIONS, "krenning", replace(krenning_entry, call=lambda truth, lesion: unknown)
    )
    forget()
    told = Session(EXERCISE, MemoryAnswers(SEED)).answer("report", ["3", "ladder"])
    forget()
    assert "New rule. [X99, T]" in str(told)


def test_the_same_question_in_other_words_is_told_once() -> None:
    _, asked = NOBODY.asked('krenning(L1) + krenning(L1, "pet") + krenning(L1, "planar")')
    assert [one.words for one in asked] == [(), ("planar",)]
    assert once([*asked, *asked]) == asked


def test_a_flip_in_words_alone_is_told_where_no_number_is_near() -> None:
    told = Flip("correlate", None, None, "no", "Without a correlate: no.")
    near = Flip("suv_max", 4.0, 4.4, "3", "near")
    assert nearest_flip([told]) is told
    assert nearest_flip([told, near]) is near


# ---------------------------------------------------------------- the sheet and the files


def test_entries_and_reasons_stand_in_the_learners_own_order_and_tell_no_key() -> None:
    def drawn(seed: int) -> dict[str, Any]:
        return {
            item["id"]: item["control"]
            for item in sheet_state(Session(EXERCISE, MemoryAnswers(seed)))["items"]
        }

    for item in ("hot", "ladder", "report"):
        orders = {
            tuple(option["id"] for option in drawn(seed)[item]["options"]) for seed in range(40)
        }
        assert len(orders) > 5, item
        assert all(set(option) == {"id", "text"} for option in drawn(SEED)[item]["options"])
    assert [verdict["id"] for verdict in drawn(SEED)["report"]["verdicts"]] == [
        "1",
        "2",
        "3",
        "4",
    ], "a scale stays a scale"
    text = json.dumps(sheet_state(Session(EXERCISE, MemoryAnswers(SEED))))
    for word in (
        "suv_max(",
        "krenning(",
        '"by"',
        '"rule"',
        '"when"',
        "because",
        '"tie"',
        '"management"',
        "Receptors do not",
    ):
        assert word not in text, word


def test_the_page_without_a_kernel_lists_entries_verdicts_and_reasons_and_not_in_the_right_order() -> (
    None
):
    page = static_html(EXERCISE)
    for words in (
        "3: above liver, not above spleen",
        "The patient&#x27;s age",
        "Seen, and no hotter than blood pool",
        "From hot to cold",
    ):
        assert words in page, words
    listed = [option.text for option in EXERCISE.item("ladder").options]  # type: ignore[attr-defined]
    assert sorted(listed, key=page.index) == sorted(listed) != listed


def test_both_kinds_stand_after_a_restart_as_before_and_a_verdict_stays_a_word(
    tmp_path: Path,
) -> None:
    path = tmp_path / "answers.json"
    before = open_exercise(PAGE, path)
    before.hint("hot")
    before.answer("hot", ["n1", "l1", "l2"], "guess")
    before.answer("report", ["3", "age", "ladder"], "sure")
    after = open_exercise(PAGE, path)
    assert after.sheet.state == before.sheet.state
    given = {item["id"]: item["given"] for item in after.sheet.state["items"]}
    assert given["hot"] == ["n1", "l1", "l2"]
    assert given["report"] == ["3", "ladder", "age"]
    assert parse_answers(path.read_bytes()).answers[-1].value == ["3", "ladder", "age"]


def test_a_hint_costs_its_share_of_an_order_too() -> None:
    session = Session(EXERCISE, MemoryAnswers(SEED))
    session.hint("hot")
    assert session.answer("hot", key("hot")).points == pytest.approx(
        2 * (1 - figure("assessment.hint.cost").value)
    )


def test_feedback_on_a_decision_shows_the_rules_reasons_sources_and_flip() -> None:
    told = Session(EXERCISE, MemoryAnswers(SEED)).answer("report", ["2", "ladder", "age"], "sure")
    text = str(told)
    for words in (
        "Your answer: 2: above blood pool",
        "Right is: 3: above liver",
        "What carries it: How its SUVmax",
        "It is hotter than the liver (not ticked)",
        "What does not: The patient's age: Receptors do not ask for it.",
        "Seen: L2 (liver",
        "exceeds liver",
        "[D1, T]",
        "Would change it: With ",
    ):
        assert words in text, words
    assert {line.cite for line in told.lines if line.cite} <= {
        reference.cite for reference in told.references
    }


def test_the_class_is_told_of_errors_where_a_question_can_have_them(tmp_path: Path) -> None:
    for n in range(3):
        values = {
            "hot": ["n1", "l1", "l2"],
            "report": ["1", "age"],
            "ladder": list(key("ladder")),
            "stand_in": ["2", "size"],
        }
        answers = tuple(
            Answer(
                exercise=EXERCISE.id,
                version=1,
                item=item,
                value=value,
                confidence="sure",
                time=NOW.replace("00:00", f"0{n}:00"),
            )
            for item, value in values.items()
        )
        file = AnswersFile(pseudonym=f"amber-heron-100{n}", course_seed=SEED + n, answers=answers)
        (tmp_path / f"{n}.json").write_text(file.to_json(), encoding="utf-8")
    report = grade_folder(tmp_path, tmp_path / "out", [EXERCISE])
    assert report.exit_status == 0
    page = (tmp_path / "out" / "class.html").read_text(encoding="utf-8")
    rows = {
        row.split("</th>")[0].split(". ")[-1]: row
        for row in page.split("<tbody>")[1].split("<tr>")[1:]
    }
    cells = {
        title: [cell.split("</td>")[0] for cell in row.split("<td>")[1:]]
        for title, row in rows.items()
    }
    assert cells["Score and say why"][4:] == ["–", "–", "3", "3"]
    assert cells["Without a spleen"][4:] == [
        "–",
        "–",
        "–",
        "3",
    ], "no classes of management: nothing to count"
    assert cells["From hot to cold"][4:7] == ["–", "–", "–"]
    learner = (tmp_path / "out" / "feedback" / "amber-heron-1000.html").read_text(encoding="utf-8")
    for words in (
        "What carries it",
        "3. N1, mesorectal node (yours: 1)",
        "Would change it",
        "the patient would be managed otherwise",
    ):
        assert words in learner, words
    items = (tmp_path / "out" / "items.csv").read_text(encoding="utf-8-sig")
    assert "1: not above blood pool (because: The patient's age)" in items
    assert "1. N1, mesorectal node; 2. L1, liver" in items, (
        "as the learner read it, not as the page is written"
    )


# ---------------------------------------------------------------- an author's mistakes


@pytest.mark.parametrize(
    ("old", "new", "place", "words"),
    [
        (
            ', by = "suv_max(L2)"',
            "",
            "item 'hot', options 'l2'",
            "has no by; give every option one",
        ),
        (
            'by = "suv_max(L2)"',
            'by = "suvmax(L2)"',
            "item 'hot', options 'l2'",
            "did you mean suv_max?",
        ),
        ('by = "suv_max(L2)"', 'by = "3"', "item 'hot', options 'l2'", "is a typed value"),
        (
            'by = "suv_max(L2)"',
            'by = "in_liver(L2)"',
            "item 'hot', options 'l2'",
            "'in_liver(L2)': True is no number",
        ),
        (
            'by = "suv_max(L2)"',
            "by = 3",
            "item 'hot', options 'l2'.by",
            "is 3; allowed is an expression",
        ),
        (
            'by = "suv_max(L2)"',
            'bye = "suv_max(L2)"',
            "item 'hot', options 'l2'.bye",
            "did you mean by?",
        ),
        (
            'direction = "descending"',
            "",
            "item 'hot', direction",
            'is missing; allowed is "ascending" or "descending"',
        ),
        (
            'direction = "descending"',
            'direction = "down"',
            "item 'hot', direction",
            "is 'down'; allowed is \"ascending\"",
        ),
        ("tie = 0.1", "tie = -1", "item 'hot', tie", "is -1; allowed is a number from 0"),
        ("tie = 0.1", 'tie = "suv_max(L9)"', "item 'hot', tie", "no lesion 'L9'"),
        ("tie = 0.1", 'tie = "0 - suv_max(L1)"', "item 'hot', tie", "must be a number from 0"),
        ("tie = 0.1", "tie = 500", "item 'hot', options", "all entries tie in this case"),
        ('id = "pool"', 'id = "grey"', "item 'ladder', options", "'grey' stands twice"),
        (
            "points = 1\nevidence",
            "tie = 1\nevidence",
            "item 'ladder', tie",
            "needs options with by",
        ),
        (
            'points = 1\nevidence = ["D1"]',
            "points = 1",
            "item 'ladder', evidence",
            "is missing; an order that the page lists",
        ),
        (
            'key = "krenning(L2)"',
            'key = "suv_max(L2)"',
            "item 'report', key",
            "allowed is the answer of a rule: krenning(",
        ),
        (
            'key = "krenning(L2)"',
            'key = "krenning(L2) + 1"',
            "item 'report', key",
            "allowed is the answer of a rule: krenning(",
        ),
        (
            'key = "krenning(L2)"',
            'key = "krening(L2)"',
            "item 'report', key",
            "did you mean krenning?",
        ),
        (
            '4 = "4: above spleen"',
            "4 = 4",
            "item 'report', verdicts '4'",
            "is 4; allowed is 2 to 8 verdicts",
        ),
        (
            '4 = "4: above spleen"',
            '4 = "{L9.where}"',
            "item 'report', verdicts '4'",
            "did you mean L2.where?",
        ),
        (
            'verdicts = ["2", "3", "4"]',
            "verdicts = 3",
            "item 'stand_in', verdicts",
            "is 3; allowed is 2 to 8 verdicts",
        ),
        (
            'verdicts = ["2", "3", "4"]',
            'verdicts = ["2", "3", "3"]',
            "item 'stand_in', verdicts",
            "3 stands twice",
        ),
        (
            'verdicts = ["2", "3", "4"]\n',
            "",
            "item 'stand_in', verdicts",
            "is missing; allowed is 2 to 8 verdicts",
        ),
        (
            '[["1", "2"], ["3", "4"]]',
            '[["1", "2"], ["3", "5"]]',
            "item 'report', management",
            "'5' is no verdict here",
        ),
        (
            '[["1", "2"], ["3", "4"]]',
            '[["1", "2"], ["2", "4"]]',
            "item 'report', management",
            "'2' stands twice",
        ),
        (
            '[["1", "2"], ["3", "4"]]',
            '[["1", "2"]]',
            "item 'report', management",
            "at least two classes",
        ),
        (
            '[["1", "2"], ["3", "4"]]',
            '"1"',
            "item 'report', management",
            "is '1'; allowed is classes of verdicts",
        ),
        (
            'rule = "KP2"',
            'rule = "KP22"',
            "item 'report', reasons 'blur'.rule",
            "no statement 'KP22'",
        ),
        (
            'rule = "KP2"',
            'rule = "KP2", when = "in_liver(L2)"',
            "item 'report', reasons 'blur'",
            "has both rule and when",
        ),
        (
            'status = "met"',
            'status = "yes"',
            "item 'stand_in', reasons 'kidney'.status",
            "is 'yes'; allowed is \"met\"",
        ),
        (
            'rule = "KP3", status = "met"',
            'status = "met"',
            "item 'stand_in', reasons 'kidney'.status",
            "stands beside no rule",
        ),
        (
            'when = "size_mm(L1) < 0"',
            'when = "size_mm(L1)"',
            "item 'stand_in', reasons 'size'",
            "is neither true nor false",
        ),
        (
            'when = "size_mm(L1) < 0"',
            'when = "size_mm(L8) < 0"',
            "item 'stand_in', reasons 'size'",
            "no lesion 'L8'",
        ),
        (
            'when = "size_mm(L1) < 0"',
            'wen = "size_mm(L1) < 0"',
            "item 'stand_in', reasons 'size'.wen",
            "did you mean when?",
        ),
        (
            'text = "It is larger than 1 cm", ',
            "",
            "item 'stand_in', reasons 'size'.text",
            "is missing; allowed is 1 to 300",
        ),
        (
            'rule = "KP3", status = "met"',
            'rule = "KP6"',
            "item 'stand_in', reasons",
            "none carries the verdict",
        ),
    ],
)
def test_a_mistake_in_a_new_kind_is_named_where_it_stands(
    old: str, new: str, place: str, words: str
) -> None:
    with pytest.raises(ExerciseError) as told:
        changed((old, new))
    lines = [str(problem) for problem in told.value.problems]
    assert any(line.startswith(f"page.toml, {place}:") and words in line for line in lines), lines


def test_a_reason_that_nothing_can_carry_is_told_to_its_author() -> None:
    with pytest.raises(ExerciseError, match="item 'stand_in', reasons: none can carry the verdict"):
        changed(
            ('rule = "KP3", status = "met"', 'because = "x"'),
            ('rule = "KP3", status = "unknown"', 'because = "x"'),
            (', when = "size_mm(L1) < 0"', ""),
        )


def test_a_mistake_inside_is_told_together_with_the_others() -> None:
    with pytest.raises(ExerciseError) as told:
        changed(
            ('direction = "descending"', 'direction = "down"'),
            ('by = "suv_max(L2)"', 'by = "suv_max(L7)"'),
            ("tie = 0.1", 'tie = "suv_max(L8)"'),
            ('4 = "4: above spleen"', "4 = 4"),
            ("when = 'suv_max(L2) >", "when = 'suv_max(L6) >"),
        )
    text = str(told.value)
    for words in ("'down'", "'L7'", "'L8'", "verdicts '4'", "reasons 'liver': no lesion 'L6'"):
        assert words in text, words

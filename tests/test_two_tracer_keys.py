"""Keys about two tracers as exercises ask them, the marked part of a lesion, and what `netcourse
explain` prints of it.
"""

from __future__ import annotations

import json
import tomllib
from math import dist

import pytest

from netcourse.assessment.exercise.load import check_exercise, read_exercise
from netcourse.assessment.keys.expressions import ExpressionError
from netcourse.assessment.keys.registry import FUNCTIONS, check_decision, check_expression
from netcourse.assessment.keys.truth import Truth
from netcourse.assessment.keys.two_tracers import TWO_TRACER_QUESTIONS, TWO_TRACER_RULES
from netcourse.course.explain import explanation
from netcourse.decisions.board import management
from netcourse.decisions.heterogeneity import biopsy_target, netpet
from netcourse.patients import generate
from netcourse.scanner import part_positions


@pytest.mark.parametrize(
    ("archetype", "key", "value"),
    [
        ("pancreas_g3", 'netpet() == "P4b"', True),
        ("pancreas_g3", 'netpet_class(L1) == "P4"', True),
        ("pancreas_g3", 'joint_read(L1) == "SSR+ FDG+ above SSR"', True),
        ("pancreas_g3", 'who_grade() == "NET G3"', True),
        ("dedifferentiated_metastasis", 'biopsy_target() == "L2"', True),
        ("dedifferentiated_metastasis", 'karfis() == "C3" and zidan() == 4', True),
        ("dedifferentiated_metastasis", 'fdg_indication() == "indicated"', True),
        ("dedifferentiated_metastasis", 'rebiopsy() == "yes"', True),
        ("cold_half", 'flagged(biopsy_target(), "part B")', True),
        ("cold_half", 'flagged(discordance(), "one lesion")', True),
        ("cold_half", "clone_b(L1)", 0.4),
        ("colon_nec", 'management() == "chemotherapy"', True),
        ("colon_nec", 'nec_chemotherapy(2) == "irinotecan + fluoropyrimidine"', True),
        ("rectum_between_scales", 'schemes_disagree(L1) == "disagree"', True),
        (
            "dedifferentiated_metastasis",
            "size_after(L2, 9) > 2 * size_mm(L2) and size_after(P1, 9) < size_mm(P1)",
            True,
        ),
        ("dedifferentiated_metastasis", "size_after(L2, 0) == size_mm(L2)", True),
        ("dedifferentiated_metastasis", "ki67_percent()", 6.0),
        ("pancreas_new", 'scan_interval() == "read together"', True),
        ("pancreas_new", 'fdg_suv_max(L1) / fdg_reference("liver") > 1', True),
        ("pancreas_new", 'fdg_ratio(L1) < figure("netpet.equal.from")', True),
    ],
)
def test_a_key_asks_the_case_about_both_scans(archetype: str, key: str, value: object) -> None:
    lesions = [lesion.id for lesion in generate(archetype).lesions]
    assert check_expression(key, lesions, must_ask=True) == []
    assert Truth(generate(archetype)).value(key) == value


def test_every_rule_of_two_tracers_gives_a_decision_that_an_item_can_show() -> None:
    assert {rule.name for rule in (*TWO_TRACER_RULES, *TWO_TRACER_QUESTIONS)} <= set(FUNCTIONS)
    patient = generate("cold_half")
    truth = Truth(patient)
    for rule in TWO_TRACER_RULES:
        key = f"{rule.name}({'L1' if any(p.kind == 'lesion' for p in rule.parameters) else ''})"
        assert check_decision(key, ["L1"]) == []
        decision, asked = truth.asked(key)
        assert decision.reasons, key
        assert [one.rule for one in asked] == [rule.name]


def test_a_key_about_fdg_of_a_patient_without_it_says_so() -> None:
    truth = Truth(generate("splenectomy"))
    with pytest.raises(ExpressionError, match="Ki-67 of this patient is not known"):
        Truth(generate("phaeochromocytoma")).value("ki67_percent()")
    for key in ("fdg_suv_max(L1)", 'fdg_reference("liver")', "fdg_ratio(L1)"):
        with pytest.raises(ExpressionError, match=r"no FDG PET|not known"):
            truth.value(key)
    assert truth.value("netpet()").missing == ("FDG PET/CT",)


PAGE = """
id = "test"
title = "Where to biopsy"
version = 1
objectives = ["Choose the part."]

[[cases]]
id = "half"
archetype = "cold_half"

[[items]]
id = "q1"
kind = "point"
case = "half"
title = "Where"
prompt = "Mark where the needle should go."
key = 'position(L1, "B")'
points = 2
evidence = ["HB1"]
"""


def test_a_mark_counts_on_the_part_and_not_on_the_other_half() -> None:
    exercise = read_exercise(tomllib.loads(PAGE))
    assert check_exercise(exercise, variants=5) == []
    (item,) = exercise.items
    truth = Truth(generate("cold_half", 3))
    key, at = item.key(truth), part_positions(truth.patient)["L1"]
    assert key.value == pytest.approx(at["B"])
    assert item.radius_mm(truth) == pytest.approx(truth.patient.lesion("L1").part_mm("B") / 2)
    assert dist(at["A"], at["B"]) > item.radius_mm(truth)
    shares = [item.judge(at[part], key, truth) for part in ("B", "A")]
    assert shares[0].share == 1.0
    assert shares[1].share < 1.0
    with pytest.raises(ExpressionError, match="no parts that show"):
        truth.value('position(L2, "B")')


def test_explain_prints_what_the_course_would_derive_from_both_scans() -> None:
    patient = generate("cold_half")
    found = json.loads(json.dumps(explanation(patient)["two_tracers"]))
    assert found["netpet"]["verdict"] == netpet(patient).verdict == "P5"
    assert found["biopsy_target"]["verdict"] == biopsy_target(patient).verdict
    assert found["management"]["verdict"] == management(patient).verdict
    assert [read["part"] for read in found["reads"]][:2] == ["A", "B"]
    assert found["classes"]["L2"]["verdict"] == "P1"

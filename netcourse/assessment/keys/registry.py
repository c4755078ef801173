"""What a key may ask: the questions to a case, the rules, and what may be calculated with the
answers.

A new question or clinical rule is one entry in the table below, or in that of its topic in `keys/`.
A rule is a function that gives a decision; that it was asked, of whom, and what it said is then
kept for the feedback by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from netcourse.assessment.keys.ct import CT_QUESTIONS, CT_RULES, CT_WITHOUT_CASE
from netcourse.assessment.keys.expressions import (
    Argument,
    Expression,
    ExpressionError,
    Function,
    check,
    gives_decision,
    parse,
)
from netcourse.assessment.keys.prrt import PRRT_QUESTIONS, PRRT_RULES, PRRT_WITHOUT_CASE
from netcourse.assessment.keys.sstr_rads import RADS_QUESTIONS, RADS_RULES
from netcourse.assessment.keys.tracers import TRACER_QUESTIONS, TRACER_RULES, TRACERS_WITHOUT_CASE
from netcourse.assessment.keys.two_tracers import TWO_TRACER_QUESTIONS, TWO_TRACER_RULES
from netcourse.decisions.somatostatin import VARIANTS, krenning
from netcourse.evidence import figure
from netcourse.patients import recovery
from netcourse.patients.truth import nature

if TYPE_CHECKING:
    from netcourse.assessment.keys.truth import Truth

REFERENCES = ("blood_pool", "liver", "spleen", "kidney_cortex")
NATURES = ("net", "dedifferentiated", "physiologic", "other")


def check_expression(text: str, lesions: Sequence[str] | None, must_ask: bool = False) -> list[str]:
    """Return what is wrong with an expression; `must_ask` refuses one that asks nothing, such as a
    typed 3.

    `lesions` are those of the item's case, None where the item names no case.

    >>> print(*check_expression("krenning(L2)", ["L1"]))
    no lesion 'L2' in this case; lesions are L1
    """
    try:
        expression = parse(text)
    except ExpressionError as error:
        return [str(error)]
    found = check(expression, FUNCTIONS, lesions)
    if lesions is None:
        asking = [
            name for name in expression.functions if name in FUNCTIONS and FUNCTIONS[name].of_case
        ]
        found += [f"{name} asks about a patient, and the item names no case" for name in asking]
    if not found and must_ask and not _asks(expression):
        found = [
            f"'{text}' is a typed value; a key asks the case or the evidence, for example"
            ' krenning(L1) or figure("…")'
        ]
    return found


def check_decision(text: str, lesions: Sequence[str] | None) -> list[str]:
    """Return what is wrong with an expression that must give a rule's decision, undecided ones
    included.

    >>> print(*check_decision("suv_max(L1)", ["L1"]))  # doctest: +ELLIPSIS
    is 'suv_max(L1)'; allowed is the answer of a rule: krenning(lesion[, "variant"])...
    """
    if found := check_expression(text, lesions, must_ask=True):
        return found
    if gives_decision(parse(text), FUNCTIONS):
        return []
    rules = ", ".join(
        function.signature for function in FUNCTIONS.values() if function.gives == "decision"
    )
    return [f"is '{text}'; allowed is the answer of a rule: {rules}"]


def _asks(expression: Expression) -> bool:
    return any(not FUNCTIONS[name].pure for name in expression.functions)


def _reference(truth: Truth, organ: str) -> float:
    if organ == "spleen" and truth.patient.history.splenectomy:
        raise ExpressionError("this patient has no spleen; ask for another reference")
    return truth.seen.ssr.suv[organ]


def _earlier(truth: Truth, organ: str) -> float:
    if truth.patient.earlier_ssr is None:
        raise ExpressionError("this patient has no earlier scan")
    return truth.patient.earlier_ssr.suv[organ]


_LESION = Argument("lesion", "lesion")
_PART = Argument("part", "word", ("A", "B"), optional=True)
_ORGAN = Argument("organ", "word", REFERENCES)

_RULES = (
    Function(
        "krenning",
        lambda truth, lesion, variant="pet": krenning(truth.patient.uptake(lesion), variant),
        (_LESION, Argument("variant", "word", VARIANTS, optional=True)),
        "the score of a lesion; counts as a number",
        gives="decision",
        flags=(
            "borderline",
            "partial volume",
            "no spleen",
            "capped at 3",
            "liver unreliable",
            "analogue on board",
        ),
    ),
    *CT_RULES,
    *RADS_RULES,
    *TRACER_RULES,
    *TWO_TRACER_RULES,
    *PRRT_RULES,
)
_FLAGS = tuple(dict.fromkeys(flag for rule in _RULES for flag in rule.flags))

_OF_CASE = (
    Function(
        "suv_max",
        lambda truth, lesion: truth.patient.uptake(lesion).suv_max,
        (_LESION,),
        "its SUVmax as read, after blur",
    ),
    Function(
        "true_suv",
        lambda truth, lesion: lesion.ssr_suv,
        (_LESION,),
        "the uptake of the tissue itself",
    ),
    Function(
        "background",
        lambda truth, lesion: truth.patient.background(lesion),
        (_LESION,),
        "SUV of the tissue around it",
    ),
    Function(
        "size_mm",
        lambda truth, lesion: lesion.size_mm,
        (_LESION,),
        "its diameter; of a node the short axis",
    ),
    Function(
        "in_liver",
        lambda truth, lesion: lesion.in_liver,
        (_LESION,),
        "whether it lies in the liver",
        gives="truth",
    ),
    Function(
        "nature",
        lambda truth, lesion: nature(lesion),
        (_LESION,),
        f"what it is: {', '.join(NATURES)}",
        gives="word",
    ),
    Function(
        "position",
        lambda truth, lesion, part=None: truth.position(lesion, part),
        (_LESION, _PART),
        "where its centre lies, or that of a part of it",
        gives="point",
    ),
    Function("reference", _reference, (_ORGAN,), "SUVmean of a reference organ"),
    Function("earlier_reference", _earlier, (_ORGAN,), "the same on the earlier scan"),
    Function("fwhm_mm", lambda truth: truth.patient.ssr.fwhm_mm, (), "resolution of the scan"),
    *CT_QUESTIONS,
    *RADS_QUESTIONS,
    *TRACER_QUESTIONS,
    *TWO_TRACER_QUESTIONS,
    *PRRT_QUESTIONS,
)

_WITHOUT_CASE = (
    Function(
        "flagged",
        lambda decision, flag: flag in decision.flags,
        (Argument("decision", "decision"), Argument("flag", "word", _FLAGS)),
        "whether a rule warns",
        gives="truth",
        without_case=True,
    ),
    Function(
        "recovery",
        recovery,
        (Argument("diameter_mm", "number"), Argument("fwhm_mm", "number")),
        "contrast that blur leaves (0–1)",
        without_case=True,
    ),
    Function(
        "figure",
        lambda id: figure(id).value,
        (Argument("id", "word", look_up=figure),),
        "a number of the evidence",
        without_case=True,
    ),
    Function("min", lambda *numbers: min(numbers), (), "the smallest", pure=True, any_number=True),
    Function("max", lambda *numbers: max(numbers), (), "the largest", pure=True, any_number=True),
    Function("abs", abs, (Argument("number", "number"),), "without its sign", pure=True),
    Function(
        "round",
        lambda number, digits=0: round(float(number), max(0, min(6, int(digits)))),
        (Argument("number", "number"), Argument("digits", "number", optional=True)),
        "rounded",
        pure=True,
    ),
    *CT_WITHOUT_CASE,
    *TRACERS_WITHOUT_CASE,
    *PRRT_WITHOUT_CASE,
)

FUNCTIONS: dict[str, Function] = {
    function.name: function for function in (*_RULES, *_OF_CASE, *_WITHOUT_CASE)
}

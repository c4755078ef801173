"""One case as the exercise sees it: the patient of a learner's seed, and the questions a key may put to it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from netcourse.assessment.expressions import Expression, ExpressionError, Function, Parameter, check, evaluate, parse
from netcourse.assessment.problems import did_you_mean
from netcourse.decisions import VARIANTS, Decision, Variant, krenning
from netcourse.evidence import figure
from netcourse.patients import Draws, Lesion, Patient, Uptake, generate, recovery

Point = tuple[float, float, float]
Positions = Callable[[Patient], Mapping[str, Point]]

REFERENCES = ("blood_pool", "liver", "spleen", "kidney_cortex")
FLAGS = ("borderline", "partial volume", "no spleen", "capped at 3", "liver unreliable", "analogue on board")
NATURES = ("net", "dedifferentiated", "physiologic", "other")


@dataclass(frozen=True)
class Asked:
    """One question to a rule while a key was worked out: which lesion, which variant, and the answer."""

    lesion: str
    variant: Variant
    uptake: Uptake
    decision: Decision


@dataclass
class Truth:
    """The truth of one case for one learner; `positions` says where the lesions lie (default: the scanner).

    >>> truth = Truth(generate("rectum_low_expression"))
    >>> truth.value("krenning(L1)").verdict, truth.value('suv_max(N1) / reference("liver") >= 1')
    ('2', False)
    >>> truth.fill("{L1.size_mm} mm in {L1.where}, SUVmax {suv_max(L1)}")
    '24 mm in liver, segment VI, SUVmax 4.6'
    """

    patient: Patient
    positions: Positions | None = None
    _asked: dict[tuple[str, Variant], Asked] = field(default_factory=dict, repr=False)
    _log: list[Asked] = field(default_factory=list, repr=False)
    _values: dict[str, tuple[Any, tuple[Asked, ...]]] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self.lesions: dict[str, Lesion] = {lesion.id: lesion for lesion in self.patient.lesions}
        self.functions = {name: _bound(function, self) for name, function in FUNCTIONS.items()}

    def value(self, text: str) -> Any:
        """Return an expression's value; ExpressionError in plain words where it has none."""
        return evaluate(parse(text), self.functions, self.lesions)

    def asked(self, text: str) -> tuple[Any, tuple[Asked, ...]]:
        """Return an expression's value and the questions it put to rules, in order and each once."""
        if text not in self._values:
            self._log.clear()
            value = self.value(text)
            self._values[text] = value, tuple({(one.lesion, one.variant): one for one in self._log}.values())
        return self._values[text]

    def krenning(self, lesion: Lesion, variant: Variant = "pet") -> Decision:
        """Score a lesion, once per case and variant."""
        known = self._asked.get((lesion.id, variant))
        if known is None:
            uptake = self.patient.uptake(lesion)
            known = self._asked[lesion.id, variant] = Asked(lesion.id, variant, uptake, krenning(uptake, variant))
        self._log.append(known)
        return known.decision

    def position(self, lesion: Lesion) -> Point:
        """Return where a lesion's centre lies, (z, y, x) in mm."""
        z, y, x = (self.positions or _scanner_positions)(self.patient)[lesion.id]
        return float(z), float(y), float(x)

    def fill(self, text: str) -> str:
        """Fill a text's {placeholders}: story, title, age_y, sex, L1.where, L1.size_mm, or any expression.

        Numbers are written with one decimal (the size of a lesion without); `{recovery(7, 6):2}` asks for two.
        """
        return PLACEHOLDER.sub(lambda found: self._word(*placeholder(found[1])), text)

    def _word(self, name: str, digits: int) -> str:
        if name in WORDS:
            return WORDS[name](self.patient)
        lesion, dot, attribute = name.partition(".")
        if dot and lesion in self.lesions and attribute in LESION_WORDS:
            return LESION_WORDS[attribute](self.lesions[lesion])
        value = self.value(name)
        if isinstance(value, Decision):
            return value.verdict
        return f"{value:.{digits}f}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value)


PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
WORDS: dict[str, Callable[[Patient], str]] = {
    "story": lambda patient: patient.history.story,
    "title": lambda patient: patient.title,
    "age_y": lambda patient: str(patient.age_y),
    "sex": lambda patient: patient.sex,
}
LESION_WORDS: dict[str, Callable[[Lesion], str]] = {
    "where": lambda lesion: lesion.where,
    "size_mm": lambda lesion: f"{lesion.size_mm:.0f}",
}


def placeholder(inside: str) -> tuple[str, int]:
    """Split what stands between braces into its name or expression and its number of decimals.

    >>> placeholder("recovery(7, 6):2")
    ('recovery(7, 6)', 2)
    """
    name, colon, digits = inside.strip().rpartition(":")
    return (name.strip(), int(digits)) if colon and digits.isdigit() and len(digits) == 1 else (inside.strip(), 1)


def check_placeholders(text: str, lesions: Sequence[str]) -> list[str]:
    """Return what is wrong with a text's placeholders, before any case is drawn."""
    found = []
    for match in PLACEHOLDER.finditer(text):
        name, _ = placeholder(match[1])
        lesion, _, attribute = name.partition(".")
        if (name in WORDS and lesions) or (lesion in lesions and attribute in LESION_WORDS):
            continue
        if name.isidentifier() or (lesion.isidentifier() and attribute.isidentifier()):
            words = [*WORDS, *(f"{id}.{word}" for id in lesions[:3] for word in LESION_WORDS)]
            found.append(f"placeholder {{{name}}} is unknown{did_you_mean(name, words)}; allowed are {', '.join(words)} and expressions")
            continue
        found += [f"placeholder {{{name}}}: {problem}" for problem in check_expression(name, lesions)]
    return found


def check_expression(text: str, lesions: Sequence[str], must_ask: bool = False) -> list[str]:
    """Return what is wrong with an expression; `must_ask` refuses one that asks nothing, such as a typed 3."""
    try:
        expression = parse(text)
    except ExpressionError as error:
        return [str(error)]
    found = check(expression, FUNCTIONS, lesions)
    if not lesions:
        asking = [name for name in expression.functions if name in FUNCTIONS and not FUNCTIONS[name].pure and name not in _ASK_NOTHING]
        found += [f"{name} asks about a patient, and the item names no case" for name in asking]
    if not found and must_ask and not _asks(expression):
        found = [f"'{text}' is a typed value; a key asks the case or the evidence, for example krenning(L1) or figure(\"…\")"]
    return found


def case_seed(course_seed: int, exercise: str, case: str, variants: int) -> int:
    """Return the seed (1 … variants) from which this learner's case is drawn: the same everywhere.

    >>> case_seed(1, "03_krenning", "rectum", 9999) == case_seed(1, "03_krenning", "rectum", 9999)
    True
    """
    return 1 + int(Draws("case", course_seed, exercise, case).unit("variant") * variants)


def shuffled(ids: Sequence[str], course_seed: int, exercise: str, item: str) -> list[str]:
    """Return the options of an item in this learner's order: the same at every opening, another for the neighbour.

    >>> sorted(shuffled(["a", "b", "c"], 7, "03_krenning", "q5"))
    ['a', 'b', 'c']
    """
    draws = Draws("order", course_seed, exercise, item)
    return sorted(ids, key=draws.unit)


@lru_cache(maxsize=1024)
def draw_truth(archetype: str, seed: int, positions: Positions | None = None) -> Truth:
    """Return the truth of one archetype and seed; drawn once and kept."""
    return Truth(generate(archetype, seed), positions)


def _asks(expression: Expression) -> bool:
    return any(not FUNCTIONS[name].pure for name in expression.functions)


def _scanner_positions(patient: Patient) -> Mapping[str, Point]:
    # Imported here so that grading without `point` items never loads numpy.
    from netcourse.scanner import positions

    return positions(patient)


def _bound(function: Function, truth: Truth) -> Function:
    if function.pure or function.name in _ASK_NOTHING:
        return function
    return Function(function.name, lambda *values: function.call(truth, *values), function.parameters, function.about, function.gives)


def _reference(truth: Truth, organ: str) -> float:
    if organ == "spleen" and truth.patient.history.splenectomy:
        raise ExpressionError("this patient has no spleen; ask for another reference")
    return truth.patient.ssr.suv[organ]


def _earlier(truth: Truth, organ: str) -> float:
    if truth.patient.earlier_ssr is None:
        raise ExpressionError("this patient has no earlier scan")
    return truth.patient.earlier_ssr.suv[organ]


_LESION = Parameter("lesion", "lesion")
_ORGAN = Parameter("organ", "word", REFERENCES)

_ALL = (
    Function(
        "krenning",
        lambda truth, lesion, variant="pet": truth.krenning(lesion, variant),
        (_LESION, Parameter("variant", "word", VARIANTS, optional=True)),
        "the score of a lesion; counts as a number",
        gives="decision",
    ),
    Function("suv_max", lambda truth, lesion: truth.patient.uptake(lesion).suv_max, (_LESION,), "its SUVmax as read, after blur"),
    Function("true_suv", lambda truth, lesion: lesion.ssr_suv, (_LESION,), "the uptake of the tissue itself"),
    Function("background", lambda truth, lesion: truth.patient.background(lesion), (_LESION,), "SUV of the tissue around it"),
    Function("size_mm", lambda truth, lesion: lesion.size_mm, (_LESION,), "its diameter; of a node the short axis"),
    Function("in_liver", lambda truth, lesion: lesion.in_liver, (_LESION,), "whether it lies in the liver", gives="truth"),
    Function("nature", lambda truth, lesion: lesion.nature, (_LESION,), f"what it is: {', '.join(NATURES)}", gives="word"),
    Function("position", lambda truth, lesion: truth.position(lesion), (_LESION,), "where its centre lies", gives="point"),
    Function("reference", _reference, (_ORGAN,), "SUVmean of a reference organ"),
    Function("earlier_reference", _earlier, (_ORGAN,), "the same on the earlier scan"),
    Function("fwhm_mm", lambda truth: truth.patient.ssr.fwhm_mm, (), "resolution of the scan"),
    Function(
        "flagged",
        lambda decision, flag: flag in decision.flags,
        (Parameter("decision", "decision"), Parameter("flag", "word", FLAGS)),
        "whether a rule warns",
        gives="truth",
    ),
    Function("recovery", recovery, (Parameter("diameter_mm", "number"), Parameter("fwhm_mm", "number")), "contrast that blur leaves (0–1)"),
    Function("figure", lambda id: figure(id).value, (Parameter("id", "word", look_up=figure),), "a number of the evidence"),
    Function("min", lambda *numbers: min(numbers), (), "the smallest", pure=True, any_number=True),
    Function("max", lambda *numbers: max(numbers), (), "the largest", pure=True, any_number=True),
    Function("abs", abs, (Parameter("number", "number"),), "without its sign", pure=True),
    Function(
        "round",
        lambda number, digits=0: round(float(number), max(0, min(6, int(digits)))),
        (Parameter("number", "number"), Parameter("digits", "number", optional=True)),
        "rounded",
        pure=True,
    ),
)
_ASK_NOTHING = ("flagged", "recovery", "figure")
FUNCTIONS: dict[str, Function] = {function.name: function for function in _ALL}

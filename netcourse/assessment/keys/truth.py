"""One case as the exercise sees it: the patient of a learner's seed, and the questions a key may
put to it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache, partial
from pathlib import Path
from typing import Any

from netcourse.assessment.keys.expressions import (
    ExpressionError,
    Function,
    as_number,
    evaluate,
    parse,
)
from netcourse.assessment.keys.problems import did_you_mean
from netcourse.assessment.keys.registry import FUNCTIONS, check_expression
from netcourse.decisions.core import Decision
from netcourse.patients import (
    Draws,
    Lesion,
    Part,
    Patient,
    Tracer,
    generate,
    load_patient,
    with_tracer,
)

Point = tuple[float, float, float]
Positions = Callable[[Patient], Mapping[str, Point]]


@dataclass(frozen=True)
class Asked:
    """One question to a rule while a key was worked out, and the answer.

    `arguments` stand as the author wrote them, ids for lesions; `lesion` is the first of these,
    None for a question about the whole patient or about none.
    """

    rule: str
    arguments: tuple[Any, ...]
    decision: Decision
    lesion: str | None = None

    @property
    def words(self) -> tuple[Any, ...]:
        """The arguments that are no lesion: `krenning(L1, "planar")` has one."""
        return tuple(one for one in self.arguments if one != self.lesion)


def once(asked: Iterable[Asked]) -> tuple[Asked, ...]:
    """Return the questions in their order, those that got the same answer about the same lesion
    only once.
    """
    found: dict[tuple[Any, ...], Asked] = {}
    for one in asked:
        found.setdefault((one.rule, one.lesion, one.decision), one)
    return tuple(found.values())


class _Bound(Mapping[str, Function]):
    """The functions of expressions, each bound to a case when it is first called for."""

    def __init__(self, bind: Callable[[Function], Callable[..., Any]]) -> None:
        self._bind, self._bound = bind, dict[str, Function]()

    def __getitem__(self, name: str) -> Function:
        if name not in self._bound:
            function = FUNCTIONS[name]
            self._bound[name] = replace(function, call=self._bind(function))
        return self._bound[name]

    def __iter__(self) -> Iterator[str]:
        return iter(FUNCTIONS)

    def __len__(self) -> int:
        return len(FUNCTIONS)


@dataclass
class Truth:
    """The truth of one case for one learner; `positions` says where the lesions lie (default: the
    scanner), `tracer` what made its scan.

    >>> truth = Truth(generate("rectum_low_expression"))
    >>> truth.value("krenning(L1)").verdict, truth.value('suv_max(N1) / reference("liver") >= 1')
    ('2', False)
    >>> truth.fill("{L1.size_mm} mm in {L1.where}, SUVmax {suv_max(L1)}")
    '24 mm in liver, segment VI, SUVmax 4.6'
    """

    patient: Patient
    positions: Positions | None = None
    tracer: Tracer | None = None
    _asked: dict[tuple[Any, ...], Asked] = field(default_factory=dict, repr=False)
    _log: list[Asked] = field(default_factory=list, repr=False)
    _values: dict[str, tuple[Any, tuple[Asked, ...]]] = field(default_factory=dict, repr=False)
    _filled: dict[str, str] = field(default_factory=dict, repr=False, compare=False)
    told: dict[Hashable, Any] = field(default_factory=dict, repr=False, compare=False)
    """What a page told of this case; learners of one variant are told the same of one mark."""

    def __post_init__(self) -> None:
        self.lesions: dict[str, Lesion] = {lesion.id: lesion for lesion in self.patient.lesions}
        self.functions = _Bound(self._calls)

    @property
    def seen(self) -> Patient:
        """The patient as the case's scan finds them: with the tracer of an unnamed receptor scan,
        else with their own.
        """
        return (
            self.patient
            if self.tracer in (None, "f18_fdg")
            else with_tracer(self.patient, self.tracer)
        )

    def value(self, text: str) -> Any:
        """Return an expression's value; ExpressionError in plain words where it has none."""
        return evaluate(parse(text), self.functions, self.lesions)

    def asked(self, text: str) -> tuple[Any, tuple[Asked, ...]]:
        """Return an expression's value and the questions it put to rules, in order and each
        once.
        """
        if text not in self._values:
            self._log.clear()
            value = self.value(text)
            self._values[text] = value, once(self._log)
        return self._values[text]

    def number(self, text: str) -> tuple[float, tuple[Asked, ...]]:
        """Return as `asked` does, the value as a number and a decision as its score;
        ExpressionError where it is none.

        >>> Truth(generate("rectum_low_expression")).number("size_mm(L1)")
        (24.0, ())
        """
        value, asked = self.asked(text)
        try:
            return as_number(value), asked
        except ValueError as error:
            raise ExpressionError(f"'{text}': {error}") from None

    def _calls(self, function: Function) -> Callable[..., Any]:
        """Return what an expression calls: the function on this case, and rules with a note of what
        they were asked.
        """
        call = partial(function.call, self) if function.of_case else function.call
        return partial(self._ask, function.name, call) if function.gives == "decision" else call

    def _ask(self, rule: str, call: Callable[..., Decision], *values: Any) -> Decision:
        """Put a question to a rule, once per case, and note it for whoever works out a key."""
        arguments = tuple(value.id if isinstance(value, Lesion) else value for value in values)
        known = self._asked.get((rule, *arguments))
        if known is None:
            lesion = next((value.id for value in values if isinstance(value, Lesion)), None)
            known = self._asked[rule, *arguments] = Asked(rule, arguments, call(*values), lesion)
        self._log.append(known)
        return known.decision

    def position(self, lesion: Lesion, part: Part | None = None) -> Point:
        """Return where a lesion's centre lies, or the middle of a part of it, (z, y, x) in mm.

        ExpressionError for a part that does not show.
        """
        z, y, x = self._places[lesion.id]
        if part is not None:
            parts = self._part_places.get(lesion.id)
            if parts is None:
                raise ExpressionError(
                    f"{lesion.id} has no parts that show; ask for position({lesion.id})"
                )
            z, y, x = parts[part]
        return float(z), float(y), float(x)

    @cached_property
    def _places(self) -> Mapping[str, Point]:
        return (self.positions or _scanner_positions)(self.patient)

    @cached_property
    def _part_places(self) -> Mapping[str, Mapping[Part, Point]]:
        return _scanner_parts(self.patient)

    def fill(self, text: str) -> str:
        """Fill a text's {placeholders}: story, title, age_y, sex, L1.where, L1.size_mm, or any
        expression.

        Numbers are written with one decimal (the size of a lesion without); `{recovery(7, 6):2}`
        asks for two.
        """
        if "{" not in text:
            return text
        if text not in self._filled:
            self._filled[text] = PLACEHOLDER.sub(
                lambda found: self._word(*placeholder(found[1])), text
            )
        return self._filled[text]

    def _word(self, name: str, digits: int) -> str:
        if name in WORDS:
            return WORDS[name](self.patient)
        lesion, dot, attribute = name.partition(".")
        if dot and lesion in self.lesions and attribute in LESION_WORDS:
            return LESION_WORDS[attribute](self.lesions[lesion])
        value = self.value(name)
        if isinstance(value, Decision):
            return value.verdict
        return (
            f"{value:.{digits}f}"
            if isinstance(value, int | float) and not isinstance(value, bool)
            else str(value)
        )


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
    return (
        (name.strip(), int(digits))
        if colon and digits.isdigit() and len(digits) == 1
        else (inside.strip(), 1)
    )


def check_placeholders(text: str, lesions: Sequence[str] | None) -> list[str]:
    """Return what is wrong with a text's placeholders, before any case is drawn; `lesions` None
    without a case.
    """
    found = []
    for match in PLACEHOLDER.finditer(text):
        name, _ = placeholder(match[1])
        lesion, _, attribute = name.partition(".")
        if (name in WORDS and lesions is not None) or (
            lesion in (lesions or ()) and attribute in LESION_WORDS
        ):
            continue
        if name.isidentifier() or (lesion.isidentifier() and attribute.isidentifier()):
            words = [
                *WORDS,
                *(f"{id}.{word}" for id in (lesions or ())[:3] for word in LESION_WORDS),
            ]
            found.append(
                f"placeholder {{{name}}} is unknown{did_you_mean(name, words)}; allowed are"
                f" {', '.join(words)} and expressions"
            )
            continue
        found += [
            f"placeholder {{{name}}}: {problem}" for problem in check_expression(name, lesions)
        ]
    return found


def case_seed(course_seed: int, exercise: str, case: str, variants: int) -> int:
    """Return the seed (1 … variants) from which this learner's case is drawn: the same everywhere.

    >>> case_seed(1, "03_krenning", "rectum", 9999) == case_seed(1, "03_krenning", "rectum", 9999)
    True
    """
    return 1 + int(Draws("case", course_seed, exercise, case).unit("variant") * variants)


def shuffled(ids: Sequence[str], course_seed: int, exercise: str, item: str) -> list[str]:
    """Return the options of an item in this learner's order: the same at every opening, another for
    the neighbour.

    >>> sorted(shuffled(["a", "b", "c"], 7, "03_krenning", "q5"))
    ['a', 'b', 'c']
    """
    draws = Draws("order", course_seed, exercise, item)
    return sorted(ids, key=draws.unit)


def draw_truth(
    archetype: str, seed: int, positions: Positions | None = None, tracer: Tracer | None = None
) -> Truth:
    """Return the truth of one archetype and seed, drawn once and kept; of a patient file (.toml),
    kept until the file changes.
    """
    changed = Path(archetype).stat().st_mtime_ns if archetype.endswith(".toml") else None
    return _drawn(archetype, seed, positions, tracer, changed)


@lru_cache(maxsize=1400)  # all variants of the largest exercise: 99 of each of its 14 cases
def _drawn(
    archetype: str,
    seed: int,
    positions: Positions | None,
    tracer: Tracer | None,
    changed: int | None,
) -> Truth:
    own = changed is not None
    patient = load_patient(archetype, seed) if own else generate(archetype, seed)
    return Truth(patient, positions, tracer)


def _scanner_positions(patient: Patient) -> Mapping[str, Point]:
    # Imported here so that grading without `point` items never loads numpy.
    from netcourse.scanner import positions

    return positions(patient)


def _scanner_parts(patient: Patient) -> Mapping[str, Mapping[Part, Point]]:
    from netcourse.scanner import part_positions

    return part_positions(patient)

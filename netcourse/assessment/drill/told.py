"""What is told after signing: each finding in one sentence with the reason it was missed, its rule
and one counterfactual.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import dist
from typing import Literal

from netcourse.assessment.drill.case import DrillCase, Task
from netcourse.assessment.drill.scoring import CaseScore, hit
from netcourse.decisions.core import Decision
from netcourse.decisions.somatostatin import krenning
from netcourse.evidence import statement
from netcourse.patients import Lesion
from netcourse.patients.composer import mimic_of
from netcourse.scanner.study import Point

Sign = Literal["missed", "false", "found", "benign"]
_WHY = {
    "ct_only": "no uptake to speak of, so only CT shows it",
    "hidden": "about as hot as the liver around it, so PET hides it: look at the CT phases",
    "small": "smaller than twice the resolution, so PET shows only part of its uptake",
    "faint": "not above the liver, so it does not catch the eye",
    "peritoneum": "on the peritoneum, where bowel lies over it",
    "bone": "in bone: go through the skeleton once by itself",
    "lung": "in the lung: look once in the lung window",
    "many": "one of many: count them organ by organ",
}


@dataclass(frozen=True)
class Told:
    """One finding of a signed case: its sign in the pictures, where (z, y, x in mm), what it is and
    why it was missed, the rule, and what would change its category ("" where nothing near does).
    """

    sign: Sign
    point_mm: Point
    what: str
    rule: str
    flip: str = ""


def told(score: CaseScore) -> tuple[Told, ...]:
    """Return what a signed case holds: what was missed first, then false marks, then what was found.

    >>> from netcourse.assessment.drill import drill_case, perfect, score
    >>> key = perfect(drill_case(1), "sure", 40, "2026-01-01T00:00:00+00:00")
    >>> [one.sign for one in told(score(key))]
    ['found', 'benign']
    """
    return (*_missed(score), *_false(score), *_found(score), *_benign(score))


def decision_told(score: CaseScore) -> str:
    """Return the decision in one sentence with its rule."""
    step = score.case.step
    rule = step.reasons[0]
    said = "Right" if score.step_right else f"You said {score.reading.step}"
    return f"{said}. The categories ask for: {step.verdict}. {rule.text} ({rule.rule}, {rule.mark})"


def _missed(score: CaseScore) -> Iterator[Told]:
    tasks = {task.id: task for task in score.case.tasks}
    for id in score.missed:
        lesion = score.case.patient.lesion(id)
        what = f"{_named(score.case, lesion)}. Why it is missed: {_why(tasks[id])}."
        yield _told("missed", score.case, lesion, what)


def _found(score: CaseScore) -> Iterator[Told]:
    for id, n in score.found.items():
        lesion, mark = score.case.patient.lesion(id), score.reading.marks[n]
        true = (score.case.krenning(id), score.case.category(id).verdict)
        said = (mark.krenning, mark.category)
        yours = "" if said == true else f" You scored {said[0]} and {said[1]}."
        yield _told("found", score.case, lesion, f"{_named(score.case, lesion)}.{yours}")


def _benign(score: CaseScore) -> Iterator[Told]:
    false = {lesion.id for n in score.false if (lesion := hit(score.case, score.reading.marks[n]))}
    for lesion in score.case.benign:
        if lesion.id not in false:
            yield Told(
                "benign",
                score.case.positions[lesion.id],
                _harmless(score.case, lesion),
                _lesson(lesion),
            )


def _false(score: CaseScore) -> Iterator[Told]:
    for n in score.false:
        mark = score.reading.marks[n]
        lesion = hit(score.case, mark)
        if lesion is None:
            yield Told(
                "false", mark.point_mm, f"Nothing is here.{_near(score.case, mark.point_mm)}", ""
            )
        else:
            yield Told("false", mark.point_mm, _harmless(score.case, lesion), _lesson(lesion))


def _told(sign: Sign, case: DrillCase, lesion: Lesion, what: str) -> Told:
    category = case.category(lesion.id)
    rule = category.reasons[0]
    return Told(
        sign,
        case.positions[lesion.id],
        what,
        f"{rule.text} ({rule.rule}, {rule.mark})",
        _flip(case, lesion, category),
    )


def _flip(case: DrillCase, lesion: Lesion, category: Decision) -> str:
    """The nearest change of the SUVmax that gives another score, else one of the category."""
    score = krenning(case.findings[lesion.id].uptake)
    by_suv = [flip for flip in score.flips if flip.input == "suv_max"]
    return next((flip.text for flip in (*by_suv, *category.flips)), "")


def _named(case: DrillCase, lesion: Lesion) -> str:
    uptake = case.findings[lesion.id].uptake
    return (
        f"{lesion.where[0].upper()}{lesion.where[1:]}, {lesion.size_mm:.0f} mm, SUVmax"
        f" {uptake.suv_max:.1f}: Krenning {case.krenning(lesion.id)}, SSTR-RADS"
        f" {case.category(lesion.id).verdict}"
    )


def _why(task: Task) -> str:
    return next(
        (why for tag, why in _WHY.items() if tag in task.tags),
        "large and hot enough to be seen: your search did not go there",
    )


def _harmless(case: DrillCase, lesion: Lesion) -> str:
    mimic = mimic_of(lesion)
    name = f" ({mimic.id.replace('_', ' ')})" if mimic else ""
    return f"{_named(case, lesion)}{name}"


def _lesson(lesion: Lesion) -> str:
    mimic = mimic_of(lesion)
    if mimic is None:
        return ""
    found = statement(mimic.teaches)
    return f"{found.in_words} ({found.id}, {found.mark})"


def _near(case: DrillCase, point: Point) -> str:
    """How far the nearest lesion is, where there is one near enough to have been meant."""
    away = {one: dist(point, case.positions[one.id]) for one in case.targets}
    nearest = min(away, key=lambda one: away[one], default=None)
    if nearest is None or away[nearest] > 40:
        return ""
    return f" {nearest.where} is {away[nearest]:.0f} mm away."

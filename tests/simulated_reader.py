"""Readers of known ability, who sign the drill as a person would."""

from __future__ import annotations

from netcourse.assessment.drill import CaseScore, Mark, Reading, drill_case, next_case, score
from netcourse.assessment.drill.ability import chance
from netcourse.assessment.drill.scoring import true_mark
from netcourse.decisions.somatostatin import NEXT_STEPS
from netcourse.patients import Draws

SIGNED = "2026-01-01T00:00:00+00:00"


def read_case(seed: int, ability: float, name: str = "") -> Reading:
    """Read a case as a reader of that ability: each task right with the chance of the model."""
    case, draws = drill_case(seed), Draws("simulated reader", name, seed, ability)
    does = {task.id: draws.unit(task.id) < chance(ability, task.difficulty) for task in case.tasks}
    marks = [true_mark(case, one) for one in case.targets if does[one.id]]
    marks += [
        Mark(point_mm=case.positions[one.id], krenning=4, category="4")
        for one in case.benign
        if not does[one.id]
    ]
    if not does.get("normal", True):
        marks.append(Mark(point_mm=(0.0, 0.0, 0.0), krenning=3, category="4"))
    wrong = next(step for step in NEXT_STEPS if step not in case.steps)
    return Reading(
        seed=seed,
        marks=tuple(marks),
        overall=case.overall,
        step=case.step.verdict if does["decision"] else wrong,
        confidence="sure",
        seconds=60,
        signed=SIGNED,
    )


def drilled(ability: float, cases: int, first_seed: int, name: str = "") -> list[CaseScore]:
    """Let a simulated reader sign so many cases, each chosen from those before."""
    scores: list[CaseScore] = []
    while len(scores) < cases:
        chosen = next_case(first_seed, scores)
        scores.append(score(read_case(chosen.seed, ability, name)))
    return scores

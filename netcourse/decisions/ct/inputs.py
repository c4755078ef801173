"""What could be done differently in a CT: the inputs of its judgement, with their limits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import get_args

from netcourse.decisions.core.sensitivity import Change, numbers, options
from netcourse.decisions.ct.needs import (
    CLOCK,
    CT_PHASES,
    ORAL_WORDS,
    CtPhase,
    Oral,
    Spasmolytic,
    phase_words,
    window,
)
from netcourse.decisions.ct.protocol import CtProtocol, CtQuestion
from netcourse.evidence import figure

_SUSPICIONS = {
    "suspected_insulinoma": "an insulinoma",
    "suspected_phaeochromocytoma": "a phaeochromocytoma",
    "suspected_leak": "a leak",
}


@dataclass(frozen=True)
class PlannedCt:
    """A question and the protocol that is planned for it."""

    question: CtQuestion
    protocol: CtProtocol


def ct_changes(plan: PlannedCt) -> Iterator[Change[PlannedCt]]:
    """Yield every single change worth trying.

    A change of a phase has its start as `then`; there None leaves out a phase that was planned, or
    adds the unenhanced scan.

    >>> plan = PlannedCt(CtQuestion(target="follow_up"), CtProtocol(phases={"portal_venous": 68}))
    >>> next(ct_changes(plan)).words
    'With a late arterial phase at 38 s'
    """
    yield from _other_phases(plan)
    yield from _other_starts(plan)
    oral = dict.fromkeys(plan.question.needs.oral.accepted + get_args(Oral))
    now = ORAL_WORDS[plan.protocol.oral]
    words = {agent: f"With {ORAL_WORDS[agent]} instead of {now}" for agent in oral}
    yield from options(plan, "protocol.oral", words, name="oral: {then}")
    words = {
        drug: f"With {drug if drug != 'none' else 'no spasmolytic'}"
        for drug in get_args(Spasmolytic)
    }
    yield from options(plan, "protocol.spasmolytic", words, name="spasmolytic: {then}")
    clocks = {clock: f"With the same seconds counted {text}" for clock, text in CLOCK.items()}
    yield from options(plan, "protocol.timing", clocks, name="timing: {then}")
    yield from _other_numbers(plan)
    for field, what in _SUSPICIONS.items():
        suspected = {True: f"If {what} is suspected", False: f"If {what} is not suspected"}
        yield from options(plan, f"question.{field}", suspected, name=field)


def _other_phases(plan: PlannedCt) -> Iterator[Change[PlannedCt]]:
    """Yield each phase added at its usual time, those that the question needs first, and each phase
    left out.
    """
    phases = plan.protocol.phases
    for phase in dict.fromkeys(plan.question.needs.phases + CT_PHASES):
        if phase not in phases:
            start = None if phase == "unenhanced" else window(phase, plan.protocol.timing).value
            at = "" if start is None else f" at {start:g} s"
            words = f"With {'an' if phase[0] in 'ue' else 'a'} {phase_words(phase)}{at}"
            yield _with_phases(plan, phase, {**phases, phase: start}, words, start, "add")
        elif len(phases) > 1:
            rest = {other: start for other, start in phases.items() if other != phase}
            yield _with_phases(plan, phase, rest, f"Without the {phase_words(phase)}")


def _other_starts(plan: PlannedCt) -> Iterator[Change[PlannedCt]]:
    """Yield each phase earlier and later, at and just beyond the ends of its windows."""
    for phase, now in plan.protocol.phases.items():
        if now is not None:
            windows = [window(phase, plan.protocol.timing, usable) for usable in (False, True)]
            yield from numbers(
                plan,
                f"protocol.phases.{phase}",
                [edge for seconds in windows for edge in (seconds.low, seconds.high)],
                1,
                f"With the {phase_words(phase)} at {{then:g}} s instead of {{now:g}} s",
                name=f"phases.{phase}",
                group=f"{phase} at",
                lowest=1,
            )


def _with_phases(
    plan: PlannedCt,
    phase: CtPhase,
    phases: dict[CtPhase, float | None],
    words: str,
    then: float | None = None,
    group: str = "",
) -> Change[PlannedCt]:
    after = replace(plan, protocol=plan.protocol.model_copy(update={"phases": phases}))
    now = plan.protocol.phases.get(phase)
    return Change(f"phases.{phase}", now, then, words, after, group or phase)


def _other_numbers(plan: PlannedCt) -> Iterator[Change[PlannedCt]]:
    """Yield each number at its limits; the usual value where none is stated."""
    rate, iodine, slice_id = (
        figure("injection.rate"),
        figure("injection.iodine"),
        plan.question.needs.slice,
    )
    slowest = [figure(f"injection.rate_{phase}_lowest").value for phase in ("arterial", "portal")]
    tried: list[tuple[str, str, list[float | None], float]] = [
        ("rate_ml_s", "an injection rate of {then:g} mL/s", [rate.value, *slowest, rate.high], 0.1),
        ("iodine_mg_per_kg", "{then:g} mg I/kg", [iodine.value, iodine.low, iodine.high], 10),
    ]
    if slice_id:
        tried.append(("slice_mm", "slices of {then:g} mm", [figure(slice_id).value], 0.1))
    for field, words, limits, step in tried:
        yield from numbers(
            plan,
            f"protocol.{field}",
            limits,
            step,
            f"With {words} instead of {{now:g}}",
            name=field,
            unknown=f"With {words}",
            lowest=step,
        )
    limit = figure("contrast.egfr").value
    words = "With an eGFR of {then:g} instead of {now:g}"
    yield from numbers(plan, "question.egfr_ml_min", [limit], 1, words, name="egfr_ml_min")

"""What could be done differently in a CT: one change at a time, the nearest first, for the flips of
a verdict.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, get_args

from netcourse.decisions.ct.needs import (
    CLOCK,
    CT_PHASES,
    ORAL_WORDS,
    CtPhase,
    Oral,
    Spasmolytic,
    Timing,
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
class Change:
    """One thing done differently: which input, from what to what, in words, and the question and
    protocol after it.

    `input` is a field of either, `oral: water` for a word, or `phases.late_arterial` with its start
    as `then`; there None leaves out a phase that was planned, or adds the unenhanced scan. Changes
    of one `group` are alternatives to each other.
    """

    group: str
    input: str
    now: float | None
    then: float | None
    words: str
    question: CtQuestion
    protocol: CtProtocol


def changes(question: CtQuestion, protocol: CtProtocol) -> Iterator[Change]:
    """Yield every single change worth trying.

    >>> follow_up = CtQuestion(target="follow_up")
    >>> next(changes(follow_up, CtProtocol(phases={"portal_venous": 68}))).words
    'With a late arterial phase at 38 s'
    """
    yield from _other_phases(question, protocol)
    yield from _other_starts(question, protocol)
    yield from _other_words(question, protocol)
    yield from _other_numbers(question, protocol)
    for field, what in _SUSPICIONS.items():
        then = not getattr(question, field)
        words = f"If {what} is suspected" if then else f"If {what} is not suspected"
        yield Change(
            field, field, None, None, words, question.model_copy(update={field: then}), protocol
        )


def _other_phases(question: CtQuestion, protocol: CtProtocol) -> Iterator[Change]:
    """Yield each phase added at its usual time, those that the question needs first, and each phase
    left out.
    """
    for phase in dict.fromkeys(question.needs.phases + CT_PHASES):
        if phase not in protocol.phases:
            start = None if phase == "unenhanced" else window(phase, protocol.timing).value
            article = "an" if phase[0] in "ue" else "a"
            words = (
                f"With {article} {phase_words(phase)}{'' if start is None else f' at {start:g} s'}"
            )
            yield _phased("add", phase, None, start, words, question, protocol)
        elif len(protocol.phases) > 1:
            yield _phased(
                phase,
                phase,
                protocol.phases[phase],
                None,
                f"Without the {phase_words(phase)}",
                question,
                protocol,
            )


def _other_starts(question: CtQuestion, protocol: CtProtocol) -> Iterator[Change]:
    """Yield each phase earlier and later, at and just beyond the ends of its windows, nearest
    first.
    """
    for phase, now in protocol.phases.items():
        if now is not None:
            windows = [window(phase, protocol.timing, usable) for usable in (False, True)]
            edges = [
                edge for found in windows for edge in (found.low, found.high) if edge is not None
            ]
            for then in _nearest(
                now, [step for edge in edges for step in (edge, edge - 1, edge + 1)]
            ):
                words = f"With the {phase_words(phase)} at {then:g} s instead of {now:g} s"
                yield _phased(f"{phase} at", phase, now, then, words, question, protocol)


def _phased(
    group: str,
    phase: CtPhase,
    now: float | None,
    then: float | None,
    words: str,
    question: CtQuestion,
    plan: CtProtocol,
) -> Change:
    """A change of one phase: left out where it has no `then` but was there, else put at `then`."""
    leave_out = phase in plan.phases and then is None
    rest = {other: start for other, start in plan.phases.items() if other != phase}
    phases = rest if leave_out else plan.phases | {phase: then}
    return Change(
        group,
        f"phases.{phase}",
        now,
        then,
        words,
        question,
        plan.model_copy(update={"phases": phases}),
    )


def _other_words(question: CtQuestion, protocol: CtProtocol) -> Iterator[Change]:
    """Yield each other agent, spasmolytic and clock."""
    agents = dict.fromkeys(question.needs.oral.accepted + get_args(Oral))
    options: tuple[tuple[str, dict[str, str]], ...] = (
        (
            "oral",
            {
                agent: f"With {ORAL_WORDS[agent]} instead of {ORAL_WORDS[protocol.oral]}"
                for agent in agents
            },
        ),
        (
            "spasmolytic",
            {
                drug: f"With {drug if drug != 'none' else 'no spasmolytic'}"
                for drug in get_args(Spasmolytic)
            },
        ),
        (
            "timing",
            {clock: f"With the same seconds counted {CLOCK[clock]}" for clock in get_args(Timing)},
        ),
    )
    for field, words in options:
        for option in words:
            if option != getattr(protocol, field):
                other = protocol.model_copy(update={field: option})
                yield Change(
                    field, f"{field}: {option}", None, None, words[option], question, other
                )


def _other_numbers(question: CtQuestion, protocol: CtProtocol) -> Iterator[Change]:
    """Yield each number at its limits and one step beyond them, nearest first; the usual one where
    none is stated.
    """
    rate, iodine, slice_id = (
        figure("injection.rate"),
        figure("injection.iodine"),
        question.needs.slice,
    )
    lowest = [figure(f"injection.rate_{phase}_lowest").value for phase in ("arterial", "portal")]
    yield from _numbers(
        "rate_ml_s",
        "an injection rate of {} mL/s",
        [rate.value, *lowest, rate.high],
        0.1,
        question,
        protocol,
    )
    yield from _numbers(
        "iodine_mg_per_kg",
        "{} mg I/kg",
        [iodine.value, iodine.low, iodine.high],
        10,
        question,
        protocol,
    )
    if slice_id:
        yield from _numbers(
            "slice_mm", "slices of {} mm", [figure(slice_id).value], 0.1, question, protocol
        )
    if question.egfr_ml_min is not None:
        limit = figure("contrast.egfr").value
        for then in _nearest(question.egfr_ml_min, [limit, limit - 1]):
            other = question.model_copy(update={"egfr_ml_min": then})
            words = f"With an eGFR of {then:g} instead of {question.egfr_ml_min:g}"
            yield Change(
                "egfr_ml_min", "egfr_ml_min", question.egfr_ml_min, then, words, other, protocol
            )


def _numbers(
    field: str,
    words: str,
    edges: list[float | None],
    step: float,
    question: CtQuestion,
    protocol: CtProtocol,
) -> Iterator[Change]:
    now: float | None = getattr(protocol, field)
    known = [edge for edge in edges if edge is not None]
    steps = (
        known
        if now is None
        else _nearest(now, [round(edge + move, 3) for edge in known for move in (0, -step, step)])
    )
    for then in steps:
        text = f"With {words.format(f'{then:g}')}{'' if now is None else f' instead of {now:g}'}"
        yield Change(
            field, field, now, then, text, question, protocol.model_copy(update={field: then})
        )


def _nearest(now: float, values: Iterable[Any]) -> list[float]:
    return sorted(
        {value for value in values if value > 0 and value != now},
        key=lambda value: (round(abs(value - now), 6), value),
    )

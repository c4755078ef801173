"""Does a CT protocol suit its question? One criterion after the other, each a guideline sentence
and a function.

The verdict follows from the weights alone: an absolute criterion that is not met sinks the
protocol, any other leaves a remark.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from netcourse.decisions.core.decision import (
    CANNOT_DECIDE,
    Decision,
    Reason,
    Status,
    Weight,
    reason,
)
from netcourse.decisions.core.sensitivity import nearest_flips
from netcourse.decisions.ct.inputs import PlannedCt, ct_changes
from netcourse.decisions.ct.needs import (
    CLOCK,
    ORAL_RULE,
    ORAL_WORDS,
    PHASE_RULE,
    CtPhase,
    OneOf,
    phase_words,
    spread,
    window,
)
from netcourse.decisions.ct.protocol import CtProtocol, CtQuestion, kidney
from netcourse.evidence import Figure, figure, statement

SUITS, REMARKS, UNSUITED = "suits", "suits with remarks", "does not suit"

_BEST_LAST = (UNSUITED, CANNOT_DECIDE, REMARKS, SUITS)
_ARTERIAL: tuple[CtPhase, ...] = ("early_arterial", "late_arterial", "pancreatic", "enteric")
_NAMES = {"IV1": "iodine dose", "IV2": "injection rate", "IV4": "eGFR", "CS1": "slice thickness"}


def judge_protocol(question: CtQuestion, protocol: CtProtocol) -> Decision:
    """Say whether a protocol suits its question: "suits", "suits with remarks" or "does not suit",
    criterion by criterion.

    "cannot decide" where an arterial phase is planned and its injection rate not stated; an unknown
    eGFR is asked for and decides nothing. Each flip changes one thing. Sources: statements CT1–CT6,
    S8, S17–S19, CO1–CO5, IV1, IV2, IV4, CS1, CD1.

    >>> from netcourse.decisions.ct.protocol import usual_protocol
    >>> follow_up = CtQuestion(target="follow_up", egfr_ml_min=80)
    >>> judge_protocol(follow_up, usual_protocol(follow_up)).verdict
    'suits'
    >>> late = usual_protocol(follow_up).model_copy(update={"phases": {"portal_venous": 68}})
    >>> judge_protocol(follow_up, late).flips[0].text
    'With a late arterial phase at 38 s: suits.'
    """
    verdict, reasons = _judged(question, protocol)
    missing = dict.fromkeys(_NAMES[r.rule] for r in reasons if r.status is Status.UNKNOWN)
    plan = PlannedCt(question, protocol)
    return Decision(
        f"CT protocol for {question.needs.name}",
        verdict,
        reasons,
        tuple(missing),
        search=lambda: nearest_flips(
            verdict,
            ct_changes(plan),
            lambda other: _judged(other.question, other.protocol)[0],
            rank=_BEST_LAST.index,
            best=True,
            open_counts=True,
        ),
    )


def _judged(question: CtQuestion, protocol: CtProtocol) -> tuple[str, tuple[Reason, ...]]:
    reasons = tuple(found for criterion in _CRITERIA for found in criterion(question, protocol))
    weighty = {
        (r.weight, r.status)
        for r in reasons
        if r.weight is not Weight.INFORMATION and r.status is not Status.MET
    }
    if (Weight.ABSOLUTE, Status.NOT_MET) in weighty:
        return UNSUITED, reasons
    if (Weight.ABSOLUTE, Status.UNKNOWN) in weighty:
        return CANNOT_DECIDE, reasons
    return REMARKS if weighty else SUITS, reasons


def _contrast(question: CtQuestion, protocol: CtProtocol) -> Iterator[Reason]:
    """Contrast is given, unless the CT serves only anatomy and attenuation correction."""
    asked = any(phase != "unenhanced" for phase in question.needs.phases)
    if asked and not protocol.contrast:
        yield reason(
            "S8", "No intravenous contrast: tumours and metastases are missed.", Status.NOT_MET
        )
    elif asked:
        yield reason("S8", "Intravenous contrast is given.")
    elif not protocol.contrast:
        yield reason("S17", "No contrast: enough for anatomy and attenuation correction.")
        yield reason("S18", statement("S18").in_words, Status.MET, Weight.INFORMATION)


def _phases(question: CtQuestion, protocol: CtProtocol) -> Iterator[Reason]:
    """Every phase that the question needs is planned."""
    for need in question.needs.needs:
        phase = _serving(protocol, need)
        if phase is None:
            wanted = " or ".join(_when(candidate, protocol) for candidate in need.any_of)
            yield reason(PHASE_RULE[need.any_of[0]], f"Missing: {wanted}.", Status.NOT_MET)
        elif phase in need.instead:
            text = (
                f"The {phase_words(phase)} stands in: the {_when(need.any_of[0], protocol)} is"
                " better."
            )
            yield reason(PHASE_RULE[phase], text, Status.NOT_MET, Weight.RELATIVE)
        else:
            yield reason(PHASE_RULE[phase], f"The {phase_words(phase)} is there.")


def _starts(question: CtQuestion, protocol: CtProtocol) -> Iterator[Reason]:
    """A phase is what it is called only when it starts at its time."""
    carriers = _carriers(question, protocol)
    for phase in _used(question, protocol):
        start = protocol.phases[phase]
        if start is None:
            continue
        best, fault = window(phase, protocol.timing), _fault(phase, protocol)
        text = f"{phase_words(phase).capitalize()} at {start:g} s {CLOCK[protocol.timing]}: "
        if not fault:
            yield reason(PHASE_RULE[phase], f"{text}inside {spread(best)}.", figure_id=best.id)
            continue
        side = "early" if start < (best.low or 0) else "late"
        weight = Weight.ABSOLUTE if fault == 2 and phase in carriers else Weight.RELATIVE
        text += f"{'too' if fault == 2 else 'a little'} {side}, {spread(best)} is right."
        yield reason(PHASE_RULE[phase], text, Status.NOT_MET, weight, figure_id=best.id)


def _extra(question: CtQuestion, protocol: CtProtocol) -> Iterator[Reason]:
    """No phase without a question: each one costs its dose again."""
    cost = figure("dose.effective.abdomen")
    used = _used(question, protocol)
    for phase in protocol.phases:
        if phase not in used:
            text = (
                f"The {phase_words(phase)} answers nothing here and costs about {cost.value:.0f}"
                f" {cost.unit}."
            )
            yield reason("CD1", text, Status.NOT_MET, Weight.RELATIVE, figure_id=cost.id)


def _oral(question: CtQuestion, protocol: CtProtocol) -> Iterator[Reason]:
    """Positive oral contrast hides wall tumours, except that a leak is looked for with it; else as
    the question needs.
    """
    needs, agent = question.needs, protocol.oral
    said = ORAL_WORDS[agent].capitalize()
    rule = ORAL_RULE.get(agent, needs.statement)
    best = ORAL_WORDS[needs.oral.any_of[0]]
    if agent == "positive" and question.suspected_leak:
        yield reason("CO5", f"{said} for a suspected leak; it hides tumours of the wall.")
    elif agent == "positive":
        yield reason("S19", f"{said} hides tumours of the bowel and stomach wall.", Status.NOT_MET)
        yield reason(
            "CO1",
            "It also mimics an enhancing wall and biases attenuation correction.",
            Status.MET,
            Weight.INFORMATION,
        )
    elif agent in needs.oral.any_of:
        yield reason(rule, f"{said} is right.")
    else:
        weight = Weight.RELATIVE if agent in needs.oral.instead else Weight.ABSOLUTE
        wanted = ORAL_RULE.get(needs.oral.any_of[0], needs.statement)
        yield reason(wanted, f"{said}: {best} is right here.", Status.NOT_MET, weight)


def _rate(question: CtQuestion, protocol: CtProtocol) -> Iterator[Reason]:
    """An arterial phase needs a fast injection; a portal venous phase alone may do with a slower
    one.
    """
    if not (enhanced := _enhanced(question, protocol)):
        return
    carriers = _carriers(question, protocol)
    arterial = any(phase in _ARTERIAL for phase in enhanced)
    weight = Weight.ABSOLUTE if any(phase in _ARTERIAL for phase in carriers) else Weight.RELATIVE
    lowest, usual = (
        figure("injection.rate_arterial_lowest" if arterial else "injection.rate_portal_lowest"),
        figure("injection.rate"),
    )
    rate, highest = protocol.rate_ml_s, usual.high or usual.value
    if rate is None:
        yield reason(
            "IV2", "The injection rate is not stated.", Status.UNKNOWN, weight, figure_id=lowest.id
        )
    elif rate < lowest.value:
        why = "an arterial phase needs" if arterial else "the portal venous phase needs"
        yield reason(
            "IV2",
            f"{rate:g} mL/s is too slow: {why} at least {lowest.value:g}.",
            Status.NOT_MET,
            weight,
            figure_id=lowest.id,
        )
    elif rate > highest:
        text = f"{rate:g} mL/s is faster than needed: {lowest.value:g}–{highest:g} will do."
        yield reason("IV2", text, Status.NOT_MET, Weight.RELATIVE, figure_id=usual.id)
    else:
        yield reason(
            "IV2",
            f"{rate:g} mL/s is fast enough (at least {lowest.value:g}).",
            Status.MET,
            weight,
            figure_id=lowest.id,
        )


def _iodine(question: CtQuestion, protocol: CtProtocol) -> Iterator[Reason]:
    """The iodine dose follows the weight and lies in the usual range."""
    if _enhanced(question, protocol):
        yield from _in_range(
            "IV1", protocol.iodine_mg_per_kg, figure("injection.iodine"), "The iodine dose"
        )


def _slice(question: CtQuestion, protocol: CtProtocol) -> Iterator[Reason]:
    """Slices are thin enough where the question sets a limit."""
    if id := question.needs.slice:
        limit = figure(id)
        if protocol.slice_mm is None:
            yield reason(
                "CS1",
                "The slice thickness is not stated.",
                Status.UNKNOWN,
                Weight.RELATIVE,
                figure_id=id,
            )
        else:
            status = Status.MET if protocol.slice_mm <= limit.value else Status.NOT_MET
            yield reason(
                "CS1",
                f"Slices of {protocol.slice_mm:g} mm; at most {limit.value:g} mm.",
                status,
                Weight.RELATIVE,
                figure_id=id,
            )


def _spasmolytic(question: CtQuestion, protocol: CtProtocol) -> Iterator[Reason]:
    """Never glucagon when insulinoma or phaeochromocytoma is suspected; else a spasmolytic is free,
    and helps in the small bowel.
    """
    if protocol.spasmolytic == "glucagon" and question.forbids_glucagon:
        what = "insulinoma" if question.suspected_insulinoma else "phaeochromocytoma"
        yield reason(
            "CO4",
            f"Glucagon is contraindicated: {what} is suspected.",
            Status.NOT_MET,
            Weight.ABSOLUTE,
            figure_id="spasmolytic.glucagon",
        )
    elif question.needs.spasmolytic and protocol.spasmolytic == "none":
        yield reason("CO4", "A spasmolytic would help.", Status.NOT_MET, Weight.INFORMATION)
    elif protocol.spasmolytic != "none":
        yield reason(
            "CO4", f"{protocol.spasmolytic.capitalize()} is given.", Status.MET, Weight.INFORMATION
        )


def _kidney(question: CtQuestion, protocol: CtProtocol) -> Iterator[Reason]:
    """With poor kidneys intravenous contrast is an individual decision."""
    if protocol.contrast:
        yield from kidney(question)


_CRITERIA: tuple[Callable[[CtQuestion, CtProtocol], Iterator[Reason]], ...] = (
    _contrast,
    _phases,
    _starts,
    _extra,
    _oral,
    _rate,
    _iodine,
    _slice,
    _spasmolytic,
    _kidney,
)


def _in_range(rule: str, value: float | None, usual: Figure, name: str) -> Iterator[Reason]:
    """Yield whether a value lies in a figure's range; outside is worth a remark."""
    low, high = usual.low or usual.value, usual.high or usual.value
    if value is None:
        yield reason(
            rule, f"{name} is not stated.", Status.UNKNOWN, Weight.RELATIVE, figure_id=usual.id
        )
    else:
        status = Status.MET if low <= value <= high else Status.NOT_MET
        yield reason(
            rule,
            f"{name} is {value:g} {usual.unit}; usual is {low:g}–{high:g}.",
            status,
            Weight.RELATIVE,
            figure_id=usual.id,
        )


def _when(phase: CtPhase, protocol: CtProtocol) -> str:
    return (
        phase_words(phase)
        if phase == "unenhanced"
        else f"{phase_words(phase)} ({spread(window(phase, protocol.timing))})"
    )


def _fault(phase: CtPhase, protocol: CtProtocol) -> int:
    """How far a phase is off its time: 0 inside its window, 1 still usable, 2 not."""
    start = protocol.phases[phase]
    if start is None:
        return 0
    best, wide = (window(phase, protocol.timing, usable) for usable in (False, True))
    return 0 if _inside(start, best) else 1 if _inside(start, wide) else 2


def _inside(start: float, found: Figure) -> bool:
    return (found.low or 0) <= start <= (found.high or found.value)


def _serving(protocol: CtProtocol, need: OneOf[CtPhase]) -> CtPhase | None:
    """The planned phase that meets a need best: in time, and of two in time the one that is
    wanted.
    """
    there = [phase for phase in need.accepted if phase in protocol.phases]
    return min(there, key=lambda phase: _fault(phase, protocol), default=None)


def _carriers(question: CtQuestion, protocol: CtProtocol) -> set[CtPhase]:
    """The planned phases that the question's needs rest on."""
    return {phase for need in question.needs.needs if (phase := _serving(protocol, need))}


def _used(question: CtQuestion, protocol: CtProtocol) -> list[CtPhase]:
    """The planned phases that answer something, in their own order."""
    carriers, optional = _carriers(question, protocol), question.needs.optional
    return [phase for phase in protocol.phases if phase in carriers or phase in optional]


def _enhanced(question: CtQuestion, protocol: CtProtocol) -> list[CtPhase]:
    """The planned phases that need contrast and answer something."""
    return [phase for phase in _used(question, protocol) if phase != "unenhanced"]

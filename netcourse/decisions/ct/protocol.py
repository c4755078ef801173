"""CT protocols: the question decides the phases, the contrast and what is drunk.

`needs.py` reads what each question needs; `judgement.py` holds a given protocol against it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import reduce
from typing import Annotated, Self

from pydantic import Field, model_validator

from netcourse.decisions.core.decision import Decision, Reason, Status, Weight, reason
from netcourse.decisions.ct.needs import (
    CLOCK,
    ORAL_RULE,
    ORAL_WORDS,
    PHASE_RULE,
    CtPhase,
    Needs,
    Oral,
    Spasmolytic,
    Target,
    Timing,
    ct_protocols,
    phase_words,
    spread,
    window,
)
from netcourse.evidence import figure, statement
from netcourse.patients import Patient
from netcourse.patients.record import Model


class CtQuestion(Model):
    """What is asked of the CT, and what about the patient bears on it; `also` is a second region,
    eGFR None is not known.
    """

    target: Target
    also: Target | None = None
    egfr_ml_min: Annotated[float, Field(ge=0, le=200)] | None = None
    suspected_insulinoma: bool = False
    suspected_phaeochromocytoma: bool = False
    suspected_leak: bool = False

    @property
    def rows(self) -> tuple[Needs, ...]:
        """What each region needs by itself."""
        return tuple(
            ct_protocols()[target] for target in dict.fromkeys((self.target, self.also)) if target
        )

    @property
    def needs(self) -> Needs:
        """What the question needs, its regions together."""
        return reduce(Needs.and_also, self.rows)

    @property
    def forbids_glucagon(self) -> bool:
        """Whether a tumour is suspected that makes glucagon dangerous."""
        return self.suspected_insulinoma or self.suspected_phaeochromocytoma


class CtProtocol(Model):
    """A CT as planned: phases with their start in seconds (unenhanced: None), contrast, what is
    drunk; None is not stated.

    `timing` "fixed" counts the seconds from the start of the injection, "tracked" from the trigger.
    """

    phases: dict[CtPhase, float | None] = Field(min_length=1)
    timing: Timing = "fixed"
    oral: Oral = "none"
    rate_ml_s: Annotated[float, Field(gt=0, le=10)] | None = None
    iodine_mg_per_kg: Annotated[float, Field(gt=0, le=1500)] | None = None
    slice_mm: Annotated[float, Field(gt=0, le=20)] | None = None
    spasmolytic: Spasmolytic = "none"

    @model_validator(mode="after")
    def _starts(self) -> Self:
        for phase, start in self.phases.items():
            if phase == "unenhanced" and start is not None:
                raise ValueError(
                    f"phases.unenhanced is {start:g}; it comes before the injection and has no"
                    " start: give None"
                )
            if phase != "unenhanced" and not (start is not None and 0 < start <= 600):
                raise ValueError(
                    f"phases.{phase} is {start if start is None else f'{start:g} s'}; it must be"
                    " above 0 and at most 600 s"
                )
        return self

    @property
    def contrast(self) -> bool:
        """Whether intravenous contrast is given: some phase needs it."""
        return any(phase != "unenhanced" for phase in self.phases)


def question_of(patient: Patient) -> CtQuestion:
    """Return what a patient's CT must answer: follow-up after an earlier scan, else the region of
    the primary.

    An unknown primary asks for pancreas and small bowel in one scan. The eGFR stays open: a
    patient's record has none.

    >>> from netcourse.patients import generate
    >>> question_of(generate("ileum_disseminated")).target, question_of(generate("analogue_follow_up")).target
    ('small_bowel', 'follow_up')
    """
    if patient.earlier_ssr is not None:
        return CtQuestion(target="follow_up")
    targets = [
        target for target, needs in ct_protocols().items() if patient.pathology.site in needs.sites
    ]
    return CtQuestion(target=targets[0], also=targets[1] if len(targets) > 1 else None)


def usual_protocol(question: CtQuestion, timing: Timing = "fixed") -> CtProtocol:
    """Return the protocol that the course would run for a question: each phase at its usual second.

    >>> usual_protocol(CtQuestion(target="pancreas")).phases
    {'pancreatic': 42.0, 'portal_venous': 68.0}
    """
    needs = question.needs
    contrast = any(phase != "unenhanced" for phase in needs.phases)
    return CtProtocol(
        phases={
            phase: None if phase == "unenhanced" else window(phase, timing).value
            for phase in needs.phases
        },
        timing=timing,
        oral=needs.oral.any_of[0],
        rate_ml_s=figure("injection.rate").value if contrast else None,
        iodine_mg_per_kg=figure("injection.iodine").value if contrast else None,
        slice_mm=figure(needs.slice).value if needs.slice else None,
        spasmolytic="butylscopolamine" if needs.spasmolytic else "none",
    )


def protocol_for(question: CtQuestion) -> Decision:
    """Say how to run the CT that answers a question, each part with its reason; an unknown eGFR is
    asked for and decides nothing.

    Sources: statements CP1–CP8, CT1–CT6, IV1–IV4, CO2–CO4, CS1.

    >>> protocol_for(CtQuestion(target="pancreas", egfr_ml_min=80))
    CT protocol (pancreas): P-PAN; CP1, CT3, CT5, CT1, CO2, IV1, IV2, IV3, IV4, CS1
    """
    needs = question.needs
    reasons = [reason(row.statement, statement(row.statement).in_words) for row in question.rows]
    reasons += [_phase(phase) for phase in needs.phases]
    reasons += [
        _phase(phase, optional=True) for phase in needs.optional if phase not in needs.phases
    ]
    reasons += _drink(question)
    contrast = any(phase != "unenhanced" for phase in needs.phases)
    reasons += [*_injection(), *kidney(question)] if contrast else []
    if needs.slice:
        reasons.append(
            reason(
                "CS1",
                f"Slices of at most {figure(needs.slice).value:g} mm, with reformats.",
                figure_id=needs.slice,
            )
        )
    if needs.spasmolytic or question.forbids_glucagon:
        reasons.append(_calm(question))
    reasons += _advice(question)
    missing = ("eGFR",) if contrast and question.egfr_ml_min is None else ()
    return Decision(f"CT protocol ({needs.name})", needs.code, tuple(reasons), missing)


def kidney(question: CtQuestion) -> Iterator[Reason]:
    """Yield what the kidneys say about intravenous contrast: below the limit it is an individual
    decision (IV4).
    """
    limit, egfr = figure("contrast.egfr"), question.egfr_ml_min
    if egfr is None:
        text = (
            f"eGFR not known; from {limit.value:g} {limit.unit} intravenous contrast needs no"
            " precaution."
        )
        yield reason("IV4", text, Status.UNKNOWN, Weight.INFORMATION, figure_id=limit.id)
    elif egfr < limit.value:
        text = (
            f"eGFR {egfr:g} is below {limit.value:g} {limit.unit}: intravenous contrast is an"
            " individual decision."
        )
        yield reason("IV4", text, Status.NOT_MET, Weight.DEFER, figure_id=limit.id)
    else:
        text = (
            f"eGFR {egfr:g} is at least {limit.value:g} {limit.unit}: contrast without precaution."
        )
        yield reason("IV4", text, Status.MET, Weight.INFORMATION, figure_id=limit.id)


def _phase(phase: CtPhase, optional: bool = False) -> Reason:
    """Say when a phase starts, by both clocks."""
    weight = Weight.INFORMATION if optional else Weight.ABSOLUTE
    name = f"{phase_words(phase).capitalize()}{', if it is wanted' if optional else ''}"
    if phase == "unenhanced":
        return reason("CT1", f"{name}: before the injection.", Status.MET, weight)
    clocks = " or ".join(
        f"{spread(window(phase, timing))} {words}" for timing, words in CLOCK.items()
    )
    return reason(
        PHASE_RULE[phase], f"{name}: {clocks}.", Status.MET, weight, figure_id=window(phase).id
    )


def _drink(question: CtQuestion) -> Iterator[Reason]:
    needs = question.needs
    agent = needs.oral.any_of[0]
    amount = figure(needs.amounts[agent]) if agent in needs.amounts else None
    text = f"{ORAL_WORDS[agent].capitalize()}{f': {spread(amount)}' if amount else ''}."
    yield reason(
        ORAL_RULE.get(agent, needs.statement), text, figure_id=amount.id if amount else None
    )
    if question.suspected_leak:
        yield reason(
            "CO5",
            "A leak is suspected: positive oral contrast is allowed.",
            Status.MET,
            Weight.INFORMATION,
        )


def _injection() -> Iterator[Reason]:
    dose, cap, rate, rise = (
        figure(f)
        for f in (
            "injection.iodine",
            "injection.iodine_cap",
            "injection.rate",
            "phase.trigger.rise",
        )
    )
    text = (
        f"{dose.value:g} {dose.unit} ({dose.low:g}–{dose.high:g}), at most {cap.value:g}"
        f" {cap.unit}."
    )
    yield reason("IV1", text, Status.MET, Weight.RELATIVE, figure_id=dose.id)
    yield reason(
        "IV2",
        f"{rate.value:g} {rate.unit} ({rate.low:g}–{rate.high:g}).",
        Status.MET,
        Weight.RELATIVE,
        figure_id=rate.id,
    )
    text = f"Bolus tracking in the abdominal aorta: the trigger is a rise of {rise.value:g} HU."
    yield reason("IV3", text, Status.MET, Weight.INFORMATION, figure_id=rise.id)


def _calm(question: CtQuestion) -> Reason:
    drug, other = figure("spasmolytic.butylscopolamine"), figure("spasmolytic.glucagon")
    text = (
        f"Butylscopolamine {drug.value:g} {drug.unit} intravenously"
        if question.needs.spasmolytic
        else "No spasmolytic needed"
    )
    if question.forbids_glucagon:
        return reason(
            "CO4",
            f"{text}; glucagon is contraindicated here.",
            Status.MET,
            Weight.ABSOLUTE,
            figure_id=other.id,
        )
    return reason(
        "CO4",
        f"{text}, or glucagon {other.value:g} {other.unit}.",
        Status.MET,
        Weight.INFORMATION,
        figure_id=drug.id,
    )


def _advice(question: CtQuestion) -> Iterator[Reason]:
    """Yield the protocol's further sentences with their figures filled in: a range where there is
    one.
    """
    for row in question.rows:
        for sentence in row.advice:
            ids = re.findall(r"\{([\w.]+)\}", sentence)
            text = re.sub(
                r"\{([\w.]+)\}", lambda found: spread(figure(found[1]), unit=False), sentence
            )
            yield reason(
                row.statement,
                text,
                Status.MET,
                Weight.INFORMATION,
                figure_id=ids[0] if ids else None,
            )

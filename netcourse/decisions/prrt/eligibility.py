"""May this patient have radioligand therapy (PRRT)? Thirty-two criteria, one verdict, and
everything that carries it.

The criteria, each with the inputs it reads: `disease`, `treatment_reason`, `laboratory`,
`fitness`, `timing`.
Rulebooks: `rulebook`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from netcourse.decisions.core.decision import CANNOT_DECIDE, Decision
from netcourse.decisions.core.footprint import moved, watched
from netcourse.decisions.core.sensitivity import nearest_flips
from netcourse.decisions.heterogeneity.dual_tracer import DualUptake, reads
from netcourse.decisions.prrt import disease, fitness, laboratory, timing, treatment_reason
from netcourse.decisions.prrt.criterion import (
    NOT_ELIGIBLE,
    NOT_INDICATED,
    VERDICTS,
    Case,
    Criterion,
    Effect,
    Finding,
    criteria,
    prrt_changes,
    verdict_of,
    worst,
)
from netcourse.decisions.prrt.rulebook import COURSE, Profile, profile, profiles
from netcourse.patients import Patient

PRRT_VERDICTS = (*VERDICTS, CANNOT_DECIDE)
_MOST_FLIPS = 4
_SCANS = "found"
_TOPICS = (disease, treatment_reason, laboratory, fitness, timing)
"""The modules whose criteria are asked: importing them has registered E1 to E32."""


def prrt(
    patient: Patient,
    by: str | Profile = COURSE,
    read: Sequence[DualUptake] | None = None,
) -> Decision:
    """Say whether a patient may have radioligand therapy by a rulebook.

    "not indicated" (cure is possible, or no reason to treat), "not eligible" (something stops it),
    "defer" (something is put right first, tissue before all else), "conditional" (the tumour board), "eligible": the first
    that holds. "cannot decide" where what is not known may still change that; `missing` then says
    what to order. `carried_by` are the criteria that make the verdict. `read` is what the scans
    show where it is not the patient's own lesions. ValueError for an unknown rulebook. Sources: statements E1–E32, D2, D4–D9, D11, D13,
    D18.

    >>> from netcourse.patients import generate
    >>> prrt(generate("ileum_disseminated"))
    Radioligand therapy (Course): eligible
    >>> [prrt(generate("ileum_disseminated"), by).verdict for by in profiles()]
    ['eligible', 'eligible', 'eligible', 'eligible', 'not indicated']
    """
    book = profile(by)
    case = Case(patient, book, tuple(reads(patient) if read is None else read))
    found, ask = findings(case), Again(case)
    verdict = _verdict(found)
    carriers, missing = _carried_by(found, verdict), _missing(found, verdict)
    reasons = tuple(one.reason for one in found)
    return Decision(
        f"Radioligand therapy ({book.name})",
        verdict,
        reasons,
        missing,
        (),
        carriers,
        search=lambda: nearest_flips(
            verdict,
            prrt_changes(case),
            ask,
            rank=PRRT_VERDICTS.index,
            sort=True,
            most=_MOST_FLIPS,
        ),
    )


def prrt_table(patient: Patient, read: Sequence[DualUptake] | None = None) -> dict[str, Decision]:
    """Return the decision by every rulebook.

    >>> from netcourse.patients import generate
    >>> {id: one.verdict for id, one in prrt_table(generate("pancreas_new")).items()}["netter2"]
    'eligible'
    """
    found = tuple(reads(patient) if read is None else read)
    return {id: prrt(patient, id, found) for id in profiles()}


class Again:
    """The verdict on a case that differs from one already judged; only the criteria that read what
    differs are asked again.
    """

    def __init__(self, case: Case) -> None:
        self.case = case

    @cached_property
    def _judged(self) -> list[tuple[Criterion, Finding, set[str]]]:
        """The criteria that the rulebook asks, with what each found and read."""
        rows = []
        for id, row in criteria().items():
            if self.case.profile.asks(id):
                seen = set[str]()
                patient = watched(self.case.patient, seen)
                case = _Watched(patient, self.case.profile, self.case.found, seen=seen)
                rows.append((row, row.apply(case), seen))
        return rows

    def __call__(self, other: Case) -> str:
        """Return the verdict on another case by the same rulebook."""
        differs = set(moved(self.case.patient, other.patient))
        if other.found is not self.case.found:
            differs.add(_SCANS)
        after = [
            found if differs.isdisjoint(seen) else row.apply(other)
            for row, found, seen in self._judged
        ]
        return _verdict(after)


@dataclass(frozen=True)
class _Watched(Case):
    """A case that notes when what the scans show is read."""

    seen: set[str] = field(default_factory=set, compare=False)

    def __getattribute__(self, name: str) -> Any:
        if name == "found":
            object.__getattribute__(self, "seen").add(_SCANS)
        return object.__getattribute__(self, name)


def findings(case: Case) -> tuple[Finding, ...]:
    """Return what every criterion finds, in the order of the criteria; of several that one
    criterion makes, the heaviest. What the rulebook's source does not state is a remark.
    """
    return tuple(
        row.apply(case) if case.profile.asks(id) else _not_stated(row, case.profile)
        for id, row in criteria().items()
    )


def _not_stated(row: Criterion, book: Profile) -> Finding:
    return Finding(row.id, f"{book.name} states nothing about {row.name}.", Effect.REMARK)


def _verdict(found: Sequence[Finding]) -> str:
    """The verdict where what is not known cannot change it; what is known to stop therapy stops it,
    whatever the reason to treat.
    """
    at_worst, at_best = (verdict_of(worst(list(found), unknown)) for unknown in (True, False))
    if at_best == NOT_ELIGIBLE:
        return at_best
    return at_worst if at_worst == at_best else CANNOT_DECIDE


def _carried_by(found: Sequence[Finding], verdict: str) -> tuple[str, ...]:
    """The criteria whose effect is the verdict's; where none decides, those that are not known."""
    if verdict == CANNOT_DECIDE:
        return tuple(one.rule for one in found if one.needs)
    heaviest = worst(list(found), unknown=False)
    if heaviest in (Effect.NONE, Effect.REMARK):
        return ()
    return tuple(one.rule for one in found if one.effect is heaviest and not one.needs)


def _missing(found: Sequence[Finding], verdict: str) -> tuple[str, ...]:
    """What to order; nothing where therapy is out of the question, tissue alone where nothing can
    be said without it.
    """
    if verdict in (NOT_INDICATED, NOT_ELIGIBLE):
        return ()
    if tissue := [need for one in found if one.effect is Effect.TISSUE for need in one.order]:
        return tuple(dict.fromkeys(tissue))
    return tuple(dict.fromkeys(need for one in found for need in (*one.needs, *one.order)))

"""Whether two scans may be read together: days between them, and no therapy."""

from __future__ import annotations

from netcourse.decisions.decision import CANNOT_DECIDE, Decision, Flip, Reason, Status, Weight, reason
from netcourse.evidence import figure, statement
from netcourse.patients import Patient

COMPARABLE, CAUTION, APART = "comparable", "with caution", "not comparable"


def scan_interval(of: Patient | int, therapy_between: bool = False) -> Decision:
    """Say whether FDG and SSR scans may be read together: of a patient, or of scans that lie so many days apart.

    Verdict "comparable", "with caution" or "not comparable"; "cannot decide" when FDG was not done. Raises ValueError for
    a negative number of days. Sources: statements SI1, SI2.

    >>> scan_interval(31), scan_interval(45).verdict, scan_interval(3, therapy_between=True).verdict
    (Scan interval: comparable; SI1, 'with caution', 'not comparable')
    """
    if isinstance(of, Patient):
        if of.fdg is None:
            unknown = reason("SI1", "FDG PET/CT was not done.", Status.UNKNOWN, by="spacing.dual_best")
            return Decision("Scan interval", CANNOT_DECIDE, (unknown,), ("FDG PET/CT",))
        days, therapy_between = abs(of.ssr.days_ago - of.fdg.days_ago), _treated_between(of)
    else:
        days = of
    if days < 0:
        raise ValueError(f"the scans lie {days} days apart; it must be 0 or more")
    verdict, reasons = _judge(days, therapy_between)
    return Decision("Scan interval", verdict, reasons, (), tuple(_flips(days, therapy_between, verdict)))


def _judge(days: int, therapy_between: bool) -> tuple[str, tuple[Reason, ...]]:
    best, last = figure("spacing.dual_best"), figure("spacing.dual_last")
    found = COMPARABLE if days <= best.value else CAUTION if days <= last.value else APART
    status = {COMPARABLE: Status.MET, CAUTION: Status.NOT_MET, APART: Status.NOT_MET}[found]
    text = f"{days} days apart; together up to {best.value:g}, with caution up to {last.value:g}."
    reasons = [reason("SI1", text, status, Weight.RELATIVE if found == CAUTION else Weight.ABSOLUTE, by=best.id)]
    if therapy_between:
        reasons.append(reason("SI2", statement("SI2").in_words, Status.NOT_MET))
    return (APART if therapy_between else found), tuple(reasons)


def _flips(days: int, therapy_between: bool, verdict: str) -> list[Flip]:
    if therapy_between:
        changed = _judge(days, False)[0]
        text = f"Without a therapy between them: {changed}."
        return [] if changed == verdict else [Flip("therapy_between", None, None, changed, text)]
    edges = (int(figure(id).value) for id in ("spacing.dual_best", "spacing.dual_last"))
    options = sorted((then for edge in edges for then in (edge, edge + 1)), key=lambda then: abs(then - days))
    for then in options:
        if (changed := _judge(then, False)[0]) != verdict:
            return [Flip("days", days, then, changed, f"{then} days apart: {changed}.")]
    return []


def _treated_between(patient: Patient) -> bool:
    """Whether the record holds a therapy after the earlier and before the later scan."""
    assert patient.fdg is not None
    late, early = sorted((patient.ssr.days_ago, patient.fdg.days_ago))
    history = patient.history
    days = (history.days_since_systemic_therapy, history.days_since_liver_directed_therapy, history.days_since_surgery)
    return any(day is not None and late < day <= early for day in days)

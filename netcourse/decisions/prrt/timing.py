"""Criteria of burden and time: tumour load, what lies before, and how long ago (E15, E19, E20,
E22–E26, E32).
"""

from __future__ import annotations

from collections.abc import Iterator

from netcourse.decisions.core.sensitivity import Change, changed
from netcourse.decisions.prrt.criterion import (
    HEAVINESS,
    Case,
    Effect,
    Finding,
    choice,
    criterion,
    effect_of,
    least,
    measured,
    most,
)
from netcourse.decisions.prrt.tumour_load import liver_load_percent, marrow_load_percent
from netcourse.evidence import Figure, figure
from netcourse.patients import Patient

_DAYS_A_MONTH = 365.25 / 12


@criterion(
    "E15",
    measured("condition.liver_load_percent", "tumour load of the liver", "%", 1, "liver_load"),
)
def liver_load(case: Case) -> Finding:
    """E15."""
    patient = case.patient
    load = (
        100.0
        if patient.history.liver_replaced and patient.condition.liver_load_percent is None
        else liver_load_percent(patient)
    )
    return most("E15", "Tumour load of the liver", load, "%", case, ("liver_load", Effect.BOARD))


@criterion(
    "E19",
    measured(
        "history.days_since_long_acting_ssa",
        "days since the long-acting analogue",
        "",
        1,
        "long_ssa_days",
    ),
)
def long_acting_analogue(case: Case) -> Finding:
    """E19."""
    history, days = case.patient.history, case.patient.history.days_since_long_acting_ssa
    if days is None and not history.on_ssa:
        return Finding("E19", "No long-acting analogue on board.", weight=Effect.DELAY)
    found = least(
        "E19",
        "Days since the long-acting analogue",
        days,
        "",
        case,
        ("long_ssa_days", Effect.DELAY),
    )
    if days is not None:
        return found
    return Finding(
        "E19",
        "On an analogue, the last dose is not known.",
        Effect.DELAY,
        found.figure_id,
        ("date of the last long-acting analogue",),
    )


@criterion(
    "E20",
    measured(
        "history.hours_since_short_acting_ssa",
        "hours since the short-acting analogue",
        "",
        1,
        "short_ssa_hours",
    ),
)
def short_acting_analogue(case: Case) -> Finding:
    """E20."""
    hours = case.patient.history.hours_since_short_acting_ssa
    if hours is None:
        return Finding("E20", "No short-acting analogue on board.", weight=Effect.DELAY)
    return least(
        "E20",
        "Hours since the short-acting analogue",
        hours,
        "",
        case,
        ("short_ssa_hours", Effect.DELAY),
    )


@criterion(
    "E22",
    measured("condition.marrow_load_percent", "tumour in the axial marrow", "%", 1, "marrow_load"),
)
def marrow_load(case: Case) -> Finding:
    """E22."""
    return most(
        "E22",
        "Tumour in the axial marrow",
        marrow_load_percent(case.patient),
        "%",
        case,
        ("marrow_load", Effect.BOARD),
    )


@criterion(
    "E23",
    measured(
        "condition.irradiated_marrow_percent", "marrow irradiated before", "%", 1, "irradiated"
    ),
)
def irradiated_marrow(case: Case) -> Finding:
    """E23."""
    value = case.patient.condition.irradiated_marrow_percent
    return most("E23", "Marrow irradiated before", value, "%", case, ("irradiated", Effect.BOARD))


@criterion("E24", choice("condition.hydronephrosis", {False: "the obstruction relieved"}))
def obstruction(case: Case) -> Finding:
    """E24: what is obstructed is relieved first, whatever the clearance says."""
    obstructed = case.patient.condition.hydronephrosis
    if obstructed is None:
        return Finding(
            "E24",
            "Not known whether the kidneys are obstructed.",
            Effect.DELAY,
            None,
            ("whether the kidneys are obstructed",),
        )
    if obstructed:
        return Finding(
            "E24", "Hydronephrosis: relieve it, then measure the kidneys again.", Effect.DELAY
        )
    return Finding("E24", "No obstruction of the kidneys.", weight=Effect.DELAY)


def kidney_limit(patient: Patient) -> Figure | None:
    """Return the limit of the kidneys' biologically effective dose, Gy (D18); None where the risk
    factors are not known.

    >>> from netcourse.patients import generate
    >>> kidney_limit(generate("ileum_disseminated"))
    Figure kidney.limit.without_risk = 40 Gy BED [K: Bod08]
    """
    condition = patient.condition
    if condition.hypertension or condition.diabetes in ("controlled", "uncontrolled"):
        return figure("kidney.limit.with_risk")
    if condition.hypertension is None or condition.diabetes is None:
        return None
    return figure("kidney.limit.without_risk")


@criterion(
    "E25",
    measured(
        "history.prrt_benefit_months",
        "months of benefit of the first series",
        "",
        1,
        "salvage_benefit",
    ),
)
def earlier_prrt(case: Case) -> Finding:
    """E25: salvage where the first series helped for long and the kidneys have dose left (D18)."""
    history, weight = case.patient.history, effect_of(case.profile.another_prrt)
    if not history.prrt_cycles:
        return Finding("E25", "No radioligand therapy before.", weight=Effect.STOP)
    said = f"{history.prrt_cycles} cycles before"
    if weight is Effect.STOP:
        return Finding("E25", f"{said}: the trial took none.", weight)
    needed, benefit, bed = (
        case.profile.limit("salvage_benefit"),
        history.prrt_benefit_months,
        history.prrt_kidney_bed_gy,
    )
    if benefit is not None and benefit < needed.value:
        return Finding(
            "E25",
            f"{said} helped for {benefit:g} months, less than {needed.value:g}.",
            Effect.STOP,
            needed.id,
        )
    limit, lowest = kidney_limit(case.patient), figure("kidney.limit.with_risk")
    top = limit or figure("kidney.limit.without_risk")
    if bed is not None and bed >= top.value:
        return Finding(
            "E25",
            f"{said}: kidney dose {bed:.1f} Gy BED, nothing left below {top.value:g}.",
            Effect.STOP,
            top.id,
        )
    unknown = [
        name
        for name, value in (
            ("months of benefit of the first series", benefit),
            ("kidney dose so far", bed),
        )
        if value is None
    ]
    if bed is not None and limit is None and bed >= lowest.value:
        unknown.append("hypertension and diabetes")
    if unknown:
        return Finding(
            "E25",
            f"{said}; not known: {', '.join(unknown)}.",
            Effect.STOP,
            needed.id,
            tuple(unknown),
        )
    text = (
        f"{said} helped for {benefit:g} months, kidney dose {bed:.1f} Gy BED: salvage, for the"
        " board."
    )
    return Finding("E25", text, Effect.BOARD, needed.id)


@criterion(
    "E26",
    measured(
        "history.days_since_systemic_therapy", "days since systemic therapy", "", 1, "systemic_days"
    ),
    measured(
        "history.days_since_liver_directed_therapy",
        "days since therapy of the liver",
        "",
        1,
        "local_days",
    ),
    measured("history.days_since_surgery", "days since surgery", "", 1, "local_days"),
)
def recent_therapy(case: Case) -> Finding:
    """E26: weeks since systemic therapy, surgery and therapy of the liver; a trial may take no
    therapy of the liver at all.
    """
    history = case.patient.history
    if (
        history.days_since_liver_directed_therapy is not None
        and effect_of(case.profile.liver_therapy) is Effect.STOP
    ):
        return Finding("E26", "Therapy of the liver before: the trial took none.", Effect.STOP)
    found = [
        least("E26", f"Days since {name}", days, "", case, (limit, Effect.DELAY))
        for name, days, limit in (
            ("systemic therapy", history.days_since_systemic_therapy, "systemic_days"),
            ("therapy of the liver", history.days_since_liver_directed_therapy, "local_days"),
            ("surgery", history.days_since_surgery, "local_days"),
        )
        if days is not None
    ]
    if not found:
        return Finding("E26", "No other therapy of late.", weight=Effect.DELAY)
    return max(found, key=lambda one: HEAVINESS[one.effect])


def _new_scan(case: Case) -> Iterator[Change[Case]]:
    if now := case.patient.ssr.days_ago:
        path = "patient.ssr.days_ago"
        words = "With a new receptor scan"
        yield Change("ssr.days_ago", now, 0, words, changed(case, path, 0))


@criterion("E32", _new_scan, limits=("scan_months", "scan_changed_months"))
def scan_age(case: Case) -> Finding:
    """E32: older scans no longer tell, and less so where therapy changed since."""
    patient, days = case.patient, case.patient.ssr.days_ago
    history = patient.history
    since = (
        history.days_since_systemic_therapy,
        history.days_since_liver_directed_therapy,
        history.days_since_surgery,
    )
    changed = any(one is not None and one < days for one in since)
    limit = case.profile.limit("scan_changed_months" if changed else "scan_months")
    said = f"Receptor scan {days / _DAYS_A_MONTH:.1f} months old" + (
        ", therapy changed since" if changed else ""
    )
    if days > limit.value * _DAYS_A_MONTH:
        return Finding("E32", f"{said}: above {limit.value:g}. Scan again.", Effect.DELAY, limit.id)
    return Finding(
        "E32", f"{said}: at most {limit.value:g}.", figure_id=limit.id, weight=Effect.DELAY
    )

"""What follows from the tracers' data alone: approval, dose of a scan, preparation."""

from __future__ import annotations

from netcourse.decisions.core.decision import Decision, Reason, Status, Weight, reason
from netcourse.decisions.core.sensitivity import nearest_flips, options
from netcourse.evidence import figure, source, statement
from netcourse.evidence.tracers import REGIONS, Approval, Region, Tracer, tracer_of

AGENCY: dict[Region, str] = {"fda": "FDA", "ema": "EMA"}
APPROVED, NATIONAL, OTHER_USE, NOT_APPROVED = (
    "approved",
    "approved by single countries",
    "approved for another use",
    "not approved",
)
_VERDICT: dict[Approval, str] = {
    "approved": APPROVED,
    "national": NATIONAL,
    "other use": OTHER_USE,
    "none": NOT_APPROVED,
}


def approved(tracer: str, region: Region) -> Decision:
    """Say what an agency decided on a tracer: "approved", "approved by single countries", "approved
    for another use", "not approved".

    Raises ValueError for an unknown tracer or region. Sources: statements D19, S22.

    >>> approved("ga68_dotatate", "ema")
    Approval of 68Ga-DOTATATE (EMA): not approved; D19, S22
    """
    row = tracer_of(tracer)
    if region not in REGIONS:
        raise ValueError(f"region is '{region}'; it must be one of {', '.join(REGIONS)}")
    licence = row.licence(region)
    verdict = _VERDICT[licence.status]
    reasons = [_decided(row, region)]
    if row.target == "sst" and row.nuclide == "ga68":
        reasons.append(
            reason("S22", statement("S22").corrected or "", Status.MET, Weight.INFORMATION)
        )
    asked = {other: f"Asked of the {AGENCY[other]}" for other in REGIONS}
    return Decision(
        f"Approval of {row.name} ({AGENCY[region]})",
        verdict,
        tuple(reasons),
        (),
        search=lambda: nearest_flips(
            verdict,
            options((region,), "0", asked, name="region: {then}"),
            lambda case: _VERDICT[row.licence(case[0]).status],
        ),
    )


def scan_dose_msv(tracer: str, activity_mbq: float | None = None) -> float:
    """Return the effective dose of a scan, mSv: activity (MBq; None: the usual one) times dose per
    MBq.

    Raises ValueError for an unknown tracer, one without a known dose, or an activity not above 0.

    >>> round(scan_dose_msv("ga68_dotatate"), 2), round(scan_dose_msv("cu64_dotatate"), 1)
    (3.15, 4.7)
    """
    row = tracer_of(tracer)
    if row.dose is None or (activity_mbq is None and row.activity is None):
        raise ValueError(
            f"the course knows no {'dose' if row.dose is None else 'usual activity'} of {row.name}"
        )
    if activity_mbq is not None and not 0 < activity_mbq <= 1e5:
        raise ValueError(
            f"activity_mbq is {activity_mbq:g}; it must be above 0 and at most 100000 MBq"
        )
    return (
        activity_mbq if activity_mbq is not None else figure(row.activity or "").value
    ) * figure(row.dose).value


def preparation(tracer: str) -> tuple[str, ...]:
    """Return what the patient does before the scan, as sentences; ValueError for an unknown tracer.

    >>> preparation("ga68_dotatoc")
    ('Receptor PET needs no fasting: drink well and empty the bladder often.',)
    """
    return tuple(statement(id).in_words for id in tracer_of(tracer).preparation)


def _decided(row: Tracer, region: Region) -> Reason:
    """Say what the agency decided, with the entry's own source and mark."""
    licence = row.licence(region)
    named = ", ".join(str(part) for part in (licence.product, licence.year) if part)
    more = (f" ({named})" if named else "") + (f"; {licence.note}" if licence.note else "")
    text = f"{AGENCY[region]}, {row.name}: {_VERDICT[licence.status]}{more}."
    status = Status.MET if licence.status == "approved" else Status.NOT_MET
    return Reason(
        "D19",
        text,
        status,
        Weight.ABSOLUTE,
        "; ".join(source(id).title for id in licence.source),
        licence.mark,
    )

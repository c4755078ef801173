"""Whether a patient's two scans may be read together: the days between them and what the record
says happened meanwhile.
"""

from __future__ import annotations

from netcourse.decisions.core.decision import CANNOT_DECIDE, Decision, Status, reason
from netcourse.decisions.tracer.scan_timing import dual_scan_interval
from netcourse.patients import Patient


def scan_interval(patient: Patient) -> Decision:
    """Say of a patient what `dual_scan_interval` says of days and therapy; "cannot decide" when FDG
    was not done. Source: TL5.

    >>> from netcourse.patients import generate
    >>> scan_interval(generate("pancreas_g3"))
    Two scans read together: read together; TL5
    """
    if patient.fdg is None:
        unknown = reason("TL5", "FDG PET/CT was not done.", Status.UNKNOWN)
        return Decision("Two scans read together", CANNOT_DECIDE, (unknown,), ("FDG PET/CT",))
    return dual_scan_interval(
        abs(patient.ssr.days_ago - patient.fdg.days_ago), _treated_between(patient)
    )


def _treated_between(patient: Patient) -> bool:
    """Whether the record holds a therapy after the earlier and before the later scan."""
    assert patient.fdg is not None
    late, early = sorted((patient.ssr.days_ago, patient.fdg.days_ago))
    history = patient.history
    days = (
        history.days_since_systemic_therapy,
        history.days_since_liver_directed_therapy,
        history.days_since_surgery,
    )
    return any(day is not None and late < day <= early for day in days)

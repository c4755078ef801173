"""What every rule is made of: a decision that shows its work, facts that may be unknown, and units."""

from netcourse.decisions.core.decision import (
    CANNOT_DECIDE,
    DISCLAIMER,
    Decision,
    Flip,
    Reason,
    Status,
    Weight,
)
from netcourse.decisions.core.units import (
    cockcroft_gault,
    creatinine_clearance,
    creatinine_mg_dl,
    haemoglobin_g_dl,
)

__all__ = [
    "CANNOT_DECIDE",
    "DISCLAIMER",
    "Decision",
    "Flip",
    "Reason",
    "Status",
    "Weight",
    "cockcroft_gault",
    "creatinine_clearance",
    "creatinine_mg_dl",
    "haemoglobin_g_dl",
]

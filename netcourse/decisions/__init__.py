"""The clinical rules: pure functions from a patient or a measurement to a `Decision`."""

from netcourse.decisions.decision import CANNOT_DECIDE, DISCLAIMER, Decision, Flip, Reason, Status, Weight
from netcourse.decisions.krenning import VARIANTS, Variant, krenning, patient_scores, visible

__all__ = [
    "CANNOT_DECIDE", "DISCLAIMER", "VARIANTS", "Decision", "Flip", "Reason", "Status", "Variant", "Weight",
    "krenning", "patient_scores", "visible",
]  # fmt: skip

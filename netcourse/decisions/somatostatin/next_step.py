"""What one receptor PET/CT asks for next, by its SSTR-RADS categories alone."""

from __future__ import annotations

from collections.abc import Sequence

from netcourse.decisions.core.decision import (
    CANNOT_DECIDE,
    Decision,
    Reason,
    Status,
    Weight,
    reason,
)
from netcourse.decisions.somatostatin.sstr_rads import RadsFinding, rads_categories, sstr_rads
from netcourse.decisions.somatostatin.sstr_rads_patient import CONSIDERED, FDG_FIRST, rads_prrt
from netcourse.evidence import statement

NOTHING = "nothing more"
CT_MRI = "CT, MRI or follow-up imaging"
FDG = "FDG PET"
BIOPSY = "biopsy"
BOARD = "tumour board for PRRT"
OTHER = "work-up of another organ"
NEXT_STEPS = (NOTHING, CT_MRI, FDG, BIOPSY, BOARD, OTHER)

_STEPS = {
    "3D": (BIOPSY, FDG),
    "3C": (OTHER, BIOPSY),
    "3B": (CT_MRI, BIOPSY),
    "3A": (CT_MRI, BIOPSY),
}
"""What a category asks for where nothing higher decides, the course's first choice first."""


def next_step(findings: Sequence[RadsFinding]) -> Decision:
    """Say what a scan asks for next, one of `NEXT_STEPS`; "cannot decide" as its findings.

    A receptor-negative lesion beside hot ones asks for FDG (D22), an overall score from 4 on for
    the board (RD13); else the finding decides that asks for most: 3D, 3C, 3B, 3A. It looks at PET
    and CT alone: what may be given is another rule's. Sources: statements RD3 to RD9, RD13, D22.

    >>> from netcourse.decisions.somatostatin import rads_findings
    >>> from netcourse.patients import generate
    >>> for name in ("ileum_disseminated", "dedifferentiated_metastasis", "breast_and_spleen"):
    ...     print(next_step(rads_findings(generate(name))))
    Next step: tumour board for PRRT; RD13
    Next step: FDG PET; RD13, D22
    Next step: work-up of another organ; RD6
    >>> next_step(())
    Next step: nothing more; RD3
    """
    verdict, reasons, missing = _step(findings)
    return Decision("Next step", verdict, reasons, missing)


def accepted_steps(findings: Sequence[RadsFinding]) -> tuple[str, ...]:
    """Return every next step that the categories leave open, the course's own first.

    >>> from netcourse.decisions.somatostatin import rads_findings
    >>> from netcourse.patients import generate
    >>> accepted_steps(rads_findings(generate("breast_and_spleen")))
    ('work-up of another organ', 'biopsy')
    """
    first = next_step(findings).verdict
    if first in (CANNOT_DECIDE, NOTHING, BOARD, FDG):
        return (first,)
    asked = _asked(findings)
    return _STEPS[asked] if asked else (first,)


def _asked(findings: Sequence[RadsFinding]) -> str | None:
    """The category that decides where neither the board nor FDG does."""
    there = {sstr_rads(one).verdict for one in findings}
    return next((category for category in _STEPS if category in there), None)


def _step(findings: Sequence[RadsFinding]) -> tuple[str, tuple[Reason, ...], tuple[str, ...]]:
    therapy = rads_prrt(findings)
    if not therapy.decided:
        return CANNOT_DECIDE, therapy.reasons, therapy.missing
    carried = tuple(one for one in therapy.reasons if one.rule in ("RD13", "D22"))
    if therapy.verdict == FDG_FIRST:
        return FDG, carried, ()
    if therapy.verdict == CONSIDERED:
        return BOARD, carried, ()
    if category := _asked(findings):
        row = rads_categories()[category]
        ids = ", ".join(one.id for one in findings if sstr_rads(one).verdict == category)
        return _STEPS[category][0], (reason(row.statement, f"{ids}: {row.work_up}."),), ()
    text = "Nothing here asks for more." if findings else "There is no finding."
    told = reason("RD3", f"{text} {statement('RD3').in_words}", Status.MET, Weight.INFORMATION)
    return NOTHING, (told,), ()

"""Figure 3 of the review as one page of one patient: before, during and after radioligand therapy,
and what changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from html import escape
from itertools import pairwise

from netcourse.decisions.core import DISCLAIMER
from netcourse.decisions.prrt.response import LesionChange, lesion_response, recist
from netcourse.evidence import figure
from netcourse.patients import Patient
from netcourse.reading.lab.panels import Page, Panel, axial, lay_out, mip, png
from netcourse.reading.lab.prose import Prose, table
from netcourse.scanner import scan
from netcourse.simulation.follow_up import follow_up, targets

_SERIES = ("CT late arterial", "T1 arterial", "DWI", "PT")
_SUV_TOP = 20.0


def figure_3(patient: Patient, months: Sequence[float] = (0, 4, 11), lesion: str = "L1") -> Page:
    """Return MIP, contrast CT, receptor PET over CT, arterial T1 and DWI of one patient at several
    times, a row for each.

    Months count from the first cycle; 0 is before it. ValueError as in `follow_up` for a time that
    the model does not reach.
    """
    rows = [panel for month in months for panel in _row(_then(patient, month), lesion, month)]
    times = ", ".join(_when(month) for month in months)
    columns = "MIP of receptor PET; late arterial CT; receptor PET over CT; arterial T1; DWI"
    alt = (
        f"Fifteen panels of {patient.title}, one slice through {lesion}; rows: {times}; columns:"
        f" {columns}."
    )
    caption = (
        f"Rows: {times}. Columns: {columns}. After figure 3 of the review; course of therapy by"
        f" this course's model (T); {DISCLAIMER}."
    )
    return Page(png=png(lay_out(rows, 5, (232, 190))), alt=alt, caption=caption)


def response_table(patient: Patient, months: Sequence[float] = (4, 11)) -> Prose:
    """Return what RECIST and each lesion say at several times after the first cycle."""
    before = {one.id: one for one in targets(patient)}
    baseline = round(sum(one.size_mm for one in before.values()))
    plain, rows, smallest, seen = [], [], baseline, []
    for month in months:
        later = _then(patient, month)
        seen.append((month, later))
        total = round(
            sum(
                later.lesion(id).size_mm
                for id in before
                if any(one.id == id for one in later.lesions)
            )
        )
        verdict = recist(baseline, smallest, total).verdict
        smallest = min(smallest, total)
        said = [f"{id}: {_said(patient, later, id, month)}" for id in before]
        plain.append(
            f"{_when(month)}: sum {baseline} → {total} mm, RECIST {verdict}. " + "; ".join(said)
        )
        rows.append(
            (
                f"<strong>{_when(month)}</strong>",
                f"{baseline} → {total} mm",
                escape(verdict),
                "<br>".join(map(escape, said)),
            )
        )
    shown = table(("When", "Sum of targets", "RECIST 1.1", "Lesion by lesion"), rows)
    if rebound := _rebound(seen, list(before)):
        plain.append(rebound)
        shown += f"<p>{escape(rebound)}</p>"
    return Prose(
        "\n".join(plain),
        f"{shown}<p><small>Course of therapy: this course's model (T). {DISCLAIMER}.</small></p>",
    )


def _rebound(seen: Sequence[tuple[float, Patient]], ids: Sequence[str]) -> str:
    """What to say of uptake that rises again from scan to scan in lesions that shrink; empty where
    there are none.
    """
    for (first, earlier), (then, later) in pairwise(seen):
        both = [
            id
            for id in ids
            if {id} <= {one.id for one in earlier.lesions} & {one.id for one in later.lesions}
        ]
        smaller = [id for id in both if later.lesion(id).size_mm < earlier.lesion(id).size_mm]
        if any(later.uptake(id).suv_max > earlier.uptake(id).suv_max for id in smaller):
            return (
                f"Uptake is compared with the baseline. From month {first:g} to {then:g} it rose"
                " again while size fell: watch, not yet progression. In this model killed cells"
                " are cleared, and what still lives lies denser (T)."
            )
    return ""


def _then(patient: Patient, month: float) -> Patient:
    return (
        patient
        if month == 0
        else follow_up(patient, month, alpha=figure("therapy.demonstration.responder").value)
    )


def _when(month: float) -> str:
    return "before therapy" if month == 0 else f"{month:g} months after the first cycle"


def _row(patient: Patient, lesion: str, month: float) -> list[Panel]:
    study = scan(patient, _SERIES)
    point = study.lesions_mm[lesion]
    ct = axial(study, "CT late arterial", point)
    fused = axial(study, "CT late arterial", point, "soft tissue", pet="PT", suv_top=_SUV_TOP)
    t1, dwi = (axial(study, series, point) for series in ("T1 arterial", "DWI"))
    names = (_short(month), "CT", "PET/CT", "T1", "DWI")
    panels = (mip(study, suv_top=_SUV_TOP), ct, fused, t1, dwi)
    return [replace(panel, title=name) for panel, name in zip(panels, names, strict=True)]


def _short(month: float) -> str:
    return "before" if month == 0 else f"{month:g} months"


def _said(before: Patient, later: Patient, id: str, month: float) -> str:
    """One lesion's change and what it means."""
    was = before.lesion(id)
    now = next((one for one in later.lesions if one.id == id), None)
    if now is None:
        return "no longer seen"
    suv_before, suv_now = before.uptake(was).suv_max, later.uptake(now).suv_max
    water = "less restricted" if now.living < was.living else "unchanged"
    change = LesionChange(
        size_before_mm=was.size_mm,
        size_now_mm=now.size_mm,
        suv_before=suv_before,
        suv_now=suv_now,
        diffusion=water,
        months=month,
    )
    meaning = lesion_response(change).verdict
    return (
        f"{was.size_mm:.0f} → {now.size_mm:.0f} mm, SUVmax {suv_before:.0f} → {suv_now:.0f},"
        f" diffusion {water}: {meaning}"
    )

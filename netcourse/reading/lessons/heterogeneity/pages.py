"""Pages of lesson 04: one patient on both tracers, the same patient before and after therapy, and
what a grade foretells.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from netcourse.decisions.core import DISCLAIMER
from netcourse.evidence import cite, figure, figures
from netcourse.patients import Patient
from netcourse.reading.lab.panels import Page, Panel, axial, lay_out, mip, plot, png
from netcourse.reading.lessons.heterogeneity.plane import FILLS
from netcourse.scanner import scan
from netcourse.scanner.study import WATERMARK
from netcourse.simulation.follow_up import follow_up
from netcourse.simulation.therapy import Prrt

SSR_TOP, FDG_TOP = 25.0, 10.0
_SIZE = (280, 226)
_TALL = (236, 400)
# a liver slice a little above the middle of its lesion, clear of what lies in the pancreatic tail
_ABOVE_MM = 6.0
_GROUPS = {"p1": 1, "p2_4": 3, "p5": 5}


def figure_4(patient: Patient, tail: str = "P1", liver: str = "L2") -> Page:
    """Return the review's figure 4 as six panels of both tracers, MIP, tail and liver, and beside
    them the CT of the same two slices.

    Raises KeyError for an unknown lesion.
    """
    study = scan(patient, ["CT late arterial", "CT", "PT", "FDG"])
    z, y, x = study.lesions_mm[liver]
    at = {tail: study.lesions_mm[tail], liver: (z + _ABOVE_MM, y, x)}
    panels = []
    for pet, top, shown in (("PT", SSR_TOP, tail), ("FDG", FDG_TOP, liver)):
        name = "SSR" if pet == "PT" else "FDG"
        panels.append(_titled(mip(study, pet, top), f"{name}, MIP"))
        for id, point in at.items():
            fused = axial(study, "CT", point, "soft tissue", pet=pet, suv_top=top)
            panels.append(_titled(fused, f"{name}, {patient.lesion(id).where}"))
        panels.append(
            _titled(
                axial(study, "CT late arterial", at[shown]), f"CT, {patient.lesion(shown).where}"
            )
        )
    names = "; ".join(
        f"{letter}: {panel.title}" for letter, panel in zip("abcdefgh", panels, strict=True)
    )
    alt = f"Panels of {patient.title}: each tracer in a row, then CT of the same slices. {names}."
    scale = (
        f"SSR is {study['PT'].description}, to SUV {SSR_TOP:g}; FDG to SUV {FDG_TOP:g}; CT late"
        " arterial"
    )
    caption = f"{names}. {scale}. Synthetic patient after figure 4 of the review; {DISCLAIMER}."
    return Page(png=png(lay_out(panels, 4, _SIZE), 64), alt=alt, caption=caption)


def before_and_after(
    patient: Patient, months: float, prrt: Prrt | None = None, alpha: float | None = None
) -> Page:
    """Return four MIPs: both tracers before therapy and some months after the first cycle;
    ValueError as in `follow_up`.
    """
    later = follow_up(patient, months, prrt, alpha)
    panels: list[Panel] = []
    for pet, name, top in (("PT", "SSR", SSR_TOP), ("FDG", "FDG", FDG_TOP)):
        for one, when in ((patient, "before"), (later, f"{months:g} months")):
            panels.append(_titled(mip(scan(one, [pet]), pet, top), f"{name}, {when}"))
    changed = [
        f"{lesion.id} {lesion.size_mm:.0f} to {later.lesion(lesion.id).size_mm:.0f} mm"
        for lesion in patient.lesions
        if lesion.id in {other.id for other in later.lesions}
    ]
    names = "; ".join(
        f"{letter}: {panel.title}" for letter, panel in zip("abcd", panels, strict=True)
    )
    alt = (
        f"Four MIPs of {patient.title} before and {months:g} months after the first cycle. {names}."
        f" {', '.join(changed)}."
    )
    caption = (
        f"{names}. Growth and uptake by the course's teaching model (T). {WATERMARK}; {DISCLAIMER}."
    )
    return Page(png=png(lay_out(panels, 4, _TALL), 64), alt=alt, caption=caption)


def survival_by_netpet() -> Page:
    """Return survival and time to progression by NETPET group as published, with the source."""
    found = figures("netpet.survival")
    rows = [(group, found[f"{group}.overall"], found[f"{group}.progression"]) for group in _GROUPS]

    def draw(axes: Any) -> None:
        for row, (group, overall, progression) in enumerate(rows):
            axes.barh(
                row - 0.18,
                overall.value,
                height=0.34,
                color=FILLS[_GROUPS[group]],
                edgecolor="#1b2733",
            )
            axes.barh(
                row + 0.2,
                progression.value,
                height=0.26,
                color="#ffffff",
                edgecolor="#1b2733",
                hatch="///",
            )
            for y, one, words in (
                (row - 0.18, overall, "survival"),
                (row + 0.2, progression, "to progression"),
            ):
                axes.text(
                    one.value + 1, y, f"{one.value:g} months, {words}", va="center", fontsize=10
                )
        axes.set_yticks(range(len(rows)), [overall.label.split(":")[0] for _, overall, _ in rows])
        axes.invert_yaxis()
        axes.set_xlim(0, max(overall.value for _, overall, _ in rows) * 1.36)
        axes.set_xlabel("median, months")

    told = "; ".join(
        f"{overall.label.split(':')[0]} {overall.value:g} and {progression.value:g} months"
        for _, overall, progression in rows
    )
    patients = figure("netpet.survival.patients")
    alt = f"Median survival and time to progression by NETPET group: {told}."
    caption = (
        f"{patients.value:g} patients with metastatic gastroenteropancreatic neoplasms, three"
        f" sites. {cite(patients)}. {DISCLAIMER}."
    )
    return plot(draw, (8.0, 2.9), alt, caption, mark="")


def _titled(panel: Panel, title: str) -> Panel:
    return replace(panel, title=title)

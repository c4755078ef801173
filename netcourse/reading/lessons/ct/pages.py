"""Pages of lesson 01: figure 2 of the review for one patient, and the contrast model beside the
literature.
"""

from __future__ import annotations

from typing import Any

from netcourse.decisions.core import DISCLAIMER
from netcourse.evidence import figures
from netcourse.patients import Patient
from netcourse.reading.lab.curves import COLOURS
from netcourse.reading.lab.panels import Page, axial, lay_out, mip, plot, png
from netcourse.scanner import enhance, phase_start_s, scan
from netcourse.scanner.study import WATERMARK


def figure_2(patient: Patient, lesion: str = "L1") -> Page:
    """Return the six panels of the review's figure 2 for one patient: two CT phases, two MR views,
    fused PET/CT and MIP.
    """
    study = scan(patient, ["CT late arterial", "CT", "T1 arterial", "DWI", "PT"])
    point = study.lesions_mm[lesion]
    panels = [
        axial(study, series, point) for series in ("CT late arterial", "CT", "T1 arterial", "DWI")
    ]
    panels += [axial(study, "CT", point, "soft tissue", pet="PT", suv_top=30), mip(study)]
    names = "; ".join(
        f"{letter}: {panel.title}" for letter, panel in zip("abcdef", panels, strict=True)
    )
    alt = f"Six panels of {patient.title}, one slice through {lesion}. {names}."
    caption = f"{names}. Synthetic patient after figure 2 of the review; {DISCLAIMER}."
    return Page(png=png(lay_out(panels, 3, (372, 280))), alt=alt, caption=caption)


def model_agrees() -> Page:
    """Return a plot of the contrast model against the literature's ranges, tissue by tissue and
    phase by phase.
    """
    usual, kinetics = figures("contrast.usual"), enhance()
    phases = {
        "early_arterial": 24.0,
        "late_arterial": phase_start_s("late arterial"),
        "portal_venous": phase_start_s("portal venous"),
        "delayed": 180.0,
    }
    tissues = list(
        dict.fromkeys(id.split(".")[0] for id, found in usual.items() if found.low is not None)
    )

    def draw(axes: Any) -> None:
        for row, tissue in enumerate(tissues):
            for place, (phase, second) in enumerate(phases.items()):
                found, y = usual[f"{tissue}.{phase}"], row + 0.2 * (place - 1.5)
                if found.low is not None and found.high is not None:
                    axes.plot(
                        [found.low, found.high],
                        [y, y],
                        color=COLOURS[place],
                        linewidth=7,
                        alpha=0.35,
                        solid_capstyle="butt",
                    )
                axes.plot(
                    kinetics.hu(tissue, second),
                    y,
                    "o",
                    color=COLOURS[place],
                    label=phase.replace("_", " ") if row == 0 else None,
                )
        axes.set_yticks(
            range(len(tissues)),
            [usual[f"{tissue}.portal_venous"].label.split(":")[0] for tissue in tissues],
        )
        axes.invert_yaxis()
        axes.set_xlabel("HU. Bars: usual in the literature (K). Dots: this course's model (T)")
        axes.legend(frameon=False, loc="lower right")
        axes.grid(axis="x", color="#e3e8ee")

    names = ", ".join(tissue.replace("_", " ") for tissue in tissues)
    alt = (
        f"Attenuation of {names} in four phases: the dots of the model lie in the bars of the"
        " literature."
    )
    return plot(
        draw,
        (8.6, 4.4),
        alt,
        f"The model agrees with the usual attenuation of every phase. {WATERMARK}; {DISCLAIMER}.",
    )

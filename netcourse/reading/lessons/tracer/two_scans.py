"""Two scans of one patient, measured lesion by lesion."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from netcourse.decisions.core import DISCLAIMER
from netcourse.evidence import figure
from netcourse.patients import Patient
from netcourse.reading.lab.prose import Prose, table
from netcourse.reading.viewer.voi import measure
from netcourse.scanner import Study

_ROOM_MM = 4.0


def scans_compared(
    study: Study, patient: Patient, scans: Mapping[str, str], fold: str = ""
) -> Prose:
    """Return SUVmax and ratio to liver of every lesion in two series of a study, given as series
    name → what to call it.

    Measured in the pictures: the hottest voxel of a sphere a little larger than the lesion over the
    mean of the liver's reference sphere. With `fold`, its words are shown and the table opens below
    them. Raises KeyError for a series or landmark that the study has not.
    """
    liver = {
        name: (
            measure(
                study[name], study.landmarks_mm["liver"], figure("krenning.liver.voi").value
            ).suv_mean
            or 0.0
        )
        for name in scans
    }
    plain, rows = [], []
    for lesion in patient.lesions:
        at = study.lesions_mm[lesion.id]
        suv = [measure(study[name], at, lesion.size_mm + _ROOM_MM).suv_max or 0.0 for name in scans]
        ratios = [value / liver[name] for value, name in zip(suv, scans, strict=True)]
        first, second = suv
        cells = (
            f"{lesion.id}, {lesion.where}, {lesion.size_mm:g} mm",
            *(f"{value:.1f}" for value in suv),
            f"{100 * (second / first - 1):+.0f} %".replace("-", "−"),
            *(f"{ratio:.1f}" for ratio in ratios),
        )
        plain.append(
            f"{cells[0]}: SUVmax {cells[1]} and {cells[2]} ({cells[3]}); ratio to liver {cells[4]}"
            f" and {cells[5]}"
        )
        rows.append(tuple(escape(cell) for cell in cells))
    names = list(scans.values())
    head = (
        "Lesion",
        *(f"SUVmax, {name}" for name in names),
        "Change",
        *(f"Ratio to liver, {name}" for name in names),
    )
    foot = f"<p><small>Measured in these pictures. SYNTHETIC; {DISCLAIMER}.</small></p>"
    both = Prose("\n".join(plain), table(head, rows) + foot)
    return both.folded(fold) if fold else both

"""The keys of a patient with two scans: classes per lesion, grades per patient, and what they ask
for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from netcourse.decisions.board import management
from netcourse.decisions.core import Decision
from netcourse.decisions.heterogeneity import (
    biopsy_target,
    discordance,
    fdg_indication,
    joint_read,
    karfis,
    netpet,
    netpet_class,
    reads,
    schemes_disagree,
    who_grade,
    zidan,
)
from netcourse.decisions.somatostatin import tumour_lesions
from netcourse.decisions.tracer import scan_interval
from netcourse.patients import Patient

OF_PATIENT: dict[str, Callable[[Patient], Decision]] = {
    "who_grade": lambda patient: who_grade(patient.pathology),
    "fdg_indication": fdg_indication,
    "scan_interval": scan_interval,
    "netpet": netpet,
    "karfis": karfis,
    "zidan": zidan,
    "discordance": discordance,
    "schemes_disagree": schemes_disagree,
    "biopsy_target": biopsy_target,
    "management": management,
}


def two_tracers(patient: Patient) -> dict[str, Any]:
    """Return the keys of both scans as plain data; of a patient without FDG those that do not need
    it.

    >>> from netcourse.patients import generate
    >>> two_tracers(generate("cold_half"))["netpet"]["verdict"]
    'P5'
    """
    lesions = {lesion.id: reads(patient, lesion) for lesion in tumour_lesions(patient)}
    return {
        "reads": [read.model_dump(mode="json") for parts in lesions.values() for read in parts],
        "classes": {id: netpet_class(parts).to_dict() for id, parts in lesions.items()},
        **{name: rule(patient).to_dict() for name, rule in OF_PATIENT.items()},
    }


def two_tracers_page(patient: Patient) -> RenderableType:
    """Return the same as a page to read."""
    columns = ("lesion", "SSR SUVmax", "FDG SUVmax", "FDG ÷ SSR", "class", "both scans")
    table = Table(*columns, box=SIMPLE_HEAD, title="Two tracers", title_justify="left")
    for lesion in tumour_lesions(patient):
        for read in reads(patient, lesion):
            fdg = "open" if read.fdg is None else f"{read.fdg.suv_max:.1f}"
            ratio = "" if read.ratio is None else f"{read.ratio:.2f}"
            table.add_row(
                read.name,
                f"{read.ssr.suv_max:.1f}",
                fdg,
                ratio,
                netpet_class(read).verdict,
                joint_read(read).verdict,
            )
    return Group(
        table, *(Padding(Text(f"{rule(patient)}"), (0, 0, 0, 2)) for rule in OF_PATIENT.values())
    )

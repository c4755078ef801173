"""The SSTR-RADS keys of a patient: a category per finding, the overall score, and what it says to
radioligand therapy.
"""

from __future__ import annotations

from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from netcourse.decisions.somatostatin import (
    overall_rads,
    rads_findings,
    rads_prrt,
    sstr_rads,
    target_lesions,
)
from netcourse.patients import Patient


def sstr_rads_keys(patient: Patient) -> dict[str, Any]:
    """Return the keys as plain data.

    >>> from netcourse.patients import generate
    >>> found = sstr_rads_keys(generate("rectum_low_expression"))
    >>> {id: one["verdict"] for id, one in found["lesions"].items()}, found["overall"]["verdict"]
    ({'L1': '3A', 'L2': '5', 'N1': '3A'}, '5')
    """
    findings = rads_findings(patient)
    return {
        "findings": [one.model_dump(mode="json") for one in findings],
        "lesions": {one.id: sstr_rads(one).to_dict() for one in findings},
        "targets": list(target_lesions(findings)),
        "overall": overall_rads(findings).to_dict(),
        "prrt": rads_prrt(findings).to_dict(),
    }


def sstr_rads_page(patient: Patient) -> RenderableType:
    """Return the same as a page to read; the categories are K."""
    findings = rads_findings(patient)
    targets = target_lesions(findings)
    columns = ("lesion", "site", "CT or MRI", "category", "target")
    table = Table(
        *columns,
        box=SIMPLE_HEAD,
        title="SSTR-RADS 1.0 (K: its table could not be opened)",
        title_justify="left",
    )
    table.add_column("warnings", overflow="fold")
    for one in findings:
        found = sstr_rads(one)
        site = f"{one.organ}, {'typical' if one.typical else 'atypical'}"
        target = "yes" if one.id in targets else ""
        table.add_row(
            one.id,
            site,
            one.correlate or "not known",
            found.verdict,
            target,
            ", ".join(found.flags),
        )
    return Group(
        table,
        *(
            Padding(Text(f"{found}"), (0, 0, 0, 2))
            for found in (overall_rads(findings), rads_prrt(findings))
        ),
    )

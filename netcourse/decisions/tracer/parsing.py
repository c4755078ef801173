"""A situation said in a few words, as an author of exercises writes it: findings, a department, a
change on follow-up.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar, get_args

from pydantic import ValidationError

from netcourse.decisions.tracer.followup import FollowUpChange
from netcourse.decisions.tracer.question import Department
from netcourse.evidence.tracers import REGIONS
from netcourse.patients.record import Model

M = TypeVar("M", bound=Model)

_FINDINGS = (
    "residual_risk",
    "fast_growth",
    "earlier_ssr",
    "ssr_positive",
    "lesion_without_receptors",
    "receptor_therapy",
    "neurological_symptoms",
    "mesoappendix_over_3_mm",
    "cea_rising",
    "resected",
)
_HAS = ("pet", "ga68", "f18_ssr", "cu64", "hynic_toc", "indium", "exendin")
_SEEN = "scan seen"


def findings_of(text: str) -> dict[str, Any]:
    """Return findings said in words, as `tracer_question` takes them; KeyError names what may be
    said.

    >>> findings_of("fast_growth, no residual_risk, scan seen")
    {'fast_growth': True, 'residual_risk': False, 'scan_seen': True}
    """
    found: dict[str, Any] = {}
    for said in _parts(text):
        if said == _SEEN:
            found["scan_seen"] = True
        else:
            found |= _truth(said, _FINDINGS, (_SEEN,))
    return found


def department_of(text: str) -> Department:
    """Return a department said in words; KeyError names what may be said.

    >>> here = department_of("ga68, f18_ssr, 6 patients, ema")
    >>> here.ga68, here.cu64, here.patients_a_day, here.region
    (True, False, 6, 'ema')
    """
    found: dict[str, Any] = {}
    for said in _parts(text):
        number, _, unit = said.partition(" ")
        if unit in ("patients", "patient", "min") and number.isdecimal():
            found["transport_min" if unit == "min" else "patients_a_day"] = int(number)
        elif said in REGIONS:
            found["region"] = said
        else:
            found |= _truth(said, _HAS, ("6 patients", "90 min", *REGIONS))
    return _made(Department, found)


def change_of(text: str) -> FollowUpChange:
    """Return a change on follow-up said in words; KeyError names what may be said.

    >>> change_of("new_lesion, ct stable").new_lesion, change_of("no new_lesion, ct growing").ct
    (True, 'growing')
    """
    courses = {f"ct {course}": course for course in ("stable", "growing")}
    fields = tuple(
        field
        for field, info in FollowUpChange.model_fields.items()
        if bool in get_args(info.annotation)
    )
    found: dict[str, Any] = {}
    for said in _parts(text):
        found |= {"ct": courses[said]} if said in courses else _truth(said, fields, tuple(courses))
    return _made(FollowUpChange, found)


def _parts(text: str) -> list[str]:
    return [" ".join(part.split()) for part in text.split(",") if part.strip()]


def _truth(said: str, fields: Sequence[str], others: Sequence[str]) -> dict[str, bool]:
    """Read "field" as true and "no field" as false."""
    field = said.removeprefix("no ")
    if field not in fields:
        allowed = ", ".join((*fields, *others))
        raise KeyError(
            f"'{said}' cannot be said here; allowed are {allowed}, each with or without 'no ',"
            " separated by commas"
        )
    return {field: field == said}


def _made(kind: type[M], found: dict[str, Any]) -> M:
    try:
        return kind.model_validate(found)
    except ValidationError as error:
        raise KeyError(
            "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        ) from None

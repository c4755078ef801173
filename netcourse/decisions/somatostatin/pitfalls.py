"""The pitfalls of receptor PET as cards: a patient, the trap in the picture, the clue that solves
it, and the score without and with it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from statistics import fmean
from types import MappingProxyType
from typing import Any

from netcourse.decisions.core.decision import Decision
from netcourse.decisions.somatostatin.krenning import krenning
from netcourse.decisions.somatostatin.sstr_rads import RadsFinding, rads_finding, sstr_rads
from netcourse.patients import Patient, Uptake

_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True)
class Pitfall:
    """One card. `lesion` or `organ` says where the trap is; `without` is what a reader believes who
    has not used the clue.

    `reads` under `without` and `then` name ways of measuring (`WAYS`). `view` is "", "two scans" or
    "breathing"; `window` and `phase` are those of the CT ("": portal venous), `close` shows it
    enlarged.
    """

    id: str
    statement: str
    title: str
    archetype: str
    trap: str
    clue: str
    lesion: str = ""
    organ: str = ""
    window: str = "soft tissue"
    phase: str = ""
    close: bool = False
    view: str = ""
    then: str = ""
    without: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)


@dataclass(frozen=True)
class PitfallRead:
    """What a reader makes of the trap: the Krenning score and the SSTR-RADS category."""

    krenning: Decision
    rads: Decision

    def __repr__(self) -> str:
        return f"Krenning {self.krenning.verdict}, SSTR-RADS {self.rads.verdict}"

    __str__ = __repr__


@cache
def pitfalls() -> dict[str, Pitfall]:
    """Return all cards by id, in the order of the statements KP1 to KP15.

    >>> pitfalls()["KP6"].title
    'A hot spot in the pancreatic head'
    """
    rows = tomllib.loads(
        (resources.files(__package__) / "pitfalls.toml").read_text(encoding="utf-8")
    )
    return {id: Pitfall(id, **row) for id, row in rows.items()}


def without_clue(card: Pitfall, patient: Patient) -> PitfallRead:
    """Return how the trap is scored by a reader who has not used the clue; nothing on CT unless the
    card says otherwise.

    >>> from netcourse.patients import generate
    >>> card = pitfalls()["KP6"]
    >>> without_clue(card, generate(card.archetype)), with_clue(card, generate(card.archetype))
    (Krenning 3, SSTR-RADS 4, Krenning 3, SSTR-RADS 1B)
    """
    believed = {"correlate": "none", **card.without}
    reads = believed.pop("reads", "")
    finding = _truly(card, patient).model_copy(update=believed)
    return _read(finding, WAYS[reads](finding.uptake, card, patient))


def with_clue(card: Pitfall, patient: Patient) -> PitfallRead:
    """Return how the trap is scored once CT, MRI or history have been used."""
    finding = _truly(card, patient)
    return _read(finding, WAYS[card.then](finding.uptake, card, patient))


def _truly(card: Pitfall, patient: Patient) -> RadsFinding:
    """The finding as it is: a lesion of the patient, or a hot organ, which is normal."""
    if card.lesion:
        return rads_finding(patient, card.lesion)
    organs = patient.ssr.suv
    names = ("blood_pool", "liver", "spleen", "kidney_cortex")
    measured = Uptake(
        suv_max=organs[card.organ], visible=True, **{name: organs[name] for name in names}
    )
    return RadsFinding(
        id=card.organ, uptake=measured, organ=card.organ, typical=True, correlate="benign"
    )


def _read(finding: RadsFinding, uptake: Uptake) -> PitfallRead:
    return PitfallRead(krenning(uptake), sstr_rads(finding.model_copy(update={"uptake": uptake})))


def _earlier(uptake: Uptake, card: Pitfall, patient: Patient) -> Uptake:
    before = patient.earlier_ssr
    if before is None:
        raise ValueError(f"{card.id}: {patient.id} has no earlier scan")
    return uptake.model_copy(
        update={
            name: before.suv[name] for name in ("blood_pool", "liver", "spleen", "kidney_cortex")
        }
    )


def _among_metastases(uptake: Uptake, card: Pitfall, patient: Patient) -> Uptake:
    """The liver measured over its metastases, and nobody noticed."""
    inside = [patient.uptake(one).suv_max for one in patient.lesions if one.in_liver]
    return uptake.model_copy(update={"liver": round(fmean(inside), 1), "liver_replaced": False})


WAYS: dict[str, Callable[[Uptake, Pitfall, Patient], Uptake]] = {
    "": lambda uptake, card, patient: uptake,
    "not visible": lambda uptake, card, patient: uptake.model_copy(update={"visible": False}),
    "no kidney either": lambda uptake, card, patient: uptake.model_copy(
        update={"kidney_cortex": None}
    ),
    "the metastases as liver": _among_metastases,
    "the liver of the earlier scan": _earlier,
    "its uptake without blur": lambda uptake, card, patient: uptake.model_copy(
        update={"suv_max": patient.lesion(card.lesion).ssr_suv}
    ),
}

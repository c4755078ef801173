"""Attenuation of everything that a CT meets at one time: tissues by label, lesions by their
pattern, lumen by what was drunk.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from netcourse.evidence import figure, figures
from netcourse.patients import Lesion, Part, Patient, places
from netcourse.scanner.acquisition import CtScan

LUMEN = "bowel_fluid"
BANDS = ("spleen_fast", "spleen_slow")

# Which tissue a lesion's pattern behaves like.
_LESION_TISSUE = {
    "spleen_like": "spleen",
    "sclerotic": "sclerosis",
    "haemangioma": "fatty_marrow",
    "fracture": "callus",
}
# What a place or its normal tissue is called in the contrast model, where the names differ.
_SURROUNDING = {"terminal_ileum": "bowel_wall", "bone_marrow": "marrow"}


def lesion_tissue(lesion: Lesion, part: Part = "A") -> str | None:
    """Return the tissue that a lesion, or its clone B, enhances like; None for one that CT does not
    show.
    """
    pattern = lesion.clone_b.pattern if part == "B" and lesion.clone_b else None
    pattern = pattern or lesion.pattern
    return None if pattern == "occult" else _LESION_TISSUE.get(pattern, pattern)


def surrounding_tissue(lesion: Lesion) -> str:
    """Return the tissue that a lesion is seen against on CT.

    >>> surrounding_tissue(Lesion(id="L1", place="liver_s6", size_mm=20, ssr_suv=20, pattern="hyper_hypo"))
    'liver'
    """
    return _SURROUNDING.get(lesion.place) or _SURROUNDING.get(
        places()[lesion.place].tissue, places()[lesion.place].tissue
    )


def attenuation(patient: Patient, scan: CtScan) -> Mapping[str, float]:
    """Return the HU of every tissue on this scan of this patient.

    >>> from netcourse.patients import generate
    >>> patient = generate("ileum_disseminated")
    >>> round(attenuation(patient, CtScan(time_s=None))["liver"]), round(attenuation(patient, CtScan.phase("portal venous"))["liver"])
    (55, 100)
    """
    lumen = {LUMEN: figure(f"ct.oral.{scan.oral}").value}
    return _plain() | lumen | scan.kinetics(patient).at(scan.time_s or 0.0)


def lesion_hu(
    patient: Patient, lesion: Lesion | str, scan: CtScan, part: Part = "A"
) -> float | None:
    """Return the HU of a lesion itself on this scan, or of its clone B, None for one that CT does
    not show.
    """
    tissue = lesion_tissue(patient.lesion(lesion) if isinstance(lesion, str) else lesion, part)
    return None if tissue is None else attenuation(patient, scan)[tissue]


@cache
def _plain() -> dict[str, float]:
    return {name: found.value for name, found in figures("ct.plain").items()}

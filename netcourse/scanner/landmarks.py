"""Places of the body that are named: where references are best measured, and where organs lie."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from netcourse.evidence import figure
from netcourse.patients import Patient
from netcourse.scanner.atlas.codes import shares
from netcourse.scanner.atlas.load import points
from netcourse.scanner.atlas.tissues import tissues
from netcourse.scanner.body.body import Body
from netcourse.scanner.body.warp import Warp
from netcourse.scanner.study import Point, Volume

_REFERENCES = {
    "liver": "krenning.liver.voi",
    "spleen": "krenning.spleen.voi",
    "blood_pool": "krenning.blood_pool.voi",
    "kidney_cortex": "",
}
_CORTEX_MM = 6.0
_HIDES = 0.75  # share of the MIP that a place must have to count as seen
_ENOUGH = 0.8  # of a reference sphere's radius
_HALF = 0.5
_SPARSE = (2, 3, 3)  # one voxel of so many stands for them
_PAIRED = {
    "adrenal",
    "kidney_cortex",
    "renal_pelvis",
    "salivary_gland",
    "thyroid",
    "breast_gland",
    "lacrimal_gland",
    "striatum",
    "lung",
}


def landmarks(patient: Patient, where: Mapping[str, Point]) -> dict[str, Point]:
    """Where references are best measured: of each organ's candidates the one with most room around,
    away from lesions.

    An organ without room for its reference sphere has no landmark.
    """
    warp = Warp.of(patient)
    size = float(np.cbrt(warp.girth**2 * warp.stature))
    found: dict[str, Point] = {}
    for name, voi in _REFERENCES.items():
        rows = points(warp.choice)["landmarks"][name]
        if not rows:
            continue
        at = warp.forth(np.array(rows)[:, :3])
        room = np.array(rows)[:, 3] * size
        for lesion in patient.lesions:
            away = np.linalg.norm(at - where[lesion.id], axis=1)
            room = np.minimum(room, away - lesion.size_mm / 2 * 1.15 - patient.ssr.fwhm_mm)
        best = int(room.argmax())
        needed = figure(voi).value / 2 if voi else 0.0
        if room[best] > 0 and room[best] >= _ENOUGH * needed:
            z, y, x = at[best].tolist()
            found[name] = (z, y, x)
    return found


def reference_mm(name: str) -> float:
    """Return the diameter of the sphere that a reference is measured in, mm."""
    voi = _REFERENCES[name]
    return figure(voi).value if voi else _CORTEX_MM


def organ_points(body: Body, seen: Volume | None = None) -> dict[str, tuple[Point, ...]]:
    """Return a point in the middle of each tissue that has an uptake (z, y, x in mm), of each side
    where it is one of a pair.

    With a PET that is `seen`, a point that nothing hotter hides on its MIP from the front, where
    there is one.
    """
    found: dict[str, tuple[Point, ...]] = {}
    for tissue in tissues().values():
        box = body.boxes.get(tissue.name)
        if not tissue.uptake or box is None:
            continue
        z, y, x = (
            slice(side.start, side.stop, step) for side, step in zip(box, _SPARSE, strict=True)
        )
        held = shares(body.mixtures, tissue.name)[body.codes[z, y, x]]
        inside = np.argwhere(held > _HALF) if (held > _HALF).any() else np.argwhere(held > 0)
        if not len(inside):
            continue
        places = (inside * _SPARSE + [side.start for side in box]) * np.array(
            body.spacing_mm
        ) + body.origin_mm
        places = places if seen is None else _in_view(places, seen)
        right = places[:, 2] < 0
        sides = [places[right], places[~right]] if tissue.name in _PAIRED else [places]
        found[tissue.name] = tuple(_middle(side) for side in sides if len(side))
    return found


def _in_view(places: NDArray[np.float64], seen: Volume) -> NDArray[np.float64]:
    """Those of some places that are as hot as the MIP in front of them; all where none is."""
    k, j, i = (
        np.clip(
            np.rint((places[:, a] - seen.origin_mm[a]) / seen.spacing_mm[a]).astype(int),
            0,
            seen.array.shape[a] - 1,
        )
        for a in range(3)
    )
    open_ = seen.array[k, j, i] >= _HIDES * seen.array.max(axis=1)[k, i]
    return places[open_] if open_.any() else places


def _middle(places: NDArray[np.float64]) -> Point:
    """The place of the organ that is nearest to its middle, which itself may lie outside of a bent
    one.
    """
    z, y, x = places[((places - places.mean(axis=0)) ** 2).sum(axis=1).argmin()]
    return float(z), float(y), float(x)

"""Places of the body that are named: where references are best measured, and where organs lie."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from netcourse.evidence import figure
from netcourse.patients import Patient
from netcourse.scanner.anatomy import Anatomy, labels, number
from netcourse.scanner.study import Point, Volume

_REFERENCES = {
    "liver": "krenning.liver.voi",
    "spleen": "krenning.spleen.voi",
    "blood_pool": "krenning.blood_pool.voi",
}
_HIDES = 0.75  # share of the MIP that a place must have to count as seen
_PAIRED = {
    "adrenal",
    "kidney_cortex",
    "renal_pelvis",
    "salivary_gland",
    "thyroid",
    "breast",
    "striatum",
    "lung",
}


def landmarks(patient: Patient, anatomy: Anatomy, where: dict[str, Point]) -> dict[str, Point]:
    """Where references are best measured: the deepest point of each organ, away from lesions.

    An organ without room for its reference sphere has no landmark.
    """
    found: dict[str, Point] = {}
    for name, wanted in (
        ("liver", "liver"),
        ("spleen", "spleen"),
        ("kidney_cortex", "kidney_cortex"),
        ("blood_pool", "aorta"),
    ):
        inside = _organ(anatomy, wanted)
        if inside is None:
            continue
        mask, corner = inside
        spacing = (anatomy.spacing_mm[0], anatomy.spacing_mm[1] * 2, anatomy.spacing_mm[2] * 2)
        z, y, x = (corner[a] + spacing[a] * np.arange(mask.shape[a]) for a in range(3))
        for lesion in patient.lesions:
            cz, cy, cx = where[lesion.id]
            away = (
                (z[:, None, None] - cz) ** 2
                + (y[None, :, None] - cy) ** 2
                + (x[None, None, :] - cx) ** 2
            )
            mask &= away > (lesion.size_mm / 2 * 1.15 + patient.ssr.fwhm_mm) ** 2
        if name == "blood_pool":  # descending aorta: behind and below the arch, above the diaphragm
            mask &= ((z > 70) & (z < 150))[:, None, None] & (y > 30 * anatomy.frame.stretch[0])[
                None, :, None
            ]
        depth = ndimage.distance_transform_edt(mask, sampling=spacing)
        k, j, i = np.unravel_index(int(depth.argmax()), depth.shape)
        needed = figure(_REFERENCES[name]).value / 2 if name in _REFERENCES else 0.0
        if depth[k, j, i] >= 0.8 * needed and depth[k, j, i] > 0:
            found[name] = (float(z[k]), float(y[j]), float(x[i]))
    return found


def _organ(anatomy: Anatomy, name: str) -> tuple[NDArray[np.bool_], Point] | None:
    """An organ's mask on every second pixel, cropped, and the centre of its first voxel."""
    labels = anatomy.array[:, ::2, ::2]
    wanted = [number(name)] + (
        [number("hepatic_vein"), number("portal_branch")] if name == "liver" else []
    )
    mask = np.isin(labels, wanted)
    if name == "liver":  # thin strands are no room for a sphere
        mask = ndimage.binary_opening(mask, iterations=2)
    boxes = ndimage.find_objects(mask.astype(np.uint8))
    if not boxes or boxes[0] is None:
        return None
    z, y, x = (slice(max(s.start - 1, 0), s.stop + 1) for s in boxes[0])
    (oz, oy, ox), (dz, dy, dx) = anatomy.origin_mm, anatomy.spacing_mm
    return mask[z, y, x], (oz + z.start * dz, oy + y.start * 2 * dy, ox + x.start * 2 * dx)


def organ_points(anatomy: Anatomy, seen: Volume | None = None) -> dict[str, tuple[Point, ...]]:
    """Return a point in the middle of each label that has an uptake (z, y, x in mm), of each side
    where it is one of a pair.

    With a PET that is `seen`, a point that nothing hotter hides on its MIP from the front, where
    there is one.
    """
    found: dict[str, tuple[Point, ...]] = {}
    boxes = ndimage.find_objects(anatomy.array)
    for label in labels().values():
        if (
            not label.uptake
            or label.number == 0
            or label.number > len(boxes)
            or boxes[label.number - 1] is None
        ):
            continue
        box = boxes[label.number - 1]
        assert box is not None
        coarse = tuple(slice(s.start, s.stop, 2) for s in box)
        inside = np.argwhere(anatomy.array[coarse] == label.number)
        if not len(inside):
            continue
        steps = 2 * np.asarray(anatomy.spacing_mm)
        places = inside * steps + [
            o + s.start * d
            for o, s, d in zip(anatomy.origin_mm, box, anatomy.spacing_mm, strict=True)
        ]
        places = places if seen is None else _in_view(places, seen)
        right = places[:, 2] < 0
        sides = [places[right], places[~right]] if label.name in _PAIRED else [places]
        found[label.name] = tuple(_middle(side) for side in sides if len(side))
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

"""Scan a patient: build the body, take the pictures, note where things truly lie."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from netcourse.evidence import figure
from netcourse.patients import Patient
from netcourse.scanner.anatomy import Anatomy, build, number
from netcourse.scanner.anatomy.frame import Frame
from netcourse.scanner.ct import scan_ct
from netcourse.scanner.lesions import make_room, positions
from netcourse.scanner.pet import scan_pet
from netcourse.scanner.physics import Physics
from netcourse.scanner.study import Point, Study, Volume

MODALITIES = ("CT", "PT")
Progress = Callable[[float, str], None]

_REFERENCES = {"liver": "krenning.liver.voi", "spleen": "krenning.spleen.voi", "blood_pool": "krenning.blood_pool.voi"}


def scan(
    patient: Patient, modalities: Sequence[str] = MODALITIES, physics: Physics | None = None, progress: Progress | None = None
) -> Study:
    """Return the PET/CT study of a patient.

    `modalities` may leave out "CT" or "PT"; `progress` is called with the done share (0–1) and a word.
    Raises ValueError for an unknown modality or none.
    """
    if not modalities or not set(modalities) <= set(MODALITIES):
        raise ValueError(f"modalities are {', '.join(modalities) or 'none'}; choose from {', '.join(MODALITIES)}")
    physics = physics or Physics()
    tell = progress or (lambda share, word: None)
    tell(0.0, "body")
    where = positions(patient)
    anatomy = make_room(patient, build(Frame.of(patient), not patient.history.splenectomy), where)
    volumes: dict[str, Volume] = {}
    for step, modality in enumerate(m for m in MODALITIES if m in modalities):
        tell(0.4 + 0.3 * step, modality)
        take = scan_ct if modality == "CT" else scan_pet
        volumes[modality] = take(patient, anatomy, where, physics, _dice(patient, modality))
    tell(1.0, "done")
    return Study(patient.id, patient.title, volumes, where, _landmarks(patient, anatomy, where))


def _dice(patient: Patient, modality: str) -> np.random.Generator:
    """The scan's own random numbers: same patient and modality, same noise."""
    digest = hashlib.sha256(f"{patient.id}/{modality}".encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:8], "big"))


def _landmarks(patient: Patient, anatomy: Anatomy, where: dict[str, Point]) -> dict[str, Point]:
    """Where references are best measured: the deepest point of each organ, away from lesions.

    An organ without room for its reference sphere has no landmark.
    """
    found: dict[str, Point] = {}
    for name, wanted in (("liver", "liver"), ("spleen", "spleen"), ("kidney_cortex", "kidney_cortex"), ("blood_pool", "aorta")):
        inside = _organ(anatomy, wanted)
        if inside is None:
            continue
        mask, corner = inside
        spacing = (anatomy.spacing_mm[0], anatomy.spacing_mm[1] * 2, anatomy.spacing_mm[2] * 2)
        z, y, x = (corner[a] + spacing[a] * np.arange(mask.shape[a]) for a in range(3))
        for lesion in patient.lesions:
            cz, cy, cx = where[lesion.id]
            away = (z[:, None, None] - cz) ** 2 + (y[None, :, None] - cy) ** 2 + (x[None, None, :] - cx) ** 2
            mask &= away > (lesion.size_mm / 2 * 1.15 + patient.ssr.fwhm_mm) ** 2
        if name == "blood_pool":  # descending aorta: behind and below the arch, above the diaphragm
            mask &= ((z > 70) & (z < 150))[:, None, None] & (y > 30 * anatomy.frame.stretch[0])[None, :, None]
        depth = ndimage.distance_transform_edt(mask, sampling=spacing)
        k, j, i = np.unravel_index(int(depth.argmax()), depth.shape)
        needed = figure(_REFERENCES[name]).value / 2 if name in _REFERENCES else 0.0
        if depth[k, j, i] >= 0.8 * needed and depth[k, j, i] > 0:
            found[name] = (float(z[k]), float(y[j]), float(x[i]))
    return found


def _organ(anatomy: Anatomy, name: str) -> tuple[NDArray[np.bool_], Point] | None:
    """An organ's mask on every second pixel, cropped, and the centre of its first voxel."""
    labels = anatomy.array[:, ::2, ::2]
    wanted = [number(name)] + ([number("hepatic_vein"), number("portal_branch")] if name == "liver" else [])
    mask = np.isin(labels, wanted)
    if name == "liver":  # thin strands are no room for a sphere
        mask = ndimage.binary_opening(mask, iterations=2)
    boxes = ndimage.find_objects(mask.astype(np.uint8))
    if not boxes or boxes[0] is None:
        return None
    z, y, x = (slice(max(s.start - 1, 0), s.stop + 1) for s in boxes[0])
    (oz, oy, ox), (dz, dy, dx) = anatomy.origin_mm, anatomy.spacing_mm
    return mask[z, y, x], (oz + z.start * dz, oy + y.start * 2 * dy, ox + x.start * 2 * dx)

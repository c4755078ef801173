"""PET in free breathing over a CT held in inspiration: what lies at the diaphragm moves up, and
part is corrected as if it were lung.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from netcourse.evidence import figure
from netcourse.scanner.study import Point, Study, Volume

Float = NDArray[np.float32]

_LUNG_HU, _REACH_MM = -500.0, 55.0


def breathed(study: Study, up_mm: float | None = None) -> Study:
    """Return the study with its PETs moved up at the diaphragm by `up_mm` (default: figure
    breathing.shift); the CT stays.

    The shift fades out above and below. Where the CT shows lung, attenuation is undercorrected and
    the SUV too low. KeyError without a CT that the diaphragm can be found on.
    """
    up = figure("breathing.shift").value if up_mm is None else up_mm
    ct = study["CT"]
    dome = dome_mm(ct)
    volumes = {
        name: _moved(volume, ct, dome, up) if volume.modality == "PT" else volume
        for name, volume in study.volumes.items()
    }
    places = {id: _up(point, dome, up) for id, point in study.lesions_mm.items()}
    return replace(study, volumes=volumes, lesions_mm=places)


def dome_mm(ct: Volume) -> float:
    """Return the height of the right diaphragm's dome on a CT: where soft tissue first fills the
    middle of the right lung.
    """
    x, y = ct.centres_mm(2), ct.centres_mm(1)
    columns, rows = np.flatnonzero((x > -95) & (x < -45)), np.flatnonzero((y > -63) & (y < -3))
    part = ct.array[:, rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    airy = (part < _LUNG_HU).mean(axis=(1, 2))
    lungs = np.flatnonzero(airy > 0.5)
    if not len(lungs):
        raise KeyError("this CT shows no lung, so its diaphragm cannot be found")
    return float(ct.centres_mm(0)[lungs[0]])


def _up(point: Point, dome: float, up: float) -> Point:
    return point[0] + up * float(_share(np.array([point[0]]), dome, up)[0]), point[1], point[2]


def _share(z: NDArray[np.float64], dome: float, up: float) -> NDArray[np.float64]:
    """How much of the shift there is at a height, 1 at the dome."""
    return np.asarray(np.exp(-(((z - dome) / max(_REACH_MM, 2 * abs(up))) ** 2)))


def _moved(pet: Volume, ct: Volume, dome: float, up: float) -> Volume:
    z = pet.centres_mm(0)
    goes_to = z + up * _share(z, dome, up)
    comes_from = np.interp(z, goes_to, np.arange(len(z)))
    below = np.clip(np.floor(comes_from).astype(int), 0, len(z) - 2)
    share = np.clip(comes_from - below, 0, 1).astype(np.float32)[:, None, None]
    array: Float = pet.array[below] * (1 - share) + pet.array[below + 1] * share
    lung = _seen_by(ct, pet) < _LUNG_HU
    array[lung] *= np.float32(figure("breathing.undercorrected").value)
    return replace(pet, array=array)


def _seen_by(ct: Volume, pet: Volume) -> NDArray[np.int16]:
    """The CT at the centres of the PET's voxels."""
    index = [
        np.clip(
            np.rint((pet.centres_mm(axis) - ct.origin_mm[axis]) / ct.spacing_mm[axis]).astype(int),
            0,
            ct.array.shape[axis] - 1,
        )
        for axis in range(3)
    ]
    return np.asarray(ct.array[np.ix_(*index)])

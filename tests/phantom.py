"""A small whole-body phantom at the true size of a study, for tests that need pictures but no scanner.

One torso with lungs, spine, liver, spleen and kidneys as ellipsoids, and three hot lesions whose place and SUV
are known. Everything is built in the volumes' own millimetres, so a test can say where a value must be.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from netcourse.scanner.study import Point, Study, Volume

# name: centre (z, y, x) and half axes in mm, HU, SUV; later rows lie over earlier ones
ORGANS: dict[str, tuple[Point, Point, float, float]] = {
    "body": ((520, 150, 216), (530, 108, 178), -100, 0.4),
    "muscle": ((520, 150, 216), (520, 92, 160), 55, 0.8),
    "belly fat": ((330, 140, 216), (150, 62, 110), -95, 0.4),
    "right lung": ((700, 150, 130), (135, 72, 62), -820, 0.5),
    "left lung": ((700, 150, 302), (135, 72, 62), -820, 0.5),
    "heart": ((650, 120, 236), (55, 45, 52), 130, 1.8),
    "liver": ((540, 140, 140), (85, 70, 88), 105, 5.0),
    "spleen": ((530, 190, 318), (50, 32, 28), 120, 17.0),
    "right kidney": ((420, 195, 145), (52, 28, 28), 170, 14.0),
    "left kidney": ((430, 195, 290), (52, 28, 28), 170, 14.0),
    "aorta": ((480, 186, 232), (260, 11, 11), 165, 1.6),
    "spine": ((520, 218, 216), (520, 22, 20), 240, 1.0),
    "canal": ((520, 236, 216), (520, 8, 9), 30, 0.8),
    "bladder": ((70, 135, 216), (42, 40, 45), 8, 22.0),
    "right femur": ((30, 150, 120), (90, 24, 24), 420, 0.8),
    "left femur": ((30, 150, 312), (90, 24, 24), 420, 0.8),
    "L1": ((561, 120.75, 111.75), (11, 11, 11), 70, 20.0),
    "L2": ((498, 150.75, 171.75), (8, 8, 8), 65, 12.0),
    "L3": ((318, 147.75, 231.75), (9, 9, 9), 60, 9.0),
}
LESIONS = ("L1", "L2", "L3")


def phantom_study(seed: int = 0, modalities: tuple[str, ...] = ("CT", "PT"), slices: int = 350, patient_id: str = "phantom") -> Study:
    """Return the phantom as a study; the same seed gives the same voxels."""
    volumes: dict[str, Volume] = {}
    if "CT" in modalities:
        volumes["CT"] = _volume("CT", (slices, 192, 288), (3.0, 1.5, 1.5), seed)
    if "PT" in modalities:
        volumes["PT"] = _volume("PT", (slices, 96, 144), (3.0, 3.0, 3.0), seed)
    top_mm = slices * 3.0
    lesions = {name: ORGANS[name][0] for name in LESIONS if ORGANS[name][0][0] < top_mm}
    landmarks = {"liver": (510.0, 150.75, 120.75), "spleen": (531.0, 189.75, 318.75)}
    return Study(patient_id, "Torso phantom", volumes, lesions, {k: v for k, v in landmarks.items() if v[0] < top_mm})


def _volume(modality: str, shape: tuple[int, int, int], spacing: Point, seed: int) -> Volume:
    ct = modality == "CT"
    origin = tuple(step / 2 for step in spacing)
    array = np.full(shape, -1000.0 if ct else 0.0, np.float32)
    for centre, half, hu, suv in ORGANS.values():
        _paint(array, spacing, origin, centre, half, hu if ct else suv)
    _add_noise(array, np.random.default_rng(seed), ct)
    if ct:
        return Volume("CT", np.rint(array).astype(np.int16), spacing, origin, "HU", "CT")  # type: ignore[arg-type]
    return Volume("PT", array, spacing, origin, "SUV", "SSR-PET")  # type: ignore[arg-type]


def _paint(array: NDArray[np.float32], spacing: Point, origin: tuple[float, ...], centre: Point, half: Point, value: float) -> None:
    """Set an ellipsoid to a value, touching only the box around it."""
    box, distance = [], np.float64(0.0)
    for axis in range(3):
        low = max(0, int(np.floor((centre[axis] - half[axis] - origin[axis]) / spacing[axis])))
        high = min(array.shape[axis], int(np.ceil((centre[axis] + half[axis] - origin[axis]) / spacing[axis])) + 1)
        box.append(slice(low, max(low, high)))
        at = (origin[axis] + spacing[axis] * np.arange(low, max(low, high)) - centre[axis]) / half[axis]
        distance = distance + np.expand_dims(at * at, tuple(a for a in range(3) if a != axis))
    array[tuple(box)][distance <= 1.0] = value


def _add_noise(array: NDArray[np.float32], rng: np.random.Generator, ct: bool) -> None:
    """Add CT noise of 12 HU, or PET noise of 8 %, from 32 slices used in turn."""
    tile = rng.standard_normal((32, *array.shape[1:]), np.float32)
    for k in range(array.shape[0]):
        noise = np.roll(tile[k % 32], 7 * (k // 32), axis=1)
        inside = array[k] > -900 if ct else array[k] > 0
        array[k] += inside * noise * (12.0 if ct else 0.08 * array[k])

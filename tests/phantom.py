"""A small whole-body phantom at the true size of a study, for tests that need pictures but no
scanner.

One torso with lungs, spine, liver, spleen and kidneys as ellipsoids, and three hot lesions whose
place and SUV are known. Everything is built in the volumes' own millimetres, so a test can say
where a value must be. On demand it has a second CT phase and an MR of the upper abdomen, and a
second PET, in which some organs read otherwise.
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

# What the further series read; where they are silent, an organ reads as above (HU, or SUV) or has a
# signal of 120.
LATE_ARTERIAL = {
    "aorta": 340.0,
    "liver": 75.0,
    "spleen": 140.0,
    "heart": 300.0,
    "L1": 150.0,
    "L2": 130.0,
}
T1 = {
    "body": 70.0,
    "muscle": 190.0,
    "belly fat": 70.0,
    "right lung": 25.0,
    "left lung": 25.0,
    "liver": 330.0,
    "spleen": 420.0,
    "aorta": 900.0,
    "spine": 110.0,
    "right kidney": 600.0,
    "left kidney": 600.0,
    "L1": 480.0,
    "L2": 430.0,
}
FDG = {
    "liver": 2.5,
    "spleen": 2.0,
    "right kidney": 3.0,
    "left kidney": 3.0,
    "L1": 1.5,
    "L2": 11.0,
    "heart": 8.0,
}
ALL = ("CT", "CT late arterial", "T1 arterial", "PT", "FDG")
UPPER_ABDOMEN = slice(130, 218)  # 88 slices of 3 mm

_KINDS: dict[str, tuple[str, str, str]] = {  # modality, unit, description
    "CT": ("CT", "HU", "CT"),
    "CT late arterial": ("CT", "HU", "CT, late arterial phase"),
    "T1 arterial": ("MR", "signal", "MR, T1 arterial"),
    "PT": ("PT", "SUV", "SSR-PET"),
    "FDG": ("PT", "SUV", "PET, 18F-FDG"),
}


def value(series: str, organ: str) -> float:
    """What an organ reads in a series, before noise: HU, signal or SUV."""
    _, _, hu, suv = ORGANS[organ]
    if series == "T1 arterial":
        return T1.get(organ, 120.0)
    own = {"CT late arterial": LATE_ARTERIAL, "FDG": FDG}.get(series, {})
    return own.get(organ, suv if _KINDS[series][0] == "PT" else hu)


def phantom_study(
    seed: int = 0,
    modalities: tuple[str, ...] = ("CT", "PT"),
    slices: int = 350,
    patient_id: str = "phantom",
) -> Study:
    """Return the phantom as a study of some of `ALL` its series; the same seed gives the same
    voxels.
    """
    volumes = {name: _volume(name, slices, seed) for name in ALL if name in modalities}
    top_mm = slices * 3.0
    lesions = {name: ORGANS[name][0] for name in LESIONS if ORGANS[name][0][0] < top_mm}
    landmarks = {"liver": (510.0, 150.75, 120.75), "spleen": (531.0, 189.75, 318.75)}
    return Study(
        patient_id,
        "Torso phantom",
        volumes,
        lesions,
        {k: v for k, v in landmarks.items() if v[0] < top_mm},
    )


def _volume(name: str, slices: int, seed: int) -> Volume:
    modality, unit, description = _KINDS[name]
    pet, part = modality == "PT", name in ("CT late arterial", "T1 arterial")
    spacing = (3.0, 3.0, 3.0) if pet else (3.0, 1.5, 1.5)
    origin = tuple(step / 2 for step in spacing)
    array = np.full(
        (slices, 96, 144) if pet else (slices, 192, 288),
        -1000.0 if unit == "HU" else 0.0,
        np.float32,
    )
    for organ, (centre, half, _, _) in ORGANS.items():
        _paint(array, spacing, origin, centre, half, value(name, organ))
    _add_noise(array, np.random.default_rng(seed), unit)
    if part:
        array, origin = (
            array[UPPER_ABDOMEN],
            (origin[0] + UPPER_ABDOMEN.start * spacing[0], *origin[1:]),
        )
    stored = (
        array
        if pet
        else np.rint(np.maximum(array, 0) if unit == "signal" else array).astype(np.int16)
    )
    return Volume(modality, stored, spacing, origin, unit, description)  # type: ignore[arg-type]


def _paint(
    array: NDArray[np.float32],
    spacing: Point,
    origin: tuple[float, ...],
    centre: Point,
    half: Point,
    value: float,
) -> None:
    """Set an ellipsoid to a value, touching only the box around it."""
    box, distance = [], np.float64(0.0)
    for axis in range(3):
        low = max(0, int(np.floor((centre[axis] - half[axis] - origin[axis]) / spacing[axis])))
        high = min(
            array.shape[axis],
            int(np.ceil((centre[axis] + half[axis] - origin[axis]) / spacing[axis])) + 1,
        )
        box.append(slice(low, max(low, high)))
        at = (origin[axis] + spacing[axis] * np.arange(low, max(low, high)) - centre[axis]) / half[
            axis
        ]
        distance = distance + np.expand_dims(at * at, tuple(a for a in range(3) if a != axis))
    array[tuple(box)][distance <= 1.0] = value


def _add_noise(array: NDArray[np.float32], rng: np.random.Generator, unit: str) -> None:
    """Add noise of 12 HU or of 12 in signal, or PET noise of 8 %, from 32 slices used in turn."""
    tile = rng.standard_normal((32, *array.shape[1:]), np.float32)
    for k in range(array.shape[0]):
        noise = np.roll(tile[k % 32], 7 * (k // 32), axis=1)
        inside = array[k] > -900 if unit == "HU" else array[k] > 0
        array[k] += inside * noise * (0.08 * array[k] if unit == "SUV" else 12.0)

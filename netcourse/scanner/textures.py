"""What lies inside a lesion on CT: rims, mosaics, necrosis, cysts, calcification, scars and capsules of
tumours; what makes a benign one unmistakable.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from netcourse.patients import Draws, Lesion, Patient
from netcourse.scanner.attenuation import lesion_tissue
from netcourse.scanner.contrast import MOSAIC
from netcourse.scanner.forms import Array, from_centre, is_mesenteric_mass, waves
from netcourse.scanner.study import Point

Float = NDArray[np.float32]

_TRABECULAE_MM, _THICK_MM, _ASIDE = 5.0, 1.1, 0.32  # _ASIDE: share of the distance, either way
_LINE_MM = 0.9
_MOSAIC_FROM_MM, _RIM_FROM_MM, _NECROTIC_FROM_MM, _CAPSULE_FROM_MM = 10.0, 16.0, 45.0, 20.0
_VOI = 0.3  # of the diameter: the radius within which a reader measures a lesion's mean
_CALCIFIED_MASSES = 2 / 3


class Inner(NamedTuple):
    """A lesion on a grid: heights, rows and columns from its centre in mm, how much of each voxel it
    fills (0–1), and how deep below its surface each lies, mm.
    """

    z: Array
    y: Array
    x: Array
    filled: Float
    depth: Array
    draws: Draws
    name: str

    def waves(self, layer: str, pitch_mm: float) -> Array:
        """Smooth noise of this lesion, [z, y, x]."""
        return waves(f"{self.name}/{layer}", pitch_mm, self.z, self.y, self.x)

    def away(self) -> Array:
        """How far each voxel lies from the centre, mm."""
        return np.asarray(
            np.sqrt(
                self.z[:, None, None] ** 2 + self.y[None, :, None] ** 2 + self.x[None, None, :] ** 2
            )
        )


def inner(
    patient: Patient, lesion: Lesion, step_mm: Point, centre: Point, first: Point, filled: Float
) -> Inner:
    """Return a lesion on the grid of `filled`, whose first voxel lies at `first`."""
    z, y, x = from_centre(first, step_mm, filled.shape, centre)
    depth = ndimage.distance_transform_edt(np.pad(filled > 0.5, 1), sampling=step_mm)
    draws = Draws("inside", patient.id, lesion.id)
    return Inner(
        z, y, x, filled, depth[1:-1, 1:-1, 1:-1], draws, f"{patient.id}/{lesion.id}/inside"
    )


def signs(lesion: Lesion, inside: Inner) -> Iterator[tuple[str, Float]]:
    """Yield the tissues inside a lesion that its own one does not hold, with the share of each
    voxel they fill; later ones cover earlier ones.

    A reader's VOI in the middle of a solid lesion keeps its mean: what a mosaic adds in places it
    takes in others, and rims lie outside of the VOI.
    """
    kinds = {
        "haemangioma": _trabeculae,
        "fracture": _fracture_line,
        "liver_haemangioma": _fills_from_the_edge,
        "abscess": _abscess,
    }
    if lesion.pattern in kinds:
        yield from kinds[lesion.pattern](lesion, inside)
        return
    tissue = lesion_tissue(lesion)
    if tissue in MOSAIC and lesion.size_mm >= _MOSAIC_FROM_MM and len(lesion.parts) == 1:
        yield from _mosaic(tissue, lesion, inside)
    if (core := cold_core(lesion, inside)) is not None:
        yield "cyst" if lesion.inside == "cystic" else "necrosis", core
    special = lesion.inside
    if special is None and lesion.pattern == "fnh":
        special = "scar"
    if special is None and lesion.pattern == "primary" and lesion.size_mm >= _CAPSULE_FROM_MM:
        special = "capsule" if inside.draws.unit("capsule") < 0.35 else None
    if special is None and is_mesenteric_mass(lesion):
        special = "calcified" if inside.draws.unit("calcified") < _CALCIFIED_MASSES else None
    if special == "scar":
        yield "fibrosis", _scar(lesion, inside)
    if special == "capsule":
        yield "fibrosis", _rim(inside, 1.3)
    if special == "calcified":
        yield "coarse_calcium", _calcium(lesion, inside)


def cold_core(lesion: Lesion, inside: Inner) -> Float | None:
    """Return how much of each voxel a dead or cystic middle of a lesion fills, None where it has
    none; it neither enhances nor takes up tracer.

    Authors say so (`inside`); else large tumours of one clone are necrotic, two of three.
    """
    if lesion.inside not in (None, "necrotic", "cystic") or len(lesion.parts) > 1:
        return None
    if lesion.inside is None and (
        lesion.size_mm < _NECROTIC_FROM_MM
        or lesion_tissue(lesion) not in MOSAIC
        or inside.draws.unit("necrosis") > 2 / 3
    ):
        return None
    wall = inside.draws.uniform("wall", 0.14, 0.22) * lesion.size_mm
    ragged = 0.0 if lesion.inside == "cystic" else 0.07 * lesion.size_mm
    below = inside.depth - wall + ragged * inside.waves("core", 0.22 * lesion.size_mm)
    return np.asarray(inside.filled * np.clip(below / 1.5 + 0.5, 0, 1), np.float32)


def uptake_inside(lesion: Lesion, inside: Inner) -> Float:
    """Return how much tracer each voxel of a lesion takes up, as a share of its hottest (0–1)."""
    share = np.ones_like(inside.filled)
    if lesion.size_mm >= 14 and len(lesion.parts) == 1:
        share -= (0.12 * np.clip(inside.waves("uptake", 0.3 * lesion.size_mm) + 1, 0, 2)).astype(
            np.float32
        )
    core = cold_core(lesion, inside)
    return share if core is None else share * (1 - core)


def _mosaic(tissue: str, lesion: Lesion, inside: Inner) -> Iterator[tuple[str, Float]]:
    """Parts that enhance more and less than the mean, and in some lesions a rim that enhances more."""
    strength = inside.draws.uniform("mosaic", 0.4, 1.2)
    noise = strength * inside.waves("mosaic", max(4.0, 0.2 * lesion.size_mm))
    middle = inside.filled * (inside.away() <= _VOI * lesion.size_mm)
    for _ in range(3):
        noise -= float((np.clip(noise, -1, 1) * middle).sum() / max(middle.sum(), 1e-6))
    rim = np.zeros_like(inside.filled)
    if lesion.size_mm >= _RIM_FROM_MM and inside.draws.unit("rim") < 0.45:
        rim = _rim(inside, inside.draws.uniform("rim/width", 0.06, 0.11) * lesion.size_mm)
    plain = inside.filled - rim
    yield f"{tissue}_poor", (plain * np.clip(-noise, 0, 1)).astype(np.float32)
    yield f"{tissue}_rich", (plain * np.clip(noise, 0, 1) + rim).astype(np.float32)


def _rim(inside: Inner, width_mm: float) -> Float:
    """The outermost part of a lesion."""
    return np.asarray(inside.filled * np.clip(width_mm - inside.depth + 0.5, 0, 1), np.float32)


def _scar(lesion: Lesion, inside: Inner) -> Float:
    """Arms that run from the middle outwards and get thinner."""
    at = np.stack(np.broadcast_arrays(inside.z[:, None, None], inside.y[None, :, None], inside.x))
    share = np.zeros(inside.filled.shape)
    for arm in range(6):
        way = np.array(inside.draws.in_ball(f"arm/{arm}"))
        way /= max(float(np.linalg.norm(way)), 1e-3)
        along = np.tensordot(way, at, 1)
        aside = np.sqrt(np.clip((at**2).sum(axis=0) - along**2, 0, None))
        thick = 0.07 * lesion.size_mm * (1 - along / (0.4 * lesion.size_mm))
        share = np.maximum(share, np.clip(thick - aside + 0.5, 0, 1) * (along > -1))
    return np.asarray(inside.filled * share, np.float32)


def _calcium(lesion: Lesion, inside: Inner) -> Float:
    """A few coarse clumps near the middle."""
    clumps = inside.waves("calcium", max(3.6, 0.2 * lesion.size_mm)) - 0.95
    clumps -= 1.4 * np.clip(inside.away() / (0.36 * lesion.size_mm) - 0.6, 0, None)
    return np.asarray(inside.filled * np.clip(1.6 * clumps, 0, 0.9), np.float32)


def _fills_from_the_edge(lesion: Lesion, inside: Inner) -> Iterator[tuple[str, Float]]:
    """Nodules at the edge that are as dense as blood early on, a middle that fills last."""
    size = lesion.size_mm
    middle = inside.depth - 0.26 * size + 0.05 * size * inside.waves("middle", 0.3 * size)
    yield "haemangioma_middle", (inside.filled * np.clip(middle / 3 + 0.5, 0, 1)).astype(np.float32)
    high = inside.waves("nodules", 0.24 * size) - 0.25 - np.clip(inside.depth / (0.13 * size), 0, 9)
    yield (
        "haemangioma_nodule",
        (inside.filled * np.clip(2.2 * (high + 0.75), 0, 1)).astype(np.float32),
    )


def _abscess(lesion: Lesion, inside: Inner) -> Iterator[tuple[str, Float]]:
    """A wall that enhances, and septa."""
    septa = np.exp(-((inside.waves("septa", 0.28 * lesion.size_mm) / 0.16) ** 2))
    wall = _rim(inside, max(2.0, 0.09 * lesion.size_mm))
    yield "soft_tissue_rich", np.maximum(wall, 0.8 * inside.filled * septa).astype(np.float32)


def _trabeculae(lesion: Lesion, inside: Inner) -> Iterator[tuple[str, Float]]:
    """Upright trabeculae, no two alike and none in line: dots in an axial slice, stripes in the
    others.
    """
    step = inside.x[1] - inside.x[0]
    far = int(np.ceil(lesion.size_mm / 2 / _TRABECULAE_MM)) + 1
    dots = np.zeros((len(inside.y), len(inside.x)))
    for row in range(-far, far + 1):
        for column in range(-far, far + 1):
            aside, across = (
                (n + inside.draws.uniform(f"{row}/{column}/{axis}", -_ASIDE, _ASIDE))
                * _TRABECULAE_MM
                for n, axis in ((row, "y"), (column, "x"))
            )
            thick = _THICK_MM * inside.draws.uniform(f"{row}/{column}/thick", 0.75, 1.3)
            away = np.hypot((inside.y - aside)[:, None], (inside.x - across)[None, :])
            np.maximum(dots, np.clip((thick - away) / step + 0.5, 0, 1), out=dots)
    yield "trabecula", (inside.filled * dots[None]).astype(np.float32)


def _fracture_line(lesion: Lesion, inside: Inner) -> Iterator[tuple[str, Float]]:
    """A line across."""
    z, y, x = inside.z[:, None, None], inside.y[None, :, None], inside.x[None, None, :]
    across = y + 0.25 * z + 0.8 * np.sin(x / 1.7)
    line = np.clip((_LINE_MM - np.abs(across)) / (inside.y[1] - inside.y[0]) + 0.5, 0, 1)
    yield "fracture_line", (inside.filled * line).astype(np.float32)

"""Bone as tissue: marrow inside, and a cortex of true thickness as a share of the voxels at the
surface.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from netcourse.scanner.builder.grid import (
    FAR_MM,
    QUARTERS,
    SPACING_MM,
    Box,
    Field,
    Float,
    Mask,
    Space,
)
from netcourse.scanner.builder.noise import noise

SOFT = ("muscle", "muscle_across", "subcutaneous_fat", "visceral_fat", "muscle_fat")
"""Tissues that may share a voxel with the outside of a cortex."""
MARROW = ("marrow", "marrow_fat")


@dataclass
class Bone:
    """A bone to carve: its distance, the thickness of its cortex (mm), and the marrow's shares.

    `fat` is the share of fat in the marrow and `dense` that of trabeculae beyond the common (0–1),
    numbers or arrays of the field's box.
    """

    name: str
    field: Field
    cortex_mm: float | Float = 0.8
    fat: float | Float = 0.0
    dense: float | Float = 0.0


def carve_bone(space: Space, bone: Bone, seed: str) -> None:
    """Carve a bone over whatever is there."""
    box, d = bone.field.box, np.asarray(bone.field.values, np.float32)
    if box.empty:
        return
    space.carve((box, d < 0), "marrow")
    chance = np.asarray(ndtr(noise(seed + "grain", box, SPACING_MM)), np.float32)
    _mix(space, box, (d < -0.8), bone.fat, chance, "marrow_fat")
    _mix(space, box, (d < -0.4), bone.dense, 1 - chance, "cortex")
    width = np.asarray(bone.cortex_mm, np.float32)
    width = width + np.minimum(0.24 * width, 0.35) * noise(seed + "cortex", box, 6)
    space.cover((box, shell(d, np.maximum(width, 0.25))), "cortex", (*MARROW, *SOFT))


def shell(d: Float, width: Float) -> Float:
    """Return the share of each voxel that lies in a shell of some width under a surface."""
    return np.asarray(
        np.clip(0.5 - d, 0, 1) - np.clip(0.5 - (d + np.asarray(width, np.float32)), 0, 1),
        np.float32,
    )


def _mix(
    space: Space, box: Box, inside: Mask, share: float | Float, chance: Float, tissue: str
) -> None:
    """Give a tissue its share of the marrow in whole quarters, the remainder by chance: the grain
    of trabeculae.
    """
    if np.max(share) > 0:
        quarters = np.floor(QUARTERS * np.asarray(share, np.float32) + chance)
        mixed = np.clip(quarters / QUARTERS, 0, 0.75) * inside
        space.cover((box, mixed.astype(np.float32)), tissue, ("marrow",))


def merged(space: Space, fields: Sequence[Field]) -> Field:
    """Return the union of many fields in the box that holds them."""
    some = [f for f in fields if not f.box.empty]
    if not some:
        box = space.between((0, 0, 0), (-1, -1, -1))
        return Field(box, box.full(FAR_MM))
    box = space.around(*(f.box for f in some))
    out = np.full(box.shape, FAR_MM, np.float16)
    for one in some:
        here = out[one.box.within(box)]
        np.minimum(here, one.values.astype(np.float16), out=here)
    return Field(box, out)

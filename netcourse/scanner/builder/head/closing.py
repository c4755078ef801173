"""The closing pass: where two tissues would lie bare on each other, a voxel of what parts them in life."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import ndimage

from netcourse.scanner.builder.grid import Box, Mask
from netcourse.scanner.builder.head.frame import SOFT, HeadFrame

BRAIN = ("brain_white", "brain_grey", "cerebellum", "striatum")
_BESIDE_BRAIN = (
    *BRAIN, "csf", "ligament", "upper_vein", "artery", "cord", "pituitary", "calcification", "nerve",
)  # fmt: skip
_MUSCLE = ("muscle", "muscle_across")
_BONE = ("cortex", "marrow", "marrow_fat")


def close_surfaces(frame: HeadFrame) -> None:
    """Part brain from bone by fluid, air from fat, muscle and bone by mucosa, and all of them from the outside by skin."""
    box = frame.between((-98, -132, 300), (98, 96, 590))
    if box.empty:
        return
    _part(frame, box, ~frame.is_(box, *_BESIDE_BRAIN), BRAIN, "csf")
    _part(frame, box, frame.is_(box, "gas", "airway"), (*SOFT, *_MUSCLE), "airway_wall")
    _part(frame, box, frame.is_(box, "airway"), _BONE, "airway_wall")
    _part(frame, box, frame.is_(box, "eye", "lens"), (*_BONE, "csf", *SOFT), "tendon")
    _part(frame, box, frame.is_(box, "air"), (*SOFT, *_MUSCLE, *_BONE, "cartilage"), "skin")
    _part(frame, box, frame.is_(box, "thyroid"), ("airway",), "airway_wall")


def _part(frame: HeadFrame, box: Box, one: Mask, other: Sequence[str], between: str) -> None:
    """Make the voxels of `other` tissues that touch a mask the tissue between them."""
    faces = ndimage.generate_binary_structure(3, 1)
    near = np.asarray(ndimage.binary_dilation(one, faces))
    frame.carve((box, near), between, other)

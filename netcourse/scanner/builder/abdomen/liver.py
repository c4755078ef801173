"""The liver: the diaphragm gives its convex face, its neighbours press the visceral face; lobes,
fissures, caudate.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from netcourse.scanner.builder.abdomen.diaphragm import reference_frame
from netcourse.scanner.builder.abdomen.kidneys import Kidney
from netcourse.scanner.builder.abdomen.pressing import shadow, smooth_max
from netcourse.scanner.builder.body import Body, table
from netcourse.scanner.builder.grid import Field, Space, smooth_min
from netcourse.scanner.builder.noise import noise
from netcourse.scanner.builder.shapes import Loft, Points, tube

_TURN_Z = 10.0  # below it the right lobe alone goes on
_BEHIND_KIDNEY = (0.5, 1.0)  # towards the column and the back: no liver there
_LEFT_FROM = -6.0  # x from which the left lobe is stretched
_GAPS = (
    ("pancreas", 2.4),
    ("oesophagus", 2.0),
    ("portal", 1.4),
    ("coeliac", 1.0),
    ("adrenal", 1.3),
    ("renal_vessel", 2.0),
    ("duodenum", 1.5),
    ("aorta", 4.0),
    ("cava", -0.5),
)


def shape(body: Body) -> dict[str, Any]:
    """Return the shape of a variant's liver: factors and shifts of the drawn face."""
    shapes = table("liver")["shape"]
    return dict(shapes[int(body.variant) % len(shapes)])


def carve_liver(body: Body, space: Space) -> None:
    """Carve the liver; keep "liver" and the space of its hilum ("liver_hilum"). The gallbladder
    must be kept already.
    """
    face = _visceral_face(body, space)
    box = face.box
    if box.empty:
        return
    soft = noise(body.seed("liver"), box, 18)
    wide = noise(body.seed("liver habit"), box, 28)
    habit = 1.2 * soft + 0.4 * noise(body.seed("liver skin"), box, 8) + 1.5 * wide
    organ = Field(box, smooth_max(face.values + habit, space.kept["peritoneal"].on(box) + 0.3, 5))
    for name, gap in _GAPS:
        organ = organ.yielding(space.kept[name], gap + (0.8 * soft if gap > 1.2 else 0))
    right = Kidney.of(body, "right")
    pole = right.centre[2] + right.axes[2] * right.turn[2, 2]
    fat = (1.1 - 1.0 * np.clip(wide, -1.6, 0.3)) * np.clip((pole - 1 - box.z) / 9, 0, 1)
    kidney = space.kept["kidney"].on(box)
    organ = organ.yielding(kidney, fat * (0.7 if body.woman else 1.0))
    organ = organ.yielding(shadow(kidney + np.float32(2), _BEHIND_KIDNEY, 40))
    hilum = _hilum(body, space)
    organ = organ.yielding(_fissures(body, space)).yielding(hilum)
    organ = organ.yielding(space.kept["gallbladder"], -0.6)
    space.keep("liver", organ)
    space.keep("liver_hilum", hilum)
    space.carve(organ, "liver", ("visceral_fat", "fascia"))


def _visceral_face(body: Body, space: Space) -> Field:
    """The space that the visceral face leaves, open towards the diaphragm and the wall."""
    form, rng = shape(body), body.rng("liver corners")
    keys = {}
    for row in table("liver")["visceral"]:
        face, z = np.array(row["face"], float), float(row["z"])
        face[1:-1] += rng.normal(0, 1.6, face[1:-1].shape)
        left = face[:, 0] > _LEFT_FROM
        face[left, 0] = _LEFT_FROM + (face[left, 0] - _LEFT_FROM) * form["left"]
        inner = np.arange(len(face))
        right = (inner >= 12) & (inner <= 16) | ((z < 20) & (inner >= 4) & (inner <= 16))
        face[right, 0] -= form["thick"] * np.clip((60 - z) / 40, 0, 1)
        face[8:11, 0] += form["caudate"] * (20 < z < 60)
        low = _TURN_Z + (z - _TURN_Z) * form["deep"] if z < _TURN_Z else z
        keys[body.height(low)] = body.place_xy(face, low)
    low = min(keys)
    loft = Loft(keys, low - 10, body.height(140), 8.0, mesh_mm=3.0)
    drawn = loft.field(space)
    box = space.between(*body.place([[-146, -130, -124], [130, 62, 112]]))
    organ = Field(box, drawn.on(box))
    if "tongue" in form:
        tongue = tube(space, body.place(form["tongue"]), 14)
        organ = Field(organ.box, smooth_min(organ.values, tongue.on(organ.box), 10))
    return organ


def _fissures(body: Body, space: Space) -> Field:
    """The slits of the round and the venous ligament, negative inside, of wandering place and
    width.
    """
    box = space.between(*body.place([[-36, -132, -12], [96, -24, 88]]))
    x, y, z = reference_frame(body, box)
    wide, middle = noise(body.seed("fissure"), box, 18), noise(body.seed("fissure 11"), box, 11)
    fine = noise(body.seed("fissure 8"), box, 8)
    middle_x = 5 + shape(body)["fissure"]
    round_ = np.abs(x - middle_x - 0.04 * (y + 90) - 3.0 * wide - 1.6 * middle)
    width = 0.2 + 1.7 * np.clip((40 - z) / 14, 0, 1) + 0.030 * np.clip(y + 100, 0, 40)
    round_ = round_ - width - 0.8 * fine - 0.5 * middle
    round_ = np.maximum(round_, np.maximum(z - 50 - 2 * wide, y + 64))
    round_ = np.maximum(round_, -114 - y + 0.4 * (z - 10))
    venous = y + 56 - 0.28 * (x - 14) - 0.10 * (z - 50) - 2.5 * wide - 1.2 * middle
    venous = np.abs(venous) - (0.4 + 0.05 * np.clip(x, 0, 30) + 0.6 * fine)
    ends = np.maximum(-10 - x + 0.4 * (z - 40), np.maximum(z - 78, 32 - z))
    return Field(box, np.minimum(round_, np.maximum(venous, ends)).astype(np.float32))


def _hilum(body: Body, space: Space) -> Field:
    """The fat of the hilum and along the left portal vein."""
    chain: Points = np.array(
        [
            [5, -68, 44, 3.6],
            [-8, -63.5, 40, 4.8],
            [-22, -58.5, 37, 7.2],
            [-36, -56.5, 37, 5.0],
            [-46, -56, 39, 2.6],
        ]
    )
    fat = tube(space, body.place(chain), 8)
    rough = noise(body.seed("hilum"), fat.box, 8)
    return fat + (rough + 0.6 * noise(body.seed("hilum 11"), fat.box, 11))

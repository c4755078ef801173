"""The mediastinum: all that lies between the lungs, wrapped in fat, as one smooth body that the lungs press against."""

from __future__ import annotations

import numpy as np

from netcourse.scanner.builder.abdomen.diaphragm import column_distance
from netcourse.scanner.builder.abdomen.great_vessels import upright_distance
from netcourse.scanner.builder.body import Body, table
from netcourse.scanner.builder.chest.airways import draw_airways
from netcourse.scanner.builder.chest.great_vessels import ARCH_FROM_MM, draw_vessels
from netcourse.scanner.builder.chest.mesh import STEP_MM, Mesh
from netcourse.scanner.builder.chest.oesophagus import oesophagus_distance
from netcourse.scanner.builder.grid import Box, Field, Float, Space, smooth_min
from netcourse.scanner.builder.noise import noise
from netcourse.scanner.builder.outline import Outline
from netcourse.scanner.builder.shapes import ellipsoid_distance, tube

_LUNG_VESSELS = ("lung_artery", "lung_vein")
_SEAM_MM = 8.0


def draw_mediastinum(body: Body, mesh: Mesh, outline: Outline, pericardium: Field) -> Field:
    """Draw the mediastinum on the coarse block: a union of heart, vessels, gullet, airways and fat.

    Each part comes with the fat that stays round it and the softness of its seam with the others, mm.
    """
    box = mesh.all
    wide = noise(body.seed("mediastinum", False), box, 22)

    def vessels(*tissues: str) -> Float:
        return draw_vessels(body, mesh, *tissues, pad_mm=16).on(box)

    descending = np.maximum(upright_distance(body, box, "aorta"), box.z - body.height(ARCH_FROM_MM))
    hilum = np.minimum(draw_airways(body, mesh, pad_mm=14)[1].on(box), vessels(*_LUNG_VESSELS))
    out = _with_floor(pericardium.on(box)) - np.float32(0.8)
    for part, fat, seam in (
        (np.minimum(descending, vessels("aorta")), 2.0, 9.0),
        (oesophagus_distance(body, box), 1.4, 9.0),
        (column_distance(body, box), 2.0, 8.0),
        (hilum, 1.2, 5.0),
        (vessels("upper_cava", "cava"), 1.8, 9.0),
        (vessels("artery", "upper_vein"), 2.0, 6.0),
        (_core(body, mesh, box), -2 * wide, 8.0),
        (_front_septum(body, outline, box), -1.5 * wide, 5.0),
        (_rear_septum(body, box), -2 * wide, 8.0),
    ):
        out = smooth_min(out, np.asarray(part - fat, np.float32), seam)
    size = 0.9 if body.woman else 1.0
    for row in table("lungs")["mediastinum"]["pads"]:
        place = body.place(row[:3]).tolist()
        pad = ellipsoid_distance(box, place, [a * size for a in row[3:]])
        out = smooth_min(out, pad + 2 * wide, _SEAM_MM)
    return Field(box, out.astype(np.float32))


def carve_mediastinal_fat(space: Space, box: Box, outline: Outline) -> None:
    """Call the fat of the thorax by its name; what shares its voxels stays."""
    mask = (outline.cavity(box) < 2) & (space.distance(box, "peritoneal") > 0)
    mask &= space.is_(box, "visceral_fat")
    space.tissue[box.slices][mask] = space.number["mediastinal_fat"]


def _with_floor(pericardium: Float) -> Float:
    """The heart and the fat between it and the diaphragm: its shadow downwards, narrowing."""
    out = pericardium
    for step in (2, 4, 6, 8):
        down = np.full_like(pericardium, 60.0)
        down[:-step] = pericardium[step:]
        out = smooth_min(out, down + 0.75 * step * STEP_MM[2] / 3, 6.0)
    return out


def _core(body: Body, mesh: Mesh, box: Box) -> Float:
    """The fat round trachea and vessels above the carina, up to the neck."""
    points = body.place(table("lungs")["mediastinum"]["core"])
    points[:, 3] *= 0.9 if body.woman else 1.0
    return tube(mesh, points, 14).on(box)


def _rear_septum(body: Body, box: Box) -> Float:
    """The plate behind the heart that holds gullet, aorta and azygos vein before the spine."""
    spine = body.column_y(box.z.ravel()).astype(np.float32)[:, None, None]
    lean = 3 + 8 * np.clip((body.height(170) - box.z) / 60, 0, 1)
    ends = np.maximum(box.y - spine, body.place([0, -26, 100])[1] - box.y)
    return np.asarray(np.maximum(np.abs(box.x - lean) - 8, ends), np.float32)


def _front_septum(body: Body, outline: Outline, box: Box) -> Float:
    """The plate between the lungs behind the sternum: a junction line in front, thymic fat behind it."""
    cavity = outline.cavity(box)
    middle = int(np.argmin(np.abs(box.x.ravel())))
    inside = cavity[:, :, middle] < 0
    front = np.where(
        inside.any(axis=1), box.y.ravel()[np.argmax(inside, axis=1)], box.y.min()
    ).astype(np.float32)[:, None, None]
    behind = box.y - front
    z = box.z
    sway = -2.0 + 3.0 * np.sin((z - 150) / 40)
    half = (
        2.6
        + 0.30 * np.clip(behind - 18, 0, np.where(z < body.height(118), 16, 50))
        + 7 * np.exp(-(((behind - 3) / 6) ** 2))
        + 13 * np.exp(-(((behind - 1) / 2.6) ** 2))  # beside the sternum, with the mammary vessels
        + 6 * np.clip((z - body.height(222)) / 35, 0, 1)
    )
    ends = box.y - body.place([0, -8, 200])[1]
    return np.asarray(np.maximum(np.abs(box.x - sway) - half, ends), np.float32)

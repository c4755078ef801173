"""The diaphragm: two domes over the cage, and crura on both sides of the aorta."""

from __future__ import annotations

import numpy as np
from scipy import ndimage
from scipy.interpolate import PchipInterpolator

from netcourse.scanner.builder.abdomen.great_vessels import FAT, upright_course, upright_distance
from netcourse.scanner.builder.body import Body, table
from netcourse.scanner.builder.grid import Box, Field, Float, Space, smooth_min
from netcourse.scanner.builder.noise import noise
from netcourse.scanner.builder.outline import Outline
from netcourse.scanner.builder.shapes import spread, tube

# Reference man, mm, full inspiration. Heights of the domes (K: right T10/T11, left 15–30 lower,
# the heart's bottom between), of the attachment in front, behind and at the flank (K: recess in
# front T10, behind L1), and how fast the sheet rises from the wall.
_LOW = 85.0
_DOMES = (  # height above it, centre (x, y), widths: right dome, under the heart, left dome
    (21.0, -66.0, -46.0, 50.0, 70.0),
    (7.0, 30.0, -62.0, 48.0, 48.0),
    (2.0, 88.0, -34.0, 34.0, 44.0),
)
_FRONT, _BEHIND, _FLANK = 70.0, 14.0, 14.0
_RISE = 19.0
# Thickness of the crura by height (V, K: T12 8–12, L1 6–8, L2 4, L3 2; right longer and thicker),
# and of the sheet.
_CRUS = ((-62, -44, -17, 0, 17, 40, 62, 76, 86), (0.0, 2.2, 4.4, 6.0, 7.4, 8.6, 7.0, 3.0, 0.0))
_LEFT_CRUS_ENDS = -30.0
_ARCH = 36.0  # median arcuate ligament: below it the crura leave the aorta free in front
_SHEET, _TENDON = 2.8, 1.2
_HIATUS = 0.8  # of fat round the gullet
_APPOSED = 22.0  # how far the sheet lines the wall below the recess


def carve_diaphragm(body: Body, space: Space, outline: Outline) -> None:
    """Carve diaphragm and crura; keep "diaphragm", "peritoneal" (the space below it) and "thoracic" (above it).

    The aorta must be kept already (`keep_great_vessels`); it runs behind the crura and stays
    untouched.
    """
    low, high = body.place([[-148, -132, -20], [148, 78, 132]])
    box = space.between(low, high)
    mesh = _mesh(low, high)
    dome, cavity = _dome(body, outline, mesh), outline.cavity(box)
    below = np.maximum(spread(dome, mesh_axes(mesh), box), cavity)
    space.keep("peritoneal", Field(box, below))
    space.keep("peritoneal", _lower_belly(body, space, outline))
    attached = _attachment(body, box) + 3 * noise(body.seed("attached", False), box, 28)
    column = column_distance(body, box)
    thick = _thickness(body, box)
    retrocrural = _column_and_aorta(body, box, column) - _crus_thickness(body, box) - 0.6
    above = np.maximum(
        np.maximum(thick - below, cavity), np.maximum(-retrocrural, attached - box.z)
    )
    space.keep("thoracic", Field(box, above.astype(np.float32)))
    sheet = np.maximum(np.maximum(below - thick, -0.3 - below), cavity + 0.2)
    sheet = np.maximum(np.maximum(sheet, attached - _APPOSED - box.z), 0.5 - column)
    sheet = np.maximum(sheet, 2.0 - upright_distance(body, box, "cava"))
    gullet = tube(space, body.place(table("stomach")["gullet"]))
    for part in (Field(box, sheet.astype(np.float32)), _crura(body, space)):
        part = part.yielding(gullet, _HIATUS)
        space.keep("diaphragm", part)
        space.carve(part, "diaphragm", FAT)


def _lower_belly(body: Body, space: Space, outline: Outline) -> Field:
    """The belly below the diaphragm's attachment, down to the pelvis: the cavity itself."""
    box = space.between(*body.place([[-148, -132, -190], [148, 78, -20]]))
    return Field(box, outline.cavity(box))


def column_distance(body: Body, box: Box) -> Float:
    """Return the distance in a box from the column of vertebral bodies and discs, taken as one
    smooth rod.
    """
    rows = sorted((v.z, v.y, v.width / 2, v.depth / 2) for v in body.column.values() if v.width)
    at = PchipInterpolator([r[0] for r in rows], [r[1:] for r in rows], axis=0)
    z = np.clip(box.z.ravel(), rows[0][0], rows[-1][0])
    y, half, deep = (c.astype(np.float32)[:, None, None] for c in at(z).T)
    rho = (np.abs(box.x / half) ** 2.3 + np.abs((box.y - y) / deep) ** 2.3) ** (1 / 2.3)
    return np.asarray((rho - 1) * deep, np.float32)


def reference_frame(body: Body, box: Box) -> tuple[Float, Float, Float]:
    """Return x, y and z of a box's voxels in the reference man's frame (what `body.place` would
    take to them).
    """
    unit = body.place([0.0, 1.0, 1.0])
    z = box.z / np.float32(unit[2])
    width = body.place(np.column_stack([np.ones(z.size), np.zeros(z.size), z.ravel()]))[:, 0]
    return box.x / width.astype(np.float32)[:, None, None], box.y / np.float32(unit[1]), z


def _mesh(low: Float, high: Float) -> Box:
    """A coarse box of its own, the same for every block."""
    z, y, x = (
        np.arange(low[a] // 3 * 3, high[a] + 4, step).astype(np.float32)
        for a, step in ((2, 3.0), (1, 2.0), (0, 2.0))
    )
    slices = (slice(0, z.size), slice(0, y.size), slice(0, x.size))
    return Box(slices, z[:, None, None], y[None, :, None], x[None, None, :])


def mesh_axes(mesh: Box) -> tuple[Float, Float, Float]:
    """Return a box's axes (z, y, x) as plain rows."""
    return mesh.z.ravel(), mesh.y.ravel(), mesh.x.ravel()


def _dome(body: Body, outline: Outline, mesh: Box) -> Float:
    """Distance from the underside of the diaphragm, negative in the belly, on a coarse box."""
    cavity, column = outline.cavity(mesh), column_distance(body, mesh)
    around = _column_and_aorta(body, mesh, column)
    crura = around - _crus_thickness(body, mesh)
    wide = noise(body.seed("dome", False), mesh, 28)
    from_wall = np.maximum(np.minimum(-cavity, np.minimum(crura, column - 3) + 9), 0)
    x, y, _ = reference_frame(body, mesh)
    top = np.full(mesh.shape, _LOW, np.float32)
    for h, cx, cy, sx, sy in _DOMES:
        top += h * np.exp(-(((x - cx) / sx) ** 2) - ((y - cy) / sy) ** 2)
    top = body.height(1.0) * top + 2 * wide
    attached = _attachment(body, mesh) + 3 * wide
    height = mesh.z - (top - (top - attached) * np.exp(-from_wall / (_RISE + 3 * wide)))
    steep = np.sqrt(sum(g**2 for g in np.gradient(height, 3.0, 2.0, 2.0)))
    apposed = np.clip((mesh.z - attached + _APPOSED) / 10, 0, 1)
    wall = cavity + 0.2 + 3.0 * apposed
    below = np.maximum(height / np.clip(steep, 1, 8), np.maximum(wall, -crura))
    below = np.maximum(below, 2.5 - column)
    return np.asarray(ndimage.gaussian_filter(below, (0.7, 1.2, 1.2)) + 0.2, np.float32)


def _attachment(body: Body, box: Box) -> Float:
    """Height at which the sheet leaves the wall: high in front, low behind."""
    x, y, _ = reference_frame(body, box)
    behind = np.clip((y + 55) / 85, 0, 1)
    flank = _FLANK * np.exp(-(((np.abs(x) - 120) / 30) ** 2)) * behind
    height = _FRONT * (1 - behind) + _BEHIND * behind + flank
    return np.asarray(body.height(1.0) * height, np.float32)


def _thickness(body: Body, box: Box) -> Float:
    """Thickness of the sheet: uneven, with slips here and there, thin in the central tendon."""
    slips = np.clip(noise(body.seed("slips", False), box, 11) - 1, 0, 2)
    tendon = np.clip((box.z - body.height(65)) / 15, 0, 1)
    return np.asarray(
        _SHEET + 0.8 * noise(body.seed("sheet", False), box, 18) + 1.2 * slips - _TENDON * tendon,
        np.float32,
    )


def _column_and_aorta(body: Body, box: Box, column: Float) -> Float:
    """Distance from the column, the aorta before it and the fat between them, as one body that the
    crura wrap.
    """
    x, y, half, *_ = upright_course(body, box, "aorta")
    behind = body.column_y(box.z.ravel()).astype(np.float32)[:, None, None] - y
    along = np.clip((box.y - y) / behind, 0, 1)
    between = np.hypot(box.x - x * (1 - along), box.y - y - along * behind) - 0.75 * half
    aorta = np.minimum(upright_distance(body, box, "aorta") - 0.6, between)
    return smooth_min(aorta, column + np.float32(2.2), 4)


def _crus_thickness(body: Body, box: Box) -> Float:
    """Thickness of the crura round column and aorta: lumps beside the aorta below, a sheet that
    closes above it.
    """
    x, _, z = reference_frame(body, box)
    thick = np.interp(z.ravel(), *_CRUS).astype(np.float32)[:, None, None]
    right = 1 + 0.22 * np.clip(-(x - 11) / 14, -1, 1)
    shorter = np.clip((z - _LEFT_CRUS_ENDS) / 20, 0, 1)
    left = np.where(x > 11, shorter, 1)
    width = np.interp(z.ravel(), [-40, 0, 30, 60, 90], [8, 10, 11, 12, 18]).astype(np.float32)
    beside = np.exp(-(((np.abs(x - 11) - 13) / width[:, None, None]) ** 2))
    uneven = 0.7 * noise(body.seed("crura", False), box, 11) * np.clip(thick / 3, 0, 1)
    return np.asarray(thick * right * left * (0.25 + 0.75 * beside) + uneven, np.float32)


def _crura(body: Body, space: Space) -> Field:
    """The crura: on the front of the column, round both sides of the aorta and, above the arch,
    before it.
    """
    box = space.between(*body.place([[-46, -62, -64], [52, 34, 104]]))
    x, y, z = reference_frame(body, box)
    column = column_distance(body, box)
    around = _column_and_aorta(body, box, column)
    wide = noise(body.seed("crura ends", False), box, 18)
    thick = _crus_thickness(body, box)
    out = np.maximum(around - thick, -around)
    middle = body.column_y(box.z.ravel()).astype(np.float32)[:, None, None]
    out = np.maximum(out, box.y - (middle - 1 + 3 * wide))
    out = np.maximum(out, np.abs(box.x - 4) - 29 - 2 * wide)
    before = np.minimum(np.minimum(_ARCH + 2 * wide - z, 9 - np.abs(x - 11)), -28 - y - 0.23 * z)
    out = np.maximum(out, before)
    out = np.maximum(out, 0.6 - space.distance(box, "aorta"))
    return Field(box, np.maximum(out, 0.4 - column).astype(np.float32))

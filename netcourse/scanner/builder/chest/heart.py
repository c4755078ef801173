"""The heart: four chambers with their walls, septa and openings, in the mean phase of an ungated scan."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage

from netcourse.scanner.builder.body import Body, table
from netcourse.scanner.builder.chest.great_vessels import FAT
from netcourse.scanner.builder.chest.mesh import STEP_MM, Mesh, fine
from netcourse.scanner.builder.grid import Box, Field, Float, Space, smooth_min
from netcourse.scanner.builder.noise import noise
from netcourse.scanner.builder.shapes import capsule_distance, ellipsoid_distance

WOMAN = 0.93
"""A woman's chambers against a man's, each way (reference anatomy 6: volumes 0.78–0.86, mass 0.75)."""
_MARGIN_MM = 24.0
_CAVA_MIXES_MM, _CAVA_LEFT_MM = 108.0, 2.0
"""Height (reference man) up to which the lower cava keeps its own blood, and its left border; the atrium's fills what lies above."""


@dataclass(frozen=True)
class Axes:
    """The left ventricle's own frame: its `base` and, as rows, its axis, the way to the right ventricle, and up."""

    base: NDArray[np.float64]
    rows: NDArray[np.float64]

    @classmethod
    def of(cls, base: NDArray[np.float64], axis: ArrayLike) -> Axes:
        """Return the frame of an axis from base to apex."""
        along = np.asarray(axis, float) / np.linalg.norm(axis)
        up = np.array([0, 0, 1.0]) - along[2] * along
        up /= np.linalg.norm(up)
        return cls(base, np.array([along, np.cross(along, up), up]))

    def of_box(self, box: Box) -> tuple[Float, Float, Float]:
        """Return the coordinates of a box's voxels in this frame."""
        p = (box.x - self.base[0], box.y - self.base[1], box.z - self.base[2])
        return tuple(  # type: ignore[return-value]
            np.asarray(row[0] * p[0] + row[1] * p[1] + row[2] * p[2], np.float32)
            for row in self.rows
        )


@dataclass(frozen=True)
class Heart:
    """Distances of the heart's parts on the coarse block: blood of each side, the left ventricle's outside, all walls."""

    left: Field
    right: Field
    left_ventricle: Field
    chambers: dict[str, Field]
    muscle: Field


def draw_heart(
    body: Body, mesh: Mesh, aorta: Field, pulmonary: Field, cava: Field, behind: Field
) -> Heart:
    """Draw the chambers around the great vessels' roots, off the descending aorta and the gullet `behind`."""
    data = table("heart")
    size = WOMAN if body.woman else 1.0
    box = mesh.between(
        body.place([-62, -112, 100]) - _MARGIN_MM * 0.3, body.place([100, 12, 225]) + 4
    )
    broad = noise(body.seed("heart", False), box, 22)
    fine = noise(body.seed("heart fine", False), box, 9)
    rough = noise(body.seed("trabeculae", False), box, 5)
    left, outer = _left_ventricle(body, data, size, box)
    room = behind.on(box)
    outer = np.maximum(outer + 0.7 * broad, 3.0 - room)
    blood = np.maximum(left + 0.7 * broad, 11.0 - room) + 0.5 * np.clip(rough + 0.5 * fine, 0, 2)
    for name in ("front", "rear"):
        blood = np.maximum(blood, -_capsule(body, data["papillary"][name], size, box) - 0.6 * fine)
    aortic, trunk, superior = aorta.on(box), pulmonary.on(box), cava.on(box)

    atrium_left = _atrium(body, data["left_atrium"], size, box) + 0.8 * broad
    atrium_left = np.maximum(atrium_left, 2.6 - room)
    atrium_left = np.maximum(atrium_left, 1.8 - trunk)
    atrium_left = np.maximum(atrium_left, 2.0 - aortic)
    atrium_left = np.maximum(atrium_left, 1.6 - superior)

    atrium_right = _atrium(body, data["right_atrium"], size, box) + 0.8 * broad
    funnel = _chain(body, data["right_atrium"]["funnel"], size, box)
    atrium_right = smooth_min(atrium_right, funnel, 10.0)
    atrium_right = np.maximum(atrium_right, 2.2 - atrium_left)
    atrium_right = np.maximum(atrium_right, 2.4 - aortic)
    atrium_right = np.maximum(atrium_right, 2.5 - outer)

    ventricle = _right_ventricle(body, data, size, box) + 0.9 * broad
    ventricle = np.maximum(ventricle, 0.4 - outer)
    ventricle = np.maximum(ventricle, 2.0 - aortic)
    ventricle += 0.9 * np.clip(rough + 0.4 * fine, -0.4, 2)
    atrium_right = np.maximum(atrium_right, 2.4 - ventricle)
    atrium_left = np.maximum(atrium_left, 2.0 - outer)

    openings = data["openings"]
    mitral = _capsule(body, openings["mitral"], size, box)
    aortic_way = _capsule(body, openings["aortic"], size, box)
    tricuspid = _capsule(body, openings["tricuspid"], size, box)
    left_side = np.minimum(blood, atrium_left)
    left_side = np.minimum(
        left_side, np.maximum(np.minimum(mitral, aortic_way), 3.0 - atrium_right)
    )
    left_side = np.maximum(left_side, np.minimum(2.6 - ventricle, 9.0))
    right_side = np.minimum(ventricle, atrium_right)
    right_side = np.minimum(right_side, np.maximum(tricuspid, 3.0 - np.minimum(outer, aortic)))
    right_side = np.maximum(right_side, 2.5 - left_side)

    wall = data["right_ventricle"]["wall"] * size
    muscle = np.minimum(outer, ventricle - wall)
    muscle = np.minimum(muscle, right_side - data["right_atrium"]["wall"])
    muscle = np.minimum(muscle, left_side - data["left_atrium"]["wall"])
    return Heart(
        Field(box, left_side),
        Field(box, right_side),
        Field(box, outer),
        {
            "left_ventricle": Field(box, blood),
            "left_atrium": Field(box, atrium_left),
            "right_ventricle": Field(box, ventricle),
            "right_atrium": Field(box, atrium_right),
        },
        Field(box, muscle.astype(np.float32)),
    )


def carve_heart(body: Body, space: Space, heart: Heart, sac: Field, groove: Field) -> Field:
    """Carve pericardium, epicardial fat, muscle and blood, off the diaphragm; return the blood of the right side.

    Keeps "pericardium" (the sac), "heart" and "heart_blood".
    """
    low, high = heart.muscle.box, sac.box
    box = space.between(
        (low.x.min(), low.y.min(), high.z.min()), (low.x.max(), low.y.max(), high.z.max())
    )
    below = space.distance(box, "peritoneal")
    rough = 0.3 * noise(body.seed("epicardium", False), box, 9)
    fat = fine(groove, box)

    def on(field: Field, over_diaphragm_mm: float) -> Float:
        return np.asarray(np.maximum(fine(field, box) + rough, over_diaphragm_mm - below))

    bag, muscle = on(sac, 4.2), np.maximum(on(heart.muscle, 5.4), -fat)
    left, right = on(heart.left, 8.0), on(heart.right, 7.0)
    mixed = body.height(_CAVA_MIXES_MM) + 2.5 * noise(body.seed("cava mixes", False), box, 15)
    atrial = (box.z > mixed) & (box.x < _CAVA_LEFT_MM)
    right = np.maximum(right, np.where(box.x < _CAVA_LEFT_MM, mixed - box.z, -9))
    space.carve((box, bag < 0), "mediastinal_fat", ("lung", *FAT))
    space.cover((box, _shell(bag)), "pericardium", ("mediastinal_fat",))
    space.carve((box, muscle < 0), "myocardium", ("lung", *FAT))
    for part, tissue in ((left, "left_heart"), (right, "right_heart")):
        inside = (part < 0) & (fat > 0.1)
        space.carve((box, inside), tissue, ("myocardium", "lung", "cava", *FAT))
    space.carve((box, atrial), "right_heart", ("cava",))
    blood = np.minimum(left, right)
    space.keep("pericardium", Field(box, bag))
    space.keep("heart", Field(box, np.minimum(muscle, blood)))
    space.keep("heart_blood", Field(box, blood))
    return Field(box, right)


def _shell(sac: Float) -> Float:
    """The share of each voxel that the pericardium takes, about 1 mm thick."""
    return np.asarray(0.75 * np.clip(1.1 - np.abs(sac + 0.4), 0, 1), np.float32)


def _left_ventricle(body: Body, data: Any, size: float, box: Box) -> tuple[Float, Float]:
    """Cavity and outside: bullets along the axis, blunt towards the ring."""
    lv = data["left_ventricle"]
    axes = Axes.of(body.place(lv["base"]), lv["axis"])
    along, side, up = axes.of_box(box)
    away = np.hypot(side, up)

    def bullet(radius: float, length: float, back: float) -> Float:
        t = np.where(along > 0, along / length, -along / back)
        f = (away / radius) ** 2 + np.where(along > 0, t**3, t**2.2)
        level = np.sqrt(np.maximum(f, 1e-6)) * radius - radius
        return true_distance(np.asarray(level, np.float32))

    radius, length = lv["radius"] * size, lv["length"] * size
    wall = lv["wall"] * (0.9 if body.woman else 1.0)
    return (
        bullet(radius, length, lv["ring"] * size),
        bullet(radius + wall, length + lv["apex_wall"] * size, (lv["ring"] + 1.0) * size),
    )


def _right_ventricle(body: Body, data: Any, size: float, box: Box) -> Float:
    """The body of the right ventricle, before the left one's septum presses into it, and its outflow."""
    rv, lv = data["right_ventricle"], data["left_ventricle"]
    axes = Axes.of(body.place(lv["base"]), lv["axis"])
    centre = axes.base + (np.asarray(rv["centre"], float) * size) @ axes.rows
    whole = ellipsoid_distance(box, centre.tolist(), [size * a for a in rv["axes"]], axes.rows)
    whole = -smooth_min(-whole, axes.of_box(box)[0] - rv["floor"] * size, 6.0)
    return smooth_min(whole, _chain(body, rv["outflow"], size, box), 9.0)


def _atrium(body: Body, data: Any, size: float, box: Box) -> Float:
    whole = ellipsoid_distance(
        box, body.place(data["centre"]).tolist(), [size * a for a in data["axes"]]
    )
    return smooth_min(whole, _chain(body, data["appendage"], size, box), 8.0)


def _chain(body: Body, points: ArrayLike, size: float, box: Box) -> Float:
    """Rounded cones through points (x, y, z, radius)."""
    p = body.place(points)
    out = box.full(99.0)
    for a, b in pairwise(p):
        np.minimum(out, capsule_distance(box, a[:3], b[:3], a[3] * size, b[3] * size), out=out)
    return out


def _capsule(body: Body, ends: Any, size: float, box: Box) -> Float:
    a, b, radius_a, radius_b = ends
    return capsule_distance(
        box, body.place(a).tolist(), body.place(b).tolist(), radius_a * size, radius_b * size
    )


def true_distance(f: Float) -> Float:
    """Return a level function of the coarse block as a distance near its zero: divided by its slope."""
    slope = np.gradient(f, *STEP_MM[::-1])
    steep = np.sqrt(sum(g * g for g in slope))
    return np.asarray(f / np.maximum(ndimage.gaussian_filter(steep, 1.0), 0.25), np.float32)

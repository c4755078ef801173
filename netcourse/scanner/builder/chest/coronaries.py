"""Coronary arteries with their veins, lying in grooves of fat, and the pericardium that wraps it all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from netcourse.scanner.builder.body import Body, table
from netcourse.scanner.builder.chest.great_vessels import union
from netcourse.scanner.builder.chest.heart import Heart
from netcourse.scanner.builder.chest.mesh import STEP_MM, Mesh
from netcourse.scanner.builder.grid import FAR_MM, Field, Float, Space, smooth_min
from netcourse.scanner.builder.noise import noise
from netcourse.scanner.builder.shapes import Points, ellipsoid_distance, tube

_VEIN_BESIDE_MM = np.array([2.4, 1.0, -2.4, 0.0])


@dataclass(frozen=True)
class Coronaries:
    """Lines (x, y, z, radius) of arteries and veins on the heart's surface, and the distances from these and from their grooves."""

    arteries: list[Points]
    veins: list[Points]
    vessels: Field
    groove: Field


def lay_coronaries(body: Body, mesh: Mesh, heart: Heart) -> Coronaries:
    """Push the drawn lines onto the chambers, and surround each with its groove."""
    arteries, veins, grooves = [], [], []
    for row in table("heart")["coronary"]:
        line = body.place(row["points"])
        first, last = row["radius"]
        radius = np.linspace(first, last, len(line)) * (0.92 if body.woman else 1.0)
        line = np.column_stack([_onto_surface(line, radius + 0.9, heart.muscle), radius])
        if row.get("vein"):
            veins.append(line)
        else:
            arteries.append(line)
            veins.append(line * (1, 1, 1, 1.05) + _VEIN_BESIDE_MM)
            grooves.append(tube(mesh, np.column_stack([line[:, :3], 0 * radius + row["groove"]])))
    groove = union(mesh, grooves)
    return Coronaries(
        arteries,
        veins,
        union(mesh, [tube(mesh, line, 10) for line in (*arteries, *veins)]),
        groove + 0.8 * noise(body.seed("grooves", False), groove.box, 9),
    )


def _onto_surface(
    points: Points, height_mm: NDArray[np.float64], surface: Field, rounds: int = 14
) -> Points:
    """Walk points along the gradient of a distance until they lie at a height above its surface."""
    box = surface.box
    slopes = np.gradient(np.minimum(surface.values, 20.0), *STEP_MM[::-1])
    first = np.array([box.z.min(), box.y.min(), box.x.min()])
    p = points.copy()
    for _ in range(rounds):
        at = ((p[:, ::-1] - first) / STEP_MM[::-1]).T
        value, *slope = (
            ndimage.map_coordinates(a, at, order=1, mode="nearest")
            for a in (surface.values, *slopes)
        )
        way = np.stack(slope[::-1], axis=1)
        way /= np.linalg.norm(way, axis=1, keepdims=True) + 1e-3
        p += way * np.clip(height_mm - value, -3, 3)[:, None]
    return p


def draw_pericardium(
    body: Body, mesh: Mesh, heart: Heart, coronaries: Coronaries, roots: Field
) -> Field:
    """Draw the sac round chambers, coronary fat and the roots of the great vessels up to its top."""
    data = table("heart")["sac"]
    box = mesh.around(heart.muscle.box, coronaries.vessels.box)
    inside = np.minimum(heart.muscle.on(box, 30.0), 30.0)
    fat = coronaries.vessels.on(box, 30.0) - 0.6
    root = np.maximum(roots.on(box) - 0.5, box.z - body.height(data["top"]))
    sac = smooth_min(smooth_min(inside, fat, data["softness"]), root, data["softness"])
    sac = _rounded(sac, data["smooth"])
    front = np.clip((body.place([0, -40, 160])[1] - box.y) / 40, 0.2, 1)
    pad = noise(body.seed("epicardial fat", False), box, 22)
    sac = sac - data["fat"] - 1.2 * np.clip(pad + 0.5, 0, 2) * front
    return Field(box, np.minimum(sac, np.minimum(inside - 1.2, fat - 1.2)).astype(np.float32))


def _rounded(distance: Float, width_mm: float) -> Float:
    """A distance smoothed by a Gaussian of a width, mm."""
    sigma = [width_mm / step for step in STEP_MM[::-1]]
    return np.asarray(ndimage.gaussian_filter(np.minimum(distance, FAR_MM), sigma), np.float32)


def carve_coronaries(space: Space, coronaries: Coronaries) -> None:
    """Draw arteries and veins in the fat of their grooves, as shares."""
    for lines, tissue in ((coronaries.arteries, "artery"), (coronaries.veins, "upper_vein")):
        for line in lines:
            space.cover(tube(space, line, 2.0), tissue, ("mediastinal_fat",))


def carve_recesses(body: Body, space: Space) -> None:
    """Fill the pericardium's recesses between the great vessels with a little fluid, where fat is left."""
    for row in table("heart")["sac"]["recesses"]:
        box = space.box(body.place(row[:3]), max(row[3:]) + 4)
        recess = ellipsoid_distance(box, body.place(row[:3]).tolist(), row[3:])
        rough = 1.2 * noise(body.seed("recesses", False), box, 7)
        space.carve((box, recess + rough < 0), "pericardium", ("mediastinal_fat",))

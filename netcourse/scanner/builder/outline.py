"""Skin, the outside of muscle, and the body's cavity: three smooth surfaces that everything else is carved between."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.interpolate import PchipInterpolator

from netcourse.scanner.builder.body import Body, table
from netcourse.scanner.builder.grid import FAR_MM, Box, Float, Space, smooth_min
from netcourse.scanner.builder.noise import noise
from netcourse.scanner.builder.shapes import Points, closed_curve, halves, polygon_distance, spread

SKIN_MM = 2.0
_MESH_MM = (3.0, 4.0, 4.0)
_CORNERS = 44
_SMOOTH = (4.0, 1.0, 1.0)  # mesh steps: rounds what the drawn heights leave as corners


@dataclass(frozen=True)
class Outline:
    """The three surfaces on a coarse mesh of the whole body; `skin`, `wall` and `cavity` give them in any box, mm, negative inside."""

    body: Body
    axes: tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]
    _wall: Float
    _thickness: Float
    _cavity: Float

    @classmethod
    def of(cls, body: Body, space: Space) -> Outline:
        """Draw the surfaces of a body over a block, and 60 mm beyond its ends."""
        z, y, x = (
            step * np.arange((float(a.min()) - pad) // step, (float(a.max()) + pad) // step + 2)
            for a, step, pad in zip(
                (space.all.z, space.all.y, space.all.x), _MESH_MM, (60, 0, 0), strict=True
            )
        )
        wall = np.minimum(_lofted(body, "wall", z, y, x), _legs(body, z, y, x))
        wall = smooth_min(wall, _arms(body, z, y, x), 26.0)
        wall = ndimage.gaussian_filter(wall, _SMOOTH)
        cavity = ndimage.gaussian_filter(_lofted(body, "cavity", z, y, x), _SMOOTH)
        return cls(body, (z, y, x), wall, _thickness(body, z, y, x), cavity)

    def wall(self, box: Box) -> Float:
        """Return the distance from the outside of muscle and bone."""
        return spread(self._wall, self.axes, box) + np.float32(0.8) * noise(
            self.body.seed("wall", False), box, 22
        )

    def skin(self, box: Box) -> Float:
        """Return the distance from the skin's surface."""
        bare = spread(self._wall - self._thickness, self.axes, box)
        return bare + np.float32(0.5) * noise(self.body.seed("skin", False), box, 26)

    def cavity(self, box: Box) -> Float:
        """Return the distance from the inside of the cage, the belly's wall and the pelvis; far outside above and below it."""
        return spread(self._cavity, self.axes, box) + np.float32(0.7) * noise(
            self.body.seed("cavity", False), box, 22
        )


def carve_outline(space: Space, outline: Outline) -> None:
    """Fill the block with air, skin and fat: subcutaneous outside the wall, visceral inside it."""
    for box in space.slabs(space.all):
        skin = outline.skin(box)
        space.carve((box, skin < 0), "skin")
        space.carve((box, skin < -SKIN_MM), "subcutaneous_fat")
        space.carve((box, (skin < -SKIN_MM) & (outline.wall(box) < 0)), "visceral_fat")


def _lofted(
    body: Body, name: str, z: NDArray[np.float64], y: NDArray[np.float64], x: NDArray[np.float64]
) -> Float:
    """The distance from a drawn surface on the mesh; it fades to far outside beyond its lowest and highest outline."""
    rows = sorted(table("outlines")[name], key=lambda row: float(row["z"]))
    heights = np.array([body.height(row["z"]) for row in rows])
    rng = body.rng(name, variant=False)
    outlines = np.array(
        [_resampled(halves(body.place_xy(row["half"], row["z"]), 0.8, rng)) for row in rows]
    )
    at = PchipInterpolator(heights, outlines, axis=0)
    out = np.full((z.size, y.size, x.size), FAR_MM, np.float32)
    for k, h in enumerate(z):
        beyond = max(heights[0] - h, h - heights[-1], 0.0)
        if beyond < 45:
            out[k] = polygon_distance(at(np.clip(h, heights[0], heights[-1])), y, x) + beyond * 1.5
    return out


def _resampled(corners: Points) -> Points:
    """Points on the smooth curve through an outline, evenly spaced from the front midline round: equal index, same corner."""
    curve = closed_curve(corners, 400)
    length = np.concatenate(
        [[0], np.cumsum(np.linalg.norm(np.diff(np.vstack([curve, curve[:1]]), axis=0), axis=1))]
    )
    t = np.linspace(0, length[-1], _CORNERS, endpoint=False)
    return np.stack([np.interp(t, length, np.append(c, c[0])) for c in curve.T], axis=1)


def _legs(
    body: Body, z: NDArray[np.float64], y: NDArray[np.float64], x: NDArray[np.float64]
) -> Float:
    rows = sorted(table("outlines")["leg"], key=lambda row: float(row["z"]))
    heights = np.array([body.height(row["z"]) for row in rows])
    values = np.array([[*body.place([*row["centre"], row["z"]])[:2], *row["axes"]] for row in rows])
    values[:, 2:] *= 0.94 if body.woman else 1.0
    at = PchipInterpolator(heights, values, axis=0)
    out = np.full((z.size, y.size, x.size), FAR_MM, np.float32)
    for k, h in enumerate(z):
        above = max(h - heights[-1], 0.0)
        if above < 60:
            cx, cy, ax, ay = at(np.clip(h, heights[0], heights[-1]))
            for side in (1, -1):
                q = (
                    np.abs((x - side * cx)[None, :] / ax) ** 2.3
                    + np.abs((y - cy)[:, None] / ay) ** 2.3
                ) ** (1 / 2.3)
                np.minimum(out[k], (q - 1) * (ax + ay) / 2 + above * 0.9, out=out[k])
    return out


def _arms(
    body: Body, z: NDArray[np.float64], y: NDArray[np.float64], x: NDArray[np.float64]
) -> Float:
    axis = body.place(table("outlines")["arm"]["axis"])
    axis[:, 3] *= 0.86 if body.woman else 1.0
    at = PchipInterpolator(axis[:, 2], axis[:, [0, 1, 3]], axis=0)
    slope = PchipInterpolator(axis[:, 2], axis[:, 0]).derivative()
    out = np.full((z.size, y.size, x.size), FAR_MM, np.float32)
    for k, h in enumerate(z):
        below = max(axis[0, 2] - h, 0.0)
        if below < 60:
            height = np.clip(h, axis[0, 2], axis[-1, 2])
            cx, cy, radius = at(height)
            lean = np.sqrt(1 + float(slope(height)) ** 2)
            for side in (1, -1):
                d = np.hypot((x - side * cx)[None, :] / lean, (y - cy)[:, None]) - radius
                np.minimum(out[k], d + below * 1.2, out=out[k])
    return out


def _thickness(
    body: Body, z: NDArray[np.float64], y: NDArray[np.float64], x: NDArray[np.float64]
) -> Float:
    """Subcutaneous fat and skin on the mesh, mm: blended from front, side, back and midline by direction from the middle."""
    rows = table("outlines")["fat"]
    heights = np.array([body.height(h) for h in rows["z"]])[::-1]
    mine = rows["woman" if body.woman else "man"]
    front, side, back, midline = (
        PchipInterpolator(heights, np.array(mine[part], float)[::-1])(
            np.clip(z, heights[0], heights[-1])
        )[:, None, None]
        for part in ("front", "side", "back", "midline")
    )
    middle = (body.column_y(z) - 20)[:, None, None]
    to_back = np.clip((y[None, :, None] - middle) / 60 + 0.5, 0, 1)
    to_side = np.clip((np.abs(x)[None, None, :] - 85) / 65, 0, 1)
    furrow = np.exp(-((x / 16) ** 2))[None, None, :]
    behind = back * (1 - furrow) + midline * furrow
    across = front * (1 - to_back) + behind * to_back
    around = side * (1 - 0.5 * to_back) + back * 0.5 * to_back
    return np.asarray(across * (1 - to_side) + around * to_side + SKIN_MM, np.float32)

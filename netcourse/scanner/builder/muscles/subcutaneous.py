"""What lies between the skin and the muscles: superficial fascia and veins, navel, cleft, breasts."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from netcourse.scanner.builder.body import Body, table
from netcourse.scanner.builder.grid import Box, Float, Space, smooth_min
from netcourse.scanner.builder.muscles.competition import Ground, Reach, layer, places
from netcourse.scanner.builder.noise import noise, ridges
from netcourse.scanner.builder.outline import SKIN_MM, Outline
from netcourse.scanner.builder.shapes import capsule, capsule_distance, ellipsoid_distance, tube

FAT = ("subcutaneous_fat", "muscle_fat", "visceral_fat")
_FAT_MM = 2.0  # between skin and muscle at least
_SCARPA_MM = 9.0  # thinner fat shows one layer only


def scarpa(slab: Ground, outline: Outline) -> tuple[Box, Float]:
    """Return the shares of the superficial fascia, which parts the fat of belly, loin and buttock in two, in pieces."""
    ground = slab.part(Reach(-330, 70))
    if ground.box.empty:
        return ground.box, ground.box.full(0.0)
    thick = np.maximum(ground.wall - outline.skin(ground.box), 1)
    sheet = layer(ground.wall, (0.46 + 0.08 * ground.wander) * thick, 0.4)
    return ground.sheet(sheet, np.float32(_SCARPA_MM) - thick, worn=0.35)


def carve_under_skin(body: Body, space: Space, outline: Outline) -> None:
    """Carve cleft, navel, nipples, breasts and the superficial veins; only air, skin and fat change."""
    _cleft(body, space)
    _navel(body, space, outline)
    for side in (1, -1):
        _breast(body, space, outline, side)
        _veins(body, space, outline, side)


def _cleft(body: Body, space: Space) -> None:
    """The cleft between the buttocks and, below it, between the thighs: a slit of air between two skins."""
    heights, apex = np.array(table("muscles")["skin"]["cleft"], float).T
    low, high = body.height(-400), body.height(heights[-1])
    box = space.between((-30, -140, low), (30, 140, high))
    if box.empty:
        return
    places = [body.height(z) for z in heights]
    front = np.interp(box.z, places, apex * table("column")["woman"]["y"] if body.woman else apex)
    wide = np.interp(box.z, [low, *places[:4], places[-1]], [4, 1.6, 0.9, 0.7, 0.6, 0.4])
    bend = 1.2 * noise(body.seed("cleft", False), box, (60, 30, 400))
    slit = np.abs(box.x + bend) - wide - 0.025 * np.clip(box.y - front, 0, 60)
    slit = np.maximum(slit, (front - box.y) * 0.6)
    slit = np.maximum(slit, SKIN_MM + _FAT_MM - space.distance(box, "muscle")).astype(np.float32)
    space.carve((box, slit < SKIN_MM), "skin", over=FAT)
    space.carve((box, slit < 0), "air", over=("skin",))


def _navel(body: Body, space: Space, outline: Outline) -> None:
    """The navel: a slanting pit in the skin with a stalk to the linea alba."""
    navel = table("muscles")["skin"]["navel"]
    x, _, z = body.place([navel["x"], 0, navel["z"]])
    front = _front_y(outline.skin, x, z)
    wall = _front_y(outline.wall, x, z)
    deep = min(navel["deep_mm"], wall - front - 5)
    mouth, floor = (x, front - 4, z - 1), (x, front + deep, z + 3)
    pit = capsule(space, mouth, floor, 5.5, 3.2, (0.8, 1, 1.3))
    wrinkle = 0.5 * noise(body.seed("navel", False), pit.box, 4)
    space.carve((pit.box, pit.values + wrinkle < 2.4), "skin", over=("subcutaneous_fat",))
    space.carve((pit.box, pit.values + wrinkle < 0), "air", over=(*FAT, "skin"))
    stalk = capsule(space, floor, (x, wall + 3, z + 4), 2.2, 3.0)
    space.cover(stalk, "fascia", over=("subcutaneous_fat", "muscle_fat"))


def _breast(body: Body, space: Space, outline: Outline, side: int) -> None:
    """A woman's breast with its gland, or a man's disc of gland; both with a nipple."""
    row = table("muscles")["skin"]["nipple_woman" if body.woman else "nipple_man"]
    x, _, z = body.place([row["x"] * side, 0, row["z"]])
    rng = body.rng(f"breast/{side}", variant=False)
    x, z = x + rng.normal(0, 2), z + rng.normal(0, 2)
    front = _front_y(outline.skin, x, z)
    reach = 85 if body.woman else 24
    box = space.between((x - reach, front - 50, z - reach), (x + reach, front + 95, z + reach))
    if box.empty:
        return
    skin = outline.skin(box)
    if body.woman:
        mound = ellipsoid_distance(box, (x - 8 * side, front + 17, z + 2), (56, 36, 58))
        hang = ellipsoid_distance(box, (x + 26 * side, front + 36, z + 6), (38, 36, 46))
        skin = smooth_min(skin, smooth_min(mound, hang, 14.0), 14.0)
        skin += 0.7 * noise(body.seed("breast", False), box, 20)
    tip = front - (20.0 if body.woman else 0.0)
    size = 1.0 if body.woman else 0.6
    papilla = capsule_distance(
        box, (x, tip + 3, z), (x, tip - 2.5 * size, z), 6.0 * size, 4.0 * size
    )
    skin = smooth_min(skin, papilla, 5.0)
    space.carve((box, skin < 0), "skin", over=("air",))
    space.carve((box, skin < -SKIN_MM), "subcutaneous_fat", over=("skin",))
    _gland(body, space, outline, box, skin, (x, tip, z))


def _gland(
    body: Body,
    space: Space,
    outline: Outline,
    box: Box,
    skin: Float,
    nipple: tuple[float, float, float],
) -> None:
    """The gland behind a nipple as shares of the fat: a cone with lobes, lobules of fat at its rim, and ligaments."""
    x, y, z = nipple
    seed = body.seed("gland", False)
    n20, n12, n8 = (noise(f"{seed}{p}", box, p) for p in (20, 12, 8))
    beside, behind = np.hypot(box.x - x, box.z - z), box.y - y
    size, rough = (31, 1.0) if body.woman else (9, 0.25)
    cone = beside - 0.6 * np.clip(behind, 0, 20) + 0.9 * np.clip(behind - 18, 0, None)
    full = size - 4 * body.woman + rough * (6 * n20 + 8 * n12 + 5 * n8) - cone
    full -= rough * 15 * ridges(0.8 * n8 + 0.5 * n12, 0.42)
    if body.woman:
        ligaments = 2.8 * ridges(n12, 0.05) - 1.5 - np.clip(cone - 55, 0, 9)
        full = np.maximum(full, ligaments)
    full = np.minimum(np.minimum(full, -skin - SKIN_MM - 1), outline.wall(box) - 1.5)
    space.cover((box, np.clip(0.5 + full / 2.5, 0, 1)), "breast_gland", over=("subcutaneous_fat",))


def _veins(body: Body, space: Space, outline: Outline, side: int) -> None:
    """The named veins under the skin of one side, each a little different from the other side's."""
    for name, row in table("muscles")["skin"]["veins"].items():
        rng = body.rng(f"veins/{name}/{side}", variant=False)
        points = np.array(row["points"], float)
        placed = body.place(points[:, [1, 2, 0, 3]])
        placed[:, 0] *= side
        placed[:, :3] += rng.normal(0, 3, (len(placed), 3))
        if space.box(placed, 4).empty:
            continue
        for p in placed:
            p[:2] = _in_fat(outline, p, row["depth"] + rng.normal(0, 0.06))
        space.cover(tube(space, placed), "lower_vein", over=("subcutaneous_fat",))


def _in_fat(outline: Outline, point: NDArray[np.float64], depth: float) -> NDArray[np.float64]:
    """The place (x, y) nearest to a point at a depth of the fat: a share between the wall (0) and the skin (1)."""
    x, y, z = point[:3]
    plane = places(np.array([z]), np.arange(y - 60, y + 61, 2), np.arange(x - 60, x + 61, 2))
    wall, skin = outline.wall(plane)[0], outline.skin(plane)[0]
    share = wall / np.maximum(wall - skin, 1)
    away = np.hypot(plane.x[0] - x, plane.y[0] - y) + 200 * np.abs(share - depth)
    row, column = np.unravel_index(int(np.argmin(away)), away.shape)
    return np.array([plane.x[0, 0, column], plane.y[0, row, 0]], float)


def _front_y(surface: Callable[[Box], Float], x: float, z: float) -> float:
    """Return y where a column from the front meets a surface of the outline."""
    plane = places(np.array([z]), np.arange(-220.0, 60.0, 0.5), np.array([x]))
    return float(plane.y[0, int(np.argmax(surface(plane)[0, :, 0] < 0)), 0])

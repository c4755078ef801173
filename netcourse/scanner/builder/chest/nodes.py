"""Small things in the fat of the chest: lymph nodes by station, what is left of the thymus, threads and thin vessels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from netcourse.scanner.builder.body import Body, table
from netcourse.scanner.builder.grid import Box, Field, Float, Space
from netcourse.scanner.builder.noise import noise, ridges
from netcourse.scanner.builder.outline import Outline
from netcourse.scanner.builder.shapes import Points, ellipsoid_distance, tube

FAT = ("mediastinal_fat", "visceral_fat", "subcutaneous_fat", "muscle_fat")
_HILUM_FROM_MM = 3.2
"""Short axis from which a node shows its fatty hilum."""
_FREE_MM = 0.8


@dataclass(frozen=True)
class Node:
    """A small normal lymph node: its station, its middle (x, y, z) and its short axis, mm."""

    station: str
    place: tuple[float, float, float]
    short_mm: float


def carve_nodes(body: Body, space: Space) -> list[Node]:
    """Carve the nodes that find room in fat, and return them."""
    data = table("chest_nodes")
    carved = []
    for row in data["station"]:
        rng = body.rng(f"nodes {row['name']}", variant=False)
        carved_here = 0
        for _ in range(row["count"] * 6):
            place = body.place(np.asarray(row["centre"], float) + rng.normal(0, row["spread"]))
            short = rng.uniform(*data["short_mm"])
            axes = short / 2 * np.array([1, 1, rng.uniform(*data["long_by_short"])])
            turn = _turn(rng)
            if carved_here < row["count"] and _carve_node(body, space, place, axes, turn):
                carved.append(Node(row["name"], (place[0], place[1], place[2]), float(short)))
                carved_here += 1
    return carved


def _turn(rng: np.random.Generator) -> NDArray[np.float64]:
    """A random turn, as three perpendicular rows."""
    q, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    return np.asarray(q)


def _carve_node(
    body: Body,
    space: Space,
    place: NDArray[np.float64],
    axes: NDArray[np.float64],
    turn: NDArray[np.float64],
) -> bool:
    """Carve a node, with its hilum, where it lies in fat alone."""
    box = space.box(place, float(axes.max()) + 3)
    if box.empty:
        return False
    rough = 0.35 * noise(body.seed("nodes", False), box, 5)
    node = ellipsoid_distance(box, list(place), list(axes), turn) + rough
    free = space.is_(box, *FAT) & (space.share[box.slices] == 0)
    if not (node < 0).any() or not free[node < _FREE_MM].all():
        return False
    space.carve((box, node < 0), "lymph_node", FAT)
    if axes[0] * 2 > _HILUM_FROM_MM:
        centre = place + turn[0] * axes[0] * 0.45
        hilum = ellipsoid_distance(box, list(centre), list(axes * (0.62, 0.42, 0.6)), turn)
        space.carve((box, hilum < 0), "mediastinal_fat", ("lymph_node",))
    return True


def carve_thymus(body: Body, space: Space) -> None:
    """Streak the fat before the aorta with what is left of the thymus."""
    box = space.between(body.place([-26, -92, 192]), body.place([30, -38, 268]))
    if box.empty:
        return
    grain = (
        0.8 * noise(body.seed("thymus", False), box, 9)
        + 0.6 * noise(body.seed("thymus fine", False), box, 4)
        + 0.5 * noise(body.seed("thymus wide", False), box, 15)
    )
    middle = body.place([2, -66, 230])
    u = np.hypot((box.x - middle[0]) / 20, (box.y - middle[1]) / 22)
    u = np.hypot(u, (box.z - middle[2]) / 34)
    space.carve((box, grain > 0.5 + 1.6 * u), "thymus", ("mediastinal_fat",))


def carve_strands(body: Body, space: Space, box: Box) -> None:
    """Streak the mediastinal fat with connective tissue, denser round trachea and great vessels."""
    grain = noise(body.seed("mediastinal strands", False), box, 8)
    grain += 0.45 * noise(body.seed("mediastinal strands fine", False), box, 4)
    patchy = noise(body.seed("mediastinal haze", False), box, 14)
    share = (0.30 + 0.10 * patchy) * ridges(grain, 0.20) + 0.15 * np.clip(patchy + 0.3, 0, 1.4)
    share *= space.is_(box, "mediastinal_fat")
    space.cover((box, np.asarray(share, np.float32)), "fascia", ("mediastinal_fat",))


def carve_threads(body: Body, space: Space, count: int = 90) -> None:
    """Draw the thin vessels and strands of the mediastinal fat."""
    rng = body.rng("threads of the chest", variant=False)
    low, high = body.place([[-34, -90, 84], [40, 14, 296]])
    for _ in range(count):
        start = rng.uniform(low, high)
        way = np.cumsum(np.vstack([start, rng.normal((0, 0, -2), 4.5, (4, 3))]), axis=0)
        radius = rng.uniform(0.35, 0.75)
        line = np.column_stack([way, np.full(len(way), radius)])
        space.cover(thin(tube(space, line, 2.0), radius), "upper_vein", ("mediastinal_fat",))


def thin(field: Field, radius: float) -> tuple[Box, Float]:
    """Return a thin tube's box with the shares that it takes of voxels, its section kept."""
    drawn = max(radius, 0.485)  # whose soft-edged section is 1 mm²
    share = np.clip(0.5 - (field.values - (drawn - radius)), 0, 1) * min(np.pi * radius**2, 1.0)
    return field.box, np.asarray(share, np.float32)


def carve_wall_vessels(body: Body, space: Space, outline: Outline) -> None:
    """Draw the internal mammary vessels beside the sternum and the bundles under the ribs."""
    heights = np.arange(body.height(112), body.height(288), 12.0)
    rng = body.rng("mammary", variant=False)
    for side in (-1, 1):
        x = side * (body.place([17, 0, 200])[0] + rng.normal(0, 0.6, len(heights)))
        y = _front(space, outline, x, heights) + 1.4
        keep = np.isfinite(y)
        for shift, radius, tissue in ((0.0, 1.25, "artery"), (-3.4 * side, 1.15, "upper_vein")):
            line = np.column_stack(
                [x + shift, y + 0.2 * rng.normal(size=len(x)), heights, np.full(len(x), radius)]
            )[keep]
            if len(line) > 2:
                space.cover(tube(space, line, 2.0), tissue, FAT[:2])
    _carve_bundles(space, outline)


def _front(
    space: Space, outline: Outline, x: NDArray[np.float64], z: NDArray[np.float64]
) -> Points:
    """Where the inside of the front wall lies at some (x, z), y in mm."""
    out = np.full(len(x), np.nan)
    for i, (px, pz) in enumerate(zip(x, z, strict=True)):
        box = space.between((px - 0.5, -140, pz - 0.75), (px + 0.5, -20, pz + 0.75))
        if not box.empty:
            inside = outline.cavity(box)[0, :, 0] < 0
            if inside.any():
                out[i] = box.y.ravel()[np.argmax(inside)]
    return out


def _carve_bundles(space: Space, outline: Outline) -> None:
    """Let vein, artery and nerve run as one line in the fat under each rib."""
    rib = space.kept["rib"]
    box = rib.box
    up = 3
    above = np.full(box.shape, 60.0, np.float32)
    above[:-up] = rib.values[up:]
    cavity = outline.cavity(box)
    line = np.hypot(above - 1.2, cavity - 1.2)
    share = 0.75 * np.clip(1.5 - line, 0, 1) * (np.asarray(rib.values, np.float32) > 0.8)
    space.cover((box, share.astype(np.float32)), "upper_vein", FAT[:2])

"""What keeps the fat of the upper abdomen from being empty: nodes, ganglia, gastric vessels,
lymphatics and threads, in fat only.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from netcourse.scanner.builder.abdomen.great_vessels import BELLY_FAT, calibres
from netcourse.scanner.builder.abdomen.kidneys import Kidney
from netcourse.scanner.builder.abdomen.stomach import curve
from netcourse.scanner.builder.body import Body, table
from netcourse.scanner.builder.grid import Field, Space
from netcourse.scanner.builder.noise import noise
from netcourse.scanner.builder.shapes import Points, capsule, ellipsoid_distance, tube

_NODE_GAP_MM = 1.0
_VISCERA = (
    "liver",
    "spleen",
    "pancreas",
    "stomach",
    "duodenum",
    "kidney",
    "adrenal",
    "gallbladder",
    "aorta",
    "cava",
    "portal",
    "sma",
    "coeliac",
    "diaphragm",
)


def carve_retroperitoneum(body: Body, space: Space) -> None:
    """Carve nodes (kept as "node"), ganglia, gastric and omental vessels and threads into the fat
    that is left.
    """
    _ganglia(body, space)
    nodes(body, space)
    for part, points in table("retroperitoneum")["vessel"].items():
        tissue = "portal_vein" if part.endswith("vein") else "artery"
        course = calibres(body, points)
        course[1:, :3] += body.rng(f"gastric {part}").normal(0, 1.5, (len(course) - 1, 3))
        _in_fat(space, course, tissue)
    _gastric_arcades(body, space)
    _threads(body, space)
    _perirenal_threads(body, space)
    _round_ligament(body, space)


def nodes(body: Body, space: Space) -> list[tuple[float, float, float, float]]:
    """Carve small normal nodes at their stations and return them as (x, y, z, short radius), mm;
    kept as "node".
    """
    rng, placed = body.rng("abdominal nodes"), []
    for station in table("retroperitoneum")["station"]:
        count = rng.integers(station["count"][0], station["count"][1] + 1)
        for _ in range(count):
            along = rng.random()
            ends = np.array([station["from"], station["to"]], float)
            centre = body.place(
                ends[0] + (ends[1] - ends[0]) * along + rng.normal(0, station["spread"], 3)
            )
            short = float(np.clip(rng.lognormal(np.log(1.95), 0.25), 1.3, station["limit"] / 2))
            long = short * rng.uniform(1.4, 2.4)
            axes = np.array([short, short * rng.uniform(0.85, 1.0), long])
            turn = np.linalg.qr(np.eye(3) + rng.normal(0, 0.35, (3, 3)))[0]
            box = space.box([centre], long + 3)
            if box.empty or space.distance(box, *_VISCERA).min() < -1.5 - short:
                continue
            bean = ellipsoid_distance(box, list(centre), list(axes), turn)
            bean = np.maximum(bean, _NODE_GAP_MM - space.distance(box, *_VISCERA))
            if (bean < 0).sum() * 1.5 < 4.0:
                continue
            field = Field(box, bean.astype(np.float32))
            space.carve(field, "lymph_node", BELLY_FAT)
            space.keep("node", field)
            placed.append((float(centre[0]), float(centre[1]), float(centre[2]), short))
    return placed


def _ganglia(body: Body, space: Space) -> None:
    """The coeliac ganglia: thin plates on the crura, the left larger; as bright as muscle without
    contrast.
    """
    for name, a, b in (
        ("left", (24, -42, 32), (27, -34, 18)),
        ("right", (-10, -36, 30), (-14, -33, 16)),
    ):
        ends = body.place([a, b]) + body.rng(f"ganglion {name}").normal(0, 1, (2, 3))
        plate = capsule(space, list(ends[0]), list(ends[1]), 3.4, 2.8, (1.0, 2.6, 1.0))
        if plate.box.empty:
            continue
        rough = 0.7 * noise(body.seed("ganglia"), plate.box, 4)
        gap = _NODE_GAP_MM - space.distance(plate.box, *_VISCERA)
        values = np.maximum(plate.values + rough, gap)
        space.carve(Field(plate.box, values.astype(np.float32)), "nerve", BELLY_FAT)


def _in_fat(space: Space, course: Points, tissue: str) -> None:
    """A small vessel, where it runs in fat."""
    space.cover(tube(space, course), tissue, BELLY_FAT)


def _wander(
    start: NDArray[np.float64],
    steps: int,
    step_mm: float,
    drift: NDArray[np.float64],
    rng: np.random.Generator,
) -> Points:
    """A winding course from a start: (steps + 1, 3)."""
    moves = rng.normal(0, step_mm, (steps, 3)) + drift
    return np.vstack([start, start + np.cumsum(moves, axis=0)])


def _gastric_arcades(body: Body, space: Space) -> None:
    """The arcades along both curves of the stomach, artery and vein side by side, joined to their
    trunks.
    """
    trunks = table("visceral_vessels")
    for name, greater, first, last, ends in (
        ("epiploic", True, 2, 10, (None, trunks["coeliac"]["gastroduodenal"][-1])),
        ("gastric", False, 1, 9, (trunks["coeliac"]["left_gastric"][-1], None)),
    ):
        rng = body.rng(f"arcade {name}")
        line = curve(body, greater, 3.5, first, last)
        line += rng.normal(0, 1.2, line.shape)
        for row, at in ((ends[0], 0), (ends[1], len(line))):
            if row is not None:
                line = np.insert(line, at, body.place(row)[:3], axis=0)
        radius = np.interp(np.linspace(0, 1, len(line)), [0, 0.5, 1], [1.2, 0.8, 1.2])
        _in_fat(space, np.column_stack([line, radius]), "artery")
        beside = line + np.array([1.5, 2.0, -2.2])
        _in_fat(space, np.column_stack([beside, radius * 1.3]), "portal_vein")


def _threads(body: Body, space: Space) -> None:
    """Lymphatics, small veins and arteries that cross the fat of each region."""
    for region in table("retroperitoneum")["threads"]:
        rng = body.rng(f"threads {region['name']}")
        low, high = np.array(region["from"], float), np.array(region["to"], float)
        for _ in range(region["count"]):
            start = body.place(low + (high - low) * rng.random(3))
            drift = np.array(region["drift"], float)
            line = _wander(start, 5, region["step"], drift, rng)
            radius = rng.uniform(*region["radius"]) * np.linspace(1, 0.7, len(line))
            vein = rng.random() < 0.65
            _in_fat(space, np.column_stack([line, radius]), "portal_vein" if vein else "artery")


def _perirenal_threads(body: Body, space: Space) -> None:
    """Capsular vessels in the perirenal fat."""
    for side in ("right", "left"):
        kidney, rng = Kidney.of(body, side), body.rng(f"perirenal {side}")
        for _ in range(16):
            angle, level = rng.uniform(0.8, 5.5), rng.uniform(-50, 40)
            shrink = np.sqrt(max(0.1, 1 - (level / 58) ** 2))
            own = np.array([26 * np.cos(angle) * shrink, 30 * np.sin(angle) * shrink, level])
            out = own * (1, 1, 0) / (np.linalg.norm(own[:2]) + 1e-9)
            line = np.array(
                [own + out * r + rng.normal(0, 1.5, 3) + (0, 0, 2.0 * r) for r in (1.5, 5, 9)]
            )
            radius = rng.uniform(0.45, 0.8) * np.array([1, 0.9, 0.7])
            _in_fat(space, np.column_stack([kidney.place(line), radius]), "lower_vein")


def _round_ligament(body: Body, space: Space) -> None:
    """The round ligament with the falciform's fat, from the liver's fissure to the navel."""
    course = body.place(table("retroperitoneum")["round_ligament"])
    course[1:-1, :2] += body.rng("round ligament").normal(0, 1.2, (len(course) - 2, 2))
    _in_fat(space, course, "ligament")

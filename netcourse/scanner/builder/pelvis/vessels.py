"""Branches of the iliac and femoral vessels, the venous plexuses, pelvic nerves and phleboliths."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netcourse.scanner.builder.abdomen.great_vessels import calibres
from netcourse.scanner.builder.body import Body, table
from netcourse.scanner.builder.grid import Field, Space
from netcourse.scanner.builder.noise import noise
from netcourse.scanner.builder.pelvis.room import lay, led_round
from netcourse.scanner.builder.pelvis.swept import swept
from netcourse.scanner.builder.shapes import Points, ellipsoid, path
from netcourse.scanner.builder.trees import Tree, tree_field

_JITTER_MM = 1.3
_VEIN_WIDER = 1.25
_SLEEVE_MM = 1.0
_GAPS_MM = {
    "bone": 0.8,
    "disc": 0.8,
    "bladder": 0.5,
    "rectum": 0.5,
    "uterus": 0.5,
    "ovary": 0.5,
    "prostate": 0.5,
    "vagina": 0.5,
}
_STEP_MM = 2.5
_TRUNK_GAPS_MM = {"bone": 1.0}


@dataclass
class Courses:
    """The middle lines (x, y, z, radius) of one side's vessels by name, from which branches start."""

    side: str
    arteries: dict[str, Points] = field(default_factory=dict)
    veins: dict[str, Points] = field(default_factory=dict)

    @property
    def sign(self) -> int:
        """1 on the left, −1 on the right."""
        return 1 if self.side == "left" else -1


def courses(body: Body, space: Space, side: str) -> Courses:
    """Return the vessels of one side: trunks from the great vessels' table, every branch joined to its parent and led
    round bones and organs.
    """
    out = Courses(side)
    trunks = table("great_vessels")
    for kind, name, row in (
        (out.arteries, "iliac", "iliac_artery"),
        (out.veins, "iliac_vein", "iliac_vein"),
    ):
        trunk = path(calibres(body, trunks[row][side]), _STEP_MM)
        kind[name] = led_round(space, trunk, _TRUNK_GAPS_MM)
    rows = table("pelvic_vessels")
    rng = body.rng(f"{side} pelvic vessels", variant=False)
    for name, row in rows["veins"].items():
        line = _joined(_drawn(body, row, out, rng), out.veins[row["parent"]])
        out.veins[name] = led_round(space, line, _GAPS_MM)
    for name, row in rows["arteries"].items():
        if row.get("sex", body.sex) != body.sex or (out.sign < 0 and not row.get("mirror", True)):
            continue
        line = _drawn(body, row, out, rng)
        parent = out.arteries.get(row["parent"])
        line = path(line, _STEP_MM) if parent is None else _joined(line, parent)
        gaps = _GAPS_MM | ({"muscle": 0.4} if row.get("clear_of_muscle") else {})
        out.arteries[name] = led_round(space, line, gaps)
        if "vein" in row and name not in out.veins:
            beside = _beside(out.arteries[name], np.asarray(row["vein"]) * (out.sign, 1, 1))
            stem = _vein_of(row["parent"], rows["arteries"], out)
            vein = path(beside, _STEP_MM) if stem is None else _joined(beside, stem)
            out.veins[name] = led_round(space, vein, gaps)
    return out


def carve_vessels(body: Body, space: Space) -> dict[str, Courses]:
    """Carve arteries and veins of both sides in fat, muscle giving way; keep "iliac"."""
    rows = table("pelvic_vessels")["arteries"]
    both = {side: courses(body, space, side) for side in ("left", "right")}
    for kind, tissue in (("arteries", "artery"), ("veins", "lower_vein")):
        bundles: dict[float, list[Points]] = {}
        for lines in both.values():
            for name, line in getattr(lines, kind).items():
                sleeve = rows.get(name, {}).get("sleeve", _SLEEVE_MM)
                bundles.setdefault(sleeve, []).append(line)
        for sleeve, bundle in bundles.items():
            vessels = tubes(space, bundle)
            lay(space, vessels, tissue, sleeve)
            space.keep("iliac", vessels)
    return both


def tubes(space: Space, lines: list[Points]) -> Field:
    """Return many tubes, each a line of (x, y, z, radius) points, as one field."""
    firsts = np.cumsum([0, *(len(line) for line in lines)])[:-1]
    parent = np.arange(sum(len(line) for line in lines)) - 1
    parent[firsts] = -1
    every = np.concatenate(lines)
    tree = Tree(every[:, :3], parent, np.ones(len(every)))
    return tree_field(space, tree, every[:, 3], pad_mm=2.5)


def carve_nerves(body: Body, space: Space) -> None:
    """Carve the sacral plexus, the sciatic, obturator and femoral nerves in fat, muscle giving way."""
    for row in table("pelvic_vessels")["nerves"].values():
        for side in (1, -1):
            points = body.place(np.asarray(row["points"], float)) * (side, 1, 1)
            cord = swept(space, points, max(row["half_width"]) + 4)
            line = cord.field(points, row["half_width"], row["half_depth"])
            loose = row["sleeve"] * (1 + 0.5 * noise(body.seed("nerve", False), line.box, 7))
            lay(space, line, "nerve", loose)


def _drawn(body: Body, row: dict[str, Any], lines: Courses, rng: np.random.Generator) -> Points:
    points = np.asarray(row["points"], float) * (lines.sign, 1, 1, 1)
    points[1:, :3] += rng.normal(0, _JITTER_MM, (len(points) - 1, 3))
    if lines.sign < 0 and "right_start" in row:
        points[0] = row["right_start"]
    return calibres(body, points)


def _joined(points: Points, parent: Points) -> Points:
    """A branch whose first point lies on its parent; the whole of it as a fine line."""
    nearest = parent[((parent[:, :3] - points[0, :3]) ** 2).sum(axis=1).argmin()]
    start = [*nearest[:3], min(points[0, 3], nearest[3])]
    rest = points[1:]
    far = np.linalg.norm(rest[:, :3] - nearest[:3], axis=1) > 2.0
    return path(np.vstack([start, rest[far]]), _STEP_MM)


def _beside(line: Points, way: NDArray[np.float64]) -> Points:
    """The line of a companion vein: on one side of its artery, wall to wall."""
    few = line[:: max(1, len(line) // 8)].copy()
    apart = few[:, 3] * (1 + _VEIN_WIDER) + 0.5
    few[:, :3] += way / np.linalg.norm(way) * apart[:, None]
    few[:, 3] *= _VEIN_WIDER
    return few


def _vein_of(name: str, rows: dict[str, Any], lines: Courses) -> Points | None:
    """The companion vein of an artery, or of the nearest of its parents that has one."""
    while name not in lines.veins:
        if name == "none":
            return None
        name = "iliac_vein" if name == "iliac" else rows[name]["parent"]
    return lines.veins[name]


def carve_phleboliths(body: Body, space: Space, lines: dict[str, Courses]) -> None:
    """Carve a few small stones in the low pelvic veins of the older variant."""
    rows = table("pelvic_vessels")["phleboliths"]
    if body.variant not in rows["variants"]:
        return
    rng = body.rng("phleboliths")
    for courses_ in lines.values():
        for _ in range(rng.integers(rows["fewest"], rows["most"] + 1)):
            name = rng.choice([n for n in rows["veins"] if n in courses_.veins])
            line = courses_.veins[name]
            place = line[rng.integers(len(line) // 2, len(line)), :3] + rng.normal(0, 1.5, 3)
            half_axes = rng.uniform(*rows["radius"]) * rng.normal(1, 0.1, 3)
            stone = ellipsoid(space, tuple(place), tuple(half_axes), 4)
            space.carve(stone + 0.4, "calcification", ("lower_vein",))
            lay(space, stone, "calcification")

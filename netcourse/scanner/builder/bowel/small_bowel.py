"""Jejunum and ileum: one tube from the duodenojejunal flexure to the ileocaecal valve."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from netcourse.scanner.builder.body import Body, table
from netcourse.scanner.builder.bowel.haustra import STEP_MM, frames
from netcourse.scanner.builder.bowel.packing import Chain, Values, relax, tour, wander
from netcourse.scanner.builder.bowel.room import Room
from netcourse.scanner.builder.bowel.walls import LUMEN, open_to_outside
from netcourse.scanner.builder.grid import Field, Space
from netcourse.scanner.builder.noise import noise
from netcourse.scanner.builder.shapes import Points, Strands, path

FAT = ("mesenteric_fat",)
WALLS = ("jejunum_wall", "ileum_wall")
_POCKETS = 9
_APART = 11  # samples from which on the tube is its own neighbour: a hairpin keeps its two walls
_BEAD_MM = 9.0
_COLLAPSED_MM = 9.0  # radius below which the walls of a loop touch


@dataclass(frozen=True)
class Gut:
    """The tube as beads (x, y, z, radius), and how much of a jejunum each is (1 to 0)."""

    beads: Points
    jejunal: Values

    @property
    def length_mm(self) -> float:
        """Its length along the axis."""
        return float(np.linalg.norm(np.diff(self.beads[:, :3], axis=0), axis=1).sum())


def lay_small_bowel(body: Body, room: Room, ending: Points) -> Gut:
    """Return the tube, relaxed in its room from the duodenojejunal flexure to the drawn last places (n, 3) at the colon."""
    rows, rng = table("small_bowel"), body.rng("small bowel")
    start = flexure(body)
    points = tour(room, start, ending[0], rows["spacing_mm"], rng)
    points = np.vstack([start, points[1:-1], ending])
    beads = path(np.column_stack([points, np.zeros(len(points))]), _BEAD_MM)[:, :3]
    share = np.linspace(0, 1, len(beads))
    jejunal = np.clip((rows["jejunum_share"] + 0.08 - share) / 0.16, 0, 1)
    radius = _mix(jejunal, "radius") + _mix(jejunal, "spread") * (
        0.9 * wander(len(beads), 5, rng) + 0.4 * wander(len(beads), 1.5, rng)
    )
    radius = np.clip(radius, 6.0, 13.8)
    radius[-4:] = np.minimum(radius[-4:], 8.0)
    gaps = np.clip(0.4 + 1.4 * wander(len(beads), 3, rng), -0.5, 5)
    root = body.place(table("mesentery")["root"])
    root = path(np.column_stack([root, np.zeros(len(root))]), 1.0)[:, :3]
    root = root[np.linspace(0, len(root) - 1, len(beads)).astype(int)]
    chain = Chain(bond_mm=_BEAD_MM, apart_mm=gaps, firm=0.8, bend=0.06, reach_mm=140)
    fixed = np.zeros(len(beads), bool)
    fixed[[0, -1]] = True
    places = relax(beads, radius, room, chain, rng, root, fixed)
    places[1:-1] = ndimage.gaussian_filter1d(places, 0.5, axis=0)[1:-1]
    return Gut(np.column_stack([places, radius]), jejunal)


def flexure(body: Body) -> Points:
    """Return where the duodenum ends and the small bowel begins (x, y, z)."""
    return body.place(table("stomach")["duodenum"]["axis"][-1])[:3]


def _mix(jejunal: Values, what: str) -> Values:
    rows = table("small_bowel")
    return np.asarray(
        jejunal * rows["jejunum"][what] + (1 - jejunal) * rows["ileum"][what], np.float64
    )


def carve_small_bowel(space: Space, body: Body, gut: Gut, room: Room) -> Field:
    """Carve wall, folds, fluid and gas of the small bowel; keep it as "small_bowel" and return its outside."""
    samples = path(np.column_stack([gut.beads, gut.jejunal]), STEP_MM)
    strands = _loops(space, samples, body.rng("oval"))
    box = strands.box
    rough = noise(body.seed("loops"), box, 8)
    near = strands.near + 0.35 * rough + 0.5 * noise(body.seed("loops18"), box, 16)
    gap = np.clip(0.35 + 0.8 * noise(body.seed("loop gap"), box, 11), -0.2, 1.6)
    depth = np.minimum(-near, (strands.second - strands.near) / 2 - gap)
    field = Field(box, np.maximum(-depth, room.on(box) + 0.3))
    jejunal = samples[np.maximum(strands.index, 0), 4] > 0.5
    share = np.clip(0.5 - field.values, 0, 1)
    for tissue, part in (("jejunum_wall", jejunal), ("ileum_wall", ~jejunal)):
        space.cover((box, share * part), tissue, FAT)
    _fill(space, body, samples, strands, field)
    return space.keep("small_bowel", field)


def _loops(space: Space, samples: Points, rng: np.random.Generator) -> Strands:
    """Splat the tube as pairs of balls side by side, so that its section is oval and turns along the way."""
    _, front, side = frames(samples[:, :3])
    turn = np.cumsum(rng.normal(0, 0.05, len(samples))) + rng.uniform(0, np.pi)
    across = np.cos(turn)[:, None] * front + np.sin(turn)[:, None] * side
    oval = np.clip(0.45 + 0.3 * wander(len(samples), 14, rng), 0, 1)
    shift = (0.42 * oval * samples[:, 3])[:, None] * across
    radius = samples[:, 3] * (1 - 0.16 * oval)
    strands = Strands(space.box(samples, float(samples[:, 3].max()) * 1.45 + 4), apart=_APART)
    for sign in (1, -1):
        strands.add(np.column_stack([samples[:, :3] + sign * shift, radius]), pad_mm=4.0)
    return strands


def _fill(space: Space, body: Body, samples: Points, strands: Strands, field: Field) -> None:
    box = strands.box
    rng = body.rng("bowel contents")
    here = space.is_(box, *WALLS)
    y = np.nonzero(here)[1]
    k = np.clip(strands.index[here], 0, None)
    depth = -field.values[here]
    rough = noise(body.seed("loops4"), box, 4)[here]
    radius, jejunal = samples[k, 3], samples[k, 4]
    collapsed = np.clip((_COLLAPSED_MM - radius) / 2, 0, 1)
    wall = _mix(jejunal, "wall")
    wall = wall + collapsed * (0.36 * radius - wall) + 0.25 * rough
    lumen = depth > wall
    along = np.arange(len(samples)) * STEP_MM + 1.2 * wander(len(samples), 8, rng)
    fold = np.abs(np.cos(np.pi * along[k] / _mix(jejunal, "fold_pitch") + 0.5 * rough))
    height = _mix(jejunal, "fold_height") * (1 + 0.25 * rough)
    share = np.clip((fold - 0.78) / 0.18, 0, 1) * np.clip((wall + height - depth) / 1.2, 0, 1)
    share = np.maximum(share, 0.4 * collapsed * (0.4 + 1.2 * fold))
    mask = np.zeros(box.shape, bool)
    mask[here] = lumen
    space.carve((box, mask), "bowel_fluid")
    for tissue, which in (("jejunum_wall", jejunal > 0.5), ("ileum_wall", jejunal <= 0.5)):
        out = box.full(0.0)
        out[here] = np.where(lumen & which, np.clip(share, 0, 1), 0)
        space.cover((box, out), tissue, ("bowel_fluid",))
    mask[here] = lumen & (box.y.ravel()[y] < _levels(samples, rng)[k])
    space.carve((box, mask), "gas", ("bowel_fluid", *WALLS))
    bare = open_to_outside(space, box, WALLS)
    for tissue, part in (("jejunum_wall", jejunal > 0.5), ("ileum_wall", jejunal <= 0.5)):
        mask[here] = part
        space.carve((box, bare & mask & here), tissue, LUMEN)


def _levels(samples: Points, rng: np.random.Generator) -> Values:
    """The height (y) in front of which gas stands along the tube: in a few stretches, on their highest part only."""
    level = np.full(len(samples), -1e3)
    for first in rng.choice(len(samples) - 60, _POCKETS, replace=False):
        part = slice(int(first), int(first) + int(rng.integers(20, 50)))
        top = float((samples[part, 1] - samples[part, 3]).min())
        rise = np.sin(np.linspace(0, np.pi, part.stop - part.start)) ** 0.4
        level[part] = top - 6 + (6 + rng.uniform(3, 11)) * rise
    return level

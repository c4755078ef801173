"""The large bowel from the caecum to the rectosigmoid junction."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from netcourse.scanner.builder.body import Body, table
from netcourse.scanner.builder.bowel.haustra import STEP_MM, Tube, haustral, pressed, tube_along
from netcourse.scanner.builder.bowel.packing import Chain, Values, relax, wander
from netcourse.scanner.builder.bowel.room import Room
from netcourse.scanner.builder.bowel.walls import LUMEN, open_to_outside
from netcourse.scanner.builder.grid import Field, Float, Mask, Space
from netcourse.scanner.builder.noise import noise
from netcourse.scanner.builder.shapes import Points, path

SEGMENTS = ("caecum", "ascending", "transverse", "descending", "sigmoid")
KINDS = ("stool", "foam", "fluid", "empty")
FAT = ("mesenteric_fat",)
_BEAD_MM = 7.0
_SLACK = 1.3  # how much longer the colon is than its drawn course: it lies in bends
_LEVEL_MM = 22.0  # over which the surface of a pocket evens out


@dataclass(frozen=True)
class Course:
    """The large bowel's axis as beads (x, y, z, radius), and for each bead its segment's number, a weight (0–1) per
    kind of content (beads, kinds) and the share of the lumen's height that gas fills.
    """

    beads: Points
    segment: NDArray[np.int64]
    content: Float
    gas: Float

    @property
    def length_mm(self) -> float:
        """Its length along the axis."""
        return float(np.linalg.norm(np.diff(self.beads[:, :3], axis=0), axis=1).sum())

    @property
    def valve(self) -> Points:
        """Where the ileum enters: on the inner side of the caecum's upper end (x, y, z)."""
        x, y, z, radius = self.beads[np.flatnonzero(self.segment == 0)[-1]]
        return np.array([x + 0.85 * radius, y + 0.3 * radius, z])

    def part(self, *names: str) -> Points:
        """Return the beads of some segments."""
        return self.beads[np.isin(self.segment, [SEGMENTS.index(n) for n in names])]


def lay_colon(body: Body, room: Room) -> Course:
    """Return the course of a body's variant, after it has given way to its neighbours."""
    rows = table("colon")["course"][body.variant]
    points = np.concatenate([np.array(rows[name], float) for name in SEGMENTS])
    points[-1, :3] = table("pelvic_organs")["rectum"]["axis"][0]
    number = np.concatenate([np.full(len(rows[n]), k) for k, n in enumerate(SEGMENTS)])
    beads = path(body.place(np.column_stack([points, number])), _BEAD_MM)
    beads = path(_winding(beads, body.rng("colon")), _BEAD_MM)
    segment = np.rint(beads[:, 4]).astype(int)
    chain = Chain(
        bond_mm=_SLACK * _BEAD_MM, home=0.03, bend=0.04, steps=260, grow_steps=120, jitter_mm=0.0
    )
    fixed = np.arange(len(beads)) == len(beads) - 1  # where the rectum takes over
    beads = beads[:, :4]
    beads[:, :3] = relax(
        beads[:, :3], beads[:, 3], room, chain, body.rng("colon relaxes"), fixed=fixed
    )
    return Course(beads, segment, *_contents(rows["contents"], segment))


def _winding(beads: Points, rng: np.random.Generator) -> Points:
    """Let the drawn course wind and vary in width: most where it hangs free (transverse, sigmoid), not at its ends."""
    out, free = beads.copy(), np.hanning(len(beads))[:, None] ** 0.25
    out[:, 3] *= 1 + 0.09 * wander(len(beads), 4, rng)
    wave = np.stack([wander(len(beads), 2.4, rng) for _ in range(3)], axis=1)
    hanging = np.isin(np.rint(beads[:, 4:]), [SEGMENTS.index(n) for n in ("transverse", "sigmoid")])
    out[:, :3] += np.where(hanging, 8.0, 4.0) * wave * free
    return out


def _contents(
    rows: dict[str, list[list[float | str]]], segment: NDArray[np.int64]
) -> tuple[Float, Float]:
    content = np.zeros((len(segment), len(KINDS)), np.float32)
    gas = np.zeros(len(segment), np.float32)
    for k, name in enumerate(SEGMENTS):
        mine = np.flatnonzero(segment == k)
        share = np.linspace(0, 1, len(mine))
        at = [float(row[0]) for row in rows[name]]
        for j, kind in enumerate(KINDS):
            content[mine, j] = np.interp(share, at, [float(row[1] == kind) for row in rows[name]])
        gas[mine] = np.interp(share, at, [float(row[2]) for row in rows[name]])
    return content, gas


def carve_colon(space: Space, body: Body, course: Course, room: Room) -> Field:
    """Carve wall, folds and contents of the large bowel; keep it as "colon" and return its outside."""
    rows, rng = table("colon")["haustra"], body.rng("haustra")
    tube = tube_along(space, np.column_stack([course.beads, np.arange(len(course.beads))]))
    surface, fold = haustral(tube, rows["pitch"], rows["depth"], rng)
    box = tube.box
    rough = 0.7 * noise(body.seed("colon"), box, 20) + 0.45 * noise(body.seed("colon8"), box, 8)
    gap = np.clip(0.5 + 0.5 * noise(body.seed("colon gap"), box, 11), 0, 2)[tube.inside]
    field = pressed(tube, surface + rough[tube.inside], gap).yielding(-room.on(box), 0.8)
    space.cover(field, "colon_wall", FAT)
    filling = _Filling.of(space, body, course, tube, field, fold)
    filling.pour()
    filling.foam()
    return space.keep("colon", field)


@dataclass(frozen=True)
class _Filling:
    """What fills the lumen, for the voxels within reach of the tube: the lumen itself, how far inside the wall it is
    (mm), the height that gas reaches (y, mm) and the weights of the kinds of content (voxels, kinds).
    """

    space: Space
    body: Body
    tube: Tube
    lumen: Mask
    inside_mm: Float
    level_mm: Values
    kind: Values

    @classmethod
    def of(
        cls, space: Space, body: Body, course: Course, tube: Tube, field: Field, fold: Float
    ) -> _Filling:
        """Part the lumen from the wall and its folds."""
        bead, at = tube.samples[:, 4], tube.sample
        beads = np.arange(len(course.beads))
        kinds = np.stack([np.interp(bead, beads, weight) for weight in course.content.T], axis=1)
        gas = np.interp(bead, beads, course.gas)
        kind, rows = kinds[at], table("colon")["wall"]
        empty = np.clip(rows["empty_radius"] - tube.samples[at, 3], 0, 2) / 2
        empty = np.maximum(empty, kind[:, KINDS.index("empty")])
        rough = noise(body.seed("colon8"), tube.box, 8)[tube.inside]
        lobed = 1 + 0.35 * empty * np.cos(3 * tube.angle + 2 * rough)
        wall = rows["distended"] + (rows["empty"] - rows["distended"]) * empty
        inside_mm = -field.values[tube.inside] - wall * lobed - 0.3 * rough
        lumen = (inside_mm > 0) & space.is_(tube.box, "colon_wall")[tube.inside]
        lumen &= (fold <= 0.5) | (empty > 0.6)
        return cls(space, body, tube, lumen, inside_mm, _levels(tube, gas)[at], kind)

    def pour(self) -> None:
        """Pour stool and fluid into the lumen, gas before them, and keep a wall around all of it."""
        box, inside, space = self.tube.box, self.tube.inside, self.space
        rough = noise(self.body.seed("colon level"), box, 18)[inside]
        fluid = self.kind[:, KINDS.index("fluid")] + 0.12 * rough > 0.5
        y = np.broadcast_to(box.y, box.shape)[inside]
        gas = self.lumen & (y < self.level_mm + np.where(fluid, 0, 2.5 * rough))
        for tissue, part in (
            ("stool", self.lumen & ~fluid),
            ("bowel_fluid", self.lumen & fluid),
            ("gas", gas),
        ):
            space.carve((box, self.tube.mask(part)), tissue, ("colon_wall", "stool", "bowel_fluid"))
        bare = open_to_outside(space, box, ("colon_wall",))
        space.carve((box, bare & self.tube.mask(self.lumen)), "colon_wall", LUMEN)

    def foam(self) -> None:
        """Let gas take its share of dry stool, in bubbles of a few millimetres, fewest next to the wall."""
        box, inside, seed = self.tube.box, self.tube.inside, self.body.seed
        bubbles = (
            0.85 * noise(seed("foam"), box, 4.4)[inside]
            + 0.55 * noise(seed("froth"), box, 2.3)[inside]
        )
        dry = self.kind[:, KINDS.index("foam")] * np.clip(self.inside_mm / 1.5, 0.2, 1)
        share = np.where(self.lumen, np.clip(dry * (0.03 + 0.5 * bubbles), 0, 1), 0)
        shares = self.tube.values(share.astype(np.float32), 0.0)
        self.space.cover((box, shares), "gas", ("stool",))


def _levels(tube: Tube, gas: Values) -> Values:
    """The height (y) up to which gas fills the lumen at each sample: level over a few centimetres, as gas rises."""
    level = tube.samples[:, 1] + tube.samples[:, 3] * (2 * gas - 1)
    return np.asarray(ndimage.gaussian_filter1d(level, _LEVEL_MM / STEP_MM, mode="nearest"))

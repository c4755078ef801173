"""Small vessels that fill the pelvic fat: the plexuses round bladder, prostate, uterus and rectum, and threads in the ischioanal fossae."""

from __future__ import annotations

from typing import Any

import numpy as np

from netcourse.scanner.builder.body import Body, table
from netcourse.scanner.builder.grid import Box, Float, Mask, Space
from netcourse.scanner.builder.noise import noise, ridges
from netcourse.scanner.builder.pelvis.room import FAT, lay
from netcourse.scanner.builder.pelvis.vessels import Courses
from netcourse.scanner.builder.trees import grow, scatter, tree_field

_TISSUE = {"artery": "artery", "vein": "lower_vein"}


def carve_small_vessels(body: Body, space: Space, lines: dict[str, Courses]) -> None:
    """Grow the plexuses named in the table from the ends of their trunks through the fat near their organ."""
    for name, row in table("pelvic_vessels")["plexuses"].items():
        if row.get("sex", body.sex) == body.sex:
            for side in ("left", "right"):
                _carve_plexus(body, space, name, side, lines[side])


def carve_strands(body: Body, space: Space) -> None:
    """Carve the fibrous strands of the pelvic fat: broken sheets of uneven thickness near the organs and the wall."""
    row = table("pelvic_vessels")["strands"]
    low, high = body.place([[-70, -90, -292], [70, 56, -172]])
    for box in space.slabs(space.between(low, high)):
        near = _near(space, box, row)
        share = box.full(0.0)
        for pitch in row["pitch"]:
            sheet = ridges(noise(body.seed(f"strands {pitch}", False), box, pitch), row["width"])
            patchy = 0.5 + 0.5 * noise(body.seed(f"patches {pitch}", False), box, 1.6 * pitch)
            np.maximum(share, sheet * np.clip(patchy, 0, 1), out=share)
        space.cover((box, np.where(near, row["share"] * share, 0)), "fascia", ("visceral_fat",))


def _carve_plexus(body: Body, space: Space, name: str, side: str, lines: Courses) -> None:
    row = table("pelvic_vessels")["plexuses"][name]
    rng = body.rng(f"{side} {name}")
    low, high = (body.place(corner) for corner in row["between"])
    if side == "right":
        low[0], high[0] = -high[0], -low[0]
    box = space.between(low, high)
    if box.empty:
        return
    targets = scatter(box, _near(space, box, row), row["count"], row["apart"], rng)
    for kind in ("artery", "vein"):
        courses = lines.arteries if kind == "artery" else lines.veins
        trunks = [courses[trunk][-6:] for trunk in row["trunks"] if trunk in courses]
        if not trunks or row["tip"].get(kind, 0) == 0:
            continue
        wanted = targets[rng.random(len(targets)) < row["share"].get(kind, 1.0)]
        tree = grow(trunks[:1], wanted, rng, wander=0.16)
        radius = tree.radii(row["tip"][kind], cap_mm=row["cap"][kind])
        lay(space, tree_field(space, tree, radius), _TISSUE[kind])


def _near(space: Space, box: Box, row: dict[str, Any]) -> Mask:
    """Fat at a distance from the organs of a plexus that its row names."""
    names = [name for name in row["organs"] if name in space.kept]
    away: Float = space.distance(box, *names)
    low, high = row["away"]
    return np.asarray(space.is_(box, *FAT) & (away > low) & (away < high))

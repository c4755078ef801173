"""Vessels above the hyoid: carotids into the skull, jugular veins and the sinuses that feed them, vertebral and basilar arteries; nodes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from netcourse.scanner.builder.body import table
from netcourse.scanner.builder.grid import Field
from netcourse.scanner.builder.head.frame import SIDES, SOFT, HeadFrame, mirrored
from netcourse.scanner.builder.shapes import tube

_MUSCLE = ("muscle", "muscle_across")
_BONE = ("marrow", "marrow_fat", "cortex")
_HEAD = (*SOFT, "csf", "ligament", "salivary_gland")


def carve_neck_vessels(frame: HeadFrame) -> None:
    """Carve the vessels with sleeves of fat in muscle and thin walls of bone where they pierce it."""
    for row in table("neck_vessels")["vessel"]:
        for s in (1,) if row.get("single") else SIDES:
            _carve_vessel(frame, row, s)


def _carve_vessel(frame: HeadFrame, row: Mapping[str, Any], side: int) -> None:
    rows, tissue = np.array(mirrored(row["points"], side), float), row["tissue"]
    rows[:, :3] += 0.35 * np.sin(rows[:, [2, 2, 1]] / 9.0 + len(row["name"]))
    d = tube(frame, rows, 3.0)
    if d.box.empty:
        return
    if "in_bone" in row:
        frame.carve(d + -1.4, "muscle_fat", (*_BONE, *_MUSCLE))
    frame.carve(d + -1.0, "muscle_fat", _MUSCLE)
    if rows[:, 3].min() > 1.5:
        gives_way = ("upper_vein",) if tissue == "artery" else ()
        frame.carve(d, tissue, (*_HEAD, *gives_way))
    frame.cover(d, tissue, _HEAD)


def carve_neck_nodes(frame: HeadFrame) -> None:
    """Carve small nodes in fat: beans with their long axis along the vessels, 1.5 to 2 times as long as thick."""
    rng = frame.body.rng("neck nodes", variant=False)
    for places in table("neck_vessels")["nodes"].values():
        for s in SIDES:
            for x, y, z, half in places:
                centre = np.array([s * x, y, z]) + rng.normal(0, 1.5, 3)
                way = rng.normal(0, 1, 3) * (0.4, 0.5, 1)
                way = way / np.linalg.norm(way) * half * rng.uniform(0.6, 1.1)
                size = half * rng.uniform(0.8, 1.15)
                a, b = centre - way, centre + way
                node = tube(frame, [(*a, size), (*b, 0.9 * size)], 2.0)
                if not node.box.empty:
                    rough = 0.25 * frame.noise("nodes", node.box, 3)
                    frame.cover(Field(node.box, node.values + rough), "lymph_node", SOFT)

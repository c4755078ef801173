"""Small normal lymph nodes of the mesenteries, kept in the truth as what they are."""

from __future__ import annotations

from typing import Any

import numpy as np

from netcourse.scanner.builder.body import Body, table
from netcourse.scanner.builder.bowel.arcades import Fan
from netcourse.scanner.builder.bowel.peritoneum import FAT
from netcourse.scanner.builder.bowel.room import Room
from netcourse.scanner.builder.grid import Space
from netcourse.scanner.builder.noise import noise
from netcourse.scanner.builder.pelvis.nodes import Node
from netcourse.scanner.builder.shapes import Points, ellipsoid_distance


def carve_nodes(space: Space, body: Body, fans: dict[str, Fan], fat: Room) -> list[Node]:
    """Carve bean-shaped nodes beside the vessels, in clear fat only; return them for the truth."""
    rows: dict[str, Any] = table("mesentery")["nodes"]
    rng = body.rng("nodes")
    nodes: list[Node] = []
    for station, fan in fans.items():
        for _ in range(rows["count"][station]):
            radius = float(np.clip(rng.normal(*rows["short_mm"]), *rows["limits_mm"])) / 2
            place = _beside_a_vessel(fan, fat, radius, nodes, rng)
            if place is not None:
                at, way = place
                centre = (float(at[0]), float(at[1]), float(at[2]))
                nodes.append(Node(f"mesenteric {station}", centre, radius))
                _carve(space, body, nodes[-1], radius * rng.uniform(*rows["slenderness"]), way)
    return nodes


def _beside_a_vessel(
    fan: Fan, fat: Room, radius: float, others: list[Node], rng: np.random.Generator
) -> tuple[Points, Points] | None:
    """A place 2-6 mm off a vessel and the vessel's direction there, clear of bowel and other nodes; None without room."""
    points, parent = np.array(fan.points), np.array(fan.parent)
    for _ in range(40):
        k = int(rng.integers(1, len(points)))
        if parent[k] < 0:
            continue
        way = points[k] - points[parent[k]]
        way = way / (np.linalg.norm(way) + 1e-6)
        side = np.cross(way, rng.normal(0, 1, 3))
        side = side / (np.linalg.norm(side) + 1e-6)
        at = points[k] + side * (2.4 + radius + rng.uniform(0, 3))
        apart = [float(np.linalg.norm(at - np.array(other.centre))) for other in others]
        if fat.depth(at[None])[0] > radius + 0.8 and min(apart, default=99) > 7:
            return at, way
    return None


def _carve(space: Space, body: Body, node: Node, half_length: float, way: Points) -> None:
    across = np.cross(way, [0.3, 1.0, 0.2])
    across /= np.linalg.norm(across)
    turn = np.stack([way, across, np.cross(way, across)])
    box = space.box([node.centre], half_length + 3)
    half = (half_length, node.radius, node.radius * 1.15)
    bean = ellipsoid_distance(box, node.centre, half, turn)
    bean += 0.25 * noise(body.seed("node"), box, 3)
    space.cover((box, np.clip(0.5 - bean, 0, 1)), "lymph_node", FAT)

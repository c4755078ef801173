"""The chest as a whole: drawn once on a coarse block, then carved into the voxels in its order."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from netcourse.scanner.builder.abdomen.diaphragm import _dome
from netcourse.scanner.builder.abdomen.great_vessels import upright_distance
from netcourse.scanner.builder.body import Body, Sex, table
from netcourse.scanner.builder.chest.airways import airway_lines, carve_airways
from netcourse.scanner.builder.chest.coronaries import (
    Coronaries,
    carve_coronaries,
    carve_recesses,
    draw_pericardium,
    lay_coronaries,
)
from netcourse.scanner.builder.chest.great_vessels import (
    carve_chest_vessels,
    draw_vessels,
    vessel_lines,
)
from netcourse.scanner.builder.chest.heart import Axes, Heart, carve_heart, draw_heart
from netcourse.scanner.builder.chest.lung_trees import LobeTrees, carve_lung_trees, grow_lung_trees
from netcourse.scanner.builder.chest.lungs import (
    Lobe,
    carve_lungs,
    lobe_codes,
    lobe_distances,
    pleural_distance,
)
from netcourse.scanner.builder.chest.mediastinum import carve_mediastinal_fat, draw_mediastinum
from netcourse.scanner.builder.chest.mesh import HIGH_MM, LOW_MM, Mesh, fine
from netcourse.scanner.builder.chest.nodes import (
    Node,
    carve_nodes,
    carve_strands,
    carve_threads,
    carve_thymus,
    carve_wall_vessels,
)
from netcourse.scanner.builder.chest.oesophagus import carve_oesophagus, oesophagus_distance
from netcourse.scanner.builder.grid import Field, Space
from netcourse.scanner.builder.outline import Outline


@dataclass(frozen=True)
class Thorax:
    """What is drawn on the coarse block: heart, coronaries, the pericardial sac, the mediastinum's surface, lobes and trees."""

    heart: Heart
    coronaries: Coronaries
    pericardium: Field
    mediastinum: Field
    lobes: Field
    trees: dict[Lobe, LobeTrees]


@dataclass(frozen=True)
class Chest:
    """What the chest tells of itself: its small normal nodes, the lobe at each place (1–5, see `LOBES`) and landmarks (x, y, z)."""

    nodes: list[Node]
    lobes: Field
    landmarks: dict[str, tuple[float, float, float]]


def draw_thorax(body: Body) -> Thorax:
    """Draw the chest of a body; the same in all variants, and whatever block it is carved into."""
    return _draw_thorax(body.sex)


@cache
def _draw_thorax(sex: Sex) -> Thorax:
    body = Body(sex)
    mesh = Mesh(body)
    outline = Outline.of(body, mesh)
    aorta = draw_vessels(body, mesh, "aorta", pad_mm=12)
    pulmonary = draw_vessels(body, mesh, "lung_artery", pad_mm=12)
    cava = draw_vessels(body, mesh, "upper_cava", "cava", pad_mm=10)
    gullet = oesophagus_distance(body, mesh.all)
    behind = Field(mesh.all, np.minimum(upright_distance(body, mesh.all, "aorta"), gullet))
    heart = draw_heart(body, mesh, aorta, pulmonary, cava, behind)
    coronaries = lay_coronaries(body, mesh, heart)
    sac = draw_pericardium(body, mesh, heart, coronaries, aorta.joined(pulmonary, mesh))
    mediastinum = draw_mediastinum(body, mesh, outline, sac)
    box = mesh.all
    lungs = pleural_distance(
        body, box, outline.cavity(box), 3.2 - _dome(body, outline, box), mediastinum.values
    )
    lobes = lobe_distances(body, box, lungs)
    trees = grow_lung_trees(body, box, lobes)
    return Thorax(heart, coronaries, sac, mediastinum, lobe_codes(lobes, box), trees)


def carve_chest(body: Body, space: Space, outline: Outline) -> Chest:
    """Carve the chest between cage and diaphragm, and its vessels up to the neck and the armpits.

    Keeps "lung", "heart", "heart_blood", "pericardium", "oesophagus", "airway". Needs the kept bones, "thoracic" and
    "peritoneal" of the diaphragm; whatever was carved before (bone, muscle) stays.
    """
    thorax = draw_thorax(body)
    box = space.between(LOW_MM, HIGH_MM)
    nodes: list[Node] = []
    if not box.empty:
        carve_mediastinal_fat(space, box, outline)
        carve_lungs(body, space, box, outline, fine(thorax.mediastinum, box))
        right = carve_heart(body, space, thorax.heart, thorax.pericardium, thorax.coronaries.groove)
        carve_airways(body, space)
        carve_oesophagus(body, space)
        carve_chest_vessels(body, space, right)
        carve_coronaries(space, thorax.coronaries)
        carve_recesses(body, space)
        carve_lung_trees(space, thorax.trees)
        carve_thymus(body, space)
        carve_wall_vessels(body, space, outline)
        carve_threads(body, space)
        nodes = carve_nodes(body, space)
        carve_strands(body, space, box)
    return Chest(nodes, thorax.lobes, landmarks(body))


def landmarks(body: Body) -> dict[str, tuple[float, float, float]]:
    """Return places that readers name, in the body's frame, mm: carina, tops and middles of the great vessels, chambers."""
    lines = {name: points for name, (_, points) in vessel_lines(body).items()}
    carina = airway_lines(body)["trachea"][0][-1]
    data = table("heart")
    arch = lines["ascending"][np.argmax(lines["ascending"][:, 2])]
    places = {
        "carina": carina[:3],
        "aortic_arch": arch[:3],
        "ascending_aorta": lines["ascending"][4, :3],
        "aortic_root": lines["ascending"][1, :3],
        "pulmonary_trunk": lines["pulmonary_trunk"][1, :3],
        "superior_cava": lines["superior_cava"][2, :3],
        "azygos_arch": lines["azygos"][-3, :3],
        "left_atrium": body.place(data["left_atrium"]["centre"]),
        "right_atrium": body.place(data["right_atrium"]["centre"]),
    }
    axes = Axes.of(body.place(data["left_ventricle"]["base"]), data["left_ventricle"]["axis"])
    places["left_ventricle"] = axes.base + 30 * axes.rows[0]
    return {name: (float(p[0]), float(p[1]), float(p[2])) for name, p in places.items()}

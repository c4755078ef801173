"""The order of carving, from the skin inwards: who comes later yields to who came before."""

from __future__ import annotations

from dataclasses import dataclass

from netcourse.scanner.builder.abdomen import carve_abdomen
from netcourse.scanner.builder.abdomen.diaphragm import carve_diaphragm
from netcourse.scanner.builder.abdomen.great_vessels import carve_great_vessels, keep_great_vessels
from netcourse.scanner.builder.abdomen.retroperitoneum import carve_retroperitoneum
from netcourse.scanner.builder.body import Body
from netcourse.scanner.builder.bones.skeleton import carve_bones, keep_bones
from netcourse.scanner.builder.bowel import Bowel, carve_bowel
from netcourse.scanner.builder.chest.thorax import carve_chest
from netcourse.scanner.builder.grid import Space
from netcourse.scanner.builder.head import carve_head
from netcourse.scanner.builder.muscles import carve_muscles
from netcourse.scanner.builder.outline import Outline, carve_outline
from netcourse.scanner.builder.pelvis import carve_pelvis


@dataclass(frozen=True)
class Carved:
    """What later steps must know of a carved body beside its voxels."""

    outline: Outline
    bowel: Bowel


def carve(body: Body, space: Space) -> Carved:
    """Carve a body into a block, or the part of it that the block holds."""
    outline = Outline.of(body, space)
    carve_outline(space, outline)
    skeleton = keep_bones(body, space)
    carve_muscles(body, space, outline)
    carve_bones(space, skeleton)
    keep_great_vessels(body, space)
    carve_diaphragm(body, space, outline)
    carve_great_vessels(body, space)
    carve_chest(body, space, outline)
    carve_head(body, space, outline)
    carve_abdomen(body, space)
    carve_pelvis(body, space)
    bowel = carve_bowel(space, body, outline)
    carve_retroperitoneum(body, space)
    return Carved(outline, bowel)
